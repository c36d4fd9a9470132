"""PDF files with a text layer: lines joined to paragraphs, running heads and page numbers left out, ruled tables as rows."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect

from knowledge.errors import InvalidSource
from knowledge.numbering import parse_heading
from knowledge.paragraph import Paragraph, make_row, tidy
from knowledge.particulars import is_particular
from knowledge.pdf_columns import Box, Columns, find_columns

MAX_PAGES = 400
#: A page with fewer characters than this and a picture is a scan.
_MIN_CHARS = 20
#: Share of the page's height at its top and bottom in which running heads and page numbers stand.
_MARGIN = 0.12
#: A text whose longest line does not reach this share of the page's width has no full line.
_FULL_WIDTH = 0.75
_PAGE_NUMBER = re.compile(
    r"^[-－—–―─·•\s]*(?:第\s*)?(?:\d{1,3}|[ivxIVX]{1,5})(?:\s*页)?(?:\s*[,，/／]?\s*(?:共|of)?\s*\d{1,3}\s*页?)?[-－—–―─·•\s]*$"
)
_ENDS = "。！？!?：:；;"
_LATIN = re.compile(r"[A-Za-z0-9,.;:]$")
#: What a browser prints at the edge of a page: its address, the time.
_BROWSER_LINE = re.compile(r"^(?:https?|file)://\S+|^\d{1,4}/\d{1,2}/\d{1,4},? .{0,3}\d{1,2}:\d\d")
#: A line at the very edge that is this much smaller than the text is a running head or foot, even on one page.
_EDGE, _SMALL = 0.07, 0.8

#: Characters whose glyph fonts share, as PDF text gives them and as they are typed.
_SAME_GLYPH = {0x2015: "—", 0x2329: "〈", 0x232A: "〉", 0x2E3A: "——", 0x2E3B: "———"}
#: What a line is not broken within: opening marks, a figure, word or character, closing marks.
_UNBROKEN = re.compile(r"[“‘「《〈（(【〔]*(?:[0-9A-Za-z.,%:/·~+—-]+|.)[，。、；：？！,.;:?!%‰℃”’」》〉）)】〕…—]*")


@dataclass(frozen=True, slots=True)
class _Line:
    """A printed line; distances from the page's top left corner in points."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    bold: bool = False
    row: Paragraph | None = None
    in_column: bool = False


@dataclass(frozen=True, slots=True)
class _Page:
    lines: tuple[_Line, ...]
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


def read_pdf(path: Path, raw: bytes) -> list[Paragraph]:
    """Paragraphs of a PDF file.

    Raises:
        InvalidSource: If it is damaged, protected with a password, has no text layer or more than ``MAX_PAGES`` pages.
    """
    if b"%PDF-" not in raw[:1024]:
        raise InvalidSource(path, "", "is no PDF file; copy it again, or save it as .docx or .txt")
    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    try:
        with pdfplumber.open(io.BytesIO(raw)) as document:
            if len(document.pages) > MAX_PAGES:
                raise InvalidSource(path, "", f"has {len(document.pages)} pages, more than {MAX_PAGES}; is this the report?")
            pages: list[_Page] = []
            for page in document.pages:
                pages.append(_read_page(page))
                page.close()
    except InvalidSource:
        raise
    except Exception as exc:  # pdfminer raises whatever the damage leads to, wrapped by pdfplumber
        if any(isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError) for cause in (exc, exc.__cause__, exc.__context__, *exc.args)):
            raise InvalidSource(path, "", "is protected with a password; save it without one") from exc
        raise InvalidSource(
            path, "", f"is damaged or cut short ({type(exc).__name__}); copy it again, or save it as .docx or .txt"
        ) from exc
    if not pages:
        raise InvalidSource(path, "", "is damaged or cut short (no pages); copy it again, or save it as .docx or .txt")
    if sum(page.chars for page in pages) < _MIN_CHARS:
        scanned = any(page.pictures for page in pages)
        what = (
            "is scanned: it holds pictures and no text layer; run OCR (文字识别) on it"
            if scanned
            else "holds no text; if its pages are drawn, run OCR"
        )
        raise InvalidSource(path, "", f"{what}, and save the text as .docx or .txt")
    for number, read in enumerate(pages, 1):
        if read.pictures and read.chars < _MIN_CHARS and not read.lines:
            raise InvalidSource(path, f"page {number}", "is scanned: it holds a picture and no text layer; run OCR (文字识别) on the file")
    return _paragraphs([_without_margins(page, pages) for page in pages])


