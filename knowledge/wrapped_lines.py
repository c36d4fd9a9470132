"""Texts whose lines are broken at a fixed width, as mail and text copied out of a PDF have them: lines put together again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace

from knowledge.numbering import parse_heading
from knowledge.paragraph import Paragraph
from knowledge.text_pages import is_page_line

#: Widest line, in columns (a Chinese character takes two), of a text that is broken at a fixed width.
_MAX_COLUMNS = 120
_MIN_COLUMNS = 30
#: A full line is at most this much narrower than the widest: a character, and a mark that must not begin a line.
_RAGGED = 5
#: Lines and share of lines that must be full.
_MIN_FULL_LINES, _MIN_FULL_SHARE = 8, 0.25
#: Of the full lines at least this share must break off within a sentence.
_MIN_BROKEN = 0.5
#: A centred or right-aligned line, such as a signature, says nothing about the width.
_ASIDE = re.compile(r"\u3000{5}|[ \u3000]{10}")
_ENDS = "。！？!?：:；;"


def join_wrapped(lines: Sequence[str]) -> list[str]:
    """*lines*, none empty, with those put together that were one before they were broken; as they are when none were."""
    full = _full_lines(lines)
    if not full or any("\t" in line.strip() for line in lines):
        return list(lines)
    joined: list[str] = []
    for i, line in enumerate(lines):
        if i and full[i - 1] and _continues(lines[i - 1], line):
            joined[-1] = joined[-1].rstrip() + _gap(joined[-1], line) + line.strip()
        else:
            joined.append(line)
    return joined


def join_wrapped_paragraphs(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """*paragraphs* without page numbers, those put together that are lines of one, as text pasted line by line has them."""
    kept = [p for p in paragraphs if p.is_row or not is_page_line(p.text)]
    lines = ["" if p.is_row else "\u3000\u3000" * p.is_indented + p.text for p in kept]
    full = _full_lines(lines)
    if not full:
        return kept
    shows_indents = any(p.is_indented for p in kept)
    joined: list[Paragraph] = []
    for i, paragraph in enumerate(kept):
        follows = i > 0 and full[i - 1] and not paragraph.is_row and _continues(lines[i - 1], lines[i])
        if follows and (shows_indents or kept[i - 1].text[-1] not in _ENDS):
            above = joined[-1]
            text = above.text + _gap(above.text, paragraph.text)
            emphasis = above.emphasis if above.emphasis < len(above.text) else len(text) + paragraph.emphasis
            joined[-1] = replace(above, text=text + paragraph.text, emphasis=emphasis)
        else:
            joined.append(paragraph)
    return joined


def _full_lines(lines: Sequence[str]) -> list[bool]:
    """Which *lines* are full; an empty list where too few are, or too few of them break off within a sentence, for a text broken so."""
    full = max((_full(lines, measure) for measure in (_columns, len)), key=sum)
    broken = sum(is_full and line.rstrip()[-1] not in _ENDS for is_full, line in zip(full, lines, strict=True))
    enough = sum(full) >= max(_MIN_FULL_LINES, _MIN_FULL_SHARE * len(lines)) and broken >= _MIN_BROKEN * sum(full)
    return full if enough else []


def _gap(above: str, line: str) -> str:
    return " " if re.search(r"[A-Za-z,]$", above) and re.match(r"[A-Za-z]", line) else ""


def _continues(above: str, line: str) -> bool:
    """Whether *line*, below a full line, goes on with it: it is not indented, and no heading after the end of a sentence."""
    if re.match(r"[ \u3000]{2}|\u3000", line):
        return False
    return above.rstrip()[-1] not in _ENDS or parse_heading(line) is None


def _full(lines: Sequence[str], measure: Callable[[str], int]) -> list[bool]:
    """Which lines are as wide as lines are at most, by *measure*; none where that is no width of a broken text."""
    widths = [0 if _ASIDE.match(line) else measure(line.rstrip()) for line in lines]
    widest = max(widths, default=0)
    fits = _MIN_COLUMNS <= max((_columns(line) for line in lines if not _ASIDE.match(line)), default=0) <= _MAX_COLUMNS
    return [fits and widest - (_RAGGED if measure is _columns else 1) <= width for width in widths]


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in text)
