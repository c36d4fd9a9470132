"""Section numbers: read from a report's headings, and from what a person types.

A report numbers three levels: ``一、`` (part), ``(一)`` (article) and ``1.`` (item).
A path such as ``(1, 4, 1)`` stands for 一、(四)1 and is written ``1.4.1`` as an id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIGITS = "零一二三四五六七八九"
_NUMERAL = r"[一二三四五六七八九十]{1,3}"

_PART = re.compile(rf"^({_NUMERAL})、\s*(.*)$", re.S)
_ARTICLE = re.compile(rf"^[(（]({_NUMERAL})[)）]\s*(.*)$", re.S)
# A digit after the point means a decimal such as 1.5亿元, which is no heading.
_ITEM = re.compile(r"^(\d{1,2})[.．、](?!\d)\s*(.*)$", re.S)


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered paragraph's start.

    Attributes:
        level: 1 for a part, 2 for an article, 3 for an item.
        number: Its number, from 1.
        printed: The number as printed, e.g. ``(四)``.
        rest: What follows the number.
    """

    level: int
    number: int
    printed: str
    rest: str


def chinese_to_int(text: str) -> int:
    """Read a numeral from 一 to 九十九, or Arabic digits.

    Raises:
        ValueError: If *text* is no such numeral.
    """
    if text.isdecimal() and int(text):
        return int(text)
    tens, found, ones = text.partition("十")
    if not found:
        tens, ones = "", text
    if any(len(part) > 1 or (part and part not in _DIGITS[1:]) for part in (tens, ones)):
        raise ValueError(f"not a section number: {text!r}")
    value = (10 * (_DIGITS.index(tens) if tens else 1) if found else 0) + (_DIGITS.index(ones) if ones else 0)
    if not value:
        raise ValueError(f"not a section number: {text!r}")
    return value


def int_to_chinese(number: int) -> str:
    """Write 1 to 99 as a Chinese numeral: 12 -> 十二."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones else "")


def parse_heading(paragraph: str) -> Heading | None:
    """Read the number at the start of a paragraph; None when it has none."""
    for level, pattern in ((1, _PART), (2, _ARTICLE), (3, _ITEM)):
        if match := pattern.match(paragraph):
            try:
                number = chinese_to_int(match[1])
            except ValueError:  # 一二、三产业, 0.前言: no section's number
                continue
            return Heading(level, number, paragraph[: match.start(2)].rstrip(), match[2])
    return None


def section_id(path: tuple[int, ...]) -> str:
    """``(1, 4, 1)`` -> ``1.4.1``."""
    return ".".join(map(str, path))


def section_label(path: tuple[int, ...]) -> str:
    """``(1, 4, 1)`` -> ``一、(四)1``; a missing level, written 0, leaves its place out."""
    part, article, item = (*path, 0, 0)[:3]
    label = f"{int_to_chinese(part)}、"
    if article:
        label += f"({int_to_chinese(article)})"
    return label + (str(item) if item else "")


# --- what a person types -------------------------------------------------------------------------------------------

_ANY = r"(?:[一二三四五六七八九十]{1,3}|\d{1,2})"
_REFERENCE_FORMS = (
    # 第一部分第四条第一点, 第三大点第五小点, 第一部分第(四)条
    re.compile(
        rf"第[(（]?(?P<a>{_ANY})[)）]?(?:个?大?部分|大点|大条|大项|大?块|章|部)"
        rf"(?:的|里的?|中的?|,|、)?"
        rf"(?:第?[(（]?(?P<b>{_ANY})[)）]?(?:小?条|小?点|小?节|小?项|款|个)?"
        rf"(?:的|里的?|中的?|,|、)?(?:第?[(（]?(?P<c>{_ANY})[)）]?(?:小?点|小?项|小?条|小?款|目|个)?)?)?"
    ),
    # 一、(四)1  一(四)1  一（四）  (四)1
    re.compile(
        rf"(?:(?P<a>{_ANY})[、.,]?\s*)?[(（]\s*(?P<b>{_NUMERAL}|\d{{1,2}})\s*[)）]\s*[、.]?(?:第?(?P<c>{_ANY})(?:[.、点项条]|(?![\d年月日%件个])))?"
    ),
    # 1.4.1  1-4-1  1/4/1
    re.compile(r"(?<![\d.])(?P<a>\d{1,2})[.\-/、—–](?P<b>\d{1,2})(?:[.\-/、—–](?P<c>\d{1,2}))?(?![\d.%年月日元件亿万倍个])"),
    # 一之四, 一之四之1, 一点四
    re.compile(rf"(?P<a>{_ANY})之(?P<b>{_ANY})(?:之(?P<c>{_ANY}))?"),
    # 一.四.四
    re.compile(rf"(?P<a>{_NUMERAL})\.(?P<b>{_NUMERAL})(?:\.(?P<c>{_ANY}))?"),
    # 一、四、1
    re.compile(rf"^(?P<a>{_NUMERAL})、(?P<b>{_NUMERAL})、(?P<c>{_ANY})"),
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A section number found in a question.

    Attributes:
        path: Numbers from the part down; a leading 0 means the part was not said.
        start: Offset of the reference in the text.
        end: Offset after it.
    """

    path: tuple[int, ...]
    start: int
    end: int


def find_reference(text: str) -> Reference | None:
    """Find the first section number in normalized *text*, in any of the forms people write.

    ``(六)5`` gives ``(0, 6, 5)``: the caller decides which part is meant.
    """
    for form in _REFERENCE_FORMS:
        for match in form.finditer(text):
            groups = [match["a"], match["b"], match["c"]]
            try:
                path = tuple(chinese_to_int(g) if g else 0 for g in groups)
            except ValueError:
                continue
            while path and not path[-1]:
                path = path[:-1]
            if path:
                return Reference(path, match.start(), match.end())
    return None
