"""A last look at a built release, as its first users would use it, before it goes live."""

from __future__ import annotations

from knowledge.decide import decide
from knowledge.errors import InvalidRelease
from knowledge.library import ReportKnowledge
from knowledge.records import SectionKind

#: Share of its own headings that a release must find among the first three sections.
_SMOKE_SHARE = 0.95


def smoke_test(known: ReportKnowledge) -> None:
    """Search for every heading of the report.

    Raises:
        InvalidRelease: If too many do not find their own section.
    """
    unprinted = {SectionKind.META, SectionKind.PREAMBLE, SectionKind.TAIL}
    titled = [s for s in known.report.sections if s.title and s.text and s.kind not in unprinted]
    missed = []
    for section in titled:
        query = known.read(section.title)
        decision = decide(known.search(query), known, known.qualifiers(query))
        found = {candidate.section for candidate in decision.candidates[:3]}
        if not any(known_section.title == section.title and known_section.id in found for known_section in titled):
            missed.append(section.id)
    if len(missed) > (1 - _SMOKE_SHARE) * len(titled):
        raise InvalidRelease(
            f"{known.report.id}: asked for by their headings, these sections are not found: "
            f"{', '.join(missed)}; look at the parsed text with `wenbao sections`"
        )
