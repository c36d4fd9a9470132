"""Does the best section state what is asked? A calibrated belief from signals that carry to any report."""

from __future__ import annotations

import math
from collections.abc import Sequence

from knowledge.answer_type import HARD_TYPES, missing_types
from knowledge.records import PairKind
from knowledge.retriever import Neighbour, SearchResult
from knowledge.weights import model_weights

FEATURE_NAMES = (
    "margin", "lead", "belief", "stance_answer", "stance_gap", "stance_off",
    "similarity_answer", "similarity_gap", "similarity_off", "match_answer", "match_gap", "match_off",
    "section_lead", "votes_answer", "votes_gap", "votes_off",
    "unknown_grams", "unknown_words", "unknown_syllables", "unknown_section", "length", "hard_missing", "soft_missing",
)  # fmt: skip


def answerable_features(result: SearchResult, section_text: str) -> list[float]:
    """The signals in the order of ``FEATURE_NAMES``, for the best candidate of *result*.

    Args:
        result: A search with at least one candidate.
        section_text: Text of the best candidate's section.
    """
    best = result.candidates[0]
    near = {kind: [n for n in result.neighbours if n.pair.kind is kind] for kind in PairKind}
    here = [n for n in near[PairKind.ANSWER] if n.pair.section == best.section]
    gaps_here = [n for n in near[PairKind.GAP] if n.pair.section == best.section]
    votes = {kind: sum(n.score**3 for n in found) for kind, found in near.items()}
    total = sum(votes.values()) or 1.0
    missing = missing_types(result.query.text, section_text)
    return [
        best.signals["margin"], best.signals["lead"], best.score,
        result.stance.get("answer", 0.0), result.stance.get("gap", 0.0), result.stance.get("off_topic", 0.0),
        _closest(near[PairKind.ANSWER]), _closest(near[PairKind.GAP]), _closest(near[PairKind.OFF_TOPIC]),
        _match(near[PairKind.ANSWER]), _match(near[PairKind.GAP]), _match(near[PairKind.OFF_TOPIC]),
        _closest(here) + _match(here) - _closest(gaps_here) - _match(gaps_here),
        votes[PairKind.ANSWER] / total, votes[PairKind.GAP] / total, votes[PairKind.OFF_TOPIC] / total,
        result.unknown["grams"], result.unknown["words"], result.unknown["syllables"], result.unknown["section"],
        min(len(result.query.text), 40) / 40,
        float(bool(missing & HARD_TYPES)), float(bool(missing - HARD_TYPES)),
    ]  # fmt: skip


def _closest(near: Sequence[Neighbour]) -> float:
    return max((n.similarity for n in near), default=0.0)


def _match(near: Sequence[Neighbour]) -> float:
    return max((n.score for n in near), default=0.0)


def answerable(features: Sequence[float]) -> float:
    """Belief in [0, 1] that the best section states what is asked, from ``answerable_features``."""
    model = model_weights()["answerable"]
    total = model["bias"] + sum(model["weights"][name] * value for name, value in zip(FEATURE_NAMES, features, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
