"""Decisions -> answers: the report's words, quoted and cited, between the fixed sentences of ``texts``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from bot import texts
from bot.messages import Answer, Citation, Outcome, Suggestion, Verdict
from knowledge.addressing import Address
from knowledge.check import CheckedClaim
from knowledge.claim_parts import Support
from knowledge.decide import AnswerStatus, Decision
from knowledge.figures import numbers_in
from knowledge.library import ReportKnowledge
from knowledge.qualifiers import section_years
from knowledge.quote import Quote, choose_quote, opening_quote
from knowledge.records import Candidate, Report, Section, SectionKind
from knowledge.retriever import SearchResult

_YEAR = re.compile(r"\d{4}年")
#: The words of a clause right before a place, if the clause begins at most so many characters before it.
_LEAD = re.compile(r"(?:^|\W)(\w{1,10})$")
#: Sections offered beside an answer.
MAX_SUGGESTIONS = 3


def compose_answer(result: SearchResult, decision: Decision, known: ReportKnowledge) -> Answer:
    """The answer to a searched question."""
    compose = {
        AnswerStatus.ANSWER: _compose_stated,
        AnswerStatus.RELATED: _compose_related,
        AnswerStatus.CLARIFY: _compose_clarify,
        AnswerStatus.REFUSE: _compose_refusal,
    }[decision.status]
    return replace(compose(result, decision, known), report=known.report.id)


def _compose_stated(result: SearchResult, decision: Decision, known: ReportKnowledge) -> Answer:
    section = _section(known, decision.candidates[0].section)
    quote = choose_quote(result, section)
    below = [s for s in known.report.sections if s.parent == section.id]  # an introduction: what it introduces follows
    return Answer(
        Outcome.ANSWER,
        "\n".join([quote.text, *_headings(below), source_line(known.report, section)]),
        (cite(section, quote),),
        suggest(known, decision.candidates[1:]),
        confidence=decision.confidence,
        explanation=explain(result, decision),
        topic=section.id,
    )


def _compose_related(result: SearchResult, decision: Decision, known: ReportKnowledge) -> Answer:
    section = _section(known, decision.candidates[0].section)
    quote = choose_quote(result, section)
    if decision.differs:
        lead = _differs_line(decision.differs, section, known)
    elif decision.missing:
        lead = texts.NOT_STATED_MISSING.format(missing=decision.missing)
    else:
        lead = texts.NOT_STATED
    return Answer(
        Outcome.RELATED,
        f"{lead}\n{texts.NEAREST}\n{quote.text}\n{source_line(known.report, section)}",
        (cite(section, quote),),
        suggest(known, decision.candidates[1:]),
        confidence=decision.confidence,
        explanation=explain(result, decision),
        topic=section.id,
        numbers=tuple(number for words in decision.differs for number in numbers_in(words)),
    )


def _differs_line(differs: Sequence[str], section: Section, known: ReportKnowledge) -> str:
    """What the question names and the section does not speak of; for a year, also the years that it does speak of."""
    named = "、".join(differs)
    if any(known.mentions(words) for words in differs):
        return texts.DIFFERS_HERE.format(differs=named)
    years = sorted(section_years(section, known.report))
    if years and all(_YEAR.fullmatch(words) for words in differs):
        return texts.DIFFERS_YEAR.format(years="、".join(f"{year}年" for year in years), differs=named)
    return texts.DIFFERS.format(differs=named)


def _compose_clarify(result: SearchResult, decision: Decision, known: ReportKnowledge) -> Answer:
    choices = suggest(known, decision.candidates)
    lines = [f"{i}. {choice.question}" for i, choice in enumerate(choices, 1)]
    return Answer(
        Outcome.CLARIFY,
        "\n".join([texts.CLARIFY, *lines]),
        (),
        choices,
        confidence=decision.confidence,
        explanation=explain(result, decision),
        numbers=tuple(str(number) for number in range(1, len(choices) + 1)),
    )


def _compose_refusal(result: SearchResult, decision: Decision, known: ReportKnowledge) -> Answer:
    near = suggest(known, decision.candidates)
    lead = texts.REFUSED if near else texts.DECLINED
    return Answer(Outcome.REFUSE, lead, (), near, confidence=decision.confidence, explanation=explain(result, decision))


def compose_address(address: Address, known: ReportKnowledge, quote: Quote | None = None) -> Answer:
    """The section, the contents, or what exists instead; *quote* is what to cite of it, its opening where none is given."""
    report = known.report
    if address.contents:
        return compose_contents(report)
    if address.section is None:
        return _compose_missing_section(address, report)
    section = address.section
    children = [s for s in report.sections if s.parent == section.id]
    lines = [texts.PRINTED_HEADING.format(label=section.label, title=section.title)]
    if section.text:
        lines.append(section.text)
    if children:
        lines += [texts.UNDER_HEADING if not section.text else texts.SECTIONS_THERE.format(label=section.label), *_headings(children)]
    lines.append(source_line(report, section))
    offered = tuple(map(offer, children[:MAX_SUGGESTIONS])) or _beside(section, report)
    return Answer(Outcome.SECTION, "\n".join(lines), (cite(section, quote or opening_quote(section)),), offered, topic=section.id)


def compose_contents(report: Report) -> Answer:
    """The table of contents."""
    lines = [texts.CONTENTS.format(title=report.title)]
    for section in report.sections:
        if section.kind in {SectionKind.PART, SectionKind.ARTICLE, SectionKind.ITEM}:
            lines.append("\u3000" * section.id.count(".") + texts.PRINTED_HEADING.format(label=section.label, title=section.title))
    parts = [s for s in report.sections if s.kind is SectionKind.PART]
    if not parts:
        parts = _unnumbered(report)
        lines += [texts.NO_PARTS.format(label=part.label) for part in parts]
    cited = tuple(cite(s, Quote(s.title, 0)) for s in parts)
    return Answer(Outcome.CONTENTS, "\n".join(lines), cited, tuple(map(offer, parts)))


def _compose_missing_section(address: Address, report: Report) -> Answer:
    above = address.nearest
    there = [
        s
        for s in report.sections
        if s.parent == (above.id if above else None) and s.kind in {SectionKind.PART, SectionKind.ARTICLE, SectionKind.ITEM}
    ]
    lead = texts.SECTIONS_THERE.format(label=above.label) if above else texts.PARTS_THERE
    lines = [texts.NO_SUCH_SECTION.format(wanted=address.wanted), lead, *_headings(there)]
    if not there:
        there = _unnumbered(report)
        lines[1:] = [texts.NO_PARTS.format(label=section.label) for section in there]
    offered = tuple(map(offer, there))
    return Answer(Outcome.RELATED, "\n".join(lines), (), offered[:MAX_SUGGESTIONS], report=report.id)


def _unnumbered(report: Report) -> list[Section]:
    """The text of a report that has no numbers: one section, its introduction."""
    return [s for s in report.sections if s.kind is SectionKind.PREAMBLE]


def compose_check(checked: CheckedClaim | None, known: ReportKnowledge) -> Answer:
    """A claim beside the report's words."""
    if checked is None:
        return Answer(Outcome.CHECK, texts.CHECK_UNKNOWN, verdict=Verdict.NOT_ENOUGH_INFO, confidence=0.0, report=known.report.id)
    section, quote = checked.section, checked.quote
    lead, introduction = {
        Support.SUPPORTED: (texts.CHECK_SUPPORTED, texts.IN_THE_REPORT),
        Support.REFUTED: (texts.CHECK_REFUTED, texts.IN_THE_REPORT),
        Support.NOT_ENOUGH_INFO: (texts.CHECK_UNKNOWN, texts.NEAREST),
    }[checked.support]
    lines = [lead, texts.CHECKED_CLAIM.format(claim=checked.claim), *_part_lines(checked), introduction, quote.text]
    return Answer(
        Outcome.CHECK,
        "\n".join([*lines, source_line(known.report, section)]),
        (cite(section, quote),),
        suggest(known, checked.result.candidates[1:]),
        verdict=Verdict(checked.support.value),
        confidence=checked.confidence,
        explanation={"parts": [{"words": p.words, "verdict": p.support.value, "stated": p.stated} for p in checked.parts]},
        topic=section.id,
        numbers=tuple(number for part in checked.parts for number in numbers_in(part.words)),
    )


