"""Waiting for something to have happened, without polling."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

WAIT_LIMIT_S = 10.0
_Found = TypeVar("_Found")


class Waiting:
    """Lets tests wait for what a server has seen."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []

    async def wait_for(self, predicate: Callable[[], _Found], *, timeout_s: float = WAIT_LIMIT_S, what: str = "") -> _Found:
        """Wait until *predicate* gives something true, and return that; it is asked again whenever something has happened."""
        found = predicate()
        if found:
            return found
        future: asyncio.Future[_Found] = asyncio.get_running_loop().create_future()
        entry = (predicate, future)
        self._waiting.append(entry)
        try:
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError:
            raise AssertionError(f"waited {timeout_s} s for {what or predicate}; {self.seen()}") from None
        finally:
            self._waiting.remove(entry)

    def changed(self) -> None:
        """Something has happened: whoever waits looks again."""
        for predicate, future in self._waiting:
            if not future.done():
                try:
                    if found := predicate():
                        future.set_result(found)
                except Exception as exc:
                    future.set_exception(exc)

    def seen(self) -> str:
        """What to tell somebody who has waited in vain."""
        return ""
