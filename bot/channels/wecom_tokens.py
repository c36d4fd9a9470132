"""The access token: one for all processes of the application, fetched anew before it ends.

Source: developer.work.weixin.qq.com/document/path/91039: it lives for 7200 s, may end earlier, and fetching it too often is refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.errors import WeComError
from bot.state.base import StateStore

#: A token is fetched anew so many seconds before it ends.
MARGIN_S = 300.0
#: The process that fetches is waited for so long; fetching takes a second at most where it works.
LEASE_S = 15.0
_LOOK_S = 0.05

Fetch = Callable[[str, str, Mapping[str, str]], Awaitable[dict[str, Any]]]


class AccessTokens:
    """Hands out the access token.

    Args:
        fetch: Makes a request: method, path, query.
        corp_id: 企业ID.
        secret: Secret of the application.
        agent_id: AgentId of the application.
        store: Where the token is kept for all processes.
    """

    def __init__(self, fetch: Fetch, corp_id: str, secret: str, agent_id: int, store: StateStore) -> None:
        self._fetch = fetch
        self._corp_id, self._secret = corp_id, secret
        # Another secret is another application, or the same one after its secret was renewed, when its tokens end too.
        digest = hashlib.sha256(f"{corp_id}\n{agent_id}\n{secret}".encode()).hexdigest()[:16]
        self._key = f"wecom token {digest}"
        self._claim = f"{self._key} being fetched"
        self._store = store
        self._lock = asyncio.Lock()

    async def current(self) -> str:
        """A token that is not known to have ended.

        Raises:
            WeComError: If there is none and none can be fetched.
        """
        return await self._store.load_shared(self._key) or await self._renew(than="")

    async def renew(self, stale: str) -> str:
        """Another token than *stale*, which WeCom takes no more.

        Raises:
            WeComError: If none can be fetched.
        """
        return await self._renew(than=stale)

    async def _renew(self, *, than: str) -> str:
        deadline = time.monotonic() + LEASE_S
        async with self._lock:
            while True:
                kept = await self._store.load_shared(self._key)
                if kept and kept != than:  # another task or process has fetched it meanwhile
                    return kept
                if await self._store.claim_shared(self._claim, LEASE_S):
                    break
                if time.monotonic() > deadline:
                    raise WeComError(WeComError.NO_ANSWER, "another process has been fetching the access token for too long")
                await asyncio.sleep(_LOOK_S)
            try:
                kept = await self._store.load_shared(self._key)  # fetched between looking and claiming
                return kept if kept and kept != than else await self._fetch_and_keep()
            finally:
                await self._store.drop_shared(self._claim)

    async def _fetch_and_keep(self) -> str:
        answer = await self._fetch("GET", "gettoken", {"corpid": self._corp_id, "corpsecret": self._secret})
        token, lives_s = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lives_s, int | float):
            raise WeComError(WeComError.NO_ANSWER, "gettoken answered without a token")
        # One that lives shorter than the margin is of use for half of its life.
        await self._store.save_shared(self._key, token, time.time() + max(lives_s - MARGIN_S, lives_s / 2))
        return token
