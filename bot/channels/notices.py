"""Notices that somebody gets now and then, and not each time there would be reason to."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Somebody who asks too fast is told so once in this many seconds.
NOTICE_INTERVAL_S = 60.0
_MOST_NOTICED = 10_000


class Notices:
    """Whether a notice is due to somebody: once in *interval_s*; kept in memory.

    Args:
        interval_s: Seconds between two notices to the same person.
        clock: Seconds, never going back.
    """

    def __init__(self, interval_s: float = NOTICE_INTERVAL_S, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval_s = interval_s
        self._clock = clock
        self._noticed: dict[str, float] = {}

    def is_due(self, sender: str) -> bool:
        """Whether *sender* is to be told now; counts as told from now on."""
        now = self._clock()
        if now - self._noticed.get(sender, -self._interval_s) < self._interval_s:
            return False
        if len(self._noticed) >= _MOST_NOTICED:
            self._noticed.clear()
        self._noticed[sender] = now
        return True
