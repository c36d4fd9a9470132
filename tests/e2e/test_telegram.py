"""The real service between a strict Telegram and its people: stopped, killed, reloaded, and met with faults."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from processes import RELOAD, Served, environ, serve

from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_world import Message

QUESTIONS = [
    "行政复议维持了几件?",
    "收到复议申请多少件",
    "审查了多少重大行政决策",
    "采纳率是多少",
    "停车管理办法征求意见多少天",
    "收到多少条建议",
    "星河调解室投了多少钱",
    "聘请了几名调解员",
    "目录",
    "你好",
]


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
def data_dir(small_data_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_data_dir, tmp_path / "data"))


@pytest.fixture
def served(telegram: TelegramServer, data_dir: Path) -> Callable[[], AbstractContextManager[Served]]:
    """Start the service on ``telegram``, without limits that would only make it slow."""
    settings = {"WENBAO_TELEGRAM_TOKEN": telegram.token, "WENBAO_TELEGRAM_API_BASE": telegram.api_base}
    return lambda: serve(data_dir, WENBAO_TELEGRAM_RATE="0", WENBAO_RATE_LIMIT="100000", **settings)


def answers_to(question: Message) -> list[Message]:
    return [message for message in question.chat.bot_messages if message.reply_to == question.id]


async def wait_for_answers(telegram: TelegramServer, questions: list[Message], *, timeout_s: float = 20.0) -> None:
    await telegram.wait_for(lambda: all(map(answers_to, questions)), timeout_s=timeout_s, what="an answer to each question")


async def called(telegram: TelegramServer, count: int) -> None:
    """Wait until the bot has begun to send *count* messages."""
    async with asyncio.timeout(20):
        while len(telegram.calls_of("sendMessage")) < count:
            await asyncio.sleep(0.01)


def assert_answered_once_in_order(questions: list[Message]) -> None:
    assert [len(answers_to(question)) for question in questions] == [1] * len(questions)
    for chat in {question.chat.id: question.chat for question in questions}.values():
        quoted = [message.reply_to for message in chat.bot_messages if message.reply_to]
        assert quoted == sorted(quoted, key=int)


async def test_web_and_telegram_are_served_by_one_process_and_a_stop_sends_what_was_begun(
    telegram: TelegramServer, served: Callable[[], AbstractContextManager[Served]]
) -> None:
    telegram.inject("slow", method="sendMessage", times=10, seconds=1)
    with served() as service:
        questions = [telegram.send_text(telegram.private_chat(), text) for text in QUESTIONS]
        await called(telegram, len(questions))
        async with httpx.AsyncClient() as client:
            reply = await client.post(f"{service.url}/api/ask", json={"question": QUESTIONS[0]})
        assert "维持30件" in reply.json()["text"]
        service.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(service.process.wait, 10)
    assert "channels: web, telegram (long polling)" in service.log
    assert_answered_once_in_order(questions)


async def test_a_service_that_was_killed_answers_what_it_had_taken_in(
    telegram: TelegramServer, served: Callable[[], AbstractContextManager[Served]]
) -> None:
    chats = [telegram.private_chat() for _ in range(5)]
    held = telegram.inject("timeout", method="sendMessage", times=5)
    with served() as service:
        questions = [telegram.send_text(chat, text) for text in QUESTIONS[:4] for chat in chats]
        await called(telegram, 5)
        await telegram.wait_for(lambda: not telegram.updates.pending, what="every update taken and acknowledged")
        service.process.kill()
        await asyncio.to_thread(service.process.wait, 10)
    assert held.done == 5
    assert not any(map(answers_to, questions))
    with served():
        questions += [telegram.send_text(chat, QUESTIONS[4]) for chat in chats]
        await wait_for_answers(telegram, questions)
    assert_answered_once_in_order(questions)


async def test_through_faults_and_reloads_each_message_is_answered_once_in_order(
    telegram: TelegramServer, served: Callable[[], AbstractContextManager[Served]], small_source: Path, data_dir: Path, tmp_path: Path
) -> None:
    for kind in ("429", "500", "502", "503", "reset", "garbage"):
        telegram.inject(kind, method="sendMessage", times=8, chance=0.04)
        telegram.inject(kind, method="getUpdates", times=1, chance=0.3)
    for kind in ("duplicate", "reorder"):
        telegram.inject(kind, times=10, chance=0.1)
    chats = [telegram.private_chat() for _ in range(40)]
    source = Path(shutil.copytree(small_source, tmp_path / "sources" / small_source.name))
    report = source / "report.txt"
    with served() as service:
        questions: list[Message] = []
        for turn in range(3):
            if turn:
                report.write_text(report.read_text("utf-8").replace(f"维持{29 + turn}件", f"维持{30 + turn}件"), "utf-8")
                command = [sys.executable, str(RELOAD), "--force", str(source)]
                reload = asyncio.to_thread(subprocess.run, command, env=environ(data_dir), cwd=tmp_path, capture_output=True, check=True)
                reloading = asyncio.create_task(reload)
            for number in range(100):
                questions.append(telegram.send_text(chats[number % 40], QUESTIONS[(number + turn) % len(QUESTIONS)]))
                await asyncio.sleep(0)
            if turn:
                await reloading
            await wait_for_answers(telegram, questions, timeout_s=30)
        await asyncio.sleep(0.5)  # would bring second answers
        last = telegram.send_text(chats[0], QUESTIONS[0])
        await wait_for_answers(telegram, [last])
        async with httpx.AsyncClient() as client:
            metrics = (await client.get(f"{service.url}/metrics")).text
    assert_answered_once_in_order([*questions, last])
    assert "维持32件" in answers_to(last)[0].text
    assert service.log.count("release switched") == 2
    assert telegram.token.partition(":")[2] not in service.log + metrics
    assert "wenbao_telegram_duplicates_total" in metrics
    assert telegram.faults == []
