"""A conversation held in memory, for the terminal: no state store, no event loop."""

from __future__ import annotations

import time

from ulid import ULID

from bot.conversation import Context
from bot.messages import Reply
from bot.pipeline import answer_message
from knowledge.library import Library


class Conversation:
    """A conversation held in memory."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._context = Context()

    def ask(self, text: str) -> Reply:
        """The reply to the next turn."""
        start = time.perf_counter()
        answer, self._context = answer_message(text, self._library, self._context)
        elapsed_ms = (time.perf_counter() - start) * 1000
        return Reply(str(ULID()), answer, self._library.release, elapsed_ms)
