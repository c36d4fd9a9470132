"""Texts whose lines are broken at a fixed width, as mail and text copied out of a PDF have them: lines put together again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from knowledge.numbering import parse_heading

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
    full = max((_full(lines, measure) for measure in (_columns, len)), key=sum)
    broken = sum(is_full and line.rstrip()[-1] not in _ENDS for is_full, line in zip(full, lines, strict=True))
    if (
        sum(full) < max(_MIN_FULL_LINES, _MIN_FULL_SHARE * len(lines))
        or broken < _MIN_BROKEN * sum(full)
        or any("\t" in line.strip() for line in lines)
    ):
        return list(lines)
    joined: list[str] = []
    for i, line in enumerate(lines):
        if i and full[i - 1] and _continues(lines[i - 1], line):
            gap = " " if re.search(r"[A-Za-z,]$", joined[-1]) and re.match(r"[A-Za-z]", line) else ""
            joined[-1] = joined[-1].rstrip() + gap + line.strip()
        else:
            joined.append(line)
    return joined


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
