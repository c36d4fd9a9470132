"""The values that pass between the steps. All frozen; none knows where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class SectionKind(StrEnum):
    """Where a section stands in the report."""

    META = "meta"
    PREAMBLE = "preamble"
    PART = "part"
    ARTICLE = "article"
    ITEM = "item"
    TAIL = "tail"


@dataclass(frozen=True, slots=True)
class Section:
    """A citable unit of a report.

    Attributes:
        report: Report id, e.g. ``yongan-2019``.
        id: Dotted path of the printed numbers, e.g. ``1.4.1``, with a letter where one stands twice; see the README's glossary.
        label: The report's own numbering with ASCII parentheses, e.g. ``一、(四)1``.
        title: The heading without its number.
        text: The section's own text as printed, without its heading; empty for a bare heading.
        parent: Id of the section above, or None at the top.
        kind: Its place in the tree.
        heading: The heading exactly as printed, number and closing mark included.
    """

    report: str
    id: str
    label: str
    title: str
    text: str
    parent: str | None
    kind: SectionKind
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One government report.

    Attributes:
        id: Name of its source folder or file, see ``documents.Source``.
        title: Full printed title.
        document_number: 文号, empty when the source prints none.
        publisher: 发布机构, empty when the source prints none.
        place: Place the report is about, e.g. ``永安``.
        year: Year the report is about.
        sections: In printed order, ``meta`` first.
        source_sha256: Hash of the source file's bytes, in hexadecimal.
    """

    id: str
    title: str
    document_number: str
    publisher: str
    place: str
    year: int | None
    sections: tuple[Section, ...]
    source_sha256: str = ""

    def section(self, section_id: str) -> Section | None:
        """The section of that id, or None."""
        return next((s for s in self.sections if s.id == section_id), None)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, share, span of time or date that a section states.

    Attributes:
        section: Section id.
        label: Section label.
        value: The number as a plain decimal or ISO date, e.g. ``22``, ``98.7``, ``2019-09``.
        unit: Unit as printed, e.g. ``件``, ``%``; ``date`` for dates.
        subject: The words just before the figure that say what it counts.
        quote: The clause that states it, verbatim.
        start: Offset of the printed figure in the section's text.
        end: Offset after it.
    """

    section: str
    label: str
    value: str
    unit: str
    subject: str
    quote: str
    start: int
    end: int


class PairKind(StrEnum):
    """What a stored question stands for."""

    ANSWER = "answer"
    """The section answers it."""
    FOLLOW_UP = "follow_up"
    """The section answers it, but only in a conversation about it: 谁来承办."""
    GAP = "gap"
    """It is about the section, but the report leaves the answer out."""
    OPEN_FOLLOW_UP = "open_follow_up"
    """The same, but only in a conversation about the section: 退回的理由呢."""
    OFF_TOPIC = "off_topic"
    """It is about something no such report speaks of."""


@dataclass(frozen=True, slots=True)
class QAPair:
    """A stored question and what it leads to.

    Attributes:
        question: As written.
        section: Section id; empty for off-topic questions.
        kind: Whether the section answers it.
        spans: Verbatim substrings of the section's text that hold the answer; empty for the whole section.
        origin: ``curated`` or ``generated``.
        missing: For gaps, a short name of what the report leaves out.
    """

    question: str
    section: str
    kind: PairKind = PairKind.ANSWER
    spans: tuple[str, ...] = ()
    origin: str = "curated"
    missing: str = ""

    @property
    def is_follow_up(self) -> bool:
        """Whether it means something only in a conversation about its section."""
        return self.kind in {PairKind.FOLLOW_UP, PairKind.OPEN_FOLLOW_UP}


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the report with its first use.

    Attributes:
        name: The term as printed.
        section: Section of its first use.
        quote: The sentence of its first use, verbatim.
        synonyms: Everyday words for it.
    """

    name: str
    section: str
    quote: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready for the search.

    Attributes:
        original: What the person typed.
        text: Normalized text.
        words: Word tokens of *text*, synonyms folded to the report's own term.
        syllables: Toneless pinyin, one per Chinese character or typed syllable.
    """

    original: str
    text: str
    words: tuple[str, ...] = ()
    syllables: tuple[str, ...] = ()


#: The signals of a candidate: classifier margin, its lead over the next section, similarity of the nearest stored
#: question, its BM25 share, share of the neighbours' votes; BM25 share of its own text and of its best sentence, share of the
#: query's words that it uses; how much its words and those of its best sentence mean the same, see ``MeaningScores``; whether its
#: best sentence holds the kinds of thing that are wanted, in [-1, 1], see ``knowledge.wanted``; whether it is on the side of the
#: matter that is asked for, in [-1, 1], see ``knowledge.aspect``.
SIGNAL_NAMES = (
    *("margin", "lead", "similarity", "match", "votes", "whole", "sentence", "coverage"),
    *("meaning", "meaning_sentence", "meaning_close", "meaning_same", "meaning_lacking", "dense", "holds", "aspect"),
)


class Candidate(NamedTuple):
    """A section that may answer, best first.

    Attributes:
        section: Section id.
        score: Share of belief in [0, 1]; the scores of one search add up to at most 1.
        rank: From 1.
        pair: The stored question that matched best in this section, or None.
        similarity: How alike the query and that question are, in [0, 1].
        values: Of its signals, in the order of ``SIGNAL_NAMES``.
    """

    section: str
    score: float
    rank: int
    pair: QAPair | None
    similarity: float
    values: tuple[float, ...]

    @property
    def signals(self) -> dict[str, float]:
        """Score of each signal by name, for explanations."""
        return dict(zip(SIGNAL_NAMES, self.values, strict=True))
