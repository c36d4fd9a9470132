"""What people do in Telegram, each led to where it is answered: messages, edits, pressed buttons, inline queries, groups that move."""

from __future__ import annotations

from typing import Any

from telegram import Message, Update
from telegram.ext import Application, CallbackContext, CallbackQueryHandler, InlineQueryHandler, MessageHandler, filters

from bot.admin import Admin
from bot.assistant import Assistant
from bot.channels.telegram_answers import Answers
from bot.channels.telegram_asker import Asker, Askers, addressed_text, kind_of_file
from bot.channels.telegram_bot import TelegramBot
from bot.channels.telegram_buttons import Buttons
from bot.channels.telegram_commands import Commands
from bot.channels.telegram_delivery import send_parts
from bot.channels.telegram_inline import Inline
from bot.channels.telegram_text import plain_parts
from bot.commands import Runner, parse_command
from bot.errors import RateLimited
from bot.identity import Identities
from bot.settings import Settings
from bot.state.base import StateStore

Context = CallbackContext[Any, Any, Any, Any]
_ONLY_TEXT = "telegram only text"


class TelegramDesk:
    """Answers people in Telegram.

    Args:
        settings: The admins, the data directory that their commands work on, how long questions are kept.
        assistant: Answers.
        state: Shared with the assistant.
        identities: Who is who, as keyed hashes.
    """

    def __init__(self, settings: Settings, assistant: Assistant, state: StateStore, identities: Identities) -> None:
        self._state = state
        self._askers = Askers(identities, state)
        self._answers = Answers(assistant, state)
        self._buttons = Buttons(assistant, self._answers, self._askers, state)
        self._inline = Inline(assistant, state, identities, rate_limit=settings.rate_limit)
        admin = Admin(settings, assistant, state)
        admins = frozenset(settings.telegram_admins)
        self._commands = Commands(assistant, self._answers, state, admin, admins, settings.retention_days)

    async def close(self) -> None:
        """Stop admin commands that are still running."""
        await self._commands.close()

    async def on_message(self, update: Update, context: Context) -> None:
        """A new message: a group that moves, a command, a question, or something that is no text."""
        message = update.message
        if message is None:
            return
        if message.migrate_to_chat_id:
            await self._askers.move(message.chat.id, message.migrate_to_chat_id)
            return
        text = addressed_text(message, context.bot)
        asker = await self._askers.of_message(message) if text is not None else None
        if text is None or asker is None:
            return
        if not text:
            await self._without_text(message, asker, context.bot)
            return
        parsed = parse_command(text)
        if parsed and self._commands.is_mine(*parsed):
            await self._commands.run(context.bot, asker, *parsed, question=message.id)
        else:
            await self._answers.answer(context.bot, asker, text, question=message.id)

    async def on_edited(self, update: Update, context: Context) -> None:
        """An edited question; commands that do something are not done again."""
        message = update.edited_message
        if message is None:
            return
        text = addressed_text(message, context.bot) or message.text or message.caption
        asker = await self._askers.of_message(message)
        if not text or asker is None:
            return
        parsed = parse_command(text)
        if parsed and parsed[0].runner is Runner.SERVICE:
            return
        try:
            await self._answers.answer_anew(context.bot, asker, text, question=message.id)
        except RateLimited:  # the answer to the earlier words stays
            return

    async def on_press(self, update: Update, context: Context) -> None:
        """A pressed button."""
        if update.callback_query:
            await self._buttons.press(update.callback_query, context.bot)

    async def on_inline(self, update: Update, context: Context) -> None:
        """Words typed after the bot's name in any chat."""
        if update.inline_query:
            await self._inline.answer(update.inline_query, context.bot.username or "")

    async def _without_text(self, message: Message, asker: Asker, bot: TelegramBot) -> None:
        words = kind_of_file(message)
        if words is None:
            if not asker.is_private and message.text:  # nothing but the bot's name
                await self._answers.answer(bot, asker, "/help", question=message.id)
            return
        if await self._state.note_once(_ONLY_TEXT, asker.sender):
            await send_parts(bot, asker, plain_parts(words), quoting=message.id)


def add_handlers(application: Application[Any, Any, Any, Any, Any, Any], desk: TelegramDesk) -> None:
    """Let *desk* answer what *application* takes in."""
    application.add_handler(MessageHandler(filters.UpdateType.MESSAGE, desk.on_message))
    application.add_handler(MessageHandler(filters.UpdateType.EDITED_MESSAGE, desk.on_edited))
    application.add_handler(CallbackQueryHandler(desk.on_press))
    application.add_handler(InlineQueryHandler(desk.on_inline))
