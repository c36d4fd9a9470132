"""How long a reload takes beside the start of the service, and a report among ten beside one among many.

    scripts/measure_reload.py                      start of the service, and a reload of the shipped report, in turn
    scripts/measure_reload.py --reports 10 --reports 200   seconds a report, peak memory, size and opening time of each release

The many are the shipped report under other places and years, without its stored questions.
"""

from __future__ import annotations

import json
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Annotated

import typer

from knowledge.documents import SHIPPED_SOURCES
from knowledge.release import Releases

PROJECT = Path(__file__).parents[1]
SHIPPED = SHIPPED_SOURCES / "yongan-2019"
#: A figure of the shipped report that stands in it once, whatever spans its questions give.
_FIGURE = "1048"
_PLACES = "东西南北中上下大小新"


def main(
    reports: Annotated[list[int] | None, typer.Option(help="How many reports; may be repeated.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds of start and reload.")] = 5,
) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        for count in reports or []:
            measure_many(Path(folder) / str(count), count)
        if not reports:
            compare_with_start(Path(folder), rounds)


def compare_with_start(folder: Path, rounds: int) -> None:
    """Start the service and reload a report of which one figure has changed, in turn."""
    source = Path(shutil.copytree(SHIPPED, folder / SHIPPED.name))
    run_reload(folder / "data", source)
    starts, reloads = [], []
    for number in range(rounds):
        starts.append(seconds_to_ready(folder / "data"))
        figure, before = str(1500 + number), str(1500 + number - 1) if number else _FIGURE
        for name in ("report.txt", "pairs.yaml"):  # in the report, and in the spans and questions that repeat it
            path = source / name
            path.write_text(path.read_text(encoding="utf-8").replace(before, figure), encoding="utf-8")
        path = source / "terms.yaml"
        path.write_text(f"# {number}\n" + path.read_text(encoding="utf-8"), encoding="utf-8")  # another file: no part is taken over
        reloads.append(run_reload(folder / "data", source))
    start, reload = statistics.median(starts), statistics.median(reloads)
    typer.echo(f"start {start:.2f} s, reload {reload:.2f} s, {reload / start:.1f} times; medians of {rounds}")


def measure_many(folder: Path, count: int) -> None:
    """Reload *count* reports at once."""
    text = (SHIPPED / "report.txt").read_text(encoding="utf-8")
    for number in range(count):
        source = folder / "sources" / f"r{number:04d}"
        source.mkdir(parents=True)
        place = _PLACES[number // 100 % 10] + _PLACES[number // 10 % 10]
        (source / "report.txt").write_text(text.replace("永安", place).replace("2019", str(2019 - number % 10)), encoding="utf-8")
    taken = run_reload(folder / "data", folder / "sources")
    memory_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    releases = Releases(folder / "data")
    size_mb = releases.path(releases.live_id() or "").stat().st_size / 1e6
    one = run_reload(folder / "data", folder / "sources" / "r0000")
    ready = seconds_to_ready(folder / "data")
    typer.echo(
        f"{count} reports: {taken / count:.2f} s a report, at most {memory_mb:.0f} MB, release of {size_mb:.0f} MB;"
        f" one of them again in {one:.1f} s; the service starts in {ready:.2f} s"
    )


def run_reload(data_dir: Path, source: Path) -> float:
    """Seconds from the command to the switch, from which on a service answers from the new release."""
    releases = Releases(data_dir)
    before = releases.signature()
    start = time.perf_counter()
    command = [sys.executable, "scripts/reload_knowledge.py", str(source), "--force"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=PROJECT, env=_environ(data_dir), text=True, **pipes) as reload:
        while releases.signature() == before and reload.poll() is None:
            time.sleep(0.01)
        taken = time.perf_counter() - start
        said, _ = reload.communicate()
    if reload.returncode:
        raise SystemExit(said)
    return taken


def seconds_to_ready(data_dir: Path) -> float:
    """Seconds from ``wenbao serve`` to its first answer on /readyz."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "bot", "serve"]
    with subprocess.Popen(command, cwd=PROJECT, env=_environ(data_dir), stderr=subprocess.PIPE, text=True) as service:
        assert service.stderr
        address = next(found[0] for line in service.stderr if (found := re.search(r"http://[^\s/]+", line)))
        while json.load(urllib.request.urlopen(f"{address}/readyz"))["ready"] is not True:
            time.sleep(0.01)
        taken = time.perf_counter() - start
        service.terminate()
    return taken


def _environ(data_dir: Path) -> dict[str, str]:
    return {"WENBAO_DATA_DIR": str(data_dir), "WENBAO_PORT": "0", "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT)}


if __name__ == "__main__":
    typer.run(main)
