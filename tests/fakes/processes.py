"""The platforms of the tests, and bots on them, as processes of their own: for what measures and shows the service as a whole."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
RELOAD = PROJECT / "scripts" / "reload_knowledge.py"
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, BOT_CORE = {CORES[0]}, {CORES[-1]}
START_LIMIT_S = 60.0
KILL_AFTER_S = 15.0

Order = Callable[..., Any]


@contextmanager
def process(arguments: list[str], core: set[int], log: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process on *core*, its output in *log*, stopped at the end of the block."""
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"} | settings
    with log.open("w", encoding="utf-8") as output:
        command = [sys.executable, *arguments]
        running = subprocess.Popen(command, cwd=PROJECT, env=environ, stdout=output, stderr=output, text=True)
        os.sched_setaffinity(running.pid, core)
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(KILL_AFTER_S)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def orders(url: str) -> Order:
    """How the platform at *url* takes orders."""

    def order(name: str, **arguments: Any) -> Any:
        request = urllib.request.Request(f"{url}/control/{name}", json.dumps(arguments).encode(), method="POST")
        return json.load(urllib.request.urlopen(request, timeout=900))

    return order


def wait_for_line(log: Path, pattern: str) -> re.Match[str]:
    """Wait until *log* holds *pattern*."""
    for _ in range(int(START_LIMIT_S / 0.05)):
        if found := re.search(pattern, log.read_text(encoding="utf-8")):
            return found
        time.sleep(0.05)
    raise SystemExit(f"did not start:\n{log.read_text(encoding='utf-8')}")


def processor_seconds(running: subprocess.Popen[str]) -> float:
    """Processor time that a process has used. Source: proc(5), fields 14 and 15 of ``stat``."""
    fields = Path(f"/proc/{running.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def reload(data_dir: Path, *arguments: str) -> None:
    """Run the reload script on the server's core."""
    environ = {"WENBAO_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(RELOAD), *arguments]
    done = subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
