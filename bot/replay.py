"""Which stored questions a reload asks again, of the release in service and of the one that may follow it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from knowledge.library import ReportKnowledge
from knowledge.records import PairKind
from knowledge.release_diff import ReportDiff

#: Questions asked of a section in which, and near which, nothing changed. Five of each of fifty sections show a change that
#: touches one answer in a hundred with a chance of nine in ten.
PER_SECTION = 5
#: Sections that an unknown reader may take for a changed one: the first that a search for its words finds.
_NEIGHBOURS = 4
_SEARCHED_CHARS = 80
_KINDS = {PairKind.ANSWER, PairKind.GAP}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A question that an admin has written, and where it leads.

    Attributes:
        question: As written.
        before: Section that the release in service has it under; empty for a gap, None where it does not have it.
        after: The same of the next release.
        section: Section it is counted under.
    """

    question: str
    before: str | None
    after: str | None
    section: str


def labelled_questions(old: ReportKnowledge, new: ReportKnowledge, diff: ReportDiff) -> list[Labelled]:
    """Every curated question of either, in the order of the sections."""
    before, after = _labels(old), _labels(new)
    found = []
    for question in {**after, **before}:
        was, now = before.get(question), after.get(question)
        section = now[0] if now else diff.now(was[0]) if was else None
        expected = _expected(now) if now else None
        if was and now and _expected(was) and was[0] == now[0] and (moved := diff.now(was[0])) not in {None, was[0]}:
            expected = section = moved  # its section has another number now, and the question was left behind at the old one
        found.append(Labelled(question, _expected(was) if was else None, expected, section or ""))
    return found


def choose_questions(
    questions: Iterable[Labelled], new: ReportKnowledge, diff: ReportDiff, *, per_section: int | None = PER_SECTION
) -> list[Labelled]:
    """Those worth asking, the likeliest to have changed first; the same ones on every run.

    First every question of the sections that were touched, then every one of the sections near them, then *per_section* of each
    other section, all of them for None; round by round over the sections, so that whoever stops early has asked of each.
    """
    touched = diff.touched
    near = frozenset(_near(new, touched))

    def distance(labelled: Labelled) -> int:
        return 0 if labelled.section in touched or not labelled.section else 1 if labelled.section in near else 2

    counts: dict[str, int] = {}
    placed = []
    for labelled in sorted(questions, key=lambda one: hashlib.sha256(one.question.encode()).digest()):
        round_ = counts[labelled.section] = counts.get(labelled.section, -1) + 1
        if per_section is None or distance(labelled) < 2 or round_ < per_section:
            placed.append((distance(labelled), round_, labelled.section, labelled))
    return [labelled for *_, labelled in sorted(placed, key=lambda place: place[:3])]


def _labels(known: ReportKnowledge) -> Mapping[str, tuple[str, PairKind]]:
    pairs = (pair for pair in known.retriever.pairs if pair.origin == "curated" and pair.kind in _KINDS)
    return {pair.question: (pair.section, pair.kind) for pair in reversed(list(pairs))}


def _expected(label: tuple[str, PairKind]) -> str:
    return label[0] if label[1] is PairKind.ANSWER else ""


def _near(known: ReportKnowledge, touched: frozenset[str]) -> Iterator[str]:
    for name in touched:
        if section := known.section(name):
            found = known.search(known.read(f"{section.title}{section.text}"[:_SEARCHED_CHARS]))
            yield from (candidate.section for candidate in found.candidates[:_NEIGHBOURS])
