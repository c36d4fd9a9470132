"""The store of shared state that the service needs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from bot.conversation import Context
from bot.state.sent import KeptAbout, SentReply
from knowledge.normalize import fold

T = TypeVar("T")
#: From a kept value, or None, to the value in its place, when that expires (seconds since the epoch), and a result.
Change = Callable[[str | None], tuple[str, float, T]]

#: Texts of this many questions are kept at most, the newest; and, of those that went well, this many.
MAX_KEPT_QUESTIONS = 20_000
MAX_RECENT_QUESTIONS = 2_000
#: An answer below this confidence, in [0, 1], is looked at again by an admin. On the development questions that is half of the
#: wrong answers, and one in twenty of the right ones.
LOW_CONFIDENCE = 0.6


@dataclass(frozen=True, slots=True)
class StoredReply:
    """What is kept of a reply, for feedback, for "why this answer" and for the review. Nothing in it says who asked.

    Attributes:
        reply_id: Its id.
        channel: Where it was given.
        release: Release that gave it.
        outcome: Kind of reply.
        section: First cited section, or empty.
        explanation: Why this answer.
        question: What was asked, personal particulars masked; empty where it is not kept.
        report: Report that was asked.
        nearest: Section that is nearest to the question, cited or offered; empty for none.
        confidence: Of the answer, in [0, 1].
        whole: Whether the question can be understood without the conversation around it.
    """

    reply_id: str
    channel: str
    release: str
    outcome: str
    section: str
    explanation: dict[str, Any]
    question: str = ""
    report: str = ""
    nearest: str = ""
    confidence: float = 1.0
    whole: bool = True


class Reason(StrEnum):
    """Why a question is up for review."""

    UNHELPFUL = "unhelpful"
    """Somebody marked the reply 👎."""
    REFUSED = "refused"
    """It was declined."""
    NOT_STATED = "not stated"
    """It was told that the report leaves it open."""
    LOW_CONFIDENCE = "low confidence"
    """It was answered, or asked back, without being sure."""


@dataclass(frozen=True, slots=True)
class KeptQuestion:
    """A question up for review.

    Attributes:
        question: What was asked, masked.
        report: Report that was asked.
        nearest: Nearest section, or empty.
        reason: Why it is up for review.
        confidence: Of the answer, in [0, 1].
        comment: What somebody chose or wrote with the 👎; mostly empty.
        day: ISO date on which it was asked.
        whole: Whether it can be understood without the conversation around it.
    """

    question: str
    report: str
    nearest: str
    reason: Reason
    confidence: float
    comment: str
    day: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class SectionUse:
    """How often a section was asked for, within the retention time.

    Attributes:
        report: Report id.
        section: Section id; empty for questions that came near none.
        asked: Questions that it was the nearest section of.
        refused: Of these, how many were declined or told that the report leaves it open.
        unhelpful: Of these, how many were marked 👎.
    """

    report: str
    section: str
    asked: int
    refused: int
    unhelpful: int


def question_hash(question: str) -> str:
    """What stands for *question* in a decision: the same for the same words however they are typed."""
    return hashlib.sha256(re.sub(r"[\W_]+", "", fold(question)).encode()).hexdigest()


class StateStore(Protocol):
    """Conversations, replies, feedback and questions, shared by all processes that use the same database."""

    async def load_context(self, conversation_id: str) -> Context:
        """The context of a conversation; an empty one when it is unknown or has been silent too long."""

    async def save_turn(self, conversation_id: str, context: Context, reply: StoredReply) -> None:
        """Keep a reply, its question and the context after it, in one transaction."""

    async def save_context(self, conversation_id: str, context: Context) -> None:
        """Keep the context after something that was shown without a question."""

    async def load_reply(self, reply_id: str) -> StoredReply | None:
        """A kept reply, or None."""

    async def save_feedback(self, reply_id: str, *, helpful: bool, comment: str, reason: str = "") -> bool:
        """Keep feedback, replacing an earlier one on the same reply; False when the reply is unknown.

        Args:
            reply_id: The reply.
            helpful: 👍 or 👎.
            comment: What was written; empty for nothing.
            reason: Which of the reasons offered was chosen, in its words; empty for none.
        """

    async def drop_feedback(self, reply_id: str) -> None:
        """Forget the feedback on a reply, since it was taken back."""

    async def save_sent(self, sent: SentReply) -> None:
        """Remember which messages answered a question, in place of those that answered it before."""

    async def find_sent(self, conversation: str, question: str = "") -> SentReply | None:
        """What answered *question*, or the last question of *conversation*; None when unknown or too long ago to be edited."""

    async def note_once(self, notice: str, sender: str) -> bool:
        """Whether *notice* has not been given to *sender* before; it counts as given from now on."""

    async def kept_about(self, sender: str) -> KeptAbout:
        """How much is kept that belongs to *sender*."""

    async def forget(self, sender: str) -> int:
        """Delete what belongs to *sender*, with the questions and feedback still linked; returns how many rows did."""

    async def move_chat(self, old: str, new: str) -> None:
        """Let the chat *new* go on where *old* left off; both as keyed hashes."""

    async def first_chat(self, chat: str) -> str:
        """The chat that *chat* was before it moved; itself where it never did."""

    async def recent_questions(self, limit: int) -> list[str]:
        """Questions asked lately that stand by themselves, masked, newest first, each once, at most *limit*."""

    async def questions_for_review(self) -> list[KeptQuestion]:
        """Every asking of a question that did not go well and on which nothing has been decided, oldest first."""

    async def save_decision(self, report: str, question: str, decision: str) -> None:
        """Remember that an admin has decided on *question*, so that it is not brought up again, whoever asks it.

        Args:
            report: Report that was asked.
            question: As kept; what is stored is a hash of it, since a decision outlives the retention time.
            decision: In a word.
        """

    async def section_use(self) -> list[SectionUse]:
        """How often each section was asked for, by report and section."""

    async def admit(self, channel: str, key: str, payload: str) -> bool:
        """Take in an update before it is acknowledged to the platform; False when it has been seen before.

        Args:
            channel: Name of the channel.
            key: What the platform tells the update by.
            payload: The update; kept until it is finished.
        """

    async def admit_all(self, channel: str, items: Sequence[tuple[str, str]]) -> list[bool]:
        """Take in several (key, payload) at once; for each whether it is new."""

    async def finish(self, channel: str, key: str, sent: SentReply | None = None) -> None:
        """Forget what an update said, now that it has been answered, and remember its key; with it, if given, what it was answered with."""

    async def unfinished(self, channel: str) -> list[tuple[str, str]]:
        """(key, payload) of what was taken in and not finished, in the order of its coming in."""

    async def take_over(self, channel: str) -> list[tuple[str, str]]:
        """What is unfinished and was taken in by processes that are gone, for this one to answer; not what another is answering."""

    async def load_shared(self, key: str) -> str | None:
        """A value that processes share; None where there is none, or it has expired."""

    async def save_shared(self, key: str, value: str, expires: float | None = None) -> None:
        """Keep a value for every process, in place of an earlier one.

        Args:
            key: Its name, with the channel's before it.
            value: May be a secret: the database is readable by its owner alone.
            expires: Seconds since the epoch from which on it counts as gone; None for never.
        """

    async def change_shared(self, key: str, change: Change[T]) -> T:
        """Run *change* on a value and keep what it makes of it, while no other process can; its result.

        Args:
            key: Its name, with the channel's before it.
            change: Pure and quick: it runs on a thread of its own, inside the transaction.
        """

    async def claim_shared(self, key: str, lease_s: float) -> bool:
        """Take *key* for *lease_s* seconds, so that one process at a time does what it stands for; whether nobody else has it."""

    async def drop_shared(self, key: str) -> None:
        """Forget a value, or let go of what was claimed."""

    async def delete_expired(self) -> int:
        """Delete what is older than the retention time, and forget texts beyond the number kept; returns how many rows went."""

    async def close(self) -> None:
        """Release the database."""
