"""Answer labelled questions with the whole pipeline and print the figures, with 95 % intervals, by file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.bootstrap import ensure_release
from bot.evaluation import Figures, evaluate
from bot.settings import Settings

DEV = Path(__file__).resolve().parents[1] / "tests" / "data" / "dev"
NAMES = ("cite@1", "recall@3", "mrr", "quote", "wrong", "refuse", "smalltalk", "ref", "verdict", "whole")


def cell(figures: Figures, name: str) -> str:
    """A figure with its interval and count."""
    if not figures.marks.get(name):
        return ""
    low, high = figures.interval(name)
    return f"{figures.share(name):.3f}\n[dim]{low:.2f}–{high:.2f}\nn={len(figures.marks[name])}[/dim]"


def main(
    sets: Annotated[Path, typer.Option(help="Folder of labelled .jsonl files.")] = DEV,
    show: Annotated[int, typer.Option(help="Failures to show of each file.")] = 0,
) -> None:
    """Print recall, MRR, quotes, refusals and verdicts."""
    console = Console(highlight=False)
    library = ensure_release(Settings.from_env(), progress=console.log)
    results = evaluate(library, sets)
    table = Table("figure", *results, title=f"release {library.release}")
    for figure in NAMES:
        table.add_row(figure, *(cell(figures, figure) for figures in results.values()), end_section=True)
    Console(highlight=False, width=max(console.width, 110)).print(table)
    for name, figures in results.items():
        for failed, question, outcome, section, expected in figures.failures[:show] if name != "ALL" else ():
            console.print(f"{name} {failed}: {question} | {outcome} {section} | expected {expected}", markup=False)


if __name__ == "__main__":
    typer.run(main)
