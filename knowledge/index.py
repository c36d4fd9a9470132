"""Ranked search over many short texts: BM25 over character 1- and 2-grams, in memory or memory-mapped.

The index never changes once built. ``Postings`` is the weighted inverted file itself, over any features;
``QuestionIndex`` is the same over texts, for use as a library.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import InvalidRelease
from knowledge.features import FeatureRows, Keys, feature_keys
from knowledge.normalize import fold, pieces
from knowledge.row_memory import Rows, rows_of
from knowledge.tokenizer import character_grams

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

_MAGIC = b"WENBAOIX1\n"
_ALIGN = 64


class Postings:
    """An inverted file with BM25 weights worked out in advance.

    Attributes:
        keys: Sorted feature keys, shape (features,).
        starts: Offsets into *documents*, shape (features + 1,).
        documents: Document positions, grouped by feature.
        weights: BM25 weight of each posting, same shape as *documents*.
        size: Number of documents.
    """

    def __init__(self, keys: Keys, starts: Ints, documents: Ints, weights: Floats, size: int) -> None:
        self.keys = keys
        self.starts = starts
        self.documents = documents
        self.weights = weights
        self.size = size

    @classmethod
    def build(cls, documents: Sequence[Sequence[str]], *, k1: float = 1.2, b: float = 0.5) -> Postings:
        """Index *documents*, each a list of features, repeats counted.

        Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the
        idf of Lucene, which is never negative.
        """
        return cls.of(FeatureRows.read(documents), k1=k1, b=b)

    @classmethod
    def of(cls, documents: FeatureRows, *, k1: float = 1.2, b: float = 0.5) -> Postings:
        """``build`` of documents whose features are numbered already."""
        lengths = np.bincount(documents.owners, minlength=documents.size).astype(np.float64)
        norm = k1 * (1 - b + b * lengths / (lengths.mean() if lengths.any() else 1.0))
        held = np.flatnonzero(np.bincount(documents.numbers, minlength=len(documents.keys)))
        held = held[np.argsort(documents.keys[held])]
        rank = np.empty(len(documents.keys), dtype=np.int64)
        rank[held] = np.arange(len(held))
        cells = np.sort(rank[documents.numbers] * documents.size + documents.owners)
        first = np.flatnonzero(np.diff(cells, prepend=-1))
        tf = np.diff(first, append=len(cells))
        features, owner = np.divmod(cells[first], max(1, documents.size))
        df = np.bincount(features, minlength=len(held))
        starts = np.concatenate(([0], np.cumsum(df))).astype(np.int32)
        idf = np.log1p((documents.size - df + 0.5) / (df + 0.5))
        weights = idf[features] * tf * (k1 + 1) / (tf + norm[owner])
        return cls(documents.keys[held], starts, owner.astype(np.int32), weights.astype(np.float32), documents.size)

    @classmethod
    def joined(cls, first: Postings, second: Postings) -> Postings:
        """Both in one, the documents of *second* numbered on from those of *first*: what is looked up in both is looked up once."""
        keys = np.concatenate([np.repeat(part.keys, np.diff(part.starts)) for part in (first, second)])
        order = np.argsort(keys, kind="stable")
        distinct, starts = np.unique(keys[order], return_index=True)
        documents = np.concatenate((first.documents, second.documents + np.int32(first.size)))[order]
        weights = np.concatenate((first.weights, second.weights))[order]
        return cls(distinct, np.append(starts, len(keys)).astype(np.int32), documents, weights, first.size + second.size)

    def scores(self, keys: Keys, counts: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """Score of every document for the query features *keys*; shape (size,), 0 where nothing is shared.

        Args:
            keys: Features of the query.
            counts: What each of them counts, same shape; 1 where it is not given.
        """
        return self.scores_of(rows_of(keys, self.keys), counts)

    def scores_of(self, rows: Rows, counts: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
        """``scores`` for features by their rows in ``keys``, -1 for those that it does not hold."""
        found = rows >= 0
        rows = rows[found]
        if not len(rows):
            return np.zeros(self.size)
        starts, ends = self.starts[rows], self.starts[rows + 1]
        spans = list(map(slice, starts.tolist(), ends.tolist()))
        documents = np.concatenate([self.documents[span] for span in spans])
        weights = np.concatenate([self.weights[span] for span in spans])
        if counts is not None:
            weights *= np.repeat(counts[found].astype(np.float32), ends - starts)
        totals: NDArray[np.float64] = np.bincount(documents, weights, minlength=self.size).astype(np.float64, copy=False)
        return totals

    def documents_of(self, key: np.uint64) -> Ints:
        """Positions of the documents with the feature *key*, shape (documents with it,)."""
        row = int(np.searchsorted(self.keys, key))
        if row == len(self.keys) or self.keys[row] != key:
            return self.documents[:0]
        return self.documents[self.starts[row] : self.starts[row + 1]]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The arrays to store; ``from_arrays`` takes them back."""
        return {
            "keys": self.keys,
            "starts": self.starts,
            "documents": self.documents,
            "weights": self.weights,
            "size": np.array([self.size], dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]]) -> Postings:
        """Take back what ``arrays`` gave."""
        return cls(
            arrays["keys"].view(np.uint64),
            arrays["starts"].view(np.int32),
            arrays["documents"].view(np.int32),
            arrays["weights"].view(np.float32),
            int(arrays["size"].view(np.int64)[0]),
        )


