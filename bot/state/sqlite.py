"""Shared state in one SQLite file: the default, for a single machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from bot.conversation import Context, Topic
from bot.errors import StateError
from bot.state import sqlite_inbox, sqlite_sent, sqlite_shared
from bot.state.base import MAX_KEPT_QUESTIONS, MAX_RECENT_QUESTIONS, Change, KeptQuestion, Reason, SectionUse, StoredReply, question_hash
from bot.state.presence import Presence
from bot.state.sent import KeptAbout, SentReply
from bot.state.sqlite_inbox import INBOX_SCHEMA
from bot.state.sqlite_questions import FOR_REVIEW, FORGET, QUESTIONS_SCHEMA, RECENT, USE
from bot.state.sqlite_sent import SENT_SCHEMA
from bot.state.sqlite_shared import SHARED_SCHEMA
from bot.state.sqlite_writer import SqliteWriter

#: A conversation that has been silent this long starts anew.
CONTEXT_LIFETIME_S = 30 * 60
_SECONDS_A_DAY = 86_400

_SCHEMA = """
create table if not exists conversations (id text primary key, topics text not null, updated real not null);
create table if not exists replies (
    id text primary key, channel text not null, release text not null, outcome text not null, section text not null,
    explanation text not null, created real not null);
create table if not exists feedback (
    reply_id text primary key references replies (id) on delete cascade, helpful integer not null, comment text not null,
    created real not null);
