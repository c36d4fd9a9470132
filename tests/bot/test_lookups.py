"""Computed values, counts of words and term cards, as they are said; and the lock on what leaves."""

from __future__ import annotations

import pytest

from bot import texts
from bot.conversation import Context
from bot.messages import Answer, Citation, Outcome
from bot.number_lock import find_fault, locked
from bot.pipeline import answer_message
from knowledge.library import Library


def ask(library: Library, question: str) -> Answer:
    return answer_message(question, library, Context())[0]


def test_a_computed_value_is_marked_as_computed_and_its_figures_are_quoted(library: Library) -> None:
    answer = ask(library, "复议案件还有几件没有办结")
    assert answer.outcome is Outcome.ANSWER
    assert texts.COMPUTED.format(formula="22件 − 20件 = 2件") in answer.text
    assert {"22件", "20件"} <= {n for n in ("22件", "20件") if n in answer.citations[0].quote}


def test_a_word_that_stands_nowhere_is_said_to_stand_nowhere(library: Library) -> None:
    answer = ask(library, "报告提到电子商务吗")
    assert answer.outcome is Outcome.RELATED
    assert answer.text == texts.NOT_MENTIONED.format(word="电子商务") + texts.NOT_MENTIONED_EITHER.format(other="“跨境电商”")
    assert not answer.citations


def test_a_word_that_the_report_uses_is_counted_with_its_places(library: Library) -> None:
    answer = ask(library, "报告有没有提到执法记录仪")
    assert answer.outcome is Outcome.ANSWER
    assert "1处" in answer.text
    assert [c.section for c in answer.citations] == ["1.3.3"]
    assert "执法记录仪" in answer.citations[0].quote


def test_another_word_for_the_same_thing_is_named(library: Library) -> None:
    answer = ask(library, "报告提到红头文件没有")
    assert "“规范性文件”" in answer.text
    assert "规范性文件" in answer.citations[0].quote


@pytest.mark.parametrize("term", ["三项制度", "双随机、一公开", "裁执分离", "1+3"])
def test_a_term_is_shown_as_the_report_first_uses_it(library: Library, term: str) -> None:
    answer = ask(library, f"什么是“{term}”")
    sections = [s for s in library.default.report.sections if term in s.text]
    assert texts.FIRST_USE.format(term=term, label=sections[0].label) in answer.text
    assert term in answer.citations[0].quote


def test_a_number_that_no_named_section_states_does_not_leave(library: Library) -> None:
    good = ask(library, "行政复议维持了几件")
    wrong = Answer(Outcome.ANSWER, good.text.replace("9件", "33件"), good.citations)
    assert find_fault(good, "行政复议维持了几件", library) == ""
    assert "33" in find_fault(wrong, "行政复议维持了几件", library)
    assert locked(wrong, "", library) == Answer(Outcome.REFUSE, texts.FAILED)


def test_a_quote_that_is_not_verbatim_does_not_leave(library: Library) -> None:
    quote = Citation("yongan-2019", "1.4.1", "一、(四)1", "加强行政复议工作", "其中维持九件")
    assert find_fault(Answer(Outcome.ANSWER, "其中维持九件", (quote,)), "", library)
