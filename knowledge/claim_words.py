"""What the very words of a claim say about its verdict: a model of the claims that were labelled for one report.

``knowledge.claim_features`` knows no topic. Where many claims on a report have been labelled, the words in which such claims are
true, false or left open are known as well, and are judged together with those signals. Other reports are judged without it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.claim_features import FEATURE_NAMES
from knowledge.claim_parts import Support
from knowledge.features import Keys, feature_keys
from knowledge.records import Report
from knowledge.tokenizer import character_grams

_SIZES = (1, 2, 3, 4)
#: What the words weigh beside the signals, each of which has the variance 1; more, or less, reads worse on held-out claims.
SCALE = 10.0


def word_features(claim: str, text: str) -> list[str]:
    """Features of a folded claim: its character runs, and its character pairs that the folded section *text* does not hold."""
    new = (f"!{gram}" for gram in dict.fromkeys(character_grams(claim, sizes=(2,))) if gram not in text)
    return [*character_grams(claim, sizes=_SIZES), *new]


@dataclass(frozen=True)
class ClaimWords:
    """A multinomial logistic model over the signals and the words of a claim.

    Attributes:
        mean: Of each signal, shape (signals,).
        scale: Of each signal, same shape.
        weights: Shape (verdicts, signals), in the order of ``Support``.
        bias: Shape (verdicts,).
        keys: Sorted keys of the features of words, shape (features,).
        rarity: Inverse document frequency of each, same shape.
        words: Shape (verdicts, features).
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    keys: Keys
    rarity: NDArray[np.float32]
    words: NDArray[np.float32]

    def beliefs(self, signals: Mapping[str, float], claim: str, text: str) -> dict[Support, float]:
        """Belief in each verdict on a folded *claim* against a folded section *text*; they add up to 1."""
        return self.beliefs_of(signals, word_features(claim, text))

    def beliefs_of(self, signals: Mapping[str, float], words: Sequence[str]) -> dict[Support, float]:
        """The same, of a claim whose ``word_features`` are *words*."""
        scaled = (np.array([signals[name] for name in FEATURE_NAMES]) - self.mean) / self.scale
        places, shares = weigh(words, self.keys, self.rarity)
        logits = self.weights @ scaled + self.bias + self.words[:, places] @ shares
        beliefs = np.exp(logits - logits.max())
        return dict(zip(Support, map(float, beliefs / beliefs.sum()), strict=True))

    def save(self, path: Path) -> None:
        """Write the model, its weights at half precision, which changes no verdict on the labelled claims."""
        arrays = {name: getattr(self, name) for name in self.__dataclass_fields__}
        halved = {name: array.astype(np.float16) if name == "words" else array for name, array in arrays.items()}
        np.savez_compressed(path, features=np.array(FEATURE_NAMES), **halved)


def weigh(features: Sequence[str], keys: Keys, rarity: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Places among *keys* of the known *features*, and their weights: sublinear tf-idf of length ``SCALE``; empty for none known."""
    counts = Counter(features)
    asked = feature_keys(counts)
    places = np.searchsorted(keys, asked)
    places[places == len(keys)] = 0
    known = keys[places] == asked
    places = places[known]
    shares = (1 + np.log(np.array(list(counts.values()), dtype=np.float64)[known])) * rarity[places]
    length = float(np.linalg.norm(shares))
    return places, shares * (SCALE / length) if length else shares


def report_hash(report: Report) -> str:
    """What stands for the sections of *report*, as printed; 16 hexadecimal digits."""
    return hashlib.sha256(repr([(s.id, s.title, s.text) for s in report.sections]).encode()).hexdigest()[:16]


@lru_cache(maxsize=4)
def _stored(name: str) -> ClaimWords | None:
    file = files("knowledge").joinpath(f"data/claims-{name}.npz")
    if not file.is_file():
        return None
    with file.open("rb") as stream, np.load(stream) as arrays:
        if arrays["features"].tolist() != list(FEATURE_NAMES):
            raise ValueError("the model of labelled claims was fitted for other signals; run scripts/fit_claims.py")
        kept = {field: arrays[field] for field in ClaimWords.__dataclass_fields__}
    return ClaimWords(**{name: array.astype(np.float32) if name != "keys" else array for name, array in kept.items()})


def claim_words(report: Report) -> ClaimWords | None:
    """The model fitted for this very report; None where there is none, or the report has changed since.

    Raises:
        ValueError: If it was fitted for other signals.
    """
    return _stored(report_hash(report))
