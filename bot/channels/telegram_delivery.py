"""Messages sent, and edited in place: what is more than one message is sent as several, in order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from telegram import InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.channels.telegram_asker import Asker
from bot.channels.telegram_bot import TelegramBot

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


async def send_parts(
    bot: TelegramBot, to: Asker, parts: Sequence[str], keyboard: InlineKeyboardMarkup | None = None, *, quoting: int | None = None
) -> tuple[int, ...]:
    """Send *parts*, the buttons below the last one.

    Args:
        bot: Through which.
        to: To whom: the chat, and the topic in it.
        parts: HTML of a message each.
        keyboard: The buttons.
        quoting: Id of the message that the first one replies to.

    Returns:
        Ids of the messages.

    Raises:
        TelegramError: If one of them is refused; those before it are sent.
    """
    sent = []
    for number, part in enumerate(parts):
        below = keyboard if number == len(parts) - 1 else None
        sent.append(await bot.send_html(to.chat, part, below, thread=to.thread, quoting=None if number else quoting))
    return tuple(sent)


async def replace_parts(
    bot: TelegramBot,
    to: Asker,
    old: Sequence[int],
    parts: Sequence[str],
    keyboard: InlineKeyboardMarkup | None,
    *,
    quoting: int | None = None,
) -> tuple[int, ...]:
    """Put *parts* in the place of the messages *old*: as many as there are are edited, the rest is sent or deleted.

    Returns:
        Ids of the messages that now hold them. One that can no longer be edited is sent anew.
    """
    shown: list[int] = []
    last = len(parts) - 1
    for number, (message_id, part) in enumerate(zip_longest(old, parts)):
        if part is None:
            await _delete(bot, to, message_id)
        elif message_id is not None and await edit_part(bot, to, message_id, part, keyboard if number == last else None):
            shown.append(message_id)
        else:
            shown += await send_parts(bot, to, [part], keyboard if number == last else None, quoting=None if shown else quoting)
    return tuple(shown)


async def edit_part(bot: TelegramBot, to: Asker, message_id: int, part: str, keyboard: InlineKeyboardMarkup | None = None) -> bool:
    """Put *part* in the place of a message; False where that is gone, or too old to be edited."""
    try:
        await bot.edit_message_text(
            part,
            chat_id=to.chat,
            message_id=message_id,
            parse_mode=ParseMode.HTML,
            link_preview_options=_NO_PREVIEW,
            reply_markup=keyboard,
        )
    except BadRequest as exc:
        if "not modified" in exc.message:
            return True
        if "not found" in exc.message or "can't be edited" in exc.message:
            return False
        raise
    return True


async def _delete(bot: TelegramBot, to: Asker, message_id: int) -> None:
    try:
        await bot.delete_message(to.chat, message_id)
    except BadRequest:  # gone already, or older than two days: it stays
        return
