"""What each member has been sent lately, by all processes of the application: how long the next message has to wait, and whether its
words have been said before.

Source: developer.work.weixin.qq.com/document/path/90236: a member gets 30 messages a minute and 1,000 an hour, and what is more is dropped
without a word; so is a text that the member has had within the time that comes with it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.channels.pace import Pace
from bot.state.base import StateStore

#: 10 at once and then one in 3 seconds never make more than 30 in any minute, nor 200 and then one in 4.5 more than 1,000 in any hour.
MINUTE_PACE, HOUR_PACE = (3.0, 10), (4.5, 200)
#: WeCom drops a text that it has had for the same member within so many seconds: what is sent again since its answer got lost; and
#: what is sent again after a crash.
REPEAT_WINDOW_S, REPEAT_WINDOW_AFTER_CRASH_S = 120, 4 * 3600
#: Words that are meant a second time go out so many seconds after the first: WeCom's window has 1 second at least.
_REPEATED_AFTER_S = 2.0
_MOST_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Turn:
    """A member's next message: seconds to wait before it is sent, and within how many seconds WeCom is to drop its words as repeated."""

    wait_s: float
    repeat_window_s: int


class MemberTurns:
    """Gives out turns, one state for all processes.

    Args:
        store: Where that is kept; of a member only a keyed hash, and for some minutes.
        key: What the hash is made with: a secret of the application.
        clock: Seconds since 1970.
    """

    def __init__(self, store: StateStore, key: str, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._key = key.encode()
        self._clock = clock
        #: What this process has sent after a crash of an earlier one.
        self._after_crash: dict[str, float] = {}

    async def take(self, user: str, content: Mapping[str, Any], *, after_crash: bool) -> Turn:
        """The turn of *content* for *user*.

        Args:
            user: Userid.
            content: What is to be sent.
            after_crash: Whether it may have been sent before by a process that is gone.

        Raises:
            StateError: If the state cannot be read or kept.
        """
        member = self._digest(user)
        words = self._digest(user, json.dumps(content, sort_keys=True))[:16]
        now = self._clock()

        def take(kept: str | None) -> tuple[str, float, Turn]:
            before: dict[str, Any] = json.loads(kept) if kept else {"due": [0.0, 0.0], "said": {}}
            paces = [Pace(*pace, due=due) for pace, due in zip((MINUTE_PACE, HOUR_PACE), before["due"], strict=True)]
            wait_s = max(pace.reserve(now) for pace in paces)
            said = {one: at for one, at in before["said"].items() if now - at < REPEAT_WINDOW_S}
            is_meant_again = words in said
            if is_meant_again and not after_crash:
                wait_s = max(wait_s, said[words] + _REPEATED_AFTER_S - now)
            said[words] = now + wait_s
            due = [pace.due for pace in paces]
            value = json.dumps({"due": due, "said": said})
            return value, max(*due, now + REPEAT_WINDOW_S), Turn(wait_s, 1 if is_meant_again else REPEAT_WINDOW_S)

        turn = await self._store.change_shared(f"wecom sent {member}", take)
        return Turn(turn.wait_s, self._window_after_crash(words, now)) if after_crash else turn

    def _window_after_crash(self, words: str, now: float) -> int:
        """What the process that is gone has said is not known to be said: only what this one repeats is meant a second time."""
        if len(self._after_crash) >= _MOST_REMEMBERED:
            self._after_crash.clear()
        before, self._after_crash[words] = self._after_crash.get(words), now
        return 1 if before is not None and now - before < REPEAT_WINDOW_S else REPEAT_WINDOW_AFTER_CRASH_S

    def _digest(self, *parts: str) -> str:
        return hmac.new(self._key, "\n".join(parts).encode(), hashlib.sha256).hexdigest()[:32]
