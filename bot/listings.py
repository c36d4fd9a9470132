"""Sections, figures and reports as the commands and the API list them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from knowledge.library import Library


def list_sections(library: Library, report: str | None = None) -> list[dict[str, Any]]:
    """Sections in printed order, of one report or of all."""
    hidden = {"heading"}
    return [
        {key: value for key, value in asdict(section).items() if key not in hidden} | {"kind": section.kind.value}
        for known in (library.reports if report is None else filter(None, [library.report(report)]))
        for section in known.report.sections
    ]


def list_figures(library: Library, words: str = "") -> list[dict[str, Any]]:
    """Figures whose clause or section title holds *words*; all for none."""
    hidden = {"start", "end"}
    return [
        {key: value for key, value in asdict(figure).items() if key not in hidden}
        for known in library.reports
        for figure in known.find_figures(words)
    ]


def list_reports(library: Library) -> list[dict[str, Any]]:
    """Reports, the default one first."""
    return [
        {
            "id": header.report.id,
            "title": header.report.title,
            "document_number": header.report.document_number,
            "publisher": header.report.publisher,
            "year": header.report.year,
            "sections": header.sections,
        }
        for header in library.headers
    ]
