from pathlib import Path

import pytest

from knowledge.errors import InvalidRelease
from knowledge.library import Library, ReportKnowledge


@pytest.fixture(scope="module")
def both(known: ReportKnowledge, small_known: ReportKnowledge) -> Library:
    """A library of two reports, the newer one first."""
    return Library("20220101-both", [small_known, known])


def test_the_release_knows_its_id(library: Library) -> None:
    assert library.release.split("-")[0].isdigit()
    assert [known.report.id for known in library.reports] == ["yongan-2019"]


def test_the_counts_say_what_is_served(known: ReportKnowledge) -> None:
    counts = known.count()
    assert (counts["sections"], counts["figures"], counts["terms"]) == (39, 49, 45)
    assert counts["curated questions"] > 5_000


def test_reports_and_sections_are_found_by_id(both: Library) -> None:
    found = both.report("yongan-2019")
    assert found is not None
    assert found.report.year == 2019
    assert found.section("1.4.1") is not None
    assert found.section("9.9") is None
    assert both.report("other") is None


@pytest.mark.parametrize(
    ("years", "places", "report_id"),
    [
        ((), (), "small-report"),
        ((), ("永安",), "yongan-2019"),
        ((2019,), ("永安",), "yongan-2019"),
        ((2018,), ("永安",), "small-report"),
        ((2019,), (), "small-report"),
        ((), ("厦门",), "small-report"),
    ],
    ids=["neither", "place", "place and year", "place, other year", "year of another place", "unknown place"],
)
def test_the_report_is_chosen_by_place_and_year(both: Library, years: tuple[int, ...], places: tuple[str, ...], report_id: str) -> None:
    assert both.choose(years, places).report.id == report_id


def test_two_reports_answer_each_for_itself(both: Library) -> None:
    for known, section in ((both.reports[0], "1.2.1"), (both.reports[1], "1.4.1")):
        assert known.search(known.read("行政复议办了多少件")).candidates[0].section == section


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("调解成功率", [("98.7", "%")]),
        ("复议 维持", [("9", "件")]),
        ("火锅", []),
    ],
)
def test_figures_are_found_by_words(known: ReportKnowledge, words: str, found: list[tuple[str, str]]) -> None:
    assert [(figure.value, figure.unit) for figure in known.find_figures(words)] == found


def test_without_words_every_figure_is_found(known: ReportKnowledge) -> None:
    assert tuple(known.find_figures()) == known.figures


def test_figures_are_found_by_an_everyday_word(known: ReportKnowledge) -> None:
    assert {figure.section for figure in known.find_figures("普法费")} == {"1.6.4"}


def test_questions_stand_in_the_order_of_the_file(small_known: ReportKnowledge) -> None:
    assert small_known.questions("1.1.1") == ("2021年审查了多少件重大行政决策事项", "合法性审查办了几件", "修改意见的采纳率是多少")
    assert small_known.questions("1.1") == ()


def test_reading_keeps_what_was_typed(known: ReportKnowledge) -> None:
    query = known.read("請問 xingzhengfuyi ２２件")
    assert query.original == "請問 xingzhengfuyi ２２件"
    assert query.text.replace(" ", "") == "行政复议22件"


def test_a_missing_release_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(InvalidRelease, match="reload_knowledge"):
        Library.open(tmp_path / "missing.db")
