"""PDF files with a text layer: lines joined to paragraphs, running heads and page numbers left out, ruled tables as rows."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect

from knowledge.errors import InvalidSource
from knowledge.paragraph import Paragraph, make_row, tidy
from knowledge.pdf_columns import Box, Columns, find_columns
from knowledge.pdf_lines import LATIN, Line, Page, Piece, join_lines, without_margins
from knowledge.pdf_tables import with_rows

MAX_PAGES = 400
#: A page with fewer characters than this and a picture is a scan.
_MIN_CHARS = 20

#: Characters in each cell of a row that stands alone.
_MAX_LONE_CELL = 60
#: Share of the page's height at its top and bottom that no column reaches.
_EDGE = 0.06
#: A gap this many times as wide as a character may part two columns of a table.
_GAP = 0.5
#: Characters whose glyph fonts share, as PDF text gives them and as they are typed.
_SAME_GLYPH = {0x2015: "—", 0x2329: "〈", 0x232A: "〉", 0x2E3A: "——", 0x2E3B: "———"}


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
            pages: list[Page] = []
            columns: Columns | None = None
            for page in document.pages:
                found, columns = _read_page(page, columns)
                pages.append(found)
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
    return join_lines(with_rows([without_margins(page, pages) for page in pages]))


def _read_page(page: Any, before: Columns | None) -> tuple[Page, Columns | None]:
    """A page and its columns, given those of the page *before*."""
    page = page.dedupe_chars(tolerance=1)  # what is drawn twice, a little apart, is meant to look bold
    tables = [t for t in page.find_tables() if _is_table(t)] if page.lines or page.rects or page.curves else []
    boxes = [table.bbox for table in tables]

    def is_outside(thing: dict[str, Any]) -> bool:
        x, y = (thing["x0"] + thing["x1"]) / 2, (thing["top"] + thing["bottom"]) / 2
        return not any(x0 <= x <= x1 and top <= y <= bottom for x0, top, x1, bottom in boxes)

    text = page.filter(lambda thing: thing["object_type"] != "char" or is_outside(thing)) if boxes else page
    columns = find_columns((_box(char) for char in text.chars if char["text"].strip()), float(page.width), before=before)
    if columns:  # a running head is read across both columns, so that no part of it gets between them
        edges = {char["top"] for char in text.chars if not _EDGE < char["top"] / float(page.height) < 1 - _EDGE}
        columns = replace(columns, crossing=(*columns.crossing, *edges))
    lines = []
    for part in _parts(text, columns):
        lines += [line for chars in _printed_lines(part) if (line := _line(chars))]
    for table in tables:
        for cells, row in zip(table.extract(), table.rows, strict=True):
            joined = [_close_up("".join((cell or "").split("\n"))) for cell in cells]
            if paragraph := make_row(joined):
                x0, top, x1, bottom = row.bbox
                lines.append(Line(paragraph.text, x0, x1, top, bottom, 0.0, row=paragraph))
    ordered = sorted(lines, key=lambda line: line.top) if columns is None else _in_columns(lines, columns)
    return Page(tuple(ordered), float(page.width), float(page.height), len(page.chars), len(page.images)), columns


def _is_table(table: Any) -> bool:
    """Whether ruled cells are a table's: several columns, and several rows or the short cells of one, as a page break leaves it."""
    if max(len(row.cells) for row in table.rows) < 2:
        return False
    return len(table.rows) > 1 or all(len(cell or "") <= _MAX_LONE_CELL for cell in table.extract()[0])


def _printed_lines(part: Any) -> list[list[dict[str, Any]]]:
    """Characters of each line from the left; those of another font or raised belong to the line they stand beside."""
    lines: list[list[dict[str, Any]]] = []
    for found in part.extract_text_lines(keep_blank_chars=True):
        chars = found["chars"]
        if lines and _is_beside(chars, lines[-1]):
            lines[-1] = sorted([*lines[-1], *chars], key=lambda char: char["x0"])
        else:
            lines.append(chars)
    return lines


