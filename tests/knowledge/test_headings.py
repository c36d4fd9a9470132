"""Numbers that only the paragraphs around them make headings."""

from __future__ import annotations

from pathlib import Path

import pytest
from builders import PREAMBLE, write_report

from knowledge.headings import find_headings
from knowledge.numbering import parse_decimal
from knowledge.paragraph import Paragraph
from knowledge.report import parse_report


def numbers(*texts: str) -> list[int | None]:
    return [heading.number if heading else None for heading in find_headings([Paragraph(text) for text in texts])]


def test_numbers_without_a_mark_are_headings_above_decimals() -> None:
    assert numbers("1 总则", "1.1 目的", "2 机构", "3附则") == [1, 1, 2, 3]


def test_numbers_without_a_mark_are_text_where_nothing_counts_in_decimals() -> None:
    assert numbers("1 总则", "2 机构") == [None, None]


def test_numerals_that_only_space_parts_from_the_title_are_parts_where_nothing_else_is() -> None:
    assert numbers("一　工作", "做了甲。", "二 问题", "三　打算") == [1, None, 2, 3]
    assert numbers("一、工作", "一 甲", "二 乙") == [1, None, None]
    assert numbers("一　工作", "三 问题", "做了甲。") == [None, None, None]


@pytest.mark.parametrize("text", ["2 个部门", "2月起试行", "2 机构已经改革。", "4 机构", "2" + "机构" * 30])
def test_a_sentence_that_begins_with_a_number_is_text(text: str) -> None:
    assert numbers("1 总则", "1.1 目的", text) == [1, 1, None]


@pytest.mark.parametrize(
    "text", ["1.5亿元", "2.0版", "1.2%", "1.5 万人", "1.3公里", "1.2:1", "1.2—1.5", "1.37千瓦", "1.235", "1.2.3.4.5", "1.05"]
)
def test_a_figure_is_no_decimal_heading(text: str) -> None:
    assert parse_decimal(text) is None


@pytest.mark.parametrize("text", ["1.1目的", "1.1 目的", "1．2、个人信息保护", "1.1年度工作", "1.1.公共服务", "1.2.1级别"])
def test_what_only_begins_like_a_unit_is_a_heading(text: str) -> None:
    assert parse_decimal(text) is not None


def test_a_report_in_decimals(tmp_path: Path) -> None:
    lines = [
        "1 总体情况",
        "1.1 立法",
        "1.1.1 规章",
        "制定规章2件。",
        "1.5亿元用于普法。",
        "1.2 执法。检查9次。",
        "2 问题",
        "3.15期间投诉较多。",
    ]
    report = parse_report(write_report(tmp_path, PREAMBLE, *lines), report_id="small")
    assert [(s.id, s.label, s.title, s.text) for s in report.sections[2:]] == [
        ("1", "1", "总体情况", ""),
        ("1.1", "1.1", "立法", ""),
        ("1.1.1", "1.1.1", "规章", "制定规章2件。\n1.5亿元用于普法。"),
        ("1.2", "1.2", "执法", "检查9次。"),
        ("2", "2", "问题", "3.15期间投诉较多。"),
    ]


def test_decimals_below_chapters_have_the_chapters_label(tmp_path: Path) -> None:
    report = parse_report(
        write_report(tmp_path, "第一章 总则", "1.1 目的", "1.1.1 依据", "依法行政。", "第二章 附则", "无。"), report_id="small"
    )
    assert [(s.id, s.label) for s in report.sections[1:]] == [
        ("1", "第一章"),
        ("1.1", "第一章1.1"),
        ("1.1.1", "第一章1.1.1"),
        ("2", "第二章"),
    ]
