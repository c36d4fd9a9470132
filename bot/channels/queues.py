"""Conversations side by side, and in order within each."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class KeyedQueues(Generic[T]):
    """Runs *handle* on items: those of one key one after the other, those of different keys at the same time.

    A key has a task only while it has items. There is no limit on the tasks, since a conversation that has to wait for its
    platform would keep others from theirs; who puts items in looks at ``len``.

    Args:
        handle: Must not raise: what it raises ends the task, and the items of that key that wait go on with the next one put in.
    """

    def __init__(self, handle: Callable[[T], Awaitable[None]]) -> None:
        self._handle = handle
        self._items: dict[Hashable, deque[T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0

    def __len__(self) -> int:
        """Items that wait or are being handled."""
        return self._count

    def put(self, key: Hashable, item: T) -> None:
        """Add *item* behind those of its key."""
        self._count += 1
        if key in self._items:
            self._items[key].append(item)
            return
        self._items[key] = deque([item])
        task = asyncio.create_task(self._work(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, *, timeout_s: float) -> bool:
        """Wait until nothing is left; after *timeout_s* seconds cancel what is. Whether all was handled."""
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=timeout_s)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1)
                return False
        return not self._count

    async def _work(self, key: Hashable) -> None:
        items = self._items[key]
        try:
            while items:
                await self._handle(items[0])
                items.popleft()
                self._count -= 1
        finally:
            del self._items[key]
            self._count -= len(items)
