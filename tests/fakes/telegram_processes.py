"""The tests' Telegram, and the service on it, as processes of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.processes import BOT_CORE, SERVER_CORE, Order, orders, process, wait_for_line


@contextmanager
def telegram(log: Path) -> Iterator[tuple[Order, str, str]]:
    """The tests' Telegram: how it takes orders, the base address of its Bot API, the token."""
    with process(["-m", "tests.fakes.telegram_server"], SERVER_CORE, log):
        found = wait_for_line(log, r"(http\S+/bot) (\S+)")
        yield orders(found[1].removesuffix("/bot")), found[1], found[2]


@contextmanager
def wenbao(data_dir: Path, api_base: str, token: str, log: Path) -> Iterator[subprocess.Popen[str]]:
    """``wenbao serve`` with no limits of its own."""
    settings = {"DATA_DIR": str(data_dir), "PORT": "0", "RATE_LIMIT": "100000"}
    settings |= {"TELEGRAM_API_BASE": api_base, "TELEGRAM_TOKEN": token, "TELEGRAM_RATE": "0"}
    with process(["-m", "bot", "serve"], BOT_CORE, log, **{f"WENBAO_{name}": value for name, value in settings.items()}) as running:
        wait_for_line(log, r"http://\S+")
        yield running
