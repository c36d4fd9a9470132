"""A WeCom for each test, its rules kept to the end."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.fakes.wecom_server import WeComServer


@pytest.fixture
async def wecom() -> AsyncIterator[WeComServer]:
    async with WeComServer() as server:
        yield server
        server.check()
