"""Claims on how many a list of the section names: 三家承办 against 由发改局、民政局、财政局承办."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from knowledge.claim_parts import ClaimPart, Support
from knowledge.quantity import Comparator, Quantity, agrees, find_quantities
from knowledge.tokenizer import character_grams

_CLAUSE = re.compile(r"[^,。;:\n]+")
_LIST = re.compile(r"(?:[^,。;:、\n]{2,14}、)+[^,。;:、\n]{2,14}")
_LAST = re.compile(r"(?<=[\u4e00-\u9fff]{2})[和及与](?=[\u4e00-\u9fff“]{2})")
#: That one alone does it.
_ALONE = re.compile(r"唯一|独家|单独|独自|只有|仅有|只由|仅由|光是|[一1]家")
_CORE = 4
#: Pairs of characters in common from which a claim speaks of a clause, and fewer where it names one of the list.
_SHARED, _SHARED_NAMED = 2, 1


@dataclass(frozen=True, slots=True)
class _Listing:
    """Things that a clause lists."""

    items: tuple[str, ...]
    words: str
    around: str

    @property
    def cores(self) -> tuple[str, ...]:
        """The items without what runs into the first (养老服务由民政局) and out of the last (卫健局承办)."""
        first, *middle, last = self.items
        return (first[-_CORE:], *middle, last[:_CORE])


def check_lists(claim: str, text: str) -> list[ClaimPart]:
    """Counts of the folded claim, and its 唯一 and 只有, against the list of the folded section that it speaks of."""
    listing = max(_listings(text), key=lambda found: _shared(claim, found), default=None)
    if listing is None:
        return []
    named = [item for item in listing.cores if _named(claim, item, listing.cores)]
    if _shared(claim, listing) < (_SHARED_NAMED if named else _SHARED):
        return []
    counted = (q for q in find_quantities(claim) if q.unit == "个" and q.value >= 2 and _counts(q, listing))
    parts = [ClaimPart(quantity.words, Support.SUPPORTED, listing.words) for quantity in counted]
    if len(named) <= 1 and (alone := _ALONE.search(claim)) and (named or alone[0] in {"一家", "1家"}):
        parts.append(ClaimPart(alone[0], Support.REFUTED, listing.words))
    return parts


def _counts(claimed: Quantity, listing: _Listing) -> bool:
    return agrees(claimed, replace(claimed, value=float(len(listing.items)), comparator=Comparator.EQUAL))


def _listings(text: str) -> Iterator[_Listing]:
    for clause in _CLAUSE.findall(text):
        if match := _LIST.search(clause):
            *first, last = match[0].split("、")
            items = (*first, *_LAST.split(last, maxsplit=1))
            yield _Listing(tuple(items), match[0], clause)


def _shared(claim: str, listing: _Listing) -> int:
    return len(set(character_grams(claim, sizes=(2,))) & set(character_grams(listing.around, sizes=(2,))))


def _named(claim: str, item: str, items: tuple[str, ...]) -> bool:
    """Whether the claim names *item* by what no other of *items* has: 民政局 and 财政局 share 政局."""
    others = [other for other in items if other != item]
    return any(gram in claim and not any(gram in other for other in others) for gram in character_grams(item, sizes=(2,)))
