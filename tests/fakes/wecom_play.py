"""Many members at a time: what they ask, what came back, counted and timed."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.wecom_api import Sent
from tests.fakes.wecom_people import Member
from tests.fakes.wecom_server import WeComServer


@dataclass(slots=True)
class Asked:
    """One question: how often it was delivered, what came back before the next, and how long the first of it took."""

    text: str
    times: int
    got: list[Sent] = field(default_factory=list)
    failed: int = 0
    ms: float = 0.0


@dataclass(slots=True)
class Played:
    """What came of it; *seconds* as long as questions were asked."""

    asked: list[Asked]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Figures; for the questions with something wrong, texts."""
        times_ms = [asked.ms for asked in self.asked if asked.got]
        cuts = statistics.quantiles(times_ms, n=100, method="inclusive") if len(times_ms) > 1 else [0.0] * 99
        return {
            "questions": len(self.asked),
            "deliveries": sum(asked.times for asked in self.asked),
            "answered": len(times_ms),
            "passive": sum(any(sent.way == "passive" for sent in asked.got) for asked in self.asked),
            "seconds": self.seconds,
            "per_second": len(times_ms) / self.seconds,
            "times_ms": times_ms,
            "p50_ms": cuts[49],
            "p99_ms": cuts[98],
            "missing": [asked.text for asked in self.asked if not asked.got],
            "answered_again": [asked.text for asked in self.asked if is_answered_again(asked.got)],
            "failed_deliveries": sum(asked.failed for asked in self.asked),
        }


def is_answered_again(got: Sequence[Sent]) -> bool:
    """Whether an answer came twice: parts of one answer differ, and at most one of them is passive."""
    contents = [sent.content for sent in got]
    return len(contents) > len(set(contents)) or sum(sent.way == "passive" for sent in got) > 1


class Play:
    """*senders* members ask for *seconds*, each the next question once the one before is answered and *pause_s* is over.

    Args:
        base_url: Of the service.
        texts: What they ask, taken in turn.
        pause_s: Mean of the pauses, which are spread evenly from none to twice as long.
        repeats: Most deliveries of one question; each gets 1 to so many, at the same moment or one after the other.
        settle_s: How long to look for second answers at the end.
        patience_s: When a question counts as not answered.
        seed: Of pauses and repeats: equal seeds, equal plays.
        prefix: Of the members' userids.
    """

    def __init__(
        self,
        wecom: WeComServer,
        *,
        base_url: str,
        senders: int,
        seconds: float,
        texts: Sequence[str],
        pause_s: float = 0.0,
        repeats: int = 3,
        settle_s: float = 0.0,
        patience_s: float = 15.0,
        seed: int = 1,
        prefix: str = "member",
    ) -> None:
        self._wecom = wecom
        self._members = [wecom.member(f"{prefix}-{number}", base_url) for number in range(senders)]
        self._seconds, self._pause_s, self._repeats = seconds, pause_s, repeats
        self._texts, self._settle_s, self._patience_s, self._seed = texts, settle_s, patience_s, seed
        self._got: dict[str, list[Sent]] = {member.user: [] for member in self._members}
        self._arrived = {member.user: asyncio.Event() for member in self._members}

    async def run(self) -> Played:
        """Play it."""
        api = self._wecom.api
        api.on_sent, api.limits_kept = self._arrive, False
        begun = time.monotonic()
        try:
            lists = await asyncio.gather(*(self._one(number, member, begun) for number, member in enumerate(self._members)))
            seconds = time.monotonic() - begun
            await asyncio.sleep(self._settle_s)
        finally:
            api.on_sent, api.limits_kept = None, True
        for member, asked in zip(self._members, lists, strict=True):
            if asked:
                asked[-1].got += self._got[member.user]
        return Played([one for asked in lists for one in asked], seconds)

    async def _one(self, number: int, member: Member, begun: float) -> list[Asked]:
        chance, done = random.Random(self._seed * 1000 + number), list[Asked]()
        await asyncio.sleep(chance.uniform(0, self._pause_s))
        while time.monotonic() < begun + self._seconds:
            text = self._texts[(number + len(done) * len(self._members)) % len(self._texts)]
            done.append(await self._ask(member, text, chance))
            await asyncio.sleep(chance.uniform(0, 2 * self._pause_s))
            done[-1].got += self._take(member)
        return done

    async def _ask(self, member: Member, text: str, chance: random.Random) -> Asked:
        times = chance.randint(1, self._repeats)
        calling = {"times": times, "at_once": chance.random() < 0.5, "anew": chance.random() < 0.5}
        start = time.monotonic()
        delivery = await member.send_text(text, **calling)
        asked = Asked(text, len(delivery.responses), failed=sum(response.status != 200 for response in delivery.responses))
        if not self._got[member.user]:
            self._arrived[member.user].clear()
            try:
                await asyncio.wait_for(self._arrived[member.user].wait(), self._patience_s)
            except TimeoutError:
                return asked
        asked.got = self._take(member)
        passive = [response.seconds for response in delivery.responses if response.status == 200 and response.body]
        asked.ms = 1000 * (min(passive) if passive else asked.got[0].at - start)
        return asked

    def _take(self, member: Member) -> list[Sent]:
        taken, self._got[member.user] = self._got[member.user], []
        return taken

    def _arrive(self, sent: Sent) -> None:
        if sent.to in self._got:
            self._got[sent.to].append(sent)
            self._arrived[sent.to].set()
