"""Results while somebody types: the clauses that may answer, or the topics people ask about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.compose import cite
from bot.conversation import Context, Resolved
from bot.messages import Answer, Citation, Outcome
from bot.one_report import find_in
from bot.pipeline import answer_message
from bot.small_talk_answers import examples
from bot.state.base import SectionUse
from knowledge.decide import AnswerStatus
from knowledge.library import Library, ReportKnowledge
from knowledge.quote import choose_quote, opening_quote
from knowledge.records import SectionKind

MAX_RESULTS = 10
_SHOWN = {Outcome.ANSWER, Outcome.RELATED, Outcome.SECTION, Outcome.CHECK}


@dataclass(frozen=True, slots=True)
class InlineResult:
    """A clause to choose.

    Attributes:
        title: What it is: number and heading.
        answer: The answer that it is; None for a clause that may answer.
        cited: The clause.
    """

    title: str
    answer: Answer | None
    cited: Citation


def inline_results(text: str, library: Library, *, limit: int = MAX_RESULTS) -> list[InlineResult]:
    """What *text* may mean, best first, each section once: the answer itself, then the next candidates.

    What the report does not speak of gives nothing, and neither does what is no question.
    """
    answer, _ = answer_message(text, library, Context())
    if answer.outcome not in _SHOWN | {Outcome.CLARIFY}:
        return []
    found: list[InlineResult] = []
    if answer.outcome in _SHOWN and answer.citations:
        shown = next((c for c in answer.citations if c.quote in answer.text), answer.citations[0])
        found.append(InlineResult(_title(shown), answer, shown))
    known = library.report(next(iter(answer.reports), "")) or library.default
    decided = find_in(known, Resolved(text))
    if decided.decision.status is AnswerStatus.REFUSE:
        return found
    for candidate in decided.result.candidates:
        section = known.section(candidate.section)
        if section and section.text and all(section.id != one.cited.section for one in found):
            found.append(_of(cite(section, choose_quote(decided.result, section))))
    return found[:limit]


def popular_topics(use: Iterable[SectionUse], library: Library, *, limit: int = MAX_RESULTS) -> list[InlineResult]:
    """What people ask about most, of the report that answers by default; filled up with its examples and the first words of its parts."""
    known = library.default
    asked = sorted((one for one in use if one.report == known.report.id and one.section), key=lambda one: -one.asked)
    parts = [s.id for s in known.report.sections if s.kind in {SectionKind.PART, SectionKind.ARTICLE, SectionKind.ITEM}]
    wanted = dict.fromkeys([*(one.section for one in asked), *(e.section for e in examples(known)), *parts])
    return _openings(list(wanted), known)[:limit]


def _openings(sections: Sequence[str], known: ReportKnowledge) -> list[InlineResult]:
    found = (known.section(section) for section in sections)
    return [_of(cite(section, opening_quote(section))) for section in found if section and section.text]


def _of(cited: Citation) -> InlineResult:
    return InlineResult(_title(cited), None, cited)


def _title(cited: Citation) -> str:
    return cited.label if cited.title == cited.label else f"{cited.label} {cited.title}"
