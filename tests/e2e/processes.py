"""``wenbao`` as processes: their environment, and a running service."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
RELOAD = PROJECT / "scripts" / "reload_knowledge.py"
START_LIMIT_S = 30

Run = Callable[..., subprocess.CompletedProcess[str]]


def environ(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a process, without this machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WENBAO_")}
    return kept | {"WENBAO_DATA_DIR": str(data_dir), "PYTHONPATH": str(PROJECT), "NO_COLOR": "1"} | settings


class Served:
    """A running service.

    Attributes:
        url: Its address as printed, without the last slash.
        lines: What it has written to standard error so far.
    """

    def __init__(self, url: str, process: subprocess.Popen[str], lines: list[str]) -> None:
        self.url = url
        self.process = process
        self.lines = lines

    @property
    def log(self) -> str:
        return "".join(self.lines)


@contextmanager
def serve(data_dir: Path, **settings: str) -> Iterator[Served]:
    """``wenbao serve`` on a free port until the end of the block."""
    command = [sys.executable, "-m", "bot", "serve"]
    given: dict[str, Any] = {"env": environ(data_dir, WENBAO_PORT="0", **settings), "cwd": data_dir, "text": True}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **given)
    lines: list[str] = []
    address: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stderr
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r"(http://\S+?)/(?:\s|$)", line):
                address.put(found[1])
        address.put("")

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        url = address.get(timeout=START_LIMIT_S)
        assert url, f"the service did not start:\n{''.join(lines)}"
        yield Served(url, process, lines)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)
        assert process.stderr
        process.stderr.close()
