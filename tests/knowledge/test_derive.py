"""Values worked out from the report's figures, and the questions that must not lead to one."""

from __future__ import annotations

import pytest

from knowledge.derive import Operation, derive, sums_unsaid
from knowledge.figures import extract_figures
from knowledge.library import ReportKnowledge
from knowledge.normalize import normalize
from knowledge.records import Section, SectionKind

TEXT = (
    "全年共受理信访件50件,已化解42件。其中,来信20件、来访22件。向纪委移送线索6件,退回2件。"
    "对2020年印发的30件和2021年印发的12件合同进行复核。满意率96.5%。"
)
SECTION = Section("r", "1", "一、", "信访", TEXT, None, SectionKind.PART)


@pytest.mark.parametrize(
    ("question", "formula"),
    [
        ("信访件还有几件没化解", "50件 − 42件 = 8件"),
        ("移送的线索扣掉退回的还剩几件", "6件 − 2件 = 4件"),
        ("来访比来信多几件", "22件 − 20件 = 2件"),
        ("复核的合同合计多少件", "30件 + 12件 = 42件"),
        ("化解率是多少", "42件 ÷ 50件 = 84%"),
        ("来信占多少", "20件 ÷ 42件 ≈ 47.6%"),
        ("不满意的比例有多少", "100% − 96.5% = 3.5%"),
    ],
)
def test_a_value_is_worked_out_from_figures_that_belong_together(question: str, formula: str) -> None:
    computation = derive(normalize(question), SECTION, extract_figures(SECTION))
    assert computation is not None
    assert computation.formula == formula


@pytest.mark.parametrize(
    "question", ["没化解的那8件为什么拖着", "全年受理信访件多少件", "来信和线索加起来多少件", "纪委有几个人", "退休率是多少"]
)
def test_figures_that_do_not_belong_together_give_nothing(question: str) -> None:
    assert derive(normalize(question), SECTION, extract_figures(SECTION)) is None


def test_the_operands_are_figures_of_the_section(known: ReportKnowledge) -> None:
    section = known.section("1.4.1")
    assert section is not None
    computation = derive("22件里还有几件没办结", section, known.figures)
    assert computation is not None
    assert computation.operation is Operation.DIFFERENCE
    assert [section.text[f.start : f.end] for f in computation.operands] == ["22件", "20件"]


@pytest.mark.parametrize(
    ("question", "unsaid"),
    [
        ("加一块多少", True),
        ("这两个差几个点", True),
        ("这俩差多少", True),
        ("来信比来访多几件", False),
        ("这两个加起来是几件", True),
        ("来信来访加起来几件", False),
        ("来信几件", False),
    ],
)
def test_a_sum_may_leave_unsaid_which_figures_are_meant(question: str, unsaid: bool) -> None:
    assert sums_unsaid(question) is unsaid
