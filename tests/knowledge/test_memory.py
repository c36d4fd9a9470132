from concurrent.futures import ThreadPoolExecutor

import pytest

from knowledge.memory import Memory


def test_what_is_held_is_not_made_again() -> None:
    memory: Memory[object] = Memory(2)
    first = memory.recall("a", object)
    assert memory.recall("a", object) is first


def test_the_one_not_asked_for_longest_is_forgotten_first() -> None:
    memory: Memory[str] = Memory(2)
    for key in ("a", "b", "a", "c"):
        memory.recall(key, lambda key=key: f"first {key}")  # type: ignore[misc]
    assert memory.recall("a", lambda: "again") == "first a"
    assert memory.recall("b", lambda: "again") == "again"
    assert len(memory) == 2


def test_what_cannot_be_made_is_not_held() -> None:
    memory: Memory[int] = Memory(1)
    with pytest.raises(ZeroDivisionError):
        memory.recall("a", lambda: 1 // 0)
    assert memory.recall("a", lambda: 2) == 2


def test_threads_share_a_memory_that_runs_over() -> None:
    memory: Memory[int] = Memory(10)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda number: memory.recall(number % 30, lambda: number % 30), range(3000)))
    assert found == [number % 30 for number in range(3000)]
    assert len(memory) <= 10


def test_what_is_cleared_is_made_again() -> None:
    memory: Memory[int] = Memory(2)
    memory.recall("a", lambda: 1)
    memory.clear()
    assert (len(memory), memory.recall("a", lambda: 2)) == (0, 2)
