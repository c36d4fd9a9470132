"""Which sentences answer a query, by vectors of whole texts: a question points where the sentences that answer such questions point.

Two tables of vectors, one for what is asked and one for what is printed, were fitted on labelled questions of other reports; a text
is the sum of its words and characters (a dual encoder over bags of features, after Wu et al., "StarSpace", 2018; no model is run).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowledge.body import searchable_texts
from knowledge.features import feature_key, feature_keys
from knowledge.index import Floats, map_arrays
from knowledge.normalize import normalize_printed
from knowledge.records import Query, Report
from knowledge.span import sentences
from knowledge.tokenizer import Tokenizer, character_grams

_LONGEST_PIECE = 4
_CACHED_WORDS = 8192


def encoded_features(text: str, words: Sequence[str]) -> list[str]:
    """Features of a normalized text and its words: the words, single characters and pairs, marked by kind."""
    return [*(f"w{word}" for word in words), *(f"c{gram}" for gram in character_grams(text, sizes=(1, 2)))]


class Table(NamedTuple):
    """Vectors by key, one byte a number.

    Attributes:
        keys: Sorted feature keys, shape (rows,).
        vectors: Shape (rows, size).
        scale: What a row is multiplied by, shape (rows,).
    """

    keys: NDArray[np.uint64]
    vectors: NDArray[np.int8]
    scale: NDArray[np.float32]

    def row(self, key: np.uint64) -> Floats | None:
        """The vector of *key*, or None."""
        place = int(np.searchsorted(self.keys, key))
        if place == len(self.keys) or self.keys[place] != key:
            return None
        vector: Floats = self.vectors[place].astype(np.float32) * self.scale[place]
        return vector


class Encoder:
    """The fitted tables, memory-mapped; ``scripts/fit_encoder.py`` writes them.

    Args:
        asked: Vectors of features of questions.
        printed: Vectors of features of printed sentences.
        words: Vectors that the fit began with, by word: for features that it never met.
        unmet: What those count: a word, and a character or pair.
    """

    def __init__(self, asked: Table, printed: Table, words: Table, unmet: tuple[float, float]) -> None:
        self.size = int(words.vectors.shape[1])
        self._words = words
        self._unmet = {"w": unmet[0], "c": unmet[1]}
        self._asked = lru_cache(maxsize=_CACHED_WORDS)(lambda feature: self._vector(asked, feature))
        self._printed = lru_cache(maxsize=_CACHED_WORDS)(lambda feature: self._vector(printed, feature))

    def encode_query(self, query: Query) -> Floats:
        """Unit vector of *query*, shape (size,); zeros where nothing in it is known."""
        return _unit(sum((self._asked(f) for f in encoded_features(query.text, query.words)), np.zeros(self.size, np.float32)))

    def encode_printed(self, text: str, words: Sequence[str]) -> Floats:
        """Unit vector of a normalized printed text and its words, as ``encode_query``."""
        return _unit(sum((self._printed(f) for f in encoded_features(text, words)), np.zeros(self.size, np.float32)))

    def _vector(self, table: Table, feature: str) -> Floats:
        met = table.row(np.uint64(feature_key(feature)))
        return met if met is not None else self._unmet[feature[0]] * self._pieces(feature[1:])

    def _pieces(self, word: str) -> Floats:
        """The vector of *word*, or of its longest known pieces; zeros where there are none."""
        if (known := self._words.row(np.uint64(feature_key(word)))) is not None:
            return known
        total = np.zeros(self.size, np.float32)
        place = 0
        while place < len(word):
            lengths = range(min(_LONGEST_PIECE, len(word) - place), 0, -1)
            keys = feature_keys(word[place : place + n] for n in lengths)
            found = next(((n, v) for n, key in zip(lengths, keys, strict=True) if (v := self._words.row(key)) is not None), None)
            if found:
                total += found[0] * found[1]
            place += found[0] if found else 1
        return _unit(total)


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector


def load_encoder(path: Path) -> Encoder:
    """The tables that ``scripts/fit_encoder.py`` wrote to *path*.

    Raises:
        InvalidRelease: If the file is damaged.
    """
    arrays = map_arrays(path)
    keys, words = arrays["keys"].view(np.uint64), arrays["word_keys"].view(np.uint64)
    scales = {name: arrays[f"{name}_scale"].view(np.float32) for name in ("asked", "printed", "word")}
    asked, printed, start = (arrays[name].view(np.int8) for name in ("asked", "printed", "word"))
    word, gram = arrays["unmet"].view(np.float32).tolist()
    tables = Table(keys, asked, scales["asked"]), Table(keys, printed, scales["printed"]), Table(words, start, scales["word"])
    return Encoder(*tables, (word, gram))


@cache
def shipped_encoder() -> Encoder:
    """The shipped tables.

    Raises:
        InvalidRelease: If the file is damaged.
    """
    with as_file(files("knowledge").joinpath("data/encoder.bin")) as path:
        return load_encoder(path)


class DenseScores(NamedTuple):
    """How well the sentences of a report answer a query.

    Attributes:
        sections: Cosine in [-1, 1] of each section's best sentence, shape (sections,), in printed order.
        sentences: Of every sentence, shape (sentences,), see ``DenseIndex.of_section``.
    """

    sections: Floats
    sentences: Floats


class DenseIndex:
    """The sentences of one report as vectors.

    Args:
        report: The report.
        tokenizer: The report's tokenizer.
        encoder: What makes the vectors.
    """

    def __init__(self, report: Report, tokenizer: Tokenizer, encoder: Encoder) -> None:
        self._encoder = encoder
        printed = {section.id: section.text for section in report.sections}
        texts: list[str] = []
        owners: list[int] = []
        #: First and last place of each section's own sentences, by its id.
        self._ranges: dict[str, tuple[int, int]] = {}
        rows = searchable_texts(report)
        for i, (name, title, text) in enumerate(rows):
            own = [normalize_printed(printed[name][start:end]).strip() for start, end in sentences(printed[name])]
            # The heading above an item counts as a sentence of it.
            lines = text.split("\n")
            above = lines[:1] if own and len(lines) > printed[name].count("\n") + 1 else []
            first = len(texts) + len(above)
            self._ranges[name] = (first, first + len(own))
            pieces = [*above, *own] or [""]
            texts += [f"{title}\n{piece}" for piece in pieces]
            owners += [i] * len(pieces)
        self._count = len(rows)
        self._owners = np.array(owners, dtype=np.intp)
        vectors = [encoder.encode_printed(text, tokenizer.words(text)) for text in texts]
        self._matrix = np.array(vectors, dtype=np.float32).reshape(len(vectors), encoder.size)

    def search(self, query: Query) -> DenseScores:
        """Score every sentence for *query*."""
        cosines: Floats = self._matrix @ self._encoder.encode_query(query)
        best = np.full(self._count, -1.0, dtype=np.float32)
        np.maximum.at(best, self._owners, cosines)
        return DenseScores(best, cosines)

    def of_section(self, scores: DenseScores, section: str) -> tuple[float, ...]:
        """The scores of the sentences of *section*, as ``knowledge.span.sentences`` cuts its text."""
        first, last = self._ranges[section]
        return tuple(scores.sentences[first:last].tolist())
