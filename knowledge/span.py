"""Which words of a section are shown: sentences, clauses, and a quote of at most 160 characters around given spans."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: The contract's limit for a citation's quote.
MAX_QUOTE_CHARS = 160

_SENTENCE = re.compile(r"[^。!！?？;；\n]*[。!！?？;；\n]+[”’」』》)]*|[^。!！?？;；\n]+$")
# A comma inside a number (1,048) ends no clause; neither does a pause mark inside 《…》 (see _protected).
_CLAUSE_END = re.compile(r"[。!！?？;；\n]+[”’」』)]*|[,，、:：](?!\d)|(?<!\d)[,，、:：]")
#: What may stand at the end of a clause and says nothing.
CLAUSE_MARKS = ",，、;；:：。"
_NAME = re.compile(r"《(?:[^《》]|《[^《》]*》)*》")
_PROTECTED = re.compile(r"《[^》]*》(?:[^《》]{0,20}》)?|“[^”]{0,40}”|\d[\d,.:\-—年月日%]*")

Range = tuple[int, int]


def sentences(text: str) -> list[Range]:
    """Ranges of the sentences of *text*, in order; together they cover it. A semicolon ends one too."""
    guarded = [match.span() for match in _NAME.finditer(text)]
    ranges: list[Range] = []
    for match in _SENTENCE.finditer(text):
        if ranges and any(s < ranges[-1][1] < e for s, e in guarded):  # a mark inside 《…》 ends no sentence
            ranges[-1] = (ranges[-1][0], match.end())
        elif match[0]:
            ranges.append(match.span())
    return ranges


def clauses(text: str) -> list[Range]:
    """Ranges of the clauses of *text*, in order, never cut inside a number, 《…》 or “…”."""
    guarded = [match.span() for match in _PROTECTED.finditer(text)]
    ends = [m.end() for m in _CLAUSE_END.finditer(text) if not any(s < m.end() < e for s, e in guarded)]
    starts = [0, *ends]
    return [(s, e) for s, e in zip(starts, [*ends, len(text)], strict=True) if e > s]


def locate(text: str, spans: Sequence[str]) -> Range | None:
    """The smallest range that covers the first place of each span; None when one is missing or there are none."""
    places = [text.find(span) for span in spans]
    if not places or min(places) < 0:
        return None
    return min(places), max(p + len(s) for p, s in zip(places, spans, strict=True))


def quote_around(text: str, wanted: Range, *, max_chars: int = MAX_QUOTE_CHARS) -> Range:
    """Widen *wanted* to whole sentences, or, where those are too long, to as many whole clauses as fit.

    Returns:
        A range of at most *max_chars* characters that covers *wanted*, or its first clauses when it is longer.
    """
    start, end = wanted
    whole = _cover(sentences(text), wanted)
    if whole[1] - whole[0] <= max_chars:
        return trimmed(text, whole)
    parts = clauses(text)
    inner = [i for i, (s, e) in enumerate(parts) if e > start and s < end]
    first, last = inner[0], inner[-1]
    while last > first and parts[last][1] - parts[first][0] > max_chars:
        last -= 1
    if parts[last][1] - parts[first][0] > max_chars:
        return trimmed(text, (start, _safe_cut(text, start, min(end, start + max_chars))))
    while True:  # clauses after first: what follows a figure usually finishes its sentence
        if last + 1 < len(parts) and parts[last + 1][1] <= whole[1] and parts[last + 1][1] - parts[first][0] <= max_chars:
            last += 1
        elif first > 0 and parts[first - 1][0] >= whole[0] and parts[last][1] - parts[first - 1][0] <= max_chars:
            first -= 1
        else:
            return trimmed(text, (parts[first][0], parts[last][1]))


def _safe_cut(text: str, start: int, cut: int) -> int:
    """The last place up to *cut* that is not inside a number, 《…》 or “…”; *cut* where all of it is."""
    inside = [s for s, e in (m.span() for m in _PROTECTED.finditer(text)) if s < cut < e and s > start]
    return min(inside, default=cut)


def trimmed(text: str, span: Range) -> Range:
    """The same range without white space at its ends."""
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _cover(ranges: Sequence[Range], wanted: Range) -> Range:
    touched = [r for r in ranges if r[1] > wanted[0] and r[0] < wanted[1]]
    return (touched[0][0], touched[-1][1]) if touched else wanted
