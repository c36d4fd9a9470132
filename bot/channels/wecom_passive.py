"""The chance to answer in the response to a callback itself: while its connection is open, and not for long.

Source: developer.work.weixin.qq.com/document/path/90238: what is not answered within 5 seconds is dropped and sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from types import TracebackType

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

#: Seconds that a response may take. WeCom counts 5 from when it began to send.
PASSIVE_LIMIT_S = 4.0
#: What a connection has not taken after so many seconds is not waited for: WeCom has given it up long before.
SETTLE_LIMIT_S = 10.0


class Caller:
    """Watches whether whoever made a request still waits for its response; to be entered once the body has been read."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def __enter__(self) -> Caller:
        self.gone = asyncio.ensure_future(self._until_gone())
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, where: TracebackType | None) -> None:
        self.gone.cancel()

    @property
    def is_gone(self) -> bool:
        """Whether nobody waits any more."""
        return self.gone.done()

    async def _until_gone(self) -> None:
        receive: Callable[[], Awaitable[object]] = self._request.receive  # once there is no more body, there is only this to receive
        with contextlib.suppress(RuntimeError):
            await receive()


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
        done, _ = await asyncio.wait((self._sent,), timeout=SETTLE_LIMIT_S)
        return bool(done) and self._sent.result()

    def decline(self) -> None:
        """There is no answer for the connection: let it go."""
        if not self._offered.done():
            self._offered.set_result(None)
            self._settle(sent=False)

    async def take(self, caller: Caller, *, limit_s: float) -> str | None:
        """Wait for an answer; None where there is none, not in time, or nobody to give it to any more."""
        text = None
        try:
            await asyncio.wait((self._offered, caller.gone), timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
            if self._offered.done() and not caller.is_gone:
                text = self._offered.result()
        finally:
            if text is None:
                self._settle(sent=False)
        return text

    async def settle(self, sent: bool) -> None:
        """Tell the answerer whether what was taken went out."""
        self._settle(sent=sent)

    def _settle(self, *, sent: bool) -> None:
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
