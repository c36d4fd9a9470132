"""Put reports into the knowledge base: parse, validate, build beside the live release, smoke-test, switch.

Exit status: 0 done, 1 source rejected (nothing changed), 2 wrong use, 3 another reload is running.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot.errors import ConfigError
from bot.settings import Settings
from knowledge.documents import find_sources
from knowledge.errors import KnowledgeError, ReleaseNotFound, ReloadInProgress
from knowledge.lint import FIRST_FINDINGS, lint_library, print_findings
from knowledge.release import Releases

console = Console(stderr=True, highlight=False, soft_wrap=True)


def main(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Reports (.txt, .html, .docx, .pdf) or source folders; the shipped ones for none.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Build and check, switch nothing.")] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Serve just this report; may be repeated.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the kept releases.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back to the release named, or to the previous one.")] = False,
    lint: Annotated[bool, typer.Option("--lint", help="Look the questions over: build, print findings, switch nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Reload the knowledge base."""
    try:
        releases = Releases(Settings.from_env().data_dir)
        if list_:
            outcome: dict[str, Any] = {"releases": [asdict(info) for info in releases.kept()]}
        elif rollback:
            with releases.locked():
                outcome = {"live": releases.roll_back(str(paths[0]) if paths else None)}
        else:
            outcome = reload_sources(releases, paths or [], only or [], dry_run=dry_run or lint, lint=lint)
    except ReloadInProgress as exc:
        raise _failed(exc, 3) from exc
    except (ConfigError, ReleaseNotFound) as exc:
        raise _failed(exc, 2) from exc
    except (KnowledgeError, OSError) as exc:
        raise _failed(exc, 1) from exc
    typer.echo(json.dumps(outcome, ensure_ascii=False, indent=1) if as_json else as_text(outcome))


def reload_sources(releases: Releases, paths: list[Path], only: list[str], *, dry_run: bool, lint: bool = False) -> dict[str, Any]:
    """Build from *paths* and switch, unless it is a dry run; returns what changed. *lint* looks every question over."""
    sources = find_sources(paths)
    if only:
        sources = [source for source in sources if source.id in only]
        if not sources:
            raise ReleaseNotFound(f"none of the sources is {' or '.join(only)}")
    with releases.locked(), console.status("reloading") as status:
        built = releases.build(sources, progress=status.update)
        counts = {known.report.id: known.count() for known in built.library.reports}
        status.update("looking the questions over")
        findings = lint_library(built.library, sources, quick=not lint)
        if dry_run:
            built.path.unlink()
        else:
            releases.make_live(built)
    print_findings(console, findings, first=None if lint else FIRST_FINDINGS)
    found = {"findings": [finding.to_json() for finding in findings]} if lint else {}
    return {"live": releases.live_id(), "built": built.id, "dry_run": dry_run, "reports": counts, **found}


def as_text(outcome: dict[str, Any]) -> str:
    """*outcome* as a person reads it."""
    lines = []
    for info in outcome.get("releases", []):
        lines.append(f"{'*' if info['live'] else ' '} {info['id']}  {info['made']}  {info['by']}  {', '.join(info['reports'])}")
    for report, counts in outcome.get("reports", {}).items():
        lines.append(f"{report}: " + ", ".join(f"{number} {what}" for what, number in counts.items()))
    if outcome.get("dry_run"):
        lines.append(f"dry run: {outcome['built']} would go live; nothing changed")
    elif "live" in outcome:
        lines.append(f"live: {outcome['live']}")
    return "\n".join(lines) or "no release yet"


def _failed(exc: Exception, status: int) -> typer.Exit:
    console.print(f"not reloaded: {exc}", style="red", markup=False)
    return typer.Exit(status)


if __name__ == "__main__":
    typer.run(main)
