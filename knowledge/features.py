"""Features of texts as 64-bit keys; and many texts at once as numbered features, each of which is hashed but once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import chain

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Numbers = NDArray[np.int64]


@lru_cache(maxsize=200_000)
def feature_key(feature: str) -> int:
    """A stable 64-bit key, so that a memory-mapped index needs no dictionary of strings."""
    return _hash(feature)


def _hash(feature: str) -> int:
    return int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "little")


def feature_keys(features: Iterable[str]) -> Keys:
    """Keys of *features*, in order, as an array."""
    return np.array([feature_key(f) for f in features], dtype=np.uint64)


def feature_hashes(features: Sequence[str]) -> Keys:
    """``feature_keys`` of features that are not expected again."""
    return np.fromiter(map(_hash, features), np.uint64, len(features))


class _Numbering(dict[str, int]):
    """Features, numbered from 0 as they come."""

    def __missing__(self, feature: str) -> int:
        number = self[feature] = len(self)
        return number


@dataclass(frozen=True, slots=True)
class FeatureRows:
    """Texts as the features they hold, each as often as it occurs.

    Attributes:
        features: The features by number, in the order of their first use.
        keys: Their keys, shape (features,).
        numbers: Numbers of the features of one text after the other, shape (occurrences,).
        owners: Place of the text that each of them stands in, ascending, same shape.
        size: Number of texts.
    """

    features: Sequence[str]
    keys: Keys
    numbers: Numbers
    owners: Numbers
    size: int

    @classmethod
    def read(cls, texts: Sequence[Sequence[str]]) -> FeatureRows:
        """*texts*, each given as its features."""
        numbering = _Numbering()
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        numbers = np.fromiter(map(numbering.__getitem__, chain.from_iterable(texts)), np.int64, int(lengths.sum()))
        # Each once: remembering them would only push out those of the questions people ask.
        keys = np.fromiter(map(_hash, numbering), np.uint64, len(numbering))
        return cls(tuple(numbering), keys, numbers, np.repeat(np.arange(len(texts)), lengths), len(texts))

    def first(self, lengths: Sequence[int]) -> FeatureRows:
        """Of each text only its first features, as many as *lengths* says."""
        starts = np.searchsorted(self.owners, np.arange(self.size))
        kept = np.arange(len(self.owners)) - starts[self.owners] < np.asarray(lengths, dtype=np.int64)[self.owners]
        return FeatureRows(self.features, self.keys, self.numbers[kept], self.owners[kept], self.size)

    def take(self, places: Sequence[int]) -> FeatureRows:
        """Only the texts at *places*, each at most once, in that order."""
        rank = np.full(self.size, -1, dtype=np.int64)
        rank[np.asarray(places, dtype=np.intp)] = np.arange(len(places))
        owners = rank[self.owners]
        order = np.argsort(owners, kind="stable")[np.count_nonzero(owners < 0) :]
        return FeatureRows(self.features, self.keys, self.numbers[order], owners[order], len(places))

    def crossed(self, names: Sequence[str], *, chosen: Callable[[str], bool], cross: Callable[[str, str], str]) -> FeatureRows:
        """These, and each feature that is *chosen* once more as *cross* spells it with the name of its text.

        Args:
            names: A name for each text; nothing is crossed with an empty one.
            chosen: Which features are crossed.
            cross: A feature and a name in one.
        """
        place: dict[str, int] = {}
        codes = np.array([place.setdefault(name, len(place)) if name else -1 for name in names], dtype=np.int64)
        mask = np.fromiter(map(chosen, self.features), np.bool_, len(self.features))
        kept = mask[self.numbers] & (codes[self.owners] >= 0)
        owners = self.owners[kept]
        cells, numbers = np.unique(codes[owners] * len(self.features) + self.numbers[kept], return_inverse=True)
        spelled = tuple(place)
        names_of, features_of = np.divmod(cells, max(1, len(self.features)))
        added = [cross(self.features[f], spelled[n]) for f, n in zip(features_of.tolist(), names_of.tolist(), strict=True)]
        order = np.argsort(np.concatenate((self.owners, owners)), kind="stable")
        return FeatureRows(
            (*self.features, *added),
            np.concatenate((self.keys, np.fromiter(map(_hash, added), np.uint64, len(added)))),
            np.concatenate((self.numbers, numbers + len(self.features)))[order],
            np.concatenate((self.owners, owners))[order],
            self.size,
        )

    def distinct(self) -> tuple[Keys, list[Numbers]]:
        """Keys of the features that any text holds, and for each text the places in them of its own, ascending, each once."""
        held = np.bincount(self.numbers, minlength=len(self.keys)) > 0
        columns = (np.cumsum(held) - 1)[self.numbers]
        count = max(1, int(held.sum()))
        cells = np.sort(self.owners * count + columns)  # numpy.unique hashes integers, three times as slow
        owners, columns = np.divmod(cells[np.diff(cells, prepend=-1) > 0], count)
        return self.keys[held], np.split(columns, np.searchsorted(owners, np.arange(1, self.size)))
