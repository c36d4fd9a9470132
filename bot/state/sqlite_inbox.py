"""The SQL of the inbox: what a channel has taken in, so that nothing is lost over a restart and nothing is answered twice."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Sequence

#: Telegram keeps an update for 24 hours at most, and WeCom sends again within seconds; after that no key comes back.
#: Not longer: where Telegram has had nothing to deliver for a week, it goes on from a random id.
INBOX_LIFETIME_S = 3 * 86_400

#: The row's number is the order in which the updates came in.
INBOX_SCHEMA = """
create table if not exists inbox (
    number integer primary key, channel text not null, key text not null, payload text not null, admitted real not null,
    finished integer not null default 0, owner text not null default '', unique (channel, key));
create index if not exists inbox_unfinished on inbox (channel, number) where finished = 0;
create index if not exists inbox_by_age on inbox (admitted);
"""


def add_owner(db: sqlite3.Connection) -> None:
    """Give an inbox of an earlier version the column that says which process answers."""
    if "owner" not in {name for _, name, *_ in db.execute("pragma table_info(inbox)")}:
        with contextlib.suppress(sqlite3.OperationalError):  # another process does the same
            db.execute("alter table inbox add column owner text not null default ''")


def admit_all(db: sqlite3.Connection, channel: str, items: Sequence[tuple[str, str]], now: float, owner: str) -> list[bool]:
    """Take in (key, payload) for *owner* to answer; for each whether it is new."""
    sql = "insert or ignore into inbox (channel, key, payload, admitted, owner) values (?, ?, ?, ?, ?)"
    return [db.execute(sql, (channel, key, payload, now, owner)).rowcount == 1 for key, payload in items]


def take_over(db: sqlite3.Connection, channel: str, owner: str, is_gone: Callable[[str], bool]) -> list[tuple[str, str]]:
    """(key, payload) of what processes that are gone have left unfinished, in the order of its coming in; *owner* answers it now."""
    if not db.in_transaction:  # lest another take over the same
        db.execute("begin immediate")
    sql = "select number, key, payload, owner from inbox where channel = ? and finished = 0 and owner <> ? order by number"
    rows = db.execute(sql, (channel, owner)).fetchall()
    gone = {other for other in {row[3] for row in rows} if is_gone(other)}
    left = [(number, key, payload) for number, key, payload, other in rows if other in gone]
    db.executemany("update inbox set owner = ? where number = ?", [(owner, number) for number, _, _ in left])
    return [(key, payload) for _, key, payload in left]


def finish(db: sqlite3.Connection, channel: str, key: str) -> None:
    """Empty the payload and keep the key."""
    db.execute("update inbox set payload = '', finished = 1 where channel = ? and key = ?", (channel, key))


def unfinished(db: sqlite3.Connection, channel: str) -> list[tuple[str, str]]:
    """(key, payload) in the order of their coming in."""
    return db.execute("select key, payload from inbox where channel = ? and finished = 0 order by number", (channel,)).fetchall()


def delete_expired(db: sqlite3.Connection, now: float) -> int:
    """Delete what is too old to come again, finished or not."""
    return db.execute("delete from inbox where admitted < ?", (now - INBOX_LIFETIME_S,)).rowcount
