"""Updates read from JSON, whatever version of the Bot API the server speaks.

python-telegram-bot takes the objects of one version. Of an older server's, or a newer one's, it refuses those in which a field is missing
(a poll without ``allows_revoting``), and with them the whole update: also a question that replies to such a message.
"""

from __future__ import annotations

import logging
from typing import Any

from telegram import Bot, Update

log = logging.getLogger(__name__)

JSONDict = dict[str, Any]

#: What this channel needs of a message.
_NEEDED = frozenset(
    {
        *("message_id", "from", "sender_chat", "chat", "date", "edit_date", "message_thread_id", "is_topic_message"),
        *("text", "entities", "caption", "caption_entities", "quote", "via_bot", "is_automatic_forward", "reply_markup"),
        *("migrate_to_chat_id", "migrate_from_chat_id"),
    }
)
_MESSAGES = ("message", "edited_message")


def read_update(update: JSONDict, bot: Bot) -> Update:
    """Read *update*; where the library cannot, without what this channel does not need of it.

    Raises:
        Exception: Of any kind, if that cannot be read either.
    """
    try:
        return Update.de_json(update, bot)
    except (TypeError, ValueError, KeyError, AttributeError) as exc:
        log.info("telegram update read in part", extra={"update_id": update.get("update_id"), "reason": str(exc)})
        return Update.de_json(_in_part(update), bot)


def _in_part(update: JSONDict) -> JSONDict:
    kept = dict(update)
    for kind in _MESSAGES:
        if isinstance(message := kept.get(kind), dict):
            kept[kind] = _message_in_part(message)
    if isinstance(press := kept.get("callback_query"), dict) and isinstance(message := press.get("message"), dict):
        kept["callback_query"] = press | {"message": _message_in_part(message)}
    return kept


def _message_in_part(message: JSONDict) -> JSONDict:
    kept = {name: value for name, value in message.items() if name in _NEEDED}
    if isinstance(replied := message.get("reply_to_message"), dict):
        kept["reply_to_message"] = {name: value for name, value in replied.items() if name in _NEEDED}
    return kept
