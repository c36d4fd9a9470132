"""Messages to a response_url, by which a message to the 智能机器人 can be answered later: once, within an hour.

Source: developer.work.weixin.qq.com/document/path/101138. The address is a secret of its message: it stands in no log and no error.
"""

from __future__ import annotations

import asyncio

import aiohttp

from bot.channels.faults import FaultLog
from bot.channels.wecom_http import request_json
from bot.errors import WeComError

_TIMEOUT_S = 5.0
_ATTEMPTS, _FIRST_WAIT_S = 4, 0.25


class ResponseUrls:
    """Sends messages.

    Args:
        faults: Where faults are told; None for nowhere.
    """

    def __init__(self, faults: FaultLog | None) -> None:
        self._faults = faults
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def send(self, url: str, markdown: str) -> None:
        """Send *markdown*, of 1 to 20480 bytes; again where there is no answer.

        Raises:
            WeComError: If it is refused, or there is no answer at last.
        """
        body = {"msgtype": "markdown", "markdown": {"content": markdown}}
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S), cookie_jar=aiohttp.DummyCookieJar())
        wait_s = _FIRST_WAIT_S
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await request_json(self._session, "POST", url, body=body)
            except WeComError as exc:
                if self._faults:
                    self._faults.report(str(exc.code) if exc.code != WeComError.NO_ANSWER else "no_answer", exc.message)
                if attempt == _ATTEMPTS or exc.code != WeComError.NO_ANSWER:
                    raise
                await asyncio.sleep(wait_s)
                wait_s *= 2
            else:
                if self._faults:
                    self._faults.over()
                return
