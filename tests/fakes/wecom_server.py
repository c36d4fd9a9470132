"""A WeCom for tests: a real HTTP server that plays the platform's API, and people who write to the application, the robot and 微信客服.

    async with WeComServer() as wecom:
        ... a service with wecom.settings(); it serves base_url ...
        member = wecom.member("zhangsan", base_url)
        (answer,) = await member.ask("行政复议维持了几件?")
        wecom.check()

It is stricter than the platform: what is unknown, too long, too much or used twice is kept in ``violations``, also where the platform
only drops or cuts it. Callbacks are encrypted as the platform does, given 5 s, and sent three times in all where they fail.
As a process of its own: ``python -m tests.fakes.wecom_server --port 9000``, see ``wecom_control.py``.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.web_request import BaseRequest

from tests.fakes.waiting import Waiting
from tests.fakes.wecom_api import JsonObject, PlatformApi, Sent, WeComApiError
from tests.fakes.wecom_bot_user import BotUser
from tests.fakes.wecom_crypt import Crypt
from tests.fakes.wecom_kf import CustomerDesk
from tests.fakes.wecom_people import Customer, Member
from tests.fakes.wecom_rules import card_faults, text_faults

#: Errcodes to inject by number; and what happens to the connection.
ERRORS = {
    "40014": "invalid access_token",
    "42001": "access_token expired",
    "45009": "reach max api daily quota limit",
    "45033": "reach max concurrent limit",
    "48002": "api forbidden",
    "60020": "not allow to access from your ip",
    "-1": "system busy",
}
KINDS = {*ERRORS, "500", "502", "timeout", "reset", "slow", "garbage", "lost"}


@dataclass(slots=True)
class Injection:
    """A fault to come.

    Attributes:
        kind: One of ``KINDS``. ``lost`` does the call and closes the connection; ``timeout`` never answers; ``slow`` waits first.
        path: Of which method, such as ``message/send``; empty for any but gettoken.
        times: How often yet.
        chance: How likely each time, in [0, 1].
        seconds: The wait of ``slow``.
        done: How often it happened.
    """

    kind: str
    path: str = ""
    times: float = 1
    chance: float = 1.0
    seconds: float = 1.0
    done: int = 0


@dataclass(slots=True)
class Call:
    """A call of the service; *code* as it was answered, *fault* as it was injected."""

    path: str
    body: JsonObject
    code: int = 0
    fault: str = ""


class WeComServer(Waiting):
    """The server, and the organisation on it.

    Attributes:
        sent: What members got from the application, passively or by message/send; of the robot: ``bot_sent``.
        kf_sent: What customers got.
        calls: Every call of the service, in order.
        violations: Breaches of the rules.
        answer_limit_s: How long the platform waits for a callback's answer.
        deliveries: How often it sends a callback that fails.
        unanswered: Callbacks without any answer, by what went wrong.
        other_requests: Answers requests that are not of the API.
    """

    corp_id = "wwTestCorp0123"
    secret = "the-application-s-secret"
    token = "callbackTokenOfApp"
    aes_key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
    agent_id = 1000002
    bot_token = "callbackTokenOfBot"
    bot_aes_key = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    bot_id = "aibTestRobot"

    def __init__(self, *, port: int = 0) -> None:
        super().__init__()
        self.violations: list[str] = []
        self.api = PlatformApi(self.corp_id, self.secret, self.agent_id, slip=self.slip, changed=self.changed)
        self.desk = CustomerDesk(self.api)
        self.bot_sent: list[Sent] = []
        self.response_urls: dict[str, str] = {}
        self.unanswered: Counter[str] = Counter()
        self.calls: list[Call] = []
        self.injections: list[Injection] = []
        self.answer_limit_s = 5.0
        self.deliveries = 3
        self.app_crypt = Crypt(self.token, self.aes_key, self.corp_id)
        self.bot_crypt = Crypt(self.bot_token, self.bot_aes_key, "")
        self.other_requests: Callable[[BaseRequest], Awaitable[web.StreamResponse]] | None = None
        self._random = random.Random(1)
        self._port = port

    # ---- life

    async def __aenter__(self) -> WeComServer:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Listen on 127.0.0.1."""
        self._runner = web.ServerRunner(web.Server(self._handle, handler_cancellation=True, access_log=None), shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def close(self) -> None:
        """Close every connection."""
        await self.session.close()
        await self._runner.cleanup()

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def settings(self) -> dict[str, str]:
        """What an administrator would set; without the prefix WENBAO_, in small letters."""
        return {
            "wecom_corp_id": self.corp_id,
            "wecom_agent_id": str(self.agent_id),
            "wecom_secret": self.secret,
            "wecom_token": self.token,
            "wecom_aes_key": self.aes_key,
            "wecom_api_base": self.api_base,
            "wecom_bot_token": self.bot_token,
            "wecom_bot_aes_key": self.bot_aes_key,
        }

    @property
    def secrets(self) -> list[str]:
        """What may stand in no log; access tokens among it."""
        return [self.secret, self.token, self.aes_key, self.bot_token, self.bot_aes_key, *self.api.tokens]

    # ---- people

    def member(self, user: str, base_url: str) -> Member:
        """A member of the organisation, at the application that answers at *base_url*/wecom/callback."""
        return Member(self, user, f"{base_url}/wecom/callback")

    def bot_user(self, user: str, base_url: str, *, chat: str = "") -> BotUser:
        """A member at the robot that answers at *base_url*/wecom/bot; in the group *chat*, or alone with it."""
        return BotUser(self, user, f"{base_url}/wecom/bot", chat)

    def customer(self, external_user: str, base_url: str) -> Customer:
        """A WeChat user at 微信客服."""
        return Customer(self, external_user, f"{base_url}/wecom/callback")

    # ---- what tests arrange and look at

    @property
    def sent(self) -> list[Sent]:
        return self.api.sent

    @property
    def kf_sent(self) -> list[Sent]:
        return self.desk.sent

    def inject(self, kind: str, path: str = "", **details: Any) -> Injection:
        """Let something go wrong, see ``Injection``."""
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}; there are {', '.join(sorted(KINDS))}")
        self.injections.append(Injection(kind, path, **details))
        return self.injections[-1]

    def expire_tokens(self) -> None:
        self.api.expire_tokens()

    def calls_of(self, path: str) -> list[Call]:
        return [call for call in self.calls if call.path == path]

    def slip(self, breach: str) -> None:
        """Keep a breach of the rules."""
        self.violations.append(breach)

    def check(self) -> None:
        """Fail the test if the service has broken a rule."""
        assert self.violations == []

    def seen(self) -> str:
        return f"last calls {[(call.path, call.code or call.fault) for call in self.calls[-8:]]}; violations {self.violations}"

    # ---- HTTP

    async def _handle(self, request: BaseRequest) -> web.StreamResponse:
        name = request.path.removeprefix("/cgi-bin/")
        if request.path.startswith("/response/"):
            return await self._respond(request)
        if name == request.path:
            return await self.other_requests(request) if self.other_requests else web.Response(status=404)
        body, call = await self._read(request), Call(name, {})
        self.calls.append(call)
        method = getattr(self.desk if name.startswith("kf/") else self.api, name.replace("/", "_"), None)
        if method is None or body is None or (name not in _METHODS):
            self.slip(f"unknown method {name}, or a body that is no JSON")
            return web.Response(status=404)
        call.body = body
        fault = self._due(name)
        if fault:
            call.fault = fault.kind
            if turned_down := await self._meet(fault, request):
                self.changed()
                return turned_down
        try:
            if request.method not in (("GET",) if name in _GETS else ("GET", "POST") if name == "kf/account/list" else ("POST",)):
                raise WeComApiError(43002, "require POST or GET method")
            if name != "gettoken":
                self.api.check_token(request.query.get("access_token", ""))
            answer = {"errcode": 0, "errmsg": "ok"} | method(dict(request.query), body)
        except WeComApiError as exc:
            call.code, answer = exc.code, {"errcode": exc.code, "errmsg": exc.message}
        if fault and fault.kind == "lost":
            _cut(request)
        self.changed()
        return web.json_response(answer)

    async def _respond(self, request: BaseRequest) -> web.Response:
        """A robot's message to a response_url: good once, within an hour (101138)."""
        body, key = await self._read(request) or {}, request.path.removeprefix("/response/")
        chat = self.response_urls.pop(key, "")
        if not chat:
            self.slip("response_url: unknown, or used twice")
            return web.json_response({"errcode": 40058, "errmsg": "invalid response_url"})
        kind = body.get("msgtype")
        if kind == "markdown":
            faults, content = text_faults(body.get("markdown"), "response_url", most=20480), body.get("markdown", {}).get("content", "")
        elif kind == "template_card":
            faults, content = card_faults(body.get("template_card"), bot=True), ""
        else:
            faults, content = [f"response_url: msgtype {kind}"], ""
        self.violations += faults
        self.bot_sent.append(Sent(chat, "card" if kind == "template_card" else "markdown", content, "active", body.get(str(kind), {})))
        self.changed()
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async def _read(self, request: BaseRequest) -> JsonObject | None:
        raw = await request.read()
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            return None
        return body if isinstance(body, dict) else None

    def _due(self, name: str) -> Injection | None:
        for injection in self.injections:
            fits = injection.path == name or (not injection.path and name != "gettoken")
            if injection.times >= 1 and fits and (injection.chance >= 1 or self._random.random() < injection.chance):
                injection.times -= 1
                injection.done += 1
                return injection
        return None

    async def _meet(self, fault: Injection, request: BaseRequest) -> web.StreamResponse | None:
        """The answer of a call that meets *fault* before it is done; None where it is done after all."""
        if fault.kind in ("lost", "slow"):
            await asyncio.sleep(fault.seconds if fault.kind == "slow" else 0)
            return None
        if fault.kind == "timeout":
            await asyncio.Event().wait()  # until the client gives up
        if fault.kind == "reset":
            _cut(request)
        if fault.kind == "garbage":
            return web.Response(text="<html>nginx</html>", content_type="text/html")
        if fault.kind in ERRORS:
            return web.json_response({"errcode": int(fault.kind), "errmsg": ERRORS[fault.kind]})
        return web.Response(status=int(fault.kind))


_GETS = {"gettoken", "menu/get", "menu/delete"}
_METHODS = {
    *(_GETS | {"message/send", "message/update_template_card", "menu/create"}),
    *("kf/account/list", "kf/sync_msg", "kf/send_msg", "kf/send_msg_on_event", "kf/service_state/get", "kf/service_state/trans"),
}


def _cut(request: BaseRequest) -> None:
    if request.transport:
        request.transport.abort()
    raise web.HTTPServiceUnavailable  # nobody reads it any more


if __name__ == "__main__":
    from tests.fakes.wecom_control import main

    main()
