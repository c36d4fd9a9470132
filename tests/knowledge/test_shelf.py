"""Items made on first use, the least used let go."""

from __future__ import annotations

import pytest

from knowledge.shelf import Shelf


@pytest.fixture
def made() -> list[str]:
    """Names of items that have been made, in order."""
    return []


@pytest.fixture
def shelf(made: list[str]) -> Shelf[str]:
    def make(name: str) -> str:
        made.append(name)
        return name.upper()

    return Shelf(["a", "b", "c", "d"], make, max_open=2)


def test_only_the_first_is_made_at_once(shelf: Shelf[str], made: list[str]) -> None:
    assert len(shelf) == 4
    assert made == ["a"]
    assert (shelf[0], shelf[-1], shelf.named("b")) == ("A", "D", "B")
    assert made == ["a", "d", "b"]


def test_the_one_that_was_not_used_for_longest_goes(shelf: Shelf[str], made: list[str]) -> None:
    for name in "bcbd":  # c goes
        shelf.named(name)
    made.clear()
    assert [shelf.named(name) for name in "bdac"] == ["B", "D", "A", "C"]
    assert made == ["c"]


def test_all_can_be_gone_through(shelf: Shelf[str]) -> None:
    assert list(shelf) == ["A", "B", "C", "D"]
    assert shelf[1:3] == ["B", "C"]
