"""WeCom: its callback addresses, and the three parts behind them: the application, 智能机器人 and 微信客服.

A callback is checked (``wecom_gate``), opened (``wecom_envelope``) and admitted to the inbox on disk. The application answers in the
response to the callback where that can be, and by message/send otherwise: ``wecom_delivery``, and why in
docs/adr/0010-passive-answers-first.md. Whatever WeCom sends again gets an empty response, since it has been answered or is being answered.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response

from bot.channels.base import STOP_LIMIT_S
from bot.channels.faults import FaultLog
from bot.channels.wecom_bot import WeComBot
from bot.channels.wecom_client import WeComClient
from bot.channels.wecom_crypto import WeComKeys
from bot.channels.wecom_delivery import Delivery
from bot.channels.wecom_envelope import CallbackQuery, cdata, open_echo, open_json, open_xml, seal_json, seal_xml
from bot.channels.wecom_gate import CallbackGate
from bot.channels.wecom_kf import CustomerService
from bot.channels.wecom_metrics import WeComMetrics
from bot.channels.wecom_passive import PASSIVE_LIMIT_S, Caller, Exchange, WatchedResponse
from bot.errors import CALLBACK_FAULTS, BadCallback, StateError

log = logging.getLogger(__name__)

#: What is too long; what has not the form of a callback. The rest is not WeCom's, or not meant for us: 403.
_STATUS = {"size": 413, "parameters": 400, "body": 400}


@dataclass(frozen=True, slots=True)
class Application:
    """The application, and the customers who come through it.

    Attributes:
        keys: Of its callback address.
        delivery: Answers members.
        customers: Answers customers, 微信客服.
        client: What both send through.
    """

    keys: WeComKeys = field(repr=False)
    delivery: Delivery
    customers: CustomerService
    client: WeComClient


@dataclass(frozen=True, slots=True)
class Robot:
    """The 智能机器人: the *keys* of its callback address, and the *bot* behind it."""

    keys: WeComKeys = field(repr=False)
    bot: WeComBot


class WeComChannel:
    """WeCom beside the other channels of the process.

    Args:
        application: None where only the robot is served.
        robot: None where only the application is served.
        metrics: Counts.
    """

    def __init__(self, application: Application | None, robot: Robot | None, metrics: WeComMetrics) -> None:
        self._application = application
        self._robot = robot
        self._metrics = metrics
        self._callback_faults = FaultLog("wecom", "callback", metrics.faults)
        self._bot_faults = FaultLog("wecom", "bot", metrics.faults)
        if application:
            metrics.waiting.set_function(lambda: len(application.delivery) + len(application.customers))

    def __repr__(self) -> str:
        return f"WeComChannel({self.title!r})"

    @property
    def title(self) -> str:
        parts = ["application"] * bool(self._application) + ["智能机器人"] * bool(self._robot)
        return f"wecom ({', '.join(parts)})"

    def add_routes(self, app: FastAPI) -> None:
        if self._application:
            self._add_callback(app, self._application)
        if self._robot:
            self._add_bot(app, self._robot)

    async def start(self) -> None:
        if self._application:
            await self._application.delivery.start()
            await self._application.customers.start()
        if self._robot:
            await self._robot.bot.start()

    async def stop(self) -> None:
        limit_s = STOP_LIMIT_S - 0.5
        stopping = [self._robot.bot.stop(timeout_s=limit_s)] if self._robot else []
        if self._application:
            stopping += [self._application.delivery.stop(timeout_s=limit_s), self._application.customers.stop(timeout_s=limit_s)]
        await asyncio.gather(*stopping)
        if self._application:
            await self._application.client.close()

    def _add_callback(self, app: FastAPI, application: Application) -> None:
        gate, keys, faults = CallbackGate(application.keys, time.time), application.keys, self._callback_faults

        @app.get("/wecom/callback", include_in_schema=False)
        async def check(request: Request) -> Response:
            return _echo(request, gate, faults)

        @app.post("/wecom/callback", include_in_schema=False)
        async def callback(request: Request) -> Response:
            try:
                payload = open_xml(await request.body(), CallbackQuery.of(request.query_params), gate).payload
            except BadCallback as exc:
                return _refuse(exc, faults)
            faults.over()
            if payload.get("Event") == "kf_msg_or_event":
                self._metrics.messages.labels("kf", "kf_msg_or_event").inc()
                await application.customers.on_event(str(payload.get("Token", "")), str(payload.get("OpenKfId", "")))
                return Response()
            exchange = Exchange()
            try:
                if not await application.delivery.admit(payload, exchange):
                    return Response()
            except StateError as exc:
                faults.report("state", str(exc))
                return Response(status_code=503)  # WeCom sends it again
            with Caller(request) as caller:
                text = await exchange.take(caller, limit_s=PASSIVE_LIMIT_S)
            if text is None:
                return Response()
            return WatchedResponse(_sealed_reply(payload, text, keys), "text/xml", exchange.settle)

    def _add_bot(self, app: FastAPI, robot: Robot) -> None:
        gate, keys, faults = CallbackGate(robot.keys, time.time), robot.keys, self._bot_faults

        @app.get("/wecom/bot", include_in_schema=False)
        async def check(request: Request) -> Response:
            return _echo(request, gate, faults)

        @app.post("/wecom/bot", include_in_schema=False)
        async def callback(request: Request) -> Response:
            try:
                query = CallbackQuery.of(request.query_params)
                payload = open_json(await request.body(), query, gate).payload
            except BadCallback as exc:
                return _refuse(exc, faults)
            faults.over()
            self._metrics.messages.labels("bot", _kind_of(payload)).inc()
            with Caller(request) as caller:
                try:
                    answer = await robot.bot.handle(payload)
                except StateError as exc:
                    faults.report("state", str(exc))
                    return Response(status_code=503)  # WeCom sends it again

            async def settle(sent: bool) -> None:
                await robot.bot.confirm(payload, arrived=sent)

            if answer is None:
                return Response()
            if caller.is_gone:
                await settle(False)
                return Response()
            sealed = json.dumps(seal_json(answer, keys, timestamp=_now(), nonce=query.nonce))
            return WatchedResponse(sealed, "application/json", settle)


def _echo(request: Request, gate: CallbackGate, faults: FaultLog) -> Response:
    """The console's check of an address: what was encrypted, as it stands."""
    try:
        plain = open_echo(request.query_params.get("echostr", ""), CallbackQuery.of(request.query_params), gate)
    except BadCallback as exc:
        return _refuse(exc, faults)
    log.info("wecom callback address verified", extra={"path": request.url.path})
    return Response(plain, media_type="text/plain")


