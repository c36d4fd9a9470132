"""Conversations side by side and in order; updates that overtook each other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bot.channels.queues import KeyedQueues
from bot.channels.telegram_order import Resequencer


async def test_items_of_a_key_are_handled_one_after_the_other_and_keys_at_once() -> None:
    gate, done = asyncio.Event(), []

    async def handle(item: tuple[str, int]) -> None:
        if item == ("a", 0):
            await gate.wait()
        done.append(item)

    queues = KeyedQueues(handle)
    for number in range(3):
        for key in "ab":
            queues.put(key, (key, number))
    assert len(queues) == 6
    while len(done) < 3:
        await asyncio.sleep(0)
    assert done == [("b", 0), ("b", 1), ("b", 2)]
    gate.set()
    assert await queues.drain(timeout_s=1)
    assert done[3:] == [("a", 0), ("a", 1), ("a", 2)]
    assert len(queues) == 0


async def test_what_is_not_handled_in_time_is_given_up() -> None:
    queues = KeyedQueues[int](lambda _: asyncio.Event().wait())  # type: ignore[arg-type,return-value]
    queues.put("a", 1)
    queues.put("a", 2)
    assert not await queues.drain(timeout_s=0.01)
    assert len(queues) == 0


async def test_what_is_put_while_the_last_one_is_handled_is_handled() -> None:
    done: list[int] = []

    async def handle(item: int) -> None:
        if item == 1:
            queues.put("a", 2)
        done.append(item)

    queues = KeyedQueues(handle)
    queues.put("a", 1)
    assert await queues.drain(timeout_s=1)
    assert done == [1, 2]


async def passed(*ids: int, wait: bool = True) -> list[int]:
    """What has been passed on of updates that came in this order."""
    out: list[int] = []

    def release(update: dict[str, Any]) -> None:
        out.append(update["update_id"])

    order = Resequencer(release, hold_s=0.01)
    order.put({"update_id": 1})
    order.flush()
    for update_id in ids:
        order.put({"update_id": update_id})
    if wait:
        await asyncio.sleep(0.03)
    return out[1:]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [((2, 3, 4), [2, 3, 4]), ((3, 2), [2, 3]), ((4, 3, 2), [2, 3, 4]), ((2, 4, 3), [2, 3, 4])],
)
async def test_updates_are_passed_on_in_order_and_at_once_when_none_is_missing(ids: tuple[int, ...], expected: list[int]) -> None:
    assert await passed(*ids, wait=False) == expected


async def test_a_missing_update_is_waited_for_and_not_for_ever() -> None:
    assert await passed(3, 5, wait=False) == []
    assert await passed(3, 5) == [3, 5]


async def test_an_update_that_is_too_late_is_passed_on_as_it_comes() -> None:
    assert await passed(2, 0, 3, wait=False) == [2, 0, 3]


async def test_ids_that_begin_anew_are_followed() -> None:
    assert await passed(500_000) == [500_000]
    assert await passed(-500_000, -499_999, wait=False) == [-500_000, -499_999]
