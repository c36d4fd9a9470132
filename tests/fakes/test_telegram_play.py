"""Plays to a bot count what it loses, repeats and mixes up; the server runs as a process of its own too."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.telegram_play import Play
from tests.fakes.telegram_server import TelegramServer

PROJECT = Path(__file__).parents[2]


async def echo(telegram: TelegramServer, call: Any, *, lose: str = "", repeat: str = "") -> None:
    """A bot that quotes and echoes, loses one text and says another twice."""
    offset = 0
    while True:
        for update in (await call("getUpdates", offset=offset, timeout=50))["result"]:
            offset, message = update["update_id"] + 1, update["message"]
            text = message["text"]
            for _ in range((text != lose) + (text == repeat)):
                await call("sendMessage", chat_id=message["chat"]["id"], text=text, reply_parameters={"message_id": message["message_id"]})


async def play(telegram: TelegramServer, call: Any, bot: dict[str, str], **arguments: Any) -> dict[str, Any]:
    running = asyncio.create_task(echo(telegram, call, **bot))
    try:
        return (await Play(telegram, **arguments).run()).to_json()
    finally:
        running.cancel()


async def test_a_sound_bot_answers_everything(telegram: TelegramServer, call: Any) -> None:
    played = await play(telegram, call, {}, messages=40, chats=4, texts=["一", "二"], window=3)
    assert (played["messages"], played["answered"]) == (40, 40)
    assert played["unanswered"] == played["answered_again"] == played["out_of_order"] == []
    assert 0 < played["p50_ms"] <= played["p99_ms"]
    assert played["texts"][:2] == [["一", ["一"]], ["二", ["二"]]]


async def test_what_a_bot_loses_and_repeats_is_found(telegram: TelegramServer, call: Any) -> None:
    texts = [str(number) for number in range(12)]
    played = await play(telegram, call, {"lose": "3", "repeat": "5"}, messages=12, chats=3, texts=texts, window=2, idle_s=0.2)
    assert (len(played["unanswered"]), len(played["answered_again"])) == (1, 1)
    assert played["answered"] == 11


async def test_answers_out_of_order_are_found(telegram: TelegramServer, call: Any) -> None:
    playing = asyncio.create_task(Play(telegram, messages=2, chats=1, texts=["一", "二"], window=2).run())
    await telegram.wait_for(lambda: len(telegram.updates.pending) == 2, what="two messages")
    for update in reversed((await call("getUpdates"))["result"]):
        message = update["message"]
        await call("sendMessage", chat_id=message["chat"]["id"], text="答", reply_parameters={"message_id": message["message_id"]})
    assert len((await playing).to_json()["out_of_order"]) == 1


# ---- as a process of its own


@pytest.fixture
def server() -> Iterator[tuple[str, str]]:
    """Base address of the Bot API, and the token."""
    command = [sys.executable, "-m", "tests.fakes.telegram_server"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        api_base, token = process.stdout.readline().split()
        yield api_base, token
        process.terminate()


def post(url: str, **content: Any) -> Any:
    return json.load(
        urllib.request.urlopen(urllib.request.Request(url, json.dumps(content).encode(), {"Content-Type": "application/json"}))
    )


def test_the_server_takes_orders_as_a_process(server: tuple[str, str]) -> None:
    api_base, token = server
    control = re.sub(r"bot$", "control", api_base)
    bot = subprocess.Popen([sys.executable, "-m", "tests.fakes.echo_bot", api_base, token], cwd=PROJECT, stdout=subprocess.DEVNULL)
    try:
        post(f"{control}/switch_off", methods=["getMyCommands"])
        assert post(f"{control}/ask", chat=5, text="复议")["text"] == "复议"
        post(f"{control}/inject", kind="duplicate", times=None, chance=1.0)
        played = post(f"{control}/play", messages=3, chats=3, texts=["一"], settle_s=0.2)
        assert (played["answered"], len(played["answered_again"])) == (3, 3)
        state = post(f"{control}/faults")
        assert (state["breaches"], state["injected"], state["calls"]["sendMessage"]) == ([], {"duplicate": 3}, 7)
        assert [message["text"] for message in post(f"{control}/transcript", chat=5)] == ["复议", "复议"]
        post(f"{control}/forget")
        assert post(f"{control}/faults")["calls"] == {}
    finally:
        bot.terminate()
        bot.wait(10)
