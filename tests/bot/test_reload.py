"""A reload from end to end, in this process: what it reads, what it keeps, what it compares, and when it stops."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.reload import ReloadOptions, ReloadOutcome, reload_sources
from bot.reload_report import reload_json, reload_text
from bot.settings import Settings
from knowledge.errors import InvalidSource, ReleaseNotFound
from knowledge.release import Releases
from knowledge.source_choice import choose_sources

#: Small, so that a build takes a moment.
REPORT = """文号 青政文〔2019〕1号
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
"""
PAIRS = """sections:
  "1.2.1":
    - spans: ["办结31件"]
      questions: ["复议办结了几件", "复议结案的有几件"]
  "1.2.2":
    - spans: ["成功率96.5%"]
      questions: ["人民调解的成功率是多少"]
"""


class Desk:
    """An admin with a data directory and two source folders."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(data_dir=folder / "data")
        self.releases = Releases(folder / "data")
        self.sources = folder / "sources"
        for name, place in (("qingshan-2018", "青山"), ("beihe-2018", "北河")):
            (self.sources / name).mkdir(parents=True)
            (self.sources / name / "report.txt").write_text(REPORT.replace("青山", place), encoding="utf-8")

    @property
    def qingshan(self) -> Path:
        return self.sources / "qingshan-2018"

    def reload(self, *named: object, **options: Any) -> ReloadOutcome:
        return reload_sources(self.settings, [str(name) for name in named], ReloadOptions(**options), progress=lambda step, done: None)

    def edit(self, before: str, after: str, *, file: str = "report.txt", report: str = "qingshan-2018") -> None:
        path = self.sources / report / file
        text = path.read_text(encoding="utf-8")
        assert before in text
        path.write_text(text.replace(before, after), encoding="utf-8")

    def make_older(self) -> None:
        """Let the live release be one of an earlier version of the program."""
        with closing(sqlite3.connect(self.releases.path(self.releases.live_id() or ""))) as connection, connection:
            connection.execute("update release set value = '1' where key = 'schema'")

    def files(self) -> dict[str, bytes]:
        folder = self.settings.data_dir
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# --- what is read and what is kept ---------------------------------------------------------------------------------


def test_a_path_adds_or_replaces_beside_what_is_in_service(desk: Desk) -> None:
    desk.reload(desk.qingshan)
    added = desk.reload(desk.sources / "beihe-2018")
    assert (set(added.reports), added.carried) == ({"qingshan-2018", "beihe-2018"}, ("qingshan-2018",))
    assert added.diff is not None
    assert added.diff.added == ("beihe-2018",)
    desk.edit("听证会6次", "听证会7次")
    replaced = desk.reload("qingshan-2018")  # by its id: from where it was read
    assert (replaced.carried, len(replaced.reports)) == (("beihe-2018",), 2)
    assert replaced.diff is not None
    assert replaced.diff.reports[0].figures == (("1.1.1", "全年召开听证会6次", "全年召开听证会7次"),)


def test_without_a_path_every_report_in_service_is_read_again(desk: Desk) -> None:
    desk.reload(desk.sources)
    for name in ("qingshan-2018", "beihe-2018"):
        desk.edit("35件", "36件", report=name)
    again = desk.reload()
    assert (set(again.reports), again.carried) == ({"qingshan-2018", "beihe-2018"}, ())
    assert again.diff is not None
    assert {change.report for change in again.diff.reports} == {"qingshan-2018", "beihe-2018"}


def test_only_serves_just_what_is_named_by_path_or_id(desk: Desk) -> None:
    desk.reload(desk.sources)
    assert set(desk.reload("beihe-2018", only=True).reports) == {"beihe-2018"}
    assert set(desk.reload(desk.sources, "qingshan-2018", only=True).reports) == {"qingshan-2018"}
    assert set(desk.reload(desk.sources / "beihe-2018", "qingshan-2018", only=True).reports) == {"beihe-2018", "qingshan-2018"}


