"""Everyday words and the words that government reports print for the same thing, shipped for every report of the kind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from knowledge.normalize import fold


@cache
def _groups() -> tuple[tuple[str, ...], ...]:
    """Words that stand for each other; the first of each is the printed one. See the head of the data file for its source."""
    lines = files("knowledge").joinpath("data/everyday.txt").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(fold(line).split()) for line in lines if line.strip() and not line.startswith("#"))


class Lexicon:
    """The shipped words that matter to one report: those that lead from another word to one that it prints.

    Args:
        printed: The report's texts and headings, folded.
        groups: More groups of words that stand for each other: the report's own terms with their synonyms.
    """

    def __init__(self, printed: str, groups: Iterable[tuple[str, ...]] = ()) -> None:
        self._printed_for: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        for group in (*groups, *_groups()):
            held = [word for word in group if word in printed]
            for word in group:
                self._names[word] = tuple(dict.fromkeys([*self._names.get(word, ()), *group]))
                others = [other for other in held if other != word and other not in word]
                if others:
                    self._printed_for[word] = tuple(dict.fromkeys([*self._printed_for.get(word, ()), *others]))
        words = sorted(self._printed_for, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, words)) or "(?!)")

    def printed_for(self, text: str) -> dict[str, tuple[str, ...]]:
        """Words of folded *text* that the report prints otherwise, each with what it prints, in order of place."""
        return {word: self._printed_for[word] for word in dict.fromkeys(self._pattern.findall(text))}

    def names(self, word: str) -> tuple[str, ...]:
        """Other words for *word*, printed in the report or not."""
        return tuple(name for name in self._names.get(fold(word), ()) if name != fold(word))
