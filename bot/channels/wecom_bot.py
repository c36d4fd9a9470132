"""The 智能机器人: members ask it alone or call it in a group, and each callback is answered in its own response.

Sources: developer.work.weixin.qq.com/document/path/100719 messages and streams, 101027 events, 101031 replies, 101138 response_url.

An answer is a stream that is finished in one piece; it takes milliseconds. Should it take longer than the response may, the stream is
begun, and finished when WeCom asks for it again. A response whose connection had gone is followed by the answer at the message's
response_url, as is one that an earlier process took in and did not finish. Killed between the response and finishing, a message is
answered there once more: WeCom has no key by which a second answer is known, and one given twice was preferred to one never given.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter

from bot import texts
from bot.channels.faults import FaultLog
from bot.channels.text_desk import Person, Said, TextDesk
from bot.channels.wecom_bot_cards import answer_card, card_below, is_all_below, later_card, unknown_card
from bot.channels.wecom_bot_messages import KINDS, Payload, field, field_list, is_group, words_of
from bot.channels.wecom_cards import ASK, Tap
from bot.channels.wecom_response_url import ResponseUrls
from bot.channels.wecom_text import markdown_text, plain_text, text_parts
from bot.errors import StateError, WeComError
from bot.identity import Identities
from bot.state.base import StateStore

log = logging.getLogger(__name__)

CHANNEL = "wecom-bot"
#: Members are the same people in the application.
_SENDERS = "wecom"
#: Seconds that a response may take; WeCom waits for 5.
RESPONSE_LIMIT_S = 4.0
MAX_STREAM_BYTES = 20480
ACCURATE, INACCURATE, TAKEN_BACK = 1, 2, 3
#: What WeCom lets people tick when an answer was of no use (101027), as keys of ``texts.FEEDBACK_REASONS``.
_REASONS = {1: "offtopic", 2: "missing", 3: "wrong", 4: "wrong"}

Reply = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Answered:
    """A message or event with its answer.

    Attributes:
        key: Its key in the inbox.
        person: Who sent it.
        response_url: Where it can be answered later; empty for nowhere.
        said: What is said; None for nothing.
        reply: That as the response; None for an empty one.
    """

    key: str
    person: Person
    response_url: str
    said: Said | None = None
    reply: Reply | None = None


class WeComBot:
    """Answers members, alone and in groups.

    Args:
        desk: Answers.
        identities: Who is who, as keyed hashes.
        state: The inbox.
        faults: Counts faults by ``where`` and ``kind``; None for a robot outside the service.
    """

    def __init__(self, desk: TextDesk, identities: Identities, state: StateStore, *, faults: Counter | None = None) -> None:
        self._desk = desk
        self._identities = identities
        self._state = state
        self._urls = ResponseUrls(FaultLog("wecom", "response_url", faults) if faults else None)
        #: By stream id: answers that are being made; answers that were handed out and of which it is not known whether they arrived.
        self._answering: dict[str, asyncio.Task[_Answered]] = {}
        self._handed_out: dict[str, _Answered] = {}
        self._running: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Answer what an earlier process took in and did not finish."""
        for key, payload in await self._state.take_over(CHANNEL):
            self._run(self._answer_later(key, json.loads(payload)))

    async def stop(self, *, timeout_s: float) -> None:
        """Finish what has begun, within *timeout_s* seconds; the rest is for the next start."""
        if self._running:
            _, late = await asyncio.wait(set(self._running), timeout=timeout_s)
            for task in late:
                task.cancel()
        await self._urls.close()

    async def handle(self, payload: Payload) -> Reply | None:
        """The response to a callback; None for an empty one. ``confirm`` is to be called once it is known whether it arrived.

        Args:
            payload: The decrypted callback.

        Raises:
            StateError: If the message cannot be kept; WeCom sends it again.
        """
        if field(payload, "msgtype") == "stream":
            return await self._refresh(field(payload, "stream", "id"))
        if field(payload, "event", "eventtype") == "feedback_event":  # may be done twice
            await self._judge(payload)
            return None
        key = f"{field(payload, 'aibotid')}:{field(payload, 'msgid')}"
        if not field(payload, "msgid") or not await self._state.admit(CHANNEL, key, json.dumps(payload, ensure_ascii=True)):
            return None
        return await self._begin(key, payload)

    async def confirm(self, payload: Payload, *, arrived: bool) -> None:
        """Learn whether the response that ``handle`` gave to *payload* was handed to an open connection."""
        answered = self._handed_out.pop(self._stream_of(payload), None)
        if answered is not None:
            self._run(self._settle(answered, arrived=arrived))

    async def _begin(self, key: str, payload: Payload) -> Reply | None:
        stream = self._stream_of(payload)
        self._answering[stream] = self._run(self._answer(key, payload))
        reply = await self._reply_in_time(stream)
        if reply is None and stream in self._answering and field(payload, "msgtype") != "event":
            return _unfinished(stream)
        return reply

    async def _refresh(self, stream: str) -> Reply | None:
        """A stream that was begun, as far as it is now."""
        if stream in self._answering:
            return await self._reply_in_time(stream) or (_unfinished(stream) if stream in self._answering else _finished(stream, Said("")))
        for key, text in await self._state.unfinished(CHANNEL):  # begun by another process, or an earlier one
            payload = json.loads(text)
            if self._stream_of(payload) == stream and stream not in self._handed_out:
                return await self._begin(key, payload)
        return _finished(stream, Said(texts.FAILED))

    async def _reply_in_time(self, stream: str) -> Reply | None:
        """The response, if it is there in time; what is done without one is finished here."""
        task = self._answering[stream]
        await asyncio.wait({task}, timeout=RESPONSE_LIMIT_S)
        if not task.done() or self._answering.pop(stream, None) is None:
            return None
        answered = task.result()
        if answered.reply is None:
            await self._finish(answered)
        else:
            self._handed_out[stream] = answered
        return answered.reply

    async def _answer(self, key: str, payload: Payload) -> _Answered:
        """Answer a message or event that has been taken in; the outermost handler of the robot."""
        person, url = self._person(payload), field(payload, "response_url")
        event = field(payload, "event", "eventtype")
        try:
            if event == "template_card_event":
                said, card = await self._tapped(person, payload, key)
                return _Answered(key, person, url, said, _update(person, card, payload))
            if event == "enter_chat":
                said = await self._desk.welcome(person) or Said(texts.GREETING)
                return _Answered(key, person, url, said, _welcome(said))
            said = None if event else await self._respond(person, payload, key)
        except Exception:
            log.exception("wecom robot failed")
            said = None if event else Said(texts.FAILED)
        return _Answered(key, person, url, said, _finished(self._stream_of(payload), said) if said else None)

    async def _respond(self, person: Person, payload: Payload, key: str) -> Said | None:
        words = words_of(payload)
        if not words.strip():
            return await self._desk.only_text(person, KINDS.get(field(payload, "msgtype"), ""))
        return await self._desk.respond(person, words, question=key)

    async def _tapped(self, person: Person, payload: Payload, key: str) -> tuple[Said | None, dict[str, Any]]:
        """What came of a tap, and the card in place of the one tapped."""
        pressed = field(payload, "event", "template_card_event", "event_key")
        tap = Tap.read(pressed)
        if tap.action != ASK or not tap.words:
            return None, unknown_card()
        said = await self._desk.choose(person, tap.words, question=key)
        if said is None or said.reply is None:  # too fast
            return None, later_card(tap.words, pressed)
        return said, answer_card(tap.words, said)

    async def _judge(self, payload: Payload) -> None:
        """Keep feedback, or forget it where it is taken back."""
        given = payload["event"].get("feedback_event")
        kind = given.get("type") if isinstance(given, dict) else None
        if kind == TAKEN_BACK:
            await self._state.drop_feedback(field(given, "id"))
        elif kind in {ACCURATE, INACCURATE}:
            reason = next((_REASONS[one] for one in field_list(given, "inaccurate_reason_list") if one in _REASONS), "")
            await self._desk.judge(field(given, "id"), helpful=kind == ACCURATE, reason=reason, comment=field(given, "content"))

    async def _settle(self, answered: _Answered, *, arrived: bool) -> None:
        if arrived or await self._arrived_later(answered):
            await self._finish(answered)

    async def _answer_later(self, key: str, payload: Payload) -> None:
        answered = await self._answer(key, payload)
        if await self._arrived_later(answered):
            await self._finish(answered)

    async def _arrived_later(self, answered: _Answered) -> bool:
        """Whether there is nothing more to be done for an answer that its response did not bring."""
        if answered.said is None or not answered.response_url:
            return True
        try:
            await self._urls.send(answered.response_url, _markdown(answered.said, None))
        except WeComError as exc:
            log.warning("wecom robot's answer not sent", extra={"code": exc.code, "detail": exc.message})
            return exc.code != WeComError.NO_ANSWER  # used, or more than an hour old
        return True

    async def _finish(self, answered: _Answered) -> None:
        try:
            if answered.said:
                await self._desk.delivered(answered.person, answered.key, answered.said)
            await self._state.finish(CHANNEL, answered.key)
        except StateError as exc:
            log.warning("wecom robot's message not finished", extra={"reason": str(exc)})

    def _person(self, payload: Payload) -> Person:
        """Who sent it. A conversation is one with one member, in a group as well."""
        user, of = field(payload, "from", "userid"), field(payload, "from", "corpid")
        sender = self._identities.sender(_SENDERS, f"{of}/{user}" if of else user)
        chat = field(payload, "chatid") if is_group(payload) else ""
        conversation = self._identities.conversation(CHANNEL, field(payload, "aibotid"), chat, of, user)
        return Person(CHANNEL, user, sender, conversation, is_private=not is_group(payload))

    def _stream_of(self, payload: Payload) -> str:
        """Id of the stream that answers a message: the same in every process."""
        if field(payload, "msgtype") == "stream":
            return field(payload, "stream", "id")
        return self._identities.conversation(CHANNEL, "stream", field(payload, "aibotid"), field(payload, "msgid"))

    def _run(self, work: Any) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task


