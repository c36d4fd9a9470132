"""Sections, figures and reports as the commands and the API list them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from knowledge.library import Library
from knowledge.records import Report, Section


def list_sections(library: Library, report: str | None = None) -> list[dict[str, Any]]:
    """Sections in printed order, of one report or of all."""
    chosen = library.reports if report is None else [known for known in [library.report(report)] if known]
    return [_section_row(section) for known in chosen for section in known.report.sections]


def find_section(library: Library, section_id: str, report: str | None = None) -> dict[str, Any] | None:
    """One section of a report, of the default one where none is named; None when it has no such section."""
    known = library.report(report) if report else library.default
    section = known.section(section_id) if known else None
    return _section_row(section) if section else None


def _section_row(section: Section) -> dict[str, Any]:
    hidden = {"heading"}
    return {key: value for key, value in asdict(section).items() if key not in hidden} | {"kind": section.kind.value}


def list_figures(library: Library, words: str = "", report: str | None = None) -> list[dict[str, Any]]:
    """Figures whose clause or section title holds *words*, all for none.

    Where there are several reports, each figure says which one it is of, and the year and place of that.
    """
    hidden = {"start", "end"}
    several = len(library.editions) > 1
    return [
        {key: value for key, value in asdict(figure).items() if key not in hidden} | (_origin(known.report) if several else {})
        for known in (library.reports if report is None else [known for known in [library.report(report)] if known])
        for figure in known.find_figures(words)
    ]


def _origin(report: Report) -> dict[str, Any]:
    return {"report": report.id, "year": report.year, "place": report.place}


def list_reports(library: Library) -> list[dict[str, Any]]:
    """Reports, the default one first; a report that a newer one of its place and kind has followed names that one."""
    return [
        {
            "id": header.report.id,
            "title": header.report.title,
            "document_number": header.report.document_number,
            "publisher": header.report.publisher,
            "year": edition.year,
            "place": edition.place,
            "kind": edition.kind,
            "newer": newer.id if (newer := library.editions.newer(edition)) else None,
            "sections": header.sections,
        }
        for header, edition in zip(library.headers, library.editions.all, strict=True)
    ]
