"""Amounts in a sentence: value, unit, comparator, and the words that say what is counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Comparator(StrEnum):
    """How an amount is meant."""

    EQUAL = "equal"
    ABOVE = "above"
    BELOW = "below"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    NEARLY = "nearly"


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount that a sentence states.

    Attributes:
        value: In the base unit.
        unit: Base unit: 元, 月, 日, %, 人, 件, 个, 台, 级 or the word itself.
        comparator: How it is meant.
        before: The words of its clause before it, back to the amount before.
        after: The words of its clause after it, up to the next amount.
        words: As written.
        start: Offset of the words.
        end: Offset after them.
    """

    value: float
    unit: str
    comparator: Comparator
    before: str
    after: str
    words: str
    start: int
    end: int


_AMOUNT = re.compile(
    r"(?P<c1>不超过|不少于|不低于|不多于|不高于|超过|多于|高于|大于|突破|刚过|逾|超|少于|低于|小于|不到|没到|未到|没有到|不足|不满|未满|还没到|没有?超过|未超过|至少|起码|至多|最多|多达|将近|接近|近|约|大约|大概|差不多)?"
    r"(?P<n>\d+(?:\.\d+)?)(?P<more>多|余|来|几)?(?P<scale>[万亿])?"
    r"(?P<u>元|角|毛|分钱|块钱?|%|‰|成|个百分点|件|起|个月|个|人次|人|名|位|家|台|部|次|场|宗|项|处|份|年|月|日|天|级|倍|所|辆|张|期|条|支)"
    r"(?P<c2>以上|以下|以内|之内|内|左右|上下)?"
)
_COMPARATORS = {
    Comparator.AT_MOST: {"不超过", "没超过", "没有超过", "未超过", "不多于", "不高于", "至多", "最多", "以内", "之内"},
    Comparator.AT_LEAST: {"不少于", "不低于", "至少", "起码"},
    Comparator.ABOVE: {"超过", "多于", "高于", "大于", "突破", "刚过", "逾", "超", "以上"},
    Comparator.BELOW: {"少于", "低于", "小于", "不到", "没到", "未到", "没有到", "不足", "不满", "未满", "还没到", "以下"},
    Comparator.NEARLY: {"将近", "接近", "近", "约", "大约", "大概", "差不多", "左右", "上下"},
}
_UNITS = {
    "角": ("元", 0.1),
    "毛": ("元", 0.1),
    "分钱": ("元", 0.01),
    "块": ("元", 1),
    "块钱": ("元", 1),
    "成": ("%", 10),
    "‰": ("%", 0.1),
    "名": ("人", 1),
    "位": ("人", 1),
    "人次": ("人", 1),
    "宗": ("件", 1),
    "起": ("件", 1),
    "份": ("件", 1),
    "项": ("个", 1),
    "家": ("个", 1),
    "所": ("个", 1),
    "处": ("个", 1),
    "部": ("台", 1),
    "年": ("月", 12),
    "个月": ("月", 1),
    "天": ("日", 1),
}
_BREAK = re.compile(r"[,。;!?:\n]")
_DATE_AFTER = re.compile(r"^\d{1,2}[月日号]")


def find_quantities(text: str) -> list[Quantity]:
    """Amounts of folded *text* with Arabic numerals, in order; parts of dates are none."""
    found: list[Quantity] = []
    for match in _AMOUNT.finditer(text):
        if _is_date(match, text):
            continue
        unit, factor = _UNITS.get(match["u"], (match["u"], 1.0))
        value = float(match["n"]) * factor * {"万": 1e4, "亿": 1e8}.get(match["scale"] or "", 1.0)
        edge = found[-1].end if found else 0
        before = _BREAK.split(text[edge : match.start()])[-1]
        following = _AMOUNT.search(text, match.end())
        after = _BREAK.split(text[match.end() : following.start() if following else len(text)])[0]
        found.append(Quantity(round(value, 6), unit, _comparator(match), before, after, match[0], match.start(), match.end()))
    return found


def agrees(claimed: Quantity, stated: Quantity) -> bool:
    """Whether a stated amount bears out a claimed one. "近800" states less than 800, and nearly that."""
    value, truth = claimed.value, stated.value
    if stated.comparator is Comparator.NEARLY and claimed.comparator in {Comparator.ABOVE, Comparator.AT_LEAST} and value == truth:
        return False
    slack = 0.1 * value if claimed.comparator is Comparator.NEARLY else 1e-6
    return {
        Comparator.EQUAL: abs(truth - value) <= slack,
        Comparator.NEARLY: abs(truth - value) <= slack,
        Comparator.ABOVE: truth > value,
        Comparator.BELOW: truth < value or (truth == value and stated.comparator is Comparator.NEARLY),
        Comparator.AT_LEAST: truth >= value,
        Comparator.AT_MOST: truth <= value,
    }[claimed.comparator]


def _is_date(match: re.Match[str], text: str) -> bool:
    unit, digits = match["u"], match["n"]
    if unit == "年":
        return len(digits) == 4 or bool(_DATE_AFTER.match(text[match.end() :]))
    if unit == "月":
        return True
    return unit == "日" and text[match.start() - 1 : match.start()] == "月"


def _comparator(match: re.Match[str]) -> Comparator:
    if match["more"]:
        return Comparator.ABOVE
    word = match["c1"] or match["c2"] or ""
    if word == "内":  # 15日内 is a limit, not an amount below it
        word = ""
    return next((kind for kind, words in _COMPARATORS.items() if word in words), Comparator.EQUAL)
