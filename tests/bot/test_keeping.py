"""What is kept of a message: its words without personal particulars, and nothing on who sent it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.assistant import Assistant
from bot.messages import IncomingMessage
from bot.state.sqlite import SqliteState
from knowledge.library import Library

PRIVATE = ("张三丰", "13800138000", "一三八零零一三八零零零", "350481199001011234", "sender-77")


@pytest.fixture
def state(tmp_path: Path) -> SqliteState:
    return SqliteState(tmp_path / "state.db", retention_days=180)


@pytest.fixture
async def assistant(library: Library, state: SqliteState) -> Iterator[Assistant]:
    assistant = Assistant(library, state, rate_limit=1000)
    yield assistant
    await assistant.close()


async def ask(assistant: Assistant, text: str, conversation: str = "c1") -> str:
    return (await assistant.answer(IncomingMessage("web", conversation, "sender-77", text))).reply_id


async def test_no_byte_of_a_particular_reaches_the_disk(assistant: Assistant, tmp_path: Path) -> None:
    reply = await ask(assistant, "我叫张三丰,电话13800138000,2019年办理了多少件行政复议案件")
    await ask(assistant, "我身份证350481199001011234,那撤销的呢")
    await ask(assistant, "打一三八零零一三八零零零,调解成功率98.7%对吗")
    await assistant.give_feedback(reply, helpful=False, comment="我是张三丰,回我电话13800138000")
    await assistant._state._run(lambda db: db.execute("pragma wal_checkpoint(truncate)").fetchall())
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir()).decode("utf-8", "replace")
    assert [private for private in PRIVATE if private in written] == []
    assert "我叫[姓名],电话[电话],2019年办理了多少件行政复议案件" in written


async def test_a_masked_question_is_answered_as_it_was_typed(assistant: Assistant) -> None:
    plain = await assistant.answer(IncomingMessage("web", "", "", "2019年办理了多少件行政复议案件"))
    private = await assistant.answer(IncomingMessage("web", "", "", "我叫张三,2019年办理了多少件行政复议案件"))
    assert private.answer.citations == plain.answer.citations


async def test_questions_that_went_badly_are_up_for_review_with_their_nearest_section(assistant: Assistant, state: SqliteState) -> None:
    await ask(assistant, "2019年办理了多少件行政复议案件", "")
    liked = await ask(assistant, "普法的钱一人几毛", "")
    await assistant.give_feedback(liked, helpful=False, comment="不是这条")
    await ask(assistant, "沙县的普法经费是多少", "")
    await ask(assistant, "给我写首诗", "")
    kept = {k.question: k for k in await state.questions_for_review()}
    assert set(kept) == {"普法的钱一人几毛", "沙县的普法经费是多少", "给我写首诗"}
    assert (kept["普法的钱一人几毛"].reason, kept["普法的钱一人几毛"].comment) == ("unhelpful", "不是这条")
    assert (kept["沙县的普法经费是多少"].reason, kept["沙县的普法经费是多少"].nearest) == ("not stated", "1.6.4")
    assert kept["给我写首诗"].reason == "refused"
    assert {k.report for k in kept.values()} == {"yongan-2019"}


async def test_greetings_and_empty_messages_are_not_kept(assistant: Assistant, state: SqliteState) -> None:
    for text in ("你好", "???", "/help", "很长" * 300):
        await ask(assistant, text, "")
    assert await state.recent_questions(10) == []


async def test_only_questions_that_stand_by_themselves_are_recent_ones(assistant: Assistant, state: SqliteState) -> None:
    for text in ("2019年办理了多少件行政复议案件", "那撤销的呢", "原文", "普法经费是按什么标准预算的"):
        await ask(assistant, text)
    assert await state.recent_questions(10) == ["普法经费是按什么标准预算的", "2019年办理了多少件行政复议案件"]


async def test_nothing_typed_is_logged(assistant: Assistant, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await ask(assistant, "普法的钱一人几毛")
    assert "answered" in caplog.text
    assert "普法" not in "".join(str(vars(record)) for record in caplog.records)


async def test_no_table_has_room_for_who_asked(assistant: Assistant, tmp_path: Path) -> None:
    await ask(assistant, "普法的钱一人几毛")
    db = sqlite3.connect(tmp_path / "state.db")
    columns = {table: [row[1] for row in db.execute(f"pragma table_info({table})")] for table in ("replies", "questions", "decisions")}
    db.close()
    assert columns == {
        "replies": ["id", "channel", "release", "outcome", "section", "explanation", "created"],
        "questions": ["reply_id", "question", "report", "nearest", "confidence", "whole"],
        "decisions": ["report", "question_hash", "decision"],
    }
