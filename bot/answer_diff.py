"""What a reload would answer otherwise: the same questions put to the release in service and to the one that may follow it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.conversation import Context
from bot.evaluation import is_right, read_rows
from bot.messages import Answer, Outcome
from bot.pipeline import answer_message
from bot.replay import PER_SECTION, choose_questions, labelled_questions
from knowledge.library import Library, ReportKnowledge
from knowledge.release_build import quiet
from knowledge.release_diff import ReportDiff, diff_reports

#: Seconds that asking again may take: some three hundred questions of either release. What is asked first is likeliest to have changed.
REPLAY_SECONDS = 1.0
_ANSWERING = {Outcome.ANSWER, Outcome.SECTION, Outcome.CHECK}


class Fate(StrEnum):
    """What becomes of an answer."""

    LOST = "lost"
    """It was right, or at least an answer, and is not any more."""
    GAINED = "gained"
    """It is right, or at least an answer, and was not before."""
    CHANGED = "changed"
    """It says something else, neither better nor worse as far as can be told."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a person is told.

    Attributes:
        outcome: Kind of reply.
        section: First section cited; empty for none.
        quote: What is quoted of it.
    """

    outcome: str
    section: str
    quote: str


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """A question that is answered otherwise.

    Attributes:
        question: What is asked.
        report: Report it was written for; empty for questions asked of all.
        kind: ``labelled``, ``recent``, or the name of a file of labelled questions.
        fate: What becomes of its answer.
        before: What is told now.
        after: What would be told.
        note: Why that may be meant; empty mostly.
    """

    question: str
    report: str
    kind: str
    fate: Fate
    before: Told
    after: Told
    note: str = ""


@dataclass
class ReleaseDiff:
    """What a reload changes.

    Attributes:
        added: Ids of reports that are new.
        removed: Ids of reports that are no longer served.
        reports: What changed in those that were served and are.
        answers: Questions answered otherwise.
        asked: How many questions were asked again, by kind.
        stored: How many there are, by kind.
        notes: What else an admin should know, a sentence each.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reports: list[ReportDiff] = field(default_factory=list)
    answers: list[AnswerChange] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    stored: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def regressions(self) -> list[AnswerChange]:
        """Labelled questions that were answered rightly and no longer are."""
        return [change for change in self.answers if change.fate is Fate.LOST and change.kind != "recent"]


def compare_releases(
    old: Library,
    new: Library,
    *,
    recent: Sequence[str] = (),
    labelled: Sequence[Path] = (),
    seconds: float = REPLAY_SECONDS,
    thorough: bool = False,
    progress: Callable[[str, float], None] = quiet,
) -> ReleaseDiff:
    """Compare two releases.

    Reports whose content is the same to the byte are not asked again, and where all are nothing is.

    Args:
        old: The release in service.
        new: The one that may follow it.
        recent: Questions that people asked lately, whatever the report.
        labelled: Files of labelled questions, see ``evaluation``; asked in full.
        seconds: Time for the stored and the recent questions; half of it at least goes to the stored ones.
        thorough: Ask every stored and recent question, however long it takes.
        progress: Told each step.
    """
    before = {header.report.id: header for header in old.headers}
    after = {header.report.id: header for header in new.headers}
    diff = ReleaseDiff(tuple(name for name in after if name not in before), tuple(name for name in before if name not in after))
    if old.headers[0].report.id != new.headers[0].report.id:
        first, then = old.headers[0].report.id, new.headers[0].report.id
        diff.notes.append(f"questions that name no report are answered from {then}, so far from {first}")
    different = [name for name in after if name in before and before[name].digest != after[name].digest]
    if not different and not diff.added and not diff.removed and not diff.notes:
        return diff
    clock = _Budget(float("inf") if thorough else seconds, progress)
    for name in different:
        _compare_reports(old.report(name), new.report(name), diff, clock, thorough=thorough)
    _ask_recent(old, new, recent, diff, clock)
    for path in labelled:
        progress(f"asking {path.name}", 1.0)
        _ask_file(old, new, path, diff)
    if clock.ended:
        diff.notes.append(f"asking again was ended after {seconds:g} s; --thorough asks everything")
    order = list(Fate)
    diff.answers.sort(key=lambda change: (order.index(change.fate), change.kind != "labelled", change.report, change.question))
    return diff


class _Budget:
    """Time to ask in."""

    def __init__(self, seconds: float, progress: Callable[[str, float], None]) -> None:
        self._seconds = seconds
        self._spent = 0.0
        self._progress = progress
        self.ended = False

    def spend(self, what: str, total: int, share: float = 1.0) -> Iterator[int]:
        """Numbers below *total*, as long as no more than *share* of the time has been spent between them."""
        for number in range(total):
            if self._spent > share * self._seconds:
                self.ended = True
                return
            if number % 50 == 0:
                self._progress(f"asking {what} again ({number} of {total})", number / total)
            start = time.monotonic()
            yield number
            self._spent += time.monotonic() - start


