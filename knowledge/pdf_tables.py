"""Tables without rules: lines whose pieces stand below each other in columns become rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from knowledge.paragraph import make_row
from knowledge.pdf_lines import Line, Page, Piece

#: Cells of a table are short; longer pieces side by side are columns of text.
_MAX_MEAN_CHARS = 18
#: Rows are at most this many line heights apart, and this much more than the rows above them.
_MAX_GAP, _GAP_SLACK = 4.0, 1.4
#: Some gap of a table's lines is this many times as wide as a character.
_WIDE = 1.4
#: Where gaps differ by more than this share of a line's height, the small ones part the lines of a cell, not rows.
_UNLIKE_GAPS = 0.35


#: Where the pieces of a table stand, as (left, right) in points from the page's left edge.
Columns = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines *start* to *end* of a page, and the columns their pieces stand in."""

    start: int
    end: int
    columns: Columns


def with_rows(pages: Sequence[Page]) -> list[Page]:
    """*pages* with their tables without rules as rows."""
    found: list[Page] = []
    columns: Columns = ()  # of the table that the page before ended with
    for page in pages:
        lines: list[Line] = []
        at = 0
        while at < len(page.lines):
            block = _block(page.lines, at, columns if not at else ())
            columns = ()
            if block is None:
                lines.append(page.lines[at])
                at += 1
                continue
            start = block.start
            while lines and _hangs_above(lines[-1], page.lines[start], block.columns):
                lines.pop()
                start -= 1
            lines += _rows(page.lines[start : block.end], block.columns)
            at = block.end
            columns = block.columns
        found.append(replace(page, lines=tuple(lines)))
    return found


def _block(lines: Sequence[Line], start: int, before: Columns) -> _Block | None:
    """The table that begins with line *start*, or goes on there with the columns of the one *before*; None when none does."""
    if len(lines[start].pieces) < 2:
        return None
    columns = _columns(lines[start : start + 1])
    end, widest = start + 1, 0.0
    rows = [lines[start]]
    for i in range(start + 1, len(lines)):
        line, gap = lines[i], lines[i].top - lines[i - 1].bottom
        if line.row is not None or not _is_near(line, gap, lines[start], widest):
            break
        wider = _columns(lines[start : i + 1])
        held = {_column_of(piece, columns) for piece in line.pieces}
        if len(line.pieces) < 2:
            if len(wider) < len(columns) or i - end > 2:
                break
            if len(rows) > 1 and held.isdisjoint({0, None}):  # the further line of a cell
                end = i + 1
            continue
        if len(wider) < 2 or _merges(columns, wider, _WIDE * line.size) or len({_column_of(p, wider) for p in line.pieces}) < 2:
            break
        widest = max(widest, gap) if i == end else widest
        columns, end = wider, i + 1
        rows.append(line)
    columns = _columns(lines[start:end])
    pieces = [piece for line in lines[start:end] for piece in line.pieces]
    wide = sum(_is_wide(line) for line in rows)
    if before and len(rows) == 1 and len({_column_of(piece, before) for piece in lines[start].pieces} - {None}) == len(lines[start].pieces):
        return _Block(start, end, before)
    if len(rows) < 2 or len(columns) < 2 or 2 * wide < len(rows) or sum(len(p.text) for p in pieces) > _MAX_MEAN_CHARS * len(pieces):
        return None
    return _Block(start, end, tuple(columns))


def _hangs_above(line: Line, first: Line, columns: Sequence[tuple[float, float]]) -> bool:
    """Whether *line* is the first one of a cell of more lines than those beside it in the row of *first*."""
    return len(line.pieces) == 1 and line.bottom > first.top and _column_of(line.pieces[0], columns) is not None


def _is_near(line: Line, gap: float, first: Line, widest: float) -> bool:
    """Whether *line* may be a row of the table that begins with *first*, by its size and distance."""
    height = line.bottom - line.top
    is_alike = abs(line.size - first.size) <= 0.2 * first.size
    return is_alike and gap <= _MAX_GAP * height and (not widest or gap <= _GAP_SLACK * max(widest, 0.5 * height))


def _is_wide(line: Line) -> bool:
    return any(right.left - left.right >= _WIDE * line.size for left, right in pairwise(line.pieces))


def _columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Where pieces stand, those above each other put together."""
    found: list[tuple[float, float]] = []
    for piece in sorted((piece for line in lines for piece in line.pieces), key=lambda piece: piece.left):
        if found and piece.left < found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], piece.right)
        else:
            found.append((piece.left, piece.right))
    return found


def _merges(before: Sequence[tuple[float, float]], after: Sequence[tuple[float, float]], wide: float) -> bool:
    """Whether columns that a *wide* gutter parted are one in *after*."""
    gutters = [(left[1], right[0]) for left, right in pairwise(before) if right[0] - left[1] >= wide]
    return any(left <= low and right >= high for low, high in gutters for left, right in after)


def _column_of(piece: Piece, columns: Sequence[tuple[float, float]]) -> int | None:
    """The column that *piece* stands in; None when it stands in several or beside all."""
    over = [k for k, (left, right) in enumerate(columns) if piece.left < right and piece.right > left]
    return over[0] if len(over) == 1 else None


def _rows(lines: Sequence[Line], columns: Sequence[tuple[float, float]]) -> list[Line]:
    cells = [_cells(line, columns) for line in lines]
    gaps = [below.top - above.bottom for above, below in pairwise(lines)] or [0.0]
    height = min(line.bottom - line.top for line in lines)
    unlike = max(gaps) - min(gaps) > _UNLIKE_GAPS * height
    small = (max(gaps) + min(gaps)) / 2 if unlike else -0.1 * height
    groups: list[list[int]] = [[0]]
    for i in range(1, len(lines)):
        above = cells[groups[-1][-1]]
        partial = not all(cells[i]) or not all(above)
        further = not unlike and not cells[i][0] and sum(map(bool, cells[i])) == 1
        if partial and (gaps[i - 1] < small or further):
            groups[-1].append(i)
        else:
            groups.append([i])
    rows: list[Line] = []
    for group in groups:
        joined = ["".join(cells[i][k] for i in group) for k in range(len(columns))]
        first, last = lines[group[0]], lines[group[-1]]
        if row := make_row(joined):
            rows.append(replace(first, text=row.text, bottom=last.bottom, size=0.0, row=row, pieces=()))
    return rows


def _cells(line: Line, columns: Sequence[tuple[float, float]]) -> list[str]:
    return [" ".join(piece.text for piece in line.pieces if _column_of(piece, columns) == k) for k in range(len(columns))]