def _part_lines(checked: CheckedClaim) -> list[str]:
    """A line for each piece of the claim with its own verdict, where there is more than the whole."""
    names = {
        Support.SUPPORTED: texts.PART_SUPPORTED,
        Support.REFUTED: texts.PART_REFUTED,
        Support.NOT_ENOUGH_INFO: texts.PART_UNKNOWN,
    }
    lines = []
    for part in checked.parts:
        words = part.words.strip(",。;、 ")
        if not words or part is checked.parts[-1]:  # the last one is the claim as a whole
            continue
        # The report is compared in folded form; only what it prints to the letter is shown as its own.
        stated = part.stated if part.support is Support.REFUTED and part.stated in checked.section.text else ""
        form = texts.CHECKED_PART_STATED if stated else texts.CHECKED_PART
        lines.append(form.format(words=words, verdict=names[part.support], stated=_from_its_beginning(stated, checked.section.text)))
    return list(dict.fromkeys(lines))


def _from_its_beginning(words: str, text: str) -> str:
    """*words* of *text* from where their clause begins, if that is near: not from the middle of a word."""
    lead = _LEAD.search(text[: text.index(words)]) if words else None
    return lead[1] + words if lead else words


def cite(section: Section, quote: Quote) -> Citation:
    """A citation of *quote* in *section*."""
    return Citation(section.report, section.id, section.label, section.title, quote.text)


