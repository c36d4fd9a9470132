"""Replies as WeCom shows them in text form."""

from __future__ import annotations

import pytest

from bot import texts
from bot.channels.text_desk import Said
from bot.channels.wecom_text import MAX_BYTES, markdown_text, plain_text, text_parts, without_choices
from bot.conversation import Context
from bot.messages import Outcome, Reply
from bot.pipeline import answer_message
from knowledge.library import Library

QUESTIONS = [
    "复议撤销了几件",
    "2018年复议多少件",
    "存在哪些问题",
    "核对 复议23件",
    "一(四)1",
    "目录",
    "查数 复议",
    "红烧肉怎么做",
    "你好",
    "帮助",
]
AMBIGUOUS = "搞法治这副担子,头一个该谁来挑"


def say(question: str, library: Library) -> Said:
    answer, _ = answer_message(question, library, Context())
    return Said(answer.text, Reply("01J" + "Z" * 23, answer, library.release, 0.0, library))


def test_the_clause_comes_first_then_where_it_stands_then_what_to_ask_next(library: Library) -> None:
    lines = plain_text(say("复议撤销了几件", library)).split("\n")
    assert "撤销2件" in lines[0]
    assert lines[1].startswith("——《永安市人民政府关于2019年法治政府建设工作报告》")
    assert lines[1].endswith("一、(四)1 加强行政复议工作")
    assert lines[2].startswith("核验码 ")
    assert lines[3:5] == ["", texts.ASK_BY_NUMBER]
    assert lines[5].startswith("1. ")


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_line_of_the_answer_is_there_and_every_question_has_its_number(question: str, library: Library) -> None:
    said = say(question, library)
    text = plain_text(said)
    assert set(said.text.split("\n")) <= set(text.split("\n"))
    assert [f"{n}. {one}" in text.split("\n") for n, one in enumerate(said.offered, 1)] == [True] * len(said.offered)
    assert all(len(part.encode()) <= MAX_BYTES for part in text_parts(text))


def test_choices_that_the_text_lists_are_not_listed_again(library: Library) -> None:
    said = say(AMBIGUOUS, library)
    assert said.reply
    assert said.reply.answer.outcome is Outcome.CLARIFY
    text = plain_text(said)
    assert text == f"{said.text}\n{texts.CHOOSE_BY_NUMBER}"
    assert without_choices(said.reply.answer) == texts.CLARIFY


def test_the_contents_come_in_numbered_parts(library: Library) -> None:
    parts = text_parts(plain_text(say("目录", library)))
    assert len(parts) >= 2
    assert [part.partition("\n")[0] for part in parts] == [f"({n}/{len(parts)})" for n in range(1, len(parts) + 1)]


def test_markdown_says_the_same_with_the_clause_in_bold(library: Library) -> None:
    said = say("复议撤销了几件", library)
    assert said.reply
    quote = said.reply.answer.citations[0].quote
    assert markdown_text(said) == plain_text(said).replace(quote, f"**{quote}**")
    assert markdown_text(say("核对 复议23件", library)).startswith(f"**{texts.CHECK_REFUTED}**\n")


def test_nobody_is_called_by_words_that_are_repeated(library: Library) -> None:
    said = say("核对 <@all>复议23件", library)
    assert "<@all>" in plain_text(said)
    assert "<@" not in markdown_text(said)


def test_what_a_program_printed_keeps_its_columns() -> None:
    said = Said("统计", printed="a  1\nb  2")
    assert plain_text(said) == "统计\na  1\nb  2"
    assert markdown_text(said) == "统计\n```\na  1\nb  2\n```"


def test_a_part_begins_with_the_indent_of_its_first_line() -> None:
    lines = [f"　一、({number}) 甲乙丙" for number in range(20)]
    parts = text_parts("\n".join(lines), max_bytes=200)
    assert len(parts) > 2
    assert [part.split("\n")[1][0] for part in parts[1:]] == ["　"] * (len(parts) - 1)
