"""A reload that is stopped on its way, by Ctrl-C or by a kill: the live release goes on, and the next reload clears up."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from processes import PROJECT, RELOAD, Run, environ

from knowledge.errors import ReloadInProgress
from knowledge.release import Releases

#: Runs the script given, and waits for ever at the step named.
WAIT_AT = """
import runpy, sys
from contextlib import contextmanager
import bot.progress

moment, script = sys.argv.pop(1), sys.argv.pop(1)

@contextmanager
def waiting(console):
    def tell(step, done):
        if step.startswith(moment):
            print("reached", flush=True)
            sys.stdin.read()
    yield tell

bot.progress.show_progress = waiting
runpy.run_path(script, run_name="__main__")
"""


@pytest.fixture
def changed_source(small_source: Path, tmp_path: Path) -> Path:
    """The made-up report with one figure more than the live one has."""
    folder = Path(shutil.copytree(small_source, tmp_path / "small-report"))
    path = folder / "report.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("维持30件", "维持31件"), encoding="utf-8")
    return folder


@pytest.fixture
def small_dir(small_data_dir: Path, tmp_path: Path) -> Path:
    """A data directory of the test's own, with the made-up report live."""
    return Path(shutil.copytree(small_data_dir, tmp_path / "small-data"))


@contextmanager
def reload_waiting(data_dir: Path, source: Path, moment: str) -> Iterator[subprocess.Popen[str]]:
    """A real reload that has come to *moment* and waits there."""
    command = [sys.executable, "-c", WAIT_AT, moment, str(RELOAD), str(source)]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, cwd=PROJECT, env=environ(data_dir), text=True, **pipes) as reloading:  # type: ignore[call-overload]
        assert reloading.stdout.readline() == "reached\n"
        try:
            yield reloading
        finally:
            reloading.kill()


def answers(data_dir: Path) -> str:
    library = Releases(data_dir).open_live()
    section = library.default.section(library.default.search(library.default.read("复议维持了多少件")).candidates[0].section)
    assert section is not None
    return section.text


def left(data_dir: Path) -> list[Path]:
    return list(data_dir.rglob("*.partial*"))


@pytest.mark.parametrize("moment", ["building", "smoke test", "asking", "switching"])
def test_ctrl_c_leaves_the_live_release_and_no_file(small_dir: Path, changed_source: Path, moment: str) -> None:
    before = {path: path.read_bytes() for path in small_dir.rglob("*") if path.name != "reload.lock" and path.is_file()}
    with reload_waiting(small_dir, changed_source, moment) as reloading:
        assert left(small_dir)
        reloading.send_signal(signal.SIGINT)
        _, complaint = reloading.communicate(timeout=20)
    assert reloading.returncode not in {0, 3}
    assert "Traceback" not in complaint
    assert {path: path.read_bytes() for path in small_dir.rglob("*") if path.name != "reload.lock" and path.is_file()} == before
    assert "维持30件" in answers(small_dir)


def test_a_reload_killed_while_it_asks_leaves_the_live_release_and_the_next_one_clears_up(
    small_dir: Path, changed_source: Path, reload_knowledge: Run
) -> None:
    with reload_waiting(small_dir, changed_source, "asking") as reloading:
        second = reload_knowledge(changed_source, data_dir=small_dir)
        assert (second.returncode, "another reload is running" in second.stderr) == (3, True)
        reloading.kill()
        reloading.wait()
    assert left(small_dir)
    assert "维持30件" in answers(small_dir)
    assert reload_knowledge(changed_source, data_dir=small_dir).returncode == 0
    assert left(small_dir) == []
    assert "维持31件" in answers(small_dir)


@pytest.mark.parametrize("moment", ["looking", "switching"])
def test_a_reload_killed_before_its_switch_leaves_the_live_release(small_dir: Path, changed_source: Path, moment: str) -> None:
    releases = Releases(small_dir)
    with reload_waiting(small_dir, changed_source, moment) as reloading:
        with pytest.raises(ReloadInProgress), releases.locked():
            pass
        reloading.kill()
        reloading.wait()
    assert left(small_dir)
    assert "维持30件" in answers(small_dir)
    with releases.locked():
        assert left(small_dir) == []
