"""Short codes that stand for a quoted clause, so that whoever is shown one can look up whether and where it was published.

A code needs no store: its 60 bits are 20 of the hash of the document's file, 9 of the hash of the clause and its section, 23 for where the
clause stands in the document and 8 for its length. They are mixed before they are written, so that one wrong character changes every bit:
a mistyped code is taken for a real one once in half a billion times a document.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from bot.messages import Citation
from knowledge.library import Library, ReportKnowledge
from knowledge.records import Report, Section

#: Crockford's base 32, https://www.crockford.com/base32.html: no I, L, O, U; I and L read as 1, O as 0.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {**{char: value for value, char in enumerate(_ALPHABET)}, "I": 1, "L": 1, "O": 0}
_CHARS = 12
_BITS = 60
_DOCUMENT_BITS, _CLAUSE_BITS, _PLACE_BITS, _LENGTH_BITS = 20, 9, 23, 8
#: Any odd number mixes; this one is 2 to the 60th over the golden ratio.
_MIXER = 0x9E3779B97F4A7C1
_SHIFT = 31
#: For as long as a report is in use: every answer shows a code.
_PLACES: WeakKeyDictionary[ReportKnowledge, dict[str, int]] = WeakKeyDictionary()
_SEPARATORS = re.compile(r"[\s\-‐-―－_.·]+")


@dataclass(frozen=True, slots=True)
class CodedClause:
    """What a code stands for.

    Attributes:
        report: The report, as the release knows it.
        section: The section.
        quote: The clause, verbatim; the section's title where the code stands for the section as a whole.
        release: Id of the release that it was found in.
    """

    report: Report
    section: Section
    quote: str
    release: str


def code_of(citation: Citation, library: Library) -> str:
    """The code of a cited clause, as ``XXXX-XXXX-XXXX``; empty where the library does not hold it or the document is too long.

    A quote that is not in the section's text is its title; the code then stands for the section as a whole.
    """
    known = library.report(citation.report)
    section = known.section(citation.section) if known else None
    if known is None or section is None:
        return ""
    start = max(section.text.find(citation.quote), 0) if citation.quote else 0
    length = len(citation.quote) if citation.quote and citation.quote in section.text else 0
    place = _places(known)[section.id] + start
    if place >> _PLACE_BITS or length >> _LENGTH_BITS:
        return ""
    document = _document_bits(known.report.source_sha256)
    clause = _clause_bits(known.report, section, section.text[start : start + length])
    packed = ((document << _CLAUSE_BITS | clause) << _PLACE_BITS | place) << _LENGTH_BITS | length
    return _written(_mixed(packed))


def parse_code(typed: str) -> int | None:
    """The number that a typed code writes, in [0, 2**60); None where it is no code. Case, spaces and dashes do not matter."""
    bare = _SEPARATORS.sub("", typed.translate(_HALF_WIDTH)).upper()
    if len(bare) != _CHARS or not set(bare) <= _VALUES.keys():
        return None
    number = 0
    for char in bare:
        number = number << 5 | _VALUES[char]
    return number


def find_clause(code: int, library: Library) -> CodedClause | None:
    """The clause that *code*, as ``parse_code`` gives it, stands for in *library*; None where none of its reports has it."""
    packed = _unmixed(code)
    length = packed & (1 << _LENGTH_BITS) - 1
    place = packed >> _LENGTH_BITS & (1 << _PLACE_BITS) - 1
    clause = packed >> _LENGTH_BITS + _PLACE_BITS & (1 << _CLAUSE_BITS) - 1
    document = packed >> _LENGTH_BITS + _PLACE_BITS + _CLAUSE_BITS
    for header in library.headers:
        if _document_bits(header.report.source_sha256) != document or (known := library.report(header.report.id)) is None:
            continue
        section = _section_at(place, known.report)
        start = place - _places(known)[section.id] if section else 0
        if section is None or start + length > len(section.text):
            continue
        quote = section.text[start : start + length]
        if _clause_bits(known.report, section, quote) == clause:
            return CodedClause(known.report, section, quote or section.title, library.release)
    return None


def may_know(code: int, source_sha256: str) -> bool:
    """Whether *code* may be of the document with that hash: without opening it."""
    return _unmixed(code) >> _LENGTH_BITS + _PLACE_BITS + _CLAUSE_BITS == _document_bits(source_sha256)


#: Full-width forms to the ASCII ones; a table like ``str.maketrans`` makes.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def _document_bits(sha256: str) -> int:
    return int(sha256[:8] or "0", 16) >> 32 - _DOCUMENT_BITS


def _clause_bits(report: Report, section: Section, quote: str) -> int:
    said = "\n".join([report.source_sha256, section.id, section.title, quote])
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:4], "big") >> 32 - _CLAUSE_BITS


def _places(known: ReportKnowledge) -> dict[str, int]:
    """Where each section's text begins when all are written one after the other; a bare heading takes one place as well."""
    if (found := _PLACES.get(known)) is None:
        found, at = {}, 0
        for section in known.report.sections:
            found[section.id] = at
            at += len(section.text) + 1
        _PLACES[known] = found
    return found


def _section_at(place: int, report: Report) -> Section | None:
    at = 0
    for section in report.sections:
        if place <= at + len(section.text):
            return section
        at += len(section.text) + 1
    return None


def _mixed(number: int) -> int:
    number ^= number >> _SHIFT
    number = number * _MIXER % (1 << _BITS)
    return number ^ number >> _SHIFT


def _unmixed(number: int) -> int:
    number ^= number >> _SHIFT  # shifted by more than half of the bits, it undoes itself
    number = number * pow(_MIXER, -1, 1 << _BITS) % (1 << _BITS)
    return number ^ number >> _SHIFT


def _written(number: int) -> str:
    chars = "".join(_ALPHABET[number >> shift & 31] for shift in range(_BITS - 5, -1, -5))
    return "-".join(chars[i : i + 4] for i in range(0, _CHARS, 4))
