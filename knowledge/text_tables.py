"""Tables in plain text: columns parted by tabs or wide spaces, or a cell a line, the way they are pasted from pages and papers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.numbering import parse_heading
from knowledge.paragraph import CELL_SEPARATOR, Paragraph, make_row, tidy
from knowledge.wrapped_lines import join_wrapped

#: A number set apart from its heading by a tab or spaces is no cell.
_NUMBER_APART = re.compile(
    r"^(\s*(?:[一二三四五六七八九十]{1,3}\s?[、．.]|第[一二三四五六七八九十\d]{1,3}(?:部分|章|节)|[(（]\s?[一二三四五六七八九十\d]{1,3}\s?[)）]|\d{1,2}[.．、]|[①-⑳]))\s+"
)
_WIDE = re.compile(r"\t+ *| {2,}\t*")
_FIGURE = re.compile(r"[-+－]?\d[\d,，]*(?:\.\d+)?[%％‰]?|[/／—-]")
#: A row copied from a paper, a space before each of its figures, has at least this many.
_LEAST_SPACED = 3
_MAX_CELL_CHARS = 80
_MAX_LABEL_CHARS = 60
#: A table pasted a cell a line has at least this many figures after a row's name.
_MIN_FIGURES = 2


def read_lines(lines: Sequence[str]) -> list[Paragraph]:
    """*lines* of a text as paragraphs, rows of tables among them; empty lines are left out."""
    printed = join_wrapped([line for line in lines if tidy(line)])
    cells = [_cells(line) for line in printed]
    paragraphs: list[Paragraph] = []
    for i, line in enumerate(printed):
        near = {len(cells[j]) for j in (i - 1, i + 1) if 0 <= j < len(cells)}
        row = make_row(cells[i]) if _is_row(line, cells[i], near) else None
        text = tidy(line)
        paragraphs.append(row or Paragraph(text, is_row=CELL_SEPARATOR in text))
    return _with_merged_rows(_with_rows_of_lines(paragraphs))


def _cells(line: str) -> list[str]:
    stripped = _NUMBER_APART.sub(r"\1", line.strip(" \u3000\r\n").lstrip())
    cells = stripped.split("\t") if "\t" in stripped else _WIDE.split(stripped)
    if len(cells) == 1:
        cells = _figures_last(stripped)
    return cells if all(len(cell) <= _MAX_CELL_CHARS for cell in cells) else [stripped]


def _figures_last(line: str) -> list[str]:
    """The cells of a row copied from a paper: its name and its figures, with a space before each; *line* alone for any other."""
    words = line.split(" ")
    name = len(words)
    while name and _FIGURE.fullmatch(words[name - 1]):
        name -= 1
    return [" ".join(words[:name]), *words[name:]] if name and len(words) - name >= _LEAST_SPACED else [line]


def _is_row(line: str, cells: Sequence[str], near: set[int]) -> bool:
    """Whether *line* is a row: tabs beside another such line or two of them, or as many wide gaps as the line beside it."""
    if "\t" in line.lstrip():
        return len(cells) > 2 or (len(cells) == 2 and all(map(str.strip, cells)) and any(count > 1 for count in near))
    return len(cells) > 2 and len(cells) in near


def _with_rows_of_lines(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Rows put together where a name and its figures stand on lines of their own."""
    found: list[Paragraph] = []
    i = 0
    while i < len(paragraphs):
        end = i + 1
        while end < len(paragraphs) and _FIGURE.fullmatch(paragraphs[end].text):
            end += 1
        row = make_row([p.text for p in paragraphs[i:end]]) if _is_name(paragraphs[i]) and end - i > _MIN_FIGURES else None
        if row:
            _mark_group(found, row)
            found.append(row)
            i = end
        else:
            found.append(paragraphs[i])
            i += 1
    return found


def _with_merged_rows(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """A numbered name without cells between two rows is one itself when it counts on from those above: its cells were merged."""
    found = list(paragraphs)
    for i, paragraph in enumerate(found):
        heading = None if paragraph.is_row else parse_heading(paragraph.text)
        if heading is None or not _is_name(paragraph) or i + 1 == len(found) or not found[i + 1].is_row:
            continue
        first = next((j for j in range(i, 0, -1) if not found[j - 1].is_row), 0)
        numbers = [h.number for row in found[first:i] if (h := parse_heading(row.text)) and h.form is heading.form]
        if numbers and heading.number == numbers[-1] + 1:
            found[i] = Paragraph(paragraph.text, is_row=True)
    return found


def _is_name(paragraph: Paragraph) -> bool:
    text = paragraph.text
    return not paragraph.is_row and len(text) <= _MAX_LABEL_CHARS and text[-1] not in "。；;：:" and not _FIGURE.fullmatch(text)


def _mark_group(above: list[Paragraph], row: Paragraph) -> None:
    """A numbered name without figures right above a numbered row is the row of its group: 三、本年度办理结果 above （一）予以公开."""
    numbered = parse_heading(row.text) is not None
    at = len(above) - 1
    while numbered and at >= 0 and _is_name(above[at]) and parse_heading(above[at].text):
        above[at] = Paragraph(above[at].text, is_row=True)
        at -= 1
