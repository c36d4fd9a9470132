"""What has been worked out lately, kept for whoever asks again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Memory(Generic[V]):
    """Values by key, those not asked for longest forgotten first; threads may share it. Of one report, and gone with it.

    Args:
        most: How many values it holds, at least 1.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, V] = OrderedDict()

    def __len__(self) -> int:
        """Values held."""
        return len(self._held)

    def clear(self) -> None:
        """Forget all of it."""
        with self._lock:
            self._held.clear()

    def recall(self, key: Hashable, make: Callable[[], V]) -> V:
        """The value of *key*, made where it is not held. Not to be changed by who gets it: others get the same."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        value = make()  # outside of the lock, since it takes a while; should two make it at once, the later one stays
        with self._lock:
            self._held[key] = value
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        return value