def _finished(stream: str, said: Said) -> Reply:
    """A whole answer: a stream, and a card below it where there is something to tap."""
    card = card_below(said.reply) if said.reply else None
    written: Reply = {"id": stream, "finish": True, "content": _markdown(said, card)}
    if said.reply:
        written["feedback"] = {"id": said.reply.reply_id}
    if card is None:
        return {"msgtype": "stream", "stream": written}
    return {"msgtype": "stream_with_template_card", "stream": written, "template_card": card}


def _unfinished(stream: str) -> Reply:
    return {"msgtype": "stream", "stream": {"id": stream, "finish": False, "content": texts.STILL_LOOKING}}


def _update(person: Person, card: dict[str, Any], payload: Payload) -> Reply:
    """*card* in place of the one that somebody tapped, for them alone: in a group the others still have theirs to tap."""
    task = field(payload, "event", "template_card_event", "task_id")  # WeCom changes no card under another (101031)
    shown = card | ({"task_id": task} if task else {})
    return {"response_type": "update_template_card", "userids": [person.user], "template_card": shown}


def _welcome(said: Said) -> Reply:
    return {"msgtype": "text", "text": {"content": text_parts(plain_text(said), most=1)[0]}}


def _markdown(said: Said, card: dict[str, Any] | None) -> str:
    """The text of an answer; what can be asked next is listed where the card below it does not offer it, or there is none."""
    numbered = not (said.reply and is_all_below(said.reply, card))
    return "".join(text_parts(markdown_text(said, numbered=numbered), max_bytes=MAX_STREAM_BYTES, most=1))
