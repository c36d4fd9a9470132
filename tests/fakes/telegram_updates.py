"""Updates on their way to the bot: fetched by long polling, or posted to a webhook until it takes them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.fakes.telegram_limits import Injection
from tests.fakes.telegram_world import BotApiError, Message

#: Not sent unless asked for. Source: Bot API, getUpdates, allowed_updates.
ON_DEMAND = {"chat_member", "message_reaction", "message_reaction_count"}
WEBHOOK_TIMEOUT_S = 60.0
LONGEST_RETRY_S = 1.0


@dataclass(slots=True)
class Update:
    """An update.

    Attributes:
        id: ``update_id``.
        kind: Its field of the Bot API's Update.
        json: The whole.
        queue: Updates of one queue (a chat) are posted one after the other.
        message: The message in it, where there is one.
        deliveries: How often it was handed out.
        done: Acknowledged by an offset, or answered with 2xx.
    """

    id: int
    kind: str
    json: dict[str, Any]
    queue: int
    message: Message | None = None
    deliveries: int = 0
    done: bool = False


@dataclass(slots=True)
class Webhook:
    """Where updates are posted."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_at: int = 0


class Updates:
    """The queue of updates.

    Attributes:
        pending: Not yet acknowledged, in order of delivery.
        allowed: Kinds that are delivered; None for the platform's default.
        retry_s: First pause after a webhook has failed; it doubles up to ``LONGEST_RETRY_S``.
    """

    def __init__(self, *, changed: Callable[[], None], take_fault: Callable[[], Injection | None], first_id: int = 500_001) -> None:
        self.pending: deque[Update] = deque()
        self.allowed: set[str] | None = None
        self.webhook = Webhook()
        self.retry_s = 0.05
        self.sent = 0
        self._changed = changed
        self._take_fault = take_fault
        self._next_id = first_id
        self._held: Update | None = None
        self._again: list[Update] = []
        self._poller: asyncio.Future[bool] | None = None
        self._arrived = asyncio.Event()
        self._posting: dict[int, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(self.webhook.max_connections)

    @property
    def has_poller(self) -> bool:
        """A long poll waits for updates."""
        return self._poller is not None

    def allows(self, kind: str) -> bool:
        return kind not in ON_DEMAND if self.allowed is None else kind in self.allowed

    def add(self, kind: str, content: dict[str, Any], queue: int, message: Message | None = None) -> Update | None:
        """Queue an update for the bot; None where its kind is not wanted."""
        if not self.allows(kind):
            return None
        update = Update(self._next_id, kind, {"update_id": self._next_id, kind: content}, queue, message)
        self._next_id += 1
        fault = self._take_fault()
        if fault and fault.kind == "reorder" and self._held is None:
            self._held = update
            return update
        ready = [update, self._held] if self._held else [update]
        self._held = None
        for one in ready:
            self.pending.append(one)
            if fault and fault.kind == "duplicate" and one is update:
                self._again.append(one)
            if self.webhook.url:
                self._post_soon(one.queue)
        self._arrived.set()
        self._changed()
        return update

    # ---- long polling

    async def poll(self, offset: int, limit: int, timeout_s: float) -> list[dict[str, Any]]:
        """What ``getUpdates`` gives; a second poller ends the first.

        Raises:
            BotApiError: 409 while a webhook is set, and to the poller that another has replaced.
        """
        if self.webhook.url:
            raise BotApiError(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        if self._poller and not self._poller.done():
            self._poller.set_result(True)
        self._acknowledge(offset)
        if not self.pending and timeout_s > 0 and not any(update.done for update in self._again):
            await self._wait_for_updates(timeout_s)
        again = [update for update in self._again if update.done]
        self._again = [update for update in self._again if not update.done]
        batch = [*again, *list(self.pending)[:limit]][:limit]
        for update in batch:
            self._deliver(update)
        if batch:
            self._changed()
        return [update.json for update in batch]

    async def _wait_for_updates(self, timeout_s: float) -> None:
        self._arrived.clear()
        replaced = self._poller = asyncio.get_running_loop().create_future()
        arrived = asyncio.ensure_future(self._arrived.wait())
        self._changed()
        try:
            await asyncio.wait({arrived, replaced}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            arrived.cancel()
            if self._poller is replaced:
                self._poller = None
        if replaced.done():
            raise BotApiError(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running")

    def _acknowledge(self, offset: int) -> None:
        if offset < 0:
            offset = self.pending[offset].id if len(self.pending) >= -offset else 0
        if any(update.id < offset for update in self.pending):
            for update in self.pending:
                update.done = update.done or update.id < offset
            self.pending = deque(update for update in self.pending if not update.done)
            self._changed()

    def _deliver(self, update: Update) -> None:
        update.deliveries += 1
        self.sent += 1
        if update.message and update.message.delivered_at is None:
            update.message.delivered_at = asyncio.get_running_loop().time()

    # ---- webhook

    async def set_webhook(self, webhook: Webhook, *, drop_pending: bool = False) -> None:
        """Post to this address from now on; an empty one ends it."""
        for task in self._posting.values():
            task.cancel()
        self._posting = {}
        self.webhook = webhook
        self._slots = asyncio.Semaphore(webhook.max_connections)
        if drop_pending:
            self.pending.clear()
        if webhook.url:
            if self._poller and not self._poller.done():
                self._poller.set_result(True)
            for queue in {update.queue for update in self.pending}:
                self._post_soon(queue)

    def _post_soon(self, queue: int) -> None:
        if queue not in self._posting:
            self._posting[queue] = asyncio.create_task(self._post_queue(queue))

    async def _post_queue(self, queue: int) -> None:
        try:
            while update := next((update for update in self.pending if update.queue == queue), None):
                await self._post_until_taken(update)
                update.done = True
                self.pending.remove(update)
                if update in self._again:
                    self._again.remove(update)
                    await self._post_until_taken(update)
                self._changed()
        finally:
            if self._posting.get(queue) is asyncio.current_task():
                del self._posting[queue]

    async def _post_until_taken(self, update: Update) -> None:
        pause_s = self.retry_s
        while True:
            async with self._slots:
                error = await self._post(update)
            if not error:
                return
            self.webhook.last_error, self.webhook.last_error_at = error, int(time.time())
            self._changed()
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_RETRY_S)

    async def _post(self, update: Update) -> str:
        """Post once; returns what was wrong, or an empty string."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(WEBHOOK_TIMEOUT_S))
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.secret_token} if self.webhook.secret_token else {}
        self._deliver(update)
        try:
            async with self._session.post(self.webhook.url, json=update.json, headers=headers) as response:
                await response.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as exc:
            return f"Connection failed: {type(exc).__name__}"
        return "" if 200 <= response.status < 300 else f"Wrong response from the webhook: {response.status} {response.reason}"

    async def close(self) -> None:
        """Stop delivering."""
        tasks = list(self._posting.values())
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._session:
            await self._session.close()
