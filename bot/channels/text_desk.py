"""Answers people in chats that show text alone, or that may: commands as words, a number in place of a button.

What a channel does with it: ``respond``, show what was said in its form, and once that has been sent, ``delivered``.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot import texts
from bot.admin import Done
from bot.assistant import Assistant, conversation_key
from bot.channels.notices import Notices
from bot.commands import Command, Runner, parse_command
from bot.errors import BotError, RateLimited
from bot.messages import IncomingMessage, Reply
from bot.service_commands import Response, ServiceCommands
from bot.state.base import StateStore
from bot.state.sent import SentReply

log = logging.getLogger(__name__)

#: A number alone, as people answer a numbered list: 2, ２, 2., (2), 第2个.
_NUMBER = re.compile(r"\s*[(（第]?\s*(\d{1,2})\s*[)）.。、个条]?\s*")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a conversation.

    Attributes:
        channel: Name of the channel.
        user: The platform's id of the person; stored nowhere.
        sender: Keyed hash of the person.
        conversation: Keyed hash of the conversation.
        is_private: Whether nobody else reads it.
        is_admin: Whether admin commands may be run.
    """

    channel: str
    user: str
    sender: str
    conversation: str
    is_private: bool = True
    is_admin: bool = False

    @property
    def key(self) -> str:
        """Under what the context of the conversation is kept."""
        return conversation_key(self.message(""))

    def message(self, text: str) -> IncomingMessage:
        """*text* from this person here."""
        return IncomingMessage(self.channel, self.conversation, self.sender, text)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said to somebody.

    Attributes:
        text: Plain text as a person reads it; of a reply its answer's.
        reply: The reply, where it is one, with its release.
        judged: Id of a reply that buttons for feedback may be shown for; empty for none.
        printed: What a program printed below the text, its columns kept; mostly empty.
    """

    text: str
    reply: Reply | None = None
    judged: str = ""
    printed: str = ""

    @property
    def offered(self) -> tuple[str, ...]:
        """Questions that can be asked next, in the order in which they are numbered from 1."""
        return tuple(one.question for one in self.reply.answer.suggestions) if self.reply else ()


Later = Callable[[Said], Awaitable[None]]


class TextDesk:
    """Answers people; says nothing by returning None.

    Args:
        assistant: Answers.
        state: Which message answered which, what was offered below it, notices given.
        commands: Commands of the service.
    """

    def __init__(self, assistant: Assistant, state: StateStore, commands: ServiceCommands) -> None:
        self._assistant = assistant
        self._state = state
        self._commands = commands
        self._notices = Notices()
        self._running: set[asyncio.Task[None]] = set()

    async def respond(self, person: Person, text: str, *, question: str, later: Later | None = None, anew: bool = False) -> Said | None:
        """Answer a message: a command, a number of what was offered before, or a question.

        Args:
            person: Who wrote it.
            text: What they wrote.
            question: The channel's id of the message.
            later: Says how a command ended that takes long; None where nothing can be said later, and there it is not run.
            anew: Whether it cannot have been answered before, so that nobody looks.

        Returns:
            What to say; None where it has been answered before, or was one too many and that has just been said.

        Raises:
            StateError: If the state cannot be read or kept.
        """
        if not anew and await self._state.find_sent(person.key, question):
            return None
        parsed = parse_command(text)
        if parsed and parsed[0].runner is Runner.SERVICE:
            return await self._run(person, *parsed, later)
        return await self.ask(person, await self._chosen(person, text))

    async def ask(self, person: Person, text: str) -> Said | None:
        """Answer *text* as the assistant does; a notice, once a minute, where it is one too many."""
        try:
            reply = await self._assistant.answer(person.message(text))
        except RateLimited:
            return Said(texts.RATE_LIMITED) if self._notices.is_due(person.sender) else None
        return Said(reply.answer.text, reply)

    async def choose(self, person: Person, text: str, *, question: str) -> Said | None:
        """Answer a question that was chosen by a button, never a command; otherwise as ``respond``."""
        if await self._state.find_sent(person.key, question):
            return None
        return await self.ask(person, text)

    async def judge(self, reply_id: str, *, helpful: bool, reason: str = "", comment: str = "") -> Said:
        """Feedback on a reply by a button; *reason* is a key of ``texts.FEEDBACK_REASONS`` or empty."""
        words = texts.FEEDBACK_REASONS.get(reason, "")
        return _said(await self._commands.judge(reply_id, helpful=helpful, comment=comment, reason=words))

    async def welcome(self, person: Person) -> Said | None:
        """How to use it, once a person."""
        if not await self._state.note_once(f"{person.channel} welcome", person.sender):
            return None
        return await self.ask(person, "/start")

    async def only_text(self, person: Person, kind: str) -> Said | None:
        """A word on what is no text, once a person; *kind* is a key of ``texts.ONLY_TEXT_KINDS``, or anything else."""
        if not await self._state.note_once(f"{person.channel} only text", person.sender):
            return None
        words = texts.ONLY_TEXT_KINDS.get(kind)
        return Said(texts.ONLY_TEXT_OF.format(kind=words) if words else texts.ONLY_TEXT)

    async def delivered(self, person: Person, question: str, said: Said) -> None:
        """Remember that *said* has been sent as the answer to the message *question*."""
        if sent := self.sent_reply(person, question, said):
            await self._state.save_sent(sent)

    def sent_reply(self, person: Person, question: str, said: Said) -> SentReply | None:
        """What ``delivered`` remembers, for a channel that finishes its message with it; None where *said* is no reply."""
        return SentReply(person.key, person.sender, question, said.reply.reply_id, offered=said.offered) if said.reply else None

    async def close(self) -> None:
        """Stop commands that are still running; a reload that is stopped changes nothing."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _chosen(self, person: Person, text: str) -> str:
        """The question that a number stands for; *text* itself where it is none, or nothing of that number was offered."""
        number = _NUMBER.fullmatch(text)
        last = await self._state.find_sent(person.key) if number else None
        if number and last and 1 <= int(number[1]) <= len(last.offered):
            return last.offered[int(number[1]) - 1]
        return text

    async def _run(self, person: Person, command: Command, argument: str, later: Later | None) -> Said:
        if command.for_admins:
            return await self._run_for_admin(person, command, argument, later)
        if command.name == "feedback":
            return _said(await self._feedback(person, argument))
        if argument == texts.PRIVACY_DELETE_WORD:
            return _said(await self._commands.forget(person.sender))
        said = await self._commands.privacy(person.sender)
        return Said(f"{said.text}\n{texts.PRIVACY_DELETE_HOW}" if said.deletable else said.text)

    async def _feedback(self, person: Person, comment: str) -> Response:
        if comment not in texts.FEEDBACK_WORDS:
            return await self._commands.feedback(person.key, comment, how=texts.FEEDBACK_HOW_IN_WORDS)
        last = await self._state.find_sent(person.key)
        if last is None:
            return Response(texts.FEEDBACK_NO_REPLY)
        return await self._commands.judge(last.reply, helpful=texts.FEEDBACK_WORDS[comment])

    async def _run_for_admin(self, person: Person, command: Command, argument: str, later: Later | None) -> Said:
        is_private = person.is_private and later is not None
        refusal = self._commands.refuse_admin(command, argument, sender=person.sender, is_admin=person.is_admin, is_private=is_private)
        if refusal or later is None:
            return Said(refusal)
        if command.name != "reload":
            return _printed(await self._commands.run_admin(command, argument, sender=person.sender, progress=_ignore))
        task = asyncio.create_task(self._report(person, command, argument, later))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return Said(texts.RELOAD_STARTED)

    async def _report(self, person: Person, command: Command, argument: str, later: Later) -> None:
        done = await self._commands.run_admin(command, argument, sender=person.sender, progress=_ignore)
        try:
            await later(_printed(done))
        except BotError as exc:
            log.warning("admin reply not sent", extra={"reason": type(exc).__name__})


def _said(response: Response) -> Said:
    return Said(response.text, judged=response.judged)


def _printed(done: Done) -> Said:
    return Said(done.title, printed=done.printed)


def _ignore(_step: str, _share: float) -> None:
    """Progress is shown by editing a message, which these chats cannot."""
