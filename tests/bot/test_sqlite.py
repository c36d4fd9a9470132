"""State in a real SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.conversation import Context, Topic
from bot.errors import StateError
from bot.state.base import SectionUse, StoredReply
from bot.state.sqlite import CONTEXT_LIFETIME_S, SqliteState

CONTEXT = Context((Topic("yongan-2019", "1.4.1", "复议'案件\"几件\n?"), Topic("yongan-2019", "1.4.3", "😀")))
DAY_S = 86_400


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


def make_reply(reply_id: str = "r1", **changes: object) -> StoredReply:
    fields = {
        "channel": "web",
        "release": "rel",
        "outcome": "answer",
        "section": "1.4.1",
        "explanation": {"words": ["复议"], "margin": None},
    }
    return StoredReply(reply_id, **(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def state(tmp_path: Path, clock: Clock) -> AsyncIterator[SqliteState]:
    state = SqliteState(tmp_path / "new" / "state.db", retention_days=180, clock=clock)
    yield state
    await state.close()


async def test_a_context_comes_back_as_it_was(state: SqliteState) -> None:
    await state.save_turn("web:a", CONTEXT, make_reply())
    assert await state.load_context("web:a") == CONTEXT


async def test_conversations_are_kept_apart(state: SqliteState) -> None:
    await state.save_turn("web:a", CONTEXT, make_reply())
    assert await state.load_context("web:b") == Context()
    assert await state.load_context("telegram:a") == Context()


async def test_the_latest_context_replaces_the_earlier_one(state: SqliteState) -> None:
    await state.save_turn("web:a", CONTEXT, make_reply("r1"))
    await state.save_turn("web:a", Context(), make_reply("r2"))
    assert await state.load_context("web:a") == Context()


async def test_a_message_without_a_conversation_leaves_no_context(state: SqliteState) -> None:
    await state.save_turn("", CONTEXT, make_reply())
    assert await state.load_context("") == Context()


async def test_a_context_lasts_thirty_minutes(state: SqliteState, clock: Clock) -> None:
    assert CONTEXT_LIFETIME_S == 30 * 60
    await state.save_turn("web:a", CONTEXT, make_reply())
    clock.now += 30 * 60
    assert await state.load_context("web:a") == CONTEXT
    clock.now += 1
    assert await state.load_context("web:a") == Context()


async def test_each_turn_renews_the_lifetime(state: SqliteState, clock: Clock) -> None:
    for number in range(3):
        await state.save_turn("web:a", CONTEXT, make_reply(f"r{number}"))
        clock.now += 29 * 60
    assert await state.load_context("web:a") == CONTEXT


async def test_a_reply_comes_back_with_its_explanation(state: SqliteState) -> None:
    await state.save_turn("web:a", CONTEXT, make_reply())
    assert await state.load_reply("r1") == make_reply()


async def test_an_unknown_reply_is_none(state: SqliteState) -> None:
    assert await state.load_reply("nobody") is None


async def test_a_turn_is_kept_whole_or_not_at_all(state: SqliteState) -> None:
    await state.save_turn("web:a", CONTEXT, make_reply())
    with pytest.raises(StateError):
        await state.save_turn("web:a", Context(), make_reply())  # the same reply id again
    assert await state.load_context("web:a") == CONTEXT


async def test_later_feedback_replaces_the_earlier_one(state: SqliteState, tmp_path: Path) -> None:
    await state.save_turn("web:a", CONTEXT, make_reply())
    assert await state.save_feedback("r1", helpful=True, comment="")
    assert await state.save_feedback("r1", helpful=False, comment="不是这条")
    with sqlite3.connect(tmp_path / "new" / "state.db") as db:
        rows = db.execute("select reply_id, helpful, comment from feedback").fetchall()
    db.close()
    assert rows == [("r1", 0, "不是这条")]


async def test_feedback_on_an_unknown_reply_is_turned_away(state: SqliteState) -> None:
    assert await state.save_feedback("nobody", helpful=True, comment="") is False


async def test_what_is_older_than_the_retention_time_is_deleted_with_its_feedback(state: SqliteState, clock: Clock, tmp_path: Path) -> None:
    await state.save_turn("web:old", CONTEXT, make_reply("old"))
    await state.save_feedback("old", helpful=True, comment="")
    clock.now += 180 * DAY_S
    await state.save_turn("web:new", CONTEXT, make_reply("new"))
    clock.now += 1
    assert await state.delete_expired() == 2  # the old reply and its conversation
    assert await state.load_reply("old") is None
    assert await state.load_reply("new") is not None
    assert await state.load_context("web:new") == CONTEXT
    db = sqlite3.connect(tmp_path / "new" / "state.db")
    assert db.execute("select count(*) from feedback").fetchone() == (0,)
    db.close()


async def test_state_outlives_the_process(tmp_path: Path) -> None:
    first = SqliteState(tmp_path / "state.db", retention_days=1)
    await first.save_turn("web:a", CONTEXT, make_reply())
    await first.close()
    second = SqliteState(tmp_path / "state.db", retention_days=1)
    assert await second.load_context("web:a") == CONTEXT
    await second.close()


async def test_two_processes_can_share_the_file(tmp_path: Path) -> None:
    one, other = (SqliteState(tmp_path / "state.db", retention_days=1) for _ in range(2))
    turns = [(store, f"web:{name}{n}", f"{name}{n}") for n in range(25) for store, name in ((one, "a"), (other, "b"))]
    await asyncio.gather(*(store.save_turn(conversation, CONTEXT, make_reply(reply)) for store, conversation, reply in turns))
    assert [await other.load_context(conversation) for _, conversation, _ in turns] == [CONTEXT] * 50
    await asyncio.gather(one.close(), other.close())


def not_a_folder(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("", encoding="utf-8")
    return tmp_path / "file" / "state.db"


def not_a_database(tmp_path: Path) -> Path:
    (tmp_path / "state.db").write_bytes(b"not a database" * 100)
    return tmp_path / "state.db"


@pytest.mark.parametrize(
    "make_path", [not_a_folder, not_a_database, lambda _: Path("/proc/wenbao/state.db")], ids=["file", "damaged", "proc"]
)
@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
def test_a_place_that_cannot_hold_state_is_named(make_path: object, tmp_path: Path) -> None:
    path = make_path(tmp_path)  # type: ignore[operator]
    with pytest.raises(StateError, match="cannot be opened") as caught:
        SqliteState(path, retention_days=1)
    assert str(path) in str(caught.value)


async def test_a_failing_database_is_a_state_error(state: SqliteState, tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "new" / "state.db")
    db.execute("drop table conversations")
    db.commit()
    db.close()
    with pytest.raises(StateError, match="no such table"):
        await state.load_context("web:a")


#: The tables as the first version made them.
OLD_SCHEMA = """
create table conversations (id text primary key, topics text not null, updated real not null);
create table replies (
    id text primary key, channel text not null, release text not null, outcome text not null, section text not null,
    explanation text not null, created real not null);
