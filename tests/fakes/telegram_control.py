"""The tests' Telegram as a process of its own: ``python -m tests.fakes.telegram_server --port 9000``.

It prints the base address of its Bot API and the token, and takes orders as JSON over HTTP:

| order | takes | gives |
|---|---|---|
| ``POST /control/group`` | ``title`` | id of a new group |
| ``POST /control/ask`` | ``chat`` (id of a person, or of a group), ``text``, in a group ``sender`` (a name) | the bot's reply |
| ``POST /control/say`` | likewise | ``{}``, without waiting for the bot |
| ``POST /control/press`` | ``chat``, ``button`` (a part of its text) of the bot's last message there | the answer to the press |
| ``POST /control/inline`` | ``text`` | the answer to the inline query |
| ``POST /control/choose`` | ``chat``, ``text``, ``sender`` | the answer to the inline query, its first result sent to the chat |
| ``POST /control/inject`` | ``kind`` and the fields of ``Injection`` | ``{}`` |
| ``POST /control/switch_off`` | ``methods`` | ``{}`` |
| ``POST /control/play`` | the arguments of ``telegram_play.Play`` | ``Played.to_json()`` |
| ``POST /control/pace`` | ``rate`` of the play under way | ``{}`` |
| ``POST /control/transcript`` | ``chat`` | its messages |
| ``POST /control/faults`` | | breaches of the rules, injected faults by kind, number of calls, updates still pending |
| ``POST /control/forget`` | | ends injections, forgets calls and breaches |
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

from tests.fakes.telegram_play import Play
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_world import Chat, User


class Control:
    """Orders to a server."""

    def __init__(self, telegram: TelegramServer) -> None:
        self.telegram = telegram
        self._play: Play | None = None
        telegram.other_requests = self.handle

    async def handle(self, request: BaseRequest) -> web.Response:
        """Answer a request that is not of the Bot API."""
        order = getattr(self, "do_" + request.path.removeprefix("/control/"), None)
        if request.method != "POST" or order is None:
            return web.json_response({"error": "no such order"}, status=404)
        try:
            result = order(**(json.loads(body) if (body := await request.read()) else {}))
            if asyncio.iscoroutine(result):
                result = await result
        except (TypeError, ValueError, AssertionError, KeyError) as exc:
            return web.json_response({"error": str(exc)}, status=400)
        return web.json_response(result)

    def _chat(self, number: int) -> Chat:
        world = self.telegram.world
        return world.chats.get(number) or self.telegram.private_chat(world.users.get(number) or User(number, "市民"))

    def _sender(self, name: str) -> User | None:
        known = {user.first_name: user for user in self.telegram.world.users.values()}
        return (known.get(name) or self.telegram.add_user(name)) if name else None

    def do_group(self, title: str) -> int:
        return self.telegram.group(title).id

    async def do_ask(self, chat: int, text: str, sender: str = "") -> dict[str, Any]:
        return (await self.telegram.ask(self._chat(chat), text, sender=self._sender(sender))).json

    def do_say(self, chat: int, text: str, sender: str = "") -> dict[str, Any]:
        self.telegram.send_text(self._chat(chat), text, sender=self._sender(sender))
        return {}

    async def do_press(self, chat: int, button: str) -> dict[str, Any]:
        return await self.telegram.answered(self.telegram.press(self._chat(chat).bot_messages[-1], button))

    async def do_inline(self, text: str) -> dict[str, Any]:
        return await self.telegram.answered(self.telegram.inline(text))

    async def do_choose(self, chat: int, text: str, sender: str = "") -> dict[str, Any]:
        answer = await self.do_inline(text)
        self.telegram.choose(self._chat(chat), answer, sender=self._sender(sender))
        return answer

    def do_inject(self, **injection: Any) -> dict[str, Any]:
        if injection.get("times") is None:
            injection["times"] = float("inf")
        self.telegram.inject(**injection)
        return {}

    def do_switch_off(self, methods: list[str]) -> dict[str, Any]:
        self.telegram.switch_off(*methods)
        return {}

    async def do_play(self, **arguments: Any) -> dict[str, Any]:
        self._play = Play(self.telegram, **arguments)
        return (await self._play.run()).to_json()

    def do_pace(self, rate: float) -> dict[str, Any]:
        assert self._play, "nothing is played"
        self._play.rate = rate
        return {}

    def do_transcript(self, chat: int) -> list[dict[str, Any]]:
        return [message.json for message in self._chat(chat).transcript]

    def do_faults(self) -> dict[str, Any]:
        injected: Counter[str] = Counter()
        for injection in self.telegram.injections.all:
            injected[injection.kind] += injection.done
        calls = Counter(call.method for call in self.telegram.calls)
        return {"breaches": self.telegram.faults, "injected": injected, "calls": calls, "pending": len(self.telegram.updates.pending)}

    def do_forget(self) -> dict[str, Any]:
        self.telegram.forget()
        return {}


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="A Telegram for tests")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--rate-limits", action="store_true", help="turn calls down with 429 as the platform does")
    given = parser.parse_args()

    async def serve() -> None:
        async with TelegramServer(port=given.port, rate_limits=given.rate_limits) as telegram:
            Control(telegram)
            print(telegram.api_base, telegram.token, flush=True)
            await asyncio.Event().wait()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


if __name__ == "__main__":
    main()
