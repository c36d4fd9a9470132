import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from builders import PREAMBLE, make_pair, make_report, make_section, write_report

from knowledge.build import build_report, check_numbers
from knowledge.documents import source_at
from knowledge.errors import InvalidRelease, InvalidSource
from knowledge.figures import extract_figures
from knowledge.records import PairKind, QAPair, Section
from knowledge.store import StoredReport


def stored_with(section: Section, *pairs: QAPair) -> StoredReport:
    return StoredReport(make_report(section), pairs, tuple(p.question for p in pairs), tuple(extract_figures(section)), (), {}, {})


def test_a_build_holds_what_the_sources_give(small_stored: StoredReport) -> None:
    assert small_stored.report.id == "small-report"
    assert small_stored.report.title == "星河市人民政府关于2021年法治政府建设情况的报告"
    assert (small_stored.report.place, small_stored.report.year) == ("星河", 2021)
    assert len(small_stored.texts) == len(small_stored.pairs)
    assert {pair.origin for pair in small_stored.pairs} == {"curated", "generated", "shipped"}
    assert {pair.kind for pair in small_stored.pairs} == set(PairKind) - {PairKind.FOLLOW_UP, PairKind.OPEN_FOLLOW_UP}
    assert ("58", "件", "1.2.1") in {(f.value, f.unit, f.section) for f in small_stored.figures}


def test_two_builds_of_one_source_agree_to_the_bit(small_source: Path, small_stored: StoredReport) -> None:
    again = build_report(source_at(small_source))
    assert replace(again, arrays={}) == replace(small_stored, arrays={})
    assert {n: a.tobytes() for n, a in again.arrays.items()} == {n: a.tobytes() for n, a in small_stored.arrays.items()}


def test_each_question_is_stored_once_for_its_section_and_kind(small_stored: StoredReport) -> None:
    keys = [(pair.question, pair.section, pair.kind) for pair in small_stored.pairs]
    assert len(keys) == len(set(keys))


def test_a_report_needs_neither_questions_nor_terms(tmp_path: Path) -> None:
    write_report(tmp_path / "bare", "一、总体情况", "共办理案件22件。", "二、存在问题", "力量不足。")
    stored = build_report(source_at(tmp_path / "bare"))
    assert [section.id for section in stored.report.sections] == ["meta", "1", "2"]
    assert {pair.origin for pair in stored.pairs} >= {"generated"}


@pytest.mark.parametrize("name", ["Small", "small report", "报告", "-small", "small_report"])
def test_a_folder_whose_name_is_no_id_is_refused(tmp_path: Path, name: str) -> None:
    write_report(tmp_path / name, "一、总体", "做了甲。")
    with pytest.raises(InvalidSource, match="named with a-z"):
        build_report(source_at(tmp_path / name))


@pytest.mark.parametrize("file", ["report.txt", "pairs.yaml", "terms.yaml"])
def test_a_fault_in_any_file_names_that_file(tmp_path: Path, small_source: Path, file: str) -> None:
    folder = shutil.copytree(small_source, tmp_path / "small")
    (folder / file).write_bytes(b"\xff\xfe not utf-8 [")
    with pytest.raises(InvalidSource) as caught:
        build_report(source_at(folder))
    assert caught.value.path == folder / file


# --- the number lock -----------------------------------------------------------------------------------------------


def test_the_number_lock_passes_what_was_built(small_stored: StoredReport) -> None:
    check_numbers(small_stored)


@pytest.mark.parametrize("span", ["共办理行政复议案件23件", "2019年办理22件", "百分之二十二点五"], ids=["count", "year", "share"])
def test_the_number_lock_fails_on_an_altered_span(span: str) -> None:
    stored = stored_with(make_section(), make_pair("办了多少件", "1.4.1", span))
    with pytest.raises(InvalidRelease, match=r"section 1\.4\.1: the answer"):
        check_numbers(stored)


@pytest.mark.parametrize("span", ["22件", "二十二件", "２２件"], ids=["digits", "Chinese", "full width"])
def test_the_number_lock_reads_every_way_of_writing_a_number(span: str) -> None:
    check_numbers(stored_with(make_section(), make_pair("办了多少件", "1.4.1", span)))


def test_the_number_lock_fails_on_a_span_of_another_section() -> None:
    with pytest.raises(InvalidRelease, match=r"section 1\.4\.2"):
        check_numbers(stored_with(make_section(), make_pair("办了多少件", "1.4.2", "22件")))


def test_the_number_lock_fails_on_an_altered_figure_clause(small_stored: StoredReport) -> None:
    first, *others = small_stored.figures
    altered = replace(small_stored, figures=(replace(first, quote=first.quote + "9"), *others))
    with pytest.raises(InvalidRelease, match="the figure's clause"):
        check_numbers(altered)


@pytest.mark.parametrize(
    "lead",
    [
        pytest.param(300, id="early"),
        pytest.param(398, id="across the 400th character"),
        pytest.param(1200, id="late"),
    ],
)
def test_the_number_lock_reads_all_of_a_long_section(lead: int) -> None:
    section = make_section(text="字" * lead + "1048件。")
    check_numbers(stored_with(section, make_pair("办了多少件", "1.4.1", "1048件")))


def test_a_preamble_is_stored_with_its_clauses_as_questions(tmp_path: Path) -> None:
    write_report(tmp_path / "small", PREAMBLE, "一、总体", "做了甲项工作。")
    stored = build_report(source_at(tmp_path / "small"))
    assert any(pair.section == "0" and "坚持依法行政" in pair.question for pair in stored.pairs)
