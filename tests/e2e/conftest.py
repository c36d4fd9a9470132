"""The real command and the real server, each a process of its own, over a data directory of its own."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
RELOAD = PROJECT / "scripts" / "reload_knowledge.py"
START_LIMIT_S = 30


def environ(data_dir: Path, **settings: str) -> dict[str, str]:
    """The environment of a process, without this machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WENBAO_")}
    return kept | {"WENBAO_DATA_DIR": str(data_dir), "PYTHONPATH": str(PROJECT), "COLUMNS": "200", "NO_COLOR": "1"} | settings


@pytest.fixture(scope="session")
def shipped_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the shipped report live; shared, so nothing may be written to it."""
    folder = tmp_path_factory.getbasetemp() / "shipped"
    if not (folder / "current").exists():  # the bot's own tests use the same one
        subprocess.run([sys.executable, str(RELOAD)], env=environ(folder), cwd=folder.parent, check=True, capture_output=True)
    return folder


@pytest.fixture
def data_dir(shipped_dir: Path, tmp_path: Path) -> Path:
    """A data directory of the test's own."""
    return Path(shutil.copytree(shipped_dir, tmp_path / "data"))


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def wenbao(shipped_dir: Path, tmp_path: Path) -> Run:
    """Run ``wenbao`` to its end; ``data_dir`` and other settings by keyword."""

    def run(*arguments: str, stdin: str | bytes = b"", data_dir: Path = shipped_dir, **settings: str) -> subprocess.CompletedProcess[str]:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        command = [sys.executable, "-m", "bot", *arguments]
        done = subprocess.run(command, input=given, env=environ(data_dir, **settings), cwd=tmp_path, capture_output=True, timeout=60)
        return subprocess.CompletedProcess(command, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def reload_knowledge(tmp_path: Path) -> Run:
    """Run ``scripts/reload_knowledge.py`` to its end."""

    def run(*arguments: object, data_dir: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(RELOAD), *map(str, arguments)]
        return subprocess.run(command, env=environ(data_dir), cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return run


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


@pytest.fixture(scope="session")
def service(shipped_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all tests that only ask it."""
    folder = Path(shutil.copytree(shipped_dir, tmp_path_factory.mktemp("service") / "data"))
    with serve(folder, WENBAO_RATE_LIMIT="100000") as served:
        yield served
