"""The tests' Telegram, and calls to it as any HTTP client makes them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.fakes.telegram_server import TelegramServer


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server


@pytest.fixture
async def call(telegram: TelegramServer) -> AsyncIterator[Callable[..., Awaitable[dict[str, Any]]]]:
    """Call a method with JSON parameters; gives the whole answer. ``status`` is added to it."""
    async with aiohttp.ClientSession() as session:

        async def post(method: str, *, token: str = telegram.token, **parameters: Any) -> dict[str, Any]:
            async with session.post(f"{telegram.api_base}{token}/{method}", json=parameters) as response:
                answer: dict[str, Any] = await response.json()
                return answer | {"status": response.status}

        yield post
