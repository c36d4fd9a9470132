"""Page numbers and running heads in plain text, as text copied out of a paged document has them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from knowledge.paragraph import fold_space, tidy

#: — 3 — and 第 3 页 共 12 页
_PAGE_LINE = re.compile(r"(?:[-－—–―─·]+\s*\d{1,3}\s*[-－—–―─·]+|第\s*\d{1,3}\s*页(?:\s*[,，/／]?\s*共\s*\d{1,3}\s*页)?)")
#: 3, 3/12: a number alone must stand at a page break.
_LONE_NUMBER = re.compile(r"\d{1,3}(?:\s*[/／]\s*\d{1,3})?")
_MAX_HEAD_CHARS = 50


def is_page_line(text: str) -> bool:
    """Whether *text* is a page number set apart by marks or words: — 3 —, 第 3 页."""
    return bool(_PAGE_LINE.fullmatch(text))


def without_page_marks(lines: Sequence[str]) -> list[str]:
    """*lines* without page numbers, and without running heads repeated above or below the page breaks, but for the first.

    Args:
        lines: Lines of a text, empty ones left out; a form feed stands at the start of a page's first line.
    """
    seen = [tidy(line) for line in lines]
    breaks = {i for i, line in enumerate(lines) if "\f" in line}
    marks = {i for i, line in enumerate(seen) if is_page_line(line)}
    marks |= {i - 1 for i in breaks if i and _LONE_NUMBER.fullmatch(seen[i - 1])}
    # Where pages meet: the lines that touch a page number or a form feed.
    edges = ({j for i in marks for j in (i - 1, i + 1)} | breaks | {i - 1 for i in breaks}) - marks
    at_edges = Counter(fold_space(seen[i]) for i in {0, *edges} if 0 <= i < len(lines))
    heads = {text for text, count in at_edges.items() if count > 1 and 0 < len(text) <= _MAX_HEAD_CHARS}
    return [
        line.replace("\f", "") for i, line in enumerate(lines) if i not in marks and not (i and i in edges and fold_space(seen[i]) in heads)
    ]
