"""The questions that loads ask."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.fakes.questions import QUESTIONS, Mix, different_questions, mixed_questions


def test_different_questions_are_asked_once_each() -> None:
    asked = different_questions()
    assert len(set(asked)) == len(asked) > 4000


def test_mixed_questions_follow_zipfs_law_and_are_the_same_every_time() -> None:
    asked = mixed_questions()
    counts = [count for _, count in Counter(asked).most_common()]
    assert asked == mixed_questions()
    assert asked != mixed_questions(seed=2)
    assert len(counts) > 800
    for rank in (2, 5, 10, 50):
        assert counts[0] / counts[rank - 1] == pytest.approx(rank, rel=0.35)


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({"repeated": True, "mix": False}, list(QUESTIONS)),
        ({"repeated": False, "mix": True}, mixed_questions()),
        ({"repeated": False, "mix": False}, different_questions()),
    ],
    ids=["repeated", "mix", "different"],
)
def test_a_load_asks_what_its_options_say(options: dict[str, bool], asked: list[str]) -> None:
    assert Mix.of(**options).questions() == asked


def test_two_kinds_of_load_at_a_time_are_refused() -> None:
    with pytest.raises(ValueError, match="choose one"):
        Mix.of(repeated=True, mix=True)
