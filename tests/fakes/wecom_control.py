"""The tests' WeCom as a process of its own: ``python -m tests.fakes.wecom_server --port 9000``.

It prints the base address of its API, then what a service on it must be set to, one NAME=value a line, and takes orders as JSON over HTTP:

| order | takes | gives |
|---|---|---|
| ``POST /control/ask`` | ``base_url``, ``user``, ``text``, ``as`` (``member``, ``bot`` or ``customer``) | the texts that came back |
| ``POST /control/hold`` | the arguments of ``wecom_scene.hold`` | what stands on the screen |
| ``POST /control/inject`` | ``kind``, ``path`` and the fields of ``Injection`` | ``{}`` |
| ``POST /control/play`` | the arguments of ``wecom_play.Play`` | ``Played.to_json()`` |
| ``POST /control/violations`` | | breaches of the rules, calls by method, injected faults by kind |
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
from collections import Counter
from typing import Any

from aiohttp import web
from aiohttp.web_request import BaseRequest

from tests.fakes.wecom_play import Play
from tests.fakes.wecom_scene import hold
from tests.fakes.wecom_server import WeComServer


class Control:
    """Orders to a server."""

    def __init__(self, wecom: WeComServer) -> None:
        self.wecom = wecom
        wecom.other_requests = self.handle

    async def handle(self, request: BaseRequest) -> web.Response:
        """Answer a request that is not of the API."""
        order = getattr(self, "do_" + request.path.removeprefix("/control/"), None)
        if request.method != "POST" or order is None:
            return web.json_response({"error": "no such order"}, status=404)
        try:
            result = await order(**(json.loads(body) if (body := await request.read()) else {}))
        except (TypeError, ValueError, AssertionError, KeyError) as exc:
            return web.json_response({"error": str(exc)}, status=400)
        return web.json_response(result)

    async def do_ask(self, base_url: str, user: str, text: str, **given: str) -> list[str]:
        kind = given.get("as", "member")
        if kind == "bot":
            return [(await self.wecom.bot_user(user, base_url).ask(text)).text]
        person = self.wecom.customer(user, base_url) if kind == "customer" else self.wecom.member(user, base_url)
        return [sent.content for sent in await person.ask(text)]

    async def do_hold(self, **scene: Any) -> list[dict[str, Any]]:
        return await hold(self.wecom, **scene)

    async def do_inject(self, **injection: Any) -> dict[str, Any]:
        if injection.get("times") is None:
            injection["times"] = float("inf")
        self.wecom.inject(**injection)
        return {}

    async def do_play(self, **arguments: Any) -> dict[str, Any]:
        return (await Play(self.wecom, **arguments).run()).to_json()

    async def do_violations(self) -> dict[str, Any]:
        injected: Counter[str] = Counter()
        for injection in self.wecom.injections:
            injected[injection.kind] += injection.done
        calls = Counter(call.path for call in self.wecom.calls)
        return {"breaches": self.wecom.violations, "calls": calls, "injected": injected, "unanswered": self.wecom.unanswered}


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A WeCom for tests")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    given = parser.parse_args()

    async def serve() -> None:
        async with WeComServer(port=given.port) as wecom:
            Control(wecom)
            settings = "\n".join(f"WENBAO_{name.upper()}={value}" for name, value in wecom.settings().items())
            print(f"{wecom.api_base}\n{settings}\nready", flush=True)
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())
