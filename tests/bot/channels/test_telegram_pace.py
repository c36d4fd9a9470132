"""How fast the bot talks, and what it does when it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from telegram import error
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.channels.faults import FaultLog
from bot.channels.pace import Pace
from bot.channels.telegram_faults import Fault, TelegramMetrics, fault_of
from bot.channels.telegram_pace import CHAT_BURST, GROUP_BURST, GROUP_INTERVAL_S, Pacer
from bot.channels.telegram_request import ServerGone, _body


def times_of(pace: Pace, count: int, start: float = 100.0) -> list[float]:
    """When messages that all come at *start* may go."""
    return [start + pace.reserve(start) for _ in range(count)]


def test_a_burst_goes_at_once_and_the_rest_evenly() -> None:
    assert times_of(Pace(1.0, 3), 5) == [100, 100, 100, 101, 102]


def test_a_silence_earns_one_burst_and_no_more() -> None:
    pace = Pace(1.0, 3)
    times_of(pace, 5)
    assert times_of(pace, 4, start=1000) == [1000, 1000, 1000, 1001]


def test_a_hold_lets_nothing_through_before_its_end_and_no_burst_then() -> None:
    pace = Pace(1.0, 3)
    pace.hold(107.0)
    assert times_of(pace, 3) == [107, 108, 109]


@pytest.mark.parametrize(
    ("pace", "most", "window_s"), [(Pace(GROUP_INTERVAL_S, GROUP_BURST), 20, 60.0), (Pace(1 / 30, 1), 30, 1.0)], ids=["group", "all"]
)
def test_no_window_holds_more_than_telegram_allows(pace: Pace, most: int, window_s: float) -> None:
    times = times_of(pace, 10 * most)
    for i, first in enumerate(times):
        assert sum(first <= time < first + window_s - 1e-6 for time in times[i:]) <= most


class Server:
    """Ends each request as it is told, and remembers when it came."""

    def __init__(self, *outcomes: error.TelegramError | None) -> None:
        self.outcomes = list(outcomes)
        self.chats: list[object] = []

    async def __call__(self, endpoint: str, data: dict[str, Any]) -> bool | str:
        self.chats.append(data.get("chat_id"))
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome:
            raise outcome
        return "sent"


@pytest.fixture
def metrics() -> TelegramMetrics:
    return TelegramMetrics(CollectorRegistry())


@pytest.fixture
def send(metrics: TelegramMetrics, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Send through one pacer, whose clock goes on only while it waits."""
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    pacer = Pacer(30, metrics, clock=lambda: now[0])

    async def request(server: Server, chat_id: int = 5, endpoint: str = "sendMessage") -> tuple[Any, float]:
        data = {"chat_id": chat_id}
        return await pacer.process_request(server, (endpoint, data), {}, endpoint, data, None), now[0]

    return request


async def test_retry_after_is_obeyed(send: Callable[..., Any]) -> None:
    result, at = await send(Server(error.RetryAfter(7)))
    assert (result, at) == ("sent", pytest.approx(7, abs=0.2))


async def test_an_edit_that_changes_nothing_is_no_fault(send: Callable[..., Any], metrics: TelegramMetrics) -> None:
    result, _ = await send(Server(error.BadRequest("Message is not modified: ...")), endpoint="editMessageText")
    assert result is True
    assert metrics.requests.labels("editMessageText", "not_modified")._value.get() == 1


async def test_a_group_that_has_moved_is_followed(send: Callable[..., Any]) -> None:
    server = Server(error.ChatMigrated(-1007))
    assert (await send(server, -7))[0] == "sent"
    assert server.chats == [-7, -1007]


@pytest.mark.parametrize(
    "refusal", [error.Forbidden("bot was blocked by the user"), error.BadRequest("Chat not found"), error.BadRequest("message is too long")]
)
async def test_what_no_repetition_mends_is_not_repeated(refusal: error.TelegramError, send: Callable[..., Any]) -> None:
    server = Server(refusal)
    with pytest.raises(type(refusal)):
        await send(server)
    assert len(server.chats) == 1


async def test_a_message_is_given_up_after_some_minutes(send: Callable[..., Any]) -> None:
    server = Server(*[error.NetworkError("Bad Gateway")] * 100)
    with pytest.raises(error.NetworkError):
        await send(server)
    assert len(server.chats) == 12


async def test_the_burst_of_a_chat_and_then_one_a_second(send: Callable[..., Any]) -> None:
    at = [(await send(Server()))[1] for _ in range(CHAT_BURST + 2)]
    assert at[CHAT_BURST - 1] < 0.2
    assert at[-1] == pytest.approx(2, abs=0.2)


async def test_other_requests_are_not_paced(send: Callable[..., Any]) -> None:
    at = [(await send(Server(), endpoint="answerCallbackQuery"))[1] for _ in range(50)]
    assert at[-1] == 0


@pytest.mark.parametrize(
    ("exc", "fault"),
    [
        (error.RetryAfter(1), Fault.FLOOD),
        (error.ChatMigrated(-1), Fault.MIGRATED),
        (error.Conflict("terminated by other getUpdates request"), Fault.CONFLICT),
        (error.Forbidden("bot was blocked by the user"), Fault.BLOCKED),
        (error.EndPointNotFound("no"), Fault.NO_SUCH_METHOD),
        (error.InvalidToken("Unauthorized"), Fault.UNAUTHORIZED),
        (error.InvalidToken("Not Found: method not found"), Fault.NO_SUCH_METHOD),
        (error.BadRequest("Message is not modified"), Fault.NOT_MODIFIED),
        (error.BadRequest("Chat not found"), Fault.CHAT_NOT_FOUND),
        (error.BadRequest("Query is too old and response timeout expired or query ID is invalid"), Fault.TOO_OLD),
        (error.BadRequest("can't parse entities"), Fault.REJECTED),
        (error.TimedOut(), Fault.NETWORK),
        (ServerGone("x"), Fault.NETWORK),
        (error.NetworkError("Bad Gateway"), Fault.NETWORK),
        (error.TelegramError("Invalid server response"), Fault.NETWORK),
    ],
    ids=lambda value: value.value if isinstance(value, Fault) else type(value).__name__,
)
def test_every_error_has_its_kind(exc: error.TelegramError, fault: Fault) -> None:
    assert fault_of(exc) is fault


def test_a_fault_is_told_when_it_begins_and_when_it_is_over(metrics: TelegramMetrics, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    faults = FaultLog("telegram", "intake", metrics.faults)
    for kind in ("network", "network", "conflict", "conflict"):
        faults.report(kind, "")
    faults.over()
    faults.over()
    told = [(record.message, record.kind) for record in caplog.records]  # type: ignore[attr-defined]
    assert told == [("telegram fault", "network"), ("telegram fault", "conflict"), ("telegram fault over", "conflict")]
    assert metrics.faults.labels("intake", "network")._value.get() == 2


@given(
    st.dictionaries(st.text(min_size=1), st.text().filter(lambda text: text.isascii() or text.encode("utf-8", "ignore").decode() == text))
)
def test_parameters_are_read_as_they_were_written(parameters: dict[str, str]) -> None:
    body, headers = _body(RequestData([RequestParameter(name, value, None) for name, value in parameters.items()]))
    assert isinstance(body, bytes)
    assert dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(parameters))) == parameters
    assert headers == {"Content-Type": "application/x-www-form-urlencoded"}
