"""The numbers Word prints before paragraphs by itself (``numPr``): 一、 （一） 1. ①

Source: ECMA-376 part 1, 17.9 (numbering) and 17.18.59 (number formats).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docx.oxml.ns import qn

from knowledge.numbering import int_to_chinese

if TYPE_CHECKING:
    from docx.document import Document

_CHINESE_FORMATS = (
    "chineseCounting chineseCountingThousand chineseLegalSimplified ideographDigital taiwaneseCounting taiwaneseCountingThousand "
    "taiwaneseDigital japaneseCounting japaneseDigitalTenThousand koreanDigital2"
)
_CHINESE = frozenset(_CHINESE_FORMATS.split())
_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


class ListNumbers:
    """Counters of a document's lists; call ``next`` for every paragraph in order."""

    def __init__(self, document: Document, styles: dict[str, Any]) -> None:
        self._abstract: dict[str, Any] = {}
        self._lists: dict[str, Any] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._started: set[tuple[str, int]] = set()
        self._styles = styles
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):  # a document without lists
            return
        self._abstract = {a.get(qn("w:abstractNumId")): a for a in root.iterchildren(qn("w:abstractNum"))}
        self._lists = {n.get(qn("w:numId")): n for n in root.iterchildren(qn("w:num"))}

    def next(self, paragraph: Any, style: list[Any]) -> str:
        """The number printed before *paragraph*, empty when it has none.

        Args:
            paragraph: The ``w:p`` element.
            style: Its style and those that one is based on, nearest first.
        """
        list_id, level = self._membership(paragraph, style)
        found = self._lists.get(list_id)
        if found is None:
            return ""
        abstract_id = found.find(qn("w:abstractNumId")).get(qn("w:val"))
        levels = self._levels(found, abstract_id)
        if level not in levels:
            return ""
        counts = self._counts.setdefault(abstract_id, {})
        override = self._start_override(found, level)
        if override is not None and (list_id, level) not in self._started:
            counts[level] = override
        else:
            counts[level] = counts[level] + 1 if level in counts else _value(levels[level], "start", 1)
        self._started.add((list_id, level))
        for deeper in [n for n in counts if n > level]:
            if _restarts(levels.get(deeper)):
                del counts[deeper]
        return self._printed(levels, level, counts)

    def _membership(self, paragraph: Any, style: list[Any]) -> tuple[str, int]:
        """List and level of a paragraph, its own or its style's."""
        list_id, level, style_id = "", None, ""
        for holder in (paragraph, *style):
            properties = holder.find(f"{qn('w:pPr')}/{qn('w:numPr')}")
            if properties is None:
                continue
            if level is None and properties.find(qn("w:ilvl")) is not None:
                level = _value(properties, "ilvl", 0)
            if properties.find(qn("w:numId")) is not None:
                list_id = properties.find(qn("w:numId")).get(qn("w:val")) or ""
                style_id = holder.get(qn("w:styleId")) or ""
                break
        if level is None and style_id and list_id in self._lists:  # the list names the style of each level
            abstract_id = self._lists[list_id].find(qn("w:abstractNumId")).get(qn("w:val"))
            for number, element in self._levels(self._lists[list_id], abstract_id).items():
                linked = element.find(qn("w:pStyle"))
                if linked is not None and linked.get(qn("w:val")) == style_id:
                    level = number
        return list_id, level or 0

    def _levels(self, found: Any, abstract_id: str) -> dict[int, Any]:
        abstract = self._abstract.get(abstract_id)
        levels = {} if abstract is None else {_level(e): e for e in abstract.iterchildren(qn("w:lvl"))}
        for override in found.iterchildren(qn("w:lvlOverride")):
            if (element := override.find(qn("w:lvl"))) is not None:
                levels[_level(override)] = element
        return levels

    def _start_override(self, found: Any, level: int) -> int | None:
        for override in found.iterchildren(qn("w:lvlOverride")):
            if _level(override) == level and override.find(qn("w:startOverride")) is not None:
                return _value(override, "startOverride", 1)
        return None

    def _printed(self, levels: dict[int, Any], level: int, counts: dict[int, int]) -> str:
        element = levels[level]
        form = element.find(qn("w:lvlText"))
        text = form.get(qn("w:val")) or "" if form is not None else ""
        if _format(element) in {"bullet", "none"}:
            return ""

        legal = element.find(qn("w:isLgl"))  # 1.1 below 第一章: all numbers in digits
        in_digits = legal is not None and legal.get(qn("w:val")) not in {"0", "false", "off"}

        def one(match: re.Match[str]) -> str:
            place = int(match[1]) - 1
            at = levels.get(place)
            number = counts.get(place, 1)
            return _number(number, "decimal" if at is None or in_digits else _format(at))

        return re.sub(r"%(\d)", one, text).strip()


def _level(element: Any) -> int:
    text = element.get(qn("w:ilvl")) or "0"
    return int(text) if text.isdecimal() else 0


def _value(element: Any, tag: str, default: int) -> int:
    found = element.find(qn(f"w:{tag}"))
    text = found.get(qn("w:val")) if found is not None else ""
    return int(text) if text and text.isdecimal() else default


def _format(element: Any) -> str:
    found = element.find(qn("w:numFmt"))
    return (found.get(qn("w:val")) if found is not None else "") or "decimal"


def _restarts(element: Any) -> bool:
    return element is None or _value(element, "lvlRestart", 1) != 0


def _number(number: int, form: str) -> str:
    if form in _CHINESE and 0 < number < 100:
        return int_to_chinese(number)
    if form.startswith("decimalEnclosedCircle") and 0 < number <= 20:
        return chr(ord("①") + number - 1)
    if form == "decimalEnclosedParen" and 0 < number <= 20:
        return chr(ord("⑴") + number - 1)
    if form == "decimalEnclosedFullstop" and 0 < number <= 20:
        return chr(ord("⒈") + number - 1)
    if form in {"decimalFullWidth", "decimalFullWidth2"}:
        return str(number).translate(_FULL_WIDTH)
    if form == "decimalZero":
        return f"{number:02d}"
    if form in {"lowerLetter", "upperLetter"} and 0 < number <= 26:
        return chr(ord("a" if form == "lowerLetter" else "A") + number - 1)
    return str(number)
