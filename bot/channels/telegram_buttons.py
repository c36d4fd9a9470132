"""What a pressed button does. Each press is answered, whatever comes of it: until then the button spins."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from telegram import CallbackQuery, Message
from telegram.error import BadRequest, TelegramError

from bot import texts
from bot.assistant import Assistant
from bot.channels import telegram_keyboards as keyboards
from bot.channels.telegram_answers import Answers
from bot.channels.telegram_asker import Asker, Askers
from bot.channels.telegram_bot import TelegramBot
from bot.channels.telegram_delivery import edit_part, send_parts
from bot.channels.telegram_keyboards import Press
from bot.channels.telegram_text import level_text, plain_parts, reply_parts, reports_text, titled_parts
from bot.errors import RateLimited
from bot.explanation import explain_in_words
from bot.places import Places
from bot.state.base import StateStore

log = logging.getLogger(__name__)

#: ``telegram.constants.CallbackQueryLimit.ANSWER_CALLBACK_QUERY_TEXT_LENGTH``.
_MAX_TOAST_CHARS = 200


@dataclass(slots=True)
class _Pressed:
    """A press and all that belongs to it."""

    query: CallbackQuery
    press: Press
    message: Message
    asker: Asker
    bot: TelegramBot
    answered: bool = False

    async def answer(self, toast: str = "") -> None:
        """Answer the press, once; before anything is sent, which may have to wait its turn."""
        if not self.answered:
            self.answered = True
            await _answer(self.query, toast)


class Buttons:
    """Handles presses.

    Args:
        assistant: Answers what is asked by a button.
        answers: Sends that.
        askers: Who pressed.
        state: Feedback, and what is kept about people.
    """

    def __init__(self, assistant: Assistant, answers: Answers, askers: Askers, state: StateStore) -> None:
        self._assistant = assistant
        self._answers = answers
        self._askers = askers
        self._state = state
        self._actions: dict[str, Callable[[_Pressed], Awaitable[str]]] = {
            keyboards.SHOW: self._show,
            keyboards.WALK: self._walk,
            keyboards.CONTENTS: self._contents,
            keyboards.REPORTS: self._reports,
            keyboards.SUGGESTED: self._suggested,
            keyboards.WHY: self._why,
            keyboards.HELPFUL: self._helpful,
            keyboards.UNHELPFUL: self._unhelpful,
            keyboards.DELETE: self._delete,
        }

    async def press(self, query: CallbackQuery, bot: TelegramBot) -> None:
        """Do what the button says, and answer the press with a word on what came of it.

        Raises:
            TelegramError: If what it leads to cannot be sent; the press is answered all the same.
        """
        press = Press.read(query.data or "")
        action = self._actions.get(press.action)
        message = query.message
        if action is None or message is None:
            await _answer(query, texts.PRESS_UNKNOWN)
            return
        if not isinstance(message, Message):  # so old that Telegram no longer shows it to the bot
            await _answer(query, texts.PRESS_TOO_OLD)
            return
        pressed = _Pressed(query, press, message, await self._askers.of_press(query.from_user, message), bot)
        toast = texts.FAILED
        try:
            toast = await action(pressed)
        except RateLimited:
            toast = texts.RATE_LIMITED
        except TelegramError:
            raise
        except Exception:
            log.exception("button failed")
        finally:
            await pressed.answer(toast)

    async def _show(self, pressed: _Pressed) -> str:
        return await self._open(pressed, in_place=False)

    async def _walk(self, pressed: _Pressed) -> str:
        return await self._open(pressed, in_place=True)

    async def _open(self, pressed: _Pressed, *, in_place: bool) -> str:
        places = Places(self._assistant.library)
        report, section = places.report_of_key(pressed.press.part(0)), pressed.press.part(1)
        if not report:
            return texts.PRESS_OLD_REPORT
        reply = await self._assistant.show_section(pressed.asker.message(""), report, section)
        if reply is None or reply.library is None:
            return texts.PRESS_OLD_SECTION
        of_reply = Places(reply.library)
        parts, keyboard = reply_parts(reply.answer, of_reply), keyboards.reply_keyboard(reply, of_reply, judged=False)
        await pressed.answer()
        edited = in_place and len(parts) == 1 and await edit_part(pressed.bot, pressed.asker, pressed.message.id, parts[0], keyboard)
        if not edited:
            await send_parts(pressed.bot, pressed.asker, parts, keyboard, quoting=pressed.message.id)
        return ""

    async def _contents(self, pressed: _Pressed) -> str:
        places = Places(self._assistant.library)
        report = places.report_of_key(pressed.press.part(0))
        level = places.level(report, pressed.press.part(1)) if report else None
        if level is None:
            return texts.PRESS_OLD_SECTION if report else texts.PRESS_OLD_REPORT
        keyboard = keyboards.level_keyboard(level, several=len(places.reports()) > 1)
        await pressed.answer()
        if not await edit_part(pressed.bot, pressed.asker, pressed.message.id, level_text(level), keyboard):
            await send_parts(pressed.bot, pressed.asker, [level_text(level)], keyboard)
        return ""

    async def _reports(self, pressed: _Pressed) -> str:
        reports = Places(self._assistant.library).reports()
        listed = reports[: keyboards.MAX_REPORTS]
        text, keyboard = reports_text(len(reports), len(reports) - len(listed)), keyboards.reports_keyboard(listed)
        await edit_part(pressed.bot, pressed.asker, pressed.message.id, text, keyboard)
        return ""

    async def _suggested(self, pressed: _Pressed) -> str:
        rows = pressed.message.reply_markup.inline_keyboard if pressed.message.reply_markup else ()
        asked = next((button.text for row in rows for button in row if button.callback_data == pressed.query.data), "")
        if not asked:
            return texts.PRESS_UNKNOWN
        await self._answers.answer_pressed(pressed.bot, pressed.asker, asked, below=pressed.message.id, before_sending=pressed.answer)
        return ""

    async def _why(self, pressed: _Pressed) -> str:
        reply_id = pressed.press.part(0)
        explanation = await self._assistant.explain(reply_id)
        kept = await self._state.load_reply(reply_id)
        if explanation is None or kept is None:
            return texts.NO_SUCH_REPLY
        places = Places(self._assistant.library)
        signals = explanation.get("signals")
        sections = [kept.section, *(signals if isinstance(signals, dict) else ())]
        names = {section: places.label(kept.report, section) for section in sections if section}
        lines = explain_in_words(explanation, label_of=names)
        await pressed.answer()
        await send_parts(pressed.bot, pressed.asker, titled_parts(texts.WHY_HEAD, lines), quoting=pressed.message.id)
        return ""

    async def _helpful(self, pressed: _Pressed) -> str:
        return await self._judge(pressed, helpful=True)

    async def _unhelpful(self, pressed: _Pressed) -> str:
        return await self._judge(pressed, helpful=False, reason=pressed.press.part(1))

    async def _judge(self, pressed: _Pressed, *, helpful: bool, reason: str = "") -> str:
        reply_id = pressed.press.part(0)
        words = texts.FEEDBACK_REASONS.get(reason, "")
        if not await self._assistant.give_feedback(reply_id, helpful=helpful, comment="", reason=words):
            return texts.NO_SUCH_REPLY
        ask_why = not helpful and not words
        await pressed.answer(texts.FEEDBACK_WHY if ask_why else texts.FEEDBACK_THANKS)
        marked = keyboards.judged_keyboard(pressed.message.reply_markup, reply_id, helpful=helpful, ask_why=ask_why)
        if marked != pressed.message.reply_markup:
            await pressed.bot.edit_message_reply_markup(pressed.asker.chat, pressed.message.id, reply_markup=marked)
        return ""

    async def _delete(self, pressed: _Pressed) -> str:
        if pressed.press.part(0) != "yes":
            await pressed.answer(texts.PRIVACY_SURE)
            keyboard = keyboards.delete_keyboard(sure=True)
            await pressed.bot.edit_message_reply_markup(pressed.asker.chat, pressed.message.id, reply_markup=keyboard)
            return ""
        count = await self._state.forget(pressed.asker.sender)
        text = texts.PRIVACY_DELETED.format(count=count) if count else texts.PRIVACY_NOTHING
        await pressed.answer(text)
        await edit_part(pressed.bot, pressed.asker, pressed.message.id, plain_parts(text)[0])
        return ""


async def _answer(query: CallbackQuery, toast: str) -> None:
    try:
        await query.answer(toast[:_MAX_TOAST_CHARS] or None)
    except BadRequest as exc:
        if "query is too old" not in exc.message:
            raise
