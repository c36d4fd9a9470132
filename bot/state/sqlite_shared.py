"""The SQL of values that processes share: access tokens, places in a list, who is at work on what."""

from __future__ import annotations

import sqlite3
from typing import TypeVar

from bot.state.base import Change

T = TypeVar("T")

SHARED_SCHEMA = """
create table if not exists shared (key text primary key, value text not null, expires real);
"""


def load(db: sqlite3.Connection, key: str, now: float) -> str | None:
    """The value; None where there is none, or it has expired."""
    row = db.execute("select value from shared where key = ? and (expires is null or expires > ?)", (key, now)).fetchone()
    return str(row[0]) if row else None


def save(db: sqlite3.Connection, key: str, value: str, expires: float | None) -> None:
    """Keep a value in place of an earlier one."""
    db.execute("insert or replace into shared values (?, ?, ?)", (key, value, expires))


def change(db: sqlite3.Connection, key: str, make: Change[T], now: float) -> T:
    """Keep in place of a value what *make* makes of it; its result."""
    if not db.in_transaction:  # a read alone begins none, and another process might write between it and the write
        db.execute("begin immediate")
    value, expires, result = make(load(db, key, now))
    save(db, key, value, expires)
    return result


def claim(db: sqlite3.Connection, key: str, expires: float, now: float) -> bool:
    """Take *key* where nobody has it, or not any more."""
    sql = (
        "insert into shared values (?, '', ?) on conflict (key) do update set expires = excluded.expires where expires is not null and"
        " expires <= ?"
    )
    return db.execute(sql, (key, expires, now)).rowcount == 1


def release(db: sqlite3.Connection, key: str) -> None:
    """Forget a value."""
    db.execute("delete from shared where key = ?", (key,))


def delete_expired(db: sqlite3.Connection, now: float) -> int:
    """Delete what has expired."""
    return db.execute("delete from shared where expires <= ?", (now,)).rowcount
