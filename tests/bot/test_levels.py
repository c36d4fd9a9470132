"""Answers from reports that number in other ways than 一、(一)1, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from documents import write_document

from bot.conversation import Context
from bot.messages import Answer, Outcome
from bot.pipeline import answer_message
from knowledge.build import build_report
from knowledge.documents import source_at
from knowledge.library import Library, ReportKnowledge

LEAD = "2021年，星河市扎实推进法治政府建设，各项工作取得新的成效。现将有关情况报告如下："
NEXT = "下一步，市政府将继续推进依法行政，努力建设人民满意的法治政府，为高质量发展提供保障。"


def make_ask(folder: Path, *lines: str) -> Callable[[str], Answer]:
    write_document(folder, "txt", lines)
    library = Library("test", [ReportKnowledge(build_report(source_at(folder)))])
    return lambda text: answer_message(text, library, Context())[0]


@pytest.fixture(scope="module")
def unnumbered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Answer]:
    return make_ask(tmp_path_factory.mktemp("reports") / "unnumbered", LEAD, NEXT)


@pytest.fixture(scope="module")
def divided(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Answer]:
    lines = (
        "第一部分 工作回顾",
        "一、综合经济",
        "1.经济增长。增长8.1%。",
        "（1）工业增长。增长9.2%。",
        "第二部分 工作安排",
        "一、主要目标。增长7%。",
    )
    return make_ask(tmp_path_factory.mktemp("reports") / "divided", LEAD, *lines)


@pytest.mark.parametrize(
    ("text", "outcome", "words"),
    [
        ("目录", Outcome.CONTENTS, "全文在“导语”里"),
        ("第一部分", Outcome.RELATED, "报告里没有第一部分。\n这份报告没有编号，全文在“导语”里。"),
        ("你能做什么", Outcome.HELP, "我能回答的是"),
        ("导语", Outcome.SECTION, NEXT),
        ("怎么继续推进依法行政", Outcome.ANSWER, NEXT),
    ],
)
def test_a_report_without_numbers_answers_from_its_introduction(unnumbered, text: str, outcome: Outcome, words: str) -> None:
    answer = unnumbered(text)
    assert answer.outcome is outcome
    assert words in answer.text


@pytest.mark.parametrize(
    ("text", "outcome", "words"),
    [
        (
            "目录",
            Outcome.CONTENTS,
            "\n\u3000第一部分一、 综合经济\n\u3000\u3000第一部分一、1 经济增长\n\u3000\u3000\u3000第一部分一、1(1) 工业增长\n",
        ),
        ("第一部分一、1(1)", Outcome.SECTION, "增长9.2%。"),
        ("1.1.1.1", Outcome.SECTION, "增长9.2%。"),
        ("第二部分", Outcome.SECTION, "第二部分一、 主要目标"),
        ("第三部分", Outcome.RELATED, "报告里没有第三部分。"),
        ("工业增长多少", Outcome.ANSWER, "第一部分一、1(1) 工业增长"),
    ],
)
def test_labels_of_other_forms_are_shown_and_understood(divided, text: str, outcome: Outcome, words: str) -> None:
    answer = divided(text)
    assert answer.outcome is outcome
    assert words in answer.text
