"""Telegram: how the channel lives. What people see of it is in ``telegram_handlers``.

An update is admitted to the inbox (on disk), acknowledged to Telegram, answered in its chat's turn, and finished. Whatever ends the
process in between, the updates not finished are answered first after the next start, and one that Telegram delivers again is
dropped.

Between sending an answer and finishing its update there is a moment, and a process killed in it (or a machine that loses its
power) answers that update once more after the start. The other side, finishing before sending, would leave somebody without an
answer and without any sign of it; of the two, the answer given twice was chosen. An ordinary stop has no such moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import logging
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from prometheus_client import Gauge
from telegram import Update
from telegram.error import TelegramError
from telegram.ext import Application, CallbackContext

from bot import texts
from bot.assistant import Assistant
from bot.channels.base import STOP_LIMIT_S
from bot.channels.faults import FaultLog
from bot.channels.queues import KeyedQueues
from bot.channels.telegram_bot import ALLOWED_UPDATES, TelegramBot
from bot.channels.telegram_faults import Fault, TelegramMetrics, fault_of
from bot.channels.telegram_handlers import TelegramDesk, add_handlers
from bot.channels.telegram_order import Resequencer
from bot.channels.telegram_pace import Pacer
from bot.channels.telegram_polling import Backoff, JSONDict, poll
from bot.channels.telegram_profile import publish_profile
from bot.channels.telegram_update import read_update
from bot.errors import StateError
from bot.state.base import StateStore

log = logging.getLogger(__name__)

CHANNEL = "telegram"
SECRET_HEADER = "x-telegram-bot-api-secret-token"
#: Updates taken in and not yet answered, beyond which no more are fetched; those wait at Telegram just as well.
_MAX_WAITING = 2000
#: An update whose answer could not be sent, however often it was tried, is answered anew after this many seconds, so many times.
_LATER_S, _LATER_ATTEMPTS = 300.0, 4


@dataclass(frozen=True, slots=True)
class TelegramSettings:
    """What the channel is told.

    Attributes:
        token: The bot's token.
        api_base: Address that the token is put behind.
        webhook_url: Public address of the webhook; empty for long polling.
        webhook_secret: What a caller of the webhook must know; empty: nobody may call it.
        admins: User ids of admins.
        rate: Messages a second in all chats; 0 for no limits.
    """

    token: str
    api_base: str
    webhook_url: str = ""
    webhook_secret: str = ""
    admins: tuple[int, ...] = ()
    rate: int = 30

    def __repr__(self) -> str:
        return f"TelegramSettings(api_base={self.api_base!r}, webhook_url={self.webhook_url!r}, admins={self.admins}, rate={self.rate})"


class TelegramChannel:
    """The bot on Telegram, beside the other channels of the process.

    Args:
        settings: Where and as whom.
        assistant: Its metrics get the channel's.
        state: Keeps the inbox.
        desk: Answers people.
    """

    def __init__(self, settings: TelegramSettings, assistant: Assistant, state: StateStore, desk: TelegramDesk) -> None:
        self._settings = settings
        self._state = state
        self._metrics = TelegramMetrics(assistant.metrics.registry)
        self._bot = TelegramBot(settings.token, api_base=settings.api_base, limiter=Pacer(settings.rate, self._metrics))
        self._application = Application.builder().bot(self._bot).updater(None).job_queue(None).build()
        self._desk = desk
        add_handlers(self._application, desk)
        self._application.add_error_handler(self._on_error)
        self._queues: KeyedQueues[JSONDict] = KeyedQueues(self._answer)
        self._in_order = Resequencer(self._queue)
        self._intake = FaultLog(CHANNEL, "intake", self._metrics.faults)
        self._ready = asyncio.Event()
        self._stopping = False
        self._life: asyncio.Task[None] | None = None
        self._unsent: dict[int, int] = {}
        waiting = Gauge("wenbao_telegram_waiting", "Updates taken in and not yet answered.", registry=assistant.metrics.registry)
        waiting.set_function(lambda: len(self._queues))

    def __repr__(self) -> str:
        return f"TelegramChannel({self._settings!r})"

    @property
    def title(self) -> str:
        return f"telegram ({'webhook' if self._settings.webhook_url else 'long polling'})"

    def add_routes(self, app: FastAPI) -> None:
        @app.post("/telegram/webhook", include_in_schema=False)
        async def webhook(request: Request) -> Response:
            given = request.headers.get(SECRET_HEADER, "").encode()
            secret = self._settings.webhook_secret.encode()
            if not hmac.compare_digest(given, secret) or not secret:
                self._metrics.faults.labels("webhook", "forbidden").inc()
                return Response(status_code=403)
            try:
                update = json.loads(await request.body())
                update_id = int(update["update_id"])
            except (ValueError, TypeError, KeyError, RecursionError):
                self._metrics.faults.labels("webhook", "no_update").inc()
                return Response(status_code=400)
            try:
                await self.receive({**update, "update_id": update_id})
            except StateError as exc:
                self._intake.report("state", str(exc))
                return Response(status_code=503)  # Telegram delivers it again
            return Response(status_code=200)

    async def start(self) -> None:
        for _, payload in await self._state.unfinished(CHANNEL):
            self._queue(json.loads(payload))
        self._life = asyncio.create_task(self._live())

    async def stop(self) -> None:
        deadline = asyncio.get_running_loop().time() + STOP_LIMIT_S
        self._stopping = True
        if self._life is not None:
            self._life.cancel()
            await asyncio.wait([self._life])
        await self._desk.close()
        self._in_order.flush()
        if self._ready.is_set():
            left_s = deadline - asyncio.get_running_loop().time()
            await self._queues.drain(timeout_s=max(left_s - 0.5, 0))
        else:
            await self._queues.drain(timeout_s=0)
        if late := len(await self._state.unfinished(CHANNEL)):
            log.warning("telegram updates left for the next start", extra={"count": late})
        await self._bot.shutdown()

    async def receive(self, update: JSONDict) -> None:
        """Take in one update from the webhook; returns once it is kept.

        Raises:
            StateError: If it cannot be kept.
        """
        await self._admit([update], self._in_order.put)

    async def _live(self) -> None:
        """From the first request to the last, until cancelled."""
        backoff = Backoff(FaultLog(CHANNEL, "start", self._metrics.faults))
        while not self._ready.is_set():
            try:
                await self._application.initialize()
                await self._set_webhook()
            except TelegramError as exc:
                await backoff.after(exc)
            else:
                backoff.reset()
                self._ready.set()
        log.info("telegram ready", extra={"bot": self._bot.username or self._bot.own_id, "way": self.title})
        publishing = asyncio.create_task(publish_profile(self._bot, self._settings.admins))
        try:
            if self._settings.webhook_url:
                await publishing
            else:
                await poll(self._bot.fetch_updates, self._take, self._intake, on_conflict=self._on_conflict)
        finally:
            publishing.cancel()

    async def _set_webhook(self) -> None:
        settings = self._settings
        if settings.webhook_url:
            secret = settings.webhook_secret
            await self._bot.set_webhook(settings.webhook_url, secret_token=secret, allowed_updates=ALLOWED_UPDATES)
        else:
            await self._remove_webhook()

    async def _remove_webhook(self) -> None:
        try:
            await self._bot.delete_webhook()
        except TelegramError as exc:
            if fault_of(exc) is not Fault.NO_SUCH_METHOD:
                raise
            log.info("telegram server has no webhooks", extra={"detail": exc.message})

    async def _on_conflict(self) -> None:
        with contextlib.suppress(TelegramError):  # the next request for updates says what is wrong
            await self._remove_webhook()

    async def _take(self, updates: list[JSONDict]) -> None:
        """Take in what polling has brought, and wait while too much is waiting."""
        await self._admit(updates, self._queue)
        while len(self._queues) > _MAX_WAITING:
            await asyncio.sleep(0.05)

    async def _admit(self, updates: list[JSONDict], put: Any) -> None:
        items = [(self._key(update), json.dumps(update, ensure_ascii=False)) for update in updates]
        for update, is_new in zip(updates, await self._state.admit_all(CHANNEL, items), strict=True):
            if is_new:
                self._metrics.updates.labels(_kind_of(update)).inc()
                put(update)
            else:
                self._metrics.duplicates.inc()

    def _key(self, update: JSONDict) -> str:
        # Ids are each bot's own: another token in the settings starts afresh.
        return f"{self._bot.own_id}:{update['update_id']}"

    def _queue(self, update: JSONDict) -> None:
        self._queues.put(_chat_of(update), update)

    async def _answer(self, update: JSONDict) -> None:
        """Answer an update that has been taken in; the outermost handler of this channel."""
        await self._ready.wait()
        update_id = update["update_id"]
        try:
            await self._application.process_update(read_update(update, self._bot))
        except Exception:
            log.exception("telegram update not understood", extra={"update_id": update_id})
        if update_id in self._unsent and not self._give_up(update):
            return
        try:
            await self._state.finish(CHANNEL, self._key(update))
        except StateError as exc:
            log.warning("telegram update not finished", extra={"update_id": update_id, "reason": str(exc)})

    def _give_up(self, update: JSONDict) -> bool:
        """Whether an update whose answer could not be sent is left; otherwise it is tried again after a while."""
        update_id = update["update_id"]
        if self._unsent[update_id] >= _LATER_ATTEMPTS:
            log.error("telegram update given up", extra={"update_id": update_id})
            del self._unsent[update_id]
            return True
        asyncio.get_running_loop().call_later(_LATER_S, self._queue_again, update)
        return False

    def _queue_again(self, update: JSONDict) -> None:
        if not self._stopping:
            self._queue(update)

    async def _on_error(self, update: object, context: CallbackContext[Any, Any, Any, Any]) -> None:
        """What a handler has raised; called by the library, with the update it was raised for."""
        exc = context.error
        update_id = update.update_id if isinstance(update, Update) else 0
        if isinstance(exc, TelegramError):
            fault = fault_of(exc)
            if fault in {Fault.NETWORK, Fault.FLOOD, Fault.UNAUTHORIZED}:
                self._unsent[update_id] = self._unsent.get(update_id, 0) + 1
            level = logging.ERROR if fault is Fault.REJECTED else logging.INFO
            log.log(level, "telegram answer not sent", extra={"update_id": update_id, "kind": fault.value, "detail": exc.message})
            return
        log.error("telegram update failed", extra={"update_id": update_id}, exc_info=exc)
        message = update.effective_message if isinstance(update, Update) else None
        if message is not None and isinstance(update, Update) and update.message is not None:
            with contextlib.suppress(TelegramError):
                await message.reply_text(texts.FAILED)


def _kind_of(update: JSONDict) -> str:
    return next((kind for kind in ALLOWED_UPDATES if kind in update), "other")


def _chat_of(update: JSONDict) -> int:
    """Id of the chat that an update belongs to; where it belongs to none, of the person; 0 where it is no update at all.

    That a group moves belongs to the group it becomes: what is written there is not answered before the move is known.
    """
    for kind in ALLOWED_UPDATES:
        if isinstance(content := update.get(kind), dict):
            within = content.get("message") if kind == "callback_query" else content
            if isinstance(within, dict) and isinstance(moved_to := within.get("migrate_to_chat_id"), int):
                return moved_to
            chat = within.get("chat") if isinstance(within, dict) else None
            named = (who for who in (chat, content.get("from")) if isinstance(who, dict))
            return next((who["id"] for who in named if isinstance(who.get("id"), int)), 0)
    return 0
