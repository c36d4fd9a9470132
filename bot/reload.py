"""A reload from end to end: choose sources, build beside the live release, look the questions over, ask again, switch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from threadpoolctl import threadpool_limits

from bot.answer_diff import ReleaseDiff, compare_releases
from bot.bootstrap import open_state
from bot.errors import BotError
from bot.settings import Settings
from knowledge.errors import InvalidRelease, ReleaseNotFound
from knowledge.library import Library
from knowledge.lint import Finding, lint_library
from knowledge.release import Releases
from knowledge.release_build import Built
from knowledge.source_choice import choose_sources

#: Questions asked lately that are asked again: as many as the time for it allows.
RECENT_QUESTIONS = 300
#: Share of the time after which a release is built.
_BUILT = 0.8
#: Of a thousand reports, this many are looked over; those of a reload of a few are all.
_MOST_LINTED = 20


@dataclass(frozen=True, slots=True)
class ReloadOptions:
    """How to reload.

    Attributes:
        only: Serve just the reports named.
        dry_run: Switch nothing.
        lint: Look every stored question over, compare nothing, switch nothing.
        labelled: Files of labelled questions to ask of both releases.
        max_regressions: Labelled questions that may be answered worse.
        force: Switch however many are.
        thorough: Ask every stored question again, however long it takes.
    """

    only: bool = False
    dry_run: bool = False
    lint: bool = False
    labelled: tuple[Path, ...] = ()
    max_regressions: int = 0
    force: bool = False
    thorough: bool = False


@dataclass
class ReloadOutcome:
    """What came of it.

    Attributes:
        live: The live release after it; None where there is none.
        built: The release that was built.
        switched: Whether it is live now.
        reports: What the built release holds on each report.
        carried: Ids of those that were taken along as they were.
        diff: What is answered otherwise; None where nothing was in service to compare with.
        findings: What to mend in the stored questions that were read.
        stopped: Whether too much is answered worse.
        notes: What an admin should know, a sentence each.
    """

    live: str | None
    built: str
    switched: bool = False
    reports: dict[str, dict[str, int]] = field(default_factory=dict)
    carried: tuple[str, ...] = ()
    diff: ReleaseDiff | None = None
    findings: list[Finding] = field(default_factory=list)
    stopped: bool = False
    notes: list[str] = field(default_factory=list)


def reload_sources(
    settings: Settings, named: Sequence[str], options: ReloadOptions, *, progress: Callable[[str, float], None]
) -> ReloadOutcome:
    """Build from what is *named*, see ``choose_sources``, and switch if nothing speaks against it.

    Raises:
        KnowledgeError: If a source is refused, a build fails its checks, or another reload is running; nothing has changed.
    """
    if missing := next((path for path in options.labelled if not path.is_file()), None):
        raise ReleaseNotFound(f"{missing}: no such file of labelled questions")
    releases = Releases(settings.data_dir)
    # The products of a search are small: asked one after the other they take 3 ms of either release on one thread, and 13 on two.
    with releases.locked(), threadpool_limits(1, "blas"):
        progress("choosing sources", 0.0)
        choice = choose_sources(named, releases.in_service(), only=options.only)
        built = releases.build(choice.sources, carried=choice.carried, progress=lambda step, done: progress(step, _BUILT * done))
        try:
            outcome = ReloadOutcome(releases.live_id(), built.id, reports=_counts(built.library), carried=choice.carried)
            outcome.notes.extend(choice.notes)
            progress("looking the questions over", _BUILT)
            few = choice.sources[: None if options.lint else _MOST_LINTED]
            outcome.findings = lint_library(built.library, few, quick=not options.lint)
            if not options.lint:
                outcome.diff = _compare(settings, releases, built, options, outcome.notes, progress)
            outcome.stopped = bool(outcome.diff and len(outcome.diff.regressions) > options.max_regressions and not options.force)
            if not (outcome.stopped or options.dry_run or options.lint):
                progress("switching", 1.0)
                releases.make_live(built)
                outcome.live, outcome.switched = built.id, True
        finally:
            built.path.unlink(missing_ok=True)
    return outcome


def _compare(
    settings: Settings,
    releases: Releases,
    built: Built,
    options: ReloadOptions,
    notes: list[str],
    progress: Callable[[str, float], None],
) -> ReleaseDiff | None:
    if releases.live_id() is None:
        return None
    try:
        old = releases.open_live()
    except InvalidRelease as exc:
        notes.append(f"nothing to compare with: {exc}")
        return None

    def later(step: str, done: float) -> None:
        progress(step, _BUILT + (1 - _BUILT) * done)

    recent = _recent_questions(settings, notes, None if options.thorough else RECENT_QUESTIONS)
    return compare_releases(old, built.library, recent=recent, labelled=options.labelled, thorough=options.thorough, progress=later)


def _recent_questions(settings: Settings, notes: list[str], limit: int | None) -> list[str]:
    if not settings.database_url and not (settings.data_dir / "state.db").exists():
        return []

    async def read() -> list[str]:
        state = open_state(settings)
        try:
            return await state.recent_questions(limit or 1_000_000)
        finally:
            await state.close()

    try:
        return asyncio.run(read())
    except BotError as exc:
        notes.append(f"the questions asked lately are left out: {exc}")
        return []


def _counts(library: Library) -> dict[str, dict[str, int]]:
    return {
        header.report.id: {"sections": header.with_text, "figures": header.figures, "curated questions": header.written}
        for header in library.headers
    }
