"""What a question wants of the words shown."""

from __future__ import annotations

import pytest

from knowledge.wanted import WANT_NAMES, Want, wanted


@pytest.mark.parametrize(
    ("text", "shown", "want", "told"),
    [
        ("调解站有几名调解员", "设立调解站2处,调处纠纷396起", Want.AMOUNT, -1),
        ("调解站有几名调解员", "配备调解员12人", Want.AMOUNT, 1),
        ("设了几个调解站", "设立调解站2处", Want.AMOUNT, 1),
        ("那12份文件分别叫什么", "宣布失效12件", Want.NAMES, -1),
        ("那2份文件分别叫什么", "宣布《河道办法》《夜市办法》失效", Want.NAMES, 1),
        ("新泵站选在什么地方", "新建排涝泵站2座", Want.PLACE, -1),
        ("新泵站选在什么地方", "在北门社区新建排涝泵站", Want.PLACE, 1),
        ("网约车占多少", "查处车辆742辆", Want.SHARE, -1),
        ("停车一小时几块钱", "满意度71.3%", Want.PRICE, -1),
        ("那3个为什么没批", "不予批准3个", Want.CAUSE, -1),
        ("协议是哪天签的", "2022年签订协议", Want.WHEN, -1),
        ("协议是哪年签的", "2022年签订协议", Want.WHEN, 1),
        ("协议讲了协作", "2022年签订协议", Want.WHEN, 0),
    ],
)
def test_what_is_wanted_is_looked_for_in_the_words_shown(text: str, shown: str, want: Want, told: float) -> None:
    assert wanted(text, shown)[f"wants_{want.value}"] == told


def test_every_kind_has_its_signal() -> None:
    assert tuple(wanted("", "")) == WANT_NAMES
    assert set(wanted("", "").values()) == {0.0}
