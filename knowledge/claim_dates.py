"""The dates of a claim against the dates of a section, each with what it is the date of."""

from __future__ import annotations

import re

from knowledge.claim_amounts import common
from knowledge.claim_parts import ClaimPart, Support

_DATE = re.compile(
    r"(?:(?P<y>(?:19|20)\d\d)年?(?:度)?)?(?:(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})[日号])?)|(?P<y2>(?:19|20)\d\d)年|(?P<iso>(?:19|20)\d\d-\d\d-\d\d)"
)

#: 从2017年就开始 against 从2019年起.
_BEGINS = re.compile(r"[从自]$")

DateParts = tuple[int | None, int | None, int | None]


def check_dates(claim: str, text: str, years: set[int]) -> list[ClaimPart]:
    """Each date of the claim against the date of the clause or line that speaks of the same thing."""
    stated = [(m, _date_parts(m)) for m in _DATE.finditer(text)]
    parts = []
    for match in _DATE.finditer(claim):
        wanted = _date_parts(match)
        agreeing = [m for m, have in stated if _same_date(wanted, have)]
        label = _clause_around(claim, match)
        # A day is told by days: the year in a title says nothing on when something was published.
        comparable = [pair for pair in stated if wanted[1] is None or pair[1][1] is not None] or stated
        near = max(comparable, key=lambda pair: (common(label, _clause_around(text, pair[0])), _same_date(wanted, pair[1])), default=None)
        if near is None:
            whole = wanted[1] is None and wanted[0] in years
            parts += [] if whole else [ClaimPart(match[0], Support.NOT_ENOUGH_INFO)]
        elif not _same_date(wanted, near[1]):
            begins = bool(_BEGINS.search(claim[: match.start()])) and bool(_BEGINS.search(text[: near[0].start()]))
            bound = begins or (common(label, _clause_around(text, near[0])) >= 2 and (wanted[1] is not None or not agreeing))
            if bound:
                parts.append(ClaimPart(match[0], Support.REFUTED, near[0][0]))
            elif not agreeing and not (wanted[1] is None and wanted[0] in years):
                parts.append(ClaimPart(match[0], Support.NOT_ENOUGH_INFO))
        elif wanted[1] is not None:
            parts.append(ClaimPart(match[0], Support.SUPPORTED, near[0][0]))
    return parts


def _date_parts(match: re.Match[str]) -> DateParts:
    if match["iso"]:
        year, month, day = match["iso"].split("-")
        return int(year), int(month), int(day)
    year = match["y"] or match["y2"]
    return (int(year) if year else None, int(match["m"]) if match["m"] else None, int(match["d"]) if match["d"] else None)


def _same_date(wanted: DateParts, have: DateParts) -> bool:
    return all(w is None or h is None or w == h for w, h in zip(wanted, have, strict=True)) and any(
        w is not None and w == h for w, h in zip(wanted, have, strict=True)
    )


def _clause_around(text: str, match: re.Match[str]) -> str:
    start = max((text.rfind(mark, 0, match.start()) for mark in ",。;\n"), default=-1) + 1
    ends = [e for mark in ",。;\n" if (e := text.find(mark, match.end())) >= 0]
    before = text[start : match.start()] or text[max(0, start - 12) : start]
    return before + text[match.end() : min(ends, default=len(text))]
