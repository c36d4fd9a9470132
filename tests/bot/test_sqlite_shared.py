"""Values that processes share: kept, expiring, taken by one at a time; and questions offered below a reply."""

from __future__ import annotations

import asyncio
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.state.sent import SentReply
from bot.state.sqlite import SqliteState


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def states(tmp_path: Path, clock: Clock) -> AsyncIterator[list[SqliteState]]:
    """As two processes have them: one file, opened twice."""
    states = [SqliteState(tmp_path / "state.db", retention_days=180, clock=clock) for _ in range(2)]
    yield states
    for state in states:
        await state.close()


async def test_a_value_is_seen_by_others_until_it_expires(states: list[SqliteState], clock: Clock) -> None:
    one, other = states
    await one.save_shared("token", "first", clock.now + 10)
    await one.save_shared("cursor", "kept")
    assert await other.load_shared("token") == "first"
    await other.save_shared("token", "second", clock.now + 20)
    clock.now += 15
    assert await one.load_shared("token") == "second"
    clock.now += 5
    assert (await one.load_shared("token"), await one.load_shared("cursor"), await one.load_shared("none")) == (None, "kept", None)
    await one.delete_expired()
    await one.drop_shared("cursor")
    assert await other.load_shared("cursor") is None


async def test_a_value_that_two_change_at_once_has_both_changes(states: list[SqliteState], clock: Clock) -> None:
    def add(kept: str | None) -> tuple[str, float, int]:
        number = int(kept or 0)
        time.sleep(0.001)  # where the other would come in between
        return str(number + 1), clock.now + 10, number

    seen = await asyncio.gather(*(states[n % 2].change_shared("count", add) for n in range(40)))
    assert sorted(seen) == list(range(40))
    assert await states[0].load_shared("count") == "40"
    clock.now += 10
    assert await states[0].change_shared("count", add) == 0


async def test_one_at_a_time_has_what_is_claimed(states: list[SqliteState], clock: Clock) -> None:
    for _ in range(5):
        taken = await asyncio.gather(*(state.claim_shared("work", 10.0) for state in states for _ in range(3)))
        assert sum(taken) == 1
        await states[0].drop_shared("work")
    assert await states[0].claim_shared("work", 10.0)
    clock.now += 9
    assert not await states[1].claim_shared("work", 10.0)
    clock.now += 1
    assert await states[1].claim_shared("work", 10.0)


async def test_what_was_offered_goes_with_its_reply(states: list[SqliteState]) -> None:
    one, other = states
    await one.save_sent(SentReply("c", "s", "m1", "r1", ("7",), ("甲?", "乙?")))
    await one.save_sent(SentReply("c", "s", "m2", "r2", offered=("丙?",)))
    assert await other.find_sent("c") == SentReply("c", "s", "m2", "r2", (), ("丙?",))
    assert (await other.find_sent("c", "m1") or SentReply("", "", "", "")).offered == ("甲?", "乙?")
    await one.save_sent(SentReply("c", "s", "m1", "r3"))
    assert (await other.find_sent("c", "m1") or SentReply("", "", "", "")).offered == ()
    await one.forget("s")
    assert await other.find_sent("c") is None
    await one.save_sent(SentReply("c", "s", "m2", "r4"))
    assert (await other.find_sent("c", "m2") or SentReply("", "", "", "")).offered == ()


async def test_only_its_owner_reads_the_file(states: list[SqliteState], tmp_path: Path) -> None:
    await states[0].save_shared("token", "secret")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("state.db*")}
    assert modes == dict.fromkeys(modes, 0o600)
    assert len(modes) > 1


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    path.touch(mode=0o644)
    state = SqliteState(path, retention_days=180)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await state.close()
