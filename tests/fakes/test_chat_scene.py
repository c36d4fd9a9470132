"""The conversations of the documents' pictures can be held as they are described."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from knowledge.library import Library
from tests.bot.channels.telegram_service import serving
from tests.bot.channels.wecom_service import serving as wecom_serving
from tests.fakes.chat_scene import Scene, play
from tests.fakes.processes import PROJECT, Order, orders
from tests.fakes.telegram_control import Control
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.wecom_scene import hold
from tests.fakes.wecom_server import WeComServer

SCENES_FILE = PROJECT / "docs" / "images" / "chats.yaml"
SCENES = {name: Scene(**scene) for name, scene in yaml.safe_load(SCENES_FILE.read_text(encoding="utf-8")).items()}


@pytest.fixture
async def order(telegram: TelegramServer, library: Library, tmp_path: Path) -> AsyncIterator[Order]:
    Control(telegram)
    async with serving(telegram, tmp_path, library):
        yield orders(telegram.api_base.removesuffix("/bot"))
    telegram.check()


@pytest.mark.parametrize("name", SCENES)
def test_every_scene_of_the_documents_has_its_picture(name: str) -> None:
    assert SCENES_FILE.with_name(f"{name}.png").stat().st_size < 150_000
    assert f"images/{name}.png" in (PROJECT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("scene", [scene for scene in SCENES.values() if not scene.wecom], ids=lambda scene: scene.steps[0])
async def test_every_scene_of_the_documents_can_be_played(scene: Scene, order: Order) -> None:
    items = await asyncio.to_thread(play, order, scene)
    said = [item["text"] for item in items if "text" in item]
    assert len(said) > len(scene.steps)
    for step in scene.steps:
        words = step.partition(": ")[2] if scene.group else step
        if words.startswith("@@"):
            assert any(item.get("query", "").endswith(words[2:]) and item["results"] for item in items)
        elif words.startswith("["):
            assert {"note": f"点“{words.strip('[]')}”，原地换成"} in items
        else:
            assert words in said


@pytest.mark.parametrize("scene", [scene for scene in SCENES.values() if scene.wecom], ids=lambda scene: scene.wecom)
async def test_every_scene_in_wecom_can_be_played(scene: Scene, library: Library, tmp_path: Path) -> None:
    async with WeComServer() as wecom, wecom_serving(wecom, tmp_path, library) as service:
        items = await hold(wecom, scene.steps, way=scene.wecom, base_url=service.url, user="lin")
        assert wecom.violations == []
    said = [item["text"] for item in items if "text" in item]
    assert {step for step in scene.steps if not step.startswith("[")} <= {*said}
    assert len(said) > len(scene.steps)


async def test_a_message_that_a_button_changes_is_shown_as_it_was_and_as_it_became(order: Order) -> None:
    items = await asyncio.to_thread(play, order, Scene(["/toc", "[存在问题]"]))
    asked, before, note, after = items
    assert (asked["text"], note) == ("/toc", {"note": "点“存在问题”，原地换成"})
    assert before["message_id"] == after["message_id"]
    assert "存在问题" in after["text"]
    assert "存在问题" not in before["text"]


async def test_a_press_that_marks_its_button_changes_no_words(order: Order) -> None:
    items = await asyncio.to_thread(play, order, Scene(["复议撤销了几件", "[👍]"]))
    assert len(items) == 2
    assert any("👍" in button["text"] and button["text"] != "👍" for row in items[1]["reply_markup"]["inline_keyboard"] for button in row)
