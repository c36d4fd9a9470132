"""Cards of the 智能机器人: questions to tap beside an answer, and the answer in place of a card that was tapped.

Sources: developer.work.weixin.qq.com/document/path/101031, 101032. A card in place of a tapped one must carry its task_id, which is not
known here. Of a text_notice: at most 3 entries that jump; one of type 3 asks a question of at most 200 bytes for the member, its title
13 characters; the card itself must lead somewhere (type 1 or 2).
"""

from __future__ import annotations

from typing import Any

from bot import texts
from bot.channels.layout import heading_of, shown_citation
from bot.channels.text_desk import Said
from bot.channels.wecom_cards import Card, choice_card, cut_words
from bot.channels.wecom_text import printable, without_choices
from bot.messages import Outcome, Reply

MAX_JUMPS = 3
MAX_QUESTION_BYTES = 200
_JUMP_CHARS, _TITLE_CHARS, _BODY_CHARS = 13, 26, 112
_ASKS = 3
#: Where a tap beside the questions leads. A text_notice must lead somewhere, and wenbao has no page that a member could be led to.
_LEADS_TO = {"type": 1, "url": "https://work.weixin.qq.com/"}


def card_below(reply: Reply) -> Card | None:
    """The card below an answer: its readings to choose from, or questions to ask next; None for neither."""
    if reply.answer.outcome is Outcome.CLARIFY:
        return choice_card(reply)
    jumps = _jumps(reply)
    return (
        {"card_type": "text_notice", "main_title": {"title": texts.CARD_NEXT}, "jump_list": jumps, "card_action": _LEADS_TO}
        if jumps
        else None
    )


def is_all_below(reply: Reply, card: Card | None) -> bool:
    """Whether the card offers all that can be asked next, so that the text need not."""
    if card is None:
        return not reply.answer.suggestions
    return len(card.get("button_list") or card.get("jump_list") or ()) == len(reply.answer.suggestions)


def answer_card(asked: str, said: Said) -> Card:
    """The answer to a question that was tapped, as the card in place of the one with the button."""
    title = {"title": cut_words(printable(asked), _TITLE_CHARS)}
    card: dict[str, Any] = {"card_type": "text_notice", "main_title": title, "card_action": _LEADS_TO}
    if said.reply is None:
        return card | {"sub_title_text": cut_words(said.text, _BODY_CHARS)}
    answer = said.reply.answer
    shown = shown_citation(answer)
    if shown:
        card["quote_area"] = {"type": 0, "title": f"{shown.label} {shown.title}", "quote_text": shown.quote}
    if shown is None or answer.outcome in {Outcome.RELATED, Outcome.CHECK}:  # what is said of the clause
        card["sub_title_text"] = cut_words(without_choices(answer).partition("\n")[0], _BODY_CHARS)
    if jumps := _jumps(said.reply):
        card["jump_list"] = jumps
    return card | {"feedback": {"id": said.reply.reply_id}}


def later_card(asked: str, key: str) -> Card:
    """For somebody who taps too fast: the same question, to be tapped again."""
    return {
        "card_type": "button_interaction",
        "main_title": {"title": cut_words(printable(asked), _TITLE_CHARS)},
        "sub_title_text": texts.RATE_LIMITED,
        "button_list": [{"text": texts.CARD_AGAIN, "style": 1, "key": key}],
    }


def unknown_card() -> Card:
    """In place of a card whose buttons nobody knows any more."""
    return {"card_type": "text_notice", "main_title": {"title": texts.PRESS_UNKNOWN}, "card_action": _LEADS_TO}


def _jumps(reply: Reply) -> list[dict[str, Any]]:
    questions = [one.question for one in reply.answer.suggestions if len(one.question.encode()) <= MAX_QUESTION_BYTES]
    return [
        {"type": _ASKS, "title": cut_words(heading_of(question), _JUMP_CHARS), "question": question} for question in questions[:MAX_JUMPS]
    ]
