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

#: Telegram shows these to people whose own language it is; what was set for no language, in English here, to all others.
CHINESE = "zh"
_LANGUAGES = (None, CHINESE)


async def publish_profile(bot: ExtBot[int], admins: Sequence[int]) -> None:
    """Tell the server the commands and the descriptions; what it does not have, or refuses, is logged and left.

    Args:
        bot: The bot.
        admins: User ids; each sees the admin commands in the chat with the bot.
    """
    for language in _LANGUAGES:
        description, short = descriptions(language)
        await _try("setMyCommands", bot.set_my_commands(menu(language, admin=False), language_code=language))
        await _try("setMyDescription", bot.set_my_description(description, language))
        await _try("setMyShortDescription", bot.set_my_short_description(short, language))
        for admin in admins:
            scope = BotCommandScopeChat(admin)
            await _try("setMyCommands (admin)", bot.set_my_commands(menu(language, admin=True), scope=scope, language_code=language))


def menu(language: str | None, *, admin: bool) -> list[BotCommand]:
    """The commands as a menu in *language* shows them: ``CHINESE``, or English for any other."""
    return [
        BotCommand(command.name, (command.summary if language == CHINESE else command.english)[: BotCommandLimit.MAX_DESCRIPTION])
        for command in COMMANDS
        if admin or not command.for_admins
    ]


def descriptions(language: str | None) -> tuple[str, str]:
    """What an empty chat with the bot shows, and what its profile does, in *language* as in ``menu``."""
    long, short = (
        (texts.BOT_DESCRIPTION, texts.BOT_SHORT_DESCRIPTION)
        if language == CHINESE
        else (texts.BOT_DESCRIPTION_ENGLISH, texts.BOT_SHORT_DESCRIPTION_ENGLISH)
    )
    return long[: BotDescriptionLimit.MAX_DESCRIPTION_LENGTH], short[: BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH]


async def _try(method: str, request: Awaitable[bool]) -> None:
    try:
        await request
    except TelegramError as exc:
        # An admin who has never written to the bot is a chat not found: seen after the next start.
        level = logging.INFO if fault_of(exc) in {Fault.NO_SUCH_METHOD, Fault.CHAT_NOT_FOUND} else logging.WARNING
        log.log(level, "telegram profile not set", extra={"method": method, "kind": fault_of(exc).value, "detail": exc.message})