def _refuse(exc: BadCallback, faults: FaultLog) -> Response:
    """What is wrong is for the log; a stranger is told nothing."""
    faults.report(exc.reason, CALLBACK_FAULTS[exc.reason])
    return Response(status_code=_STATUS.get(exc.reason, 403))


def _sealed_reply(payload: dict[str, object], text: str, keys: WeComKeys) -> str:
    """A text as the response to a callback. Source: developer.work.weixin.qq.com/document/path/90241."""
    plain = (
        f"<xml><ToUserName>{cdata(str(payload.get('FromUserName', '')))}</ToUserName>"
        f"<FromUserName>{cdata(str(payload.get('ToUserName', '')))}</FromUserName>"
        f"<CreateTime>{_now()}</CreateTime><MsgType>{cdata('text')}</MsgType><Content>{cdata(text)}</Content></xml>"
    )
    return seal_xml(plain, keys, timestamp=_now(), nonce=secrets.token_hex(8))


def _kind_of(payload: dict[str, object]) -> str:
    """For the metrics: the kind of a robot's message, of the few there are."""
    kind = payload.get("msgtype")
    return str(kind) if kind in {"text", "image", "mixed", "voice", "file", "video", "event", "stream"} else "other"


def _now() -> str:
    return str(int(time.time()))
