"""Whether a word is asked after, and how often the report uses it."""

from __future__ import annotations

import pytest

from knowledge.library import ReportKnowledge
from knowledge.mentions import asked_meaning, asked_mention, find_mentions


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("报告提到社保吗", "社保"),
        ("报告里有没有提到“大数据”这个词", "大数据"),
        ("社会保障在报告里提到没有", "社会保障"),
        ("提到疫情了吗", "疫情"),
        ("执法记录仪出现了几次", "执法记录仪"),
        ("报告提到什么问题", ""),
        ("督察完了有没有写报告", ""),
        ("复议维持了几件", ""),
    ],
)
def test_a_question_after_a_word_is_recognised(text: str, word: str) -> None:
    assert asked_mention(text) == word


@pytest.mark.parametrize(("text", "word"), [("什么是裁执分离", "裁执分离"), ("三项制度是什么意思", "三项制度"), ("谁来承办", "")])
def test_a_question_on_the_meaning_of_a_word_is_recognised(text: str, word: str) -> None:
    assert asked_meaning(text) == word


@pytest.mark.parametrize("word", ["规范性文件", "行政复议", "曹远镇", "社保", "电子商务"])
def test_the_count_is_that_of_the_full_text(known: ReportKnowledge, word: str) -> None:
    mentions = find_mentions(word, known)
    titles = [s.title for s in known.report.sections if s.title != s.label]
    assert mentions.count == sum(s.text.count(word) for s in known.report.sections) + sum(t.count(word) for t in titles)
    assert all(word in place.sentence for place in mentions.places)


def test_other_words_for_it_are_looked_for_too(known: ReportKnowledge) -> None:
    mentions = find_mentions("红头文件", known)
    assert mentions.count == 0
    assert {name for name, _ in mentions.other_places} == {"规范性文件"}
