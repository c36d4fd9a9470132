"""Levels of a report, from the order of its numbers alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.errors import InvalidSource
from knowledge.numbering import parse_decimal, parse_heading
from knowledge.outline import Place, place_headings

PATH = Path("report.txt")


def ids(*numbers: str) -> list[str | None]:
    places = place_headings(PATH, [parse_heading(number) or parse_decimal(number) for number in numbers])
    return [place.id if place else None for place in places]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ("一、 （一） 1. 2. （二） 1. 二、 （一）", "1 1.1 1.1.1 1.1.2 1.2 1.2.1 2 2.1"),
        ("一、 1. 2. 二、 1.", "1 1.1 1.2 2 2.1"),
        ("一、 1. 2. 二、 （一） 1. （二）", "1 1.1 1.2 2 2.1 2.1.1 2.2"),
        ("第一部分 一、 （一） 二、 第二部分 一、", "1 1.1 1.1.1 1.2 2 2.1"),
        ("第一部分 一、 二、 第二部分 三、 四、", "1 1.1 1.2 2 2.3 2.4"),
        ("第一章 第一节 一、 第二节 第二章 第一节", "1 1.1 1.1.1 1.2 2 2.1"),
        ("一、 （一） 1. （1） ① ② （2） 2. （二）", "1 1.1 1.1.1 1.1.1.1 1.1.1.1.1 1.1.1.1.2 1.1.1.2 1.1.2 1.2"),
        ("一、 （一） （1） （2） （二） （1）", "1 1.1 1.1.1 1.1.2 1.2 1.2.1"),
        ("一、 （一） 1. 2. （二） 3. 4. 二、 （三） 5.", "1 1.1 1.1.1 1.1.2 1.2 1.2.3 1.2.4 2 2.3 2.3.5"),
        ("一、 1. （一） （二） 2. （一） 二、 1. （一）", "1 1.1 1.1.1 1.1.2 1.2 1.2.1 2 2.1 2.1.1"),
        ("1. （1） （2） 2. （1）", "1 1.1 1.2 2 2.1"),
        ("（一） 1. （二） 1.", "1 1.1 2 2.1"),
        ("一、 三、 四、", "1 3 4"),
        ("一、 （一） （二） （二） （三）", "1 1.1 1.2 1.2b 1.3"),
        ("一、 （一） 1. （一） 1.", "1 1.1 1.1.1 1.1b 1.1b.1"),
        ("一、 二、 二、 四、", "1 2 2b 4"),
        ("1. 1.1 1.1.1 1.1.2 1.2 2. 2.1 2.1.1", "1 1.1 1.1.1 1.1.2 1.2 2 2.1 2.1.1"),
        ("第一章 1.1 1.2 第二章 2.1 （1） （2） 2.2", "1 1.1 1.2 2 2.1 2.1.1 2.1.2 2.2"),
        ("一、 （一） 1. 1.1 1.2 2. 2.1 （二） 1.", "1 1.1 1.1.1 1.1.1.1 1.1.1.2 1.1.2 1.1.2.1 1.2 1.2.1"),
        ("一、 （一） 1. 2. 1. 2.", "1 1.1 1.1.1 1.1.2 1.1.1b 1.1.2b"),
    ],
)
def test_the_levels_are_those_of_the_report(numbers: str, expected: str) -> None:
    assert ids(*numbers.split()) == expected.split()


@pytest.mark.parametrize("number", ["20、", "（九）", "15.", "（30）", "⑨"])
def test_a_number_that_cannot_come_next_is_text(number: str) -> None:
    assert ids("一、", "（一）", "1.", number, "2.")[3:] == [None, "1.1.2"]


@pytest.mark.parametrize("number", ["3.15", "12.4", "1.9", "2.1.1"])
def test_a_decimal_that_stands_below_nothing_open_is_text(number: str) -> None:
    assert ids("1.", "1.1", number, "1.2") == ["1", "1.1", None, "1.2"]


def test_parts_that_start_over_are_refused_with_both_places() -> None:
    headings = [parse_heading(text) for text in ("一、甲", "二、乙", "一、丙")]
    with pytest.raises(InvalidSource, match="'一、甲' and again in '一、丙'") as caught:
        place_headings(PATH, headings)
    assert caught.value.place == "section 1"


def test_a_number_that_stands_without_end_is_refused() -> None:
    with pytest.raises(InvalidSource, match="more than 25 times"):
        place_headings(PATH, [parse_heading("一、")] + [parse_heading("（一）")] * 50)


@given(
    st.lists(st.sampled_from(["一、", "二、", "三、", "（一）", "（二）", "1.", "2.", "3.", "（1）", "①", "第一部分", "1）"]), max_size=24)
)
def test_ids_are_unique_and_parents_stand_before(numbers: list[str]) -> None:
    try:
        places = [place for place in place_headings(PATH, [parse_heading(number) for number in numbers]) if place]
    except InvalidSource:
        return
    seen: dict[str | None, Place | None] = {None: None}
    for place in places:
        assert place.id not in seen
        assert place.parent in seen
        above = seen[place.parent]
        assert place.label.startswith(above.label if above else "")
        seen[place.id] = place
