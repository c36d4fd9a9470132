"""Requests to the WeCom API: the access token, what is tried again, how fast a member may be sent to.

Sources: developer.work.weixin.qq.com/document/path/N, 91039 the token, 90236 sending and its limits, 94945 cards changed later,
90313 the error codes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import aiohttp
from prometheus_client import Counter

from bot.channels.faults import FaultLog
from bot.channels.pace import Pace
from bot.channels.wecom_http import request_json
from bot.channels.wecom_tokens import AccessTokens
from bot.errors import WeComError
from bot.state.base import StateStore

log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 5.0, 10.0
#: The token is not the right one any more: 40014 invalid, 42001 expired.
STALE_TOKEN = frozenset({40014, 42001})
#: What passes: -1 the system is busy, 45009 too many requests, 45033 too many at a time; and no answer at all.
PASSING = frozenset({-1, 45009, 45033, WeComError.NO_ANSWER})
ATTEMPTS = 6
#: A card stands beside a text that says the same, which is not to wait for it.
CARD_ATTEMPTS = 2
#: Waits between attempts, in seconds: doubled from the first to the last. 45009 counts by the minute, so that it waits longer.
FIRST_WAIT_S, LAST_WAIT_S, BUSY_WAIT_S = 0.25, 8.0, 5.0
#: A member gets 30 messages a minute and 1,000 an hour, and what is more is dropped without a word. 10 at once and then one in 3
#: seconds never make more than 30 in any minute, nor 200 and then one in 4.5 more than 1,000 in any hour.
MINUTE_PACE, HOUR_PACE = (3.0, 10), (4.5, 200)
#: WeCom drops a text that it has had for the same member within so many seconds: what is sent again since its answer got lost; and
#: what is sent again after a crash.
REPEAT_WINDOW_S, REPEAT_WINDOW_AFTER_CRASH_S = 120, 4 * 3600
_MOST_MEMBERS = 4096
_CONNECTIONS = 50


class WeComClient:
    """The application's side of the WeCom API.

    Args:
        api_base: Address before ``/cgi-bin``.
        corp_id: 企业ID.
        secret: Secret of the application.
        agent_id: AgentId of the application.
        token_store: Where the access token is kept for all processes.
        faults: Counts faults by ``where`` and ``kind``; None for a client outside the service.
        clock: Seconds, never going back.
    """

    def __init__(
        self,
        api_base: str,
        corp_id: str,
        secret: str,
        agent_id: int,
        token_store: StateStore,
        *,
        faults: Counter | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = f"{api_base.rstrip('/')}/cgi-bin/"
        self._agent_id = agent_id
        self._tokens = AccessTokens(self._request, corp_id, secret, agent_id, token_store)
        self._faults = FaultLog("wecom", "api", faults) if faults else None
        self._clock = clock
        self._members: dict[str, tuple[Pace, Pace]] = {}
        self._sent: dict[bytes, float] = {}
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"WeComClient({self._base!r}, agent_id={self._agent_id})"

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def call(
        self, path: str, body: Mapping[str, Any], *, query: Mapping[str, str] = MappingProxyType({}), attempts: int = ATTEMPTS
    ) -> dict[str, Any]:
        """Post *body* to ``/cgi-bin/PATH``, again where that may help.

        Args:
            path: Such as ``message/send``.
            body: Sent as JSON.
            query: What stands in the address beside the token.
            attempts: How often it is tried where WeCom is busy or out of reach.

        Returns:
            The answer, its errcode 0.

        Raises:
            WeComError: If WeCom refuses it, or the last attempt fails.
        """
        wait_s, renewed = FIRST_WAIT_S, False
        for attempt in range(1, attempts + 1):
            try:
                token = await self._tokens.current()
                try:
                    answer = await self._request("POST", path, {**query, "access_token": token}, body)
                except WeComError as exc:
                    if exc.code not in STALE_TOKEN or renewed:
                        raise
                    renewed = True
                    token = await self._tokens.renew(token)
                    answer = await self._request("POST", path, {**query, "access_token": token}, body)
            except WeComError as exc:
                self._report(exc)
                if attempt == attempts or exc.code not in PASSING:
                    raise
                wait_s = max(wait_s, BUSY_WAIT_S) if exc.code == 45009 else wait_s
                await asyncio.sleep(wait_s * random.uniform(0.8, 1.2))
                wait_s = min(wait_s * 2, LAST_WAIT_S)
            else:
                if self._faults:
                    self._faults.over()
                return answer
        raise AssertionError("the last attempt returns or raises")

    async def send_text(self, user: str, text: str, *, after_crash: bool = False) -> None:
        """Send a member a text of at most 2048 bytes; waits while the member has had as much as may be.

        Args:
            user: Userid.
            text: What to send.
            after_crash: Whether it may have been sent before by a process that is gone.

        Raises:
            WeComError: If it cannot be sent.
        """
        await self._send(user, {"msgtype": "text", "text": {"content": text}}, ATTEMPTS, after_crash=after_crash)

    async def send_card(self, user: str, card: Mapping[str, Any], *, after_crash: bool = False) -> None:
        """Send a member a template card, without much patience; see ``send_text``."""
        content = {"msgtype": "template_card", "template_card": dict(card)}
        await self._send(user, content, CARD_ATTEMPTS, after_crash=after_crash)

    async def update_card(self, user: str, response_code: str, *, button: str = "", card: Mapping[str, Any] | None = None) -> None:
        """Change a card after a tap on it, for the member who tapped.

        Args:
            user: Userid.
            response_code: From the event of the tap; works once, within 72 hours.
            button: What stands in place of the buttons from now on; or
            card: the card that stands in its place.

        Raises:
            WeComError: If it cannot be changed.
        """
        change = {"template_card": dict(card)} if card is not None else {"button": {"replace_name": button}}
        body = {"userids": [user], "agentid": self._agent_id, "response_code": response_code, **change}
        await self.call("message/update_template_card", body, attempts=CARD_ATTEMPTS)

    async def create_menu(self, menu: Mapping[str, Any]) -> None:
        """Put *menu* in place of the application's; members see it within some minutes. See ``wecom_menu``.

        Raises:
            WeComError: If it is refused.
        """
        await self.call("menu/create", menu, query={"agentid": str(self._agent_id)})

    async def _send(self, user: str, content: Mapping[str, Any], attempts: int, *, after_crash: bool) -> None:
        window_s = self._repeat_window(user, content, after_crash=after_crash)
        body = {
            "touser": user,
            "agentid": self._agent_id,
            **content,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": window_s,
        }
        if wait_s := self._turn(user):
            await asyncio.sleep(wait_s)
        answer = await self.call("message/send", body, attempts=attempts)
        if answer.get("invaliduser") or answer.get("unlicenseduser"):
            raise WeComError(81013, "the member is not among those who may use the application")

    def _repeat_window(self, user: str, content: Mapping[str, Any], *, after_crash: bool) -> int:
        """Seconds within which WeCom takes the same content for a repetition; short where it is really meant a second time."""
        now = self._clock()
        if len(self._sent) >= _MOST_MEMBERS:
            self._sent = {key: at for key, at in self._sent.items() if now - at < REPEAT_WINDOW_S}
        key = hashlib.sha256(json.dumps([user, content], sort_keys=True).encode()).digest()
        before, self._sent[key] = self._sent.get(key), now
        if before is not None and now - before < REPEAT_WINDOW_S:
            return 1
        return REPEAT_WINDOW_AFTER_CRASH_S if after_crash else REPEAT_WINDOW_S

    def _turn(self, user: str) -> float:
        """Take the member's next place; seconds to wait for it."""
        now = self._clock()
        if len(self._members) >= _MOST_MEMBERS:
            self._members = {one: paces for one, paces in self._members.items() if not all(pace.is_idle(now) for pace in paces)}
        paces = self._members.setdefault(user, (Pace(*MINUTE_PACE), Pace(*HOUR_PACE)))
        return max(pace.reserve(now) for pace in paces)

    def _report(self, exc: WeComError) -> None:
        if self._faults:
            self._faults.report(str(exc.code) if exc.code != WeComError.NO_ANSWER else "no_answer", exc.message)

    async def _request(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One request, see ``request_json``."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S, sock_read=READ_TIMEOUT_S)
            connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=30)
            self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return await request_json(self._session, method, self._base + path, query=query, body=body)