def _compare_reports(
    old: ReportKnowledge | None, new: ReportKnowledge | None, diff: ReleaseDiff, budget: _Budget, *, thorough: bool
) -> None:
    assert old is not None
    assert new is not None
    changes = diff_reports(old, new)
    if changes:
        diff.reports.append(changes)
    questions = labelled_questions(old, new, changes)
    gone = sum(one.before is not None and one.after is None and not one.section for one in questions)
    if gone:
        diff.notes.append(f"{new.report.id}: {gone} questions went with the sections that were removed")
    kept = [one for one in questions if one.after is not None or one.section]
    chosen = choose_questions(kept, new, changes, per_section=None if thorough else PER_SECTION)
    mine, next_ = Library("", [old]), Library("", [new])
    asked = 0
    for number in budget.spend(new.report.id, len(chosen), share=0.8):
        one = chosen[number]
        a, b = (answer_message(one.question, library, Context())[0] for library in (mine, next_))
        was = one.before is not None and _leads_to(a, one.before)
        now = one.after is not None and _leads_to(b, one.after)
        if one.after is None or one.before is None:  # written for one of them only: nothing to lose
            was = was and now
        if change := _change(one.question, a, b, was, now, changes, kind="labelled"):
            diff.answers.append(change)
        asked += 1
    diff.asked["labelled"] = diff.asked.get("labelled", 0) + asked
    diff.stored["labelled"] = diff.stored.get("labelled", 0) + len(kept)


def _leads_to(answer: Answer, section: str) -> bool:
    cited = answer.citations[0].section if answer.citations and answer.outcome in _ANSWERING else ""
    return cited == section


def _ask_recent(old: Library, new: Library, recent: Sequence[str], diff: ReleaseDiff, budget: _Budget) -> None:
    moved = {change.report: change for change in diff.reports}
    asked = 0
    for number in budget.spend("recent questions", len(recent)):
        a, b = (answer_message(recent[number], library, Context())[0] for library in (old, new))
        report = a.citations[0].report if a.citations else ""
        changes = moved.get(report, ReportDiff(report))
        if change := _change(recent[number], a, b, a.outcome in _ANSWERING, b.outcome in _ANSWERING, changes, kind="recent"):
            diff.answers.append(change)
        asked += 1
    if recent:
        diff.asked["recent"], diff.stored["recent"] = asked, len(recent)


def _ask_file(old: Library, new: Library, path: Path, diff: ReleaseDiff) -> None:
    asked = 0
    for row in read_rows(path):
        contexts = [Context(), Context()]
        for turn in row.get("turns") or [row]:
            text = f"/check {turn['q']}" if turn.get("kind") == "claim" else str(turn["q"])
            (a, contexts[0]), (b, contexts[1]) = (
                answer_message(text, library, context) for library, context in zip((old, new), contexts, strict=True)
            )
            if change := _change(text, a, b, is_right(turn, a), is_right(turn, b), ReportDiff(""), kind=path.name):
                diff.answers.append(change)
            asked += 1
    diff.asked[path.name] = diff.stored[path.name] = asked


def _change(question: str, a: Answer, b: Answer, was: bool, now: bool, changes: ReportDiff, *, kind: str) -> AnswerChange | None:
    before, after = _told(a), _told(b)
    renamed = Told(before.outcome, changes.now(before.section) or "", before.quote)
    if was == now and renamed == after:
        return None
    fate = Fate.CHANGED if was == now else Fate.GAINED if now else Fate.LOST
    return AnswerChange(question, changes.report, kind, fate, before, after, _why(before.section, changes))


def _told(answer: Answer) -> Told:
    first = next(iter(answer.citations), None)
    return Told(answer.outcome.value, first.section if first else "", first.quote if first else "")


def _why(section: str, changes: ReportDiff) -> str:
    now = changes.now(section)
    if section and now is None:
        return f"section {section} was removed"
    if now != section:
        return f"section {section} is {now} now"
    return f"section {section} was reworded" if section in {old.id for old, _ in changes.changed} else ""


def as_json(diff: ReleaseDiff) -> Mapping[str, Any]:
    """For ``--json``."""
    return {
        "reports_added": list(diff.added),
        "reports_removed": list(diff.removed),
        "sections": {
            change.report: {
                "added": [section.id for section in change.added],
                "removed": [section.id for section in change.removed],
                "renumbered": {old.id: new.id for old, new in change.moved},
                "changed": [new.id for _, new in change.changed],
                "figures": [{"section": section, "before": old, "after": new} for section, old, new in change.figures],
            }
            for change in diff.reports
        },
        "answers": [
            {"question": c.question, "report": c.report, "kind": c.kind, "fate": c.fate.value, "note": c.note}
            | {"before": {"outcome": c.before.outcome, "section": c.before.section, "quote": c.before.quote}}
            | {"after": {"outcome": c.after.outcome, "section": c.after.section, "quote": c.after.quote}}
            for c in diff.answers
        ],
        "asked": diff.asked,
        "stored": diff.stored,
        "regressions": len(diff.regressions),
        "notes": diff.notes,
    }
