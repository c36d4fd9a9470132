"""How fast one may go on: a limit that lets bursts through and then evens out."""

from __future__ import annotations


class Pace:
    """A limit of one in *interval_s*, of which *burst* may come at once.

    Callers are served in the order in which they ask (the generic cell rate algorithm, ITU-T I.371: the time at which the next would
    be due if all came evenly, and how far that may lie ahead).

    Args:
        interval_s: Seconds from one to the next.
        burst: At least 1.
        due: ``due`` of one that is to be gone on with; 0 for a new one.
    """

    def __init__(self, interval_s: float, burst: int, due: float = 0.0) -> None:
        self._interval_s = interval_s
        self._ahead_s = interval_s * (burst - 1)
        self._due = due

    @property
    def due(self) -> float:
        """When the next would be due; all that tells a pace from a new one."""
        return self._due

    def reserve(self, now: float) -> float:
        """Take the next place; seconds to wait for it."""
        self._due = max(self._due, now)
        wait_s = max(0.0, self._due - self._ahead_s - now)
        self._due += self._interval_s
        return wait_s

    def hold(self, until: float) -> None:
        """Let nothing through before *until*, and no burst then."""
        self._due = max(self._due, until + self._ahead_s)

    def is_idle(self, now: float) -> bool:
        """Whether nothing would be different had it never been used."""
        return self._due <= now
