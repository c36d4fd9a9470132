"""The map shows every section, asked for or not, and what came near none."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot.coverage import Coverage, coverage_map, coverage_table
from bot.state.base import SectionUse
from knowledge.library import Library, ReportKnowledge

USE = [SectionUse("small-report", "", 2, 2, 0), SectionUse("small-report", "1.2.1", 8, 2, 1), SectionUse("gone-2001", "1", 9, 0, 0)]


@pytest.fixture
def rows(small_known: ReportKnowledge) -> list[Coverage]:
    return coverage_map(Library("rel", [small_known]), USE)


def test_every_section_with_text_is_there_in_printed_order(rows: list[Coverage], small_known: ReportKnowledge) -> None:
    assert [row.section for row in rows] == [*(s.id for s in small_known.report.sections if s.text), ""]


def test_a_section_has_its_questions_and_what_was_asked(rows: list[Coverage]) -> None:
    row = next(row for row in rows if row.section == "1.2.1")
    assert (row.questions, row.gaps, row.asked, row.refused, row.unhelpful) == (2, 1, 8, 2, 1)
    assert row.to_json()["never_asked"] is False
    assert next(row for row in rows if row.section == "2").to_json()["never_asked"] is True


def test_what_came_near_no_section_stands_last_and_only_if_there_is_any(rows: list[Coverage], small_known: ReportKnowledge) -> None:
    assert (rows[-1].section, rows[-1].asked, rows[-1].refused) == ("", 2, 2)
    assert all(row.section for row in coverage_map(Library("rel", [small_known]), []))


def test_the_table_shows_what_went_badly_without_colours_as_well(rows: list[Coverage]) -> None:
    console = Console(width=120, record=True, no_color=True, file=io.StringIO())
    console.print(coverage_table(rows))
    text = console.export_text()
    line = next(line for line in text.splitlines() if " 1.2.1 " in line)
    assert "█" * 15 + "░" * 5 in line
    assert "never asked" in next(line for line in text.splitlines() if "│ 2 " in line)
    assert "10 questions asked" in text
    assert "near no section" in text
