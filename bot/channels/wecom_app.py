"""What members do in the application, each led to where it is answered: messages, menus, cards that were tapped.

Sources: developer.work.weixin.qq.com/document/path/90239 messages, 90240 events, 90238 what tells one from another.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot import texts
from bot.channels.text_desk import Later, Person, Said, TextDesk
from bot.channels.wecom_cards import ASK, HELPFUL, UNHELPFUL, Card, Tap, choice_card, judge_card, reasons_card, tapped_label
from bot.identity import Identities

log = logging.getLogger(__name__)

CHANNEL = "wecom"
#: Kinds of message and what they are called in ``texts.ONLY_TEXT_KINDS``.
_KINDS = {"image": "photo", "voice": "voice", "video": "video", "location": "location", "link": "link", "file": "document"}
_WELCOMED = frozenset({"subscribe", "enter_agent"})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What goes back to a member.

    Attributes:
        said: What is said; None for nothing.
        asked: A question to repeat above it, where the member chose it by a button.
        card: A card beside the text.
        response_code: Of a tapped card that is to be changed; empty for none.
        label: What stands in place of its buttons then; or
        replaced_by: the card in its place.
        passive: Whether it may be said in the response to the callback.
    """

    said: Said | None = None
    asked: str = ""
    card: Card | None = None
    response_code: str = ""
    label: str = ""
    replaced_by: Card | None = None
    passive: bool = True


class WeComApp:
    """Answers members of the organisation.

    Args:
        desk: Answers.
        identities: Who is who, as keyed hashes.
        admins: Userids of admins.
        agent_id: AgentId of the application.
    """

    def __init__(self, desk: TextDesk, identities: Identities, admins: frozenset[str], agent_id: int) -> None:
        self.desk = desk
        self._identities = identities
        self._admins = admins
        self._agent_id = agent_id

    def key_of(self, payload: Mapping[str, Any]) -> str:
        """What tells a message or event from others; the same when it is delivered again. Holds no id of a person.

        Of an event WeCom names sender and time; what happened is added, since entering the application for the first time is two
        events in one second, and so may be two taps.
        """
        if message_id := _text(payload, "MsgId"):
            return f"{self._agent_id}:{message_id}"
        parts = [_text(payload, name) for name in ("FromUserName", "CreateTime", "Event", "EventKey", "TaskId")]
        # A key outlives the message by days, and an EventKey may hold a question: neither is to be read back from it.
        digest = hashlib.sha256("\n".join(parts[3:]).encode()).hexdigest()
        return f"{self._agent_id}:event:{self._identities.conversation(CHANNEL, 'event', *parts[:3], digest)}"

    def person(self, payload: Mapping[str, Any]) -> Person:
        """Who sent it. A conversation with the application is one with one member."""
        user = _text(payload, "FromUserName")
        sender = self._identities.sender(CHANNEL, user)
        conversation = self._identities.conversation(CHANNEL, self._agent_id, user)
        return Person(CHANNEL, user, sender, conversation, is_admin=user in self._admins)

    async def respond(self, person: Person, payload: Mapping[str, Any], *, key: str, later: Later, anew: bool) -> Outgoing:
        """Answer a message or event.

        Args:
            person: From ``person``.
            payload: The elements of the message.
            key: From ``key_of``.
            later: Says how a command ended that takes long.
            anew: Whether no earlier process can have answered it.

        Raises:
            StateError: If the state cannot be read or kept.
        """
        kind = _text(payload, "MsgType")
        if not person.user:
            return Outgoing()
        if kind == "text":
            return _with_card(await self.desk.respond(person, _text(payload, "Content"), question=key, later=later, anew=anew))
        if kind == "event":
            return await self._on_event(person, payload, key, later)
        return Outgoing(await self.desk.only_text(person, _KINDS.get(kind, "")))

    async def _on_event(self, person: Person, payload: Mapping[str, Any], key: str, later: Later) -> Outgoing:
        event = _text(payload, "Event")
        if event in _WELCOMED:
            return Outgoing(await self.desk.welcome(person))
        if event == "click":  # of the menu, whose keys are commands
            return _with_card(await self.desk.respond(person, _text(payload, "EventKey"), question=key, later=later))
        if event == "template_card_event":
            return await self._on_tap(person, Tap.read(_text(payload, "EventKey")), _text(payload, "ResponseCode"), key)
        return Outgoing()  # a page was opened, a place reported, the application left: nothing to say

    async def _on_tap(self, person: Person, tap: Tap, code: str, key: str) -> Outgoing:
        # A text in the response to a tap is not promised anywhere, and the card is to change first: all of it by requests.
        if tap.action == ASK and tap.words:
            said = await self.desk.choose(person, tap.words, question=key)
            card = choice_card(said.reply) if said and said.reply else None
            return Outgoing(said, tap.words, card, code, tapped_label(tap), passive=False)
        if tap.action not in {HELPFUL, UNHELPFUL}:
            return Outgoing(Said(texts.PRESS_UNKNOWN), passive=False)
        judged = await self.desk.judge(tap.reply_id, helpful=tap.action == HELPFUL, reason=tap.words)
        if judged.text != texts.FEEDBACK_THANKS:
            return Outgoing(judged, passive=False)
        ask_why = tap.action == UNHELPFUL and not tap.words
        replaced_by = reasons_card(tap.reply_id) if ask_why else None
        return Outgoing(response_code=code, label=tapped_label(tap), replaced_by=replaced_by, passive=False)


def _with_card(said: Said | None) -> Outgoing:
    if said is None:
        return Outgoing()
    card = choice_card(said.reply) if said.reply else judge_card(said.judged) if said.judged else None
    return Outgoing(said, card=card)


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name, "")
    return value if isinstance(value, str) else ""
