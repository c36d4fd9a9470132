"""Steps from the section last shown: its text, its place, the next one, more of it."""

from __future__ import annotations

from bot import texts
from bot.compose import compose_address, source_line
from bot.conversation import Step, Topic
from bot.messages import Answer, Citation, Outcome
from knowledge.addressing import Address
from knowledge.library import Library, ReportKnowledge
from knowledge.quote import opening_quote
from knowledge.records import Section


def take_step(step: Step, topic: Topic | None, library: Library) -> Answer:
    """Answer a request about the section last shown."""
    known = library.report(topic.report) if topic else None
    section = known.section(topic.section) if known and topic else None
    if known is None or section is None:
        return Answer(Outcome.CLARIFY, texts.NO_CONTEXT)
    if step in {Step.NEXT, Step.PREVIOUS}:
        beside = _beside(known, section, 1 if step is Step.NEXT else -1)
        if beside is None:
            direction = texts.NEXT if step is Step.NEXT else texts.PREVIOUS
            return Answer(Outcome.RELATED, texts.NO_NEIGHBOUR.format(direction=direction), topic=section.id)
        return compose_address(Address(beside), known)
    if step is Step.SOURCE:
        quote = opening_quote(section)
        citation = Citation(section.report, section.id, section.label, section.title, quote.text)
        return Answer(Outcome.SECTION, source_line(known.report, section), (citation,), topic=section.id)
    return compose_address(Address(section), known)


def _beside(known: ReportKnowledge, section: Section, distance: int) -> Section | None:
    """The next or previous section with text of its own, in printed order."""
    order = [s for s in known.report.sections if s.text or s.id == section.id]
    place = next(i for i, s in enumerate(order) if s.id == section.id) + distance
    return order[place] if 0 <= place < len(order) else None
