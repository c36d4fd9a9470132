"""What a customer may yet be sent: five after each of theirs, whoever sends them, and whenever it is known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channels.wecom_kf_allowance import Allowance
from bot.state.sqlite import SqliteState


class Clock:
    now = 1_000_000.5

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def processes(tmp_path: Path, clock: Clock) -> AsyncIterator[list[Allowance]]:
    states = [SqliteState(tmp_path / "state.db", retention_days=180, clock=clock) for _ in range(2)]
    yield [Allowance(state, clock=clock) for state in states]
    for state in states:
        await state.close()


async def test_one_is_left_over_and_then_taken_and_then_there_is_none(processes: list[Allowance], clock: Clock) -> None:
    one, other = processes
    wrote = clock.now - 10
    assert [await allowance.take("a", 5, since=wrote) for allowance in (one, other, one)] == [4, 1, 0]
    assert await other.take("b", 2, since=wrote) == 2


async def test_what_was_sent_before_they_wrote_counts_no_more(processes: list[Allowance], clock: Clock) -> None:
    one, other = processes
    await one.settle("a", await one.take("a", 4, since=clock.now - 10), sent=True)
    clock.now += 5
    assert await other.take("a", 4, since=clock.now - 1) == 4


async def test_what_is_on_its_way_when_they_write_counts_however_long_ago_it_was_taken(processes: list[Allowance], clock: Clock) -> None:
    one, other = processes
    granted = await one.take("a", 4, since=clock.now - 10)
    clock.now += 5
    wrote = clock.now - 1
    assert await other.take("a", 4, since=wrote) == 1
    await one.settle("a", granted, sent=True)
    assert await other.take("a", 4, since=wrote) == 0


async def test_what_was_not_sent_is_given_back(processes: list[Allowance], clock: Clock) -> None:
    one, _ = processes
    await one.settle("a", await one.take("a", 4, since=clock.now - 10), sent=False)
    assert await one.take("a", 4, since=clock.now - 10) == 4


async def test_in_the_second_in_which_they_wrote_one_more_is_tried(processes: list[Allowance], clock: Clock) -> None:
    one, _ = processes
    for wanted in (4, 1):
        await one.settle("a", await one.take("a", wanted, since=clock.now - 10), sent=True)
    clock.now += 0.2
    assert await one.take("a", 3, since=float(int(clock.now))) == 1
