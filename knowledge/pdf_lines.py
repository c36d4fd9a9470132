"""Lines of a PDF's pages -> paragraphs: running heads and page numbers left out, broken lines joined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from knowledge.numbering import parse_heading
from knowledge.paragraph import Paragraph
from knowledge.particulars import is_particular

#: Share of the page's height at its top and bottom in which running heads and page numbers stand.
_MARGIN = 0.12
#: A line at the very edge that is this much smaller than the text is a running head or foot, even on one page.
_EDGE, _SMALL = 0.07, 0.8
#: Share of the page's height at its bottom to which footnotes reach, and how they begin.
_NOTES = 0.15
_NOTE = re.compile(r"[①-⑳*※]|[\[［〔【]\s?\d{1,2}\s?[\]］〕】]|\d{1,2}\s|注\s?\d{0,2}\s?[:：.]")
#: A text whose longest line does not reach this share of the page's width has no full line.
_FULL_WIDTH = 0.75
_PAGE_NUMBER = re.compile(
    r"^[-－—–―─·•\s]*(?:第\s*)?(?:\d{1,3}|[ivxIVX]{1,5})(?:\s*页)?(?:\s*[,，/／]?\s*(?:共|of)?\s*\d{1,3}\s*页?)?[-－—–―─·•\s]*$"
)
#: What a browser prints at the edge of a page: its address, the time.
_BROWSER_LINE = re.compile(r"^(?:https?|file)://\S+|^\d{1,4}/\d{1,2}/\d{1,4},? .{0,3}\d{1,2}:\d\d")
#: What begins an item whose further lines may be indented.
_ITEM = re.compile(r"\d{1,2}[.．、)）]|[(（][\d一二三四五六七八九十]{1,3}[)）]|[①-⑳●■◆•·—-]")
#: At least so many lines, and this share of all, end where full lines do.
_MIN_FULL, _MIN_FULL_SHARE = 2, 0.15
#: Characters by which the first line of a paragraph is indented at most.
_MAX_INDENT = 6
_ENDS = "。！？!?：:；;"
LATIN = re.compile(r"[A-Za-z0-9,.;:]$")
#: What a line is not broken within: opening marks, a figure, word or character, closing marks.
_UNBROKEN = re.compile(r"[“‘「《〈（(【〔]*(?:[0-9A-Za-z.,%:/·~+—-]+|.)[，。、；：？！,.;:?!%‰℃”’」》〉）)】〕…—]*")


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a line that a gap parts from the rest; distances from the page's left edge in points."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line, or a row of a table; distances from the page's top left corner in points.

    Attributes:
        text: As printed.
        left, right, top, bottom: Where it stands; a line of the right column as if it stood in the left one.
        size: The height of most of its characters; 0 for a row.
        bold: Whether it is set bold.
        row: The row, if it is one.
        in_column: Whether it stands in one of two columns.
        pieces: Its parts between gaps wider than those of running text; none for a row.
    """

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool = False
    row: Paragraph | None = None
    in_column: bool = False
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page's lines in reading order; its size in points, how many characters and pictures it holds."""

    lines: tuple[Line, ...]
    width: float
    height: float
    chars: int
    pictures: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where full lines begin and end, the size of the text, and the middle of the page, in points."""

    left: float
    right: float
    size: float
    middle: float


def without_margins(page: Page, pages: Sequence[Page]) -> Page:
    """A page without page numbers, what a browser adds, small print at the edge, and lines that other pages repeat in the same margin."""
    sizes = Counter(line.size for read in pages for line in read.lines if line.row is None)
    small = _SMALL * sizes.most_common(1)[0][0] if sizes else 0.0

    def is_marginal(line: Line) -> bool:
        if line.row is not None or not (line.top < _MARGIN * page.height or line.bottom > (1 - _MARGIN) * page.height):
            return False
        at_edge = line.top < _EDGE * page.height or line.bottom > (1 - _EDGE) * page.height
        printed = _PAGE_NUMBER.match(line.text) or (at_edge and (line.size < small or _BROWSER_LINE.match(line.text)))
        return bool(printed) or _repeats(line, pages) > max(1, len(pages) // 3)

    kept = [line for line in page.lines if not is_marginal(line)]
    return replace(page, lines=tuple(_without_notes(kept, small, page.height)))


def _without_notes(lines: Sequence[Line], small: float, height: float) -> Sequence[Line]:
    """*lines* without the footnotes in small print at the foot of the page."""
    start = len(lines)
    while start and lines[start - 1].row is None and lines[start - 1].size < small:
        start -= 1
    at_foot = 0 < start < len(lines) and lines[-1].bottom > (1 - _NOTES) * height and lines[start - 1].row is None
    return lines[:start] if at_foot and _NOTE.match(lines[start].text) else lines


def _repeats(line: Line, pages: Sequence[Page]) -> int:
    """On how many pages the line, or each of its pieces, stands at this height, numbers aside."""
    wanted = _shapes(line) - {_shape(line.text)} or {_shape(line.text)}

    def is_on(page: Page) -> bool:
        level = [_shapes(other) for other in page.lines if abs(other.top - line.top) < 3]
        return wanted <= set().union(*level) or any(_shape(line.text) in shapes for shapes in level)

    return sum(map(is_on, pages))


def _shapes(line: Line) -> set[str]:
    return {_shape(line.text), *(_shape(piece.text) for piece in line.pieces)}


def _shape(text: str) -> str:
    return re.sub(r"\d+", "0", text)


def join_lines(pages: Sequence[Page]) -> list[Paragraph]:
    lines = [line for page in pages for line in page.lines if line.row is None]
    if not lines:
        return []
    layouts = {kind: _layout([line for line in lines if line.in_column == kind] or lines, pages[0].width) for kind in (False, True)}
    paragraphs: list[Paragraph] = []
    open_text, emphasis, before = "", 0, None
    table_head: str | None = None  # the first row of the table that was read last

    def close() -> None:
        nonlocal open_text, emphasis
        if open_text:
            paragraphs.append(Paragraph(open_text, min(emphasis, len(open_text))))
        open_text, emphasis = "", 0

    for page in pages:
        above = None
        for line in page.lines:
            if line.row is not None:
                close()
                follows = bool(paragraphs) and paragraphs[-1].is_row
                if above is None and follows and line.text == table_head and line is page.lines[0]:
                    continue  # printed again at the top of the page on which the table goes on
                table_head = table_head if follows else line.text
                paragraphs.append(line.row)
                above = before = None
                continue
            hangs = before is not None and _hangs(line, before, open_text, layouts[line.in_column])
            if before is None or (not hangs and _begins(line, before, above, layouts)):
                close()
                open_text, emphasis = line.text, len(line.text) if line.bold else 0
            else:
                gap = " " if LATIN.search(open_text) and re.match(r"[A-Za-z]", line.text) else ""
                if line.bold and emphasis == len(open_text):
                    emphasis += len(gap + line.text)
                open_text += gap + line.text
            above = before = line
    close()
    return paragraphs


def _layout(lines: Sequence[Line], width: float) -> _Layout:
    """The layout of the text: its outermost lines, but for a few odd ones in a long document."""
    size = Counter(line.size for line in lines).most_common(1)[0][0]
    of_text = [line for line in lines if line.size == size]
    odd = len(of_text) * 3 // 100
    left = sorted(line.left for line in of_text)[odd]
    right = _full_end([line.right for line in of_text], size)
    # Where no line is full, the right margin is taken to be as wide as the left one.
    if of_text[0].in_column:
        return _Layout(left, right, size, (left + right) / 2)
    return _Layout(left, right if right > _FULL_WIDTH * width else max(right, width - left), size, width / 2)


def _full_end(ends: Sequence[float], size: float) -> float:
    """Where full lines end: the rightmost place at which several lines do, or the last of all where none agree.

    A few longer lines may belong to what is printed around the text.
    """
    ordered = sorted(ends, reverse=True)
    for end in ordered:
        if sum(end - size < other <= end for other in ordered) >= max(_MIN_FULL, _MIN_FULL_SHARE * len(ordered)):
            return end
    return ordered[len(ordered) * 3 // 100]


def _unbroken_width(line: Line) -> float:
    """Width of what could not be parted from the line's beginning: a figure or a character, with the marks that cling to it."""
    match = _UNBROKEN.match(line.text)
    return sum(line.size * (0.55 if char.isascii() else 1.0) for char in match[0]) if match else 0.0


