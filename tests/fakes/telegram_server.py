"""A Telegram for tests: a real HTTP server that speaks the Bot API to a bot and is handled as people handle Telegram.

    async with TelegramServer() as telegram:
        ... a bot on telegram.api_base with telegram.token ...
        question = telegram.send_text(telegram.private_chat(), "行政复议维持了几件?")
        reply = await telegram.reply_to(question)
        telegram.check()

It is stricter than the platform: unknown parameters and fields are errors, not ignored, and what breaks the documented rules is kept
in ``faults``. As a process of its own: ``python -m tests.fakes.telegram_server``, see ``telegram_control.py``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.web_request import BaseRequest

from tests.fakes.telegram_limits import Injection, Injections, RateLimits
from tests.fakes.telegram_methods import Methods
from tests.fakes.telegram_parameters import WrongParameters, read_parameters, typed
from tests.fakes.telegram_people import People
from tests.fakes.telegram_schema import Schema
from tests.fakes.telegram_updates import Updates
from tests.fakes.telegram_world import BotApiError, Chat, JsonObject, Message, User, World
from tests.fakes.waiting import Waiting

TOKEN = "4242:test-token_of-the-bot"
BOT = User(4242, "问报", "wenbao_test_bot", is_bot=True)


@dataclass(slots=True)
class Call:
    """A call of the bot.

    Attributes:
        method: As the API spells it.
        parameters: As understood.
        at: When, by the event loop's clock.
        error: Description of the error that it was answered with; empty for none.
        fault: Kind of the injected fault it met; empty for none.
    """

    method: str
    parameters: JsonObject
    at: float
    error: str = ""
    fault: str = ""


class TelegramServer(Waiting, People):
    """The server.

    Args:
        rate_limits: Turn calls down with 429 as the platform does.
        port: 0 takes a free one.

    Attributes:
        token: Of the bot.
        calls: Every call with a right token, in order of arrival; ``getUpdates`` left out.
        limits: The rate limits; None for none.
        methods: What was set and answered, see ``Methods``.
        world: Chats and messages.
        updates: The queue of updates.
        on_bot_message: Called with every message that the bot has sent.
        other_requests: Answers requests that are not of the Bot API.
    """

    def __init__(self, *, rate_limits: bool = False, token: str = TOKEN, port: int = 0) -> None:
        People.__init__(self, World(BOT))
        Waiting.__init__(self)
        self.token = token
        self.schema = _schema()
        self.calls: list[Call] = []
        self.limits = RateLimits() if rate_limits else None
        self.injections = Injections()
        self.updates = Updates(changed=self.changed, take_fault=lambda: self.injections.take(updates=True))
        self.methods = Methods(self.world, self.updates, admit=self._admit, slip=self.record_fault, now=self.now)
        self.missing: set[str] = set()
        self._port = port
        self._recorded: list[str] = []
        self._names = {name.lower(): name for name in self.schema.methods}
        self.other_requests: Callable[[BaseRequest], Awaitable[web.StreamResponse]] | None = None
        self.on_bot_message: Callable[[Message], None] | None = None

    # ---- life

    async def __aenter__(self) -> TelegramServer:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Listen on 127.0.0.1."""
        # A call whose client has gone away is given up: a poller that died takes no updates with it.
        server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Close every connection; ``open`` listens on the same port again."""
        await self.updates.close()
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_base(self) -> str:
        """Base address of the Bot API, to which the token is added."""
        return f"{self.url}/bot"

    # ---- what tests arrange and look at

    def inject(self, kind: str, *, method: str | None = None, chat: Chat | None = None, **details: Any) -> Injection:
        """Let something go wrong: *kind* is one of ``telegram_limits.KINDS``; ``times``, ``chance``, ``seconds`` as in ``Injection``.

        Faults of ``getUpdates`` must name it.
        """
        return self.injections.add(Injection(kind, method, chat.id if chat else None, **details))

    def switch_off(self, *methods: str) -> None:
        """Answer these methods with 404, as a server does that lacks them."""
        self.missing |= {*methods}

    @property
    def faults(self) -> list[str]:
        """Breaches of the rules so far, callback queries that wait for their answer among them."""
        return self._recorded + [
            f"callback query {query_id} is not answered" for query_id, answer in self.methods.callback_answers.items() if answer is None
        ]

    def record_fault(self, fault: str) -> None:
        """Keep a breach of the rules."""
        self._recorded.append(fault)

    def check(self) -> None:
        """Fail the test if the bot has broken a rule."""
        assert self.faults == []

    def forget(self) -> None:
        """End injections, forget calls and breaches."""
        self.calls.clear()
        self._recorded.clear()
        self.injections.all.clear()

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def seen(self) -> str:
        """What to tell somebody who has waited in vain."""
        last = [f"{call.method} {call.error or call.fault}".strip() for call in self.calls[-8:]]
        return f"last calls {last}; faults {self.faults}"

    def now(self) -> float:
        """The event loop's clock."""
        return asyncio.get_running_loop().time()

    def _admit(self, chat: Chat) -> None:
        if self.limits and (wait_s := self.limits.seconds_to_wait(chat.id, self.now())):
            raise BotApiError(429, f"Too Many Requests: retry after {wait_s}", retry_after=wait_s)

    # ---- HTTP

    async def _handle(self, request: BaseRequest) -> web.StreamResponse:
        parts = request.path.split("/")
        if len(parts) != 3 or not parts[1].startswith("bot"):
            if self.other_requests:
                return await self.other_requests(request)
            return _error(BotApiError(404, "Not Found"))
        if parts[1] != f"bot{self.token}":
            return _error(BotApiError(401, "Unauthorized"))
        name = self._names.get(parts[2].lower())
        if name is None:
            self.record_fault(f"unknown method {parts[2]}")
        if name is None or name in self.missing:
            return _error(BotApiError(404, "Not Found: method not found"))
        return await self._answer(name, request)

    async def _answer(self, name: str, request: BaseRequest) -> web.StreamResponse:
        raw = await read_parameters(request)
        call = Call(name, raw, self.now())
        if name != "getUpdates":
            self.calls.append(call)
        try:
            call.parameters = typed(self.schema.methods[name], raw, is_json=request.content_type == "application/json")
            fault = self.injections.take(method=name, chat_id=call.parameters.get("chat_id"))
            if fault:
                call.fault = fault.kind
                if turned_down := await self._meet(fault, request):
                    self.changed()
                    return turned_down
            result = await self._do(name, call.parameters)
        except WrongParameters as exc:
            self.record_fault(f"{name}: {exc}")
            error = BotApiError(400, f"Bad Request: {exc}")
        except BotApiError as exc:
            error = exc
            if _is_breach(exc):
                self.record_fault(f"{name}: {exc.description}")
        else:
            if call.fault == "lost":
                _cut(request)
            self.changed()
            return _json({"ok": True, "result": result})
        call.error = error.description
        self.changed()
        return _error(error)

    async def _do(self, name: str, parameters: JsonObject) -> Any:
        method = getattr(self.methods, name, None)
        if method is None:
            raise WrongParameters("this method is not played by the tests' server")
        result = method(parameters)
        if asyncio.iscoroutine(result):
            result = await result
        if self.on_bot_message and name == "sendMessage":
            self.on_bot_message(self.world.chats[parameters["chat_id"]].messages[result["message_id"]])
        return result

    async def _meet(self, fault: Injection, request: BaseRequest) -> web.StreamResponse | None:
        """The answer of a call that meets *fault* before it is done; None where it is done after all."""
        if fault.kind in {"lost", "slow"}:
            await asyncio.sleep(fault.seconds if fault.kind == "slow" else 0)
            return None
        if fault.kind == "timeout":
            await asyncio.Event().wait()  # until the client gives up
        if fault.kind == "reset":
            _cut(request)
        if fault.kind == "garbage":
            return web.Response(text="<html>nginx</html>", content_type="text/html")
        return _error(_INJECTED[fault.kind](int(fault.seconds)))


