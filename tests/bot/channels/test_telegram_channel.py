"""Telegram from end to end in one process: real HTTP to a strict server, a real state store, faults on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from prometheus_client import generate_latest

from bot import texts
from bot.assistant import Assistant
from bot.bootstrap import make_channels
from bot.channels.telegram import TelegramChannel, _chat_of
from bot.channels.web import create_app
from bot.commands import COMMANDS
from bot.log_setup import FactsFormatter
from bot.settings import Settings
from bot.state.sqlite import SqliteState
from knowledge.library import Library
from knowledge.release import Releases
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_world import Message

QUESTION = "行政复议维持了几件?"
ANSWER = "维持30件"
SECRET = "a-secret_of-the-webhook"

Running = Callable[..., AbstractAsyncContextManager[TelegramChannel]]


@pytest.fixture(scope="session")
def library(small_data_dir: Path) -> Library:
    return Releases(small_data_dir).open_live()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[SqliteState]:
    state = SqliteState(tmp_path / "state.db", retention_days=180)
    yield state
    await state.close()


@pytest.fixture
def make_channel(telegram: TelegramServer, library: Library, state: SqliteState, tmp_path: Path) -> Callable[..., TelegramChannel]:
    """A channel on ``telegram`` and ``state``; settings by keyword, without limits on messages unless given."""

    def make(**changes: Any) -> TelegramChannel:
        given = {"telegram_token": telegram.token, "telegram_api_base": telegram.api_base, "telegram_rate": 0} | changes
        settings = Settings(data_dir=tmp_path, **given)
        assistant = Assistant(library, state, rate_limit=100_000)
        (channel,) = make_channels(settings, assistant, state)
        assert isinstance(channel, TelegramChannel)
        channel.assistant = assistant  # type: ignore[attr-defined]  # for its metrics
        return channel

    return make


@pytest.fixture
def running(make_channel: Callable[..., TelegramChannel]) -> Running:
    """A channel that runs until the end of the block."""

    @asynccontextmanager
    async def run(**changes: Any) -> AsyncIterator[TelegramChannel]:
        channel = make_channel(**changes)
        await channel.start()
        try:
            yield channel
        finally:
            await channel.stop()

    return run


def figure(channel: TelegramChannel, name: str, **labels: str) -> float:
    return channel.assistant.metrics.registry.get_sample_value(name, labels) or 0.0  # type: ignore[attr-defined]


def answers_to(question: Message) -> list[Message]:
    return [message for message in question.chat.bot_messages if message.reply_to == question.id]


async def called(telegram: TelegramServer, method: str = "sendMessage", count: int = 1) -> None:
    """Wait until the bot has begun to call *method*, *count* times."""
    async with asyncio.timeout(10):
        while len(telegram.calls_of(method)) < count:
            await asyncio.sleep(0.005)


async def wait_for_answers(telegram: TelegramServer, questions: list[Message], *, timeout_s: float = 10.0) -> None:
    await telegram.wait_for(lambda: all(map(answers_to, questions)), timeout_s=timeout_s, what="an answer to each question")


def rows(tmp_path: Path) -> list[tuple[str, int]]:
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as db:
        return db.execute("select payload, finished from inbox").fetchall()


async def test_a_question_is_answered_and_nothing_of_it_stays_in_the_inbox(
    telegram: TelegramServer, running: Running, tmp_path: Path
) -> None:
    async with running() as channel:
        reply = await telegram.ask(telegram.private_chat(), QUESTION)
        assert ANSWER in reply.text
    assert rows(tmp_path) == [("", 1)]
    assert figure(channel, "wenbao_telegram_updates_total", kind="message") == 1
    telegram.check()


async def test_messages_of_a_chat_are_answered_in_order_and_chats_side_by_side(telegram: TelegramServer, running: Running) -> None:
    slow, others = telegram.private_chat(), [telegram.private_chat() for _ in range(10)]
    telegram.inject("slow", method="sendMessage", chat=slow, seconds=1)
    async with running():
        first = [telegram.send_text(slow, QUESTION) for _ in range(5)]
        rest = [telegram.send_text(chat, QUESTION) for chat in others for _ in range(3)]
        await wait_for_answers(telegram, rest, timeout_s=0.9)
        assert not answers_to(first[0])
        await wait_for_answers(telegram, first)
    for chat in [slow, *others]:
        quoted = [message.reply_to for message in chat.bot_messages]
        assert quoted == sorted(quoted, key=int)


async def test_an_update_delivered_again_is_answered_once(telegram: TelegramServer, running: Running) -> None:
    telegram.inject("duplicate", times=3)
    chat = telegram.private_chat()
    async with running() as channel:
        questions = []
        for _ in range(4):
            questions.append(telegram.send_text(chat, QUESTION))
            await telegram.reply_to(questions[-1])
        await telegram.wait_for(lambda: figure(channel, "wenbao_telegram_duplicates_total") == 3)
    assert [len(answers_to(question)) for question in questions] == [1, 1, 1, 1]


async def test_updates_fetched_out_of_order_are_answered_in_order(telegram: TelegramServer, running: Running) -> None:
    telegram.inject("reorder", times=1)
    chat = telegram.private_chat()
    async with running():
        questions = [telegram.send_text(chat, QUESTION) for _ in range(2)]
        await wait_for_answers(telegram, questions)
    quoted = [message.reply_to for message in chat.bot_messages]
    assert len(quoted) == 2
    assert quoted == sorted(quoted, key=int)


async def test_updates_not_finished_are_answered_first_after_a_start(
    telegram: TelegramServer, make_channel: Callable[..., TelegramChannel], running: Running
) -> None:
    chat = telegram.private_chat()
    telegram.inject("timeout", method="sendMessage", times=1)
    stopped = make_channel()
    await stopped.start()
    question = telegram.send_text(chat, QUESTION)
    await called(telegram)
    for task in [stopped._life, *stopped._queues._tasks]:  # as a kill would: nothing is sent, nothing is finished
        assert task
        task.cancel()
    assert stopped._life
    await asyncio.wait([stopped._life])
    await stopped._bot.shutdown()
    assert not answers_to(question)
    async with running() as channel:
        later = telegram.send_text(chat, QUESTION)
        await wait_for_answers(telegram, [later])
    assert [message.reply_to for message in chat.bot_messages] == [question.id, later.id]
    assert figure(channel, "wenbao_telegram_updates_total", kind="message") == 1


async def test_a_stop_sends_every_reply_that_was_begun(telegram: TelegramServer, running: Running, tmp_path: Path) -> None:
    telegram.inject("slow", method="sendMessage", times=20, seconds=1)
    questions = [telegram.send_text(telegram.private_chat(), QUESTION) for _ in range(20)]
    async with running():
        await called(telegram, count=20)
    assert [len(answers_to(question)) for question in questions] == [1] * 20
    assert rows(tmp_path) == [("", 1)] * 20


async def test_a_stop_ends_in_time_and_leaves_what_cannot_be_sent(
    telegram: TelegramServer, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.STOP_LIMIT_S", 1.0)
    telegram.inject("429", method="sendMessage", seconds=30)
    async with running():
        telegram.send_text(telegram.private_chat(), QUESTION)
        await called(telegram)
        began = telegram.now()
    assert telegram.now() - began < 1.5
    ((payload, finished),) = rows(tmp_path)
    assert (json.loads(payload)["message"]["text"], finished) == (QUESTION, 0)


@pytest.mark.parametrize("kind", ["500", "502", "503", "504", "reset", "garbage", "401", "409"])
async def test_a_message_that_meets_a_fault_is_sent_again(kind: str, telegram: TelegramServer, running: Running) -> None:
    telegram.inject(kind, method="sendMessage", times=1)
    async with running() as channel:
        question = telegram.send_text(telegram.private_chat(), QUESTION)
        await telegram.reply_to(question)
    assert len(answers_to(question)) == 1
    assert figure(channel, "wenbao_telegram_requests_total", method="sendMessage", result="ok") == 1
    failed = {"401": "unauthorized", "409": "conflict"}.get(kind, "network")
    assert figure(channel, "wenbao_telegram_requests_total", method="sendMessage", result=failed) == 1


@pytest.mark.parametrize("kind", ["500", "reset", "garbage", "401", "409", "429"])
async def test_polling_goes_on_after_a_fault(
    kind: str, telegram: TelegramServer, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    telegram.inject(kind, method="getUpdates", times=1 if kind in {"401", "429"} else 2)
    async with running() as channel:
        await telegram.ask(telegram.private_chat(), QUESTION)
    told = {"401": "unauthorized", "409": "conflict", "429": "flood"}.get(kind, "network")
    assert figure(channel, "wenbao_telegram_faults_total", where="intake", kind=told) >= 1
    assert [r.message for r in caplog.records if "fault" in r.message] == ["telegram fault", "telegram fault over"]


async def test_a_second_poller_is_told_once_and_outlived(
    telegram: TelegramServer, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    async with running() as channel:
        await telegram.ask(telegram.private_chat(), QUESTION)
        async with httpx.AsyncClient(base_url=f"{telegram.api_base}{telegram.token}/") as other:
            while not figure(channel, "wenbao_telegram_faults_total", where="intake", kind="conflict"):
                await other.post("getUpdates", data={"timeout": 0})
        await telegram.ask(telegram.private_chat(), QUESTION)
    assert [r.message for r in caplog.records if "fault" in r.message] == ["telegram fault", "telegram fault over"]


async def test_a_chat_that_must_wait_keeps_no_other_from_its_answer(telegram: TelegramServer, running: Running) -> None:
    waiting, other = telegram.private_chat(), telegram.private_chat()
    telegram.inject("429", method="sendMessage", chat=waiting, seconds=2)
    async with running(telegram_rate=30):
        held = telegram.send_text(waiting, QUESTION)
        await called(telegram)
        began = telegram.now()
        await wait_for_answers(telegram, [telegram.send_text(other, QUESTION)], timeout_s=1)
        await wait_for_answers(telegram, [held])
        assert telegram.now() - began >= 1.9
    assert len(answers_to(held)) == 1


@pytest.mark.parametrize(("kind", "counted"), [("403", "blocked")])
async def test_who_blocked_the_bot_is_left_alone(
    kind: str, counted: str, telegram: TelegramServer, running: Running, tmp_path: Path
) -> None:
    chat = telegram.private_chat()
    async with running() as channel:
        telegram.inject(kind, method="sendMessage", chat=chat)
        telegram.send_text(chat, QUESTION)
        await called(telegram)
        await telegram.ask(telegram.private_chat(), QUESTION)
        assert len(telegram.calls_of("sendMessage")) == 2
    assert figure(channel, "wenbao_telegram_requests_total", method="sendMessage", result=counted) == 1
    assert rows(tmp_path) == [("", 1)] * 2


async def test_a_message_follows_a_group_that_has_moved(telegram: TelegramServer, running: Running) -> None:
    group = telegram.group()
    async with running() as channel:
        telegram.inject("slow", method="sendMessage", seconds=0.3)
        telegram.mention(group, QUESTION)
        await called(telegram)
        moved = telegram.migrate(group)
        await telegram.wait_for(lambda: moved.bot_messages)
    assert figure(channel, "wenbao_telegram_requests_total", method="sendMessage", result="migrated") == 1


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        ({"message": {"chat": {"id": -5}, "from": {"id": 7}}}, -5),
        ({"edited_message": {"chat": {"id": 5}}}, 5),
        ({"callback_query": {"from": {"id": 7}, "message": {"chat": {"id": -5}}}}, -5),
        ({"callback_query": {"from": {"id": 7}, "inline_message_id": "x"}}, 7),
        ({"inline_query": {"from": {"id": 7}}}, 7),
        ({"message": {"chat": {"id": -5}, "migrate_to_chat_id": -1005}}, -1005),
        ({"message": {"chat": {"id": -1005}, "migrate_from_chat_id": -5}}, -1005),
        ({"message": {"chat": 5}}, 0),
        ({"news": 1}, 0),
    ],
    ids=["message", "edit", "button", "button of an inline message", "inline", "group that moves", "where it moved", "nonsense", "other"],
)
def test_an_update_waits_for_those_of_its_chat(update: dict[str, Any], chat: int) -> None:
    assert _chat_of(update) == chat


async def test_a_server_that_lacks_methods_is_good_enough(
    telegram: TelegramServer, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    lacking = ("getMe", "deleteWebhook", "setMyCommands", "setMyDescription", "setMyShortDescription", "sendChatAction")
    telegram.switch_off(*lacking)
    async with running():
        reply = await telegram.ask(telegram.private_chat(), QUESTION)
        assert ANSWER in reply.text
    told = {getattr(record, "method", "") for record in caplog.records if record.message == "telegram profile not set"}
    assert told >= {"setMyCommands", "setMyDescription", "setMyShortDescription"}


async def test_a_question_is_read_through_objects_of_another_version_of_the_api(
    telegram: TelegramServer, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    chat = telegram.private_chat()
    old_poll = {"id": "1", "question": "几件?", "options": [], "type": "regular"}  # without what later versions require
    poll = telegram.world.add_message(chat, telegram.add_user(), 0.0, poll=old_poll)
    async with running():
        question = telegram.send_text(chat, QUESTION, reply_to=poll)
        assert ANSWER in (await telegram.reply_to(question)).text
        press = telegram.press(chat.bot_messages[0], {"text": "", "callback_data": "?"})
        assert (await telegram.answered(press))["text"] == texts.PRESS_UNKNOWN
    assert [record.levelname for record in caplog.records if "update not understood" in record.message] == []


async def test_a_server_that_comes_up_later_is_found(library: Any, running: Running, telegram: TelegramServer) -> None:
    await telegram.close()
    async with running() as channel:
        await asyncio.sleep(0.3)
        await telegram.open()
        await telegram.ask(telegram.private_chat(), QUESTION)
    assert figure(channel, "wenbao_telegram_requests_total", method="getMe", result="network") >= 1


async def test_commands_and_descriptions_are_published_in_two_languages(telegram: TelegramServer, running: Running) -> None:
    telegram.private_chat(telegram.add_user(user_id=4711))
    async with running(telegram_admins=(4711,)):
        await telegram.wait_for(lambda: len(telegram.calls_of("setMyCommands")) >= 4)
    telegram.check()
    shown = telegram.methods.settings
    for scope, chat in (("default", 0), ("chat", 4711)):
        seen = [command for command in COMMANDS if chat or not command.for_admins]
        for language, summaries in (("", [c.english for c in seen]), ("zh", [c.summary for c in seen])):
            menu = shown["commands", scope, chat, language]
            assert [entry["command"] for entry in menu] == [command.name for command in seen]
            assert [entry["description"] for entry in menu] == summaries
    assert (shown["description", ""], shown["description", "zh"]) == (texts.BOT_DESCRIPTION_ENGLISH, texts.BOT_DESCRIPTION)
    short = (texts.BOT_SHORT_DESCRIPTION_ENGLISH, texts.BOT_SHORT_DESCRIPTION)
    assert (shown["short_description", ""], shown["short_description", "zh"]) == short


# ---- webhook


@pytest.fixture
async def hooked(make_channel: Callable[..., TelegramChannel], telegram: TelegramServer) -> AsyncIterator[tuple[TelegramChannel, str]]:
    """A channel within the web app on a real port, with its webhook set; and the webhook's address."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/telegram/webhook"
    channel = make_channel(telegram_webhook_url=url, telegram_webhook_secret=SECRET)
    app = create_app(channel.assistant, [channel])  # type: ignore[attr-defined]
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await telegram.wait_for(lambda: telegram.updates.webhook.url)
    try:
        yield channel, url
    finally:
        server.should_exit = True
        await serving


