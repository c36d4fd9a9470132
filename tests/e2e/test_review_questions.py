"""``scripts/review_questions.py`` as a process: its lists, its files, and its keys in a real terminal."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from processes import PROJECT, environ, serve

from bot.assistant import Assistant
from bot.messages import IncomingMessage
from bot.state.sqlite import SqliteState
from knowledge.documents import source_at
from knowledge.release import Releases

SCRIPT = PROJECT / "scripts" / "review_questions.py"
LIMIT_S = 20
ASKED = ("法律援助在哪里申请", "法律援助去哪里申请", "今天天气怎么样", "复议的钱谁来出呢", "我叫张三,电话13800138000,拆迁补偿多少钱")

Review = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def source(small_source: Path, tmp_path: Path) -> Path:
    """A source folder of the test's own."""
    return shutil.copytree(small_source, tmp_path / "sources" / "small-report")


@pytest.fixture(scope="module")
def asked_before(small_data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which questions have gone badly."""
    data_dir = shutil.copytree(small_data_dir, tmp_path_factory.mktemp("asked") / "data")

    async def ask() -> None:
        assistant = Assistant(Releases(data_dir).open_live(), SqliteState(data_dir / "state.db", retention_days=180), rate_limit=100)
        for text in ASKED:
            reply = await assistant.answer(IncomingMessage("web", "", "", text))
            await assistant.give_feedback(reply.reply_id, helpful=False, comment="")
        await assistant.close()

    asyncio.run(ask())
    return data_dir


@pytest.fixture
def asked(asked_before: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return shutil.copytree(asked_before, tmp_path / "data")


@pytest.fixture
def review(asked: Path, source: Path) -> Review:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(SCRIPT), str(source), *arguments]
        return subprocess.run(
            command, env=environ(asked), cwd=asked, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=LIMIT_S
        )

    return run


def waiting(review: Review) -> set[str]:
    done = review("--json")
    assert done.returncode == 0, done.stderr
    return {question for group in json.loads(done.stdout) for question in group["questions"]}


class Terminal:
    """The script under a pseudo-terminal."""

    def __init__(self, data_dir: Path, source: Path) -> None:
        self.process, self._fd = pty.fork()
        if not self.process:
            os.chdir(data_dir)
            os.execve(sys.executable, [sys.executable, str(SCRIPT), str(source)], environ(data_dir, TERM="xterm", COLUMNS="200"))
        self.seen = ""

    def until(self, words: str) -> str:
        """What is shown up to *words*, which must come."""
        end = time.monotonic() + LIMIT_S
        while words not in self.seen:
            assert time.monotonic() < end, self.seen
            if select.select([self._fd], [], [], 0.2)[0]:
                try:
                    self.seen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", os.read(self._fd, 65536).decode("utf-8", "replace"))
                except OSError:  # the other end has closed
                    assert words in self.seen, self.seen
        shown, _, self.seen = self.seen.partition(words)
        return shown + words

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def end(self) -> int:
        status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        os.close(self._fd)
        return status


def test_keys_add_note_reword_dismiss_and_quit_and_each_is_kept_at_once(asked: Path, source: Path, review: Review) -> None:
    assert waiting(review) == {*ASKED[:4], "我叫[姓名],电话[电话],拆迁补偿多少钱"}
    terminal = Terminal(asked, source)
    decided = {}
    for _ in range(4):
        shown = terminal.until("q quit").partition(" of 4")[2]
        if "法律援助" in shown:
            terminal.press("1")
            decided["added"] = terminal.until("added to")
        elif "天气" in shown:
            terminal.press("d")
        elif "钱谁来出" in shown:
            terminal.press("g")
            decided["gap"] = terminal.until("noted as left open by")
        else:
            terminal.press("1")
            terminal.until("reword it first")
            terminal.until("q quit")
            terminal.press("e")
            terminal.until("reworded: ")
            terminal.press("拆迁补偿多少钱\r")
            terminal.until("q quit")
            terminal.press("2")
            decided["reworded"] = terminal.until("added to")
    terminal.until("3 questions added, 1 noted as gaps, 1 groups dismissed, 0 left")
    assert terminal.end() == 0
    assert set(decided) == {"added", "gap", "reworded"}
    after = (source / "pairs.yaml").read_text("utf-8")
    assert all(after.count(f'"{question}"') == 1 for question in (ASKED[0], ASKED[1], ASKED[3], "拆迁补偿多少钱"))
    assert "天气" not in after
    assert "[姓名]" not in after
    assert waiting(review) == set()


def test_a_kill_loses_no_decision(asked: Path, source: Path, review: Review) -> None:
    terminal = Terminal(asked, source)
    terminal.until("q quit")
    terminal.press("d")
    terminal.until("q quit")
    os.kill(terminal.process, signal.SIGKILL)
    assert terminal.end() == -signal.SIGKILL
    assert len(waiting(review)) == len(ASKED) - 2  # the largest group, of two questions, was dismissed


@pytest.mark.parametrize("key", ["q", "\x03"], ids=["q", "interrupt"])
def test_quitting_leaves_the_rest_for_another_time(asked: Path, source: Path, key: str) -> None:
    terminal = Terminal(asked, source)
    terminal.until("q quit")
    terminal.press(key)
    terminal.until("4 left for another time")
    assert terminal.end() == 0


def test_a_question_is_added_from_the_command_line_and_answered_after_the_next_reload(asked: Path, source: Path, review: Review) -> None:
    done = review("--add", "法律援助在哪里申请", "--section", "1.2.1")
    assert (done.returncode, "ready for the next reload" in done.stdout) == (0, True), done.stderr
    assert "stands there already" in review("--add", "法律援助在哪里申请", "--section", "1.2.1").stdout
    assert "法律援助在哪里申请" not in waiting(review)
    releases = Releases(asked)
    with releases.locked():
        known = releases.build([source_at(source)]).library.default
    best = known.search(known.read("法律援助在哪里申请")).candidates[0]
    assert (best.section, best.pair.question if best.pair else "") == ("1.2.1", "法律援助在哪里申请")


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        ((), 2, "needs a terminal"),
        (("--add", "问"), 2, "give one of"),
        (("--add", "问", "--section", "9.9"), 1, "no such section"),
        (("--add", "问", "--section", "1.2.1", "--span", "没有这句"), 1, "word for word"),
        (("--add", "我是[姓名]", "--section", "1.2.1"), 1, "reword"),
        (("--export", "x.ods"), 1, ".csv or .xlsx"),
    ],
    ids=["no terminal", "no section", "section", "span", "masked", "ending"],
)
def test_wrong_use_is_said_and_changes_nothing(review: Review, source: Path, arguments: tuple[str, ...], status: int, reason: str) -> None:
    before = (source / "pairs.yaml").read_bytes()
    done = review(*arguments)
    assert (done.returncode, reason in done.stderr, "Traceback" in done.stderr) == (status, True, False), done.stderr
    assert (source / "pairs.yaml").read_bytes() == before


def test_lists_and_files_hold_every_group(review: Review, asked: Path) -> None:
    assert "天气" in review("--list").stdout
    assert review("--export", str(asked / "out.csv"), "--reason", "unhelpful").returncode == 0
    assert "今天天气怎么样" in (asked / "out.csv").read_text("utf-8-sig")


def test_a_running_service_keeps_what_is_asked_masked_and_logs_none_of_it(asked: Path, source: Path) -> None:
    def coverage() -> dict[str, int]:
        command = [sys.executable, "-m", "bot", "coverage", "--json"]
        done = subprocess.run(command, env=environ(asked), cwd=asked, capture_output=True, text=True, timeout=LIMIT_S, check=True)
        return {row["section"]: row["asked"] for row in json.loads(done.stdout)}

    before = coverage()
    with serve(asked) as served:
        body = {"question": "我叫张三丰,电话13800138000,收到行政复议申请多少件"}
        reply = httpx.post(f"{served.url}/api/ask", json=body).json()
        assert reply["citations"][0]["section"] == "1.2.1"
        httpx.post(f"{served.url}/api/feedback", json={"reply_id": reply["reply_id"], "helpful": False, "comment": "我是张三丰"})
        kept = httpx.get(f"{served.url}/api/explain", params={"reply_id": reply["reply_id"]}).text
        assert coverage() == before | {"1.2.1": before["1.2.1"] + 1}
    assert "answered" in served.log
    assert not any(word in served.log + kept for word in ("张三丰", "13800138000", "张三"))
    assert "复议" not in served.log
    on_disk = b"".join(path.read_bytes() for path in asked.glob("state.db*")).decode("utf-8", "replace")
    assert "张三" not in on_disk
    assert "13800138000" not in on_disk
