"""What an admin may want to mend in a report's stored questions: findings with file, line and a suggestion. None stops a reload."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from rich.console import Console

from knowledge.documents import Source
from knowledge.leave_one_out import Doubt, find_ambiguous, find_misled, read_stored
from knowledge.library import Library, ReportKnowledge
from knowledge.lint_coverage import same_questions, thin_sections, unexplained_terms, unreached_figures
from knowledge.pairs_file import question_lines, section_lines
from knowledge.records import PairKind, QAPair

#: Written questions that a section should have: with fewer, what people say in other words is found by luck.
MIN_QUESTIONS = 10
#: Findings that a reload prints; the counts say how many there are.
FIRST_FINDINGS = 3


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """Somebody who asks just this gets the wrong section."""
    WARNING = "warning"
    """Somebody who asks much like this may."""
    NOTE = "note"
    """Something could be asked for, and no question leads there."""


_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend.

    Attributes:
        file: The source file.
        line: Line in it, from 1; 0 for the file as a whole.
        severity: How much it matters.
        rule: Name of the rule, e.g. ``unreachable``.
        message: What is the matter.
        suggestion: What to do.
    """

    file: Path
    line: int
    severity: Severity
    rule: str
    message: str
    suggestion: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity.value} {self.rule}: {self.message}; {self.suggestion}"

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self) | {"file": str(self.file), "severity": self.severity.value}


def lint_report(known: ReportKnowledge, folder: Path, *, quick: bool = False, min_questions: int = MIN_QUESTIONS) -> list[Finding]:
    """Look over the stored questions of a built report, gravest findings first, then by line.

    Args:
        known: The report as it was built from *folder*.
        folder: Its source folder.
        quick: Leave out what has to ask the stored questions: a tenth of a second for 13,000 instead of five.
        min_questions: Written questions that each section should have.

    Raises:
        InvalidSource: If ``pairs.yaml`` cannot be read.
    """
    places = _Places(folder)
    found = [*_same(known, places), *_coverage(known, places, min_questions)]
    if not quick:
        found += _asked(known, places)
    return _gravest_first(found)


