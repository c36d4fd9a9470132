"""Findings name what was planted in a report's questions, where it stands, and nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from knowledge.build import build_report
from knowledge.documents import SHIPPED_SOURCES, source_at
from knowledge.library import ReportKnowledge
from knowledge.lint import Finding, Severity, lint_report, summary

REPORT = """文号 青政文〔2019〕1号
发布机构 青山县人民政府
标题 青山县人民政府关于2018年法治政府建设工作报告
2018年,我县全面推进法治政府建设。现将有关情况报告如下:
一、2018年工作情况
(一)健全制度
1.完善决策程序。全年召开听证会6次。全面推行首问负责制度。
2.规范文件管理。全年制发规范性文件9件,推进“阳光工程”,建立“文件超市”(即网上文件库)。
(二)化解纠纷
1.办理行政复议。全年办理行政复议案件35件,办结31件。
2.开展人民调解。全年调解民事纠纷420件,成功率96.5%。
"""
PAIRS = """sections:
  "1.1.1":
    - spans: ["召开听证会6次"]
      questions:
        - "听证会开了几次"
        - "开过多少次听证会"
        - "听证会一年开几回"
        - "文件制发了多少件来着"
    - questions: ["决策程序怎么完善"]
  "1.1.2":
    - spans: ["制发规范性文件9件"]
      questions:
        - "规范性文件制发了多少件"
        - "文件制发了几件"
        - "发了多少件文件"
        - "制发的文件有多少"
  "1.2.1":
    - spans: ["办理行政复议案件35件"]
      questions:
        - "行政复议案件办理了多少件"
        - "复议办了几件"
        - "调解成功率是多少"
        - "纠纷调解工作情况怎样"
  "1.2.2":
    - spans: ["调解民事纠纷420件,成功率96.5%"]
      questions:
        - "民事纠纷调解了多少件"
        - "调解成功率是多少?"
        - "调解的成功率"
        - "纠纷调解工作的情况怎样"
gaps:
  "1.2.1":
    - questions: ["复议办了几件"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sources") / "qingshan-2018"
    folder.mkdir()
    (folder / "report.txt").write_text(REPORT, encoding="utf-8")
    (folder / "pairs.yaml").write_text(PAIRS, encoding="utf-8")
    (folder / "terms.yaml").write_text("terms:\n  听证会: [听证]\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def built(folder: Path) -> ReportKnowledge:
    return ReportKnowledge(build_report(source_at(folder)))


@pytest.fixture(scope="module")
def findings(built: ReportKnowledge, folder: Path) -> list[Finding]:
    return lint_report(built, folder, min_questions=4)


def of(findings: list[Finding], rule: str) -> list[Finding]:
    return [finding for finding in findings if finding.rule == rule]


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_the_same_question_in_two_places_is_an_error(findings: list[Finding], folder: Path) -> None:
    found = [(f.line, f.severity) for f in of(findings, "twice")]
    last = len(PAIRS.splitlines())
    assert found == [(line_of(PAIRS, "调解成功率是多少?"), Severity.ERROR), (last, Severity.ERROR)]
    assert "1.2.1 (a gap)" in of(findings, "twice")[1].message
    assert {f.file for f in of(findings, "twice")} == {folder / "pairs.yaml"}


def test_a_question_under_the_wrong_section_is_misled_or_unreachable(findings: list[Finding]) -> None:
    wrong = {f.line: f for rule in ("misled", "unreachable") for f in of(findings, rule)}
    found = wrong[line_of(PAIRS, "文件制发了多少件来着")]
    assert "leads to 1.1.2" in found.message
    assert not any("1.1.2 leads" in f.message or "听证" in f.message for f in wrong.values())


def test_two_questions_that_can_hardly_be_told_apart_are_named_with_both_lines(findings: list[Finding]) -> None:
    (found,) = of(findings, "ambiguous")
    assert found.line == line_of(PAIRS, "纠纷调解工作的情况怎样")
    assert f"line {line_of(PAIRS, '纠纷调解工作情况怎样')}" in found.suggestion


def test_a_section_with_few_questions_is_named_on_its_line(findings: list[Finding], built: ReportKnowledge, folder: Path) -> None:
    assert [f.message.split()[1] for f in of(findings, "thin")] == ["0", "meta"]
    more = of(lint_report(built, folder, quick=True, min_questions=5), "thin")
    assert (line_of(PAIRS, '"1.1.2":'), "section 1.1.2") in [(f.line, " ".join(f.message.split()[:2])) for f in more]
    assert not any("1.1.1" in f.message for f in more)


def test_a_figure_that_no_question_asks_for_is_named(findings: list[Finding]) -> None:
    named = [f.message for f in of(findings, "figure")]
    assert any("办结31件" in message for message in named)
    assert not any("420" in message or "6次" in message or "9件" in message for message in named)


def test_a_term_that_nothing_explains_is_named_on_its_line_of_the_report(findings: list[Finding], folder: Path) -> None:
    found = {(f.file, f.line, f.message.split("'")[1]) for f in of(findings, "term")}
    assert found == {(folder / "report.txt", 7, "首问负责制度"), (folder / "report.txt", 8, "阳光工程")}


def test_findings_stand_in_order_of_weight_and_read_as_file_and_line(findings: list[Finding], folder: Path) -> None:
    order = list(Severity)
    assert [order.index(f.severity) for f in findings] == sorted(order.index(f.severity) for f in findings)
    assert str(findings[0]).startswith(f"{folder / 'pairs.yaml'}:{findings[0].line}: error ")
    assert summary(findings).startswith("2 twice (error)") or "twice (error)" in summary(findings)
    assert summary([]) == "nothing to mend"
    assert all(f.suggestion for f in findings)


def test_a_report_without_questions_is_looked_over_too(small_known: ReportKnowledge, small_source: Path, tmp_path: Path) -> None:
    bare = tmp_path / "small-report"
    bare.mkdir()
    (bare / "report.txt").write_bytes((small_source / "report.txt").read_bytes())
    known = ReportKnowledge(build_report(source_at(bare)))
    found = lint_report(known, bare)
    assert {f.rule for f in found} <= {"thin", "figure", "term"}
    assert of(found, "thin")


def test_a_reload_of_the_shipped_report_looks_it_over_in_no_time(known: ReportKnowledge) -> None:
    start = time.perf_counter()
    quick = lint_report(known, SHIPPED_SOURCES / "yongan-2019", quick=True)
    assert time.perf_counter() - start < 2  # some 0.2 s on a machine that does nothing else
    assert {f.rule for f in quick} <= {"term", "figure", "thin"}
    assert all(f.line for f in quick)