def test_a_shipped_report_is_named_by_its_id(desk: Desk) -> None:
    desk.reload(desk.qingshan)
    choice = choose_sources(["yongan-2019"], desk.releases.in_service(), only=False)
    assert [source.id for source in choice.sources] == ["yongan-2019"]
    assert choice.carried == ("qingshan-2018",)


@pytest.mark.parametrize(("named", "only"), [(("nosuch",), False), ((), True)], ids=["no such report", "only nothing"])
def test_wrong_use_is_refused(desk: Desk, named: tuple[str, ...], only: bool) -> None:
    desk.reload(desk.qingshan)
    before = desk.files()
    with pytest.raises(ReleaseNotFound):
        desk.reload(*named, only=only)
    assert desk.files() == before


def test_a_report_whose_source_is_gone_is_taken_along_with_a_word_on_it(desk: Desk) -> None:
    desk.reload(desk.sources)
    shutil.rmtree(desk.sources / "beihe-2018")
    again = desk.reload()
    assert (again.carried, set(again.reports)) == (("beihe-2018",), {"qingshan-2018", "beihe-2018"})
    assert "beihe-2018" in again.notes[0]
    assert "is gone" in again.notes[0]


def test_a_release_of_another_version_is_built_again_from_the_recorded_sources(desk: Desk) -> None:
    desk.reload(desk.sources)
    desk.make_older()
    again = desk.reload(desk.qingshan)
    assert (set(again.reports), again.carried) == ({"qingshan-2018", "beihe-2018"}, ())
    desk.make_older()
    shutil.rmtree(desk.sources / "beihe-2018")
    with pytest.raises(InvalidSource, match="beihe-2018 must be built again"):
        desk.reload(desk.qingshan)
    assert set(desk.reload(desk.qingshan, only=True).reports) == {"qingshan-2018"}


def test_a_report_that_is_the_same_is_not_built_again(desk: Desk) -> None:
    desk.reload(desk.sources)
    desk.edit("35件", "36件")
    steps: list[str] = []
    reload_sources(desk.settings, [], ReloadOptions(), progress=lambda step, done: steps.append(step))
    assert [step for step in steps if step.startswith("building")] == ["building qingshan-2018 (1 of 1)"]


def test_a_damaged_report_is_built_again_although_its_source_is_the_same(desk: Desk) -> None:
    desk.reload(desk.sources)
    path = desk.releases.path(desk.releases.live_id() or "")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update sections set text = '改过' where report = 'beihe-2018' and id = '1.2.1'")
    again = desk.reload()
    assert again.switched
    desk.releases.open_live().verify()


@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(path.read_bytes()[:50_000])], ids=["deleted", "cut"])
def test_beside_a_damaged_live_release_every_report_is_built_again(desk: Desk, damage: Callable[[Path], object]) -> None:
    desk.reload(desk.sources)
    desk.edit("35件", "36件")
    damage(desk.releases.path(desk.releases.live_id() or ""))
    again = desk.reload("qingshan-2018")
    assert (again.switched, again.carried, set(again.reports)) == (True, (), {"qingshan-2018", "beihe-2018"})
    assert any("nothing to compare with" in note for note in again.notes)
    desk.releases.open_live().verify()


def test_a_rollback_after_an_old_report_was_reloaded_goes_to_the_one_before(desk: Desk) -> None:
    for name in ("qingshan-2018", "beihe-2018", "qingshan-2018"):
        desk.reload(desk.sources / name, only=True)
    desk.releases.roll_back()
    assert [one.id for one in desk.releases.in_service()] == ["beihe-2018"]


# --- what is answered otherwise ------------------------------------------------------------------------------------


LEFT_BEHIND = """sections:
  "1.2.1":
    - questions: ["闹到上头的那些事摆平了几桩", "不服气找上级评理的有多少", "摆平的有几桩"]
"""


