"""The chance to answer in the response to a callback itself: while its connection is open, and not for long.

Source: developer.work.weixin.qq.com/document/path/90238: what is not answered within 5 seconds is dropped and sent again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

#: Seconds that a response may take. WeCom counts 5 from when it began to send.
PASSIVE_LIMIT_S = 4.0
#: What a connection has not taken after so many seconds is not waited for: WeCom has given it up long before.
SETTLE_LIMIT_S = 10.0


class Caller:
    """Tells whether whoever made a request still waits for its response; to be made once the body has been read."""

    def __init__(self, request: Request) -> None:
        self._request = request

    @property
    def is_gone(self) -> bool:
        """Whether nobody waits any more.

        Once there is no more body, that is all there is to receive. It is asked for and, where it is not there, not waited for: a task
        that does takes as much of the processor as the callback's cipher.
        """
        receiving = self._request.receive().__await__()
        try:
            next(receiving)
        except StopIteration:
            return True
        receiving.close()
        return False


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
        timer = asyncio.get_running_loop().call_later(SETTLE_LIMIT_S, self._settle, False)
        try:
            return await self._sent
        finally:
            timer.cancel()

    def decline(self) -> None:
        """There is no answer for the connection: let it go."""
        if not self._offered.done():
            self._offered.set_result(None)
            self._settle(False)

    async def take(self, caller: Caller, *, limit_s: float) -> str | None:
        """Wait for an answer; None where there is none, not in time, or nobody to give it to any more."""
        text = None
        timer = asyncio.get_running_loop().call_later(limit_s, self.decline)
        try:
            offered = await self._offered
            text = None if caller.is_gone else offered
        finally:
            timer.cancel()
            if text is None:
                self._settle(False)
        return text

    async def settle(self, sent: bool) -> None:
        """Tell the answerer whether what was taken went out."""
        self._settle(sent)

    def _settle(self, sent: bool) -> None:
        if not self._sent.done():
            self._sent.set_result(sent)


class WatchedResponse(Response):
    """A response that tells *settle*, once, whether it was handed to the connection."""

    def __init__(self, content: str | bytes, media_type: str, settle: Callable[[bool], Awaitable[None]]) -> None:
        super().__init__(content, media_type=media_type)
        self._settle = settle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent = False
        try:
            await super().__call__(scope, receive, send)
            sent = True
        finally:
            await self._settle(sent)
