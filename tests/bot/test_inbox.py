"""The inbox: nothing lost, nothing twice, nothing kept longer than it takes; and commits that many share."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StateError
from bot.state.sent import SentReply
from bot.state.sqlite import SqliteState
from bot.state.sqlite_writer import SqliteWriter

DAY_S = 86_400


@pytest.fixture
def now() -> list[float]:
    return [1_000_000.0]


@pytest.fixture
async def state(tmp_path: Path, now: list[float]) -> AsyncIterator[SqliteState]:
    state = SqliteState(tmp_path / "state.db", retention_days=180, clock=lambda: now[0])
    yield state
    await state.close()


async def test_an_update_is_new_once(state: SqliteState) -> None:
    assert await state.admit("telegram", "1", "{}")
    assert not await state.admit("telegram", "1", "{}")
    assert await state.admit("wecom", "1", "{}")
    assert await state.admit_all("telegram", [("1", ""), ("2", ""), ("2", ""), ("3", "")]) == [False, True, False, True]


async def test_what_is_finished_is_forgotten_and_stays_known(state: SqliteState, tmp_path: Path) -> None:
    await state.admit("telegram", "1", "我叫张三")
    await state.finish("telegram", "1")
    assert await state.unfinished("telegram") == []
    assert not await state.admit("telegram", "1", "我叫张三")
    await state.close()
    assert all("张三".encode() not in file.read_bytes() for file in tmp_path.iterdir())


async def test_what_answered_is_kept_with_the_finish(state: SqliteState) -> None:
    await state.admit("wecom", "1", "in work")
    sent = SentReply("wecom:c", "s", "1", "reply", offered=("另一问?",))
    await state.finish("wecom", "1", sent)
    assert await state.unfinished("wecom") == []
    assert await state.find_sent("wecom:c", "1") == sent


async def test_what_is_not_finished_is_there_after_a_start_in_order(state: SqliteState, tmp_path: Path) -> None:
    await state.admit_all("telegram", [(key, f"payload {key}") for key in "3124"])
    await state.finish("telegram", "1")
    again = SqliteState(tmp_path / "state.db", retention_days=180)
    assert await again.unfinished("telegram") == [("3", "payload 3"), ("2", "payload 2"), ("4", "payload 4")]
    assert await again.unfinished("wecom") == []
    await again.close()


async def test_what_is_not_finished_is_taken_over_from_those_who_are_gone_and_from_nobody_else(state: SqliteState, tmp_path: Path) -> None:
    await state.admit("wecom", "1", "in work")
    gone = SqliteState(tmp_path / "state.db", retention_days=180)
    await gone.admit_all("wecom", [("2", "two"), ("3", "three")])
    await gone.finish("wecom", "2")
    heirs = [SqliteState(tmp_path / "state.db", retention_days=180) for _ in range(2)]
    assert [await heir.take_over("wecom") for heir in heirs] == [[], []]
    await gone.close()
    taken = await asyncio.gather(*(heir.take_over("wecom") for heir in heirs))
    assert sorted(taken) == [[], [("3", "three")]]
    assert await state.take_over("wecom") == []
    for heir in heirs:
        await heir.close()
    assert [file.name for file in tmp_path.glob("*-process-*")] == [f"state.db-process-{state._presence.name}"]


async def test_what_a_killed_process_left_is_taken_over_and_its_lock_with_it(tmp_path: Path) -> None:
    admit = (
        "import asyncio, pathlib, sys\nfrom bot.state.sqlite import SqliteState\nasync def work():\n"
        " state = SqliteState(pathlib.Path(sys.argv[1]), retention_days=180)\n await state.admit('wecom', '1', 'left')\n"
        " print('kept', flush=True)\n await asyncio.sleep(60)\nasyncio.run(work())"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", admit, str(tmp_path / "state.db"), stdout=asyncio.subprocess.PIPE)
    assert process.stdout
    assert await process.stdout.readline() == b"kept\n"
    state = SqliteState(tmp_path / "state.db", retention_days=180)
    assert await state.take_over("wecom") == []
    process.kill()
    await process.wait()
    assert await state.take_over("wecom") == [("1", "left")]
    await state.close()
    assert list(tmp_path.glob("*-process-*")) == []


async def test_an_inbox_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as db:
        db.execute(
            "create table inbox (number integer primary key, channel text not null, key text not null, payload text not null,"
            " admitted real not null, finished integer not null default 0, unique (channel, key))"
        )
        db.execute("insert into inbox (channel, key, payload, admitted) values ('wecom', '1', 'left', 0)")
        db.commit()
    state = SqliteState(tmp_path / "state.db", retention_days=180)
    assert await state.take_over("wecom") == [("1", "left")]
    assert await state.take_over("wecom") == []
    await state.close()


async def test_keys_go_when_no_platform_sends_them_again(state: SqliteState, now: list[float]) -> None:
    await state.admit("telegram", "1", "")
    now[0] += 2 * DAY_S
    await state.delete_expired()
    assert not await state.admit("telegram", "1", "")
    now[0] += 2 * DAY_S
    await state.delete_expired()
    assert await state.admit("telegram", "1", "")


async def test_works_that_wait_together_share_a_commit_and_a_failing_one_fails_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db", check_same_thread=False)
    connection.execute("create table numbers (n integer primary key)")
    writer = SqliteWriter(connection)
    commits: list[str] = []
    connection.set_trace_callback(lambda statement: commits.append(statement) if statement == "COMMIT" else None)
    numbers = [*range(50), 7, *range(50, 100)]  # the second 7 breaks the rule of the table
    results = await asyncio.gather(
        *(writer.run(lambda db, n=n: db.execute("insert into numbers values (?)", (n,)).rowcount) for n in numbers), return_exceptions=True
    )
    assert [isinstance(result, StateError) for result in results] == [n == 7 and i == 50 for i, n in enumerate(numbers)]
    assert await writer.run(lambda db: db.execute("select count(*) from numbers").fetchone()[0]) == 100
    commits.clear()
    await asyncio.gather(*(writer.run(lambda db, n=n: db.execute("insert into numbers values (?)", (n,))) for n in range(100, 200)))
    assert len(commits) <= 2  # those of one round of the loop begin together
    await writer.close()


async def test_closing_commits_what_waits(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.db", check_same_thread=False)
    connection.execute("create table numbers (n integer primary key)")
    writer = SqliteWriter(connection)
    work = writer.run(lambda db: db.execute("insert into numbers values (1)").rowcount)
    written, _ = await asyncio.gather(work, writer.close())
    assert written == 1
    with contextlib.closing(sqlite3.connect(tmp_path / "x.db")) as again:
        assert again.execute("select n from numbers").fetchall() == [(1,)]


async def test_a_closed_store_says_so(state: SqliteState) -> None:
    await state.close()
    await state.close()
    with pytest.raises(StateError, match="closed"):
        await state.admit("telegram", "1", "")
