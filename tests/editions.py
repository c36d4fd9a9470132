"""Six reports of three places, four years and two kinds, as one real release, and the labelled turns on them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from knowledge.documents import SHIPPED_SOURCES, find_sources
from knowledge.release import Releases

DATA = Path(__file__).parent / "data"
#: yongan-2018, yongan-2020, yongan-gongkai-2020 and sanming-2020 are made up for these tests; yongan-2019 is the shipped one.
FOLDERS = [
    *sorted(path.parent for path in (DATA / "editions").glob("*/report.txt")),
    SHIPPED_SOURCES / "yongan-2019",
    DATA / "reports" / "test" / "luxi-2019",
]


def build_editions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the six live, built once a session; not to be changed."""
    data_dir = tmp_path_factory.getbasetemp() / "editions"
    if not (data_dir / "current").exists():
        releases = Releases(data_dir)
        with releases.locked():
            releases.make_live(releases.build(find_sources(FOLDERS)))
    return data_dir


def labelled(name: str) -> list[dict[str, Any]]:
    """Dialogues of a labelled file."""
    return [json.loads(line) for line in (DATA / "editions" / name).read_text(encoding="utf-8").splitlines()]
