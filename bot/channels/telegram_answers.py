"""Questions answered in a chat, and their answers kept in step when the question is edited."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from telegram import InlineKeyboardMarkup

from bot import texts
from bot.assistant import Assistant
from bot.channels.notices import Notices
from bot.channels.telegram_asker import Asker
from bot.channels.telegram_bot import TelegramBot
from bot.channels.telegram_delivery import replace_parts, send_parts
from bot.channels.telegram_html import Run, render
from bot.channels.telegram_keyboards import level_keyboard, reply_keyboard
from bot.channels.telegram_text import level_text, plain_parts, reply_parts, reply_runs
from bot.errors import RateLimited
from bot.messages import Outcome, Reply
from bot.places import Places
from bot.state.base import StateStore
from bot.state.sent import SentReply


class Answers:
    """Answers questions with what the assistant says.

    Args:
        assistant: Answers.
        state: Remembers which message answered which.
    """

    def __init__(self, assistant: Assistant, state: StateStore) -> None:
        self._assistant = assistant
        self._state = state
        self._notices = Notices()

    async def answer(self, bot: TelegramBot, asker: Asker, text: str, *, question: int) -> None:
        """Answer the message *question*, unless it has been answered before: an update may come again after a crash.

        Raises:
            TelegramError: If the answer cannot be sent.
            StateError: If it cannot be kept.
        """
        if await self._state.find_sent(asker.key, asker.message_key(question)):
            return
        try:
            reply = await self._assistant.answer(asker.message(text))
        except RateLimited:
            await self.notice(bot, asker, question=question)
            return
        parts, keyboard = shown(reply)
        messages = await send_parts(bot, asker, parts, keyboard, quoting=question)
        await self._remember(asker, asker.message_key(question), reply, messages)

    async def answer_anew(self, bot: TelegramBot, asker: Asker, text: str, *, question: int) -> None:
        """Put another answer in the place of the one to *question*, which has been edited; nothing where it had none.

        Raises:
            RateLimited, TelegramError, StateError: As ``answer``.
        """
        before = await self._state.find_sent(asker.key, asker.message_key(question))
        if before is None:
            return
        reply = await self._assistant.answer(asker.message(text))
        parts, keyboard = shown(reply)
        messages = await replace_parts(bot, asker, [int(m) for m in before.messages], parts, keyboard, quoting=question)
        await self._remember(asker, asker.message_key(question), reply, messages)

    async def answer_pressed(
        self, bot: TelegramBot, asker: Asker, text: str, *, below: int, before_sending: Callable[[], Awaitable[None]]
    ) -> None:
        """Answer a question that was chosen by a button of the message *below*; it is repeated above the answer.

        Raises:
            RateLimited, TelegramError, StateError: As ``answer``.
        """
        reply = await self._assistant.answer(asker.message(text))
        await before_sending()
        parts, keyboard = shown(reply, asked=text)
        messages = await send_parts(bot, asker, parts, keyboard, quoting=below)
        await self._remember(asker, f"press {reply.reply_id}", reply, messages)

    async def notice(self, bot: TelegramBot, asker: Asker, *, question: int) -> None:
        """Tell somebody who asks too fast; once a minute."""
        if self._notices.is_due(asker.sender):
            await send_parts(bot, asker, plain_parts(texts.RATE_LIMITED), quoting=question)

    async def _remember(self, asker: Asker, question: str, reply: Reply, messages: tuple[int, ...]) -> None:
        await self._state.save_sent(SentReply(asker.key, asker.sender, question, reply.reply_id, tuple(map(str, messages))))


def shown(reply: Reply, *, asked: str = "") -> tuple[list[str], InlineKeyboardMarkup | None]:
    """A reply as messages, and the buttons below; the contents as something to leaf through.

    Args:
        reply: The reply, with its release.
        asked: A question to repeat above it.
    """
    if reply.library is None:
        return plain_parts(reply.answer.text), None
    places = Places(reply.library)
    if reply.answer.outcome is Outcome.CONTENTS and reply.answer.reports:  # of one report, not the list of reports
        level = places.level(reply.answer.reports[0])
        if level is not None and level.below:
            return [level_text(level)], level_keyboard(level, several=len(places.reports()) > 1)
    parts = render([Run(f"▸ {asked}\n", ("i",)), *reply_runs(reply.answer, places)]) if asked else reply_parts(reply.answer, places)
    return parts, reply_keyboard(reply, places)
