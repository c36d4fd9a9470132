"""One message, from its text to its answer: read in context, address or search, decide, compose. Pure and quick."""

from __future__ import annotations

from bot import texts
from bot.commands import run_command
from bot.compose import compose_address, compose_answer, compose_check
from bot.conversation import Context, Resolved, Topic, resolve
from bot.follow_up import take_step
from bot.lookups import look_up
from bot.messages import Answer, Outcome
from bot.number_lock import locked
from bot.small_talk import is_declined, recognise_small_talk
from bot.small_talk_answers import answer_small_talk
from knowledge.addressing import resolve_address
from knowledge.check import check_claim, looks_like_claim
from knowledge.decide import decide
from knowledge.library import Library, ReportKnowledge
from knowledge.normalize import MAX_QUERY_CHARS, fold


def answer_message(text: str, library: Library, context: Context) -> tuple[Answer, Context]:
    """Answer *text*.

    Args:
        text: What a person typed; anything at all.
        library: The live release.
        context: What the conversation remembers.

    Returns:
        The answer, and the context after it.
    """
    if not any(char.isalnum() for char in fold(text)):
        return Answer(Outcome.REFUSE, texts.EMPTY), context
    if len(text) > MAX_QUERY_CHARS:
        return Answer(Outcome.REFUSE, texts.TOO_LONG), context
    answer, context = _answer(text, library, context)
    return locked(answer, text, library), context


def _answer(text: str, library: Library, context: Context) -> tuple[Answer, Context]:
    command = run_command(text, library, context)
    if isinstance(command, Answer):
        return command, _remember(context, command, library.default, text)
    text = command
    if kind := recognise_small_talk(text):
        return answer_small_talk(kind, library.default), context
    if is_declined(text):
        return Answer(Outcome.REFUSE, texts.DECLINED), context
    resolved = resolve(text, context)
    if resolved.step:
        answer = take_step(resolved, library)
        return answer, _remember(context, answer, library.default, resolved.topic.question if resolved.topic else text)
    known, answer = _answer_question(resolved, library)
    return answer, _remember(context, answer, known, resolved.text)


def _answer_question(resolved: Resolved, library: Library) -> tuple[ReportKnowledge, Answer]:
    known = library.default
    if address := resolve_address(resolved.text, known.report):
        return known, compose_address(address, known)
    query = known.read(resolved.text)
    qualifiers = known.qualifiers(query)
    chosen = library.choose(qualifiers.years, qualifiers.places)
    if chosen is not known:
        known, query = chosen, chosen.read(resolved.text)
        qualifiers = known.qualifiers(query)
    if looks_like_claim(query.text):
        return known, compose_check(check_claim(resolved.text, known), known)
    wider = known.read(resolved.wider) if resolved.wider else None
    favored = dict(resolved.favored)
    if wider and not known.names_topic(query):  # 依据的是什么文件: only what was talked about can be meant
        favored = {section: 2 * boost for section, boost in favored.items()}
    result = known.search(query, favored=favored, wider=wider, years=qualifiers.years)
    decision = decide(result, known, qualifiers)
    return known, look_up(resolved.text, result, decision, known) or compose_answer(result, decision, known)


def _remember(context: Context, answer: Answer, known: ReportKnowledge, question: str) -> Context:
    return context.with_topic(Topic(known.report.id, answer.topic, question)) if answer.topic else context
