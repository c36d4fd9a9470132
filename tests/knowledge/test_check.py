"""Claims against the report: amounts bound to their labels, dates, bodies, polarity."""

from __future__ import annotations

import pytest

from knowledge.check import check_claim, looks_like_claim
from knowledge.claim_parts import Support
from knowledge.library import ReportKnowledge


@pytest.mark.parametrize(
    ("claim", "support"),
    [
        ("维持9件", Support.SUPPORTED),
        ("维持2件撤销9件", Support.REFUTED),
        ("终止7件、调解1件、不予受理1件", Support.SUPPORTED),
        ("调解成功率超过95%", Support.SUPPORTED),
        ("调解成功率超过99%", Support.REFUTED),
        ("普法经费人均6角", Support.SUPPORTED),
        ("普法经费人均六元", Support.REFUTED),
        ("预报名人数超过800人", Support.REFUTED),
        ("维持的比撤销的多", Support.SUPPORTED),
        ("撤销的比维持的多", Support.REFUTED),
        ("以公开为常态、不公开为例外", Support.SUPPORTED),
        ("税务局移送公安机关3件", Support.REFUTED),
        ("行政复议案件全部办结了", Support.REFUTED),
        ("16个乡镇街道均聘请律师担任法律顾问", Support.REFUTED),
        ("2018年9月签订了法律顾问服务合同", Support.REFUTED),
        ("普法经费总额二十一万元", Support.NOT_ENOUGH_INFO),
        ("普法经费人均六块", Support.REFUTED),
        ("2019年制发的规范性文件没有一件被有权机关撤销过", Support.SUPPORTED),
        ("没有一个乡镇街道是不请律师当顾问的", Support.SUPPORTED),
        ("社会矛盾方面有建预警机制,不光是事后救火", Support.SUPPORTED),
    ],
)
def test_a_claim_is_judged_by_what_it_names_and_counts(known: ReportKnowledge, claim: str, support: Support) -> None:
    checked = check_claim(claim, known)
    assert checked is not None
    assert checked.support is support, checked.parts


def test_the_words_set_beside_a_claim_are_the_sections_own(known: ReportKnowledge) -> None:
    checked = check_claim("维持10件", known)
    assert checked is not None
    assert checked.section.id == "1.4.1"
    assert checked.quote.text in checked.section.text
    assert "维持9件" in checked.quote.text


@pytest.mark.parametrize("text", ["维持9件,对吗", "复议办结20件", "16个乡镇街道均聘请律师担任法律顾问", "普法经费人均6元是吧"])
def test_a_statement_with_a_figure_is_taken_for_a_claim(text: str) -> None:
    assert looks_like_claim(text)


@pytest.mark.parametrize("text", ["维持几件", "行政复议22件还是20件", "98.7%是什么", "法律顾问是谁", "0.6元", "38件规范性文件"])
def test_a_question_or_a_fragment_is_no_claim(text: str) -> None:
    assert not looks_like_claim(text)


@pytest.mark.parametrize("claim", ["移送公安机关的案件3件,退回2件", "行政复议维持9件、撤销3件", "2018年9月签了法律顾问合同"])
def test_a_figure_that_differs_is_never_affirmed(claim: str, known: ReportKnowledge) -> None:
    checked = check_claim(claim, known)
    assert checked is not None
    assert checked.support is not Support.SUPPORTED
