from pathlib import Path

import pytest
from builders import write_report

from knowledge.addressing import resolve_address
from knowledge.records import Report
from knowledge.report import parse_report


def section_of(text: str, report: Report) -> str | None:
    address = resolve_address(text, report)
    return address.section.id if address and address.section else None


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("一、(四)1", "1.4.1"),
        ("一（四）１", "1.4.1"),
        ("1.4.1", "1.4.1"),
        ("1.4.1原文", "1.4.1"),
        ("一(四)1讲什么", "1.4.1"),
        ("第一部分第四条第一点", "1.4.1"),
        ("(六)5", "1.6.5"),
        ("3.5", "3.5"),
        ("第一部分有几条", "1"),
        ("一、(五)有哪些条", "1.5"),
        ("1.1末段", "1.1.tail"),
        ("一、(一)最后一段", "1.1.tail"),
        ("最后一部分", "3"),
        ("最后一条", "3.5"),
        ("倒数第二条", "3.4"),
        ("第一部分最后一条", "1.6"),
        ("导语", "0"),
        ("开头说了什么", "0"),
    ],
)
def test_a_place_asked_for_by_number_is_found(report: Report, text: str, section: str) -> None:
    address = resolve_address(text, report)
    assert address is not None
    assert address.section is not None
    assert address.section.id == section
    assert address.by_number


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("加强行政复议工作", "1.4.1"),
        ("加強行政複議工作", "1.4.1"),
        ("精心部署", "1.6.1"),
        ("督察落实的内容", "1.6.2"),
        ("经费保障这一部分", "1.6.4"),
        ("推进行政决策科学化、民主化、法治化", "1.1"),
    ],
)
def test_a_title_finds_its_section(report: Report, text: str, section: str) -> None:
    address = resolve_address(text, report)
    assert address is not None
    assert address.section is not None
    assert (address.section.id, address.by_number) == (section, False)


@pytest.mark.parametrize("text", ["目录", "报告分几部分", "列出所有标题", "报告有哪几个部分"])
def test_the_contents_are_asked_for(report: Report, text: str) -> None:
    address = resolve_address(text, report)
    assert address is not None
    assert address.contents
    assert address.section is None


@pytest.mark.parametrize(
    ("text", "wanted", "nearest"),
    [("1.9.9", "一、(九)9", "1"), ("一、(九)", "一、(九)", "1"), ("1.4.9", "一、(四)9", "1.4"), ("第七部分", "七、", None)],
)
def test_a_number_that_does_not_exist_names_the_nearest_above(report: Report, text: str, wanted: str, nearest: str | None) -> None:
    address = resolve_address(text, report)
    assert address is not None
    assert address.section is None
    assert address.wanted == wanted
    assert (address.nearest.id if address.nearest else None) == nearest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "2019年办理了多少件行政复议案件",
        "行政复议22件",
        "调解成功率98.7%对吗",
        "你好",
        "花了1.5亿元",
        "加强行政复议工作" * 10,
    ],
)
def test_a_question_is_no_address(report: Report, text: str) -> None:
    assert resolve_address(text, report) is None


def test_a_sum_of_money_is_no_address(report: Report) -> None:
    assert resolve_address("1.5亿元", report) is None


def test_every_label_and_every_number_finds_its_own_section(report: Report) -> None:
    numbered = [s for s in report.sections if s.kind in {"part", "article", "item"} and "." in s.id]
    assert [section_of(s.label, report) for s in numbered] == [s.id for s in numbered]
    assert [section_of(s.id, report) for s in numbered] == [s.id for s in numbered]


# --- reports that number in other ways -----------------------------------------------------------------------------

DEEPER = (
    "一、工作",
    "1.健全制度",
    "（1）听证会制度。6次。",
    "①教育系统听证。2次。",
    "（2）公示。5次。",
    "2.纠纷化解。35件。",
    "二、问题",
    "1.力量不足。编制少。",
)
DIVISIONS = ("第一部分 工作回顾", "一、综合经济", "（一）经济增长。8%。", "第二部分 2021年安排", "一、主要目标。7%。")
ARTICLES = ("（一）健全制度。6次。", "（二）化解纠纷", "1.复议。35件。")


@pytest.mark.parametrize(
    ("paragraphs", "text", "section", "wanted"),
    [
        (DEEPER, "一、1(1)", "1.1.1", ""),
        (DEEPER, "一、1（1）①", "1.1.1.1", ""),
        (DEEPER, "一、1(2) 公示", "1.1.2", ""),
        (DEEPER, "1.1.1.1", "1.1.1.1", ""),
        (DEEPER, "一、2原文", "1.2", ""),
        (DEEPER, "二、1", "2.1", ""),
        (DEEPER, "第五部分", None, "第五部分"),
        (DIVISIONS, "第一部分", "1", ""),
        (DIVISIONS, "第一部分一、", "1.1", ""),
        (DIVISIONS, "第一部分一、(一)", "1.1.1", ""),
        (DIVISIONS, "第一部分第一条", "1.1", ""),
        (DIVISIONS, "第二部分 2021年安排", "2", ""),
        (DIVISIONS, "第二部分一、 主要目标", "2.1", ""),
        (DIVISIONS, "第三部分", None, "第三部分"),
        (ARTICLES, "(一)", "1", ""),
        (ARTICLES, "（二）1", "2.1", ""),
        (ARTICLES, "(二)1 复议", "2.1", ""),
    ],
)
def test_a_section_is_found_by_the_label_its_report_gives_it(
    tmp_path: Path, paragraphs: tuple[str, ...], text: str, section: str | None, wanted: str
) -> None:
    address = resolve_address(text, parse_report(write_report(tmp_path, *paragraphs), report_id="small"))
    assert address is not None
    assert (address.section.id if address.section else None, address.wanted) == (section, wanted)
