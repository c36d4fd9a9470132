"""Reports that are opened when somebody first asks for one, and closed again when others are asked for more lately."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, overload

T = TypeVar("T")
#: An opened report takes some 60 MB with ten thousand stored questions, some 15 MB with none but its own words.
MAX_OPEN = 12


class Shelf(Sequence[T], Generic[T]):
    """A sequence whose items are made on first use; the first one stays, of the others the *max_open* used last.

    Args:
        names: Names of the items, in order; at least one.
        open_one: Makes the item of a name.
        max_open: How many are held at once, besides the first.
    """

    def __init__(self, names: Sequence[str], open_one: Callable[[str], T], *, max_open: int = MAX_OPEN) -> None:
        self._names = tuple(names)
        self._open_one = open_one
        self._max_open = max_open
        self._lock = threading.RLock()
        self._first = open_one(self._names[0])
        self._held: OrderedDict[str, T] = OrderedDict()

    def named(self, name: str) -> T:
        """The item of that name, made if need be."""
        if name == self._names[0]:
            return self._first
        with self._lock:
            item = self._held.pop(name) if name in self._held else self._open_one(name)
            self._held[name] = item
            while len(self._held) > self._max_open:
                self._held.popitem(last=False)
            return item

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return [self.named(name) for name in self._names[index]]
        return self.named(self._names[index])
