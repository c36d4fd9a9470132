"""The figures and dates a section states, each with its exact place."""

from __future__ import annotations

import re

from knowledge.normalize import arabic_numerals, fold, pieces
from knowledge.records import Figure, Section
from knowledge.span import CLAUSE_MARKS, clauses, trimmed

_UNITS = (
    "万人次|万人|万件|万元|亿元|件|条|天|起|个|人次|人|名|家|台|次|场|宗|部|项|处|份|元|万元|亿元|%"
    "|日内|日|年|月|小时|分|级|倍|平方米|公里|所|期|批|户"
)
_DATE = re.compile(
    r"(?P<y>(?:19|20)\d\d)(?:年(?:度)?(?:(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})日)?)?|-(?P<m2>\d\d)-(?P<d2>\d\d)(?: (?P<t>\d\d:\d\d))?)"
)
_NUMBER = re.compile(rf"(?<![\d.〔—\-])(?P<n>\d+(?:,\d{{3}})*(?:\.\d+)?)(?P<u>{_UNITS})")
_CHINESE = re.compile(
    r"(?P<n>[一二两三四五六七八九十百千]{1,6})(?P<u>起(?=[关案行民涉“])|年(?![度来初])|级(?!市)|件|名|家|人(?!民)|次(?!性)|倍|所)"
)
_TRAILING = re.compile(r"(?:共|已|约|近|达|超过|于|从|以|按照|人均|的|为|对)+$")
_LEADING = re.compile(r"^(?:其中|并对|已|共|对)")


def extract_figures(section: Section) -> list[Figure]:
    """Figures and dates of *section* in order of place; [] when it states none."""
    text = section.text
    found: dict[int, tuple[int, str, str]] = {}
    for match in _DATE.finditer(text):
        month, day = match["m"] or match["m2"], match["d"] or match["d2"]
        value = "-".join([match["y"], *(part.zfill(2) for part in (month, day) if part)])
        found[match.start()] = (match.end(), f"{value} {match['t']}" if match["t"] else value, "date")
    taken = [(start, end) for start, (end, _, _) in found.items()]
    for pattern in (_NUMBER, _CHINESE):
        for match in pattern.finditer(text):
            if any(s < match.end() and match.start() < e for s, e in taken):
                continue
            value = match["n"].replace(",", "")
            found[match.start()] = (match.end(), value if value.isascii() else _digits(value), match["u"])
            taken.append(match.span())
    parts = clauses(text)
    return [_figure(section, parts, start, *found[start]) for start in sorted(found)]


def _figure(section: Section, parts: list[tuple[int, int]], start: int, end: int, value: str, unit: str) -> Figure:
    clause = next((s, e) for s, e in parts if s <= start < e)
    quote_start, quote_end = trimmed(section.text, clause)
    before = section.text[quote_start:start]
    subject = before.rsplit("、", 1)[-1].strip()
    subject = before.strip() if len(subject) < 2 else subject  # 市、乡两级: one character is no subject
    subject = _LEADING.sub("", _TRAILING.sub("", subject)) or section.text[end : end + 12].strip().strip(CLAUSE_MARKS)
    subject = subject.split("\n")[-1].strip()
    quote = section.text[quote_start:quote_end].rstrip(CLAUSE_MARKS)
    return Figure(section.id, section.label, value, unit, subject, quote, start, end)


def _digits(numeral: str) -> str:
    # The counted form is what arabic_numerals knows; the unit is only a carrier here.
    return arabic_numerals(fold(f"{numeral}件")).removesuffix("件")


def _ungrouped(text: str) -> str:
    return re.sub(r"(?<=\d),(?=\d{3})", "", "".join(arabic_numerals(fold(piece)) for piece in pieces(text)))


_ANY_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def numbers_in(text: str) -> set[str]:
    """Every number that *text* states, Chinese numerals included, as plain decimals: for the number lock."""
    return {n.lstrip("0") or "0" for n in _ANY_NUMBER.findall(_ungrouped(text))}
