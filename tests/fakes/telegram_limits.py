"""What goes wrong on purpose: rate limits and injected faults."""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass, field

#: Kinds of fault. Before the call is done: an answer with that status; ``timeout`` never answers; ``reset`` closes the connection;
#: ``slow`` waits, then does it; ``garbage`` answers with something that is not JSON. After it is done: ``lost`` closes the connection.
#: On the next update: ``duplicate`` hands it out once more after it was acknowledged; ``reorder`` hands it out after the one that follows.
KINDS = {"401", "403", "409", "429", "500", "502", "503", "504", "timeout", "reset", "slow", "garbage", "lost", "duplicate", "reorder"}
UPDATE_KINDS = {"duplicate", "reorder"}


@dataclass(slots=True)
class Injection:
    """A fault to come.

    Attributes:
        kind: One of ``KINDS``.
        method: Of which method; None for any.
        chat_id: In which chat; None for any.
        times: How often yet; infinite for as long as the server runs.
        chance: How likely each time, in [0, 1].
        seconds: ``retry_after`` of a 429, the wait of ``slow``.
        done: How often it happened.
    """

    kind: str
    method: str | None = None
    chat_id: int | None = None
    times: float = 1
    chance: float = 1.0
    seconds: float = 1
    done: int = 0


class Injections:
    """The faults to come, in the order in which they were asked for."""

    def __init__(self, seed: int = 1) -> None:
        self.all: list[Injection] = []
        self._random = random.Random(seed)

    def add(self, injection: Injection) -> Injection:
        if injection.kind not in KINDS:
            raise ValueError(f"no fault {injection.kind!r}; there are {', '.join(sorted(KINDS))}")
        self.all.append(injection)
        return injection

    def take(self, *, method: str = "", chat_id: object = None, updates: bool = False) -> Injection | None:
        """The fault for this call or update, if one is due; counted as done."""
        for injection in self.all:
            if injection.times < 1 or (injection.kind in UPDATE_KINDS) != updates:
                continue
            if injection.method not in (None, method) or (injection.chat_id is not None and injection.chat_id != chat_id):
                continue
            if injection.method is None and method == "getUpdates":
                continue  # faults of polling are asked for by name
            if injection.chance < 1 and self._random.random() >= injection.chance:
                continue
            injection.times -= 1
            injection.done += 1
            return injection
        return None


@dataclass(slots=True)
class RateLimits:
    """About 30 messages a second in all, 1 a second in a chat with a burst, 20 a minute in a group.

    Source: core.telegram.org/bots/faq, "My bot is hitting limits". The burst is not published; a few messages go through in practice.
    """

    overall_per_s: int = 30
    chat_burst: int = 5
    group_per_minute: int = 20
    _overall: deque[float] = field(default_factory=deque)
    _chats: dict[int, deque[float]] = field(default_factory=dict)

    def seconds_to_wait(self, chat_id: int, now: float) -> int:
        """0 where a message to *chat_id* may be sent now, which counts it; otherwise the ``retry_after`` of the 429."""
        chat = self._chats.setdefault(chat_id, deque())
        is_group = chat_id < 0
        window, most = (60.0, self.group_per_minute) if is_group else (float(self.chat_burst), self.chat_burst)
        for sent, length in ((self._overall, 1.0), (chat, window)):
            while sent and sent[0] <= now - length:
                sent.popleft()
        waits = [
            sent[0] + length - now
            for sent, length, limit in ((self._overall, 1.0, self.overall_per_s), (chat, window, most))
            if len(sent) >= limit
        ]
        if waits:
            return max(1, math.ceil(max(waits)))
        self._overall.append(now)
        chat.append(now)
        return 0
