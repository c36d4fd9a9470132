"""The shipped report as a release, built once for the whole run and only read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.conversation import Context
from bot.messages import Answer
from bot.pipeline import answer_message
from knowledge.documents import find_sources
from knowledge.library import Library
from knowledge.release import Releases

PROJECT = Path(__file__).parents[2]
RELOAD = PROJECT / "scripts" / "reload_knowledge.py"

#: A second report, small enough to be built in a moment.
SMALL_REPORT = """文号 青政文〔2019〕1号
发布机构 青山县人民政府
标题 青山县人民政府关于2018年法治政府建设工作报告
2018年,我县全面推进法治政府建设。现将有关情况报告如下:
一、2018年工作情况
(一)健全制度
1.完善决策程序。全年召开听证会6次。
2.规范文件管理。全年制发规范性文件9件。
(二)化解纠纷
1.办理行政复议。全年办理行政复议案件35件,办结31件。
2.开展人民调解。全年调解民事纠纷420件,成功率96.5%。
二、存在问题
(一)队伍力量不足。基层执法人员偏少。
"""


@pytest.fixture(scope="session")
def shipped_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the shipped report live; shared, so nothing may be written to it."""
    folder = tmp_path_factory.getbasetemp() / "shipped"
    if not (folder / "current").exists():  # the end-to-end tests use the same one
        environ = {name: value for name, value in os.environ.items() if not name.startswith("WENBAO_")} | {"WENBAO_DATA_DIR": str(folder)}
        subprocess.run([sys.executable, str(RELOAD)], env=environ, cwd=folder.parent, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def library(shipped_dir: Path) -> Library:
    return Releases(shipped_dir).open_live()


@pytest.fixture
def ask(library: Library) -> Callable[[str], Answer]:
    """The answer to one question without a past."""
    return lambda text: answer_message(text, library, Context())[0]


@pytest.fixture
def talk(library: Library) -> Callable[..., list[Answer]]:
    """The answers to the turns of one conversation."""

    def hold(*turns: str) -> list[Answer]:
        context, answers = Context(), []
        for turn in turns:
            answer, context = answer_message(turn, library, context)
            answers.append(answer)
        return answers

    return hold


@pytest.fixture
def two_releases(shipped_dir: Path, tmp_path: Path) -> tuple[Releases, str, str]:
    """A data directory of its own with the shipped release live and a small one kept; and the ids of the two."""
    folder = tmp_path / "data"
    shutil.copytree(shipped_dir, folder)
    source = tmp_path / "sources" / "qingshan-2018"
    source.mkdir(parents=True)
    (source / "report.txt").write_text(SMALL_REPORT, encoding="utf-8")
    releases = Releases(folder)
    shipped = releases.live_id() or ""
    with releases.locked():
        small = releases.build(find_sources([source]))
        releases.make_live(small)
    releases.roll_back(shipped)
    return releases, shipped, small.id
