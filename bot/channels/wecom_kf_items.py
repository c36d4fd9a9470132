"""What is pulled from 微信客服: whose it is, what was written, when; and which errors of answering it are for good.

Sources: developer.work.weixin.qq.com/document/path/94670 messages and events, 90313 error codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.channels.text_desk import Person
from bot.channels.wecom_kf_messages import Message
from bot.channels.wecom_text import printable

FROM_CUSTOMER = 3
#: Kinds of message and what they are called in ``texts.ONLY_TEXT_KINDS``.
KINDS = {"image": "photo", "voice": "voice", "video": "video", "file": "document", "location": "location", "link": "link"}
#: More than five messages after the customer's last.
TOO_MANY = 95001
#: No customer who can be sent to, or nothing that can be sent; and of 微信客服's own errors, the one that an administrator can mend.
_NOT_SENDABLE, _SWITCHED_OFF = frozenset({40003, 40008, 40058, 40096, 44004, 45002}), 95017


@dataclass(slots=True)
class Item:
    """A message or event of a customer.

    Attributes:
        key: Its key in the inbox.
        message: As it was pulled.
        attempts: How often its answer could not be sent.
    """

    key: str
    message: Message
    attempts: int = 0


def is_for_good(code: int) -> bool:
    """Whether trying again changes nothing: of 微信客服's own errors all but the API being switched off, and what cannot be sent.

    Anything else (the token, the caller's address, a permission, the load) somebody or something may mend.
    Source: developer.work.weixin.qq.com/document/path/90313.
    """
    return code in _NOT_SENDABLE or (95000 <= code < 96000 and code != _SWITCHED_OFF)


def customer_of(message: Message) -> str:
    """Whose message or event it is."""
    event = message.get("event")
    return str((event.get("external_userid") if isinstance(event, dict) else "") or message.get("external_userid", ""))


def is_event(message: Message) -> bool:
    return message.get("msgtype") == "event" and isinstance(message.get("event"), dict)


def kind_of(message: Message) -> str:
    """For the metrics: of a few kinds, whatever comes in."""
    if is_event(message):
        kind = message["event"].get("event_type")
        return str(kind) if kind in {"enter_session", "session_status_change", "msg_send_fail"} else "other_event"
    kind = message.get("msgtype") if message.get("origin") == FROM_CUSTOMER else None
    return str(kind) if kind == "text" or kind in KINDS else "other"


def words_of(message: Message) -> str:
    """What a customer wrote; empty for anything else."""
    text: Any = message.get("text") if message.get("msgtype") == "text" and message.get("origin") == FROM_CUSTOMER else None
    content = text.get("content") if isinstance(text, dict) else ""
    return printable(content) if isinstance(content, str) else ""


def sent_at(message: Message) -> float:
    value = message.get("send_time")
    return float(value) if isinstance(value, int | float) else 0.0


def with_person(person: Person) -> str:
    """Under what it is kept that a person talks with somebody."""
    return f"wecom-kf with a person {person.conversation}"
