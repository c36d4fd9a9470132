"""What a reload changes in a report: sections added, removed, moved and reworded, figures and stored questions changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rapidfuzz import fuzz

from knowledge.library import ReportKnowledge
from knowledge.records import QAPair, Section

#: Two texts this much alike, in [0, 100], are the same section under another number or in other words.
_SAME_TEXT = 80


@dataclass(frozen=True, slots=True)
class ReportDiff:
    """What has changed in one report.

    Attributes:
        report: Its id.
        added: Sections that are new.
        removed: Sections that are gone.
        moved: (section before, section now): the same text under another number.
        changed: (section before, section now): other words under the same number.
        figures: (section id, clause before, clause now) of figures that are stated otherwise; one of the clauses may be empty.
        questions: Ids of sections, by the numbers now, whose stored questions changed; empty id for off-topic ones.
    """

    report: str
    added: tuple[Section, ...] = ()
    removed: tuple[Section, ...] = ()
    moved: tuple[tuple[Section, Section], ...] = ()
    changed: tuple[tuple[Section, Section], ...] = ()
    figures: tuple[tuple[str, str, str], ...] = ()
    questions: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.moved or self.changed or self.figures or self.questions)

    @property
    def touched(self) -> frozenset[str]:
        """Ids, by the numbers now, of sections in which anything changed."""
        pairs = [section.id for _, section in (*self.moved, *self.changed)]
        return frozenset([*(section.id for section in self.added), *pairs, *(name for name, _, _ in self.figures), *self.questions])

    def now(self, section_id: str) -> str | None:
        """What the section is called now; None when it is gone."""
        if moved := next((new.id for old, new in self.moved if old.id == section_id), None):
            return moved
        return None if any(section.id == section_id for section in self.removed) else section_id


def diff_reports(old: ReportKnowledge, new: ReportKnowledge) -> ReportDiff:
    """Compare two builds of one report."""
    before, after = _by_id(old.report.sections), _by_id(new.report.sections)
    moved = _moves(before, after)
    renamed = {old_id: new_id for old_id, new_id in moved.items() if old_id != new_id}
    taken = set(moved.values())
    added = [section for name, section in after.items() if name not in taken]
    removed = [section for name, section in before.items() if name not in moved]
    changed = [(before[a], after[b]) for a, b in moved.items() if _printed(before[a]) != _printed(after[b])]
    return ReportDiff(
        new.report.id,
        tuple(added),
        tuple(removed),
        tuple((before[a], after[b]) for a, b in renamed.items()),
        tuple(changed),
        tuple(_figures(old, new, moved)),
        frozenset(_questions(old, new, renamed)),
    )


def _by_id(sections: Iterable[Section]) -> dict[str, Section]:
    return {section.id: section for section in sections}


def _printed(section: Section) -> str:
    return f"{section.title}\n{section.text}"


def _moves(before: dict[str, Section], after: dict[str, Section]) -> dict[str, str]:
    """Id before -> id now of each section that is still there: by the very words first, then by its number and like words, then
    by like words alone, and last by its number alone."""
    moved = {name: name for name in before if name in after and _likeness(before[name], after[name]) == 100}
    for least in (100.0, _SAME_TEXT):
        homeless = [name for name in after if name not in set(moved.values())]
        for name in [name for name in before if name not in moved]:
            here = [name] if name in homeless and _likeness(before[name], after[name]) >= least else homeless
            likeness, other = max(((_likeness(before[name], after[other]), other) for other in here), default=(0.0, ""))
            if likeness >= least:
                moved[name] = other
                homeless.remove(other)
    taken = set(moved.values())
    moved |= {name: name for name in before if name not in moved and name in after and name not in taken}
    return {name: moved[name] for name in before if name in moved}


def _likeness(old: Section, new: Section) -> float:
    return fuzz.ratio(_printed(old), _printed(new))


def _figures(old: ReportKnowledge, new: ReportKnowledge, moved: dict[str, str]) -> Iterable[tuple[str, str, str]]:
    before: dict[str, list[str]] = {}
    for figure in old.figures:
        before.setdefault(moved.get(figure.section, f"gone {figure.section}"), []).append(figure.quote)
    after: dict[str, list[str]] = {}
    for figure in new.figures:
        after.setdefault(figure.section, []).append(figure.quote)
    for section in dict.fromkeys([*after, *before]):
        a, b = list(dict.fromkeys(before.get(section, []))), list(dict.fromkeys(after.get(section, [])))
        for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            if tag != "equal":
                yield from ((section.removeprefix("gone "), x, y) for x, y in _side_by_side(a[i:j], b[k:m]))


def _side_by_side(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, str]]:
    """Clauses paired with those that read alike but for the numbers, the rest by themselves."""
    left, pairs = list(old), []
    for clause in new:
        same = next((other for other in left if re.sub(r"\d", "", other) == re.sub(r"\d", "", clause)), None)
        same = same or max(left, key=lambda other: fuzz.ratio(other, clause), default=None)
        if same is not None and fuzz.ratio(same, clause) >= _SAME_TEXT / 2:
            left.remove(same)
            pairs.append((same, clause))
        else:
            pairs.append(("", clause))
    return [*pairs, *((clause, "") for clause in left)]


def _questions(old: ReportKnowledge, new: ReportKnowledge, renamed: dict[str, str]) -> set[str]:
    def keys(known: ReportKnowledge, names: dict[str, str]) -> dict[tuple[str, ...], str]:
        pairs = (pair for pair in known.retriever.pairs if pair.origin != "generated")
        return {_key(pair, names): names.get(pair.section, pair.section) for pair in pairs}

    before, after = keys(old, renamed), keys(new, {})
    different = before.keys() ^ after.keys()
    return {(after.get(key) or before.get(key) or "") for key in different} & {s.id for s in new.report.sections}


def _key(pair: QAPair, names: dict[str, str]) -> tuple[str, ...]:
    return pair.question, names.get(pair.section, pair.section), pair.kind.value, *pair.spans
