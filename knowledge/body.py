"""Search in the report's own words: BM25 over its sections and its sentences, everyday words led to the printed ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.index import Postings
from knowledge.lexicon import Lexicon
from knowledge.method_cache import cached_method
from knowledge.normalize import normalize_printed
from knowledge.records import Query, Report, SectionKind
from knowledge.row_memory import RowMemory
from knowledge.span import sentences
from knowledge.tokenizer import Tokenizer, character_grams

#: A heading says what its section is about: it counts as often as this.
_TITLE_WEIGHT = 3
#: What a word that the report prints for an everyday one counts beside a word that was typed.
_TRANSLATED = 0.6
_CACHED_WORDS = 4096
#: Sentences that may be a section's best one.
_LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class BodyScores:
    """What the report's own words say of a query; each array has shape (sections,), in printed order.

    Attributes:
        whole: BM25 score of each section with its heading, as a share of the best, in [0, 1].
        sentence: BM25 score of its best sentence, as a share of the best, in [0, 1].
        coverage: Share of the query's words, rarer ones weighing more, that it uses in any form, in [0, 1].
        nearest: Its best sentence, normalized, by its place; only of sections that have one.
    """

    whole: NDArray[np.float64]
    sentence: NDArray[np.float64]
    coverage: NDArray[np.float64]
    nearest: dict[int, str]


class BodyIndex:
    """An index of one report's sections and sentences.

    Args:
        report: The report.
        whole: Postings of the sections that have a text or a heading, in printed order.
        parts: Postings of their sentences, in printed order.
        tokenizer: The report's tokenizer.
        lexicon: The report's lexicon.
    """

    def __init__(self, report: Report, whole: Postings, parts: Postings, tokenizer: Tokenizer, lexicon: Lexicon) -> None:
        self._postings = Postings.joined(whole, parts)
        self._tokenizer = tokenizer
        self._lexicon = lexicon
        rows = searchable_texts(report)
        self._sections = [name for name, _, _ in rows]
        self._texts = [f"{title}\n{text}" for _, title, text in rows]
        self._rows = RowMemory(self._postings.keys)
        # A few hundred words make up most questions.
        self._printed = lru_cache(maxsize=_CACHED_WORDS)(lambda word: _features(word, tokenizer))
        self._users = cached_method(self._find_users, maxsize=_CACHED_WORDS)
        pieces = [(i, piece) for i, (_, _, text) in enumerate(rows) for piece in sentence_texts(text)]
        self._owners = np.array([i for i, _ in pieces], dtype=np.intp)
        self._filled, self._starts = np.unique(self._owners, return_index=True)
        self._sentences = [piece for _, piece in pieces]

    @staticmethod
    def build(report: Report, tokenizer: Tokenizer) -> tuple[Postings, Postings]:
        """Postings of the sections and of their sentences."""
        rows = searchable_texts(report)
        whole = [_features(title, tokenizer) * _TITLE_WEIGHT + _features(text, tokenizer) for _, title, text in rows]
        parts = [_features(piece, tokenizer) for _, _, text in rows for piece in sentence_texts(text)]
        return Postings.build(whole, b=0.3), Postings.build(parts, b=0.4)

    def search(self, query: Query) -> BodyScores:
        """Score every section; 0 for those that share nothing with *query*."""
        printed = self._lexicon.printed_for(query.text)
        typed = list(dict.fromkeys(_features_of(query.text, query.words)))
        translated = sorted({f for words in printed.values() for word in words for f in self._printed(word)} - set(typed))
        (rows,) = self._rows.find(typed + translated)
        weights = np.array([1.0] * len(typed) + [_TRANSLATED] * len(translated))
        together = self._postings.scores_of(rows, weights)
        whole, scores = together[: len(self._sections)], together[len(self._sections) :]
        parts = np.zeros(len(self._sections))
        if len(self._owners):
            parts[self._filled] = np.maximum.reduceat(scores, self._starts)
        # Later entries of a dict win: the best sentence of a section comes last.
        order = np.argsort(scores, kind="stable")[-_LOOKED_AT:]
        order = order[scores[order] > 0]
        nearest = dict(zip(self._owners[order].tolist(), map(self._sentences.__getitem__, order.tolist()), strict=True))
        return BodyScores(_shares(whole), _shares(parts), self._coverage(query, printed), nearest)

    def _coverage(self, query: Query, printed: dict[str, tuple[str, ...]]) -> NDArray[np.float64]:
        units = list(dict.fromkeys([w for w in query.words if not any(w in p for p in printed)])) + list(printed)
        if not units:
            return np.zeros(len(self._sections))
        held = np.array([self._users(unit, printed.get(unit, ())) for unit in units])
        idf = np.log1p((len(self._texts) + 0.5) / (held.sum(1) + 0.5))
        shares: NDArray[np.float64] = idf @ held / idf.sum()
        return shares

    def _find_users(self, word: str, printed: tuple[str, ...]) -> NDArray[np.float64]:
        """How far each section uses *word*, shape (sections,)."""
        return np.array([_uses(text, word, printed) for text in self._texts])


def _uses(text: str, word: str, printed: Sequence[str]) -> float:
    """How far *text* uses *word*: wholly, in what the report prints for it, or in part of its characters."""
    if word in text or any(other in text for other in printed):
        return 1.0
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    return 0.5 * sum(pair in text for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0


def searchable_texts(report: Report) -> list[tuple[str, str, str]]:
    """(id, heading, text) of each section that can answer, normalized; the headings above an item count as its own, once."""
    above = {s.id: s.title for s in report.sections}
    rows = []
    for section in report.sections:
        unprinted = section.kind in {SectionKind.META, SectionKind.PREAMBLE}
        title = "" if unprinted else section.title
        if section.text or title:
            lines = "\n".join(normalize_printed(line) for line in section.text.split("\n"))
            parent = above.get(section.parent or "", "") if section.text else ""
            rows.append((section.id, normalize_printed(title), f"{normalize_printed(parent)}\n{lines}" if parent else lines))
    return rows


def sentence_texts(text: str) -> list[str]:
    return [piece for start, end in sentences(text) if (piece := text[start:end].strip())]


def _features(text: str, tokenizer: Tokenizer) -> list[str]:
    return _features_of(text, tokenizer.words(text))


def _features_of(text: str, words: Iterable[str]) -> list[str]:
    return [*(f"c{gram}" for gram in character_grams(text, sizes=(2,))), *(f"w{word}" for word in words)]


def _shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """*scores* as shares of the best."""
    top = scores.max(initial=0.0)
    return scores / top if top else scores
