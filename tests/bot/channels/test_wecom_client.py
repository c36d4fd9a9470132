"""Requests to WeCom: one token for all, what is tried again, what must not come twice, how fast, and what is told of it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from bot.channels import wecom_client, wecom_turns
from bot.channels.pace import Pace
from bot.channels.wecom_client import WeComClient
from bot.channels.wecom_metrics import WeComMetrics
from bot.channels.wecom_turns import HOUR_PACE, MINUTE_PACE
from bot.errors import WeComError
from bot.state.sqlite import SqliteState
from tests.fakes.wecom_server import WeComServer


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wecom_client, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(wecom_client, "BUSY_WAIT_S", 0.01)


@pytest.fixture
async def wecom() -> AsyncIterator[WeComServer]:
    async with WeComServer() as server:
        yield server


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[SqliteState]:
    state = SqliteState(tmp_path / "state.db", retention_days=180)
    yield state
    await state.close()


@pytest.fixture
async def client(wecom: WeComServer, state: SqliteState) -> AsyncIterator[WeComClient]:
    client = client_of(wecom, state)
    yield client
    await client.close()


def client_of(wecom: WeComServer, state: SqliteState, *, secret: str = "", metrics: WeComMetrics | None = None) -> WeComClient:
    faults = metrics.faults if metrics else None
    return WeComClient(wecom.api_base, wecom.corp_id, secret or wecom.secret, wecom.agent_id, state, faults=faults)


def got(wecom: WeComServer, user: str = "zhangsan") -> list[str]:
    return [sent.content for sent in wecom.sent if sent.to == user]


async def test_the_token_is_fetched_once_for_many_requests_and_for_other_processes(
    wecom: WeComServer, client: WeComClient, state: SqliteState, tmp_path: Path
) -> None:
    await asyncio.gather(*(client.send_text(f"user{n}", "你好") for n in range(20)))
    other_state = SqliteState(tmp_path / "state.db", retention_days=180)
    other = client_of(wecom, other_state)
    await other.send_text("zhangsan", "你好")
    assert len(wecom.calls_of("gettoken")) == 1
    assert len(wecom.sent) == 21
    await other.close()
    await other_state.close()
    wecom.check()


async def test_processes_that_start_together_fetch_one_token(wecom: WeComServer, tmp_path: Path) -> None:
    wecom.inject("slow", "gettoken", seconds=0.2)
    states = [SqliteState(tmp_path / "state.db", retention_days=180) for _ in range(3)]
    clients = [client_of(wecom, state) for state in states]
    await asyncio.gather(*(client.send_text(f"user{n}", "你好") for n, client in enumerate(clients)))
    assert len(wecom.calls_of("gettoken")) == 1
    for client, state in zip(clients, states, strict=True):
        await client.close()
        await state.close()


@pytest.mark.parametrize("end", ["expire_tokens", "revoke_tokens"])
async def test_a_token_that_ends_early_is_fetched_anew_once(wecom: WeComServer, client: WeComClient, end: str) -> None:
    await client.send_text("zhangsan", "一")
    getattr(wecom.api, end)()
    await asyncio.gather(*(client.send_text("zhangsan", text) for text in "二三四"))
    assert sorted(got(wecom)) == sorted("一二三四")
    assert len(wecom.calls_of("gettoken")) == 2


async def test_a_token_that_never_helps_is_not_fetched_for_ever(wecom: WeComServer, client: WeComClient) -> None:
    wecom.inject("40014", "message/send", times=100)
    with pytest.raises(WeComError) as caught:
        await client.send_text("zhangsan", "一")
    assert caught.value.code == 40014
    assert len(wecom.calls_of("gettoken")) == 2


@pytest.mark.parametrize("fault", ["45009", "45033", "-1", "500", "reset", "garbage"])
async def test_what_passes_is_tried_again(wecom: WeComServer, client: WeComClient, fault: str) -> None:
    wecom.inject(fault, "message/send", times=3)
    await client.send_text("zhangsan", "你好")
    assert got(wecom) == ["你好"]
    assert len(wecom.calls_of("message/send")) == 4


async def test_a_message_whose_confirmation_was_lost_comes_once(wecom: WeComServer, client: WeComClient) -> None:
    wecom.inject("lost", "message/send")
    await client.send_text("zhangsan", "你好")
    assert got(wecom) == ["你好"]
    assert wecom.api.dropped_as_duplicate == 1


async def test_the_same_words_that_are_meant_twice_come_twice(
    wecom: WeComServer, client: WeComClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.send_text("zhangsan", "你好")
    await client.send_text("zhangsan", "你好")
    assert got(wecom) == ["你好", "你好"]


@pytest.fixture
async def two_processes(wecom: WeComServer, tmp_path: Path) -> AsyncIterator[list[WeComClient]]:
    """Two clients of the application, each with the state file opened for itself."""
    states = [SqliteState(tmp_path / "state.db", retention_days=180) for _ in range(2)]
    clients = [client_of(wecom, state) for state in states]
    yield clients
    for client, state in zip(clients, states, strict=True):
        await client.close()
        await state.close()


async def test_the_same_words_that_are_meant_twice_come_twice_from_two_processes(
    wecom: WeComServer, two_processes: list[WeComClient]
) -> None:
    one, other = two_processes
    await one.send_text("zhangsan", "你好")
    await other.send_text("zhangsan", "你好")
    assert got(wecom) == ["你好", "你好"]


async def test_processes_keep_to_a_members_limit_between_them(
    wecom: WeComServer, two_processes: list[WeComClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wecom_turns, "MINUTE_PACE", (0.2, 10))
    start = asyncio.get_running_loop().time()
    await asyncio.gather(*(client.send_text("zhangsan", f"{n} of {i}") for i, client in enumerate(two_processes) for n in range(6)))
    assert len(got(wecom)) == 12
    assert asyncio.get_running_loop().time() - start >= 0.35  # two more than may come at once


async def test_what_is_kept_of_members_says_nothing_of_them(
    wecom: WeComServer, client: WeComClient, state: SqliteState, tmp_path: Path
) -> None:
    await client.send_text("zhangsan", "不可说")
    with closing(sqlite3.connect(tmp_path / "state.db")) as db:
        kept = [(key, value) for key, value in db.execute("select key, value from shared where key like 'wecom sent %'")]
    assert len(kept) == 1
    assert "zhangsan" not in repr(kept)
    assert "不可说" not in repr(kept)
    await state.delete_expired()
    assert await state.load_shared(kept[0][0])


async def test_after_a_crash_the_same_words_are_dropped_by_wecom(wecom: WeComServer, state: SqliteState) -> None:
    before, after = client_of(wecom, state), client_of(wecom, state)
    await before.send_text("zhangsan", "你好")
    await after.send_text("zhangsan", "你好", after_crash=True)
    assert got(wecom) == ["你好"]
    await before.close()
    await after.close()


async def test_a_refusal_is_told_and_not_repeated(wecom: WeComServer, client: WeComClient) -> None:
    wecom.api.unknown_users.add("nobody")
    with pytest.raises(WeComError) as caught:
        await client.send_text("nobody", "你好")
    assert caught.value.code == 81013
    assert len(wecom.calls_of("message/send")) == 1


async def test_no_secret_is_in_an_error_a_log_or_a_repr(wecom: WeComServer, state: SqliteState, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    metrics = WeComMetrics(CollectorRegistry())
    wrong = client_of(wecom, state, secret="wrong-but-secret", metrics=metrics)
    right = client_of(wecom, state, metrics=metrics)
    wecom.inject("reset", "message/send", times=100)
    said = [repr(wrong), repr(right)]
    for client in (wrong, right):
        with pytest.raises(WeComError) as caught:
            await client.send_text("zhangsan", "不可说")
        said += [str(caught.value), repr(caught.value), repr(caught.value.__context__)]
        await client.close()
    text = "\n".join([*said, *(str(vars(record)) for record in caplog.records if record.name.startswith("bot."))])
    assert "40001" in text
    assert [secret for secret in ["wrong-but-secret", "不可说", "zhangsan", *wecom.secrets] if secret in text] == []


@pytest.mark.parametrize(("window_s", "most"), [(60.0, 30), (3600.0, 1000)], ids=["minute", "hour"])
def test_a_member_never_gets_more_than_wecom_delivers(window_s: float, most: int) -> None:
    paces, now, times = [Pace(*MINUTE_PACE), Pace(*HOUR_PACE)], 0.0, []
    for _ in range(3000):  # as fast as may be
        now += max(pace.reserve(now) for pace in paces)
        times.append(now)
    assert max(sum(start <= at < start + window_s for at in times[i : i + most + 1]) for i, start in enumerate(times)) <= most


async def test_the_eleventh_message_of_a_burst_waits(wecom: WeComServer, client: WeComClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wecom_turns, "MINUTE_PACE", (0.3, 10))
    start = asyncio.get_running_loop().time()
    await asyncio.gather(*(client.send_text("zhangsan", str(n)) for n in range(11)), client.send_text("lisi", "不用等"))
    assert asyncio.get_running_loop().time() - start >= 0.25
    assert got(wecom, "lisi") == ["不用等"]
    assert len(got(wecom)) == 11
