"""What goes in and what comes out, the same for every channel."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.library import Library


class Outcome(StrEnum):
    """Kinds of reply."""

    ANSWER = "answer"
    RELATED = "related"
    CLARIFY = "clarify"
    SECTION = "section"
    CONTENTS = "contents"
    CHECK = "check"
    REFUSE = "refuse"
    SMALLTALK = "smalltalk"
    HELP = "help"


class Verdict(StrEnum):
    """Result of checking a claim. Source of the terms: FEVER (Thorne et al., 2018)."""

    SUPPORTED = "supported"
    REFUTED = "refuted"
    NOT_ENOUGH_INFO = "not_enough_info"


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message from a person.

    Attributes:
        channel: Name of the channel.
        conversation_id: Whose context applies; empty for none.
        sender_id: Who sent it, as the channel names them; empty where the channel does not tell.
        text: What they typed.
    """

    channel: str
    conversation_id: str
    sender_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Words of the report and where they stand; *quote* is verbatim and at most 160 characters."""

    report: str
    section: str
    label: str
    title: str
    quote: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question to ask next and the section that answers it."""

    question: str
    section: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, before a channel gives it a form.

    Attributes:
        outcome: Kind of reply.
        text: Plain text as a person reads it.
        citations: Best first.
        suggestions: Questions to offer.
        verdict: For checked claims.
        confidence: In [0, 1].
        explanation: Why this answer: matched question, signals, thresholds.
        topic: Section and question that a follow-up refers to; empty when the answer opens no topic.
        numbers: Numbers in the text that the program worked out itself, each named as such: counts, results.
        report: Id of the report that it comes from, where no citation says so; empty for the default one.
    """

    outcome: Outcome
    text: str
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    verdict: Verdict | None = None
    confidence: float = 1.0
    explanation: dict[str, Any] = field(default_factory=dict)
    topic: str = ""
    numbers: tuple[str, ...] = ()
    report: str = ""

    @property
    def reports(self) -> tuple[str, ...]:
        """Ids of the reports that it comes from, the first cited first; () when it comes from none in particular."""
        return tuple(dict.fromkeys([*(citation.report for citation in self.citations), *filter(None, [self.report])]))


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with its identity, as every channel and the API give it out; the contract's Reply.

    Attributes:
        reply_id: A ULID.
        answer: What is said.
        release: Id of the release that it was made from.
        elapsed_ms: Time from text to answer.
        library: That release, for a channel that shows more of it: another may be live by the time the reply is shown.
    """

    reply_id: str
    answer: Answer
    release: str
    elapsed_ms: float
    library: Library | None = field(default=None, repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """The contract's JSON object."""
        answer = self.answer
        return {
            "reply_id": self.reply_id,
            "outcome": answer.outcome.value,
            "text": answer.text,
            "citations": [asdict(c) for c in answer.citations],
            "suggestions": [asdict(s) for s in answer.suggestions],
            "verdict": answer.verdict.value if answer.verdict else None,
            "confidence": round(answer.confidence, 4),
            "release": self.release,
            "elapsed_ms": round(self.elapsed_ms, 3),
        }
