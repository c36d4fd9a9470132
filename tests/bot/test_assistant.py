"""The handler behind every channel: limits, memory, and the release it answers from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.assistant import Assistant, RateLimit
from bot.errors import RateLimited
from bot.messages import IncomingMessage, Outcome
from bot.state.sqlite import SqliteState
from knowledge.library import Library
from knowledge.release import Releases

SWITCH_LIMIT_S = 2.0


def make_message(text: str = "行政复议维持了几件?", **changes: str) -> IncomingMessage:
    return IncomingMessage(**({"channel": "web", "conversation_id": "c", "sender_id": "s", "text": text} | changes))


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[SqliteState]:
    state = SqliteState(tmp_path / "state.db", retention_days=180)
    yield state
    await state.close()


@pytest.fixture
def make_assistant(library: Library, state: SqliteState) -> Callable[..., Assistant]:
    return lambda rate_limit=1000, **changes: Assistant(changes.pop("library", library), state, rate_limit=rate_limit, **changes)


def test_messages_up_to_the_limit_are_admitted_and_free_up_after_a_minute() -> None:
    now = [100.0]
    limit = RateLimit(2, clock=lambda: now[0])
    limit.admit("a")
    now[0] += 20
    limit.admit("a")
    with pytest.raises(RateLimited) as caught:
        limit.admit("a")
    assert caught.value.retry_after_s == pytest.approx(40)
    now[0] += 40.1
    limit.admit("a")
    with pytest.raises(RateLimited):
        limit.admit("a")


def test_messages_turned_away_do_not_count() -> None:
    now = [0.0]
    limit = RateLimit(1, clock=lambda: now[0])
    limit.admit("a")
    for _ in range(5):
        now[0] += 10
        with pytest.raises(RateLimited):
            limit.admit("a")
    now[0] += 10.1
    limit.admit("a")


def test_one_sender_does_not_use_up_the_limit_of_another() -> None:
    limit = RateLimit(1, clock=lambda: 0.0)
    limit.admit("a")
    limit.admit("b")


async def test_a_sender_is_limited_in_each_channel_by_itself(make_assistant: Callable[..., Assistant]) -> None:
    assistant = make_assistant(rate_limit=1)
    await assistant.answer(make_message())
    await assistant.answer(make_message(channel="telegram"))
    with pytest.raises(RateLimited):
        await assistant.answer(make_message())
    assert assistant.metrics.limited.labels("web")._value.get() == 1


async def test_without_a_known_sender_there_is_no_limit(make_assistant: Callable[..., Assistant]) -> None:
    assistant = make_assistant(rate_limit=1)
    for _ in range(3):
        await assistant.answer(make_message(sender_id=""))


async def test_a_conversation_is_remembered_and_others_are_not_mixed_in(make_assistant: Callable[..., Assistant]) -> None:
    assistant = make_assistant()
    await assistant.answer(make_message())
    same = await assistant.answer(make_message("原文"))
    assert same.answer.citations[0].section == "1.4.1"
    for stranger in (
        make_message("原文", conversation_id="d"),
        make_message("原文", channel="telegram"),
        make_message("原文", conversation_id=""),
    ):
        assert (await assistant.answer(stranger)).answer.outcome is Outcome.CLARIFY


async def test_a_reply_has_an_id_of_its_own_and_is_explained(make_assistant: Callable[..., Assistant], library: Library) -> None:
    assistant = make_assistant()
    first, second = [await assistant.answer(make_message()) for _ in range(2)]
    assert first.reply_id != second.reply_id
    explanation = await assistant.explain(first.reply_id)
    assert explanation is not None
    assert explanation["outcome"] == "answer"
    assert explanation["section"] == "1.4.1"
    assert explanation["release"] == library.release
    assert {"matched_question", "signals", "margin_to_next", "confidence", "threshold"} <= explanation.keys()


async def test_an_unknown_reply_has_no_explanation_and_takes_no_feedback(make_assistant: Callable[..., Assistant]) -> None:
    assistant = make_assistant()
    assert await assistant.explain("nobody") is None
    assert await assistant.give_feedback("nobody", helpful=True, comment="") is False


async def test_feedback_is_counted(make_assistant: Callable[..., Assistant]) -> None:
    assistant = make_assistant()
    reply = await assistant.answer(make_message())
    assert await assistant.give_feedback(reply.reply_id, helpful=False, comment="不对")
    assert assistant.metrics.feedback.labels("false")._value.get() == 1


async def test_another_release_takes_over_while_messages_flow(
    make_assistant: Callable[..., Assistant], two_releases: tuple[Releases, str, str]
) -> None:
    releases, shipped, small = two_releases
    assistant = make_assistant(library=releases.open_live(), releases=releases)
    watcher = asyncio.create_task(assistant.watch())
    replies = []

    async def ask_until(release: str) -> float:
        start = asyncio.get_running_loop().time()
        while True:
            reply = await assistant.answer(make_message("目录", conversation_id=""))
            replies.append(reply)
            if reply.release == release:
                return asyncio.get_running_loop().time() - start
            await asyncio.sleep(0.002)

    async with asyncio.timeout(20):
        await ask_until(shipped)
        releases.roll_back(small)
        forth_s = await ask_until(small)
        releases.roll_back(shipped)
        back_s = await ask_until(shipped)
    watcher.cancel()
    reports = {shipped: "yongan-2019", small: "qingshan-2018"}
    assert len(replies) > 20
    assert {(reply.release, c.report) for reply in replies for c in reply.answer.citations} == set(reports.items())
    assert forth_s < SWITCH_LIMIT_S
    assert back_s < SWITCH_LIMIT_S


async def test_a_damaged_release_is_not_taken_over(
    make_assistant: Callable[..., Assistant], two_releases: tuple[Releases, str, str]
) -> None:
    releases, shipped, small = two_releases
    assistant = make_assistant(library=releases.open_live(), releases=releases)
    releases.roll_back(small)
    releases.path(small).write_bytes(b"damaged")
    await assistant._switch_if_new()
    assert (await assistant.answer(make_message())).release == shipped


@pytest.mark.parametrize("table", ["reports", "index_arrays"])
async def test_a_release_with_a_part_missing_is_not_taken_over(
    make_assistant: Callable[..., Assistant], two_releases: tuple[Releases, str, str], table: str
) -> None:
    import sqlite3

    releases, shipped, small = two_releases
    assistant = make_assistant(library=releases.open_live(), releases=releases)
    releases.roll_back(small)
    db = sqlite3.connect(releases.path(small))
    db.execute(f"delete from {table}")
    db.commit()
    db.close()
    await assistant._switch_if_new()
    assert (await assistant.answer(make_message())).release == shipped


@pytest.mark.parametrize("touch", [lambda path: path.unlink(), lambda path: path.write_bytes(b"")], ids=["deleted", "truncated"])
async def test_a_service_goes_on_when_somebody_touches_its_release_file(
    make_assistant: Callable[..., Assistant], two_releases: tuple[Releases, str, str], touch: Callable[[Path], object]
) -> None:
    releases, shipped, small = two_releases
    assistant = make_assistant(library=releases.open_live(), releases=releases)
    touch(releases.path(shipped))
    await assistant._switch_if_new()
    assert (await assistant.answer(make_message())).release == shipped
    releases.roll_back(small)
    await assistant._switch_if_new()
    assert (await assistant.answer(make_message("目录"))).release == small


async def test_a_release_made_live_before_the_first_look_is_taken_over(
    make_assistant: Callable[..., Assistant], two_releases: tuple[Releases, str, str]
) -> None:
    releases, _, small = two_releases
    library = releases.open_live()
    releases.roll_back(small)
    assistant = make_assistant(library=library, releases=releases)
    await assistant._switch_if_new()
    assert assistant.library.release == small
