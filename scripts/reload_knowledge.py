"""Put reports into the knowledge base: parse, validate, build beside the live release, smoke-test, compare answers, switch.

Exit status: 0 done, 1 source rejected or answers worse (nothing changed), 2 wrong use, 3 another reload is running.
"""

from __future__ import annotations

import gc
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bot.errors import ConfigError
from bot.progress import show_progress
from bot.reload import ReloadOptions, reload_sources
from bot.reload_report import list_text, reload_json, reload_text
from bot.settings import Settings
from knowledge.errors import KnowledgeError, ReleaseNotFound, ReloadInProgress
from knowledge.lint import FIRST_FINDINGS, print_findings
from knowledge.release import Releases

console = Console(stderr=True, highlight=False, soft_wrap=True)


def main(
    named: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH|ID]...", help="Reports (.txt, .html, .docx, .pdf), source folders, ids; none: all in service."),
    ] = None,
    only: Annotated[bool, typer.Option("--only", help="Serve just these, instead of adding them to what is in service.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Build, check and compare; switch nothing.")] = False,
    max_regressions: Annotated[int, typer.Option(min=0, help="Labelled questions that may be answered worse.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Switch however many are answered worse.")] = False,
    labelled: Annotated[list[Path] | None, typer.Option(help="More labelled questions (.jsonl); may be repeated.")] = None,
    thorough: Annotated[bool, typer.Option("--thorough", help="Ask every stored question again, however long it takes.")] = False,
    list_: Annotated[bool, typer.Option("--list", help="Show the kept releases.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back to the release named, or to the previous one.")] = False,
    lint: Annotated[bool, typer.Option("--lint", help="Look the questions over: build, print findings, switch nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Reload the knowledge base."""
    try:
        settings = Settings.from_env()
        releases = Releases(settings.data_dir)
        status = 0
        if list_:
            kept = releases.kept()
            found, text = {"releases": [asdict(info) for info in kept]}, list_text(kept)
        elif rollback:
            with releases.locked():
                found = {"live": releases.roll_back(named[0] if named else None)}
            text = f"live: {found['live']}"
        else:
            options = ReloadOptions(only, dry_run, lint, tuple(labelled or ()), max_regressions, force, thorough)
            with show_progress(console) as progress:
                outcome = reload_sources(settings, named or [], options, progress=progress)
            print_findings(console, outcome.findings, first=None if lint else FIRST_FINDINGS)
            found, text, status = reload_json(outcome), reload_text(outcome), int(outcome.stopped)
            if lint:
                found["findings"] = [finding.to_json() for finding in outcome.findings]
    except ReloadInProgress as exc:
        raise _failed(exc, 3) from exc
    except (ConfigError, ReleaseNotFound) as exc:
        raise _failed(exc, 2) from exc
    except (KnowledgeError, OSError) as exc:
        raise _failed(exc, 1) from exc
    typer.echo(json.dumps(found, ensure_ascii=False, indent=1) if as_json else text)
    gc.freeze()  # what is held goes with the process; to look through it for cycles first would take half a second
    raise typer.Exit(status)


def _failed(exc: Exception, status: int) -> typer.Exit:
    console.print(f"not reloaded: {exc}", style="red", markup=False)
    return typer.Exit(status)


if __name__ == "__main__":
    typer.run(main)
