"""Amounts, their units and how they are meant."""

from __future__ import annotations

import pytest

from knowledge.quantity import Comparator, agrees, find_quantities


@pytest.mark.parametrize(
    ("text", "value", "unit", "comparator"),
    [
        ("维持9件", 9, "件", Comparator.EQUAL),
        ("人均6角", 0.6, "元", Comparator.EQUAL),
        ("合同24个月", 24, "月", Comparator.EQUAL),
        ("期限2年", 24, "月", Comparator.EQUAL),
        ("调解22万件", 220_000, "件", Comparator.EQUAL),
        ("成功率9成", 90, "%", Comparator.EQUAL),
        ("超过95%", 95, "%", Comparator.ABOVE),
        ("800多人", 800, "人", Comparator.ABOVE),
        ("近800人", 800, "人", Comparator.NEARLY),
        ("不到1元", 1, "元", Comparator.BELOW),
        ("没到99%", 99, "%", Comparator.BELOW),
        ("不超过1元", 1, "元", Comparator.AT_MOST),
        ("至少20件", 20, "件", Comparator.AT_LEAST),
        ("15日内", 15, "日", Comparator.EQUAL),
    ],
)
def test_an_amount_is_read_with_its_unit_and_meaning(text: str, value: float, unit: str, comparator: Comparator) -> None:
    (quantity,) = find_quantities(text)
    assert (quantity.value, quantity.unit, quantity.comparator) == (value, unit, comparator)


@pytest.mark.parametrize("text", ["2019年5月", "2020年1月14日", "9月16日", "没有数字", ""])
def test_dates_are_no_amounts(text: str) -> None:
    assert find_quantities(text) == []


def test_each_amount_keeps_the_words_on_its_own_side() -> None:
    first, second = find_quantities("维持9件、撤销2件")
    assert (first.before, second.before) == ("维持", "、撤销")


@pytest.mark.parametrize(
    ("claimed", "stated", "right"),
    [
        ("超过95%", "98.7%", True),
        ("超过99%", "98.7%", False),
        ("超过800人", "近800人", False),
        ("近800人", "近800人", True),
        ("不到800人", "近800人", True),
        ("不到1元", "0.6元", True),
        ("6元", "0.6元", False),
        ("6角", "0.6元", True),
    ],
)
def test_a_stated_amount_bears_out_a_claimed_one_or_not(claimed: str, stated: str, right: bool) -> None:
    assert agrees(find_quantities(claimed)[0], find_quantities(stated)[0]) is right
