"""Places in a report as a channel's buttons and links name them, and what lies around them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from bot.compose import source_line
from bot.follow_up import beside
from bot.messages import Citation
from knowledge.library import Library, ReportKnowledge
from knowledge.records import Section, SectionKind

#: Characters of a report's key: 24 bits, so that two of a thousand reports share one once in 30 collections.
_KEY_CHARS = 6
_PRINTED = {SectionKind.PART, SectionKind.ARTICLE, SectionKind.ITEM}


@dataclass(frozen=True, slots=True)
class Place:
    """A section, or the whole report where ``section`` is empty.

    Attributes:
        report: Report id.
        section: Section id.
        label: What to call it: number and heading, or the report's title.
    """

    report: str
    section: str
    label: str


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a table of contents.

    Attributes:
        here: Where it is.
        title: Title of the report.
        above: The level above; None at the top.
        below: What is below, in printed order.
        leaves: Of these, the ids of the sections with nothing below.
    """

    here: Place
    title: str
    above: Place | None
    below: tuple[Place, ...]
    leaves: frozenset[str]


@lru_cache(maxsize=4096)
def report_key(report: str) -> str:
    """A short name of a report that stays the same from release to release: six characters of a to z and 2 to 7."""
    digest = int.from_bytes(hashlib.sha256(report.encode()).digest()[:4], "big")
    return "".join("abcdefghijklmnopqrstuvwxyz234567"[digest >> shift & 31] for shift in range(0, 5 * _KEY_CHARS, 5))


def report_of_key(key: str, library: Library) -> str:
    """Id of the report with that key; empty where the library has none."""
    return next((header.report.id for header in library.headers if report_key(header.report.id) == key), "")


def has_section(report: str, section: str, library: Library) -> bool:
    """Whether the library holds that section."""
    known = library.report(report)
    return bool(known and known.section(section))


def neighbour(report: str, section: str, distance: int, library: Library) -> Place | None:
    """The section with text that is next (1) or before (-1) in printed order; None at either end, and for a place unknown."""
    known = library.report(report)
    here = known.section(section) if known else None
    found = beside(known, here, distance) if known and here else None
    return _place(found) if found else None


def contents_level(report: str, section: str, library: Library) -> Level | None:
    """What is below a section, or at the top of a report where *section* is empty; None for a place unknown."""
    known = library.report(report or library.default.report.id)
    here = known.section(section) if known and section else None
    if known is None or (section and here is None):
        return None
    sections = known.report.sections
    below = [s for s in sections if s.parent == (section or None) and s.kind in _PRINTED] or ([] if section else _with_text(known))
    parents = {s.parent for s in sections if s.kind in _PRINTED}
    whole = Place(known.report.id, "", known.report.title)
    parent = known.section(here.parent) if here and here.parent else None
    above = None if here is None else _place(parent) if parent else whole
    leaves = frozenset(s.id for s in below if s.id not in parents)
    return Level(_place(here) if here else whole, known.report.title, above, tuple(map(_place, below)), leaves)


def citation_text(citation: Citation, library: Library, *, max_chars: int) -> str:
    """The quote and where it stands, to be pasted elsewhere; cut at the end of the quote where the whole is too long."""
    known = library.report(citation.report)
    section = known.section(citation.section) if known else None
    source = source_line(known.report, section) if known and section else f"——{citation.label}"
    room = max_chars - len(source) - 3
    quote = citation.quote if len(citation.quote) <= room else citation.quote[: max(room - 2, 0)] + "……"
    return f"“{quote}”\n{source}"[:max_chars]


def source_of(citation: Citation, library: Library) -> str:
    """The citation line: 《title》(number) label section title; empty for a report that is not served."""
    known = library.report(citation.report)
    section = known.section(citation.section) if known else None
    return source_line(known.report, section) if known and section else ""


def section_text(citation: Citation, library: Library) -> str:
    """The whole text of the cited section; empty where it has none, or is not served."""
    known = library.report(citation.report)
    section = known.section(citation.section) if known else None
    return section.text if section else ""


def _with_text(known: ReportKnowledge) -> list[Section]:
    """The text of a report without numbers."""
    return [s for s in known.report.sections if s.kind is SectionKind.PREAMBLE]


def _place(section: Section) -> Place:
    label = section.label if section.title == section.label else f"{section.label} {section.title}"
    return Place(section.report, section.id, label)