def _read_page(page: Any) -> _Page:
    page = page.dedupe_chars(tolerance=1)  # what is drawn twice, a little apart, is meant to look bold
    tables = (
        [t for t in page.find_tables() if len(t.rows) > 1 and max(len(r.cells) for r in t.rows) > 1]
        if page.lines or page.rects or page.curves
        else []
    )
    boxes = [table.bbox for table in tables]

    def is_outside(thing: dict[str, Any]) -> bool:
        x, y = (thing["x0"] + thing["x1"]) / 2, (thing["top"] + thing["bottom"]) / 2
        return not any(x0 <= x <= x1 and top <= y <= bottom for x0, top, x1, bottom in boxes)

    text = page.filter(lambda thing: thing["object_type"] != "char" or is_outside(thing)) if boxes else page
    columns = find_columns((_box(char) for char in text.chars if char["text"].strip()), float(page.width))
    lines = []
    for part in _parts(text, columns):
        for found in part.extract_text_lines(keep_blank_chars=True):
            chars = found["chars"]
            if words := tidy(_joined(chars)).translate(_SAME_GLYPH):
                size = Counter(round(char["size"], 1) for char in chars).most_common(1)[0][0]
                bold = sum("bold" in char["fontname"].lower() or "hei" in char["fontname"].lower() for char in chars) > 0.9 * len(chars)
                lines.append(_Line(words, found["x0"], found["x1"], found["top"], found["bottom"], size, bold))
    for table in tables:
        for cells, row in zip(table.extract(), table.rows, strict=True):
            joined = [_close_up("".join((cell or "").split("\n"))) for cell in cells]
            if paragraph := make_row(joined):
                x0, top, x1, bottom = row.bbox
                lines.append(_Line(paragraph.text, x0, x1, top, bottom, 0.0, row=paragraph))
    ordered = sorted(lines, key=lambda line: line.top) if columns is None else _in_columns(lines, columns)
    return _Page(tuple(ordered), float(page.width), float(page.height), len(page.chars), len(page.images))


def _box(thing: dict[str, Any]) -> Box:
    return Box(thing["x0"], thing["x1"], thing["top"])


def _parts(page: Any, columns: Columns | None) -> list[Any]:
    """The page, or what stands across its columns, in the left and in the right one."""
    if columns is None:
        return [page]

    def side(thing: dict[str, Any]) -> int:
        return 0 if columns.crosses(thing["top"]) else 1 + columns.is_right(_box(thing))

    return [page.filter(lambda thing, wanted=wanted: thing["object_type"] == "char" and side(thing) == wanted) for wanted in range(3)]


def _in_columns(lines: Sequence[_Line], columns: Columns) -> list[_Line]:
    """*lines* in reading order, those of the right column moved under the left one."""
    ordered = sorted(lines, key=lambda line: columns.order(Box(line.left, line.right, line.top)))
    moved = []
    for line in ordered:
        shift = columns.shift if columns.is_right(Box(line.left, line.right, line.top)) else 0.0
        across = columns.crosses(line.top) or line.row is not None
        moved.append(line if across else replace(line, left=line.left - shift, right=line.right - shift, in_column=True))
    return moved


def _joined(chars: Sequence[dict[str, Any]]) -> str:
    """Text of a line's characters, with a space for a gap that is one: between Latin letters, or as wide as a character."""
    text = ""
    for before, char in zip([None, *chars], chars, strict=False):
        gap = char["x0"] - before["x1"] if before else 0.0
        if gap > char["size"] or (gap > 0.2 * char["size"] and _LATIN.search(text) and _LATIN.search(char["text"])):
            text += "" if text.endswith(" ") or char["text"] == " " else " "
        text += char["text"]
    return text


def _close_up(text: str) -> str:
    """*text* of a cell without the spaces that setting puts between Chinese characters."""
    return re.sub(r"(?<=[\u2e80-\u9fff\uff00-\uffef“”]) (?=[\u2e80-\u9fff\uff00-\uffef“”])", "", text)