def _is_beside(chars: Sequence[dict[str, Any]], above: Sequence[dict[str, Any]]) -> bool:
    """Whether *chars* stand at the height of the line *above* and in its gaps."""
    top, bottom = min(char["top"] for char in chars), max(char["bottom"] for char in chars)
    shared = min(bottom, max(char["bottom"] for char in above)) - max(top, min(char["top"] for char in above))
    if shared < 0.6 * min(bottom - top, above[0]["size"]):
        return False
    taken = [(char["x0"] + 0.3 * char["width"], char["x1"] - 0.3 * char["width"]) for char in above if char["text"].strip()]
    return not any(char["text"].strip() and char["x0"] < right and char["x1"] > left for char in chars for left, right in taken)


def _line(chars: Sequence[dict[str, Any]]) -> Line | None:
    words = _words(chars)
    if not words:
        return None
    seen = [char for char in chars if char["text"].strip()]
    size = Counter(round(char["size"], 1) for char in chars).most_common(1)[0][0]
    bold = sum("bold" in char["fontname"].lower() or "hei" in char["fontname"].lower() for char in chars) > 0.9 * len(chars)
    top, bottom = min(char["top"] for char in chars), max(char["bottom"] for char in chars)
    return Line(words, seen[0]["x0"], seen[-1]["x1"], top, bottom, size, bold, pieces=_pieces(seen))


def _pieces(chars: Sequence[dict[str, Any]]) -> tuple[Piece, ...]:
    groups: list[list[dict[str, Any]]] = []
    for char in chars:
        if groups and char["x0"] - groups[-1][-1]["x1"] < _GAP * char["size"]:
            groups[-1].append(char)
        else:
            groups.append([char])
    return tuple(Piece(_words(group), group[0]["x0"], group[-1]["x1"]) for group in groups)


def _words(chars: Sequence[dict[str, Any]]) -> str:
    return tidy(_joined(chars)).translate(_SAME_GLYPH)


def _box(thing: dict[str, Any]) -> Box:
    return Box(thing["x0"], thing["x1"], thing["top"])


def _parts(page: Any, columns: Columns | None) -> list[Any]:
    """The page, or what stands across its columns, in the left and in the right one."""
    if columns is None:
        return [page]

    def side(thing: dict[str, Any]) -> int:
        return 0 if columns.crosses(thing["top"]) else 1 + columns.is_right(_box(thing))

    return [page.filter(lambda thing, wanted=wanted: thing["object_type"] == "char" and side(thing) == wanted) for wanted in range(3)]


def _in_columns(lines: Sequence[Line], columns: Columns) -> list[Line]:
    """*lines* in reading order, those of the right column moved under the left one."""
    ordered = sorted(lines, key=lambda line: columns.order(Box(line.left, line.right, line.top)))
    moved = []
    for line in ordered:
        shift = columns.shift if columns.is_right(Box(line.left, line.right, line.top)) else 0.0
        across = columns.crosses(line.top) or line.row is not None
        pieces = tuple(replace(piece, left=piece.left - shift, right=piece.right - shift) for piece in line.pieces)
        moved.append(line if across else replace(line, left=line.left - shift, right=line.right - shift, in_column=True, pieces=pieces))
    return moved


def _joined(chars: Sequence[dict[str, Any]]) -> str:
    """Text of a line's characters, with a space for a gap that is one: between Latin letters, or as wide as a character."""
    text = ""
    for before, char in zip([None, *chars], chars, strict=False):
        gap = char["x0"] - before["x1"] if before else 0.0
        if gap > char["size"] or (gap > 0.2 * char["size"] and LATIN.search(text) and LATIN.search(char["text"])):
            text += "" if text.endswith(" ") or char["text"] == " " else " "
        text += char["text"]
    return text


def _close_up(text: str) -> str:
    """*text* of a cell without the spaces that setting puts between Chinese characters."""
    return re.sub(r"(?<=[\u2e80-\u9fff\uff00-\uffef“”]) (?=[\u2e80-\u9fff\uff00-\uffef“”])", "", text)
