"""What is sent to a customer of 微信客服, and what an entry that they tap sends back.

Sources: developer.work.weixin.qq.com/document/path/94677 (text 2048 bytes; a menu has at most 10 entries, 1024 bytes above them), 95122.
Of an entry's id some say 64 bytes and some 128, of its words 128: the smaller ones are kept.

An entry's id: REPLY:N the question offered as number N, REPLY:+ and REPLY:- feedback, REPLY:-REASON why it was of no use; any other
stands for its words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import texts
from bot.channels.text_desk import Said
from bot.channels.wecom_text import has_choices, plain_text, printable, split_text, text_parts, without_choices
from bot.messages import Outcome

Message = dict[str, Any]

#: What may be sent after each message of a customer.
MAX_MESSAGES = 5
#: What is said at once: one of them is kept for what the customer writes meanwhile.
MOST_AT_ONCE = MAX_MESSAGES - 1
MAX_HEAD_BYTES, MAX_ENTRY_BYTES, MAX_ENTRIES = 1024, 128, 10
_JUDGED = frozenset({Outcome.ANSWER, Outcome.RELATED, Outcome.CHECK})
#: After these a person may know more.
_LEFT_OPEN = frozenset({Outcome.REFUSE, Outcome.RELATED})
_CUT = "……"
_WANTS_PERSON = re.compile(
    r"(请|麻烦|帮我|给我|我要|我想|想要|要|能不能|可以|能)*(转接|转|找|接|换|联系|叫|连)?(到|个|一下|一个|位)*"
    r"(人工|真人|活人|工作人员|人工客服|人工服务|人工坐席|客服|客服人员|真人客服)(客服|服务|坐席|来)?(吗|吧|呢|谢谢)?[。！!？?\s]*"
)


@dataclass(frozen=True, slots=True)
class MenuChoice:
    """An entry that was tapped.

    Attributes:
        reply_id: Reply that it stood below.
        number: Of the question, from 1; 0 for feedback.
        helpful: The feedback.
        reason: A key of ``texts.FEEDBACK_REASONS``, or empty.
    """

    reply_id: str
    number: int = 0
    helpful: bool = False
    reason: str = ""

    @classmethod
    def read(cls, entry_id: str) -> MenuChoice | None:
        """None for an id that no entry has."""
        reply_id, _, what = entry_id.partition(":")
        if not reply_id or not what:
            return None
        if what.isascii() and what.isdecimal() and len(what) <= 2:
            return cls(reply_id, number=int(what))
        return cls(reply_id, helpful=what == "+", reason=what[1:]) if what[0] in "+-" else None


def wants_person(words: str) -> bool:
    """Whether somebody asks for a person, and for nothing else: 转人工, 找人工客服, 有真人吗."""
    return bool(_WANTS_PERSON.fullmatch(words.strip().removeprefix("有")))


def messages_of(said: Said, *, most: int = MOST_AT_ONCE, has_person: bool = False) -> list[Message]:
    """What is said, as a few messages: the text, and what to tap next, in one where they fit.

    Args:
        said: What is said.
        most: Messages at most.
        has_person: Whether a customer can be handed to a person, which help and what was left open then tell.
    """
    is_help = said.reply is not None and said.reply.answer.outcome is Outcome.HELP
    return _messages(said, most, has_person=has_person, tells=has_person and is_help)


def _messages(said: Said, most: int, *, has_person: bool, tells: bool) -> list[Message]:
    """``messages_of``; *tells*: with a line on how to come to a person."""
    entries = _entries(said, has_person=has_person)
    answer = said.reply.answer if said.reply else None
    below = f"\n{texts.KF_PERSON_HERE}" if tells else ""
    if not entries:
        return [_text(part) for part in text_parts(plain_text(said) + below, most=most)]
    text = printable(without_choices(answer) if answer and has_choices(answer) else plain_text(said, numbered=False)).strip() + below
    if len(text.encode()) <= MAX_HEAD_BYTES:
        return [_menu(text, entries)]
    if most == 1:
        return [_text(part) for part in text_parts(text, most=1)]
    return [*(_text(part) for part in text_parts(text, most=most - 1)), _menu(texts.CARD_NEXT, entries)]


def joined_messages(answers: Sequence[tuple[str, Said]], *, most: int, has_person: bool = False) -> list[Message]:
    """Several answers in at most *most* messages, each below its question; for *has_person* see ``messages_of``."""
    heads = [f"{texts.ASKED_LINE.format(question=asked)}\n" if asked else "" for asked, _ in answers]
    blocks = [f"{head}{plain_text(said, numbered=False)}" for head, (_, said) in zip(heads, answers, strict=True)]
    if has_person and any(said.reply and said.reply.answer.outcome in {*_LEFT_OPEN, Outcome.HELP} for _, said in answers):
        blocks.append(texts.KF_PERSON_HERE)
    return [_text(part) for part in text_parts("\n\n".join(blocks), most=most)]


def welcome_message(said: Said, *, has_person: bool = False) -> Message:
    """The one message in which a customer is welcomed; for *has_person* see ``messages_of``."""
    return _messages(said, 1, has_person=has_person, tells=has_person)[0]


def reasons_message(reply_id: str) -> Message:
    """Asks why a reply was of no use."""
    return _menu(texts.FEEDBACK_WHY, [(f"{reply_id}:-{reason}", words) for reason, words in texts.FEEDBACK_REASONS.items()])


def is_whole(words: str) -> bool:
    """Whether an entry shows all of its question."""
    return not words.endswith(_CUT)


def _entries(said: Said, *, has_person: bool) -> list[tuple[str, str]]:
    """(id, words) of what can be tapped."""
    if said.reply is None:
        return [(f"{said.judged}:+", texts.KF_HELPFUL), (f"{said.judged}:-", texts.KF_UNHELPFUL)] if said.judged else []
    reply = said.reply
    judging = [(f"{reply.reply_id}:+", texts.KF_HELPFUL), (f"{reply.reply_id}:-", texts.KF_UNHELPFUL)]
    if reply.answer.outcome not in _JUDGED:
        judging = []
    asking = [(f"{reply.reply_id}:{n}", _shown(one.question)) for n, one in enumerate(reply.answer.suggestions, 1)]
    person = [(f"{reply.reply_id}:person", texts.KF_PERSON)] if has_person and reply.answer.outcome in _LEFT_OPEN else []
    return [*asking[: MAX_ENTRIES - len(judging) - len(person)], *person, *judging]


def _shown(question: str) -> str:
    question = printable(question)
    if len(question.encode()) <= MAX_ENTRY_BYTES:
        return question
    return split_text(question, max_bytes=MAX_ENTRY_BYTES - len(_CUT.encode()))[0] + _CUT


def _text(content: str) -> Message:
    return {"msgtype": "text", "text": {"content": content}}


def _menu(head: str, entries: Sequence[tuple[str, str]]) -> Message:
    clicks = [{"type": "click", "click": {"id": entry_id, "content": words}} for entry_id, words in entries]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": clicks}}