def source_line(report: Report, section: Section) -> str:
    """Where the words stand: 《title》(number) label section title."""
    number = f"({report.document_number})" if report.document_number else ""
    section_title = "" if section.title == section.label else section.title
    return texts.SOURCE_LINE.format(title=report.title, number=number, label=section.label, section_title=section_title).rstrip()


def suggest(known: ReportKnowledge, candidates: Iterable[Candidate]) -> tuple[Suggestion, ...]:
    """The sections of the first candidates, each by its number and heading, which lead there when sent back."""
    return tuple(offer(_section(known, candidate.section)) for candidate in islice(candidates, MAX_SUGGESTIONS))


def offer(section: Section) -> Suggestion:
    """A section to choose: its number and heading as printed, or its name where it has none."""
    unprinted = {SectionKind.META, SectionKind.PREAMBLE, SectionKind.TAIL}
    return Suggestion(section.label if section.kind in unprinted else f"{section.label} {section.title}", section.id)


def explain(result: SearchResult, decision: Decision) -> dict[str, object]:
    """Why this answer: what matched, every signal, the margin to the next section and the threshold."""
    first, second = (*decision.candidates, None, None)[:2]
    return {
        "query": result.query.text,
        "words": list(result.query.words),
        "matched_question": first.pair.question if first and first.pair else None,
        "signals": {c.section: {"belief": round(c.score, 4), **c.signals} for c in decision.candidates[:MAX_SUGGESTIONS]},
        "stance": {name: round(value, 4) for name, value in result.stance.items()},
        "unknown": {name: round(value, 4) for name, value in result.unknown.items()},
        "margin_to_next": round(first.score - second.score, 4) if first and second else None,
        "confidence": round(decision.confidence, 4),
        "threshold": decision.threshold,
        "differs": list(decision.differs),
    }


def _headings(sections: Sequence[Section]) -> list[str]:
    return [texts.PRINTED_HEADING.format(label=s.label, title=s.title) for s in sections]


def _beside(section: Section, report: Report) -> tuple[Suggestion, ...]:
    ids = [s.id for s in report.sections]
    place = ids.index(section.id)
    near = [report.sections[i] for i in (place - 1, place + 1) if 0 < i < len(ids)]
    return tuple(map(offer, near))


def _section(known: ReportKnowledge, section_id: str) -> Section:
    section = known.section(section_id)
    if section is None:
        raise LookupError(f"{section_id} is no section of {known.report.id}")
    return section
