"""The async handler behind every channel: context in, answer out, both kept; and the release it answers from."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from ulid import ULID

from bot import texts
from bot.commands import parse_command
from bot.conversation import Topic
from bot.errors import RateLimited, StateError
from bot.keeping import kept_context, kept_reply
from bot.masking import mask
from bot.messages import IncomingMessage, Reply
from bot.pipeline import answer_message, answer_section
from bot.state.base import StateStore
from bot.verification import is_known, release_with
from knowledge.errors import KnowledgeError
from knowledge.library import Library
from knowledge.release import Releases

log = logging.getLogger(__name__)

#: How often a running service looks whether another release has been made live, in seconds: one look at a file's age, some
#: three microseconds.
WATCH_INTERVAL_S = 0.25
#: How long it waits before it tries a release again that could not be opened, in seconds.
_RETRY_S = 2.0
_WINDOW_S = 60.0
_MAX_SENDERS = 100_000


class Metrics:
    """Figures for Prometheus, of one assistant."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.replies = Counter("wenbao_replies", "Replies given.", ["channel", "outcome"], registry=self.registry)
        self.seconds = Histogram(
            "wenbao_answer_seconds",
            "Time from text to answer.",
            buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5),
            registry=self.registry,
        )
        self.limited = Counter("wenbao_rate_limited", "Messages turned away.", ["channel"], registry=self.registry)
        self.feedback = Counter("wenbao_feedback", "Feedback given.", ["helpful"], registry=self.registry)
        self.release = Gauge("wenbao_release_info", "The live release.", ["release"], registry=self.registry)