def test_a_question_that_was_left_at_the_old_number_of_its_section_stops_the_reload(desk: Desk) -> None:
    (desk.qingshan / "pairs.yaml").write_text(LEFT_BEHIND, encoding="utf-8")
    desk.reload(desk.qingshan)
    before = desk.files()
    desk.edit("1.办理行政复议", "1.负责人出庭。行政机关负责人出庭应诉12次。\n2.办理行政复议")
    desk.edit("2.开展人民调解", "3.开展人民调解")
    stopped = desk.reload(desk.qingshan)
    assert (stopped.stopped, stopped.switched) == (True, False)
    assert desk.files() == before
    text = reload_text(stopped)
    assert re.search(r"stopped: \d labelled questions would be answered worse; nothing changed", text)
    assert "> 1.2.1 办理行政复议 is 1.2.2 now" in text
    assert re.search(r"lost: (?:闹到上头|不服气|摆平的)", text)
    assert desk.reload(desk.qingshan, dry_run=True, max_regressions=3).stopped is False
    desk.edit('"1.2.1"', '"1.2.2"', file="pairs.yaml")
    mended = desk.reload(desk.qingshan)
    assert mended.switched
    assert mended.diff is not None
    assert mended.diff.regressions == []


def test_force_switches_although_answers_are_worse(desk: Desk) -> None:
    labelled = desk.sources / "more.jsonl"
    labelled.write_text(json.dumps({"q": "人民调解的成功率是多少", "gold": ["1.2.2"], "spans": ["96.5%"]}) + "\n", encoding="utf-8")
    desk.reload(desk.qingshan)
    desk.edit("2.开展人民调解。全年调解民事纠纷420件,成功率96.5%。\n", "")
    stopped = desk.reload(desk.qingshan, labelled=(labelled,))
    assert stopped.stopped
    assert "lost (more.jsonl): 人民调解的成功率是多少" in reload_text(stopped)
    assert desk.reload(desk.qingshan, labelled=(labelled,), force=True).switched


def test_a_section_that_was_removed_takes_its_questions_with_it(desk: Desk) -> None:
    (desk.qingshan / "pairs.yaml").write_text(PAIRS, encoding="utf-8")
    desk.reload(desk.qingshan)
    desk.edit("2.开展人民调解。全年调解民事纠纷420件,成功率96.5%。\n", "")
    desk.edit('  "1.2.2":\n    - spans: ["成功率96.5%"]\n      questions: ["人民调解的成功率是多少"]\n', "", file="pairs.yaml")
    outcome = desk.reload(desk.qingshan)
    assert outcome.switched
    text = reload_text(outcome)
    assert "- 1.2.2 开展人民调解" in text
    assert "1 questions went with the sections that were removed" in text


def test_nothing_is_asked_again_where_nothing_changed(desk: Desk) -> None:
    (desk.qingshan / "pairs.yaml").write_text(PAIRS, encoding="utf-8")
    desk.reload(desk.qingshan)
    outcome = desk.reload()
    assert outcome.diff is not None
    assert outcome.diff.asked == {}
    assert "nothing changed in any report" in reload_text(outcome)


def test_the_outcome_can_be_printed_as_json(desk: Desk) -> None:
    (desk.qingshan / "pairs.yaml").write_text(PAIRS, encoding="utf-8")
    desk.reload(desk.qingshan)
    desk.edit("办结31件", "办结32件")
    desk.edit("办结31件", "办结32件", file="pairs.yaml")
    found = json.loads(json.dumps(reload_json(desk.reload("qingshan-2018")), ensure_ascii=False))
    assert found["diff"]["sections"]["qingshan-2018"]["changed"] == ["1.2.1"]
    assert {a["question"]: (a["fate"], a["after"]["quote"][-6:]) for a in found["diff"]["answers"]}["复议办结了几件"] == (
        "changed",
        "办结32件。"[-6:],
    )