def _begins(line: Line, before: Line, above: Line | None, layouts: Mapping[bool, _Layout]) -> bool:
    """Whether *line* begins a paragraph.

    Args:
        line: The line.
        before: The line before it, maybe on an earlier page.
        above: The line above it on the same page, or None.
        layouts: Where full lines begin and end, in columns (True) and across the page (False).
    """
    layout = layouts[line.in_column]
    size = max(line.size, 1.0)
    is_apart = above is not None and line.top - above.bottom > 1.8 * max(line.bottom - line.top, size)
    if abs(line.size - before.size) > 0.15 * size or is_apart:
        return True
    if line.size > 1.15 * layout.size and _is_centred(line, layout) and _is_centred(before, layout):  # a title over two lines
        return parse_heading(line.text) is not None
    ends = before.text[-1] in _ENDS
    if before.right + _unbroken_width(line) < layouts[before.in_column].right - (0.8 if ends else 2.2) * size:
        return True
    # A line that begins far to the right is centred or right-aligned, unless it is the indented first one of a paragraph, and full.
    indented = before.left < layout.left + _MAX_INDENT * size and before.right >= layouts[before.in_column].right - size
    is_below_centred = before.left > max(line.left, layout.left + 2 * size) + size and not indented
    if line.left > layout.left + 1.2 * size or is_below_centred:
        return True
    return ends and (parse_heading(line.text) is not None or is_particular(line.text))


def _hangs(line: Line, before: Line, text: str, layout: _Layout) -> bool:
    """Whether *line* goes on with a numbered *text* all of whose lines are indented, the further ones more than the first."""
    size = max(line.size, 1.0)
    full = before.right + _unbroken_width(line) >= layout.right - 2.2 * size and abs(line.size - before.size) <= 0.15 * size
    if not full or line.left <= layout.left + 1.2 * size or not _ITEM.match(text) or parse_heading(line.text):
        return False
    first = before.text == text
    return 0.5 * size < line.left - before.left < 2.2 * size if first else abs(line.left - before.left) < 0.3 * size


def _is_centred(line: Line, layout: _Layout) -> bool:
    return abs((line.left + line.right) / 2 - layout.middle) < line.size
