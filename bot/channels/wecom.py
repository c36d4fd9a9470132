"""WeCom: its callback addresses, and the three parts behind them: the application, 智能机器人 and 微信客服.

A callback is checked (``wecom_gate``), opened (``wecom_envelope``) and admitted to the inbox on disk. The application answers in the
response to the callback where that can be, and by message/send otherwise: ``wecom_delivery``, and why in
docs/adr/0010-passive-answers-first.md. Whatever WeCom sends again gets an empty response, since it has been answered or is being answered.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

from bot.channels.base import STOP_LIMIT_S
from bot.channels.faults import FaultLog
from bot.channels.wecom_bot import WeComBot
from bot.channels.wecom_callback import CallbackEndpoint, refusal
from bot.channels.wecom_client import WeComClient
from bot.channels.wecom_crypto import WeComKeys
from bot.channels.wecom_delivery import Delivery
from bot.channels.wecom_envelope import CallbackQuery, open_echo, open_json, seal_json
from bot.channels.wecom_gate import CallbackGate
from bot.channels.wecom_kf import CustomerService
from bot.channels.wecom_metrics import WeComMetrics
from bot.channels.wecom_passive import Caller, WatchedResponse
from bot.errors import BadCallback, StateError

log = logging.getLogger(__name__)


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
        gate, faults = CallbackGate(application.keys, time.time), self._callback_faults

        @app.get("/wecom/callback", include_in_schema=False)
        async def check(request: Request) -> Response:
            return _echo(request, gate, faults)

        # Plain ASGI, see there why.
        endpoint = CallbackEndpoint(gate, application.delivery, application.customers, faults, self._metrics)
        app.router.routes.append(Route("/wecom/callback", endpoint, methods=["POST"], include_in_schema=False))

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
                return refusal(exc, faults)
            faults.over()
            self._metrics.messages.labels("bot", _kind_of(payload)).inc()
            try:
                answer = await robot.bot.handle(payload)
            except StateError as exc:
                faults.report("state", str(exc))
                return Response(status_code=503)  # WeCom sends it again

            async def settle(sent: bool) -> None:
                await robot.bot.confirm(payload, arrived=sent)

            if answer is None:
                return Response()
            if Caller(request).is_gone:
                await settle(False)
                return Response()
            sealed = json.dumps(seal_json(answer, keys, timestamp=_now(), nonce=query.nonce))
            return WatchedResponse(sealed, "application/json", settle)


def _echo(request: Request, gate: CallbackGate, faults: FaultLog) -> Response:
    """The console's check of an address: what was encrypted, as it stands."""
    try:
        plain = open_echo(request.query_params.get("echostr", ""), CallbackQuery.of(request.query_params), gate)
    except BadCallback as exc:
        return refusal(exc, faults)
    log.info("wecom callback address verified", extra={"path": request.url.path})
    return Response(plain, media_type="text/plain")


def _kind_of(payload: dict[str, object]) -> str:
    """For the metrics: the kind of a robot's message, of the few there are."""
    kind = payload.get("msgtype")
    return str(kind) if kind in {"text", "image", "mixed", "voice", "file", "video", "event", "stream"} else "other"


def _now() -> str:
    return str(int(time.time()))
