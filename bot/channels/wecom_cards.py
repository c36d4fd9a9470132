"""Template cards of the application: choices and feedback, and what their buttons send when they are tapped.

Source: developer.work.weixin.qq.com/document/path/90236, 按钮交互型: at most 6 buttons, a key of at most 1024 bytes; a task_id of digits,
letters and ``_-@``, at most 128 bytes, which no other card of the application may have. Longer words are cut by WeCom, where
depends on the screen; what it advises is kept here: 26 characters of a title, 30 below it, 10 on a button.

A card is shown beside the same words as text, since the workbench in WeChat shows none. A button's key holds all that a tap needs, so that
a card of last week works after any number of restarts:

    q:REPLY:QUESTION    ask it
    +:REPLY  -:REPLY    feedback            -:REPLY:REASON      why it was of no use
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ulid import ULID

from bot import texts
from bot.channels.layout import heading_of
from bot.messages import Outcome, Reply

MAX_BUTTONS = 6
MAX_KEY_BYTES = 1024
_TITLE_CHARS, _BELOW_CHARS, _BUTTON_CHARS = 26, 30, 10
ASK, HELPFUL, UNHELPFUL = "q", "+", "-"

Card = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tap:
    """What a tapped button sent.

    Attributes:
        action: ``ASK``, ``HELPFUL`` or ``UNHELPFUL``; anything else does nothing.
        reply_id: Reply that the card belongs to.
        words: The question, or a key of ``texts.FEEDBACK_REASONS``; empty for none.
    """

    action: str
    reply_id: str
    words: str

    @classmethod
    def read(cls, key: str) -> Tap:
        """Read any key; what no button sends has an action that is none."""
        action, _, rest = key.partition(":")
        reply_id, _, words = rest.partition(":")
        return cls(action, reply_id, words)


def choice_card(reply: Reply) -> Card | None:
    """The readings that a reply asks to choose from; None where it does not ask, or where they are too many or too long for a card."""
    answer = reply.answer
    questions = [one.question for one in answer.suggestions]
    if answer.outcome is not Outcome.CLARIFY or not 0 < len(questions) <= MAX_BUTTONS:
        return None
    keys = [f"{ASK}:{reply.reply_id}:{question}" for question in questions]
    if any(len(key.encode()) > MAX_KEY_BYTES for key in keys):
        return None
    labels = [f"{number} {heading_of(question)}" for number, question in enumerate(questions, 1)]
    return _card(answer.text.partition("\n")[0], texts.CARD_CHOOSE, list(zip(labels, keys, strict=True)))


def judge_card(reply_id: str) -> Card:
    """Whether a reply was of use."""
    buttons = [(texts.CARD_HELPFUL, f"{HELPFUL}:{reply_id}"), (texts.CARD_UNHELPFUL, f"{UNHELPFUL}:{reply_id}")]
    return _card(texts.CARD_JUDGE, "", buttons)


def reasons_card(reply_id: str) -> Card:
    """Why a reply was of no use, in place of the card that said so."""
    buttons = [(words, f"{UNHELPFUL}:{reply_id}:{reason}") for reason, words in texts.FEEDBACK_REASONS.items()]
    return _card(texts.FEEDBACK_WHY, "", buttons)


def tapped_label(tap: Tap) -> str:
    """What stands in place of the buttons after a tap that ends a card."""
    if tap.action == ASK:
        return cut_words(texts.CARD_CHOSEN.format(question=tap.words), _TITLE_CHARS)
    return texts.CARD_JUDGED


def _card(title: str, below: str, buttons: Sequence[tuple[str, str]]) -> Card:
    heading: Mapping[str, str] = {"title": cut_words(title, _TITLE_CHARS)} | ({"desc": cut_words(below, _BELOW_CHARS)} if below else {})
    return {
        "card_type": "button_interaction",
        "main_title": dict(heading),
        "button_list": [{"text": cut_words(words, _BUTTON_CHARS), "style": 1, "key": key} for words, key in buttons],
        "task_id": f"wenbao-{ULID()}",
    }


def cut_words(words: str, chars: int) -> str:
    """*words* in at most *chars* characters, the last of them … where something is left out."""
    return words if len(words) <= chars else words[: chars - 1] + "…"
