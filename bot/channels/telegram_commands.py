"""Commands that the service around the release runs in Telegram: deep links, feedback, privacy, and those of admins."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram.error import TelegramError

from bot import texts
from bot.admin import Admin
from bot.assistant import Assistant
from bot.channels.telegram_answers import Answers
from bot.channels.telegram_asker import Asker
from bot.channels.telegram_bot import TelegramBot
from bot.channels.telegram_delivery import edit_part, replace_parts, send_parts
from bot.channels.telegram_keyboards import delete_keyboard, judge_keyboard, reply_keyboard
from bot.channels.telegram_text import plain_parts, printed_parts, reply_parts
from bot.commands import Command, Runner
from bot.errors import RateLimited
from bot.places import Places
from bot.service_commands import ServiceCommands
from bot.state.base import StateStore

log = logging.getLogger(__name__)

#: Seconds between two edits of a progress message.
_PROGRESS_EVERY_S = 3.0


class Commands:
    """Runs the commands whose runner is the service.

    Args:
        assistant: Takes feedback, shows sections.
        answers: Answers what a link stands for.
        state: What is kept about people.
        admin: Admin commands.
        admins: User ids of admins.
        retention_days: How long questions are kept at most.
    """

    def __init__(
        self, assistant: Assistant, answers: Answers, state: StateStore, admin: Admin, admins: frozenset[int], retention_days: int
    ) -> None:
        self._assistant = assistant
        self._answers = answers
        self._state = state
        self._service = ServiceCommands(assistant, state, admin, retention_days)
        self._admins = admins
        self._running: set[asyncio.Task[None]] = set()

    def is_mine(self, command: Command, argument: str) -> bool:
        """Whether *command* is run here; the others are answered from the release."""
        return command.runner is Runner.SERVICE or (command.name == "start" and bool(argument))

    async def run(self, bot: TelegramBot, asker: Asker, command: Command, argument: str, *, question: int) -> None:
        """Run *command*.

        Raises:
            TelegramError: If what it says cannot be sent.
            BotError: If the state cannot be read or kept.
        """
        if command.for_admins:
            await self._run_for_admin(bot, asker, command, argument, question)
        elif command.name == "start":
            await self._follow_link(bot, asker, argument, question)
        elif command.name == "feedback":
            await self._feedback(bot, asker, argument, question)
        else:
            await self._privacy(bot, asker, question)

    async def close(self) -> None:
        """Stop what runs; a reload that is stopped changes nothing."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _follow_link(self, bot: TelegramBot, asker: Asker, start: str, question: int) -> None:
        """Show what a deep link stands for: ``s-KEY-SECTION``, ``a-REPLY``, ``v-CODE``; anything else is a plain start."""
        kind, _, rest = start.partition("-")
        if kind == "v":
            await self._answers.answer(bot, asker, f"/verify {rest}", question=question)
            return
        report, section = await self._place_of(kind, rest)
        try:
            reply = await self._assistant.show_section(asker.message(""), report, section) if section else None
        except RateLimited:
            await self._answers.notice(bot, asker, question=question)
            return
        if reply is not None and reply.library is not None:
            places = Places(reply.library)
            keyboard = reply_keyboard(reply, places, judged=False)
            await send_parts(bot, asker, reply_parts(reply.answer, places), keyboard, quoting=question)
            return
        if kind in {"s", "a"}:
            await send_parts(bot, asker, plain_parts(texts.LINK_UNKNOWN), quoting=question)
            return
        await self._answers.answer(bot, asker, "/help", question=question)

    async def _place_of(self, kind: str, rest: str) -> tuple[str, str]:
        """Report and section that a link leads to; both empty for none."""
        if kind == "s":
            key, _, section = rest.partition("-")
            return Places(self._assistant.library).report_of_key(key), section.replace("_", ".")
        kept = await self._state.load_reply(rest) if kind == "a" else None
        return (kept.report, kept.nearest or kept.section) if kept else ("", "")

    async def _feedback(self, bot: TelegramBot, asker: Asker, comment: str, question: int) -> None:
        said = await self._service.feedback(asker.key, comment)
        keyboard = judge_keyboard(said.judged) if said.judged else None
        await send_parts(bot, asker, plain_parts(said.text), keyboard, quoting=question)

    async def _privacy(self, bot: TelegramBot, asker: Asker, question: int) -> None:
        said = await self._service.privacy(asker.sender)
        keyboard = delete_keyboard(sure=False) if said.deletable else None
        await send_parts(bot, asker, plain_parts(said.text), keyboard, quoting=question)

    async def _run_for_admin(self, bot: TelegramBot, asker: Asker, command: Command, argument: str, question: int) -> None:
        is_admin = asker.user in self._admins
        refusal = self._service.refuse_admin(command, argument, sender=asker.sender, is_admin=is_admin, is_private=asker.is_private)
        if refusal:
            await send_parts(bot, asker, plain_parts(refusal), quoting=question)
        else:
            self._start(self._report(bot, asker, command, argument, question))

    async def _report(self, bot: TelegramBot, asker: Asker, command: Command, argument: str, question: int) -> None:
        """Run an admin command to its end, and say what came of it."""
        (shown_in,) = (
            await send_parts(bot, asker, plain_parts(texts.RELOAD_STARTED), quoting=question) if command.name == "reload" else (0,)
        )
        progress = _Progress(lambda text: edit_part(bot, asker, shown_in, plain_parts(text)[0]))
        try:
            done = await self._service.run_admin(command, argument, sender=asker.sender, progress=progress.show)
        finally:
            progress.stop()
        parts = printed_parts(done.title, done.printed)
        await replace_parts(bot, asker, [shown_in] if shown_in else [], parts, None, quoting=question)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* beside the chat's other messages; a reload takes a while."""
        task = asyncio.create_task(_logged(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)


class _Progress:
    """Edits a message now and then; what it works for never waits for that, nor fails with it."""

    def __init__(self, edit: Callable[[str], Awaitable[object]]) -> None:
        self._edit = edit
        self._last = time.monotonic()
        self._editing: asyncio.Task[None] | None = None

    def show(self, step: str, share: float) -> None:
        """Show the step and the share done, unless something was shown a moment ago or is still being sent."""
        if time.monotonic() - self._last < _PROGRESS_EVERY_S or (self._editing and not self._editing.done()):
            return
        self._last = time.monotonic()
        self._editing = asyncio.create_task(self._show(texts.RELOAD_STEP.format(share=f"{share:.0%}", step=step)))

    def stop(self) -> None:
        """Show nothing more: what comes next must not be overtaken."""
        if self._editing:
            self._editing.cancel()

    async def _show(self, text: str) -> None:
        with contextlib.suppress(TelegramError):
            await self._edit(text)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except TelegramError as exc:
        log.warning("admin reply not sent", extra={"reason": type(exc).__name__})
    except Exception:
        log.exception("admin command failed")
