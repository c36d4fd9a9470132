"""What a member says to the 智能机器人: from the JSON of a callback to words.

Sources: developer.work.weixin.qq.com/document/path/100719 messages, 101027 events.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bot.channels.quoted import with_quoted
from bot.channels.wecom_text import printable

Payload = Mapping[str, Any]

#: Kinds of message and what they are called in ``texts.ONLY_TEXT_KINDS``.
KINDS = {"image": "photo", "mixed": "photo", "voice": "voice", "video": "video", "file": "document"}
#: The robot is called by its name, which no callback tells; WeCom puts white space (also U+2005) after it.
_MENTION = re.compile(r"@\S+(?:\s+|$)")


def field(payload: Payload, *names: str) -> str:
    """The text at the end of a path of keys; empty for none, or something else."""
    value: Any = payload
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def is_group(payload: Payload) -> bool:
    """Whether others read it."""
    return field(payload, "chattype") == "group"


def words_of(payload: Payload) -> str:
    """What is asked: the text, or what was heard; in a group without the robot's name, and together with what it quotes.

    Returns:
        Empty for a message without words.
    """
    words = _words(payload)
    quoted = _words(payload.get("quote")).strip()
    if is_group(payload):
        # Nothing but the name asks how to use it, or for what was quoted.
        words = _MENTION.sub(" ", words).strip() or (quoted or "/help" if words.strip() else "")
    return with_quoted(words, quoted) if quoted else words


def _words(message: object) -> str:
    """Text, heard voice, or the texts of a message of text and images."""
    if not isinstance(message, Mapping):
        return ""
    kind = field(message, "msgtype")
    if kind == "mixed":
        items = field_list(message, "mixed", "msg_item")
        return printable(" ".join(filter(None, (field(item, "text", "content") for item in items if isinstance(item, Mapping)))))
    return printable(field(message, kind, "content")) if kind in {"text", "voice"} else ""


def field_list(payload: Payload, *names: str) -> list[Any]:
    """The list at the end of a path of keys; empty for none."""
    value: Any = payload
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, list) else []
