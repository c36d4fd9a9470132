"""How fast the bot may talk to Telegram, and what is done when it is refused.

python-telegram-bot's own ``AIORateLimiter`` keeps no limit per private chat, stops every chat for one that must wait, and does not
retry after network faults; this one does what it does not.

Telegram has no key by which a request sent twice is known: where the answer to a sent message is lost, nobody can tell whether the
message arrived. It is sent again then: an answer that comes twice is a smaller fault than one that never comes.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any

from telegram.error import ChatMigrated, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot.channels.pace import Pace
from bot.channels.telegram_faults import Fault, TelegramMetrics, fault_of, is_fresh_connection_needed

#: Source of the limits: core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this: one message a second in a chat with
#: short bursts, 20 a minute in a group. 5 at once and then one in 4 seconds never make more than 20 in any minute.
CHAT_INTERVAL_S, CHAT_BURST = 1.0, 3
GROUP_INTERVAL_S, GROUP_BURST = 4.0, 5
#: How often a message that meets faults is tried, some four minutes in all: a part of a conversation waits that long, others do not.
MESSAGE_ATTEMPTS = 12
OTHER_ATTEMPTS = 3
#: Waits between them, in seconds: doubled from the first to the last.
FIRST_WAIT_S, LAST_WAIT_S = 0.25, 30.0
_MAX_CHATS = 4096
#: Faults that pass. A token does not become right by trying, but a gateway that has lost its way says 401 too.
_PASSING = frozenset({Fault.FLOOD, Fault.NETWORK, Fault.UNAUTHORIZED, Fault.CONFLICT})

#: Of a sent message only its id and place are of use.
_ECHO = frozenset({"text", "entities", "reply_markup", "reply_to_message", "link_preview_options"})

Post = Callable[..., Coroutine[Any, Any, Any]]


class Pacer(BaseRateLimiter[int]):
    """Paces the messages that are sent, and sees every request through its faults.

    Args:
        rate: Messages a second in all chats together; 0 for no limits of any kind.
        metrics: Where each request and its end is counted.
        clock: Seconds, never going back.
    """

    def __init__(self, rate: float, metrics: TelegramMetrics, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._overall = Pace(1 / rate, 1) if rate else None
        self._chats: dict[int | str, Pace] = {}
        self._metrics = metrics
        self._clock = clock

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""

    async def process_request(
        self,
        callback: Post,
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        """Send a request, again where that may help; *rate_limit_args* is the number of attempts.

        Raises:
            TelegramError: Of the last attempt.
        """
        is_message = endpoint.startswith(("send", "edit", "copy", "forward")) and endpoint != "sendChatAction"
        attempts = rate_limit_args or (MESSAGE_ATTEMPTS if is_message else OTHER_ATTEMPTS)
        wait_s = FIRST_WAIT_S
        for attempt in range(1, attempts + 1):
            if is_message and self._overall:
                await self._take_turn(data.get("chat_id"))
            try:
                result = await callback(*args, **kwargs)
            except TelegramError as exc:
                fault = fault_of(exc)
                self._metrics.requests.labels(endpoint, fault.value).inc()
                if fault is Fault.NOT_MODIFIED:
                    return True  # it shows what it should
                if isinstance(exc, ChatMigrated) and data.get("chat_id") != exc.new_chat_id:
                    data["chat_id"] = exc.new_chat_id  # the same dictionary is sent again
                    continue
                if attempt == attempts or fault not in _PASSING:
                    raise
                if isinstance(exc, RetryAfter):
                    await self._obey(exc, data.get("chat_id"))
                elif attempt > 1 or not is_fresh_connection_needed(exc):
                    await asyncio.sleep(wait_s * random.uniform(0.8, 1.2))
                    wait_s = min(wait_s * 2, LAST_WAIT_S)
            else:
                self._metrics.requests.labels(endpoint, "ok").inc()
                return _without_echo(result) if is_message else result
        raise AssertionError("the last attempt returns or raises")

    async def _take_turn(self, chat_id: int | str | None) -> None:
        # The chat's turn first: a place in the overall queue must not be held by a message that may not go yet.
        if chat_id is not None and (wait_s := self._chat(chat_id).reserve(self._clock())):
            await asyncio.sleep(wait_s)
        if self._overall and (wait_s := self._overall.reserve(self._clock())):
            await asyncio.sleep(wait_s)

    async def _obey(self, refused: RetryAfter, chat_id: int | str | None) -> None:
        """Wait for as long as the server says, in this chat alone."""
        wait_s = refused._retry_after.total_seconds()  # the public attribute is int or timedelta, by an environment variable
        if chat_id is not None and self._overall:
            self._chat(chat_id).hold(self._clock() + wait_s)
        else:
            await asyncio.sleep(wait_s)

    def _chat(self, chat_id: int | str) -> Pace:
        pace = self._chats.get(chat_id)
        if pace is None:
            if len(self._chats) >= _MAX_CHATS:
                now = self._clock()
                self._chats = {known: pace for known, pace in self._chats.items() if not pace.is_idle(now)}
            # Groups have negative ids; a name in place of an id is that of a public group or channel.
            is_group = isinstance(chat_id, str) or chat_id < 0
            pace = Pace(GROUP_INTERVAL_S, GROUP_BURST) if is_group else Pace(CHAT_INTERVAL_S, CHAT_BURST)
            self._chats[chat_id] = pace
        return pace


def _without_echo(result: Any) -> Any:
    """The message that was sent, without what it was sent with: read back, its buttons cost as much as all the rest of an answer."""
    return {name: value for name, value in result.items() if name not in _ECHO} if isinstance(result, dict) else result
