"""The real service between a strict WeCom and its people: killed, and given its menu by the script."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.processes import PROJECT, environ, serve
from tests.fakes.wecom_server import WeComServer

#: With the shipped report, a question of three readings; what the second of them is answered with begins so.
UNCLEAR, ANSWER = "建设", "▸ 一、(六)2 督察落实\n"
MENU = PROJECT / "scripts" / "wecom_menu.py"


@pytest.fixture
async def wecom() -> AsyncIterator[WeComServer]:
    async with WeComServer() as server:
        yield server
        server.check()


@pytest.fixture
def settings(wecom: WeComServer) -> dict[str, str]:
    return {f"WENBAO_{name.upper()}": value for name, value in wecom.settings().items()}


async def test_a_service_that_was_killed_answers_what_it_had_taken_in(wecom: WeComServer, settings: dict[str, str], data_dir: Path) -> None:
    with serve(data_dir, **settings) as service:
        member = wecom.member("zhangsan", service.url)
        await member.ask(UNCLEAR)
        card = (await member.wait_for(2))[-1]
        assert "channels: web, wecom (application, 智能机器人)" in service.log
        held = wecom.inject("timeout", "message/send")
        await member.tap(card, "2 ")
        async with asyncio.timeout(10):
            while not held.done:  # the server tells nobody that it does not answer
                await asyncio.sleep(0.01)
        service.process.kill()
        await asyncio.to_thread(service.process.wait, 10)
    assert not any(ANSWER in sent.content for sent in member.got)
    count = len(member.got)
    with serve(data_dir, **settings) as service:
        (answer,) = (await member.wait_for(count + 1))[count:]
        assert ANSWER in answer.content
        (again,) = await wecom.member("zhangsan", service.url).ask("行政复议维持了几件?")
        assert (again.way, "维持9件" in again.content) == ("passive", True)
        log = service.log
    assert [word for word in ("zhangsan", *wecom.secrets) if word in log] == []


def run_menu(data_dir: Path, settings: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(MENU), *options]
    return subprocess.run(command, env=environ(data_dir, **settings), cwd=data_dir, capture_output=True, text=True, timeout=30)


async def test_the_script_creates_the_menu(wecom: WeComServer, settings: dict[str, str], tmp_path: Path) -> None:
    done = await asyncio.to_thread(run_menu, tmp_path, settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert wecom.api.menu is not None
    keys = [entry["key"] for button in wecom.api.menu["button"] for entry in button["sub_button"]]
    assert keys[0] == "/help"
    assert "看报告: 目录, 查数" in done.stdout


async def test_a_menu_that_is_refused_or_not_set_up_says_why(wecom: WeComServer, settings: dict[str, str], tmp_path: Path) -> None:
    wrong = settings | {"WENBAO_WECOM_SECRET": "not-this-one"}
    refused = await asyncio.to_thread(run_menu, tmp_path, wrong)
    assert refused.returncode == 1
    assert "WeCom 40001" in refused.stderr
    assert "not-this-one" not in refused.stderr
    unset = await asyncio.to_thread(run_menu, tmp_path, {})
    assert (unset.returncode, "WENBAO_WECOM_CORP_ID" in unset.stderr, "Traceback" in unset.stderr) == (1, True, False)
    assert run_menu(tmp_path, {}, "--shw").returncode == 2