class RateLimit:
    """At most *limit* messages a sender in any minute; kept in memory, the longest silent senders forgotten first."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._seen: OrderedDict[str, list[float]] = OrderedDict()

    def admit(self, sender: str) -> None:
        """Count a message of *sender*.

        Raises:
            RateLimited: If it is one too many.
        """
        now = self._clock()
        times = [t for t in self._seen.pop(sender, []) if t > now - _WINDOW_S]
        self._seen[sender] = times
        if len(self._seen) > _MAX_SENDERS:
            self._seen.popitem(last=False)
        if len(times) >= self._limit:
            raise RateLimited(times[0] + _WINDOW_S - now)
        times.append(now)


def conversation_key(message: IncomingMessage) -> str:
    """Under what the context of a message is kept; empty for none."""
    return f"{message.channel}:{message.conversation_id}" if message.conversation_id else ""


class Assistant:
    """Answers messages from the live release.

    Args:
        library: The release to start with; another than the live one where that cannot be opened.
        state: Where conversations and replies are kept.
        rate_limit: Messages a minute and sender.
        releases: Where to watch for another release; None to stay with *library*.
    """

    def __init__(self, library: Library, state: StateStore, *, rate_limit: int, releases: Releases | None = None) -> None:
        self.library = library
        self.metrics = Metrics()
        self._state = state
        self._limit = RateLimit(rate_limit)
        self._releases = releases
        #: Why the live release does not answer; empty when it does.
        self.fault = ""
        self._old = asyncio.Lock()
        # What was made live between opening *library* and now is looked at in the first round.
        self._seen = releases.signature() if releases and releases.is_live(library.release) else None
        self._refused_for: object = None
        self._retry_at = 0.0
        self.metrics.release.labels(library.release).set(1)

    async def answer(self, message: IncomingMessage) -> Reply:
        """Answer one message, from one release.

        Raises:
            RateLimited: If its sender asks too often.
            StateError: If the conversation cannot be read or kept.
        """
        self._admit(message)
        live = self.library  # another may be made live while this one answers
        library = await self._release_for(message.text, live)
        conversation = conversation_key(message)
        context = await self._state.load_context(conversation)
        start = time.perf_counter()
        # A search takes about a millisecond, less than handing it to a thread and back would cost in waiting.
        answer, after = answer_message(message.text, library, context)
        elapsed = time.perf_counter() - start
        if library is not live and answer.topic:
            answer = replace(answer, text=f"{answer.text}\n{texts.VERIFY_OLD}")
        reply = Reply(str(ULID()), answer, library.release, elapsed * 1000, library)
        kept = kept_reply(message, context, reply, report=library.default.report.id)
        await self._state.save_turn(conversation, kept_context(after, context), kept)
        self._count(message, reply, elapsed)
        return reply

    async def show_section(self, message: IncomingMessage, report: str, section: str) -> Reply | None:
        """Show a section that was chosen by a button: nothing was asked, so nothing but the context is kept.

        Args:
            message: Who chose, and where; its text does not matter.
            report: Report id.
            section: Section id.

        Returns:
            The section; None where the live release has no such report or section.

        Raises:
            RateLimited: If its sender asks too often.
            StateError: If the conversation cannot be read or kept.
        """
        self._admit(message)
        library = self.library
        start = time.perf_counter()
        answer = answer_section(report, section, library)
        if answer is None:
            return None
        elapsed = time.perf_counter() - start
        conversation = conversation_key(message)
        if conversation:
            context = await self._state.load_context(conversation)
            topic = Topic(report, section, answer.citations[0].title)
            if context.topic is None or (context.topic.report, context.topic.section) != (report, section):
                await self._state.save_context(conversation, context.with_topic(topic))
        return Reply(str(ULID()), answer, library.release, elapsed * 1000, library)

    async def give_feedback(self, reply_id: str, *, helpful: bool, comment: str, reason: str = "") -> bool:
        """Keep feedback on a reply; False when the reply is unknown."""
        kept = await self._state.save_feedback(reply_id, helpful=helpful, comment=mask(comment), reason=reason)
        if kept:
            self.metrics.feedback.labels(str(helpful).lower()).inc()
        return kept

    async def explain(self, reply_id: str) -> dict[str, object] | None:
        """Why a reply was given; None when it is unknown."""
        reply = await self._state.load_reply(reply_id)
        if reply is None:
            return None
        return {"outcome": reply.outcome, "section": reply.section, "release": reply.release, **reply.explanation}

    async def watch(self) -> None:
        """Switch to another release when one is made live, and delete what has expired, until cancelled."""
        cleaned = 0.0
        while True:
            await self._switch_if_new()
            if time.monotonic() - cleaned > 3600:
                cleaned = time.monotonic()
                try:
                    await self._state.delete_expired()
                except StateError as exc:
                    log.warning("expired rows not deleted", extra={"reason": str(exc)})
            await asyncio.sleep(WATCH_INTERVAL_S)

    async def close(self) -> None:
        """Release the state store."""
        await self._state.close()

    def _admit(self, message: IncomingMessage) -> None:
        if not message.sender_id:
            return
        try:
            self._limit.admit(f"{message.channel}:{message.sender_id}")
        except RateLimited:
            self.metrics.limited.labels(message.channel).inc()
            raise

    async def _release_for(self, text: str, live: Library) -> Library:
        """The release to answer *text* from: the *live* one, but for a verification code that only an older one knows."""
        parsed = parse_command(text) if self._releases else None
        if self._releases is None or parsed is None or parsed[0].name != "verify" or is_known(parsed[1], live):
            return live
        async with self._old:  # opening a release takes a second or two of a core: one at a time
            return await asyncio.to_thread(release_with, parsed[1], live, self._releases)

    async def _switch_if_new(self) -> None:
        if self._releases is None:
            return
        seen = self._releases.signature()
        if seen is None or seen == self._seen or (seen == self._refused_for and time.monotonic() < self._retry_at):
            return
        try:
            library = await asyncio.to_thread(self._releases.open_live)
        except KnowledgeError as exc:
            if str(exc) != self.fault:  # once, not at every look
                log.warning("live release not opened", extra={"reason": str(exc), "answering": self.library.release})
            self.fault, self._refused_for, self._retry_at = str(exc), seen, time.monotonic() + _RETRY_S
            return
        self.fault, self._seen = "", seen
        self.metrics.release.remove(self.library.release)
        self.library = library
        self.metrics.release.labels(library.release).set(1)
        log.info("release switched", extra={"release": library.release})

    def _count(self, message: IncomingMessage, reply: Reply, elapsed: float) -> None:
        outcome = reply.answer.outcome.value
        self.metrics.replies.labels(message.channel, outcome).inc()
        self.metrics.seconds.observe(elapsed)
        log.info(
            "answered",
            extra={
                "channel": message.channel,
                "outcome": outcome,
                "sections": ",".join(c.section for c in reply.answer.citations),
                "confidence": round(reply.answer.confidence, 3),
                "total_ms": round(elapsed * 1000, 2),
                "release": reply.release,
            },
        )
