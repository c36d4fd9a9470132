import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import InvalidRelease
from knowledge.library import Library
from knowledge.release_file import read_release
from knowledge.store import SCHEMA_VERSION, StoredReport, write_release


@pytest.fixture
def path(tmp_path: Path, small_stored: StoredReport) -> Path:
    """A release file of the made-up report."""
    path = tmp_path / "release.db"
    write_release(path, [small_stored], about={"id": "20220101-abc"})
    return path


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_what_is_read_is_what_was_written(path: Path, small_stored: StoredReport) -> None:
    about, [read] = read_release(path)
    assert about == {"schema": str(SCHEMA_VERSION), "id": "20220101-abc"}
    for name in ("report", "pairs", "texts", "figures", "terms", "readings"):
        assert getattr(read, name) == getattr(small_stored, name)
    assert set(read.arrays) == set(small_stored.arrays)
    for name, array in small_stored.arrays.items():
        assert read.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(read.arrays[name], array)


def test_a_release_is_an_ordinary_sqlite_file(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        [(text,)] = connection.execute("select text from sections where id = '1.1.1'").fetchall()
    assert text == "全年审查重大行政决策事项35件,提出修改意见112条,采纳率96.5%。"


def test_reading_changes_nothing_and_leaves_no_other_file(path: Path) -> None:
    before = path.read_bytes()
    path.chmod(0o444)
    read_release(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9])
def test_a_truncated_file_is_refused(path: Path, share: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InvalidRelease, match=r"release\.db"):
        Library.open(path)


def test_a_file_that_lacks_its_last_bytes_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(InvalidRelease, match=r"release\.db"):
        Library.open(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_text("not a database" * 100),
        lambda path: path.write_bytes(path.read_bytes()[:100] + bytes(4000) + path.read_bytes()[4100:]),
        lambda path: execute(path, "drop table pairs"),
        lambda path: execute(path, "update index_arrays set content = x'00' where name = 'known'"),
        lambda path: execute(path, "update pairs set spans = 'no json'"),
        lambda path: execute(path, "update pairs set kind = 'riddle'"),
    ],
    ids=["missing", "no database", "zeroed page", "missing table", "short array", "spans no JSON", "unknown kind"],
)
def test_a_damaged_file_is_refused(path: Path, damage: Callable[[Path], object]) -> None:
    damage(path)
    with pytest.raises(InvalidRelease, match=r"release\.db"):
        Library.open(path)


@pytest.mark.parametrize(
    "statement",
    [
        "alter table pairs drop column missing",
        "delete from index_arrays where name = 'known'",
        "update index_arrays set dtype = '<zz'",
        "delete from reports",
    ],
    ids=["missing column", "missing array", "unknown dtype", "no report"],
)
def test_a_release_without_a_part_of_it_is_refused(path: Path, statement: str) -> None:
    execute(path, statement)
    with pytest.raises(InvalidRelease):
        Library.open(path)


@pytest.mark.parametrize("schema", ["0", "999", ""])
def test_another_schema_is_refused_by_its_number(path: Path, schema: str) -> None:
    execute(path, f"update release set value = '{schema}' where key = 'schema'")
    with pytest.raises(InvalidRelease, match=f"schema {schema}, this program reads {SCHEMA_VERSION}"):
        read_release(path)


def test_a_release_without_a_schema_is_refused(path: Path) -> None:
    execute(path, "delete from release where key = 'schema'")
    with pytest.raises(InvalidRelease, match="schema None"):
        read_release(path)


def test_a_folder_that_does_not_exist_cannot_be_written_to(tmp_path: Path, small_stored: StoredReport) -> None:
    with pytest.raises(InvalidRelease, match="cannot be written"):
        write_release(tmp_path / "missing" / "release.db", [small_stored], about={})


def test_a_failed_write_leaves_nothing_behind(path: Path, small_stored: StoredReport) -> None:
    with pytest.raises(InvalidRelease, match="cannot be written"):
        write_release(path, [small_stored], about={})  # its tables are there already
    assert not path.exists()