Hooked = tuple[TelegramChannel, str]


async def test_updates_come_by_webhook_and_each_is_answered_once_in_order(telegram: TelegramServer, hooked: Hooked) -> None:
    telegram.inject("duplicate", times=2)
    chats = [telegram.private_chat() for _ in range(4)]
    questions = [telegram.send_text(chat, QUESTION) for _ in range(5) for chat in chats]
    await wait_for_answers(telegram, questions)
    assert [len(answers_to(question)) for question in questions] == [1] * 20
    for chat in chats:
        quoted = [message.reply_to for message in chat.bot_messages]
        assert quoted == sorted(quoted, key=int)


async def test_updates_that_overtook_each_other_are_put_in_order(telegram: TelegramServer, hooked: Hooked) -> None:
    chat = telegram.private_chat()
    await telegram.ask(chat, QUESTION)
    telegram.inject("reorder", times=1)
    questions = [telegram.send_text(chat, QUESTION) for _ in range(2)]
    await wait_for_answers(telegram, questions)
    quoted = [message.reply_to for message in chat.bot_messages]
    assert len(quoted) == 3
    assert quoted == sorted(quoted, key=int)


@pytest.mark.parametrize(
    "secret", [None, "", "wrong", SECRET[:-1], f"{SECRET}x", "密"], ids=["none", "empty", "wrong", "short", "long", "no ASCII"]
)
async def test_the_webhook_is_closed_to_who_does_not_know_the_secret(secret: str | None, telegram: TelegramServer, hooked: Hooked) -> None:
    channel, url = hooked
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret.encode()}
    message = telegram.send_text(telegram.private_chat(), QUESTION).json
    async with httpx.AsyncClient() as client:
        response = await client.post(url, json={"update_id": 99, "message": message}, headers=headers)
    assert response.status_code == 403
    assert figure(channel, "wenbao_telegram_faults_total", where="webhook", kind="forbidden") == 1


