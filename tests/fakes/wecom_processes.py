"""The tests' WeCom, the service on it, and a bare route beside it, as processes of their own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.fakes.processes import BOT_CORE, SERVER_CORE, Order, orders, process, wait_for_line

Running = tuple[subprocess.Popen[str], str]


@contextmanager
def wecom(log: Path) -> Iterator[tuple[Order, dict[str, str]]]:
    """The tests' WeCom: how it takes orders, and what a service on it must be set to."""
    with process(["-m", "tests.fakes.wecom_server"], SERVER_CORE, log):
        found = wait_for_line(log, r"(?s)(http\S+)\n(.*)\nready")
        yield orders(found[1]), dict(line.split("=", 1) for line in found[2].splitlines())


@contextmanager
def wenbao(data_dir: Path, settings: dict[str, str], log: Path) -> Iterator[Running]:
    """``wenbao serve`` with no limit of its own for those who ask; its process and address."""
    own = {"WENBAO_DATA_DIR": str(data_dir), "WENBAO_PORT": "0", "WENBAO_RATE_LIMIT": "100000"}
    with process(["-m", "bot", "serve"], BOT_CORE, log, **own, **settings) as running:
        yield running, wait_for_line(log, r"(http://\S+?)/(?:\s|$)")[1]


@contextmanager
def bare(settings: dict[str, str], log: Path) -> Iterator[Running]:
    """A route that only decrypts and encrypts; its process and address."""
    with process(["-m", "tests.fakes.bare_wecom"], BOT_CORE, log, **settings) as running:
        yield running, wait_for_line(log, r"(http://\S+?)/(?:\s|$)")[1]