def summary(findings: Sequence[Finding]) -> str:
    """Counts by severity and rule, on one line; ``nothing to mend`` for none."""
    counted = Counter((finding.severity, finding.rule) for finding in findings)
    order = list(Severity)
    parts = sorted(counted.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    return ", ".join(f"{count} {rule} ({severity.value})" for (severity, rule), count in parts) or "nothing to mend"


def lint_library(library: Library, sources: Sequence[Source], *, quick: bool = False) -> list[Finding]:
    """``lint_report`` for every report of *library* that was built from a folder of *sources*, gravest first over all of them."""
    folders = {source.id: source.folder for source in sources if source.folder}
    # By name: going through the reports of the library would open every one.
    pairs = [(known, folder) for name, folder in folders.items() if (known := library.report(name))]
    return _gravest_first([finding for known, folder in pairs for finding in lint_report(known, folder, quick=quick)])


def _gravest_first(findings: Sequence[Finding]) -> list[Finding]:
    order = list(Severity)
    return sorted(findings, key=lambda f: (order.index(f.severity), str(f.file), f.line, f.rule, f.message))


def print_findings(console: Console, findings: Sequence[Finding], *, first: int | None = None) -> None:
    """Print *findings* as ``file:line: severity rule: message; suggestion``, all or the *first* few, and their counts."""
    for finding in findings[:first]:
        console.print(str(finding), style=_STYLES[finding.severity], markup=False)
    more = f" (the {first} gravest are shown; --lint shows all)" if first is not None and len(findings) > first else ""
    console.print(f"lint: {summary(findings)}{more}", markup=False)


class _Places:
    """Where things stand in the source files."""

    def __init__(self, folder: Path) -> None:
        self.pairs = folder / "pairs.yaml"
        self.source = next((path for path in sorted(folder.glob("report.*"))), folder / "report.txt")

    # Finding the lines takes a third of a second for 13,000 questions, and a source without faults needs none.
    @cached_property
    def _questions(self) -> dict[tuple[str, str, PairKind], int]:
        return question_lines(self.pairs) if self.pairs.exists() else {}

    @cached_property
    def _sections(self) -> dict[str, int]:
        return section_lines(self.pairs) if self.pairs.exists() else {}

    def question(self, pair: QAPair) -> int:
        return self._questions.get((pair.question, pair.section, pair.kind), 0)

    def section(self, section_id: str) -> int:
        return self._sections.get(section_id, 0)

    def printed(self, words: str) -> int:
        """Line of the source on which *words* stand first; 0 in a file that is no text."""
        if self.source.suffix != ".txt":
            return 0
        lines = self.source.read_text(encoding="utf-8-sig").splitlines()
        return next((number for number, line in enumerate(lines, 1) if words in line), 0)


def _same(known: ReportKnowledge, places: _Places) -> list[Finding]:
    found = []
    for first, second in same_questions(known):
        what = f"{second.question!r} of {_where(second)} is also a question of {_where(first)} (line {places.question(first)})"
        found.append(Finding(places.pairs, places.question(second), Severity.ERROR, "twice", what, "keep it in one place"))
    return found


def _coverage(known: ReportKnowledge, places: _Places, min_questions: int) -> list[Finding]:
    found = []
    for section, count in thin_sections(known, min_questions):
        what = f"section {section.id} ({section.label} {section.title}) has {count} questions"
        how = f"write at least {min_questions}, in the words of people who have not read it"
        found.append(Finding(places.pairs, places.section(section.id), Severity.NOTE, "thin", what, how))
    for figure in unreached_figures(known):
        what = f"no question of {figure.section} leads to {figure.quote!r}"
        how = f"ask for it: {figure.subject}…{figure.unit if figure.unit != 'date' else '什么时候'}, with its words as the span"
        found.append(Finding(places.pairs, places.section(figure.section), Severity.NOTE, "figure", what, how))
    for term, section in unexplained_terms(known):
        what = f"{term!r} is used in {section.id}, and explained neither there nor in terms.yaml"
        how = "add it to terms.yaml with what people call it"
        found.append(Finding(places.source, places.printed(term), Severity.NOTE, "term", what, how))
    return found


def _asked(known: ReportKnowledge, places: _Places) -> list[Finding]:
    stored = read_stored(known)
    found = [_wrong(doubt, known, places) for doubt in find_misled(known, stored)]
    for first, second, likeness in find_ambiguous(known, stored):
        what = f"{second.question!r} of {_where(second)} is {likeness:.0%} like {first.question!r} of {_where(first)}"
        how = f"(line {places.question(first)}) say in both what tells them apart, or keep one"
        found.append(Finding(places.pairs, places.question(second), Severity.WARNING, "ambiguous", what, how))
    return found


def _wrong(doubt: Doubt, known: ReportKnowledge, places: _Places) -> Finding:
    pair, line = doubt.pair, places.question(doubt.pair)
    other = known.section(doubt.leads_to)
    where = f"{doubt.leads_to} ({other.label} {other.title})" if other else doubt.leads_to
    if doubt.even_itself:
        what = f"{pair.question!r} of {pair.section}, asked word for word, leads to {where}"
        return Finding(places.pairs, line, Severity.ERROR, "unreachable", what, "move it there, or word it more clearly")
    what = f"{pair.question!r} of {pair.section} leads to {where} where it is not stored itself ({doubt.belief:.0%} sure)"
    return Finding(places.pairs, line, Severity.WARNING, "misled", what, "store a few more wordings of it, or move it there")


def _where(pair: QAPair) -> str:
    return f"{pair.section} (a gap)" if pair.kind is PairKind.GAP else pair.section