create table feedback (
    reply_id text primary key references replies (id) on delete cascade, helpful integer not null, comment text not null,
    created real not null);
create index replies_by_age on replies (created);
insert into conversations values ('web:a', '[{"report": "yongan-2019", "section": "1.4.1", "question": "复议几件"}]', 1000000000.0);
insert into replies values ('old', 'web', 'rel', 'refuse', '', '{"words": ["复议"]}', 1000000000.0);
insert into feedback values ('old', 0, '不对', 1000000000.0);
"""


async def test_a_file_of_the_first_version_gains_the_new_tables_and_loses_nothing(tmp_path: Path, clock: Clock) -> None:
    db = sqlite3.connect(tmp_path / "state.db")
    db.executescript(OLD_SCHEMA)
    db.close()
    state = SqliteState(tmp_path / "state.db", retention_days=180, clock=clock)
    assert (await state.load_context("web:a")).topic == Topic("yongan-2019", "1.4.1", "复议几件")
    assert await state.load_reply("old") == StoredReply("old", "web", "rel", "refuse", "", {"words": ["复议"]})
    assert await state.questions_for_review() == []  # its words were never kept
    await state.save_turn("web:a", CONTEXT, make_reply(outcome="refuse", question="问一下", report="yongan-2019"))
    assert [k.question for k in await state.questions_for_review()] == ["问一下"]
    assert await state.save_feedback("old", helpful=True, comment="")
    await state.close()
    with sqlite3.connect(tmp_path / "state.db") as db:  # the first version still writes its rows
        db.execute("insert into replies values ('older', 'web', 'rel', 'refuse', '', '{}', 1000000000.0)")
    db.close()


async def keep(state: SqliteState, clock: Clock, *replies: StoredReply) -> None:
    for reply in replies:
        clock.now += 1
        await state.save_turn("", Context(), reply)


def asked(question: str, reply_id: str = "", **changes: object) -> StoredReply:
    return make_reply(reply_id or question, question=question, report="r", nearest="1.1", **changes)


async def test_a_question_comes_back_with_its_reply(state: SqliteState) -> None:
    reply = asked("几件?", confidence=0.25, whole=False)
    await state.save_turn("", Context(), reply)
    assert await state.load_reply("几件?") == reply


async def test_recent_questions_come_newest_first_each_once(state: SqliteState, clock: Clock) -> None:
    await keep(state, clock, asked("甲", "1"), asked("乙", "2"), asked("甲", "3"), asked("丙", "4", whole=False), asked("", "5"))
    assert await state.recent_questions(10) == ["甲", "乙"]
    assert await state.recent_questions(1) == ["甲"]
    assert await state.recent_questions(0) == await state.recent_questions(-1) == []


async def test_each_asking_that_went_badly_is_up_for_review_and_says_why(state: SqliteState, clock: Clock) -> None:
    await keep(
        state,
        clock,
        asked("好", confidence=0.9),
        asked("赞", confidence=0.9),
        asked("拒", "1", outcome="refuse"),
        asked("拒", "2", outcome="refuse"),
        asked("缺", outcome="related", confidence=0.0),
        asked("疑", confidence=0.3),
        asked("目录", outcome="contents", confidence=0.1),
        asked("踩", confidence=0.99),
    )
    await state.save_feedback("踩", helpful=False, comment="不对")
    await state.save_feedback("赞", helpful=True, comment="")
    kept = [(k.question, k.reason.value, k.comment) for k in await state.questions_for_review()]
    assert kept == [
        ("拒", "refused", ""),
        ("拒", "refused", ""),
        ("缺", "not stated", ""),
        ("疑", "low confidence", ""),
        ("踩", "unhelpful", "不对"),
    ]


async def test_a_decision_lasts_however_the_question_is_typed_next_time(state: SqliteState, clock: Clock, tmp_path: Path) -> None:
    await keep(state, clock, asked("复议几件?", outcome="refuse"))
    await state.save_decision("r", "复议几件?", "dismissed")
    await state.save_decision("r", "复议几件?", "added")
    await keep(state, clock, asked("复议 几件", outcome="refuse"), asked("复议几家", outcome="refuse"))
    assert [k.question for k in await state.questions_for_review()] == ["复议几家"]
    with sqlite3.connect(tmp_path / "new" / "state.db") as db:
        rows = db.execute("select * from decisions").fetchall()
    db.close()
    assert [(report, decision) for report, _, decision in rows] == [("r", "added")]
    assert "复议" not in str(rows)


async def test_sections_are_counted_by_what_came_nearest(state: SqliteState, clock: Clock) -> None:
    await keep(state, clock, asked("甲"), asked("乙", outcome="refuse"), asked("丙"), asked("", "4", outcome="smalltalk"))
    await state.save_feedback("丙", helpful=False, comment="")
    assert await state.section_use() == [SectionUse("r", "1.1", asked=3, refused=1, unhelpful=1)]


async def test_words_are_forgotten_beyond_the_number_kept_and_counts_are_not(tmp_path: Path, clock: Clock) -> None:
    state = SqliteState(tmp_path / "state.db", retention_days=180, max_recent=2, max_kept=4, clock=clock)
    await keep(state, clock, *(asked(f"好{n}") for n in range(4)), *(asked(f"拒{n}", outcome="refuse") for n in range(3)))
    assert await state.delete_expired() == 3
    assert await state.recent_questions(10) == ["拒2", "拒1", "拒0", "好3"]
    assert await state.section_use() == [SectionUse("r", "1.1", asked=7, refused=3, unhelpful=0)]
    await state.close()


async def test_questions_go_with_their_replies_when_the_retention_time_is_over(state: SqliteState, clock: Clock, tmp_path: Path) -> None:
    await keep(state, clock, asked("拒", outcome="refuse"))
    clock.now += 180 * DAY_S + 1
    await state.delete_expired()
    await state.close()
    assert "拒".encode() not in (tmp_path / "new" / "state.db").read_bytes()
    state = SqliteState(tmp_path / "new" / "state.db", retention_days=180, clock=clock)
    assert await state.questions_for_review() == await state.section_use() == await state.recent_questions(5) == []
    await state.close()
