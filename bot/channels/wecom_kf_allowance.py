"""How many messages a customer of 微信客服 may yet be sent, counted by all processes together.

Source: developer.work.weixin.qq.com/document/path/94677: at most 5 after each message of theirs. Those count that are sent after they
wrote it, which may be before it is pulled; so an answer that is on its way when they write again takes from the next one's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from bot.channels.wecom_kf_messages import MAX_MESSAGES
from bot.state.base import StateStore

#: What was sent longer ago came before anything that is still to be answered, unless nobody was there to answer it.
_COUNTED_S = 600.0
#: What is being sent counts as sent after anything that the customer writes; where the process is killed meanwhile, for so long.
_ON_ITS_WAY_S = 60.0


class Allowance:
    """Hands out what may be sent.

    Args:
        state: Where it is kept what was sent, under the conversation's keyed hash and for ten minutes.
        clock: Seconds since 1970.
    """

    def __init__(self, state: StateStore, *, clock: Callable[[], float] = time.time) -> None:
        self._state = state
        self._clock = clock

    async def take(self, conversation: str, wanted: int, *, since: float) -> int:
        """Take up to *wanted* messages; one is left over for what the customer writes meanwhile, where it is not the last. Then ``settle``.

        Args:
            conversation: Keyed hash of the conversation.
            wanted: Messages to send, 1 to 5.
            since: When the customer wrote last, as far as known, in whole seconds since 1970.

        Returns:
            How many may be sent; 0 where nothing may be until the customer writes again.

        Raises:
            StateError: If it cannot be kept.
        """
        now = self._clock()

        def take(kept: str | None) -> tuple[str, float, int]:
            sent = [at for at in (json.loads(kept) if kept else []) if now - at < _COUNTED_S]
            left = MAX_MESSAGES - sum(at >= since for at in sent)
            # What was sent in the second in which they wrote may have come before: one more is tried, and WeCom has the last word.
            may_be_left = MAX_MESSAGES - sum(at >= since + 1 for at in sent)
            granted = min(wanted, max(left - 1, min(may_be_left, 1), 0))
            return json.dumps([*sent, *[now + _ON_ITS_WAY_S] * granted]), now + _COUNTED_S, granted

        return await self._state.change_shared(_key(conversation), take)

    async def settle(self, conversation: str, granted: int, *, sent: bool) -> None:
        """What was taken has been *sent* by now, or is given back.

        Raises:
            StateError: If it cannot be kept.
        """
        now = self._clock()

        def settle(kept: str | None) -> tuple[str, float, None]:
            times = sorted(json.loads(kept)) if kept else []
            left = times[: max(len(times) - granted, 0)]  # which of those on their way makes no difference
            return json.dumps([*left, *[now] * (granted if sent else 0)]), now + _COUNTED_S, None

        await self._state.change_shared(_key(conversation), settle)


def _key(conversation: str) -> str:
    return f"wecom-kf sent {conversation}"