async def test_without_a_secret_nobody_may_post_updates(make_channel: Callable[..., TelegramChannel]) -> None:
    channel = make_channel()
    app = create_app(channel.assistant, [channel])  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": ""}):
            assert (await client.post("/telegram/webhook", json={"update_id": 1}, headers=headers)).status_code == 403


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b'{"update_id": "x"}', b"\xff", b"[" * 20_000])
async def test_what_is_no_update_is_refused(body: bytes, hooked: Hooked) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.post(hooked[1], content=body, headers={"X-Telegram-Bot-Api-Secret-Token": SECRET})
    assert response.status_code == 400


async def test_an_update_of_a_kind_not_known_is_taken_and_finished(telegram: TelegramServer, hooked: Hooked, tmp_path: Path) -> None:
    channel, url = hooked
    async with httpx.AsyncClient() as client:
        for number, content in enumerate([{"news": {"from": 1}}, {"message": None}, {"message": {"chat": 5}}, {"callback_query": {}}]):
            headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
            response = await client.post(url, json={"update_id": number, **content}, headers=headers)
            assert response.status_code == 200
    await telegram.ask(telegram.private_chat(), QUESTION)
    await telegram.wait_for(lambda: True)
    await channel.stop()
    assert rows(tmp_path) == [("", 1)] * 5


