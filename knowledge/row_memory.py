"""Where features stand in the arrays of an index: looked for once, remembered for the questions to come."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.features import Keys, feature_hashes

Rows = NDArray[np.int32]

#: Features remembered at most, some 150 bytes each. Questions are made of the same few thousand over and over.
_MOST = 40_000


class RowMemory:
    """Rows of features in one or several tables of sorted keys.

    A search in a table of some hundred thousand keys misses the processor's cache at each of its steps; a dictionary of the features
    that people use does not. Threads may share it.

    Args:
        tables: Sorted keys, each of shape (rows,).
        most: Features remembered; beyond, it begins anew.
    """

    def __init__(self, *tables: Keys, most: int = _MOST) -> None:
        self._tables = tables
        self._most = most
        self._lock = threading.Lock()
        # Numbers of the features, and their rows by number: together, so that no reader takes the one without the other.
        self._held: tuple[dict[str, int], Rows] = ({}, self._empty(most))

    def find(self, features: Sequence[str]) -> Rows:
        """Row of each feature in each table, -1 where it has none; shape (tables, features)."""
        numbers, rows = self._held
        places = list(map(numbers.get, features))
        if None in places:
            if len(features) > self._most:
                return self._look_up(features)
            numbers, rows = self._learn(features)
            places = [numbers[feature] for feature in features]
        return rows.take(places, axis=1)  # type: ignore[arg-type]  # none of them is None

    def _learn(self, features: Sequence[str]) -> tuple[dict[str, int], Rows]:
        """Remember *features* too, or, where there is no room, nothing else."""
        with self._lock:
            numbers, rows = self._held
            new = [feature for feature in dict.fromkeys(features) if feature not in numbers]
            if len(numbers) + len(new) > self._most:
                numbers, rows, new = {}, self._empty(self._most), list(dict.fromkeys(features))
            first, last = len(numbers), len(numbers) + len(new)
            rows[:, first:last] = self._look_up(new)
            numbers.update(zip(new, range(first, last), strict=True))
            self._held = numbers, rows
            return self._held

    def _look_up(self, features: Sequence[str]) -> Rows:
        keys = feature_hashes(features)
        rows = self._empty(len(keys))
        for found, table in zip(rows, self._tables, strict=True):
            found[:] = rows_of(keys, table)
        return rows

    def _empty(self, size: int) -> Rows:
        return np.empty((len(self._tables), size), dtype=np.int32)


def rows_of(keys: Keys, table: Keys) -> Rows:
    """Row of each of *keys* in the sorted *table*, -1 where it has none; shape (keys,)."""
    if not len(table):
        return np.full(len(keys), -1, dtype=np.int32)
    rows = np.searchsorted(table, keys)
    rows[rows == len(table)] = 0
    return np.where(table[rows] == keys, rows, -1).astype(np.int32)
