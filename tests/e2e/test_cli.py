"""The ``wenbao`` command as a person or a script runs it."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from processes import Run, Served, environ, serve

from bot import texts

REPLY_KEYS = ["reply_id", "outcome", "text", "citations", "suggestions", "verdict", "confidence", "release", "elapsed_ms"]
QUESTION = "行政复议维持了几件?"


def assert_told(done: subprocess.CompletedProcess[str], *words: str, status: int = 1) -> None:
    """It failed with a plain message on standard error that holds *words*."""
    assert done.returncode == status
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


# ---- ask


def test_ask_prints_the_words_of_the_report_and_their_place(wenbao: Run) -> None:
    done = wenbao("ask", QUESTION)
    assert (done.returncode, done.stderr) == (0, "")
    assert "维持9件" in done.stdout
    assert "一、(四)1 加强行政复议工作" in done.stdout


def test_ask_json_prints_exactly_a_reply(wenbao: Run) -> None:
    done = wenbao("ask", QUESTION, "--json")
    reply = json.loads(done.stdout)
    assert list(reply) == REPLY_KEYS
    assert (reply["outcome"], reply["citations"][0]["section"]) == ("answer", "1.4.1")


@pytest.mark.parametrize("arguments", [("ask",), ("ask", "x", "--batch", "-"), ("nosuch",), ("ask", "x", "--nosuch")], ids=" ".join)
def test_wrong_use_has_a_status_of_its_own(wenbao: Run, arguments: tuple[str, ...]) -> None:
    done = wenbao(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr


# ---- batch

CONVERSATIONS = [
    {"id": 7, "turns": [QUESTION, "原文"]},
    {"id": "乙", "turns": ["今天天气怎么样"]},
    {"id": None, "turns": []},
    {"id": {"a": [1]}, "turns": ["目录", "第二部分"]},
]


def lines_of(conversations: list[dict[str, object]]) -> str:
    return "".join(json.dumps(conversation, ensure_ascii=False) + "\n" for conversation in conversations)


@pytest.mark.parametrize("source", ["file", "stdin"])
def test_a_batch_is_answered_in_order_one_line_each(wenbao: Run, tmp_path: Path, source: str) -> None:
    (tmp_path / "batch.jsonl").write_text(lines_of(CONVERSATIONS), encoding="utf-8")
    done = wenbao("ask", "--batch", "batch.jsonl") if source == "file" else wenbao("ask", "--batch", "-", stdin=lines_of(CONVERSATIONS))
    assert (done.returncode, done.stderr) == (0, "")
    answered = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(row) for row in answered] == [["id", "replies"]] * 4
    assert [row["id"] for row in answered] == [row["id"] for row in CONVERSATIONS]
    assert [[reply["outcome"] for reply in row["replies"]] for row in answered] == [
        ["answer", "section"],
        ["refuse"],
        [],
        ["contents", "section"],
    ]
    assert all(list(reply) == REPLY_KEYS for row in answered for reply in row["replies"])


def test_wrong_lines_of_a_batch_are_named_and_the_others_answered(wenbao: Run) -> None:
    good = [json.dumps({"id": n, "turns": ["你好"]}).encode() for n in range(3)]
    wrong = [
        b'{"id": 1, "turns": ["\xff\xfe"]}',
        b'{"id": 1, "turns": [',
        b'{"id": 1}',
        b'{"turns": ["x"]}',
        b"[1]",
        b'{"id": 1, "turns": [5]}',
    ]
    rows = [good[0], *wrong[:3], b"", good[1], *wrong[3:], b"[" * 100_000, good[2]]
    done = wenbao("ask", "--batch", "-", stdin=b"\n".join(rows))
    assert done.returncode == 1
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [0, 1, 2]
    assert re.findall(r"line (\d+)", done.stderr) == ["2", "3", "4", "7", "8", "9", "10"]
    assert "Traceback" not in done.stderr


def test_an_empty_batch_is_done_at_once(wenbao: Run) -> None:
    done = wenbao("ask", "--batch", "-", stdin="\n\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_missing_batch_file_is_named(wenbao: Run) -> None:
    assert_told(wenbao("ask", "--batch", "nowhere.jsonl"), "nowhere.jsonl", "No such file")


# ---- sections and figures


def test_sections_and_figures_print_what_the_api_gives(wenbao: Run, service: Served) -> None:
    sections = json.loads(wenbao("sections", "--json").stdout)
    figures = json.loads(wenbao("figures", "复议", "--json").stdout)
    assert sections == httpx.get(f"{service.url}/api/sections").json()
    assert figures == httpx.get(f"{service.url}/api/figures", params={"query": "复议"}).json()
    assert any(figure["value"] == "22" and figure["unit"] == "件" for figure in figures)


def test_sections_of_an_unknown_report_are_wrong_use(wenbao: Run) -> None:
    assert_told(wenbao("sections", "--report", "nowhere-1999"), "nowhere-1999", "yongan-2019", status=2)


# ---- chat


def test_a_chat_over_a_pipe_takes_numbers_and_ends_politely(wenbao: Run) -> None:
    done = wenbao("chat", stdin="目录\n2\n原文\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(texts.GREETING)
    assert "→ 二、 存在问题" in done.stdout
    assert "虽然我市法治政府建设工作取得了长足进步" in done.stdout
    assert done.stdout.rstrip().endswith(texts.GOODBYE)


def test_goodbye_ends_a_chat(wenbao: Run) -> None:
    done = wenbao("chat", stdin="再见\n目录\n")
    assert done.returncode == 0
    assert "存在问题" not in done.stdout


def test_a_chat_in_a_terminal_ends_politely_on_control_d(shipped_dir: Path, tmp_path: Path) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "chat"], stdin=slave, stdout=slave, stderr=slave, env=environ(shipped_dir, TERM="dumb"), cwd=tmp_path
    )
    os.close(slave)
    shown = b""

    def read_until(words: str, *, typing: bytes = b"") -> None:
        """Read on to *words*, *typing* again and again: what comes before the prompt reads is lost."""
        nonlocal shown
        deadline = time.monotonic() + 20
        while words.encode() not in shown:
            assert time.monotonic() < deadline, shown.decode(errors="replace")
            os.write(master, typing)
            if select.select([master], [], [], 0.5)[0]:
                try:
                    shown += os.read(master, 65_536)
                except OSError:  # the other end has closed
                    break
        assert words.encode() in shown
        shown = shown.split(words.encode(), 1)[1]

    try:
        read_until("问: ")
        os.write(master, "行政复议维持了几件\n".encode())
        read_until("维持9件")
        read_until("问: ")
        read_until(texts.GOODBYE, typing=b"\x04")
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        os.close(master)


# ---- what can be wrong around it


def release_file(data_dir: Path) -> Path:
    return data_dir / "releases" / f"{(data_dir / 'current').read_text().split()[0]}.db"


def without(table: str) -> object:
    def damage(path: Path) -> None:
        database = sqlite3.connect(path)
        database.execute(f"delete from {table}")
        database.commit()
        database.close()

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(Path.unlink, id="missing"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: os.truncate(path, path.stat().st_size // 2), id="cut"),
        pytest.param(lambda path: path.write_bytes(b"nonsense" * 1000), id="nonsense"),
        pytest.param(without("reports"), id="no reports"),
        pytest.param(without("index_arrays"), id="no index"),
    ],
)
def test_a_damaged_release_is_named(wenbao: Run, data_dir: Path, damage: object) -> None:
    damage(release_file(data_dir))  # type: ignore[operator]
    assert_told(wenbao("ask", QUESTION, data_dir=data_dir), str(release_file(data_dir)), "reload")


def test_a_damaged_pointer_to_the_release_is_named_and_the_newest_whole_release_answers(wenbao: Run, data_dir: Path) -> None:
    (data_dir / "current").write_bytes(b"\xff\xfe")
    done = wenbao("ask", QUESTION, data_dir=data_dir)
    assert done.returncode == 0
    assert str(data_dir / "current") in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("place", ["proc", "file"])
def test_a_data_directory_that_cannot_be_written_is_named(wenbao: Run, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    folder = Path("/proc/wenbao") if place == "proc" else tmp_path / "file"
    assert_told(wenbao("ask", QUESTION, data_dir=folder), str(folder))


def test_state_that_cannot_be_written_stops_the_service(wenbao: Run, shipped_dir: Path) -> None:
    done = wenbao("serve", WENBAO_PORT="0", WENBAO_DATABASE_URL="sqlite:////proc/wenbao/state.db")
    assert_told(done, "/proc/wenbao/state.db", "writable")


def test_a_taken_port_is_named_at_once(wenbao: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_told(wenbao("serve", WENBAO_PORT=port), port, "WENBAO_PORT")


def test_every_wrong_setting_is_named_and_no_secret_shown(wenbao: Run) -> None:
    done = wenbao("serve", WENBAO_PORT="x", WENBAO_RATE_LIMIT="0", WENBAO_PROT="1", WENBAO_WECOM_AES_KEY="hush-hush")
    assert_told(done, "WENBAO_PORT", "WENBAO_RATE_LIMIT", "WENBAO_PROT", "WENBAO_WECOM_AES_KEY")
    assert "hush" not in done.stderr


def test_settings_are_read_from_the_env_file_where_one_stands(wenbao: Run, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WENBAO_RETENTION_DAYS=forever\n", encoding="utf-8")
    assert_told(wenbao("ask", QUESTION), "WENBAO_RETENTION_DAYS", "forever")


def test_the_service_ends_politely(data_dir: Path) -> None:
    with serve(data_dir) as served:
        assert httpx.get(f"{served.url}/healthz").text == "ok\n"
    assert served.process.returncode is not None
    assert "Traceback" not in served.log


@pytest.mark.skipif(not shutil.which("ip") and not Path("/proc/net/if_inet6").exists(), reason="no IPv6 here")
def test_an_ipv6_address_is_printed_so_that_it_can_be_opened(data_dir: Path) -> None:
    with serve(data_dir, WENBAO_HOST="::1") as served:
        assert served.url.startswith("http://[::1]:")
