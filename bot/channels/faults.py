"""Faults of a platform: counted each time, told in the log when they begin and when they are over."""

from __future__ import annotations

import logging

from prometheus_client import Counter

log = logging.getLogger(__name__)


class FaultLog:
    """Tells a fault once when it begins, and once that it is over, however often it happens in between.

    Args:
        channel: Which channel's.
        where: What does not work meanwhile.
        faults: Counts them, by ``where`` and kind.
    """

    def __init__(self, channel: str, where: str, faults: Counter) -> None:
        self._channel = channel
        self._where = where
        self._faults = faults
        self._current: str | None = None

    def report(self, kind: str, detail: str) -> None:
        """Count a fault, and tell it unless the last one was of its kind."""
        self._faults.labels(self._where, kind).inc()
        if kind != self._current:
            log.warning(f"{self._channel} fault", extra={"where": self._where, "kind": kind, "detail": detail[:300]})
        self._current = kind

    def over(self) -> None:
        """It works."""
        if self._current is not None:
            log.info(f"{self._channel} fault over", extra={"where": self._where, "kind": self._current})
        self._current = None
