"""However a number is grouped, widened or spelt, none of it is left; masking twice equals once."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.masking import PLACEHOLDERS, mask

WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
SPELT = str.maketrans("0123456789", "零一二三四五六七八九")
FORMS = (lambda s: s, lambda s: s.translate(WIDE), lambda s: s.translate(SPELT))
ANY_DIGIT = re.compile(r"[0-9０-９零一二三四五六七八九]")

digits = st.sampled_from("0123456789")


def _joined(head: st.SearchStrategy[str], count: int) -> st.SearchStrategy[str]:
    return st.tuples(head, st.lists(digits, min_size=count, max_size=count)).map(lambda parts: parts[0] + "".join(parts[1]))


mobiles = _joined(st.sampled_from([f"1{n}" for n in range(3, 10)]), 9)
landlines = _joined(st.sampled_from(["0598363", "0591878", "0108888"]), 4)
dates = st.tuples(st.integers(1940, 2015), st.integers(1, 12), st.integers(1, 28)).map(lambda d: f"{d[0]}{d[1]:02}{d[2]:02}")
id_cards = st.tuples(st.just("350481"), dates, _joined(st.just(""), 3), st.sampled_from("0123456789X")).map("".join)
numbers = st.one_of(mobiles, landlines, id_cards)
around = st.sampled_from(["", "我的号码是", "请打", "联系", "哦,", "tel:"])
behind = st.sampled_from(["", ",没人接", "怎么办", "。", " 谢谢"])
names = st.tuples(
    st.sampled_from("张王李刘陈杨吴周徐孙"), st.text(st.sampled_from("伟芳娜秀敏静丽强磊军洋勇艳杰娟涛超霞平刚"), min_size=1, max_size=2)
).map("".join)


def grouped(number: str, mark: str, size: int) -> str:
    return mark.join(number[i : i + size] for i in range(0, len(number), size))


@given(numbers, st.sampled_from(["", " ", "-", "·", "—"]), st.integers(1, 6), st.sampled_from(FORMS), around, behind)
def test_no_digit_of_a_number_is_left(number: str, mark: str, size: int, form, before: str, after: str) -> None:
    masked = mask(before + form(grouped(number, mark, size)) + after)
    assert not ANY_DIGIT.search(masked), masked
    assert any(placeholder in masked for placeholder in PLACEHOLDERS)


@given(
    st.sampled_from(["我叫", "我的名字是", "姓名:", "姓名：", "我是", "本人", "本人姓名"]),
    names,
    st.sampled_from(["", ",想问复议", "。", " 问一下", "想问复议几件"]),
)
def test_no_name_is_left(said: str, name: str, after: str) -> None:
    masked = mask(said + name + after)
    assert name not in masked
    assert masked.startswith(said + "[姓名]")


@given(st.text(max_size=60) | st.text(st.sampled_from("我叫是张三姓名13800138000０一-  @.qcom闽G[]电话"), max_size=40))
def test_masking_twice_equals_once(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@given(st.integers(0, 99_999), st.sampled_from(["件", "%", "元", "人", "个", "年"]), st.sampled_from(["全市", "去年办了", "第", ""]))
def test_a_counted_figure_stays(number: int, unit: str, before: str) -> None:
    text = f"{before}{number}{unit}"
    assert mask(text) == text
