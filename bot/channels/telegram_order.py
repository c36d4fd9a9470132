"""Updates in the order in which they happened, where they come over several connections."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from typing import Any

JSONDict = dict[str, Any]

#: How long an update waits for those before it, in seconds. A request takes some tenths of a second to overtake another.
HOLD_S = 0.3
#: An id this far below the last one is no late update: the platform has begun to count anew.
_ANEW = 10_000


class Resequencer:
    """Passes updates on in order of their ids.

    "Update identifiers start from a certain positive number and increase sequentially. This identifier ... allows you ... to restore
    the correct updates sequence, should they get out of order." (Bot API, Update.) An update whose predecessor is missing waits for it
    for ``HOLD_S``; the first one after a start does so too. What is later still is passed on as it comes.

    Args:
        release: Gets each update once.
    """

    def __init__(self, release: Callable[[JSONDict], None], *, hold_s: float = HOLD_S) -> None:
        self._release = release
        self._hold_s = hold_s
        self._next: int | None = None
        self._held: list[tuple[int, JSONDict]] = []
        self._timer: asyncio.TimerHandle | None = None

    def put(self, update: JSONDict) -> None:
        """Take an update, no two of the same id."""
        update_id = int(update["update_id"])
        if self._next is not None and update_id < self._next:
            if update_id < self._next - _ANEW:
                self._next = update_id + 1
            self._release(update)
            return
        heapq.heappush(self._held, (update_id, update))
        while self._held and self._held[0][0] == self._next:
            self._release_first()
        if self._held and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._hold_s, self.flush)

    def flush(self) -> None:
        """Wait no longer for what is missing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._held:
            self._release_first()

    def _release_first(self) -> None:
        update_id, update = heapq.heappop(self._held)
        self._next = update_id + 1
        self._release(update)
