"""Pages set in two columns, as gazettes are: where the columns part, and in which order what stands there is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

#: The gutter lies in this middle part of the page's width, and is at least this wide in points.
_MIDDLE = (0.38, 0.62)
_MIN_GUTTER, _STEP = 10.0, 3.0
#: Each column holds at least this many lines and this share of the page's lines.
_MIN_LINES, _MIN_SHARE = 5, 0.2
#: At most this share of the lines crosses the gutter: a title, a running head.
_MAX_CROSSING = 0.25
#: At least this share of the left column's lines is full; the cells of a table are not.
_MIN_FULL, _RAGGED = 0.5, 36.0
#: Characters this near each other are of one piece, and this near in height of one line.
_SAME_PIECE, _SAME_LINE = 6.0, 3.0


@dataclass(frozen=True, slots=True)
class Box:
    """Where a character or a row stands, in points from the page's left and top edge."""

    left: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class Columns:
    """A page's two columns.

    Attributes:
        gutter: The middle of the strip between them, in points from the left edge.
        shift: How far the right column's beginning lies right of the left one's, in points.
        crossing: Heights of the lines that stand across both.
    """

    gutter: float
    shift: float
    crossing: tuple[float, ...]

    def crosses(self, top: float) -> bool:
        """Whether what stands at this height stands across both columns."""
        return any(abs(top - height) < _SAME_LINE for height in self.crossing)

    def order(self, box: Box) -> tuple[int, int, float]:
        """A key that sorts into reading order: down the left column, then the right one, between the lines across both."""
        above = sum(height < box.top - _SAME_LINE for height in self.crossing)
        if self.crosses(box.top):
            return 2 * above, 0, box.top
        return 2 * above + 1, int(self.is_right(box)), box.top

    def is_right(self, box: Box) -> bool:
        """Whether *box* stands in the right column."""
        return (box.left + box.right) / 2 > self.gutter


def find_columns(boxes: Iterable[Box], width: float, *, before: Columns | None = None) -> Columns | None:
    """The columns of a page; None for a page in one column.

    Args:
        boxes: Where its characters stand.
        width: The page's width in points.
        before: The columns of the page before it, which go on here, maybe with a few lines, unless a line of text crosses them.
    """
    lines = _pieces(boxes)
    best: Columns | None = None
    at = _MIDDLE[0] * width
    while at < _MIDDLE[1] * width:
        low, high = at - _MIN_GUTTER / 2, at + _MIN_GUTTER / 2
        crossing = [line[0].top for line in lines if any(piece.left < high and piece.right > low for piece in line)]
        apart = [line for line in lines if line[0].top not in crossing]
        ends = [max(piece.right for piece in line if piece.right <= low) for line in apart if line[0].right <= low]
        starts = [min(piece.left for piece in line if piece.left >= high) for line in apart if line[-1].left >= high]
        enough = min(len(ends), len(starts)) >= max(_MIN_LINES, _MIN_SHARE * len(lines)) and len(crossing) <= _MAX_CROSSING * len(lines)
        if enough and (best is None or len(crossing) < len(best.crossing)):
            full = sum(end > max(ends) - _RAGGED for end in ends)
            if full >= _MIN_FULL * len(ends):
                shift = min(starts) - min(line[0].left for line in apart if line[0].right <= low)
                best = Columns(at, shift, tuple(crossing))
        at += _STEP
    return best or _going_on(lines, before)


def _going_on(lines: list[list[Box]], before: Columns | None) -> Columns | None:
    if before is None:
        return None
    crossing = [line[0].top for line in lines if any(piece.left < before.gutter < piece.right for piece in line)]
    return replace(before, crossing=tuple(crossing)) if len(crossing) <= _MAX_CROSSING * len(lines) else None


def _pieces(boxes: Iterable[Box]) -> list[list[Box]]:
    """Lines from the top down, each a list of pieces from the left, a piece being characters without a gap."""
    lines: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: (box.top, box.left)):
        if lines and box.top - lines[-1][0].top < _SAME_LINE:
            lines[-1].append(box)
        else:
            lines.append([box])
    joined: list[list[Box]] = []
    for line in lines:
        pieces: list[Box] = []
        for box in sorted(line, key=lambda box: box.left):
            if pieces and box.left - pieces[-1].right < _SAME_PIECE:
                pieces[-1] = Box(pieces[-1].left, max(pieces[-1].right, box.right), line[0].top)
            else:
                pieces.append(Box(box.left, box.right, line[0].top))
        joined.append(pieces)
    return joined
