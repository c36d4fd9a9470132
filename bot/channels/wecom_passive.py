"""The chance to answer in the response to a callback itself: while its connection is open, and not for long.

Source: developer.work.weixin.qq.com/document/path/90238: what is not answered within 5 seconds is dropped and sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

#: Seconds that a response may take. WeCom counts 5 from when it began to send.
PASSIVE_LIMIT_S = 4.0


class Exchange:
    """Joins whoever answers a message with the open connection it came in by. One of them leaves first: then there is no passive answer."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._offered: asyncio.Future[str | None] = loop.create_future()
        self._sent: asyncio.Future[bool] = loop.create_future()

    async def offer(self, text: str) -> bool:
        """Answer with *text*; whether it went out by the connection, which is certain no sooner than that."""
        if self._sent.done():
            return False
        self._offered.set_result(text)
        return await self._sent

    def decline(self) -> None:
        """There is no answer for the connection: let it go."""
        if not self._offered.done():
            self._offered.set_result(None)
        self.settle(sent=False)

    async def take(self, request: Request, *, limit_s: float = PASSIVE_LIMIT_S) -> str | None:
        """Wait for an answer; None where there is none, not in time, or nobody to give it to any more."""
        gone = asyncio.ensure_future(_until_gone(request))
        text = None
        try:
            await asyncio.wait((self._offered, gone), timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
            if self._offered.done() and not gone.done():
                text = self._offered.result()
        finally:
            gone.cancel()
            if text is None:
                self.settle(sent=False)
        return text

    def settle(self, *, sent: bool) -> None:
        """Tell the answerer how it ended; the first word counts."""
        if not self._sent.done():
            self._sent.set_result(sent)


class PassiveResponse(Response):
    """A response that says whether it was handed to the connection."""

    def __init__(self, content: str, exchange: Exchange) -> None:
        super().__init__(content, media_type="text/xml")
        self._exchange = exchange

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
            self._exchange.settle(sent=True)
        finally:
            self._exchange.settle(sent=False)


async def _until_gone(request: Request) -> None:
    """Until the other side has closed the connection; to be awaited once the body has been read."""
    receive: Callable[[], Awaitable[object]] = request.receive
    with contextlib.suppress(RuntimeError):
        await receive()
