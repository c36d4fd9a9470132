"""What people see on Telegram: a stand-in that answers text with the reply's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from telegram import Update
from telegram.ext import Application, CallbackContext, MessageHandler, filters

from bot.assistant import Assistant
from bot.errors import RateLimited
from bot.identity import Identities
from bot.messages import IncomingMessage


@dataclass(frozen=True, slots=True)
class TelegramDesk:
    assistant: Assistant
    identities: Identities
    admins: tuple[int, ...] = ()

    async def on_text(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        message = update.effective_message
        if message is None or message.from_user is None or message.text is None:
            return
        conversation = self.identities.conversation("telegram", message.chat_id)
        sender = self.identities.sender("telegram", message.from_user.id)
        try:
            reply = await self.assistant.answer(IncomingMessage("telegram", conversation, sender, message.text))
        except RateLimited:
            return
        await message.reply_text(reply.answer.text[:4096], do_quote=True)


def add_handlers(application: Application[Any, Any, Any, Any, Any, Any], desk: TelegramDesk) -> None:
    application.add_handler(MessageHandler(filters.TEXT, desk.on_text))
