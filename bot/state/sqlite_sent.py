"""The SQL of sent replies, notices, moved chats and the reasons of feedback in SQLite."""

from __future__ import annotations

import json
import sqlite3

from bot.state.sent import KeptAbout, SentReply

#: How long a reply is linked to who asked for it: as long as Telegram lets people edit a message.
SENT_LIFETIME_S = 48 * 3600

#: Tables of their own, so that a file of an earlier version only gains them and an earlier version still writes its rows.
SENT_SCHEMA = """
create table if not exists sent (
    conversation text not null, question text not null, sender text not null, reply text not null, messages text not null,
    created real not null, primary key (conversation, question));
create index if not exists sent_by_sender on sent (sender);
create index if not exists sent_by_age on sent (created);
create table if not exists offered (
    conversation text not null, question text not null, questions text not null, primary key (conversation, question),
    foreign key (conversation, question) references sent (conversation, question) on delete cascade);
create table if not exists notices (id text primary key, sender text not null, created real not null);
create table if not exists moved_chats (chat text primary key, first text not null);
create table if not exists feedback_reasons (
    reply_id text primary key references replies (id) on delete cascade, reason text not null);
"""


def save_sent(db: sqlite3.Connection, sent: SentReply, now: float) -> None:
    """Keep *sent*, in place of what answered the same question before."""
    row = (sent.conversation, sent.question, sent.sender, sent.reply, json.dumps(sent.messages), now)
    db.execute("insert or replace into sent values (?, ?, ?, ?, ?, ?)", row)  # replacing takes what was offered along
    if sent.offered:
        offered = (sent.conversation, sent.question, json.dumps(sent.offered, ensure_ascii=False))
        db.execute("insert into offered values (?, ?, ?)", offered)


def find_sent(db: sqlite3.Connection, conversation: str, question: str, now: float) -> SentReply | None:
    """What answered *question*, or the last question of the conversation where it is empty."""
    which = "sent.question = ?" if question else "? = ''"
    row = db.execute(
        "select sent.conversation, sender, sent.question, reply, messages, questions from sent"
        " left join offered on offered.conversation = sent.conversation and offered.question = sent.question"
        f" where sent.conversation = ? and {which} and created >= ? order by created desc, sent.rowid desc limit 1",
        (conversation, question, now - SENT_LIFETIME_S),
    ).fetchone()
    if row is None:
        return None
    kept, sender, asked, reply, messages, offered = row
    return SentReply(kept, sender, asked, reply, tuple(json.loads(messages)), tuple(json.loads(offered or "[]")))


def note_once(db: sqlite3.Connection, notice: str, sender: str, now: float) -> bool:
    """Whether *notice* has not been given to *sender* before; remembers it."""
    row = (f"{notice} {sender}", sender, now)
    return db.execute("insert or ignore into notices values (?, ?, ?)", row).rowcount == 1


def kept_about(db: sqlite3.Connection, sender: str) -> KeptAbout:
    """What belongs to *sender*."""
    (replies,) = db.execute("select count(*) from sent where sender = ?", (sender,)).fetchone()
    (notices,) = db.execute("select count(*) from notices where sender = ?", (sender,)).fetchone()
    (conversations,) = db.execute(f"select count(*) from conversations where id in ({_CONVERSATIONS})", (sender,)).fetchone()
    return KeptAbout(conversations, replies, notices)


def forget(db: sqlite3.Connection, sender: str) -> int:
    """Delete what belongs to *sender*: conversations, notices, and the replies still linked, with question and feedback."""
    kept = kept_about(db, sender)
    db.execute(f"delete from conversations where id in ({_CONVERSATIONS})", (sender,))
    db.execute("delete from replies where id in (select reply from sent where sender = ?)", (sender,))  # takes questions and feedback along
    db.execute("delete from sent where sender = ?", (sender,))
    db.execute("delete from notices where sender = ?", (sender,))
    return kept.total


def move_chat(db: sqlite3.Connection, old: str, new: str) -> None:
    """Let the chat *new* go on where *old*, or the one that it had moved from, left off."""
    first = first_chat(db, old)
    if first != new:
        db.execute("insert or replace into moved_chats values (?, ?)", (new, first))


def first_chat(db: sqlite3.Connection, chat: str) -> str:
    """The chat that *chat* was before it moved; itself where it never did."""
    row = db.execute("select first from moved_chats where chat = ?", (chat,)).fetchone()
    return str(row[0]) if row else chat


def delete_expired(db: sqlite3.Connection, now: float, retention_s: float) -> int:
    """Delete what is older than it may be; returns how many rows went."""
    unlinked = db.execute("delete from sent where created < ?", (now - SENT_LIFETIME_S,)).rowcount
    return unlinked + db.execute("delete from notices where created < ?", (now - retention_s,)).rowcount


_CONVERSATIONS = "select conversation from sent where sender = ?"
