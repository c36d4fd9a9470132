"""One message, from its text to its answer: read in context, address or search, decide, compose. Pure and quick."""

from __future__ import annotations

from bot import texts
from bot.commands import run_command
from bot.compose import compose_address
from bot.conversation import Context, Topic, resolve
from bot.edition_answers import with_edition_note
from bot.follow_up import take_step
from bot.messages import Answer, Outcome
from bot.number_lock import locked
from bot.one_report import answer_from
from bot.routing import answer_from_editions
from bot.small_talk import is_declined, likely_small_talk, recognise_small_talk
from bot.small_talk_answers import answer_small_talk
from knowledge.addressing import Address
from knowledge.library import Library
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
    if not any(char.isalnum() for char in fold(text)) and not recognise_small_talk(text):  # 👍 says something
        return Answer(Outcome.REFUSE, texts.EMPTY), context
    if len(text) > MAX_QUERY_CHARS:
        return Answer(Outcome.REFUSE, texts.TOO_LONG), context
    answer, question = _answer(text, library, context)
    if answer.topic:
        report = next(iter(answer.reports), library.default.report.id)
        context = context.with_topic(Topic(report, answer.topic, question, whole=_shows_whole(answer, report, library)))
    return locked(with_edition_note(answer, library.editions), text, library), context


def _shows_whole(answer: Answer, report: str, library: Library) -> bool:
    known = library.report(report) if answer.outcome is Outcome.SECTION else None
    section = known.section(answer.topic) if known else None
    return section is not None and section.text in answer.text


def answer_section(report: str, section: str, library: Library) -> Answer | None:
    """A section chosen by its id, as an answer; None where *library* does not hold it."""
    known = library.report(report)
    found = known.section(section) if known else None
    if known is None or found is None:
        return None
    return locked(with_edition_note(compose_address(Address(found), known), library.editions), "", library)


def _answer(text: str, library: Library, context: Context) -> tuple[Answer, str]:
    """The answer to *text*, and the question that it answers: in a conversation *text* may be only a part of it."""
    command = run_command(text, library, context)
    if isinstance(command, Answer):
        return command, text
    text = command
    if kind := recognise_small_talk(text):
        return answer_small_talk(kind, library.default), text
    if is_declined(text):
        return Answer(Outcome.REFUSE, texts.DECLINED), text
    resolved = resolve(text, context)
    if resolved.step:
        return take_step(resolved, library), resolved.topic.question if resolved.topic else text
    if len(library.editions) > 1:
        answer, asked = answer_from_editions(text, resolved, library, context)
    else:
        answer, asked = answer_from(library.default, resolved), resolved.text
    if answer.outcome is Outcome.REFUSE and (kind := likely_small_talk(text)):
        return answer_small_talk(kind, library.default), text
    return answer, asked
