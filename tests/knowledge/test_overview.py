from __future__ import annotations

import pytest
from builders import make_section

from knowledge.library import ReportKnowledge
from knowledge.overview import matter_of, names_no_matter, speaks_of_all


@pytest.mark.parametrize(
    ("text", "matter"),
    [
        ("饮用水安全怎么样", "饮用水安全"),
        ("白水湖治理做了什么", "白水湖治理"),
        ("环境执法情况", "环境执法"),
        ("说说双随机", "双随机"),
        ("复议撤销了几件", ""),
        ("是谁负责的", ""),
        ("怎么样", ""),
    ],
)
def test_a_request_for_an_overview_names_its_matter(text: str, matter: str) -> None:
    assert matter_of(text) == matter


@pytest.mark.parametrize(("matter", "told"), [("饮用水安全", True), ("饮用水价格", False), ("水", False)])
def test_a_section_speaks_of_a_matter_when_it_holds_all_its_words(known: ReportKnowledge, matter: str, told: bool) -> None:
    section = make_section("1.3", title="饮用水", text="保障饮用水安全,水源地水质达标率100%。")
    assert speaks_of_all(matter, section, known.tokenizer) is told


@pytest.mark.parametrize(
    ("text", "told"), [("情况怎么样", True), ("现在进展如何了", True), ("督察情况怎么样", False), ("怎么样才能复议", False)]
)
def test_a_question_that_says_not_of_what_names_no_matter(text: str, told: bool) -> None:
    assert names_no_matter(text) is told
