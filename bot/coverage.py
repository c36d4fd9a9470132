"""Which sections people ask for, which never, and where their questions go wrong: the map an admin looks at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table
from rich.text import Text

from bot.state.base import SectionUse
from knowledge.library import Library, ReportKnowledge
from knowledge.records import PairKind

_BAR_CHARS = 20


@dataclass(frozen=True, slots=True)
class Coverage:
    """A section and what is asked about it.

    Attributes:
        report: Report id.
        section: Section id; empty for questions that came near none.
        label: Its number as printed.
        title: Its heading.
        questions: Questions that people wrote for it.
        gaps: Questions written that it leaves open.
        asked: Questions asked that came nearest to it, within the retention time.
        refused: Of these, how many were declined or told that the report leaves it open.
        unhelpful: Of these, how many were marked 👎.
    """

    report: str
    section: str
    label: str
    title: str
    questions: int
    gaps: int
    asked: int
    refused: int
    unhelpful: int

    def to_json(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return asdict(self) | {"never_asked": not self.asked}


def coverage_map(library: Library, use: Sequence[SectionUse]) -> list[Coverage]:
    """Every section with text of every report in printed order, and last in each report what came near no section."""
    used = {(one.report, one.section): one for one in use}
    return [row for known in library.reports for row in _rows(known, used)]


def _rows(known: ReportKnowledge, used: dict[tuple[str, str], SectionUse]) -> list[Coverage]:
    written = Counter((p.section, p.kind) for p in known.retriever.pairs if p.origin == "curated")
    report = known.report
    # A heading without text is listed when somebody asked for it.
    named = [(s.id, s.label, s.title) for s in report.sections if s.text or (report.id, s.id) in used]
    rows = []
    for section, label, title in [*named, ("", "", "")]:
        one = used.get((report.id, section), SectionUse(report.id, section, 0, 0, 0))
        counts = (written[section, PairKind.ANSWER], written[section, PairKind.GAP]) if section else (0, 0)
        if section or one.asked:
            rows.append(Coverage(report.id, section, label, title, *counts, one.asked, one.refused, one.unhelpful))
    return rows


def coverage_table(rows: Sequence[Coverage]) -> Table:
    """*rows* of one report as a table, with bars for what was asked."""
    asked = sum(row.asked for row in rows)
    never = sum(not row.asked for row in rows if row.section)
    title = f"{rows[0].report if rows else ''}: {asked} questions asked, {never} of {sum(bool(r.section) for r in rows)} sections never"
    table = Table(title=title, title_justify="left", row_styles=["", "on grey7"])
    table.add_column("section")
    table.add_column("heading", max_width=30, no_wrap=True, overflow="ellipsis")
    for name in ("written", "gaps", "asked", "refused", "👎"):
        table.add_column(name, justify="right")
    table.add_column("", min_width=_BAR_CHARS)
    most = max((row.asked for row in rows), default=0) or 1
    for row in rows:
        heading = row.title if row.title == row.label else f"{row.label} {row.title}"
        counts = [str(number) if number else "·" for number in (row.questions, row.gaps, row.asked, row.refused, row.unhelpful)]
        shown = _bar(row, most) if row.asked else Text("never asked", "dim")
        table.add_row(row.section or "none", Text(heading or "near no section"), *counts, shown)
    return table


def _bar(row: Coverage, most: int) -> Text:
    """What went well, then what was refused, on one scale; told apart without colours as well."""
    whole = max(1, round(_BAR_CHARS * row.asked / most))
    badly = round(whole * row.refused / row.asked)
    return Text.assemble(("█" * (whole - badly), "green"), ("░" * badly, "red"))
