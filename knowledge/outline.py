"""Which heading stands below which: the levels of one report, read from the order in which its numbers come.

The level of a form is the report's own: 一、 may hold 1. directly, 第一部分 may hold 一、. A heading whose form is open closes
everything below it; one in a new form goes below what is open, unless its form usually stands above that.

Misprints: numbers may be left out (三、 after 一、), and one that stands twice under the same heading keeps its printed label
and gets a letter on its id (``1.3``, then ``1.3b``). A number far from any that could come next is no heading but text.
A part whose number starts over is refused: that is a second document, not a misprint.

A decimal says itself what it stands below: ``1.1`` below the innermost open heading of number 1, ``1.1.2`` below the open ``1.1``; where
there is none it is no heading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import InvalidSource
from knowledge.numbering import Heading, NumberForm, number_label
from knowledge.records import SectionKind

#: How many numbers a misprint or a lost line may leave out.
_MAX_SKIPPED = 3
_LETTERS = "bcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a heading stands.

    Attributes:
        id: Dotted path of the printed numbers.
        label: The numbers of its whole path as printed.
        parent: Id of the heading above, or None.
        kind: Part at the top; below it item when printed like one or when two levels down, otherwise article.
    """

    id: str
    label: str
    parent: str | None
    kind: SectionKind


@dataclass(frozen=True, slots=True)
class _Open:
    form: NumberForm
    number: int
    place: Place
    #: The numbers that a decimal below this heading begins with, and what its label begins with.
    decimal: tuple[int, ...]
    lead: str


def place_headings(path: Path, headings: Sequence[Heading | None]) -> list[Place | None]:
    """Find each heading's place; None for what is no heading after all.

    Args:
        path: The report's file, for messages.
        headings: One entry a paragraph in printed order, None where it has no number.

    Raises:
        InvalidSource: If the numbers of the parts start over.
    """
    outline = _Outline(path, [heading for heading in headings if heading])
    return [outline.place(heading) if heading else None for heading in headings]


class _Outline:
    """The open headings, from the part down, and every number used so far."""

    def __init__(self, path: Path, headings: Sequence[Heading]) -> None:
        self._path = path
        self._below = _inverted(headings)
        self._open: list[_Open] = []
        self._last: dict[NumberForm, int] = {}
        self._taken: dict[str, tuple[NumberForm, str]] = {}

    def place(self, heading: Heading) -> Place | None:
        depths = self._depths_of_decimal(heading) if heading.above else [self._depth(heading.form)]
        depth = next((depth for depth in depths if self._plausible(heading, depth)), None)
        if depth is None:
            return None
        wanted = self._id(depth, heading.number)
        if wanted in self._taken and self._taken[wanted][0] is not heading.form:  # another form's run: this one goes below it
            depth = len(self._open)
            wanted = self._id(depth, heading.number)
        if wanted in self._taken:
            wanted = self._repeated(wanted, heading, depth)
        above = self._open[depth - 1].place if depth else None
        decimal = (*heading.above, heading.number)
        if above and heading.above:
            lead = self._open[depth - 1].lead
            label = lead + ".".join(map(str, decimal))
        else:
            label = (above.label if above else "") + number_label(heading.form, heading.number)
            lead = label.removesuffix(str(heading.number)) if heading.form is NumberForm.ITEM else label
        place = Place(wanted, label, above.id if above else None, _kind(heading.form, depth))
        self._open[depth:] = [_Open(heading.form, heading.number, place, decimal, lead)]
        self._last[heading.form] = heading.number
        self._taken[wanted] = heading.form, heading.printed + heading.rest[:20]
        return place

    def _depth(self, form: NumberForm) -> int:
        for depth, opened in enumerate(self._open):
            if opened.form is form or (opened.form > form and (opened.form, form) not in self._below):
                return depth
        return len(self._open)

    def _depths_of_decimal(self, heading: Heading) -> list[int]:
        """Depths right below what the decimal may stand below, the innermost first."""
        depths = range(len(self._open), 0, -1)
        holders = [(depth, self._open[depth - 1]) for depth in depths]
        return [depth for depth, above in holders if above.form < NumberForm.SUBITEM and above.decimal == heading.above]

    def _plausible(self, heading: Heading, depth: int) -> bool:
        sibling = self._open[depth].number if depth < len(self._open) and self._open[depth].form is heading.form else 0
        # Numbers may run on across the headings above; a decimal that begins the count below its heading may not.
        before = {sibling} if heading.above else {sibling, self._last.get(heading.form, 0)}
        return heading.number == 1 or any(last and last <= heading.number <= last + 1 + _MAX_SKIPPED for last in before)

    def _id(self, depth: int, number: int) -> str:
        return f"{self._open[depth - 1].place.id}.{number}" if depth else str(number)

    def _repeated(self, wanted: str, heading: Heading, depth: int) -> str:
        if not depth and self._open[0].number != heading.number:
            first = self._taken[wanted][1]
            raise InvalidSource(
                self._path,
                f"section {wanted}",
                f"the same number stands twice, in {first!r} and again in {heading.printed + heading.rest[:20]!r}; "
                "keep one report in the file, without attachments or a second version",
            )
        lettered = next((f"{wanted}{letter}" for letter in _LETTERS if f"{wanted}{letter}" not in self._taken), None)
        if lettered is None:
            raise InvalidSource(self._path, f"section {wanted}", "the same number stands more than 25 times; is this a report?")
        return lettered


def _kind(form: NumberForm, depth: int) -> SectionKind:
    if not depth:
        return SectionKind.PART
    return SectionKind.ARTICLE if depth == 1 and (form < NumberForm.ITEM or form is NumberForm.DECIMAL) else SectionKind.ITEM


def _inverted(headings: Sequence[Heading]) -> set[tuple[NumberForm, NumberForm]]:
    """Pairs (above, below) that this report nests against the usual order.

    It does when a number of the lower form goes on counting around a run of the usually higher one: 1. (一) (二) 2. (一)
    """
    found: set[tuple[NumberForm, NumberForm]] = set()
    last: dict[NumberForm, int] = {}
    #: Forms whose run has begun anew since the number of the key was printed.
    begun: dict[NumberForm, set[NumberForm]] = {}
    for heading in headings:
        if heading.number == last.get(heading.form, 0) + 1:
            found |= {(heading.form, form) for form in begun.get(heading.form, set()) if form < heading.form}
        for form, inside in begun.items():
            if form is not heading.form:
                if heading.number == 1:
                    inside.add(heading.form)
                elif heading.form not in inside:  # a higher run going on ends whatever is below it
                    inside.clear()
                    last.pop(form, None)
        last[heading.form] = heading.number
        begun[heading.form] = set()
    return found
