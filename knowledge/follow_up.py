"""Does the best section state what a follow-up asks? It says too little by itself (谁负责), and its topic too much.

A linear model over what the follow-up shows alone and what it shows with what it leaves unsaid.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.answerable import FEATURE_NAMES

FOLLOW_UP_NAMES = ("alone", "around", "agree", *(f"alone_{n}" for n in FEATURE_NAMES), *(f"around_{n}" for n in FEATURE_NAMES))
_LEAST = 1e-4


def follow_up_features(
    alone: Sequence[float], belief: float, around: Sequence[float] | None = None, belief_around: float = 0.5
) -> list[float]:
    """The signals in the order of ``FOLLOW_UP_NAMES``.

    Args:
        alone: ``answerable_features`` of the best section for the follow-up alone.
        belief: Belief in [0, 1] that they state what it asks.
        around: Of the same section for the follow-up with what it leaves unsaid; None where that is best answered elsewhere.
        belief_around: Belief in them.
    """
    agree = around is not None
    return [_log_odds(belief), _log_odds(belief_around) if agree else 0.0, float(agree), *alone, *(around or [0.0] * len(alone))]


def _log_odds(belief: float) -> float:
    return math.log(max(belief, _LEAST) / max(1 - belief, _LEAST))


@dataclass(frozen=True)
class FollowUpModel:
    """A linear logistic model of the scaled signals.

    Attributes:
        mean: Of each signal, shape (signals,).
        scale: Of each signal, same shape.
        vector: Weight of each scaled signal, same shape.
        bias: The constant.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    vector: NDArray[np.float64]
    bias: float

    @classmethod
    def from_weights(cls, stored: Mapping[str, Any]) -> FollowUpModel:
        """The model of the shipped weights.

        Raises:
            ValueError: If they were fitted for other signals.
        """
        if tuple(stored["features"]) != FOLLOW_UP_NAMES:
            raise ValueError("knowledge/data/weights.json was fitted for other signals; run scripts/fit_follow_up.py")
        mean, scale, vector = (np.array(stored[name]) for name in ("mean", "scale", "vector"))
        return cls(mean, scale, vector, stored["bias"])

    def belief(self, features: Sequence[float]) -> float:
        """Belief in [0, 1] that the section states what the follow-up asks, from ``follow_up_features``."""
        total = self.bias + float((np.array(features) - self.mean) / self.scale @ self.vector)
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
