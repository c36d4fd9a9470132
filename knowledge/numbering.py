"""Section numbers: read from a report's headings, and from what a person types.

Most reports number parts ``一、``, articles ``(一)`` and items ``1.``; others begin with ``第一部分``, leave a level out, go deeper, or
print the whole path as decimals, ``1.1.2``. Which form stands below which is the report's own affair, see ``outline.py``. A path such
as ``(1, 4, 1)`` stands for 一、(四)1 in the usual order and is written ``1.4.1`` as an id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

_DIGITS = "零一二三四五六七八九"
_NUMERAL = r"[一二三四五六七八九十]{1,3}"


class NumberForm(IntEnum):
    """How a number is printed, in the order in which the forms usually nest."""

    DIVISION = 1
    """第一部分"""
    CHAPTER = 2
    """第一章"""
    CHAPTER_SECTION = 3
    """第一节"""
    PART = 4
    """一、"""
    ARTICLE = 5
    """(一)"""
    ITEM = 6
    """1. or 1、"""
    DECIMAL = 7
    """1.1"""
    DECIMAL_3 = 8
    """1.1.1"""
    DECIMAL_4 = 9
    """1.1.1.1"""
    SUBITEM = 10
    """(1)"""
    BRACKETED = 11
    """1)"""
    CIRCLED = 12
    """①"""


#: The forms of a path when the report is not at hand.
_USUAL_FORMS = (NumberForm.PART, NumberForm.ARTICLE, NumberForm.ITEM, NumberForm.SUBITEM, NumberForm.CIRCLED)

_DECIMALS = (NumberForm.DECIMAL, NumberForm.DECIMAL_3, NumberForm.DECIMAL_4)
#: What makes a number with a point a figure: 1.5亿元, 2.1版; not what only begins like a unit: 1.1个人信息, 1.2年度工作.
_UNIT = (
    r"(?:[亿万百余吨%％‰℃倍版]|元(?!旦)|千[瓦克米亩公伏余多]|多[万亿]|个(?![人体性别案税])|公[里顷斤]|[平立]方|米|克(?!服)|升(?=[/／，。])|小时|亩|级(?=[，。地大])|"
    r"年(?!度|[初终末底])|[月日](?!常)|天|分钟|岁|英?寸|比|[:：]\d|[—~～－-]\s?\d|[/／]\d)"
)
# 第一部分是…, 第一章的规定, 第一部分已落实。: a sentence about one.
_SAID_OF_ONE = r"(?![的是为由和及至到所,，、]|[中内里](?![央心小国外部])|主要|包括|介绍|指出|(?![\s:：.．])[^。]*。$)"
_ORDINAL = rf"第({_NUMERAL}|\d{{1,2}})"
_PATTERNS = (
    (NumberForm.DIVISION, re.compile(rf"{_ORDINAL}\s?部分{_SAID_OF_ONE}[:：.．\s]*(.*)$", re.S)),
    (NumberForm.CHAPTER, re.compile(rf"{_ORDINAL}\s?章{_SAID_OF_ONE}[:：.．\s]*(.*)$", re.S)),
    (NumberForm.CHAPTER_SECTION, re.compile(rf"{_ORDINAL}\s?节{_SAID_OF_ONE}[:：.．\s]*(.*)$", re.S)),
    # 一、二季度 and 三、四线城市 begin a sentence.
    (
        NumberForm.PART,
        re.compile(rf"({_NUMERAL})\s?[、．.](?!{_NUMERAL}(?:[、和至到级类线期批月等环审次手届]|季度|产业|年级))\s*(.*)$", re.S),
    ),
    # (一)、(二)项规定 and (一)至(三) speak of places in a law.
    (
        NumberForm.ARTICLE,
        re.compile(rf"[(（]\s?({_NUMERAL})\s?[)）](?!\s?[、和至到—~-]?\s?[(（]{_NUMERAL}[)）]|[项款][规的中之])[、.．]?\s*(.*)$", re.S),
    ),
    # A digit after the point means a decimal such as 1.5亿元 or a day such as 3.15, unless it begins a year or a decimal: 3.1.8亿元.
    # After 、 it is a figure, 3、15家, see ``_counts_on``.
    (
        NumberForm.ITEM,
        re.compile(
            rf"(\d{{1,2}})\s?(?:[.．、](?!\d)|[.．、](?=(?:19|20)\d\d年)|[.．](?=\d+[.．]\d+\s?{_UNIT})|、(?=\d+[^\d、]))\s*(.*)$",
            re.S,
        ),
    ),
    (NumberForm.SUBITEM, re.compile(r"[(（]\s?(\d{1,2})\s?[)）](?!\s?[、和至到—~-]?\s?[(（]\d)[、.．]?\s*(.*)$", re.S)),
    (NumberForm.BRACKETED, re.compile(r"(\d{1,2})\s?[)）][、.．]?\s*(.*)$", re.S)),
    (NumberForm.CIRCLED, re.compile(r"([①-⑳])[、.．]?(?![①-⑳、和至])\s*(.*)$", re.S)),
)
#: One character that stands for number and brackets: first and last of a run, and the form it prints.
_ENCLOSED = (("㈠", "㈩", NumberForm.ARTICLE), ("⑴", "⒇", NumberForm.SUBITEM), ("⒈", "⒛", NumberForm.ITEM))
#: 1.1 and 1.1.2; a zero is no section's number.
_DECIMAL = re.compile(rf"(\d{{1,2}}(?:[.．](?!0)\d{{1,2}}){{1,3}})[.．、]?(?![\d.．]|\s?{_UNIT})\s*(.*)$", re.S)
#: A number without any mark: 1 总则
_BARE = re.compile(
    rf"(\d{{1,2}})(?:\s+(?![\d个])|(?=[\u4e00-\u9fff“《])(?!{_UNIT}|[年月日号时点个项家件名次人户条部所届位批起场余]))(.*)$", re.S
)


_SPACED = re.compile(rf"({_NUMERAL})\s+(\S.*)$", re.S)


@dataclass(frozen=True, slots=True)
class Heading:
    """A numbered paragraph's start.

    Attributes:
        form: How the number is printed.
        number: The number, from 1.
        printed: The number as printed, e.g. ``(四)``.
        rest: What follows the number.
        above: Of a decimal, the numbers before its last: ``(1, 1)`` of ``1.1.2``.
    """

    form: NumberForm
    number: int
    printed: str
    rest: str
    above: tuple[int, ...] = ()


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
    """Read the number at the start of a paragraph; None when it has none.

    Only the paragraph itself is looked at; whether the number fits its place is for ``outline.py`` to say.
    """
    for first, last, form in _ENCLOSED:
        if first <= paragraph[:1] <= last:
            return Heading(form, ord(paragraph[0]) - ord(first) + 1, paragraph[0], paragraph[1:].lstrip("、.． \u3000"))
    for form, pattern in _PATTERNS:
        if match := pattern.match(paragraph):
            try:
                number = ord(match[1]) - ord("①") + 1 if form is NumberForm.CIRCLED else chinese_to_int(match[1])
            except ValueError:  # 一二、三产业, 0.前言: no section's number
                continue
            if form is NumberForm.ITEM and _counts_on(number, paragraph[: match.start(2)], match[2]):
                continue
            return Heading(form, number, paragraph[: match.start(2)].rstrip(), match[2])
    return None


def parse_decimal(paragraph: str) -> Heading | None:
    """Read a decimal such as ``1.1`` or ``1.1.2`` at the start of a paragraph; None when it has none.

    A day (3.15) or a figure without its unit looks the same: it is a heading where the heading ``3`` is open, which ``outline.py`` knows.
    """
    match = _DECIMAL.match(paragraph)
    numbers = tuple(map(int, re.split("[.．]", match[1]))) if match else ()
    if match is None or not all(numbers):
        return None
    return Heading(_DECIMALS[len(numbers) - 2], numbers[-1], paragraph[: match.start(2)].rstrip(), match[2], numbers[:-1])


def parse_bare_number(paragraph: str) -> Heading | None:
    """Read a number that only white space, or nothing, parts from a title: ``1 总则``; None when there is none.

    So do many sentences begin; it is a heading where decimals stand below it, see ``headings.py``.
    """
    match = _BARE.match(paragraph)
    if match is None or not int(match[1]) or not match[2] or match[2][-1] in "。；;，,：:":
        return None
    return Heading(NumberForm.ITEM, int(match[1]), match[1], match[2])


def parse_spaced_numeral(paragraph: str) -> Heading | None:
    """Read a Chinese numeral that white space alone parts from a title: ``一　总则``; None when there is none."""
    match = _SPACED.match(paragraph)
    if match is None or match[2][-1] in "。；;，,：:":
        return None
    try:
        return Heading(NumberForm.PART, chinese_to_int(match[1]), match[1], match[2])
    except ValueError:
        return None


def _counts_on(number: int, printed: str, rest: str) -> bool:
    """Whether two numbers in a row begin a sentence: 2、3号楼, 5、6月."""
    following = re.match(r"(\d+)\s?[号月日季期线栋幢级类档层组标时点]", rest)
    return printed.endswith("、") and following is not None and int(following[1]) == number + 1


def section_id(path: tuple[int, ...]) -> str:
    """``(1, 4, 1)`` -> ``1.4.1``."""
    return ".".join(map(str, path))


def number_label(form: NumberForm, number: int) -> str:
    """A number as labels print it, in ASCII parentheses: ``一、``, ``(四)``, ``1``; of a decimal its last number."""
    chinese = int_to_chinese(number)
    return {
        NumberForm.DIVISION: f"第{chinese}部分",
        NumberForm.CHAPTER: f"第{chinese}章",
        NumberForm.CHAPTER_SECTION: f"第{chinese}节",
        NumberForm.PART: f"{chinese}、",
        NumberForm.ARTICLE: f"({chinese})",
        NumberForm.ITEM: f"{number}",
        **dict.fromkeys(_DECIMALS, f"{number}"),
        NumberForm.SUBITEM: f"({number})",
        NumberForm.BRACKETED: f"{number})",
        NumberForm.CIRCLED: chr(ord("①") + number - 1) if number <= 20 else f"({number})",
    }[form]


@lru_cache(maxsize=4096)
def section_label(path: tuple[int, ...]) -> str:
    """``(1, 4, 1)`` -> ``一、(四)1``, the usual forms in their usual order; a missing level, written 0, leaves its place out."""
    return "".join(number_label(form, number) for form, number in zip(_USUAL_FORMS, path, strict=False) if number)


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
