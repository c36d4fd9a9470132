"""Answer labelled questions with the whole pipeline and print the figures, with 95 % intervals, by file or by kind."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.bootstrap import ensure_release
from bot.evaluation import Figures, evaluate
from bot.settings import Settings
from knowledge.library import Library

DEV = Path(__file__).resolve().parents[1] / "tests" / "data" / "dev"
NAMES = (
    *("cite@1", "hit@3", "recall@1", "recall@3", "recall@10", "mrr", "quote", "wrong"),
    *("refuse", "smalltalk", "ref", "verdict", "claim_cite", "whole"),
)
THRESHOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
MAX_CONFUSIONS = 12


def cell(figures: Figures, name: str) -> str:
    """A figure with half its interval, and how many turns it is of."""
    if not figures.marks.get(name):
        return ""
    low, high = figures.interval(name)
    return f"{figures.share(name):.3f}\n[dim]±{(high - low) / 2:.2f} {len(figures.marks[name])}[/dim]"


def main_table(results: dict[str, Figures], title: str) -> Table:
    """Every figure of every file or kind."""
    shown = [name for name in NAMES if any(figures.marks.get(name) for figures in results.values())]
    table = Table("", *shown, title=title, caption="share, ± half of its 95 % interval, turns")
    for name, figures in sorted(results.items(), key=lambda item: (item[0] == "ALL", item[0])):
        table.add_row(name, *(cell(figures, figure) for figure in shown))
    return table


def curve_table(figures: Figures) -> Table:
    """Risk and coverage at each least confidence, and how often answers of that confidence were right."""
    right = {edge: (share, count) for edge, share, count in figures.calibration()}
    table = Table("least confidence", "answered rightly", "wrong of answered", "right at this confidence", title="risk and coverage")
    for least, coverage, risk in figures.risk_coverage(THRESHOLDS):
        share, count = right.get(least, (0.0, 0))
        table.add_row(f"{least:.1f}", f"{coverage:.3f}", f"{risk:.3f}", f"{share:.2f} (n={count})" if count else "")
    return table


def confusion_table(figures: Figures, library: Library) -> Table:
    """Sections most often passed over, with what was put in their place."""
    titles = {section.id: section.title for known in library.reports for section in known.report.sections}
    table = Table("right section", "found instead", "times", title="confusions")
    for (right, found), count in figures.confusions.most_common(MAX_CONFUSIONS):
        table.add_row(f"{right} {titles.get(right, '')}", f"{found} {titles.get(found, '')}", str(count))
    return table


def main(
    sets: Annotated[Path, typer.Option(help="Folder of labelled .jsonl files.")] = DEV,
    by_kind: Annotated[bool, typer.Option(help="A line for each kind of question instead of each file.")] = False,
    show: Annotated[int, typer.Option(help="Failures to show of each file or kind.")] = 0,
) -> None:
    """Print recall, MRR, quotes, refusals and verdicts, the confusions, and risk against coverage."""
    console = Console(highlight=False)
    library = ensure_release(Settings.from_env(), progress=console.log)
    results = evaluate(library, sets, by_kind=by_kind)
    wide = Console(highlight=False, width=max(console.width, 180))
    for table in (
        main_table(results, f"release {library.release}"),
        curve_table(results["ALL"]),
        confusion_table(results["ALL"], library),
    ):
        wide.print(table)
    for name, figures in results.items():
        for failed, question, outcome, section, expected in figures.failures[:show] if name != "ALL" else ():
            console.print(f"{name} {failed}: {question} | {outcome} {section} | expected {expected}", markup=False)


if __name__ == "__main__":
    typer.run(main)
