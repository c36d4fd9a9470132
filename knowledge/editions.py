"""Editions: the reports of one release by place, kind and year, and which of them a question goes to. Headers alone are looked at.

The place that answers by itself is *home*: the place with the most written questions; where none are written, the one with the most
reports. It follows from the sources alone, and does not move when a newer report of another place comes in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.normalize import fold_printed
from knowledge.records import Report
from knowledge.titles import find_areas, find_kind, place_of

#: Editions that one question may open.
MAX_EDITIONS = 4
_MAX_BESIDE = 3


@dataclass(frozen=True, slots=True)
class Edition:
    """The header of a report.

    Attributes:
        id: Report id.
        area: Place it is about, with its level where the title prints one: 永安市.
        place: The same without the level: 永安.
        year: Year it is about.
        kind: What kind of report it is, see ``titles.find_kind``.
        title: Full printed title.
        number: 文号, where it prints one.
    """

    id: str
    area: str
    place: str
    year: int | None
    kind: str
    title: str
    number: str = ""

    @classmethod
    def of(cls, report: Report) -> Edition:
        """The header of *report*."""
        areas = find_areas(report.title) or find_areas(report.publisher)
        area = areas[-1] if areas and place_of(areas[-1]) == report.place else report.place
        return cls(report.id, area, report.place, report.year, find_kind(report.title), report.title, report.document_number)

    @property
    def name(self) -> str:
        """A short name; a message that begins with it means this edition: 永安市2018年法治政府建设报告."""
        return f"{self.area}{f'{self.year}年' if self.year else ''}{self.kind}报告"

    @property
    def series(self) -> tuple[str, str]:
        """What it has in common with the editions of other years: place and kind."""
        return self.area, self.kind


def serving_order(editions: Sequence[Edition], written: Mapping[str, int]) -> list[Edition]:
    """*editions* in the order in which they answer: home first, its main kind first, and the newest first.

    Args:
        editions: In any order.
        written: Report id -> how many questions people have written for it.
    """

    def first_of(groups: Sequence[str], chosen: Sequence[Edition]) -> str:
        def weight(group: str, of: Sequence[str]) -> tuple[int, int, int]:
            members = [edition for edition, own in zip(chosen, of, strict=True) if own == group]
            return sum(written.get(e.id, 0) for e in members), len(members), -min(e.year or 9999 for e in members)

        return max(sorted(set(groups)), key=lambda group: weight(group, groups), default="")

    home = first_of([e.area for e in editions], editions)
    at_home = [e for e in editions if e.area == home]
    kind = first_of([e.kind for e in at_home], at_home)
    return sorted(editions, key=lambda e: (e.area != home, e.series != (home, kind), -(e.year or 0), e.id))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which editions a message names.

    Attributes:
        years: Years, in the order they are named.
        areas: Places that there are reports of, in the order they are named.
        kinds: Kinds that there are reports of.
        every: Whether all years are asked for: 历年.
        newest: Whether the newest report is asked for by that word.
        rest: The message without the names of editions.
    """

    years: tuple[int, ...] = ()
    areas: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    every: bool = False
    newest: bool = False
    rest: str = ""

    def __bool__(self) -> bool:
        return bool(self.years or self.areas or self.kinds or self.every or self.newest)


@dataclass(frozen=True, slots=True)
class Choice:
    """Where an answer may stand.

    Attributes:
        editions: Those the question means, the likeliest first; one a kind.
        beside: Those that may speak of a year besides its own report: of the main kind, the nearest in time first.
        missing: Named years that have no report of this place and kind.
        main: The newest edition of the place and of the kind that goes first there.
    """

    editions: tuple[Edition, ...]
    main: Edition
    beside: tuple[Edition, ...] = ()
    missing: tuple[int, ...] = ()


class Editions:
    """The editions of one release, in serving order.

    Attributes:
        all: Every edition, the default one first.
        names: What a place may be called -> its area; of two places of one name the first in order has the bare one.
        kinds: Kinds there are.
    """

    def __init__(self, editions: Sequence[Edition]) -> None:
        self.all = tuple(editions)
        self.names: dict[str, str] = {}
        self._by_id = {edition.id: edition for edition in editions}
        self._series: dict[tuple[str, str], list[Edition]] = defaultdict(list)
        self._kinds_of: dict[str, list[str]] = defaultdict(list)
        self._by_name = {
            fold_printed(name): edition for edition in reversed(self.all) for name in (edition.title, edition.number, edition.name) if name
        }
        for edition in self.all:
            self._series[edition.series].append(edition)
            if edition.kind not in self._kinds_of[edition.area]:
                self._kinds_of[edition.area].append(edition.kind)
            if edition.area:
                self.names.setdefault(edition.area, edition.area)
                self.names.setdefault(edition.place, edition.area)
        for series in self._series.values():
            series.sort(key=lambda e: (-(e.year or 0), e.id))
        self.kinds = tuple(dict.fromkeys(edition.kind for edition in self.all if edition.kind))

    def __len__(self) -> int:
        return len(self.all)

    @property
    def default(self) -> Edition:
        """The edition that answers when a question names none."""
        return self.all[0]

    def get(self, report_id: str) -> Edition | None:
        """The edition of that report id, or None."""
        return self._by_id.get(report_id)

    def named(self, name: str) -> Edition | None:
        """The edition with exactly that folded title, short name or document number, or None."""
        return self._by_name.get(name)

    def series(self, edition: Edition) -> Sequence[Edition]:
        """All years of *edition*'s place and kind, the newest first."""
        return self._series[edition.series]

    def newer(self, edition: Edition) -> Edition | None:
        """The newest edition of the same place and kind, where that is a newer one."""
        newest = self.series(edition)[0]
        return newest if edition.year and newest.year and newest.year > edition.year else None

    def before(self, edition: Edition) -> Edition | None:
        """The edition of the same place and kind before this one."""
        return next((e for e in self.series(edition) if (e.year or 0) < (edition.year or 0)), None)

    def choose(self, wanted: Wanted, *, near: Edition | None = None, year: int | None = None, area: str = "") -> Choice:
        """Where to look for the answer.

        Args:
            wanted: What the question names.
            near: The edition that the conversation is about, whose place and kind go first; None for the default one.
            year: The one of ``wanted.years`` to look for; None for the newest.
            area: The one of ``wanted.areas`` to look in; empty for the place of *near*.
        """
        near = near or self.default
        area = area or near.area
        kinds = [kind for kind in self._kinds_of[area] if kind in wanted.kinds] or self._kinds_of[area]
        if near.kind in kinds:
            kinds = [near.kind, *(kind for kind in kinds if kind != near.kind)]
        main = self._series[area, kinds[0]]
        if not year:
            return Choice(tuple(self._series[area, kind][0] for kind in kinds)[:MAX_EDITIONS], main[0])
        found = [edition for kind in kinds for edition in self._series[area, kind] if edition.year == year]
        others = [edition for edition in reversed(main) if edition.year and edition.year != year]
        beside = sorted(others, key=lambda edition: abs((edition.year or 0) - year))[:_MAX_BESIDE]
        missing = () if any(edition.year == year for edition in main) else (year,)
        return Choice(tuple(found[:MAX_EDITIONS]), main[0], tuple(beside), missing)
