"""Everyday words and the words that government reports print for the same thing, shipped for every report of the kind."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from knowledge.normalize import fold

#: Words that mean much the same as a report prints them, and other words that lead to them.
Group = tuple[tuple[str, ...], tuple[str, ...]]


@cache
def _groups() -> tuple[Group, ...]:
    """The shipped groups; see the head of the data file for their form."""
    lines = files("knowledge").joinpath("data/everyday.txt").read_text(encoding="utf-8").splitlines()
    halves = (line.partition("|") for line in lines if line.strip() and not line.startswith("#"))
    return tuple((tuple(map(fold, printed.split())), tuple(map(fold, everyday.split()))) for printed, _, everyday in halves)


class Lexicon:
    """The shipped words that matter to one report: those that lead from another word to one that it prints.

    Args:
        printed: The report's texts and headings, folded.
        groups: More groups: the report's own terms with their synonyms.
    """

    def __init__(self, printed: str, groups: Iterable[Group] = ()) -> None:
        found: dict[str, dict[str, None]] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        for formal, everyday in (*groups, *_groups()):
            held = [word for word in formal if word in printed]
            for word in (*formal, *everyday):
                self._names.setdefault(word, formal)  # the first group is the nearest; later ones only lead somewhere
                others = [other for other in held if other != word and other not in word]
                if others:
                    found.setdefault(word, {}).update(dict.fromkeys(others))
        self._printed_for = {word: tuple(others) for word, others in found.items()}
        self._longest: dict[str, int] = {}
        for word in found:
            self._longest[word[0]] = max(len(word), self._longest.get(word[0], 0))

    def printed_for(self, text: str) -> dict[str, tuple[str, ...]]:
        """Words of folded *text* that the report prints otherwise, each with what it prints, in order of place; longest first."""
        found: dict[str, tuple[str, ...]] = {}
        longest, printed_for, end = self._longest, self._printed_for, 0
        for place, char in enumerate(text):
            if place < end or char not in longest:
                continue
            for length in range(min(longest[char], len(text) - place), 1, -1):
                word = text[place : place + length]
                if word in printed_for:
                    found[word] = printed_for[word]
                    end = place + length
                    break
        return found

    def names(self, word: str) -> tuple[str, ...]:
        """Words that reports print for *word*, whether this one does or not."""
        return tuple(name for name in self._names.get(fold(word), ()) if name != fold(word))
