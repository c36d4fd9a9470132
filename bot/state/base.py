"""The store of shared state that the service needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from bot.conversation import Context


@dataclass(frozen=True, slots=True)
class StoredReply:
    """What is kept of a reply, for feedback and for "why this answer".

    Attributes:
        reply_id: Its id.
        channel: Where it was given.
        release: Release that gave it.
        outcome: Kind of reply.
        section: First cited section, or empty.
        explanation: Why this answer.
    """

    reply_id: str
    channel: str
    release: str
    outcome: str
    section: str
    explanation: dict[str, Any]


class StateStore(Protocol):
    """Conversations, replies and feedback, shared by all processes that use the same database."""

    async def load_context(self, conversation_id: str) -> Context:
        """The context of a conversation; an empty one when it is unknown or has been silent too long."""

    async def save_turn(self, conversation_id: str, context: Context, reply: StoredReply) -> None:
        """Keep a reply and the context after it, in one transaction."""

    async def load_reply(self, reply_id: str) -> StoredReply | None:
        """A kept reply, or None."""

    async def save_feedback(self, reply_id: str, *, helpful: bool, comment: str) -> bool:
        """Keep feedback, replacing an earlier one on the same reply; False when the reply is unknown."""

    async def delete_expired(self) -> int:
        """Delete what is older than the retention time; returns how many rows went."""

    async def close(self) -> None:
        """Release the database."""
