"""A linear classifier over sparse features, trained at build time in a second or two, read in microseconds.

One-versus-rest support vector machines with squared hinge loss, all classes trained at once by dual coordinate descent.
Source: Hsieh et al., "A Dual Coordinate Descent Method for Large-scale Linear SVM" (ICML 2008), algorithm 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.features import FeatureRows, Keys
from knowledge.index import Floats
from knowledge.row_memory import Rows, rows_of

#: Passes over the documents at most. Against eight, margins differ by 0.0005 on average.
EPOCHS = 6
#: A document whose dual variables moved by less than this, as the square of a length, is left out of the next pass: most are,
#: after three; and by less than this, it moves no margin that anyone could see.
_RESTING_STEP, _MIN_STEP = 4e-5, 1e-6


class LinearClassifier:
    """Margins of a text for each class.

    Attributes:
        keys: Sorted feature keys, shape (features,).
        idf: Weight of each feature, same shape.
        weights: Shape (features, classes).
        classes: Class names, in the order of the columns.
    """

    def __init__(self, keys: Keys, idf: Floats, weights: NDArray[np.floating], classes: tuple[str, ...]) -> None:
        self.keys = keys
        self.idf = idf
        self.weights = weights
        self.classes = classes
        self._rarest = float(idf.max(initial=0.0)) ** 2

    @classmethod
    def train(
        cls,
        documents: FeatureRows,
        labels: Sequence[str],
        *,
        cost: float = 0.3,
        epochs: int = EPOCHS,
        balance: bool = False,
        seed: int = 2020,
    ) -> LinearClassifier:
        """Train on *documents* and their *labels*.

        Args:
            documents: At least one.
            labels: As many as documents.
            cost: Penalty of an error; higher fits the training questions more closely.
            epochs: Passes over the documents.
            balance: Let each class weigh the same however many documents it has.
            seed: Of the order of the passes, so that two builds agree to the bit.
        """
        classes = tuple(sorted(set(labels)))
        position = {name: i for i, name in enumerate(classes)}
        keys, rows = documents.distinct()
        df = np.bincount(np.concatenate(rows), minlength=len(keys))
        idf = (np.log((1 + len(rows)) / (1 + df)) + 1).astype(np.float32)
        own = np.array([position[label] for label in labels], dtype=np.intp)
        share = np.bincount(own, minlength=len(classes))
        costs = cost * (len(rows) / (len(classes) * share)) if balance else np.full(len(classes), cost)
        weights = _descend(rows, idf, own, len(classes), (0.5 / costs[own]).astype(np.float32), epochs, seed)
        order = np.argsort(keys)
        return cls(keys[order], idf[order], weights[order], classes)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The arrays to store; ``from_arrays`` takes them back. Weights keep 16 bits, which moves no margin by 0.001."""
        return {
            "keys": self.keys,
            "idf": self.idf,
            "weights": self.weights.astype(np.float16),
            "classes": np.array(self.classes, dtype=np.str_),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]]) -> LinearClassifier:
        """Take back what ``arrays`` gave."""
        weights = arrays["weights"].view(np.float16)
        return cls(arrays["keys"].view(np.uint64), arrays["idf"].view(np.float32), weights, tuple(map(str, arrays["classes"])))

    def margins(self, keys: Keys) -> Floats:
        """Margin of each class for the features *keys*, shape (classes,); higher is likelier, 0 is the boundary."""
        keys = np.unique(keys)
        return self.margins_of(rows_of(keys, self.keys))

    def margins_of(self, rows: Rows) -> Floats:
        """``margins`` of features by their rows in ``keys``, each once, -1 for those that it does not know."""
        found = np.sort(rows[rows >= 0])
        if not len(found):
            return np.full(len(self.classes), -1.0, dtype=np.float32)
        values = self.idf[found]
        # Features never seen in training count in the length: a text full of them is far from every class.
        length = np.sqrt(values @ values + (len(rows) - len(found)) * self._rarest)
        margins: Floats = (values / length) @ self.weights.take(found, 0).astype(np.float32)
        return margins


def _descend(
    rows: list[NDArray[np.int64]], idf: Floats, own: NDArray[np.intp], classes: int, diagonal: Floats, epochs: int, seed: int
) -> Floats:
    """Weights of shape (features, classes); *own* is each document's class, *diagonal* half of one over its cost.

    The dual variables are kept with the sign of their label: at least 0 for a document's own class, at most 0 for the others. A step
    then takes a handful of operations on short arrays, and starting one is most of what each costs.
    """
    values = [_unit(idf[row]) for row in rows]
    weights = np.zeros((len(idf), classes), dtype=np.float32)
    target = np.full((len(rows), classes), -1.0, dtype=np.float32)
    target[np.arange(len(rows)), own] = 1.0
    signed = np.zeros_like(target)
    shrink = (1 / (1 + diagonal)).tolist()
    places = own.tolist()
    order = np.flatnonzero([len(row) > 0 for row in rows])
    random = np.random.default_rng(seed)
    rested = np.zeros(len(rows), dtype=np.bool_)
    for _ in range(epochs):
        random.shuffle(order)
        awake = order[~rested[order]]
        rested[:] = False
        for i in awake.tolist():
            row, x, before, place = rows[i], values[i], signed[i], places[i]
            held = weights.take(row, 0)  # four times as quick as weights[row]
            new = (before + target[i] - x.dot(held)) * shrink[i]
            mine = new[place]
            np.minimum(new, 0, out=new)
            new[place] = max(mine, 0)
            step = new - before
            length = step.dot(step)
            if length < _RESTING_STEP:
                rested[i] = True
                if length < _MIN_STEP:
                    continue
            signed[i] = new
            held += x[:, None] * step
            weights[row] = held
    return weights


def _unit(vector: Floats) -> Floats:
    unit: Floats = vector / np.linalg.norm(vector) if len(vector) else vector
    return unit
