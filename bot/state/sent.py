"""What is kept so that a reply can be changed, judged or taken back later: who was sent what, under keyed hashes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SentReply:
    """Which messages answered which question.

    Attributes:
        conversation: Keyed hash of the conversation, with the channel before it, as contexts have it.
        sender: Keyed hash of who asked.
        question: The channel's id of the message with the question, within its chat.
        reply: Id of the reply.
        messages: The channel's ids of the messages that it was sent in, in order; () where they have none.
        offered: The questions that were offered below it, which a number alone asks in chats without buttons.
    """

    conversation: str
    sender: str
    question: str
    reply: str
    messages: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptAbout:
    """How many rows are kept that belong to one sender.

    Attributes:
        conversations: Running conversations.
        replies: Replies still linked to the sender.
        notices: Notices that were given once.
    """

    conversations: int
    replies: int
    notices: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.conversations + self.replies + self.notices
