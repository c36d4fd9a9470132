"""How the Bot API is reached: aiohttp under python-telegram-bot, in place of its httpx.

httpx takes three times as long for a request, and its pool looks through every connection at each of them, so that with a
hundred chats at a time most of the processor goes there: see docs/adr/0009-how-telegram-is-served.md.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import aiohttp
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest
from yarl import URL

if TYPE_CHECKING:
    from telegram._utils.types import ODVInput
    from telegram.request import RequestData

#: Seconds to reach the server, and to wait for its answer. An answer that comes later counts as none, and what was sent is sent
#: again: rather long than short.
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 10.0
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_DEFAULT = BaseRequest.DEFAULT_NONE


class ServerGone(NetworkError):
    """The server closed the connection and sent no answer, as it does with one that has long been idle."""


class AiohttpRequest(BaseRequest):
    """Requests over kept connections, at most *connections* at a time. No address, which holds the token, is in its errors."""

    def __init__(self, *, connections: int) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return READ_TIMEOUT_S

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            # Telegram closes an idle connection after a minute or more; one closed here first fails no request.
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=30)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """See ``BaseRequest.parse_json_payload``, which writes what it cannot read into the log, traceback and all."""
        try:
            parsed = json.loads(payload)
        except ValueError as exc:
            raise TelegramError("Invalid server response") from exc
        if not isinstance(parsed, dict):
            raise TelegramError("Invalid server response")
        return parsed

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = _DEFAULT,
        write_timeout: ODVInput[float] = _DEFAULT,  # noqa: ARG002
        connect_timeout: ODVInput[float] = _DEFAULT,
        pool_timeout: ODVInput[float] = _DEFAULT,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """See ``BaseRequest.do_request``; *write_timeout* and *pool_timeout* are not told apart from the others."""
        if self._session is None:
            raise RuntimeError("not initialized")
        connect_s = connect_timeout if isinstance(connect_timeout, float | int) else CONNECT_TIMEOUT_S
        read_s = read_timeout if isinstance(read_timeout, float | int) else READ_TIMEOUT_S
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_s, sock_read=read_s)
        try:
            # The token is part of the path as it is: quoting it again would only take time.
            body, headers = _body(request_data)
            async with self._session.request(method, URL(url, encoded=True), data=body, headers=headers, timeout=timeout) as response:
                return response.status, await response.read()
        except TimeoutError as exc:
            raise TimedOut from exc
        except aiohttp.ServerDisconnectedError:
            raise ServerGone("the server closed the connection") from None
        except (aiohttp.ClientError, OSError) as exc:
            # Not its text: that of some holds the address.
            raise NetworkError(f"{type(exc).__name__}: no connection to the server") from None


def _body(request_data: RequestData | None) -> tuple[aiohttp.FormData | bytes | None, dict[str, str]]:
    """What is posted, and its headers."""
    if request_data is None:
        return None, {}
    if not request_data.contains_files:
        # yarl, aiohttp's own, quotes three times as fast as urllib: an answer in Chinese with its buttons is all %-signs.
        return URL().with_query(request_data.json_parameters).raw_query_string.encode(), _FORM
    form = aiohttp.FormData(request_data.json_parameters)
    for field, (name, content, kind) in request_data.multipart_data.items():
        form.add_field(field, content, filename=name, content_type=kind)
    return form, {}
