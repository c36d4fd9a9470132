"""Messages of customers pulled from 微信客服: by a cursor that is kept, so that none is lost over a restart.

Source: developer.work.weixin.qq.com/document/path/94670. A callback says only that there is something; the messages of an account are
pulled from where the last pull ended. First they are in the inbox, then the cursor moves: killed in between, they are pulled again, and
known. For the same reason two processes may pull at once.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.wecom_client import WeComClient
from bot.errors import StateError, WeComError
from bot.state.base import StateStore

log = logging.getLogger(__name__)

CHANNEL = "wecom-kf"
PAGE = 1000
#: On the very first pull of an account WeCom gives what customers wrote in the last days; somebody else has answered that.
NEW_WITHIN_S = 600.0
#: The token of a callback is good for ten minutes; without one, pulling is allowed now and then only.
_BAD_TOKEN = 95007
_FIRST_WAIT_S, _LAST_WAIT_S = 1.0, 300.0
_ACCOUNTS, _SINCE = "wecom-kf accounts", "wecom-kf answered since"

Message = dict[str, Any]
Take = Callable[[Sequence[tuple[str, Message]]], None]


@dataclass(slots=True)
class _Account:
    """An account (客服账号) that is pulled from.

    Attributes:
        id: Its open_kfid.
        token: Of the last callback; empty for none.
        wanted: Whether there may be something to pull.
        pulling: What pulls.
    """

    id: str
    token: str = ""
    wanted: bool = False
    pulling: asyncio.Task[None] | None = None


class Puller:
    """Pulls messages into the inbox.

    Args:
        client: Through which.
        state: The inbox, and the cursors.
        take: Is given what is new, (key in the inbox, message) in order.
        clock: Seconds since 1970.
    """

    def __init__(self, client: WeComClient, state: StateStore, take: Take, *, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._state = state
        self._take = take
        self._clock = clock
        self._accounts: dict[str, _Account] = {}

    async def start(self) -> None:
        """Pull what came while nobody pulled, of every account that has ever called.

        Raises:
            StateError: If the state cannot be read.
        """
        for account_id in json.loads(await self._state.load_shared(_ACCOUNTS) or "[]"):
            self._accounts[account_id] = _Account(account_id)
            self._pull_soon(self._accounts[account_id])

    async def stop(self) -> None:
        """Pull no more; what is left at WeCom is pulled at the next start."""
        tasks = [account.pulling for account in self._accounts.values() if account.pulling]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def pull(self, token: str, account_id: str) -> None:
        """There is something to pull; returns at once."""
        if account_id not in self._accounts:
            await self._remember(account_id)
        account = self._accounts.setdefault(account_id, _Account(account_id))
        account.token = token
        self._pull_soon(account)

    async def _remember(self, account_id: str) -> None:
        """Remember an account for the next start."""
        try:
            known = json.loads(await self._state.load_shared(_ACCOUNTS) or "[]")
            if account_id not in known:
                await self._state.save_shared(_ACCOUNTS, json.dumps([*known, account_id]))
        except StateError as exc:
            log.warning("wecom customers' account not remembered", extra={"reason": str(exc)})

    def _pull_soon(self, account: _Account) -> None:
        account.wanted = True
        if account.pulling is None or account.pulling.done():
            account.pulling = asyncio.create_task(self._pull_all(account))

    async def _pull_all(self, account: _Account) -> None:
        """Pull until nothing more is wanted, however long WeCom or the state fail."""
        wait_s = _FIRST_WAIT_S
        while account.wanted:
            account.wanted = False
            try:
                while await self._pull_page(account):
                    pass
                wait_s = _FIRST_WAIT_S
            except (WeComError, StateError) as exc:
                account.wanted = True
                if isinstance(exc, WeComError) and exc.code == _BAD_TOKEN and account.token:
                    account.token = ""
                    continue
                log.warning("wecom customers' messages not pulled", extra={"reason": str(exc), "again_s": wait_s})
                await asyncio.sleep(wait_s)
                wait_s = min(wait_s * 2, _LAST_WAIT_S)
            except Exception:
                log.exception("wecom customers' messages not understood")

    async def _pull_page(self, account: _Account) -> bool:
        """Pull a page into the inbox; whether there are more."""
        kept = f"wecom-kf cursor {account.id}"
        cursor = await self._state.load_shared(kept)
        asked: dict[str, Any] = {"open_kfid": account.id, "limit": PAGE}
        asked |= ({"cursor": cursor} if cursor else {}) | ({"token": account.token} if account.token else {})
        page = await self._client.call("kf/sync_msg", asked)
        messages = [one for one in page.get("msg_list") or [] if isinstance(one, dict) and isinstance(one.get("msgid"), str)]
        since = await self._since(account, is_first=not cursor)
        messages = [one for one in messages if _number(one.get("send_time")) >= since]
        items = [(f"{account.id}:{one['msgid']}", {"open_kfid": account.id} | one) for one in messages]
        is_new = await self._state.admit_all(CHANNEL, [(key, json.dumps(message)) for key, message in items]) if items else []
        # Before the cursor moves: should that fail, they are pulled again, and are new no more.
        self._take([item for item, new in zip(items, is_new, strict=True) if new])
        if next_cursor := page.get("next_cursor"):
            await self._state.save_shared(kept, str(next_cursor))
        # A cursor that does not move would be pulled from for ever.
        has_more = bool(page.get("has_more")) and bool(next_cursor) and next_cursor != cursor
        if since and not has_more:
            await self._state.drop_shared(f"{_SINCE} {account.id}")
        return has_more

    async def _since(self, account: _Account, *, is_first: bool) -> float:
        """From when on messages are answered: kept from the first page of an account to its last, over a restart too; 0 after that."""
        kept = await self._state.load_shared(f"{_SINCE} {account.id}")
        if kept is None and is_first:
            kept = str(self._clock() - NEW_WITHIN_S)
            await self._state.save_shared(f"{_SINCE} {account.id}", kept)
        return float(kept or 0)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
