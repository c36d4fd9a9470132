from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from knowledge.features import feature_keys
from knowledge.row_memory import RowMemory, rows_of

HELD = [f"c{number}" for number in range(300)]
OTHER = [f"w{number}" for number in range(100)] + HELD[:50]


def expected(features: list[str], held: list[str]) -> list[int]:
    """Rows by the plainest search."""
    keys = np.sort(feature_keys(held)).tolist()
    return [keys.index(key) if key in keys else -1 for key in feature_keys(features).tolist()]


@pytest.fixture
def tables() -> list[np.ndarray]:
    return [np.sort(feature_keys(HELD)), np.sort(feature_keys(OTHER))]


@pytest.mark.parametrize("features", [[], ["c1"], ["c1", "c1", "nowhere", "w5", "c299"], HELD + OTHER], ids=len)
def test_rows_are_those_of_a_plain_search_the_first_time_and_again(tables: list[np.ndarray], features: list[str]) -> None:
    memory = RowMemory(*tables)
    for _ in range(2):
        assert memory.find(features).tolist() == [expected(features, HELD), expected(features, OTHER)]


def test_a_full_memory_begins_anew_and_goes_on_finding(tables: list[np.ndarray]) -> None:
    memory = RowMemory(*tables, most=20)
    for start in range(0, 300, 7):
        features = [*HELD[start : start + 9], "nowhere"]
        assert memory.find(features)[0].tolist() == expected(features, HELD)
    assert memory.find(HELD)[0].tolist() == expected(HELD, HELD)  # more than it remembers at all


def test_threads_share_a_memory_that_runs_over(tables: list[np.ndarray]) -> None:
    memory = RowMemory(*tables, most=40)
    asked = [HELD[start : start + 15] for start in range(0, 280, 5)] * 20
    with ThreadPoolExecutor(4) as threads:
        for features, rows in zip(asked, threads.map(memory.find, asked), strict=True):
            assert rows[0].tolist() == expected(features, HELD)


def test_an_empty_table_holds_nothing() -> None:
    assert rows_of(feature_keys(["c1", "c2"]), np.array([], dtype=np.uint64)).tolist() == [-1, -1]
