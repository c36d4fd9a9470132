"""Normalized text -> the features that are matched: characters, words, syllables."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from operator import add

import jieba

from knowledge.method_cache import cached_method
from knowledge.normalize import normalize
from knowledge.records import Query

_RUN = re.compile(r"[\u3400-\u9fff]+|[a-z0-9.%]+")
#: Added to every word's count, so that an unknown one is rare and not infinitely so.
_SMOOTHING = 10
_CJK = re.compile(r"[\u3400-\u9fff]")
#: Texts whose words are remembered.
_LATELY = 64


@cache
def _stop_words() -> frozenset[str]:
    lines = files("knowledge").joinpath("data/stop_words.txt").read_text(encoding="utf-8").split()
    return frozenset(lines)


@cache
def _plain_syllables() -> dict[str, str]:
    lines = files("knowledge").joinpath("data/syllables.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines if not line.startswith("#"))
    return {char: syllable for syllable, chars in rows for char in chars}


def plain_syllable(char: str) -> str:
    """The commonest toneless syllable of one character; the character itself where it has none."""
    return _plain_syllables().get(char, char)


def plain_syllables(text: str) -> list[str]:
    """``plain_syllable`` of each character of *text*."""
    return list(map(_plain_syllables().get, text, text))


class _Dictionary(jieba.Tokenizer):  # type: ignore[misc]  # jieba is not typed
    """jieba's dictionary, with the likeliest way through a text found in one pass instead of two, half as slow; the words are the same."""

    def get_DAG(self, sentence: str) -> None:
        """Nothing: ``calc`` looks words up by itself."""

    def calc(self, sentence: str, DAG: None, route: dict[int, tuple[float, int]]) -> None:  # noqa: ARG002
        """Fill *route* for each place, from the end, with the log probability from there on and the last place of the first word."""
        log, counts, size = math.log, self.FREQ, len(sentence)
        whole = log(self.total)
        ahead = [0.0] * (size + 1)
        for start in range(size - 1, -1, -1):
            best, end = -math.inf, 0
            stop = start + 1
            while stop <= size and (count := counts.get(sentence[start:stop])) is not None:
                if count and (likelihood := log(count) - whole + ahead[stop]) >= best:  # of equal ones the longest
                    best, end = likelihood, stop
                stop += 1
            if not end:
                best, end = ahead[start + 1] - whole, start + 1
            ahead[start] = best
            route[start] = (best, end - 1)


@cache
def _dictionary() -> _Dictionary:
    jieba.setLogLevel(logging.WARNING)
    tokenizer = _Dictionary()
    tokenizer.initialize()
    return tokenizer


def _with_words(words: Iterable[str]) -> _Dictionary:
    """jieba's dictionary, read once a process; a report with words of its own gets a copy, so that none hears another's."""
    base, words = _dictionary(), list(words)
    if not words:
        return base
    own = _Dictionary()
    own.FREQ, own.total, own.initialized = dict(base.FREQ), base.total, True
    for word in words:
        own.add_word(word)
    return own


class Tokenizer:
    """Cuts text the same way for stored questions and queries of one release.

    Args:
        words: Terms of the report that jieba must keep whole.
        synonyms: Everyday word -> the report's word.
        readings: Character -> toneless syllable in this report's vocabulary, where it differs from the plain one.
    """

    def __init__(
        self, *, words: Iterable[str] = (), synonyms: Mapping[str, str] | None = None, readings: Mapping[str, str] | None = None
    ) -> None:
        self._synonyms = dict(synonyms or {})
        self._readings = dict(readings or {})
        self._jieba = _with_words([*words, *self._synonyms])
        # A message is cut several times on its way: to put its spelling right, to search, to find what it names.
        self._cut = cached_method(self._cut_afresh, maxsize=_LATELY)

    def _cut_afresh(self, text: str) -> tuple[str, ...]:
        return tuple(self._jieba.cut(text, HMM=False))

    def query(self, text: str) -> Query:
        """Normalize and cut *text*; any input is fine, an empty one gives an empty query."""
        return self.query_of(text, normalize(text))

    def query_of(self, original: str, normalized: str) -> Query:
        """Cut a text that has been normalized."""
        return Query(original, normalized, tuple(self.words(normalized)), tuple(self.syllables(normalized)))

    def words(self, text: str) -> list[str]:
        """Content words of normalized *text*, synonyms folded, stop words left out."""
        stop = _stop_words()
        return [self._synonyms.get(w, w) for w in self._cut(text) if w not in stop and _RUN.match(w)]

    def cut(self, text: str) -> list[str]:
        """All words of *text*, in order."""
        return list(self._cut(text))

    def rarity(self, word: str) -> float:
        """How rare *word* is in the language: the natural logarithm of one over its share, some 3 to 16."""
        return math.log(self._jieba.total / (self._jieba.FREQ.get(word, 0) + _SMOOTHING))

    def is_word(self, text: str) -> bool:
        """Whether *text* is a word of the dictionary or of the report."""
        return bool(self._jieba.FREQ.get(text))

    def syllables(self, text: str) -> list[str]:
        """Toneless pinyin of the Chinese characters of *text*, in order."""
        readings, plain = self._readings, _plain_syllables()
        return [readings.get(c) or plain.get(c, c) for c in text if "\u3400" <= c <= "\u9fff"]


def character_grams(text: str, *, sizes: tuple[int, ...] = (1, 2)) -> list[str]:
    """Character n-grams of each run of letters, digits or Chinese; a number or Latin word counts as one character.

    Returns:
        The grams in order, repeats included; [] for text without letters or digits.
    """
    return list(_grams(text, sizes))


@lru_cache(maxsize=_LATELY)
def _grams(text: str, sizes: tuple[int, ...]) -> tuple[str, ...]:
    grams: list[str] = []
    for run in _units(text):
        for size in sizes:
            if size == 1:
                grams += run
            elif size == 2:
                grams += map(add, run, run[1:])
            else:
                grams += map("".join, zip(*(run[i:] for i in range(size)), strict=False))
    return tuple(grams)


_UNITS = re.compile(r"([\u3400-\u9fff]+)|([a-z]+|\d+(?:\.\d+)?%?)|.", re.S)


def _units(text: str) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for match in _UNITS.finditer(text):
        if match.lastindex == 1:
            runs[-1] += match[1]
        elif match.lastindex:
            runs[-1].append(match[2])
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]
