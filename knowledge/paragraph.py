"""What every kind of document is read into: paragraphs, tidied of what nobody can see."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

#: More than any report holds.
MAX_TEXT_CHARS = 2_000_000
MAX_PARAGRAPHS = 20_000
#: Between the cells of a table's row.
CELL_SEPARATOR = " | "
#: Zero-width and soft marks, direction marks and byte order marks: invisible, and in the way of every comparison.
_INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_ODD_SPACE = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\v\f\t\x1c-\x1f\x85]")
_INDENT = re.compile("[\r\n\t ]*[\u3000\u00a0\u2002\u2003]|[\r\n]* {2}")
# Some fonts give a character's glyph under the code of the radical of the same shape, so PDF text says ⼀ (U+2F00) for 一.
# Unicode folds the Kangxi radicals (NFKC), of the supplement only two; these are the others that fonts share with characters,
# and the one that it folds to a form which is not written in the mainland.
_RADICALS = dict(
    zip("⼾⺠⻁⻄⻅⻆⻉⻋⻑⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻨⻩⻬⻮⻰", "户民虎西见角贝车長长门青韦页风飞食马骨鬼鱼鸟麦黄齐齿龙", strict=True)
)
_RADICAL = re.compile("[\u2e80-\u2fd5]")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a document, or a row of a table.

    Attributes:
        text: As printed, trimmed, never empty.
        emphasis: How many characters at its start stand out (bold, or a heading's style); 0 where the document does not say.
        is_row: Whether it is a row of a table; a number at its start is no heading's.
        is_indented: Whether white space, or its first line's indent, sets it in; no part of what it says.
    """

    text: str
    emphasis: int = 0
    is_row: bool = False
    is_indented: bool = field(default=False, compare=False)


def tidy(text: str) -> str:
    """*text* without invisible characters, odd spaces made plain ones, radicals made the characters they look like, trimmed."""
    seen = _RADICAL.sub(lambda m: _RADICALS.get(m[0]) or unicodedata.normalize("NFKC", m[0]), text)
    return _ODD_SPACE.sub(" ", _INVISIBLE.sub("", seen)).strip(" \u3000\n\r")


def make_row(cells: Sequence[str]) -> Paragraph | None:
    """A table's row as one paragraph; None when all cells are empty."""
    tidied = [" ".join(tidy(cell).split()) for cell in cells]
    if not any(tidied):
        return None
    filled = [cell for cell in tidied if cell]
    return Paragraph(CELL_SEPARATOR.join(tidied).strip() if len(filled) > 1 else filled[0], is_row=True)


def make_paragraph(runs: Sequence[tuple[str, bool]]) -> Paragraph | None:
    """A paragraph of *runs* of text, each with whether it stands out; None when there is nothing to see."""
    text = tidy("".join(run for run, _ in runs))
    if not text:
        return None
    leading = ""
    for run, stands_out in runs:
        if not stands_out and run.strip():
            break
        leading += run
    indented = bool(_INDENT.match("".join(run for run, _ in runs)))
    return Paragraph(text, min(len(tidy(leading)), len(text)), is_indented=indented)


def fold_space(text: str) -> str:
    """*text* without any white space, to compare two printings of it."""
    return "".join(text.split())
