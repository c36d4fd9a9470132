"""A method's results remembered without keeping its object alive."""

from __future__ import annotations

import gc
import weakref

from knowledge.method_cache import cached_method


class Doubler:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.double = cached_method(self._double, maxsize=2)

    def _double(self, number: int) -> int:
        self.asked.append(number)
        return 2 * number


def test_a_result_is_worked_out_once() -> None:
    doubler = Doubler()
    assert [doubler.double(3), doubler.double(3)] == [6, 6]
    assert doubler.asked == [3]


def test_each_object_remembers_for_itself() -> None:
    one, other = Doubler(), Doubler()
    one.double(3)
    other.double(3)
    assert (one.asked, other.asked) == ([3], [3])


def test_the_one_used_longest_ago_is_forgotten() -> None:
    doubler = Doubler()
    for number in (1, 2, 1, 3, 1, 2):
        doubler.double(number)
    assert doubler.asked == [1, 2, 3, 2]


def test_the_object_is_gone_when_nobody_uses_it_any_more() -> None:
    gc.disable()
    try:
        doubler = Doubler()
        doubler.double(3)
        weak = weakref.ref(doubler)
        del doubler
        assert weak() is None
    finally:
        gc.enable()
