"""Many people at a time: messages from many chats played to the bot, and what came back, counted and timed."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_world import Chat, Message


@dataclass(slots=True)
class Played:
    """What came of it.

    Attributes:
        questions: Messages sent, in order.
        answers: By the question's id, the bot's messages that quote it, in order.
        order: By chat, the questions in the order in which they were first answered.
        seconds: From the first question sent to the last answer, or to giving up.
        latencies_ms: Of each answered question, from the update handed to the bot to its first answer.
    """

    questions: list[Message] = field(default_factory=list)
    answers: dict[int, list[Message]] = field(default_factory=dict)
    order: dict[int, list[int]] = field(default_factory=dict)
    seconds: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Figures, and every question with its answers."""
        cuts = statistics.quantiles(self.latencies_ms, n=100, method="inclusive") if len(self.latencies_ms) > 1 else [0.0] * 99
        return {
            "messages": len(self.questions),
            "answered": len(self.answers),
            "seconds": self.seconds,
            "per_second": len(self.answers) / self.seconds,
            "p50_ms": cuts[49],
            "p99_ms": cuts[98],
            "unanswered": [question.id for question in self.questions if question.id not in self.answers],
            "answered_again": [number for number, answers in self.answers.items() if len(answers) > 1],
            "out_of_order": [chat for chat, numbers in self.order.items() if numbers != sorted(numbers)],
            "texts": [[question.text, [a.text for a in self.answers.get(question.id, [])]] for question in self.questions],
        }


class Play:
    """A play of *messages* from *chats*, each chat with at most *window* unanswered messages.

    Args:
        texts: What is written, taken in turn.
        rate: Most messages sent a second; 0 for no limit. It may be changed meanwhile.
        settle_s: How long to look for second answers at the end.
        idle_s: When to give up: nothing was answered for so long.
    """

    def __init__(
        self,
        telegram: TelegramServer,
        *,
        messages: int,
        chats: int,
        texts: Sequence[str],
        window: int = 1,
        rate: float = 0,
        settle_s: float = 0.0,
        idle_s: float = 20.0,
    ) -> None:
        self.played = Played()
        self._telegram = telegram
        self._chats = [telegram.private_chat() for _ in range(chats)]
        self._messages = messages
        self._texts = texts
        self._window = window
        self.rate = rate
        self._settle_s = settle_s
        self._idle_s = idle_s
        self._done = asyncio.Event()
        self._ready: asyncio.Queue[Chat] = asyncio.Queue()

    async def run(self) -> Played:
        """Play it."""
        now, telegram = self._telegram.now, self._telegram
        start, telegram.on_bot_message = now(), self._answered
        for _ in range(self._window):
            for chat in self._chats:
                self._ready.put_nowait(chat)
        sender = asyncio.create_task(self._send_all())
        seen = -1
        while not self._done.is_set() and len(self.played.answers) > seen:
            seen = len(self.played.answers)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._done.wait(), self._idle_s)
        sender.cancel()
        self.played.seconds = now() - start
        await asyncio.sleep(self._settle_s)
        telegram.on_bot_message = None
        return self.played

    async def _send_all(self) -> None:
        due = self._telegram.now()
        for number in range(self._messages):
            chat = await self._ready.get()
            if self.rate:
                due = max(due + 1 / self.rate, self._telegram.now() - 1)
                await asyncio.sleep(max(0.0, due - self._telegram.now()))
            self.played.questions.append(self._telegram.send_text(chat, self._texts[number % len(self._texts)]))

    def _answered(self, message: Message) -> None:
        question = message.chat.messages.get(message.reply_to or 0)
        if question is None or question.from_bot:
            return
        answers = self.played.answers.setdefault(question.id, [])
        answers.append(message)
        if len(answers) > 1:
            return
        delivered = question.delivered_at or question.sent_at
        self.played.latencies_ms.append((message.sent_at - delivered) * 1000)
        self.played.order.setdefault(message.chat.id, []).append(question.id)
        if len(self.played.answers) == self._messages:
            self._done.set()
        self._ready.put_nowait(message.chat)