def best_positions(scores: NDArray[np.float64], k: int) -> list[int]:
    """Positions of the *k* highest positive scores, best first; equal scores in order of position."""
    if k <= 0:
        return []
    # Most share little with the query: those with half of the best score are enough as a rule, and far fewer.
    chosen = np.flatnonzero(scores >= max(0.5 * scores.max(initial=0.0), np.finfo(np.float64).tiny))
    if len(chosen) < k:
        chosen = np.flatnonzero(scores > 0)
    if k < len(chosen):
        positive = scores[chosen]
        floor = np.partition(positive, len(positive) - k)[len(positive) - k]
        chosen = chosen[positive >= floor]
    order = np.lexsort((chosen, -scores[chosen]))
    best: list[int] = chosen[order[:k]].tolist()
    return best


class QuestionIndex:
    """Ranked search over texts: BM25 over character 1- and 2-grams of the folded text."""

    def __init__(self, postings: Postings) -> None:
        self._postings = postings

    @classmethod
    def build(cls, texts: Sequence[str], path: Path | str | None = None) -> QuestionIndex:
        """Index *texts*.

        Args:
            texts: Any texts; position is their identity. Empty ones are never found.
            path: Where to write the index as well, for ``open``; replaced atomically.
        """
        postings = Postings.build([character_grams(_fold_text(text)) for text in texts], b=0.75)
        if path is not None:
            write_arrays(Path(path), postings.arrays())
        return cls(postings)

    @classmethod
    def open(cls, path: Path | str) -> QuestionIndex:
        """Open a written index memory-mapped: the pages a search touches are read, no more.

        Raises:
            InvalidRelease: If the file is missing, damaged or of another version.
        """
        try:
            return cls(Postings.from_arrays(map_arrays(Path(path))))
        except KeyError as exc:
            raise InvalidRelease(f"{path}: lacks the array {exc}; build it again") from exc

    def __len__(self) -> int:
        return self._postings.size

    def search(self, query: str, k: int = 10) -> list[tuple[int, float]]:
        """The best *k* texts as (position, score), best first; a higher score is better, and only texts that share
        something with *query* are listed."""
        scores = self._postings.scores(feature_keys(character_grams(_fold_text(query))))
        return [(i, float(scores[i])) for i in best_positions(scores, k)]


def _fold_text(text: str) -> str:
    return "".join(fold(piece) for piece in pieces(text))


def write_arrays(path: Path, arrays: dict[str, NDArray[np.generic]]) -> None:
    """Write named arrays to one file, each aligned for memory-mapping; an old file is replaced atomically."""
    table, offset = {}, 0
    for name, array in arrays.items():
        table[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "offset": offset}
        offset += -(-array.nbytes // _ALIGN) * _ALIGN
    header = json.dumps({"arrays": table, "bytes": offset}).encode()
    lead = len(_MAGIC) + 8 + len(header)
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(_MAGIC + len(header).to_bytes(8, "little") + header + b"\0" * (-lead % _ALIGN))
        for array in arrays.values():
            file.write(array.tobytes() + b"\0" * (-array.nbytes % _ALIGN))
    partial.replace(path)


def map_arrays(path: Path) -> dict[str, NDArray[np.generic]]:
    """Open what ``write_arrays`` wrote, memory-mapped and read-only.

    Raises:
        InvalidRelease: If the file is missing, damaged or of another version.
    """
    try:
        whole = np.memmap(path, dtype=np.uint8, mode="r")
        lead = bytes(whole[: len(_MAGIC) + 8])
        if not lead.startswith(_MAGIC):
            raise InvalidRelease(f"{path}: not an index of this version; build it again")
        size = int.from_bytes(lead[len(_MAGIC) :], "little")
        header = json.loads(bytes(whole[len(lead) : len(lead) + size]))
        base = -(-(len(lead) + size) // _ALIGN) * _ALIGN
        if len(whole) < base + header["bytes"]:
            raise InvalidRelease(f"{path}: cut short; build it again")
        return {name: _view(whole, base, entry) for name, entry in header["arrays"].items()}
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise InvalidRelease(f"{path}: cannot be opened as an index ({exc}); build it again") from exc


def _view(whole: NDArray[np.uint8], base: int, entry: dict[str, object]) -> NDArray[np.generic]:
    dtype = np.dtype(str(entry["dtype"]))
    shape = [int(n) for n in entry["shape"]]  # type: ignore[attr-defined]
    start = base + int(str(entry["offset"]))
    count = int(np.prod(shape))
    return whole[start : start + count * dtype.itemsize].view(dtype).reshape(shape)