create index if not exists replies_by_age on replies (created);
"""

T = TypeVar("T")


class SqliteState:
    """State in the SQLite file *path*, made when missing.

    Args:
        path: The file.
        retention_days: Age in days at which replies and feedback are deleted.
        max_recent: Questions that went well whose words are kept, the newest.
        max_kept: Questions of any kind whose words are kept, the newest.
        clock: Seconds since the epoch; tests pass their own.

    Raises:
        StateError: If the file cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        *,
        retention_days: int,
        max_recent: int = MAX_RECENT_QUESTIONS,
        max_kept: int = MAX_KEPT_QUESTIONS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._retention_s = retention_days * _SECONDS_A_DAY
        self._limits = (max_recent, max_kept)
        self._clock = clock
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _make_private(path)
            self._connection = sqlite3.connect(path, check_same_thread=False, timeout=10)
            self._connection.executescript(
                "pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on; pragma secure_delete = on;"
            )
            self._connection.executescript(_SCHEMA + QUESTIONS_SCHEMA + SENT_SCHEMA + INBOX_SCHEMA + SHARED_SCHEMA)
            sqlite_inbox.add_owner(self._connection)
            # A read takes some 20 microseconds and waits for no commit: less than the way to another thread and back.
            self._reader = sqlite3.connect(path, check_same_thread=False, timeout=0)
            self._presence = Presence(path)
        except (sqlite3.Error, OSError) as exc:
            raise StateError(f"{path}: cannot be opened ({exc}); is the data directory writable?") from exc
        # A commit waits for the disk, which the event loop must not.
        self._writer = SqliteWriter(self._connection)
        self._run = self._writer.run

    async def load_context(self, conversation_id: str) -> Context:
        def load(db: sqlite3.Connection) -> Context:
            row = db.execute("select topics, updated from conversations where id = ?", (conversation_id,)).fetchone()
            if row is None or row[1] < self._clock() - CONTEXT_LIFETIME_S:
                return Context()
            return Context(tuple(Topic(**topic) for topic in json.loads(row[0])))

        return await self._read(load)

    async def save_turn(self, conversation_id: str, context: Context, reply: StoredReply) -> None:
        now = self._clock()
        explanation = json.dumps(reply.explanation, ensure_ascii=False)

        def save(db: sqlite3.Connection) -> None:
            _save_context(db, conversation_id, context, now)
            row = (reply.reply_id, reply.channel, reply.release, reply.outcome, reply.section, explanation, now)
            db.execute("insert into replies values (?, ?, ?, ?, ?, ?, ?)", row)
            asked = (reply.reply_id, reply.question, reply.report, reply.nearest, reply.confidence, reply.whole)
            db.execute("insert into questions values (?, ?, ?, ?, ?, ?)", asked)

        await self._run(save)

    async def save_context(self, conversation_id: str, context: Context) -> None:
        await self._run(lambda db: _save_context(db, conversation_id, context, self._clock()))

    async def load_reply(self, reply_id: str) -> StoredReply | None:
        def load(db: sqlite3.Connection) -> StoredReply | None:
            columns = "id, channel, release, outcome, section, explanation, question, report, nearest, confidence, whole"
            joined = "replies left join questions on reply_id = id"
            row = db.execute(f"select {columns} from {joined} where id = ?", (reply_id,)).fetchone()
            if row is None:
                return None
            identity, channel, release, outcome, section, explanation, question, report, nearest, confidence, whole = row
            reply = StoredReply(identity, channel, release, outcome, section, json.loads(explanation))
            if question is None:  # kept by an earlier version
                return reply
            return replace(reply, question=question, report=report, nearest=nearest, confidence=confidence, whole=bool(whole))

        return await self._run(load)

    async def save_feedback(self, reply_id: str, *, helpful: bool, comment: str, reason: str = "") -> bool:
        def save(db: sqlite3.Connection) -> bool:
            if not db.execute("select 1 from replies where id = ?", (reply_id,)).fetchone():
                return False
            db.execute("insert or replace into feedback values (?, ?, ?, ?)", (reply_id, helpful, comment, self._clock()))
            db.execute("insert or replace into feedback_reasons values (?, ?)", (reply_id, reason))
            return True

        return await self._run(save)

    async def drop_feedback(self, reply_id: str) -> None:
        def drop(db: sqlite3.Connection) -> None:
            db.execute("delete from feedback where reply_id = ?", (reply_id,))
            db.execute("delete from feedback_reasons where reply_id = ?", (reply_id,))

        await self._run(drop)

    async def save_sent(self, sent: SentReply) -> None:
        await self._run(lambda db: sqlite_sent.save_sent(db, sent, self._clock()))

    async def find_sent(self, conversation: str, question: str = "") -> SentReply | None:
        return await self._read(lambda db: sqlite_sent.find_sent(db, conversation, question, self._clock()))

    async def note_once(self, notice: str, sender: str) -> bool:
        return await self._run(lambda db: sqlite_sent.note_once(db, notice, sender, self._clock()))

    async def kept_about(self, sender: str) -> KeptAbout:
        return await self._run(lambda db: sqlite_sent.kept_about(db, sender))

    async def forget(self, sender: str) -> int:
        count = await self._run(lambda db: sqlite_sent.forget(db, sender))
        await self._empty_log()
        return count

    async def move_chat(self, old: str, new: str) -> None:
        await self._run(lambda db: sqlite_sent.move_chat(db, old, new))

    async def first_chat(self, chat: str) -> str:
        return await self._read(lambda db: sqlite_sent.first_chat(db, chat))

    async def recent_questions(self, limit: int) -> list[str]:
        return await self._run(lambda db: [question for (question,) in db.execute(RECENT, (max(limit, 0),))])

    async def questions_for_review(self) -> list[KeptQuestion]:
        def load(db: sqlite3.Connection) -> list[KeptQuestion]:
            decided = set(db.execute("select report, question_hash from decisions"))
            rows = db.execute(FOR_REVIEW).fetchall()
            return [_kept(row) for row in rows if (row[1], question_hash(row[0])) not in decided]

        return await self._run(load)

    async def save_decision(self, report: str, question: str, decision: str) -> None:
        row = (report, question_hash(question), decision)
        await self._run(lambda db: db.execute("insert or replace into decisions values (?, ?, ?)", row))

    async def section_use(self) -> list[SectionUse]:
        return await self._run(lambda db: [SectionUse(*row) for row in db.execute(USE)])

    async def delete_expired(self) -> int:
        now = self._clock()

        def delete(db: sqlite3.Connection) -> int:
            old = db.execute("delete from replies where created < ?", (now - self._retention_s,)).rowcount
            silent = db.execute("delete from conversations where updated < ?", (now - CONTEXT_LIFETIME_S,)).rowcount
            forgotten = sum(db.execute(sql, (limit,)).rowcount for sql, limit in zip(FORGET, self._limits, strict=True))
            came_in = sqlite_inbox.delete_expired(db, now) + sqlite_shared.delete_expired(db, now)
            return old + silent + forgotten + came_in + sqlite_sent.delete_expired(db, now, self._retention_s)

        count = await self._run(delete)
        await self._empty_log()
        return count

    async def admit(self, channel: str, key: str, payload: str) -> bool:
        return (await self.admit_all(channel, [(key, payload)]))[0]

    async def admit_all(self, channel: str, items: Sequence[tuple[str, str]]) -> list[bool]:
        now = self._clock()
        return await self._run(lambda db: sqlite_inbox.admit_all(db, channel, items, now, self._presence.name))

    async def finish(self, channel: str, key: str, sent: SentReply | None = None) -> None:
        def finish(db: sqlite3.Connection) -> None:
            if sent:
                sqlite_sent.save_sent(db, sent, self._clock())
            sqlite_inbox.finish(db, channel, key)

        await self._run(finish)

    async def unfinished(self, channel: str) -> list[tuple[str, str]]:
        return await self._run(lambda db: sqlite_inbox.unfinished(db, channel))

    async def take_over(self, channel: str) -> list[tuple[str, str]]:
        return await self._run(lambda db: sqlite_inbox.take_over(db, channel, self._presence.name, self._presence.is_gone))

    async def load_shared(self, key: str) -> str | None:
        return await self._read(lambda db: sqlite_shared.load(db, key, self._clock()))

    async def save_shared(self, key: str, value: str, expires: float | None = None) -> None:
        await self._run(lambda db: sqlite_shared.save(db, key, value, expires))

    async def change_shared(self, key: str, change: Change[T]) -> T:
        return await self._run(lambda db: sqlite_shared.change(db, key, change, self._clock()))

    async def claim_shared(self, key: str, lease_s: float) -> bool:
        now = self._clock()
        return await self._run(lambda db: sqlite_shared.claim(db, key, now + lease_s, now))

    async def drop_shared(self, key: str) -> None:
        await self._run(lambda db: sqlite_shared.release(db, key))

    async def _empty_log(self) -> None:
        """Take what was deleted out of the write-ahead log as well; while another process reads, that waits for the next time."""
        with contextlib.suppress(sqlite3.Error):
            await asyncio.to_thread(self._reader.execute, "pragma wal_checkpoint(truncate)")

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return work(self._reader)
        except sqlite3.Error:  # locked, or closed: the writer waits, and says what is wrong
            return await self._run(work)

    async def close(self) -> None:
        self._reader.close()
        await self._writer.close()
        self._presence.close()


def _make_private(path: Path) -> None:
    """Let only its owner read the file, and with it what SQLite puts beside it: access tokens are kept there."""
    path.touch(mode=0o600)
    if path.stat().st_mode & 0o077:
        with contextlib.suppress(PermissionError):  # another's, who shares it on purpose
            path.chmod(0o600)


def _save_context(db: sqlite3.Connection, conversation_id: str, context: Context, now: float) -> None:
    if conversation_id:
        topics = json.dumps([asdict(topic) for topic in context.topics], ensure_ascii=False)
        db.execute("insert or replace into conversations values (?, ?, ?)", (conversation_id, topics, now))


def _kept(row: tuple[Any, ...]) -> KeptQuestion:
    question, report, nearest, outcome, confidence, unhelpful, comment, created, whole = row
    searched = {"refuse": Reason.REFUSED, "related": Reason.NOT_STATED}.get(outcome, Reason.LOW_CONFIDENCE)
    reason = Reason.UNHELPFUL if unhelpful else searched
    return KeptQuestion(question, report, nearest, reason, confidence, comment, date.fromtimestamp(created).isoformat(), bool(whole))
