"""What is kept of a message once it has been answered: its words without personal particulars, and nothing on who sent it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.conversation import Context, resolve
from bot.masking import mask
from bot.messages import Answer, IncomingMessage, Outcome, Reply
from bot.state.base import StoredReply
from knowledge.normalize import MAX_QUERY_CHARS

#: Parts of an explanation that repeat what was typed.
_TYPED = ("query", "words", "parts", "differs")


def kept_reply(message: IncomingMessage, context: Context, reply: Reply, *, report: str) -> StoredReply:
    """The row of *reply*.

    Args:
        message: What was answered.
        context: The context before it.
        reply: The reply.
        report: Report that answers when none is named; the one cited counts more.
    """
    answer = reply.answer
    masked = mask(message.text) if len(message.text) <= MAX_QUERY_CHARS else ""
    question = masked if _says_something(answer, masked) else ""
    cited = answer.citations[0] if answer.citations else None
    offered = answer.suggestions[0].section if answer.suggestions else ""
    return StoredReply(
        reply.reply_id,
        message.channel,
        reply.release,
        answer.outcome.value,
        cited.section if cited else "",
        _kept_explanation(answer, message.text, masked),
        question=question,
        report=cited.report if cited else report,
        nearest=cited.section if cited else offered,
        confidence=answer.confidence,
        whole=not question or _is_whole(message.text, context),
    )


def kept_context(context: Context, before: Context) -> Context:
    """*context* with its questions masked; those of the context *before* the message are masked already."""
    topics = (topic if topic in before.topics else replace(topic, question=mask(topic.question)) for topic in context.topics)
    return Context(tuple(topics))


def _says_something(answer: Answer, text: str) -> bool:
    """Greetings and empty messages tell an admin nothing."""
    return answer.outcome not in {Outcome.SMALLTALK, Outcome.HELP} and any(map(str.isalnum, text))


def _kept_explanation(answer: Answer, text: str, masked: str) -> dict[str, Any]:
    if masked == text:
        return answer.explanation
    # Single words of a masked text may still be a name or a number.
    return {key: value for key, value in answer.explanation.items() if key not in _TYPED} | {"query": masked}


def _is_whole(text: str, context: Context) -> bool:
    """Whether *text* would be read the same in a new conversation."""
    resolved = resolve(text, context)
    return resolved.step is None and not resolved.wider and resolved.text in text
