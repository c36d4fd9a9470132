"""What Telegram shows of the bot before anybody has written to it: its commands, and what it is for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Sequence

from telegram import BotCommand, BotCommandScopeChat
from telegram.constants import BotCommandLimit, BotDescriptionLimit
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot import texts
from bot.channels.telegram_faults import Fault, fault_of
from bot.commands import COMMANDS

log = logging.getLogger(__name__)

#: Languages: everybody's, and Chinese. Telegram shows the latter to those whose own language it is.
_LANGUAGES = (None, "zh")


async def publish_profile(bot: ExtBot[int], admins: Sequence[int]) -> None:
    """Tell the server the commands and the descriptions; what it does not have, or refuses, is logged and left.

    Args:
        bot: The bot.
        admins: User ids; each sees the admin commands in the chat with the bot.
    """
    for language in _LANGUAGES:
        await _try("setMyCommands", bot.set_my_commands(menu(admin=False), language_code=language))
        await _try(
            "setMyDescription", bot.set_my_description(texts.BOT_DESCRIPTION[: BotDescriptionLimit.MAX_DESCRIPTION_LENGTH], language)
        )
        short = texts.BOT_SHORT_DESCRIPTION[: BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH]
        await _try("setMyShortDescription", bot.set_my_short_description(short, language))
        for admin in admins:
            scope = BotCommandScopeChat(admin)
            await _try("setMyCommands (admin)", bot.set_my_commands(menu(admin=True), scope=scope, language_code=language))


def menu(*, admin: bool) -> list[BotCommand]:
    """The commands as a menu shows them."""
    return [
        BotCommand(command.name, command.summary[: BotCommandLimit.MAX_DESCRIPTION])
        for command in COMMANDS
        if admin or not command.for_admins
    ]


async def _try(method: str, request: Awaitable[bool]) -> None:
    try:
        await request
    except TelegramError as exc:
        # An admin who has never written to the bot is a chat not found: seen after the next start.
        level = logging.INFO if fault_of(exc) in {Fault.NO_SUCH_METHOD, Fault.CHAT_NOT_FOUND} else logging.WARNING
        log.log(level, "telegram profile not set", extra={"method": method, "kind": fault_of(exc).value, "detail": exc.message})
