"""Which sections speak of what a query says in other words: words compared by vectors of what they mean.

For each word of the query the most alike word of a section counts, weighed by how much the word tells (late interaction by
maximum similarity, after Khattab and Zaharia, "ColBERT", 2020, with one fixed vector a word instead of a model run).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.body import searchable_texts, sentence_texts
from knowledge.features import feature_key
from knowledge.index import Floats, map_arrays
from knowledge.method_cache import cached_method
from knowledge.records import Query, Report
from knowledge.tokenizer import Tokenizer

_LONGEST_PIECE = 4
_CACHED_WORDS = 20_000
#: Words of which it is remembered how alike a report's sentences are to them, a kilobyte each for a hundred and fifty sentences.
_COMPARED_WORDS = 1024
#: Words this alike are the same one.
_SAME = 0.999


class WordVectors:
    """Vectors of some ten thousand Chinese words, memory-mapped; alike words point the same way.

    The shipped file's source and licence are named in ``knowledge/data/README.md``; ``scripts/fit_meaning.py`` writes it.
    """

    def __init__(self, keys: NDArray[np.uint64], vectors: NDArray[np.int8]) -> None:
        self._keys = keys
        self._vectors = vectors
        self.size = int(vectors.shape[1])
        self.vector = cached_method(self._vector, maxsize=_CACHED_WORDS)

    def _vector(self, word: str) -> Floats | None:
        """The unit vector of *word*, shape (size,); of its longest known pieces where it is not known whole; else None."""
        if (known := self._known(word)) is not None:
            return _unit(known)
        total = np.zeros(self.size, dtype=np.float32)
        place = 0
        while place < len(word):
            lengths = range(min(_LONGEST_PIECE, len(word) - place), 0, -1)
            found = next(((n, v) for n in lengths if (v := self._known(word[place : place + n])) is not None), None)
            if found:
                total += found[0] * _unit(found[1])
            place += found[0] if found else 1
        return _unit(total) if total.any() else None

    def _known(self, word: str) -> Floats | None:
        key = np.uint64(feature_key(word))
        row = int(np.searchsorted(self._keys, key))
        if row == len(self._keys) or self._keys[row] != key:
            return None
        vector: Floats = self._vectors[row].astype(np.float32)
        return vector


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / np.linalg.norm(vector)
    return unit


@cache
def word_vectors() -> WordVectors:
    """The shipped vectors.

    Raises:
        InvalidRelease: If the file is damaged.
    """
    with as_file(files("knowledge").joinpath("data/word_vectors.bin")) as path:
        arrays = map_arrays(path)
    return WordVectors(arrays["keys"].view(np.uint64), arrays["vectors"].view(np.int8))


class MeaningScores(NamedTuple):
    """How well sections answer to the words of a query; each array has shape (sections,), in printed order.

    Attributes:
        section: By the most alike words of the whole section, in [0, 1].
        sentence: By those of its best sentence with the heading, in [0, 1].
        close: As *section*, with only near likeness counting, in [0, 1].
        same: Share of the query that the section says in the very words, in [0, 1].
        lacking: Share of the query in the one word that the section answers to least, in [0, 1].
    """

    section: Floats
    sentence: Floats
    close: Floats
    same: Floats
    lacking: Floats


class MeaningIndex:
    """The words of one report's sections and sentences with their vectors.

    Args:
        report: The report.
        tokenizer: The report's tokenizer.
        weights: What a word's features count in its weight, by name: see ``_importance``.
    """

    def __init__(self, report: Report, tokenizer: Tokenizer, weights: Mapping[str, float]) -> None:
        self._tokenizer = tokenizer
        self._weights = np.array([weights[name] for name in IMPORTANCE_FEATURES], dtype=np.float32)
        self._vectors = word_vectors()
        rows = [
            (name, tokenizer.words(title), [words for piece in sentence_texts(text) if (words := tokenizer.words(piece))])
            for name, title, text in searchable_texts(report)
        ]
        self.sections = [name for name, _, _ in rows]
        self._columns: dict[str, int] = {}
        whole = [self._known_words([*title, *(word for sentence in text for word in sentence)]) for _, title, text in rows]
        parts = [(i, self._known_words([*title, *part])) for i, (_, title, text) in enumerate(rows) for part in text]
        bare = [(i, self._known_words(title)) for i, (_, title, text) in enumerate(rows) if not text]
        self._parts = _Groups([words for _, words in parts], [i for i, _ in parts], len(rows))
        self._bare = _Groups([words for _, words in bare], [i for i, _ in bare], len(rows))
        vectors = [vector for word in self._columns if (vector := self._vectors.vector(word)) is not None]
        self._matrix = np.array(vectors, dtype=np.float32).reshape(len(vectors), self._vectors.size)
        # A few hundred words make up most questions.
        self._importance_features = cached_method(self._features_of, maxsize=_CACHED_WORDS)
        self._alike = cached_method(self._alike_to, maxsize=_COMPARED_WORDS)
        self._users = np.zeros(len(self._columns), dtype=np.int64)
        np.add.at(self._users, [column for words in whole for column in words], 1)

    def _known_words(self, words: Sequence[str]) -> list[int]:
        known = [word for word in dict.fromkeys(words) if self._vectors.vector(word) is not None]
        return [self._columns.setdefault(word, len(self._columns)) for word in known]

    def search(self, query: Query) -> MeaningScores:
        """Score every section for the words of *query*; all zero when it has no known word."""
        found = [word for word in dict.fromkeys(query.words) if self._vectors.vector(word) is not None]
        if not found or not len(self._matrix):
            nothing = np.zeros(len(self.sections), dtype=np.float32)
            return MeaningScores(nothing, nothing, nothing, nothing, nothing)
        weights = self._importance(found)
        alike = list(map(self._alike, found))
        each, whole = np.array([parts for parts, _ in alike]), np.array([sections for _, sections in alike])
        parts = self._parts.best_of_group(weights @ each)
        same = (whole > _SAME).astype(np.float32)
        lacking = (weights[:, None] * (1 - whole)).max(0)
        return MeaningScores(weights @ whole, parts, weights @ whole**3, weights @ same, lacking)

    def _alike_to(self, word: str) -> tuple[Floats, Floats]:
        """How alike the most alike word is of each sentence, and of each section, to a *word* with a vector; each in [0, 1]."""
        vector = self._vectors.vector(word)
        alike = np.maximum(self._matrix @ vector, 0.0)[None] if vector is not None else np.zeros((1, len(self._matrix)), dtype=np.float32)
        each = self._parts.best_each(alike)
        # The best of a section is that of its best sentence, the heading counting in each; of one without sentences, the heading's.
        whole = np.maximum(self._parts.best_of_group(each), self._bare.best_of_group(self._bare.best_each(alike)))
        return each[0], whole[0]

    def _importance(self, words: Sequence[str]) -> Floats:
        """What each word counts; adds up to 1, shape (words,)."""
        features = np.array([self._importance_features(word) for word in words], dtype=np.float32)
        raw = np.maximum(features @ self._weights, 0.02)
        shares: Floats = raw / raw.sum()
        return shares

    def _features_of(self, word: str) -> tuple[float, ...]:
        """The values of ``IMPORTANCE_FEATURES`` for *word*."""
        column = self._columns.get(word)
        users = self._users[column] if column is not None else 0
        few = float(np.log1p((len(self.sections) + 0.5) / (users + 0.5))) / 3
        return (self._tokenizer.rarity(word) / 10, few, len(word) == 1, len(word) >= 3, column is not None, 1.0)


#: How rare a word is in the language, how few sections use it, one character, three or more, used in the report, the constant.
IMPORTANCE_FEATURES = ("rarity", "few_sections", "one_character", "long", "printed", "constant")


class _Groups:
    """Lists of columns, laid end to end, of which the best of each list is wanted, and the best list of each owner.

    Args:
        lists: Columns.
        owners: Of each list, ascending.
        count: Number of owners.
    """

    def __init__(self, lists: Sequence[Sequence[int]], owners: Sequence[int], count: int) -> None:
        filled = [(columns, owner) for columns, owner in zip(lists, owners, strict=True) if columns]
        self._columns = np.array([column for columns, _ in filled for column in columns], dtype=np.intp)
        self._starts = np.cumsum([0, *(len(columns) for columns, _ in filled)])[:-1].astype(np.intp)
        self._owners = np.array([owner for _, owner in filled], dtype=np.intp)
        self._filled, self._firsts = np.unique(self._owners, return_index=True)
        self._count = count

    def best_each(self, alike: Floats) -> Floats:
        """Best of each list that is not empty; shape (words, lists)."""
        if not len(self._starts):
            return np.zeros((len(alike), 0), dtype=np.float32)
        best: Floats = np.maximum.reduceat(alike.take(self._columns, axis=1), self._starts, axis=1)
        return best

    def best_of_group(self, scores: Floats) -> Floats:
        """Best of each owner's lists by *scores*, shape (..., lists), 0 where it has none; shape (..., owners)."""
        best = np.zeros((*scores.shape[:-1], self._count), dtype=np.float32)
        if len(self._starts):
            best[..., self._filled] = np.maximum.reduceat(scores, self._firsts, axis=-1)
        return best
