"""Kept questions as an admin sees them, and as a spreadsheet."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.errors import BotError
from bot.review import Group, review_groups
from bot.review_export import COLUMNS, export_groups
from bot.state.base import KeptQuestion, Reason
from knowledge.library import Library, ReportKnowledge


@pytest.fixture
def small_library(small_known: ReportKnowledge) -> Library:
    return Library("rel", [small_known])


def kept(
    question: str, reason: Reason = Reason.REFUSED, *, comment: str = "", day: str = "2026-01-02", report: str = "small-report"
) -> KeptQuestion:
    return KeptQuestion(question, report, "1.2.1", reason, 0.1, comment, day)


def test_a_group_says_how_often_why_and_when(small_library: Library) -> None:
    asked = [
        kept("复议申请收到几件", day="2026-01-03"),
        kept("复议申请收到多少件", Reason.UNHELPFUL, comment="不对"),
        replace(kept("复议申请收到几件"), whole=False),
        kept("天气怎么样"),
    ]
    first, second = review_groups(asked, small_library)
    assert first.questions == ("复议申请收到几件", "复议申请收到多少件")
    assert (first.asked, first.within, first.reasons) == (3, 1, {Reason.UNHELPFUL: 1, Reason.REFUSED: 2})
    assert (first.comments, first.days) == (("不对",), ("2026-01-02", "2026-01-03"))
    assert second.questions == ("天气怎么样",)


def test_the_nearest_sections_are_proposed_with_their_number_heading_words_and_clause(small_library: Library) -> None:
    (group,) = review_groups([kept("收到和受理的复议申请一共多少")], small_library)
    best = group.proposals[0]
    section = small_library.default.section("1.2.1")
    assert section
    assert (best.section, best.label, best.title) == ("1.2.1", section.label, section.title)
    assert section.text.startswith(best.opening)
    assert best.spans == ("收到行政复议申请58件", "受理51件")
    assert len(group.proposals) == 3
    assert all(span in small_library.default.section(p.section).text for p in group.proposals for span in p.spans)


def test_a_report_that_is_not_served_any_more_gets_no_proposals(small_library: Library) -> None:
    (group,) = review_groups([kept("复议几件", report="gone-2001")], small_library)
    assert (group.report, group.proposals) == ("gone-2001", ())


def test_only_the_reasons_asked_for(small_library: Library) -> None:
    asked = [kept("复议申请收到几件"), kept("天气怎么样", Reason.UNHELPFUL)]
    assert [g.questions for g in review_groups(asked, small_library, reasons=[Reason.UNHELPFUL])] == [("天气怎么样",)]


DANGEROUS = ("=1+1", "+86", "-2", "@SUM(A1)", "＝1", " =1", "\t=1", "=cmd|' /C calc'!A0")


@pytest.fixture
def groups() -> list[Group]:
    return [
        Group("r", (text, "“普通”,逗号"), 1, 0, {Reason.REFUSED: 1}, ("不对\n两行",), ("2026-01-02", "2026-01-03"), ())
        for text in DANGEROUS
    ]


def test_a_csv_opens_in_excel_as_chinese_and_runs_no_formula(tmp_path: Path, groups: list[Group]) -> None:
    path = tmp_path / "out.csv"
    export_groups(path, groups)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = list(csv.reader(file))
    assert tuple(head) == COLUMNS
    assert [row[1].lstrip("'") for row in rows] == [text.replace("\t", "") for text in DANGEROUS]
    assert all(row[1].startswith("'") for row in rows)
    assert rows[0][2] == "“普通”,逗号"
    assert rows[0][4] == "不对\n两行"


def test_a_workbook_holds_the_words_as_typed_and_no_formula(tmp_path: Path, groups: list[Group]) -> None:
    path = tmp_path / "out.xlsx"
    export_groups(path, groups)
    sheet = load_workbook(path).active
    rows = list(sheet.iter_rows(min_row=2))
    assert [row[1].value for row in rows] == [text.replace("\t", "") for text in DANGEROUS]
    assert {row[1].data_type for row in rows} == {"s"}
    assert rows[0][0].value == 1


@pytest.mark.parametrize(
    ("name", "reason"), [("out.ods", ".csv or .xlsx"), ("no/out.csv", "cannot be written"), ("no/out.xlsx", "cannot be written")]
)
def test_a_file_that_cannot_be_written_is_said(tmp_path: Path, groups: list[Group], name: str, reason: str) -> None:
    with pytest.raises(BotError, match=reason):
        export_groups(tmp_path / name, groups)
