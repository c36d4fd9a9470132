"""Requests to the WeCom API: the access token, what is tried again, how fast a member may be sent to.

Sources: developer.work.weixin.qq.com/document/path/N, 91039 the token, 90236 sending and its limits, 94945 cards changed later,
90313 the error codes.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import aiohttp
from prometheus_client import Counter

from bot.channels.faults import FaultLog
from bot.channels.wecom_http import request_json
from bot.channels.wecom_tokens import AccessTokens
from bot.channels.wecom_turns import MemberTurns
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
_CONNECTIONS = 50


class WeComClient:
    """The application's side of the WeCom API.

    Args:
        api_base: Address before ``/cgi-bin``.
        corp_id: 企业ID.
        secret: Secret of the application.
        agent_id: AgentId of the application.
        store: Where the access token is kept for all processes, and what members have been sent.
        faults: Counts faults by ``where`` and ``kind``; None for a client outside the service.
    """

    def __init__(
        self,
        api_base: str,
        corp_id: str,
        secret: str,
        agent_id: int,
        store: StateStore,
        *,
        faults: Counter | None = None,
    ) -> None:
        self._base = f"{api_base.rstrip('/')}/cgi-bin/"
        self._agent_id = agent_id
        self._tokens = AccessTokens(self._request, corp_id, secret, agent_id, store)
        self._turns = MemberTurns(store, f"{corp_id}\n{agent_id}\n{secret}")
        self._faults = FaultLog("wecom", "api", faults) if faults else None
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
        turn = await self._turns.take(user, content, after_crash=after_crash)
        body = {
            "touser": user,
            "agentid": self._agent_id,
            **content,
            "enable_duplicate_check": 1,
            "duplicate_check_interval": turn.repeat_window_s,
        }
        if turn.wait_s:
            await asyncio.sleep(turn.wait_s)
        answer = await self.call("message/send", body, attempts=attempts)
        if answer.get("invaliduser") or answer.get("unlicenseduser"):
            raise WeComError(81013, "the member is not among those who may use the application")

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
