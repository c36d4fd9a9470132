"""What a reload prints: what changes, for a person who decides on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bot.answer_diff import AnswerChange, Fate, ReleaseDiff, Told, as_json
from bot.reload import ReloadOutcome
from knowledge.records import Section
from knowledge.release import ReleaseInfo
from knowledge.release_diff import ReportDiff

#: Lines of one kind that are printed; ``--json`` has all.
_MOST_LINES = 12
_CLAUSE_CHARS = 48


def reload_text(outcome: ReloadOutcome) -> str:
    """*outcome* as a person reads it."""
    lines = [*_reports(outcome)]
    if outcome.diff:
        lines += diff_lines(outcome.diff)
    lines += [f"note: {note}" for note in outcome.notes]
    if outcome.stopped and outcome.diff:
        lines.append(
            f"stopped: {len(outcome.diff.regressions)} labelled questions would be answered worse; nothing changed"
            " (mend them, or allow them with --max-regressions N or --force)"
        )
    elif outcome.switched:
        lines.append(f"live: {outcome.live}")
    else:
        lines.append(f"dry run: {outcome.built} would go live; nothing changed")
    return "\n".join(lines)


def reload_json(outcome: ReloadOutcome) -> dict[str, Any]:
    """*outcome* for ``--json``."""
    return {
        "live": outcome.live,
        "built": outcome.built,
        "dry_run": not outcome.switched,
        "reports": outcome.reports,
        "carried": list(outcome.carried),
        "diff": as_json(outcome.diff) if outcome.diff else None,
        "stopped": outcome.stopped,
        "notes": outcome.notes,
    }


def list_text(kept: Sequence[ReleaseInfo]) -> str:
    """The kept releases, each with who made it when, and its reports with counts and the hash of the file read."""
    lines = []
    for info in kept:
        lines.append(f"{'*' if info.live else ' '} {info.id}  {info.made}  {info.by}")
        for report in info.reports[:_MOST_LINES]:
            counts = info.counts.get(report, {})
            shown = ", ".join(f"{number} {what}" for what, number in counts.items())
            lines.append(f"    {report}  {shown + ', ' if shown else ''}file {info.sources.get(report, '')[:12]}")
        lines += _left_out(len(info.reports), "reports", indent="    ")
    return "\n".join(lines) or "no release yet"


def diff_lines(diff: ReleaseDiff) -> Iterator[str]:
    """What changes, in printed lines."""
    if diff.added:
        yield f"reports added: {_named(diff.added)}"
    if diff.removed:
        yield f"reports no longer served: {_named(diff.removed)}"
    for change in diff.reports[:_MOST_LINES]:
        yield from _report_lines(change)
    yield from _left_out(len(diff.reports), "reports changed")
    if not (diff.added or diff.removed or diff.reports):
        yield "nothing changed in any report"
    if diff.asked:
        yield "asked again: " + ", ".join(f"{asked} of {diff.stored[kind]} {kind} questions" for kind, asked in diff.asked.items())
        fates = Counter((change.fate, change.kind == "recent") for change in diff.answers)
        parts = [f"{fates[fate, False]} {fate.value}" + (f" (+{fates[fate, True]} recent)" if fates[fate, True] else "") for fate in Fate]
        yield f"answers: {', '.join(parts)}"
    for fate in Fate:
        alike = _alike([answer for answer in diff.answers if answer.fate is fate])
        for answer, others in alike[:_MOST_LINES]:
            yield from _answer_lines(answer, others)
        yield from _left_out(len(alike), f"kinds of {fate.value} answers")
    yield from (f"note: {note}" for note in diff.notes)


def _reports(outcome: ReloadOutcome) -> Iterator[str]:
    carried = set(outcome.carried)
    read = {name: counts for name, counts in outcome.reports.items() if name not in carried}
    for name, counts in list(read.items())[:_MOST_LINES]:
        yield f"{name}: " + ", ".join(f"{number} {what}" for what, number in counts.items())
    yield from _left_out(len(read), "reports read")
    if carried:
        yield f"taken along as they are: {_named(outcome.carried)}"


def _report_lines(change: ReportDiff) -> Iterator[str]:
    counts = (len(change.added), len(change.removed), len(change.moved), len(change.changed), len(change.figures))
    words = ("added", "removed", "renumbered", "reworded", "figures changed")
    shown = ", ".join(f"{number} {what}" for number, what in zip(counts, words, strict=True) if number)
    asked = f"questions changed in {len(change.questions)} sections" if change.questions else ""
    yield f"{change.report}: " + "; ".join(filter(None, [f"sections: {shown}" if shown else "", asked]))
    lines = [
        *(f"  + {_section(section)}" for section in change.added),
        *(f"  - {_section(section)}" for section in change.removed),
        *(f"  > {_section(old)} is {new.id} now" for old, new in change.moved),
        *(f"  ~ {_section(new)}" for _, new in change.changed),
        *(f"  # {section}: {_figure(old, new)}" for section, old, new in change.figures),
    ]
    yield from lines[: 2 * _MOST_LINES]
    if len(lines) > 2 * _MOST_LINES:
        yield f"  … and {len(lines) - 2 * _MOST_LINES} more (--json has all)"


def _alike(answers: Iterable[AnswerChange]) -> list[tuple[AnswerChange, int]]:
    """The first of those that change from the same to the same, and how many others there are; the most frequent first."""
    groups: dict[tuple[object, ...], list[AnswerChange]] = {}
    for answer in answers:
        groups.setdefault((answer.kind, answer.report, answer.before, answer.after), []).append(answer)
    return sorted(((group[0], len(group) - 1) for group in groups.values()), key=lambda group: -group[1])


def _answer_lines(change: AnswerChange, others: int) -> Iterator[str]:
    kind = "" if change.kind == "labelled" else f" ({change.kind})"
    yield f"  {change.fate.value}{kind}: {change.question}" + (f", and {others} more alike" if others else "")
    same = next((i for i, (a, b) in enumerate(zip(change.before.quote, change.after.quote, strict=False)) if a != b), 0)
    before, after = (_told(told, same) for told in (change.before, change.after))
    yield f"    {before}  →  {after}" + (f"  ({change.note})" if change.note else "")


def _told(told: Told, same: int) -> str:
    """*told* in a few words, those where the quote differs from the other, of which it has *same* characters."""
    start = same - _CLAUSE_CHARS // 2 if same + _CLAUSE_CHARS // 2 < len(told.quote) else len(told.quote) - _CLAUSE_CHARS
    shown = told.quote if start <= 1 or same == len(told.quote) else "…" + told.quote[start:]
    return f"{told.outcome} {told.section} {_cut(shown)}".strip()


def _section(section: Section) -> str:
    return f"{section.id} {_cut(section.title or section.text)}"


def _figure(old: str, new: str) -> str:
    if not old:
        return f"new: {_cut(new)}"
    return f"{_cut(old)}  →  {_cut(new)}" if new else f"gone: {_cut(old)}"


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _CLAUSE_CHARS else text[: _CLAUSE_CHARS - 1] + "…"


def _named(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:_MOST_LINES]) + (f" and {len(found) - _MOST_LINES} more" if len(found) > _MOST_LINES else "")


def _left_out(count: int, what: str, *, indent: str = "  ") -> Iterator[str]:
    if count > _MOST_LINES:
        yield f"{indent}… {count - _MOST_LINES} more {what} (--json has all)"
