"""Places in a report as a channel's buttons and links name them, and what lies around them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from bot.compose import source_line
from bot.follow_up import beside
from bot.messages import Citation
from bot.verify_code import code_of
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


class Places:
    """Looks places up in one release.

    Args:
        library: The release; a reply brings the one that it was made from.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    def report_of_key(self, key: str) -> str:
        """Id of the report with that key; empty where the release has none."""
        return next((header.report.id for header in self._library.headers if report_key(header.report.id) == key), "")

    def has(self, report: str, section: str) -> bool:
        """Whether the release holds that section."""
        return self._find(report, section) is not None

    def label(self, report: str, section: str) -> str:
        """Number and heading of a section; its id where the release does not hold it."""
        found = self._find(report, section)
        return _place(found).label if found else section

    def neighbour(self, report: str, section: str, distance: int) -> Place | None:
        """The section with text that is next (1) or before (-1) in printed order; None at either end, and for a place unknown."""
        known = self._library.report(report)
        here = known.section(section) if known else None
        found = beside(known, here, distance) if known and here else None
        return _place(found) if found else None

    def above(self, report: str, section: str) -> str:
        """Id of the section above; empty at the top, and for a place unknown."""
        found = self._find(report, section)
        return (found.parent or "") if found else ""

    def level(self, report: str = "", section: str = "") -> Level | None:
        """What is below a section, or at the top of a report where *section* is empty, the default one unless named; None where unknown."""
        known = self._library.report(report) if report else self._library.default
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

    def reports(self) -> list[Place]:
        """The reports, the default one first."""
        return [Place(header.report.id, "", header.report.title) for header in self._library.headers]

    def source(self, citation: Citation) -> str:
        """The citation line: 《title》(number) label section title; empty for a report that is not served."""
        known, section = self._library.report(citation.report), self._find(citation.report, citation.section)
        return source_line(known.report, section) if known and section else ""

    def section_text(self, citation: Citation) -> str:
        """The whole text of the cited section; empty where it has none, or is not served."""
        section = self._find(citation.report, citation.section)
        return section.text if section else ""

    def code(self, citation: Citation) -> str:
        """The code under which the clause can be verified, see ``verify_code``."""
        return code_of(citation, self._library)

    def copyable(self, citation: Citation, *, max_chars: int) -> str:
        """The quote and where it stands, to be pasted elsewhere; where that is too long, the quote is cut and says so."""
        source = self.source(citation) or f"——{citation.label}"
        room = max_chars - len(source) - len("“”\n")
        quote = citation.quote if len(citation.quote) <= room else citation.quote[: max(room - 2, 0)] + "……"
        return f"“{quote}”\n{source}"[:max_chars]

    def _find(self, report: str, section: str) -> Section | None:
        known = self._library.report(report)
        return known.section(section) if known else None


def _with_text(known: ReportKnowledge) -> list[Section]:
    """The text of a report without numbers."""
    return [s for s in known.report.sections if s.kind is SectionKind.PREAMBLE]


def _place(section: Section) -> Place:
    label = section.label if section.title == section.label else f"{section.label} {section.title}"
    return Place(section.report, section.id, label)
