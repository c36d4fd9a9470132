"""The real command and the real server, each a process of its own, over a data directory of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import RELOAD, Run, Served, environ, serve


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


@pytest.fixture(scope="session")
def service(shipped_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service for all tests that only ask it."""
    folder = Path(shutil.copytree(shipped_dir, tmp_path_factory.mktemp("service") / "data"))
    with serve(folder, WENBAO_RATE_LIMIT="100000") as served:
        yield served