async def test_a_webhook_of_earlier_settings_is_removed(telegram: TelegramServer, running: Running) -> None:
    async with httpx.AsyncClient(base_url=f"{telegram.api_base}{telegram.token}/") as client:
        await client.post("setWebhook", data={"url": "https://bot.example.org/"})
    async with running():
        await telegram.ask(telegram.private_chat(), QUESTION)
    assert telegram.updates.webhook.url == ""


# ---- secrets


async def test_the_token_is_in_no_log_error_metric_or_repr(
    telegram: TelegramServer, running: Running, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    for kind in ("500", "reset", "garbage", "401", "409", "429"):
        telegram.inject(kind, method="sendMessage", chat=telegram.private_chat(), seconds=1)
        telegram.inject(kind, method="getUpdates", seconds=0)
    telegram.inject("403", method="sendMessage", chat=telegram.private_chat())
    telegram.inject("401", method="getMe", times=1)
    async with running(telegram_admins=(1,)) as channel:
        chats = [chat for chat in telegram.world.chats.values() if chat.user]
        questions = [telegram.send_text(chat, QUESTION) for chat in chats]
        await wait_for_answers(telegram, questions[:-1])  # the last one has blocked the bot
        shown = [repr(channel), str(channel), repr(channel._application), repr(channel._bot), repr(channel._settings)]
        await telegram.close()
        await asyncio.sleep(0.5)
        await telegram.open()
        await telegram.ask(telegram.private_chat(), QUESTION)
    plain = FactsFormatter()  # without the masking that the service's own has
    shown += [plain.format(record) for record in caplog.records]
    shown += [generate_latest(channel.assistant.metrics.registry).decode(), *capfd.readouterr()]  # type: ignore[attr-defined]
    secret = telegram.token.partition(":")[2]
    assert [text for text in shown if secret in text] == []
    assert any("telegram fault" in text for text in shown)
