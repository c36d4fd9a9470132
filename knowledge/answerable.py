"""Does the best section state what is asked? A calibrated belief from signals that carry to any report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.answer_type import HARD_TYPES, missing_types
from knowledge.normalize import normalize_printed
from knowledge.quote import choose_quote
from knowledge.records import SIGNAL_NAMES, PairKind, Section
from knowledge.retriever import Neighbour, SearchResult
from knowledge.stated import StatedModel, shipped_stated
from knowledge.wanted import WANT_NAMES, wanted

FEATURE_NAMES = (
    "margin",
    "lead",
    "belief",
    "stance_answer",
    "stance_gap",
    "stance_off",
    "closest_answer",
    "closest_gap",
    "closest_off",
    "match_answer",
    "match_gap",
    "match_off",
    "closest_answer_here",
    "closest_gap_here",
    "match_answer_here",
    "match_gap_here",
    "votes_answer",
    "votes_gap",
    "votes_off",
    "votes_here",
    "unknown_grams",
    "unknown_words",
    "unknown_section",
    "length",
    "hard_missing",
    "soft_missing",
    "whole",
    "sentence",
    "coverage",
    "coverage_elsewhere",
    "meaning",
    "meaning_sentence",
    "meaning_close",
    "meaning_same",
    "meaning_lacking",
    "dense",
    "dense_lead",
    "stated",
    *WANT_NAMES,
)


_COVERAGE, _DENSE = SIGNAL_NAMES.index("coverage"), SIGNAL_NAMES.index("dense")
_JUDGED = (PairKind.ANSWER, PairKind.GAP, PairKind.OFF_TOPIC)


def answerable_features(result: SearchResult, section: Section, *, stated: StatedModel | None = None) -> list[float]:
    """The signals in the order of ``FEATURE_NAMES``, for the best candidate of *result*.

    Args:
        result: A search with at least one candidate.
        section: The best candidate's section.
        stated: Judges the form of the question by the words shown; the shipped model where none is given.
    """
    best = result.candidates[0]
    signals = best.signals
    near: dict[PairKind, list[Neighbour]] = {kind: [] for kind in PairKind}
    here: dict[PairKind, list[Neighbour]] = {kind: [] for kind in PairKind}
    for neighbour in result.neighbours:
        pair = neighbour.pair
        near[pair.kind].append(neighbour)
        if pair.section == best.section:
            here[pair.kind].append(neighbour)
    answers, gaps = here[PairKind.ANSWER], here[PairKind.GAP]
    votes = {kind: _votes(near[kind]) for kind in _JUDGED}
    total = sum(votes.values()) or 1.0
    votes_here = _votes(answers) + _votes(gaps)
    missing = missing_types(result.query.text, section.text)
    shown = normalize_printed(choose_quote(result, section).text)
    told = wanted(result.query.text, shown)
    return [
        signals["margin"],
        signals["lead"],
        best.score,
        result.stance.get("answer", 0.0),
        result.stance.get("gap", 0.0),
        result.stance.get("off_topic", 0.0),
        *(_closest(near[kind]) for kind in _JUDGED),
        *(_match(near[kind]) for kind in _JUDGED),
        _closest(answers),
        _closest(gaps),
        _match(answers),
        _match(gaps),
        *(votes[kind] / total for kind in _JUDGED),
        _votes(answers) / votes_here if votes_here else 0.5,
        result.unknown["grams"],
        result.unknown["words"],
        result.unknown["section"],
        min(len(result.query.text), 40) / 40,
        float(bool(missing & HARD_TYPES)),
        float(bool(missing - HARD_TYPES)),
        signals["whole"],
        signals["sentence"],
        signals["coverage"],
        max(0.0, max(c.values[_COVERAGE] for c in result.candidates) - signals["coverage"]),
        *(signals[name] for name in ("meaning", "meaning_sentence", "meaning_close", "meaning_same", "meaning_lacking", "dense")),
        signals["dense"] - max((c.values[_DENSE] for c in result.candidates[1:]), default=0.0),
        (stated or shipped_stated()).margin(result.query, shown),
        *told.values(),
    ]


def _votes(near: Sequence[Neighbour]) -> float:
    return sum([n.score**3 for n in near])


def _closest(near: Sequence[Neighbour]) -> float:
    return max([n.similarity for n in near], default=0.0)


def _match(near: Sequence[Neighbour]) -> float:
    return max([n.score for n in near], default=0.0)


@dataclass(frozen=True)
class AnswerModel:
    """A quadratic logistic model: bias + v·z + z·M·z of the scaled signals z.

    Attributes:
        mean: Of each signal, shape (signals,).
        scale: Of each signal, same shape.
        vector: v, same shape.
        matrix: M, shape (signals, signals).
        bias: The constant.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    vector: NDArray[np.float64]
    matrix: NDArray[np.float64]
    bias: float

    @classmethod
    def from_weights(cls, stored: Mapping[str, Any]) -> AnswerModel:
        """The model of the shipped weights.

        Raises:
            ValueError: If they were fitted for other signals.
        """
        if tuple(stored["features"]) != FEATURE_NAMES:
            raise ValueError("knowledge/data/weights.json was fitted for other signals; run scripts/fit_weights.py")
        arrays = {name: np.array(stored[name]) for name in ("mean", "scale", "vector", "matrix")}
        return cls(**arrays, bias=stored["bias"])

    def belief(self, features: Sequence[float]) -> float:
        """Belief in [0, 1] that the best section states what is asked, from ``answerable_features``."""
        scaled = (np.array(features) - self.mean) / self.scale
        total = self.bias + float(scaled @ self.vector + scaled @ self.matrix @ scaled)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
