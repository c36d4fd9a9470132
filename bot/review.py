"""Questions that did not go well, as an admin goes through them: alike ones together, each group with why and where it may belong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.masking import PLACEHOLDERS
from bot.state.base import KeptQuestion, Reason
from knowledge.grouping import group_alike
from knowledge.library import Library, ReportKnowledge
from knowledge.quote import choose_quote
from knowledge.records import PairKind, Query
from knowledge.retriever import SearchResult
from knowledge.span import clauses, trimmed
from knowledge.tokenizer import character_grams

#: Sections proposed for a group.
MAX_PROPOSALS = 3
_OPENING_CHARS = 40


@dataclass(frozen=True, slots=True)
class Proposal:
    """A section that may answer.

    Attributes:
        section: Its id.
        label: Its number as printed.
        title: Its heading.
        opening: Its first words.
        spans: The pieces of it that may hold the answer; empty when it has no text.
        belief: Share of belief in [0, 1] that the question is about it.
    """

    section: str
    label: str
    title: str
    opening: str
    spans: tuple[str, ...]
    belief: float

    @property
    def heading(self) -> str:
        """Number and heading as printed."""
        return self.label if self.title == self.label else f"{self.label} {self.title}"


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that ask alike.

    Attributes:
        report: Report that was asked.
        questions: Each wording once, the most frequent first.
        asked: How often they were asked in all.
        within: How often of these in a conversation that may have told what was meant.
        reasons: Why they are here, with how often each.
        comments: What people wrote with a 👎.
        days: First and last day on which one was asked, ISO.
        proposals: The nearest sections, best first; none where nothing is shared with the report.
    """

    report: str
    questions: tuple[str, ...]
    asked: int
    within: int
    reasons: dict[Reason, int]
    comments: tuple[str, ...]
    days: tuple[str, str]
    proposals: tuple[Proposal, ...]

    def to_json(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return {
            "report": self.report,
            "questions": list(self.questions),
            "asked": self.asked,
            "within_a_conversation": self.within,
            "reasons": {reason.value: count for reason, count in self.reasons.items()},
            "comments": list(self.comments),
            "first_day": self.days[0],
            "last_day": self.days[1],
            "proposals": [
                {"section": p.section, "label": p.label, "title": p.title, "spans": list(p.spans), "belief": round(p.belief, 4)}
                for p in self.proposals
            ],
        }


def review_groups(kept: Iterable[KeptQuestion], library: Library, *, reasons: Iterable[Reason] = tuple(Reason)) -> list[Group]:
    """Group *kept* by report and likeness, larger groups first.

    Args:
        kept: What the store has for review.
        library: The live release; questions on a report that it does not hold are shown without proposals' sections.
        reasons: Only questions that are here for one of these.
    """
    wanted = set(reasons)
    by_report: dict[str, dict[str, list[KeptQuestion]]] = {}
    for one in kept:
        if one.reason in wanted:
            by_report.setdefault(one.report, {}).setdefault(one.question, []).append(one)
    groups = [
        group for report, asked in by_report.items() for group in _groups_of(report, asked, library.report(report) or library.default)
    ]
    return sorted(groups, key=lambda g: (-g.asked, g.report, g.questions))


def _groups_of(report: str, asked: dict[str, list[KeptQuestion]], known: ReportKnowledge) -> list[Group]:
    texts = sorted(asked)
    queries = [known.read(text) for text in texts]
    groups = group_alike(queries, [len(asked[text]) for text in texts])
    return [_group(report, [(texts[i], queries[i]) for i in group], asked, known) for group in groups]


def _group(report: str, members: Sequence[tuple[str, Query]], asked: dict[str, list[KeptQuestion]], known: ReportKnowledge) -> Group:
    questions = tuple(text for text, _ in members)
    every = [one for question in questions for one in asked[question]]
    counted = Counter(one.reason for one in every)
    return Group(
        report,
        questions,
        len(every),
        sum(not one.whole for one in every),
        {reason: counted[reason] for reason in Reason if counted[reason]},
        tuple(dict.fromkeys(one.comment for one in every if one.comment)),
        (min(one.day for one in every), max(one.day for one in every)),
        propose(members[0][1], known) if report == known.report.id else (),
    )


def propose(query: Query, known: ReportKnowledge) -> tuple[Proposal, ...]:
    """The nearest sections for *query*, best first."""
    result = known.search(query)
    return tuple(_proposal(c.section, c.score, result, known) for c in result.candidates[:MAX_PROPOSALS])


def _proposal(section_id: str, belief: float, result: SearchResult, known: ReportKnowledge) -> Proposal:
    section = known.section(section_id)
    if section is None:
        raise LookupError(f"candidate {section_id} is no section of {known.report.id}")
    opening = section.text[:_OPENING_CHARS].split("\n")[0]
    return Proposal(section_id, section.label, section.title, opening, propose_spans(result, section_id, known), belief)


def propose_spans(result: SearchResult, section_id: str, known: ReportKnowledge) -> tuple[str, ...]:
    """The pieces of a section that may hold the answer: those of the nearest stored question, else the likest clause of its quote."""
    section = known.section(section_id)
    if section is None or not section.text:
        return ()
    quote = choose_quote(result, section)
    near = any(n.pair.kind is PairKind.ANSWER and n.pair.section == section_id and n.pair.origin == "curated" for n in result.neighbours)
    if quote.spans and near:
        return quote.spans
    wanted = set(character_grams(result.query.text))
    parts = [quote.text[s:e] for s, e in (trimmed(quote.text, part) for part in clauses(quote.text))]
    parts = [part.rstrip(",，、;；:：。") for part in parts]
    best = max(parts, key=lambda part: len(wanted & set(character_grams(part))), default="")
    return (best,) if best and best in section.text else ()


def has_placeholder(question: str) -> bool:
    """Whether something personal was masked in *question*; such a one is reworded before it is stored."""
    return any(placeholder in question for placeholder in PLACEHOLDERS)
