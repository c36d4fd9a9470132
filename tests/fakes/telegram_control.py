"""The tests' Telegram as a process of its own: ``python -m tests.fakes.telegram_server --port 9000``.

It prints its address, and takes orders as JSON over HTTP: ``POST /control/ORDER``.
"""

from __future__ import annotations

import argparse
import asyncio


def main() -> None:
    """Serve until interrupted."""
    from tests.fakes.telegram_server import TelegramServer

    parser = argparse.ArgumentParser(description="A Telegram for tests")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rate-limits", action="store_true")
    given = parser.parse_args()

    async def serve() -> None:
        async with TelegramServer(port=given.port, rate_limits=given.rate_limits) as server:
            print(server.api_base, server.token, flush=True)
            await asyncio.Event().wait()

    asyncio.run(serve())
