"""Verdicts on claims and on their pieces."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Support(StrEnum):
    """What the report says of a claim, worst last."""

    SUPPORTED = "supported"
    NOT_ENOUGH_INFO = "not_enough_info"
    REFUTED = "refuted"


@dataclass(frozen=True, slots=True)
class ClaimPart:
    """One checkable piece of a claim.

    Attributes:
        words: The piece as claimed.
        support: Its verdict.
        stated: The report's own words on it, folded; empty where it has none.
    """

    words: str
    support: Support
    stated: str = ""
