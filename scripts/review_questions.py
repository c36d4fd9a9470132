"""Go through the questions that did not go well, and store them as questions of the report, ready for the next reload.

Exit status: 0 done, 1 a question cannot be stored or the state cannot be read (nothing changed), 2 wrong use.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.bootstrap import ensure_release, open_state
from bot.errors import BotError, ConfigError
from bot.review_desk import ReviewDesk, folders_by_report
from bot.review_export import export_groups
from bot.review_terminal import read_key, review, show_groups
from bot.settings import Settings
from bot.state.base import Reason
from knowledge.documents import find_sources
from knowledge.errors import KnowledgeError

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False, soft_wrap=True)
RELOAD = "ready for the next reload: .venv/bin/python scripts/reload_knowledge.py"


def main(
    sources: Annotated[list[Path] | None, typer.Argument(help="Source folders; the shipped ones for none.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the groups of questions and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the groups as JSON and end.")] = False,
    export: Annotated[Path | None, typer.Option("--export", help="Write the groups to a .csv or .xlsx file and end.")] = None,
    reason: Annotated[list[Reason] | None, typer.Option("--reason", help="Only questions here for this; may be repeated.")] = None,
    add: Annotated[list[str] | None, typer.Option("--add", help="Store this question and end; may be repeated.")] = None,
    section: Annotated[str, typer.Option("--section", help="With --add: id of the section.")] = "",
    span: Annotated[list[str] | None, typer.Option("--span", help="With --add: words of the section that answer; may be repeated.")] = None,
    gap: Annotated[bool, typer.Option("--gap", help="With --add: the report leaves it open.")] = False,
    missing: Annotated[str, typer.Option("--missing", help="With --gap: what the report leaves out, in a word.")] = "",
    report: Annotated[str, typer.Option("--report", help="With --add: id of the report; the default one for none.")] = "",
) -> None:
    """Review the questions that did not go well."""
    wanted = [bool(add), list_, as_json, export is not None]
    if sum(wanted) > 1 or bool(add) != bool(section) or ((gap or span or missing or report) and not add) or (missing and not gap):
        raise _failed("give one of --list, --json, --export FILE and --add QUESTION --section ID; see --help", 2)
    if not any(wanted) and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise _failed("going through the questions needs a terminal; use --list, --json, --export or --add", 2)

    def run() -> None:
        settings = Settings.from_env()
        folders = folders_by_report(find_sources(sources or []))
        desk = ReviewDesk(open_state(settings), ensure_release(settings), folders)
        try:
            if add:
                name = report or desk.library.default.report.id
                added = desk.add(name, add, section, spans=tuple(span or ()), gap=gap, missing=missing)
                console.print(f"{len(added)} added to {section} of {name}; {RELOAD}" if added else "it stands there already", markup=False)
                return
            groups = desk.groups(reason or tuple(Reason))
            if as_json:
                typer.echo(json.dumps([group.to_json() for group in groups], ensure_ascii=False, indent=1))
            elif export:
                export_groups(export, groups)
                console.print(f"{len(groups)} groups written to {export}", markup=False)
            elif not groups:
                console.print("no question is waiting")
            elif list_:
                show_groups(console, groups)
            else:
                tally = review(desk, groups, console, read_key=read_key)
                said = f"{tally.added} questions added, {tally.gaps} noted as gaps, {tally.dismissed} groups dismissed, "
                console.print(
                    f"{said}{tally.skipped + tally.left} left for another time" + (f"; {RELOAD}" if tally.added + tally.gaps else "")
                )
        finally:
            desk.close()

    try:
        run()
    except ConfigError as exc:
        raise _failed(str(exc), 2) from exc
    except (BotError, KnowledgeError, OSError) as exc:
        raise _failed(str(exc), 1) from exc


def _failed(reason: str, status: int) -> typer.Exit:
    errors.print(reason, style="red", markup=False)
    return typer.Exit(status)


if __name__ == "__main__":
    typer.run(main)
