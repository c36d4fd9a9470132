"""Commands that the service around the release runs, whatever the channel: feedback, privacy, and those of admins."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot import texts
from bot.admin import Admin, Done, WrongUse
from bot.assistant import Assistant
from bot.commands import Command
from bot.errors import BotError
from bot.state.base import StateStore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Response:
    """What a command says, and what a channel may offer below it.

    Attributes:
        text: A sentence or some.
        judged: Id of the reply that can be judged; empty for none.
        deletable: Whether what is kept about the asker can be deleted.
    """

    text: str
    judged: str = ""
    deletable: bool = False


class ServiceCommands:
    """Runs the commands whose runner is the service.

    Args:
        assistant: Takes feedback.
        state: What is kept about people.
        admin: Admin commands.
        retention_days: How long questions are kept at most.
    """

    def __init__(self, assistant: Assistant, state: StateStore, admin: Admin, retention_days: int) -> None:
        self._assistant = assistant
        self._state = state
        self._admin = admin
        self._retention_days = retention_days

    async def feedback(self, conversation: str, comment: str, *, how: str = texts.FEEDBACK_HOW) -> Response:
        """Feedback on the last reply of a conversation; how to give it where nothing is said.

        Args:
            conversation: Key of the conversation, see ``conversation_key``.
            comment: What was written.
            how: The words for how to give it in this channel.
        """
        last = await self._state.find_sent(conversation)
        if last is None:
            return Response(texts.FEEDBACK_NO_REPLY)
        if not comment:
            return Response(how, judged=last.reply)
        return await self.judge(last.reply, helpful=False, comment=comment)

    async def judge(self, reply_id: str, *, helpful: bool, comment: str = "", reason: str = "") -> Response:
        """Feedback on a reply; *reason* in the words that were offered."""
        kept = await self._assistant.give_feedback(reply_id, helpful=helpful, comment=comment, reason=reason)
        return Response(texts.FEEDBACK_THANKS if kept else texts.NO_SUCH_REPLY)

    async def privacy(self, sender: str) -> Response:
        """What is kept, and how much of it belongs to *sender*."""
        kept = await self._state.kept_about(sender)
        text = texts.PRIVACY_KEPT.format(
            here=texts.PRIVACY_HERE,
            days=self._retention_days,
            conversations=kept.conversations,
            replies=kept.replies,
            notices=kept.notices,
        )
        return Response(text, deletable=bool(kept.total))

    async def forget(self, sender: str) -> Response:
        """Delete what is kept about *sender*."""
        count = await self._state.forget(sender)
        return Response(texts.PRIVACY_DELETED.format(count=count) if count else texts.PRIVACY_NOTHING)

    def refuse_admin(self, command: Command, argument: str, *, sender: str, is_admin: bool, is_private: bool) -> str:
        """Why *sender* may not run an admin command here; empty where they may, which the log tells."""
        facts = {"command": command.name, "sender": sender}
        if not is_admin:
            log.warning("admin command refused", extra=facts)
            return texts.ADMINS_ONLY
        if not is_private:
            return texts.ADMIN_PRIVATE
        log.info("admin command", extra={**facts, "argument": argument[:200]})
        return ""

    async def run_admin(self, command: Command, argument: str, *, sender: str, progress: Callable[[str, float], None]) -> Done:
        """Run an admin command to its end; what goes wrong is in what it says.

        Args:
            command: The command.
            argument: What stands after it.
            sender: Who asked, as a keyed hash.
            progress: Told the step and the share done of a reload.
        """
        started = time.monotonic()
        try:
            done = await self._done(command.name, argument, progress)
        except WrongUse as exc:
            done = Done(str(exc))
        except Exception as exc:
            log.exception("admin command failed", extra={"command": command.name})
            done = Done(texts.FAILED, str(exc) if isinstance(exc, BotError) else "")
        seconds = round(time.monotonic() - started, 2)
        log.info("admin command done", extra={"command": command.name, "sender": sender, "seconds": seconds, "outcome": done.title})
        return done

    async def _done(self, name: str, argument: str, progress: Callable[[str, float], None]) -> Done:
        if name == "reload":
            return await self._admin.reload(argument, progress)
        if name == "releases":
            return await self._admin.releases()
        if name == "rollback":
            return await self._admin.roll_back(argument)
        return await (self._admin.stats() if name == "stats" else self._admin.unanswered())
