"""The Telegram channel with everything behind it real: a release, a state file, HTTP to the tests' Telegram."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.assistant import Assistant
from bot.bootstrap import make_assistant, make_channels, open_state
from bot.settings import Settings
from bot.state.base import StateStore
from knowledge.documents import find_sources
from knowledge.library import Library
from knowledge.release import Releases
from tests.fakes.telegram_server import TelegramServer


@dataclass(frozen=True, slots=True)
class Service:
    """What runs."""

    assistant: Assistant
    state: StateStore


@asynccontextmanager
async def serving(telegram: TelegramServer, data_dir: Path, library: Library, **changes: Any) -> AsyncIterator[Service]:
    """Serve *library* on *telegram*, with the state in *data_dir* and its releases watched; settings by keyword."""
    given = {"telegram_token": telegram.token, "telegram_api_base": telegram.api_base, "telegram_rate": 0, "rate_limit": 10_000}
    settings = Settings(data_dir=data_dir, **(given | changes))
    state = open_state(settings)
    assistant = make_assistant(settings, library, state)
    (channel,) = make_channels(settings, assistant, state)
    watcher = asyncio.create_task(assistant.watch())
    await channel.start()
    try:
        yield Service(assistant, state)
    finally:
        await channel.stop()
        watcher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watcher
        await assistant.close()


def build_release(folder: Path, body: str) -> Releases:
    """Make a report with that body live in ``folder/data``; again with another body, the same report changed."""
    source = folder / "sources" / "qingshan-2020"
    source.mkdir(parents=True, exist_ok=True)
    text = f"{_HEAD}\n{body}\n"
    (source / "report.txt").write_text(text, encoding="utf-8")
    releases = Releases(folder / "data")
    with releases.locked():
        releases.make_live(releases.build(find_sources([source])))
    return releases


_HEAD = "标题 青山县人民政府关于2020年法治政府建设工作报告\n2020年,我县全面推进法治政府建设。现将有关情况报告如下:"
