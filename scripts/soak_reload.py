"""Reload again and again under a running service while people ask: no failed answer, none from two releases, nothing that grows.

    scripts/soak_reload.py --reloads 200

Exit status: 0 nothing went wrong, 1 something did.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

PROJECT = Path(__file__).parents[1]
#: Each release states another figure, so that an answer shows which one it was made from.
REPORT = """文号 青政文〔2019〕1号
发布机构 青山县人民政府
标题 青山县人民政府关于2018年法治政府建设工作报告
2018年,我县全面推进法治政府建设。现将有关情况报告如下:
一、2018年工作情况
(一)健全制度
1.完善决策程序。全年召开听证会6次。
2.规范文件管理。全年制发规范性文件9件。
(二)化解纠纷
1.办理行政复议。全年办理行政复议案件3500件,办结{number}件。
2.开展人民调解。全年调解民事纠纷420件,成功率96.5%。
"""
#: Asked in turn in one conversation: the second is understood only after the first.
TURNS = ("行政复议办结了多少件", "原文", "目录")
SWITCH_LIMIT_S = 2.0
#: Memory ever held, beside that after ten reloads; and in the last quarter of the reloads beside the second.
MOST_GROWTH, MOST_GROWTH_ON = 1.1, 1.03


class Askers:
    """People who ask without a pause, each in a conversation of his own."""

    def __init__(self, url: str, count: int) -> None:
        self.failures: list[str] = []
        self.answers = 0
        self._number_of: dict[str, int] = {}
        self._url = url
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on, args=(f"soak-{number}",)) for number in range(count)]

    def start(self) -> None:
        """Begin to ask."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop, when the answers under way are there."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def expect(self, release: str, number: int) -> None:
        """Answers of *release* state *number*."""
        self._number_of[release] = number

    def _ask_on(self, conversation: str) -> None:
        said: list[tuple[str, str]] = []
        while not self._stop.is_set():
            for question in TURNS:
                body = json.dumps({"question": question, "conversation": conversation}).encode()
                request = urllib.request.Request(f"{self._url}/api/ask", body, {"Content-Type": "application/json"})
                try:
                    reply = json.load(urllib.request.urlopen(request, timeout=10))
                except (OSError, ValueError) as exc:
                    self.failures.append(f"{question}: {exc}")
                    continue
                self.answers += 1
                said.append((reply["release"], "".join(re.findall(r"办结(\d+)件", json.dumps(reply, ensure_ascii=False))[:1])))
                if reply["outcome"] not in {"answer", "section", "contents"}:
                    self.failures.append(f"{question}: {reply['outcome']} {reply['text']}")
            time.sleep(0.01)
            # What a release states is known a moment after it has gone live.
            waiting = [one for one in said if one[0] not in self._number_of]
            mixed = [one for one in said if one[1] and one[0] in self._number_of and int(one[1]) != self._number_of[one[0]]]
            self.failures += [f"release {release} said {number}" for release, number in mixed]
            said = waiting


def main(
    reloads: Annotated[int, typer.Option(help="How many reloads.")] = 200,
    askers: Annotated[int, typer.Option(help="How many people ask at a time.")] = 4,
) -> None:
    """Soak, and print what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        first = reload(root, 1000)
        command = [sys.executable, "-m", "bot", "serve"]
        with (
            (root / "log").open("w+", encoding="utf-8") as log,
            subprocess.Popen(command, cwd=PROJECT, env=_environ(root), stderr=log) as service,
        ):
            try:
                failures = soak(root, first, service.pid, _address(root / "log"), reloads, askers)
            finally:
                service.terminate()
        failures += ["a traceback in the log"] * ("Traceback" in (root / "log").read_text(encoding="utf-8"))
    for failure in failures[:20]:
        typer.echo(f"failed: {failure}", err=True)
    raise typer.Exit(bool(failures))


def soak(root: Path, first: str, pid: int, url: str, reloads: int, askers: int) -> list[str]:
    """Reload *reloads* times; returns what went wrong."""
    people = Askers(url, askers)
    people.expect(first, 1000)
    people.start()
    switches: list[float] = []
    sizes: list[tuple[int, int]] = []
    try:
        for number in range(1001, 1001 + reloads):
            release = reload(root, number)
            people.expect(release, number)
            switches.append(_seconds_until(url, release))
            sizes.append((_memory_mb(pid), len(list(Path(f"/proc/{pid}/fd").iterdir()))))
            if number % 20 == 0:
                typer.echo(f"{number - 1000} reloads, {people.answers} answers, {sizes[-1][0]} MB, {sizes[-1][1]} open files", err=True)
    finally:
        people.stop()
    settled = sizes[min(len(sizes) - 1, 10)]  # after the first few the allocator has what it needs
    most = max(memory for memory, _ in sizes[10:] or sizes[-1:])
    typer.echo(
        f"{reloads} reloads, {people.answers} answers, {len(people.failures)} failed or mixed;"
        f" switched after {statistics.median(switches):.2f} s, at most {max(switches):.2f} s;"
        f" memory {settled[0]} MB, at most {most} MB, then {sizes[-1][0]} MB; open files {settled[1]}, then {sizes[-1][1]}"
    )
    late = [f"switched only after {seconds:.1f} s" for seconds in switches if seconds > SWITCH_LIMIT_S]
    grown = ["open files grew"] * (sizes[-1][1] > settled[1] + 2 * askers + 2) + ["memory grew"] * (most > MOST_GROWTH * settled[0])
    grown += ["memory grows on"] * is_growing_on([memory for memory, _ in sizes])
    return people.failures + late + grown


def is_growing_on(readings: Sequence[int]) -> bool:
    """Whether the last quarter of *readings*, one after each reload, lies above the second one, when all caches had been warm for long."""
    quarter = len(readings) // 4
    if quarter < 10:  # too few to tell from chance
        return False
    return statistics.median(readings[-quarter:]) > MOST_GROWTH_ON * statistics.median(readings[quarter : 2 * quarter])


def reload(root: Path, number: int) -> str:
    """Make a release live that states *number*; returns its id."""
    source = root / "qingshan-2018"
    source.mkdir(exist_ok=True)
    (source / "report.txt").write_text(REPORT.format(number=number), encoding="utf-8")
    command = [sys.executable, "scripts/reload_knowledge.py", str(source), "--force", "--json"]
    done = subprocess.run(command, cwd=PROJECT, env=_environ(root), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return str(json.loads(done.stdout)["live"])


def _seconds_until(url: str, release: str) -> float:
    start = time.monotonic()
    while json.load(urllib.request.urlopen(f"{url}/readyz", timeout=10))["release"] != release:
        if time.monotonic() - start > 10 * SWITCH_LIMIT_S:
            break
        time.sleep(0.02)
    return time.monotonic() - start


def _address(log: Path) -> str:
    for _ in range(600):
        if found := re.search(r"http://[^\s/]+", log.read_text(encoding="utf-8")):
            return found[0]
        time.sleep(0.05)
    raise SystemExit(f"the service did not start:\n{log.read_text(encoding='utf-8')}")


def _memory_mb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) // 1024


def _environ(root: Path) -> dict[str, str]:
    settings = {"WENBAO_DATA_DIR": str(root / "data"), "WENBAO_PORT": "0", "WENBAO_RATE_LIMIT": "100000"}
    return settings | {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT)}


if __name__ == "__main__":
    typer.run(main)
