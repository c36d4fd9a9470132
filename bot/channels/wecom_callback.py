"""What WeCom posts to the application's callback address, from the connection to the response.

Plain ASGI: the framework's own way to a function takes as long as decrypting. Two of three deliveries may be repeats, so one that is the
same, byte for byte, as one taken in before is told by that alone: its signature and its words are known.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from bot.channels.faults import FaultLog
from bot.channels.wecom_crypto import WeComKeys
from bot.channels.wecom_delivery import Delivery
from bot.channels.wecom_envelope import CallbackQuery, cdata, open_xml, seal_xml
from bot.channels.wecom_gate import CallbackGate
from bot.channels.wecom_kf import CustomerService
from bot.channels.wecom_metrics import WeComMetrics
from bot.channels.wecom_passive import PASSIVE_LIMIT_S, Caller, Exchange, WatchedResponse
from bot.errors import CALLBACK_FAULTS, BadCallback, StateError

#: What is too long; what has not the form of a callback. The rest is not WeCom's, or not meant for us: 403.
_STATUS = {"size": 413, "parameters": 400, "body": 400}
#: Repeats come within seconds; a callback that is not remembered is opened again.
_MOST_REMEMBERED = 10_000
_EMPTY = Response()


@dataclass(frozen=True, slots=True)
class _Known:
    """A callback that was opened: its time stamp and nonce, and the key of its message in the inbox."""

    timestamp: str
    nonce: str
    key: str


class CallbackEndpoint:
    """The application's callback address, for POST.

    Args:
        gate: Who may pass.
        delivery: Answers members.
        customers: Answers customers, 微信客服.
        faults: Tells what is refused.
        metrics: Counts.
    """

    def __init__(self, gate: CallbackGate, delivery: Delivery, customers: CustomerService, faults: FaultLog, metrics: WeComMetrics) -> None:
        self._gate = gate
        self._delivery = delivery
        self._customers = customers
        self._faults = faults
        self._metrics = metrics
        #: By a digest of what was posted and where.
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        body = await request.body()
        digest = hashlib.blake2b(request.scope["query_string"] + b"\n" + body, digest_size=16).digest()
        try:
            known = self._known.get(digest)
            if known and await self._delivery.is_repeated(known.key):
                self._gate.pass_again(known.timestamp, known.nonce)
                return _EMPTY
            query = CallbackQuery.of(dict(parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)))
            payload = open_xml(body, query, self._gate).payload
            self._faults.over()
            if payload.get("Event") == "kf_msg_or_event":
                self._metrics.messages.labels("kf", "kf_msg_or_event").inc()
                await self._customers.on_event(str(payload.get("Token", "")), str(payload.get("OpenKfId", "")))
                return _EMPTY
            exchange, key = Exchange(), self._delivery.key_of(payload)
            self._remember(digest, _Known(query.timestamp, query.nonce, key))
            if not await self._delivery.admit(key, payload, exchange):
                return _EMPTY
        except BadCallback as exc:
            return refusal(exc, self._faults)
        except StateError as exc:
            self._faults.report("state", str(exc))
            return Response(status_code=503)  # WeCom sends it again
        text = await exchange.take(Caller(request), limit_s=PASSIVE_LIMIT_S)
        if text is None:
            return _EMPTY
        return WatchedResponse(_sealed_reply(payload, text, self._gate.keys, query.nonce), "text/xml", exchange.settle)

    def _remember(self, digest: bytes, known: _Known) -> None:
        self._known[digest] = known
        if len(self._known) > _MOST_REMEMBERED:
            self._known.popitem(last=False)


def refusal(exc: BadCallback, faults: FaultLog) -> Response:
    """What is wrong is for the log; a stranger is told nothing."""
    faults.report(exc.reason, CALLBACK_FAULTS[exc.reason])
    return Response(status_code=_STATUS.get(exc.reason, 403))


def _sealed_reply(payload: Mapping[str, Any], text: str, keys: WeComKeys, nonce: str) -> str:
    """A text as the response to a callback. Source: developer.work.weixin.qq.com/document/path/90241."""
    now = str(int(time.time()))
    plain = (
        f"<xml><ToUserName>{cdata(str(payload.get('FromUserName', '')))}</ToUserName>"
        f"<FromUserName>{cdata(str(payload.get('ToUserName', '')))}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType>{cdata('text')}</MsgType><Content>{cdata(text)}</Content></xml>"
    )
    return seal_xml(plain, keys, timestamp=now, nonce=nonce)
