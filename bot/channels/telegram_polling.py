"""Long polling: updates asked for again and again, through whatever goes wrong."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

from telegram.error import RetryAfter, TelegramError

from bot.channels.faults import FaultLog
from bot.channels.telegram_faults import Fault, fault_of

#: First and longest wait after a fault, in seconds, doubled in between. A second poller is left some time to go; a token that is refused
#: may be put right by whoever revoked it, and is tried for ever, since the other channels go on anyway.
_WAITS: dict[Fault | None, tuple[float, float]] = {
    None: (0.25, 30.0),
    Fault.CONFLICT: (1.0, 30.0),
    Fault.UNAUTHORIZED: (1.0, 300.0),
}

JSONDict = dict[str, Any]


class Backoff:
    """Waits that grow while faults of a kind last."""

    def __init__(self, faults: FaultLog) -> None:
        self._faults = faults
        self._kind: Fault | None = None
        self._wait_s = 0.0

    async def after(self, exc: Exception) -> None:
        """Report *exc*, and wait before the next try."""
        kind = fault_of(exc) if isinstance(exc, TelegramError) else None
        self._faults.report(kind.value if kind else type(exc).__name__, str(exc))
        if isinstance(exc, RetryAfter):
            await asyncio.sleep(exc._retry_after.total_seconds())
            return
        first, last = _WAITS.get(kind, _WAITS[None])
        goes_on = self._wait_s and kind is self._kind
        self._wait_s = min(self._wait_s * 2, last) if goes_on else first
        self._kind = kind
        await asyncio.sleep(self._wait_s * random.uniform(0.8, 1.2))

    def reset(self) -> None:
        """It works."""
        self._wait_s = 0.0
        self._faults.over()


async def poll(
    fetch: Callable[[int | None], Awaitable[list[JSONDict]]],
    take: Callable[[list[JSONDict]], Awaitable[None]],
    faults: FaultLog,
    *,
    on_conflict: Callable[[], Awaitable[None]],
) -> None:
    """Hand updates to *take* until cancelled.

    What *take* has returned from is acknowledged with the next request, and only then: updates that could not be kept are delivered
    again. After a start the first request acknowledges nothing.

    Args:
        fetch: Gets the updates from an offset on.
        take: Keeps updates, in order of their ids.
        faults: Where faults are told.
        on_conflict: Called when the server says that something else gets the updates.
    """
    backoff = Backoff(faults)
    offset: int | None = None
    while True:
        try:
            updates = sorted(await fetch(offset), key=lambda update: int(update["update_id"]))
            if updates:
                await take(updates)
                offset = int(updates[-1]["update_id"]) + 1
        except Exception as exc:  # whatever it is, polling goes on: nobody is there to start it again
            if isinstance(exc, TelegramError) and fault_of(exc) is Fault.CONFLICT:
                await on_conflict()
            await backoff.after(exc)
        else:
            backoff.reset()