def _without_margins(page: _Page, pages: Sequence[_Page]) -> _Page:
    """A page without page numbers, what a browser adds, small print at the edge, and lines that other pages repeat in the same margin."""
    sizes = Counter(line.size for read in pages for line in read.lines if line.row is None)
    small = _SMALL * sizes.most_common(1)[0][0] if sizes else 0.0

    def is_marginal(line: _Line) -> bool:
        if line.row is not None or not (line.top < _MARGIN * page.height or line.bottom > (1 - _MARGIN) * page.height):
            return False
        at_edge = line.top < _EDGE * page.height or line.bottom > (1 - _EDGE) * page.height
        printed = _PAGE_NUMBER.match(line.text) or (at_edge and (line.size < small or _BROWSER_LINE.match(line.text)))
        return bool(printed) or _repeats(line, pages) > max(1, len(pages) // 3)

    kept = [line for line in page.lines if not is_marginal(line)]
    return _Page(tuple(kept), page.width, page.height, page.chars, page.pictures)


def _repeats(line: _Line, pages: Sequence[_Page]) -> int:
    """On how many pages the line stands at this height, numbers aside."""
    shape = re.sub(r"\d+", "0", line.text)
    return sum(any(abs(other.top - line.top) < 3 and re.sub(r"\d+", "0", other.text) == shape for other in page.lines) for page in pages)


def _paragraphs(pages: Sequence[_Page]) -> list[Paragraph]:
    lines = [line for page in pages for line in page.lines if line.row is None]
    if not lines:
        return []
    layout = _layout(lines, pages[0].width)
    paragraphs: list[Paragraph] = []
    open_text, emphasis, before = "", 0, None

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
                paragraphs.append(line.row)
                above = before = None
                continue
            if before is None or _begins(line, before, above, layout):
                close()
                open_text, emphasis = line.text, len(line.text) if line.bold else 0
            else:
                gap = " " if _LATIN.search(open_text) and re.match(r"[A-Za-z]", line.text) else ""
                if line.bold and emphasis == len(open_text):
                    emphasis += len(gap + line.text)
                open_text += gap + line.text
            above = before = line
    close()
    return paragraphs


def _layout(lines: Sequence[_Line], width: float) -> _Layout:
    """The layout of the text: its outermost lines, but for a few odd ones in a long document."""
    size = Counter(line.size for line in lines).most_common(1)[0][0]
    in_columns = [line for line in lines if line.in_column and line.size == size]
    of_text = in_columns or [line for line in lines if line.size == size]
    odd = len(of_text) * 3 // 100
    left, right = sorted(line.left for line in of_text)[odd], sorted(line.right for line in of_text)[-1 - odd]
    # Where no line is full, the right margin is taken to be as wide as the left one.
    return _Layout(left, right if in_columns or right > _FULL_WIDTH * width else max(right, width - left), size, width / 2)


def _unbroken_width(line: _Line) -> float:
    """Width of what could not be parted from the line's beginning: a figure or a character, with the marks that cling to it."""
    match = _UNBROKEN.match(line.text)
    return sum(line.size * (0.55 if char.isascii() else 1.0) for char in match[0]) if match else 0.0


def _begins(line: _Line, before: _Line, above: _Line | None, layout: _Layout) -> bool:
    """Whether *line* begins a paragraph.

    Args:
        line: The line.
        before: The line before it, maybe on an earlier page.
        above: The line above it on the same page, or None.
        layout: Where full lines begin and end.
    """
    size = max(line.size, 1.0)
    is_apart = above is not None and line.top - above.bottom > 1.8 * max(line.bottom - line.top, size)
    if abs(line.size - before.size) > 0.15 * size or is_apart:
        return True
    if line.size > 1.15 * layout.size and _is_centred(line, layout) and _is_centred(before, layout):  # a title over two lines
        return parse_heading(line.text) is not None
    ends = before.text[-1] in _ENDS
    if before.right + _unbroken_width(line) < layout.right - (0.8 if ends else 2.2) * size:
        return True
    if (
        line.left > layout.left + 1.2 * size or before.left > max(line.left, layout.left + 2 * size) + size
    ):  # indented, or below a centred line
        return True
    return ends and (parse_heading(line.text) is not None or is_particular(line.text))


def _is_centred(line: _Line, layout: _Layout) -> bool:
    return abs((line.left + line.right) / 2 - layout.middle) < line.size
