"""Work on a SQLite connection from an event loop: on one thread, and what waits together in one transaction.

A transaction costs far more than the rows in it (the lock, the write-ahead log, the way to another thread and back), so the
works that come in while one is committed share the next, and those that one round of the event loop brings begin together: with one
message at a time nothing waits, under load the cost of a commit is shared by all messages in flight.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from bot.errors import StateError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]
#: More rows than this are not held in one transaction, lest another process wait for the lock.
_MAX_WORKS = 256


class SqliteWriter:
    """Runs works on *connection*, in the order in which they come."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._waiting: deque[tuple[Work, asyncio.Future[Any]]] = deque()
        self._lock = threading.Lock()
        self._committing = False
        self._closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of *work*, once it has been committed.

        Raises:
            StateError: If the database refuses it (other works are not affected), or the store has been closed.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._lock:
            if self._closed:
                raise StateError("state has been closed")
            self._waiting.append((work, future))
            idle, self._committing = not self._committing, True
            if idle:
                # At the end of this round of the loop: what else it brings shares the commit.
                asyncio.get_running_loop().call_soon(self._begin)
        return await future

    def _begin(self) -> None:
        with contextlib.suppress(RuntimeError):  # closed meanwhile, which commits what waits
            self._thread.submit(self._commit_waiting)

    async def close(self) -> None:
        """Commit what waits and close the connection."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        await asyncio.get_running_loop().run_in_executor(self._thread, self._finish)
        self._thread.shutdown(wait=False)

    def _finish(self) -> None:
        self._commit_waiting()
        self._connection.close()

    def _commit_waiting(self) -> None:
        while True:
            with self._lock:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), _MAX_WORKS))]
                if not batch:
                    self._committing = False
                    return
            self._commit(batch)

    def _commit(self, batch: list[tuple[Work, asyncio.Future[Any]]]) -> None:
        works = [work for work, _ in batch]
        try:
            outcomes = self._transact(works)
        except Exception:  # one of them fails: each by itself, so that it alone does
            outcomes = [self._attempt(work) for work in works]
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            by_loop.setdefault(future.get_loop(), []).append((future, outcome))
        for loop, settled in by_loop.items():
            with contextlib.suppress(RuntimeError):  # a loop that has been closed waits for nothing
                loop.call_soon_threadsafe(_settle, settled)

    def _transact(self, works: list[Work]) -> list[Any]:
        with self._connection:
            return [work(self._connection) for work in works]

    def _attempt(self, work: Work) -> Any:
        try:
            return self._transact([work])[0]
        except sqlite3.Error as exc:
            fault = StateError(f"state cannot be read or written ({exc})")
            fault.__cause__ = exc
            return fault
        except Exception as exc:
            return exc


def _settle(settled: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, outcome in settled:
        if future.done():  # whoever waited has been cancelled
            continue
        if isinstance(outcome, Exception):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
