"""What is kept so that a reply can be changed, judged or taken back: in a real SQLite file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.conversation import Context, Topic
from bot.state.base import StoredReply
from bot.state.sent import KeptAbout, SentReply
from bot.state.sqlite import SqliteState
from bot.state.sqlite_sent import SENT_LIFETIME_S

CONTEXT = Context((Topic("r", "1.1", "几件"),))
DAY_S = 86_400


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def state(tmp_path: Path, clock: Clock) -> AsyncIterator[SqliteState]:
    state = SqliteState(tmp_path / "state.db", retention_days=180, clock=clock)
    yield state
    await state.close()


def make_sent(question: str = "7", *, reply: str = "r1", conversation: str = "telegram:c1", sender: str = "s1") -> SentReply:
    return SentReply(conversation, sender, question, reply, ("8", "9"))


async def keep(state: SqliteState, sent: SentReply, question: str = "红烧肉怎么做") -> None:
    """A turn and which messages it was."""
    await state.save_turn(sent.conversation, CONTEXT, StoredReply(sent.reply, "telegram", "rel", "refuse", "", {}, question, "r"))
    await state.save_sent(sent)


def rows(tmp_path: Path, table: str) -> int:
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as db:
        return int(db.execute(f"select count(*) from {table}").fetchone()[0])


async def test_what_answered_a_question_is_found_by_it_and_as_the_last(state: SqliteState, clock: Clock) -> None:
    first, second = make_sent("7", reply="r1"), make_sent("10", reply="r2")
    await state.save_sent(first)
    clock.now += 1
    await state.save_sent(second)
    assert await state.find_sent("telegram:c1", "7") == first
    assert await state.find_sent("telegram:c1") == second
    assert await state.find_sent("telegram:c2", "7") is None
    assert await state.find_sent("telegram:c1", "8") is None


async def test_another_answer_takes_the_place_of_the_first(state: SqliteState) -> None:
    await state.save_sent(make_sent(reply="r1"))
    again = make_sent(reply="r2")
    await state.save_sent(again)
    assert await state.find_sent("telegram:c1", "7") == again


async def test_after_two_days_nothing_links_a_reply_to_who_asked(state: SqliteState, clock: Clock, tmp_path: Path) -> None:
    await keep(state, make_sent())
    clock.now += SENT_LIFETIME_S + 1
    assert await state.find_sent("telegram:c1", "7") is None
    await state.delete_expired()
    assert (rows(tmp_path, "sent"), rows(tmp_path, "replies")) == (0, 1)


async def test_a_notice_is_given_once_to_each(state: SqliteState, clock: Clock) -> None:
    given = [await state.note_once("only text", sender) for sender in ("s1", "s1", "s2")]
    assert given == [True, False, True]
    clock.now += 181 * DAY_S
    await state.delete_expired()
    assert await state.note_once("only text", "s1")


async def test_forgetting_somebody_takes_their_questions_along_and_nobody_elses(state: SqliteState, tmp_path: Path) -> None:
    await keep(state, make_sent("7", reply="r1"))
    await keep(state, make_sent("9", reply="r2", conversation="telegram:group"))
    await keep(state, make_sent("7", reply="r3", conversation="telegram:c2", sender="s2"), "房价多少")
    await state.save_feedback("r1", helpful=False, comment="不对", reason="答错了")
    await state.note_once("only text", "s1")
    assert await state.kept_about("s1") == KeptAbout(conversations=2, replies=2, notices=1)
    assert await state.forget("s1") == 5
    assert await state.kept_about("s1") == KeptAbout(0, 0, 0)
    assert [kept.question for kept in await state.questions_for_review()] == ["房价多少"]
    assert await state.load_context("telegram:group") == Context()
    assert await state.load_context("telegram:c2") == CONTEXT
    assert [rows(tmp_path, table) for table in ("feedback", "feedback_reasons", "questions", "sent", "notices")] == [0, 0, 1, 1, 0]


async def test_what_was_forgotten_is_gone_from_the_files(state: SqliteState, tmp_path: Path) -> None:
    await keep(state, make_sent(), "我家在梅花街三号")
    assert any("梅花街".encode() in path.read_bytes() for path in tmp_path.iterdir())
    await state.forget("s1")
    assert not any("梅花街".encode() in path.read_bytes() for path in tmp_path.iterdir())


async def test_a_group_that_moves_twice_is_still_the_first_one(state: SqliteState) -> None:
    await state.move_chat("a", "b")
    await state.move_chat("b", "c")
    await state.move_chat("c", "a")  # never happens; must not turn in circles
    assert [await state.first_chat(chat) for chat in "abcd"] == ["a", "a", "a", "d"]


async def test_a_reason_stands_before_the_comment_for_the_admin(state: SqliteState) -> None:
    await keep(state, make_sent())
    await state.save_feedback("r1", helpful=False, comment="少了一半", reason="没答全")
    assert [kept.comment for kept in await state.questions_for_review()] == ["没答全 少了一半"]
    await state.save_feedback("r1", helpful=False, comment="", reason="")
    assert [kept.comment for kept in await state.questions_for_review()] == [""]
