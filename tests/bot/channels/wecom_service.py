"""The WeCom channel with everything behind it real: a release, a state file, a server on a port, HTTP to the tests' WeCom."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from bot.assistant import Assistant
from bot.bootstrap import make_assistant, make_channels, open_state
from bot.channels.web import create_app
from bot.settings import Settings
from bot.state.base import StateStore
from knowledge.library import Library
from tests.fakes.wecom_server import WeComServer


@dataclass(frozen=True, slots=True)
class Service:
    """What runs, and where it is reached."""

    url: str
    assistant: Assistant
    state: StateStore

    async def finished(self, channel: str) -> None:
        """Wait until nothing that *channel* has taken in is left to be done."""
        async with asyncio.timeout(10):
            while await self.state.unfinished(channel):
                await asyncio.sleep(0.005)


@asynccontextmanager
async def serving(wecom: WeComServer, data_dir: Path, library: Library, **changes: Any) -> AsyncIterator[Service]:
    """Serve *library* to *wecom*, with the state in *data_dir*; settings by keyword, an empty text to leave one out."""
    given = {name: (value.split() if name == "wecom_admins" else value) for name, value in wecom.settings().items()}
    settings = Settings(data_dir=data_dir, **(given | {"rate_limit": 10_000} | changes))
    state = open_state(settings)
    assistant = make_assistant(settings, library, state)
    app = create_app(assistant, make_channels(settings, assistant, state))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, timeout_graceful_shutdown=2))
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Service(f"http://127.0.0.1:{port}", assistant, state)
    finally:
        server.should_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await running
