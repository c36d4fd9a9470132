"""Answers to small talk, from the fixed sentences and the report's own headings."""

from __future__ import annotations

from bot import texts
from bot.compose import offer
from bot.messages import Answer, Outcome, Suggestion
from bot.small_talk import SmallTalk
from knowledge.library import ReportKnowledge
from knowledge.records import SectionKind

_SENTENCES = {
    SmallTalk.GREETING: texts.GREETING,
    SmallTalk.THANKS: texts.THANKS,
    SmallTalk.GOODBYE: texts.GOODBYE,
    SmallTalk.WHO: texts.WHO,
    SmallTalk.PRAISE: texts.PRAISE,
}


def answer_small_talk(kind: SmallTalk, known: ReportKnowledge) -> Answer:
    """The answer to *kind* of small talk."""
    if kind is SmallTalk.HELP:
        return answer_help(known)
    if kind is SmallTalk.CAPABILITIES:
        parts = [s for s in known.report.sections if s.kind is SectionKind.PART]
        lines = "\n".join(f"{s.label}{s.title}" for s in parts)
        form = texts.CAPABILITIES if parts else texts.CAPABILITIES_WITHOUT_PARTS
        text = form.format(title=known.report.title, count=len(parts), parts=lines)
        return Answer(Outcome.HELP, text, suggestions=examples(known))
    offered = examples(known) if kind in {SmallTalk.GREETING, SmallTalk.WHO} else ()
    return Answer(Outcome.SMALLTALK, _SENTENCES[kind], suggestions=offered)


def answer_help(known: ReportKnowledge) -> Answer:
    """How to use the bot, with examples that this report answers."""
    offered = examples(known)
    leaf = next((s for s in known.report.sections if s.kind is SectionKind.ITEM), known.report.sections[-1])
    text = texts.HELP.format(example=offered[0].question if offered else known.report.title, label=leaf.label)
    return Answer(Outcome.HELP, text, suggestions=offered)


def examples(known: ReportKnowledge, count: int = 3) -> tuple[Suggestion, ...]:
    """Questions to begin with: the admin's examples, or the headings of the parts."""
    if known.examples():
        return tuple(Suggestion(question, section) for question, section in known.examples()[:count])
    parts = [s for s in known.report.sections if s.kind is SectionKind.PART]
    return tuple(offer(part) for part in parts[:count])