_INJECTED: dict[str, Callable[[int], BotApiError]] = {
    "401": lambda _: BotApiError(401, "Unauthorized"),
    "403": lambda _: BotApiError(403, "Forbidden: bot was blocked by the user"),
    "409": lambda _: BotApiError(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"),
    "429": lambda seconds: BotApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds),
    "500": lambda _: BotApiError(500, "Internal Server Error"),
    "502": lambda _: BotApiError(502, "Bad Gateway"),
    "503": lambda _: BotApiError(503, "Service Unavailable"),
    "504": lambda _: BotApiError(504, "Gateway Timeout"),
}
#: Answers that a sound bot meets in the course of things; any other 400 is its mistake.
_IN_THE_COURSE_OF_THINGS = (
    "not found",
    "not modified",
    "upgraded to a supergroup",
    "query is too old",
    "can't be edited",
    "can't be deleted",
)


def _is_breach(error: BotApiError) -> bool:
    return error.code == 400 and not any(words in error.description for words in _IN_THE_COURSE_OF_THINGS)


def _cut(request: BaseRequest) -> None:
    if request.transport:
        request.transport.abort()
    raise web.HTTPServiceUnavailable  # nobody reads it any more


def _json(content: JsonObject, status: int = 200) -> web.Response:
    return web.Response(body=json.dumps(content, ensure_ascii=False).encode(), status=status, content_type="application/json")


def _error(error: BotApiError) -> web.Response:
    content: JsonObject = {"ok": False, "error_code": error.code, "description": error.description}
    return _json(content | ({"parameters": error.parameters} if error.parameters else {}), error.code)


_loaded: list[Schema] = []


def _schema() -> Schema:
    """Read once in a process."""
    if not _loaded:
        _loaded.append(Schema.load())
    return _loaded[0]


if __name__ == "__main__":
    from tests.fakes.telegram_control import main

    main()
