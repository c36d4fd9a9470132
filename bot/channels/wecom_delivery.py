"""Messages to the application, from the inbox to their answer: in each member's turn, as a response or by message/send.

Killed before the answer is out, a message is answered by message/send at the next start. Killed between the answer and finishing, it
is answered once more then, unless WeCom knows the text: what was sent by message/send within four hours WeCom itself drops
(duplicate check); what went out as a response it cannot tell. The other side, finishing first, would leave somebody without an
answer and without any sign of it. An ordinary stop has no such moment.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot import texts
from bot.channels.queues import KeyedQueues
from bot.channels.text_desk import Person, Said
from bot.channels.wecom_app import CHANNEL, Outgoing, WeComApp
from bot.channels.wecom_client import WeComClient
from bot.channels.wecom_metrics import WeComMetrics
from bot.channels.wecom_passive import Exchange
from bot.channels.wecom_text import said_parts
from bot.errors import StateError, WeComError
from bot.state.base import StateStore

log = logging.getLogger(__name__)

#: What could not be delivered, however often it was tried, is tried anew after so many seconds, so many times; then at the next start.
_LATER_S, _LATER_ATTEMPTS = 300.0, 4
_MOST_REMEMBERED = 10_000
#: No member who can be sent to, or nothing that can be sent: trying again changes neither.
#: Source: developer.work.weixin.qq.com/document/path/90313.
_FOR_GOOD = frozenset({40003, 40008, 40058, 44004, 45002, 60111, 81013})


@dataclass(slots=True)
class _Message:
    """A message that was taken in, and how far its answer is.

    Attributes:
        key: Its key in the inbox.
        payload: Its elements.
        exchange: The response that it may be answered in; None after that, and after a restart.
        after_crash: Whether an earlier process may have answered it.
        attempts: How often its answer could not be delivered.
        outgoing: Its answer, once there is one.
        unsent: What is left to be sent of that.
    """

    key: str
    payload: Mapping[str, Any]
    exchange: Exchange | None = None
    after_crash: bool = False
    attempts: int = 0
    outgoing: Outgoing | None = None
    unsent: list[str] = field(default_factory=list)


class Delivery:
    """Answers what is put in, each exactly once as far as a process that is not killed can.

    Args:
        app: Says what to answer.
        client: Sends what is no response.
        state: The inbox.
        metrics: Counts.
    """

    def __init__(self, app: WeComApp, client: WeComClient, state: StateStore, metrics: WeComMetrics) -> None:
        self._app = app
        self._client = client
        self._state = state
        self._metrics = metrics
        self._queues: KeyedQueues[_Message] = KeyedQueues(self._answer)
        self._stopping = False
        #: Keys of what this process took in lately: most of what comes again does so here, and within seconds.
        self._admitted: OrderedDict[str, None] = OrderedDict()
        #: Keys of what is being taken in, and what is done when it has been, or could not be kept.
        self._admitting: dict[str, asyncio.Future[None]] = {}

    def __len__(self) -> int:
        """Messages taken in and not yet answered."""
        return len(self._queues)

    async def start(self) -> None:
        """Answer what an earlier process took in and did not finish."""
        for key, payload in await self._state.take_over(CHANNEL):
            self._put(_Message(key, json.loads(payload), after_crash=True))

    async def stop(self, *, timeout_s: float) -> None:
        """Finish what has begun, within *timeout_s* seconds; the rest is for the next start."""
        self._stopping = True
        await self._app.desk.close()
        await self._queues.drain(timeout_s=timeout_s)
        if late := len(await self._state.unfinished(CHANNEL)):
            log.warning("wecom messages left for the next start", extra={"count": late})

    def key_of(self, payload: Mapping[str, Any]) -> str:
        """Under what a message is taken in; holds no id of a person."""
        return self._app.key_of(payload)

    async def admit(self, key: str, payload: Mapping[str, Any], exchange: Exchange) -> bool:
        """Take in a message under its key; False where it has been taken in before, here or by another process.

        Raises:
            StateError: If it cannot be kept.
        """
        if await self.is_repeated(key):
            return False
        if not await self._admit(key, payload):
            self._metrics.duplicates.inc()
            return False
        self._metrics.messages.labels("app", _kind_of(payload)).inc()
        self._put(_Message(key, payload, exchange))
        return True

    async def is_repeated(self, key: str) -> bool:
        """Whether the message of that key has been taken in, as far as this process remembers; counted as delivered again where it has.

        What is being taken in at this moment is waited for: acknowledged is only what is kept.
        """
        while key not in self._admitted:
            if (admitting := self._admitting.get(key)) is None:
                return False
            await asyncio.shield(admitting)
        self._metrics.duplicates.inc()
        return True

    async def _admit(self, key: str, payload: Mapping[str, Any]) -> bool:
        """Whether the message was new to the inbox; remembers it either way."""
        admitting = self._admitting[key] = asyncio.get_running_loop().create_future()
        try:
            is_new = await self._state.admit(CHANNEL, key, json.dumps(payload, ensure_ascii=False))
        finally:
            del self._admitting[key]
            admitting.set_result(None)
        self._admitted[key] = None
        if len(self._admitted) > _MOST_REMEMBERED:
            self._admitted.popitem(last=False)
        return is_new

    def _put(self, message: _Message) -> None:
        self._queues.put(str(message.payload.get("FromUserName")), message)

    async def _answer(self, message: _Message) -> None:
        """Answer a message that has been taken in; the outermost handler of the application."""
        try:
            await self._deliver(message)
        except StateError as exc:
            self._try_later(message, exc)
        except Exception:
            log.exception("wecom message not answered")
        finally:
            if message.exchange:
                message.exchange.decline()
                message.exchange = None

    async def _deliver(self, message: _Message) -> None:
        """Send what there is to be sent, and finish the message unless that is to be tried again."""
        person = self._app.person(message.payload)
        if message.outgoing is None:
            message.outgoing = await self._outgoing(message, person)
            message.unsent = said_parts(message.outgoing.said, asked=message.outgoing.asked) if message.outgoing.said else []
            if await self._answered_in_response(message):
                message.unsent = []
        out = message.outgoing
        try:
            if not message.after_crash:  # its code works once: the process that is gone may have used it
                await self._change_card(person, out)
                if out.response_code:
                    message.outgoing = out = replace(out, response_code="")
            while message.unsent:
                await self._client.send_text(person.user, message.unsent[0], after_crash=message.after_crash)
                message.unsent.pop(0)
                if not message.unsent:
                    self._metrics.answers.labels("sent").inc()
            await self._send_card(person, out, after_crash=message.after_crash)
            if out.card:
                message.outgoing = out = replace(out, card=None)
        except WeComError as exc:
            if not self._try_later(message, exc):
                await self._state.finish(CHANNEL, message.key)
            return
        answered_by = self._app.desk.sent_reply(person, message.key, out.said) if out.said else None
        await self._state.finish(CHANNEL, message.key, answered_by)

    async def _outgoing(self, message: _Message, person: Person) -> Outgoing:
        async def later(said: Said) -> None:
            for part in said_parts(said):
                await self._client.send_text(person.user, part)

        try:
            return await self._app.respond(person, message.payload, key=message.key, later=later, anew=not message.after_crash)
        except Exception:
            log.exception("wecom message failed")
            return Outgoing(Said(texts.FAILED))

    async def _answered_in_response(self, message: _Message) -> bool:
        """Whether the answer went out in the response to the callback: one text, in time, while the connection was open."""
        out, exchange = message.outgoing, message.exchange
        if out is None or exchange is None or not out.passive or len(message.unsent) != 1:
            if exchange:
                exchange.decline()
            return False
        sent = await exchange.offer(message.unsent[0])
        if sent:
            self._metrics.answers.labels("response").inc()
        return sent

    async def _change_card(self, person: Person, out: Outgoing) -> None:
        """Change the card that was tapped; one that cannot be changed can be tapped again, which is no harm."""
        if out.response_code:
            try:
                await self._client.update_card(person.user, out.response_code, button=out.label, card=out.replaced_by)
            except WeComError as exc:
                log.info("wecom card not changed", extra={"code": exc.code, "detail": exc.message})

    async def _send_card(self, person: Person, out: Outgoing, *, after_crash: bool) -> None:
        """Send the card beside a text. It says nothing that the text does not, so that it is not waited for where it is refused."""
        if out.card:
            try:
                await self._client.send_card(person.user, out.card, after_crash=after_crash)
            except WeComError as exc:
                log.info("wecom card not sent", extra={"code": exc.code, "detail": exc.message})

    def _try_later(self, message: _Message, exc: WeComError | StateError) -> bool:
        """Whether a message whose answer could not be sent, or not be kept, is tried again after a while."""
        message.attempts += 1
        facts = {"code": exc.code, "detail": exc.message} if isinstance(exc, WeComError) else {"detail": str(exc)}
        if isinstance(exc, WeComError) and exc.code in _FOR_GOOD:
            log.error("wecom answer refused", extra=facts)
            return False
        if message.attempts > _LATER_ATTEMPTS:
            log.error("wecom answer given up until the next start", extra=facts)
            return True
        log.warning("wecom answer not sent", extra=facts)
        asyncio.get_running_loop().call_later(_LATER_S, self._put_again, message)
        return True

    def _put_again(self, message: _Message) -> None:
        if not self._stopping:
            self._put(message)


def _kind_of(payload: Mapping[str, Any]) -> str:
    """For the metrics: of a few kinds, whatever comes in."""
    kind, event = payload.get("MsgType"), payload.get("Event")
    if kind == "event":
        return str(event) if event in {"subscribe", "enter_agent", "click", "view", "template_card_event"} else "other_event"
    return str(kind) if kind in {"text", "image", "voice", "video", "location", "link", "file"} else "other"
