"""A question put to one report: a section asked for, a claim checked, or searched for, decided on and composed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.compose import compose_address, compose_answer, compose_check
from bot.conversation import Resolved
from bot.follow_up import step_from
from bot.lookups import look_up
from bot.messages import Answer
from bot.part_topic import place_on_topic
from knowledge.addressing import resolve_address
from knowledge.aspect import asked_aspect
from knowledge.check import check_claim, looks_like_claim
from knowledge.decide import AnswerStatus, Decision, decide
from knowledge.library import ReportKnowledge
from knowledge.quote import choose_quote
from knowledge.retriever import SearchResult

#: Log odds given to the section that is meant.
_MEANT = 30.0


@dataclass(frozen=True, slots=True)
class Found:
    """What one report has on a question.

    Attributes:
        known: The report.
        text: The question as put to it.
        result: What the search found.
        decision: What to do about it.
    """

    known: ReportKnowledge
    text: str
    result: SearchResult
    decision: Decision


def answer_from(known: ReportKnowledge, resolved: Resolved) -> Answer:
    """The answer of one report."""
    answer: Answer
    if resolved.about is None and not _leans(known, resolved):
        # What many people ask is the same for all of them, whatever each has asked before.
        answer = known.answered.recall(resolved.text, lambda: _answer_from(known, Resolved(resolved.text)))
    else:
        answer = known.continued.recall(resolved, lambda: _answer_from(known, resolved))
    return answer


def _answer_from(known: ReportKnowledge, resolved: Resolved) -> Answer:
    if address := resolve_address(resolved.text, known.report):
        return compose_address(address, known)
    if resolved.about and (described := _answer_about(known, resolved)):
        return described
    if looks_like_claim(known.read(resolved.text).text):
        return compose_check(check_claim(resolved.text, known), known)
    return compose_found(find_in(known, resolved))


def _leans(known: ReportKnowledge, resolved: Resolved) -> bool:
    """Whether what a message means depends on the conversation; a whole question that names a topic is answered as if it were the first.

    What is lacking or planned may be so of the topic before.
    """
    if not (resolved.favored or resolved.wider or resolved.earlier):
        return False
    query = known.read(resolved.text)
    return not resolved.whole or not known.names_topic(query) or asked_aspect(query.text, known.report.year) is not None


def _answer_about(known: ReportKnowledge, resolved: Resolved) -> Answer | None:
    """The step wanted of the section that the message describes; None where its words lead to none for sure."""
    assert resolved.about is not None
    step, words = resolved.about
    found = find_in(known, replace(resolved, text=words, wider=""))
    first = found.decision.candidates[0].section if found.decision.candidates else ""
    section = known.section(first)
    sure = found.decision.status is AnswerStatus.ANSWER or (
        found.decision.status is AnswerStatus.RELATED and not found.decision.differs and first in dict(resolved.favored)
    )
    return step_from(section, step, choose_quote(found.result, section), known) if section and sure else None


def find_in(known: ReportKnowledge, resolved: Resolved, *, years: Sequence[int] = ()) -> Found:
    """Search one report for a question, and decide.

    Args:
        known: The report.
        resolved: The question in its conversation.
        years: Years that are asked for besides those that the text names.
    """
    query = known.read(resolved.text)
    qualifiers = known.qualifiers(query)
    qualifiers = replace(qualifiers, years=tuple(dict.fromkeys([*qualifiers.years, *years])))
    favored, wider = {}, None
    if _leans(known, resolved):
        favored = dict(resolved.favored)
        if resolved.wider:
            wider = known.read(resolved.wider)
            if not known.names_topic(query):  # 依据的是什么文件: only what was talked about can be meant
                favored = {section: 2 * boost for section, boost in favored.items()}
    result = known.search(query, favored=favored, wider=wider, years=qualifiers.years)
    place = place_on_topic(query, result, resolved.earlier, known) if resolved.earlier else None
    if place and place.section:
        result = known.search(query, favored={**favored, place.section: _MEANT}, wider=wider, years=qualifiers.years)
    decision = decide(result, known, qualifiers)
    if place and not place.section and decision.status is AnswerStatus.ANSWER:
        decision = replace(decision, status=AnswerStatus.RELATED, confidence=0.0)
    return Found(known, resolved.text, result, decision)


def compose_found(found: Found) -> Answer:
    """The answer to what was found."""
    looked_up = look_up(found.text, found.result, found.decision, found.known)
    return looked_up or compose_answer(found.result, found.decision, found.known)
