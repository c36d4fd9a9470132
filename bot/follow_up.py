"""Steps from the section last shown: its text, its place, the next one, more of it."""

from __future__ import annotations

from bot import texts
from bot.compose import compose_address, source_line
from bot.conversation import Resolved, Step
from bot.messages import Answer, Citation, Outcome
from knowledge.addressing import Address
from knowledge.library import Library, ReportKnowledge
from knowledge.quote import Quote, choose_quote, opening_quote, quote_of
from knowledge.records import Section, SectionKind
from knowledge.span import MAX_QUOTE_CHARS, sentences


def take_step(resolved: Resolved, library: Library) -> Answer:
    """Answer a request about the section last shown."""
    step, topic = resolved.step, resolved.topic
    known = library.report(topic.report) if topic else None
    section = known.section(topic.section) if known and topic else None
    if topic is None or known is None or section is None:
        return Answer(Outcome.CLARIFY, texts.NO_CONTEXT)
    if step is Step.ORDINAL:
        return _ordinal(known, section, resolved.number)
    shown = choose_quote(known.search(known.read(topic.question)), section)
    if step is Step.CONTINUE:
        step = Step.NEXT if topic.whole or shown.start + len(shown.text) >= len(section.text) else Step.MORE
    return step_from(section, step or Step.TEXT, shown, known)


def step_from(section: Section, step: Step, shown: Quote, known: ReportKnowledge) -> Answer:
    """A step from *section*, of which *shown* was shown or asked for."""
    if step in {Step.NEXT, Step.PREVIOUS}:
        found = beside(known, section, 1 if step is Step.NEXT else -1)
        if found is None:
            direction = texts.NEXT if step is Step.NEXT else texts.PREVIOUS
            return Answer(Outcome.RELATED, texts.NO_NEIGHBOUR.format(direction=direction), topic=section.id, report=section.report)
        return compose_address(Address(found), known)
    if step is Step.SOURCE:
        citation = Citation(section.report, section.id, section.label, section.title, shown.text)
        return Answer(Outcome.SECTION, source_line(known.report, section), (citation,), topic=section.id)
    return compose_address(Address(section), known, _rest(section, shown) if step is Step.MORE else shown)


def _rest(section: Section, shown: Quote) -> Quote:
    """The sentences after those shown, as many as fit; those before them where none is left; its opening when all was shown."""
    ranges = sentences(section.text)
    after = [r for r in ranges if r[0] >= shown.start + len(shown.text)]
    before = [r for r in ranges if r[1] <= shown.start]
    left = after or before
    fitting = [r for r in left if r[1] - left[0][0] <= MAX_QUOTE_CHARS]
    return quote_of(section, (left[0][0], (fitting or left[:1])[-1][1])) if left else opening_quote(section)


def _ordinal(known: ReportKnowledge, section: Section, number: int) -> Answer:
    """The section of that number below the one last shown, or beside it where it has none below."""
    below = [s for s in known.report.sections if s.parent == section.id and s.kind is not SectionKind.TAIL]
    pool = below or [s for s in known.report.sections if s.parent == section.parent and s.parent and s.kind is not SectionKind.TAIL]
    if number > len(pool) or not pool:
        return compose_address(
            Address(wanted=texts.NTH.format(number=number), nearest=known.section(section.parent or "") or section), known
        )
    return compose_address(Address(pool[number - 1 if number > 0 else -1]), known)


def beside(known: ReportKnowledge, section: Section, distance: int) -> Section | None:
    """The next or previous section with text of its own, in printed order."""
    order = [s for s in known.report.sections if s.text or s.id == section.id]
    place = next(i for i, s in enumerate(order) if s.id == section.id) + distance
    return order[place] if 0 <= place < len(order) else None
