import pytest
from builders import make_section

from knowledge.figures import extract_figures, numbers_in
from knowledge.library import ReportKnowledge
from knowledge.records import Report


def stated(report: Report, section_id: str) -> list[tuple[str, str, str]]:
    """Value, unit and printed form of each figure of a section."""
    section = report.section(section_id)
    assert section is not None
    return [(f.value, f.unit, section.text[f.start : f.end]) for f in extract_figures(section)]


def values(text: str) -> list[tuple[str, str]]:
    return [(f.value, f.unit) for f in extract_figures(make_section(text=text))]


@pytest.mark.parametrize(
    ("section_id", "expected"),
    [
        (
            "1.4.1",
            [
                ("2019", "date", "2019年"),
                ("22", "件", "22件"),
                ("20", "件", "20件"),
                ("9", "件", "9件"),
                ("2", "件", "2件"),
                ("7", "件", "7件"),
                ("1", "件", "1件"),
                ("1", "件", "1件"),
            ],
        ),
        (
            "1.1.3",
            [
                ("12", "件", "12件"),
                ("2017", "date", "2017年度"),
                ("102", "件", "102件"),
                ("2017-01-01", "date", "2017年1月1日"),
                ("2019-06-01", "date", "2019年6月1日"),
                ("38", "件", "38件"),
                ("8", "件", "8件"),
            ],
        ),
        ("1.4.3", [("2019", "date", "2019年"), ("1048", "件", "1048件"), ("100", "%", "100%"), ("98.7", "%", "98.7%")]),
        (
            "1.6.4",
            [
                ("2", "级", "两级"),
                ("2019", "date", "2019年"),
                ("0.6", "元", "0.6元"),
                ("2019-09", "date", "2019年9月"),
                ("2", "年", "二年"),
                ("15", "个", "15个"),
            ],
        ),
        ("1.6.1", [("2019", "date", "2019年"), ("2019", "date", "2019年")]),
        ("2.1", []),
        ("1.4", []),
    ],
)
def test_figures_are_exactly_those_printed(report: Report, section_id: str, expected: list[tuple[str, str, str]]) -> None:
    assert stated(report, section_id) == expected


def test_the_subject_says_what_a_figure_counts(known: ReportKnowledge) -> None:
    subjects = [(f.value, f.subject) for f in known.figures if f.section == "1.4.1" and f.unit == "件"]
    assert subjects == [
        ("22", "市政府共办理行政复议案件"),
        ("20", "办结"),
        ("9", "维持"),
        ("2", "撤销"),
        ("7", "终止"),
        ("1", "调解"),
        ("1", "不予受理"),
    ]


def test_every_figure_stands_in_its_section_at_its_place(known: ReportKnowledge) -> None:
    assert len(known.figures) == 49
    for figure in known.figures:
        section = known.section(figure.section)
        assert section is not None
        assert figure.quote in section.text
        assert section.text[figure.start : figure.end] in figure.quote
        assert figure.label == section.label


def test_figures_stand_in_order_of_place(known: ReportKnowledge) -> None:
    order = [section.id for section in known.report.sections]
    places = [(order.index(f.section), f.start) for f in known.figures]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("共1,048件。", [("1048", "件")]),
        ("投入1.5亿元。", [("1.5", "亿元")]),
        ("聘请三十六名。", [("36", "名")]),
        ("成功调解一起案件。", [("1", "起")]),
        ("2019-09-01签订。", [("2019-09-01", "date")]),
        ("《纲要(2015—2020)》", []),
        ("坚持“三项制度”,一是公开。", []),
        ("永政文〔2020〕4号", []),
        ("", []),
    ],
    ids=["thousands", "decimal", "Chinese", "one", "iso date", "span of years", "no figures", "document number", "empty"],
)
def test_other_forms_of_figures(text: str, expected: list[tuple[str, str]]) -> None:
    assert values(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("提出修改意见112条。", ("112", "条")), ("公示10天。", ("10", "天")), ("受众3.2万人次。", ("3.2", "万人次"))],
)
def test_common_units_are_counted(text: str, expected: tuple[str, str]) -> None:
    assert values(text) == [expected]


def test_subjects_are_words_of_one_line(known: ReportKnowledge) -> None:
    odd = [f.subject for f in known.figures if not f.subject or f.subject[0] in ",,、。:" or "\n" in f.subject]
    assert odd == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("共办理22件,已办结20件", {"22", "20"}),
        ("办理二十二件", {"22"}),
        ("成功率百分之九十八点七", {"98.7"}),
        ("1,048件", {"1048"}),
        ("９件", {"9"}),
        ("2019年09月", {"2019", "9"}),
        ("0件", {"0"}),
        ("没有数字", set()),
        ("", set()),
    ],
)
def test_the_numbers_of_a_text_however_written(text: str, expected: set[str]) -> None:
    assert numbers_in(text) == expected
