"""Does a question, by its form alone, ask for a detail that reports leave out? 电话是多少, 同比, 哪一家; whatever its topic."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from knowledge.records import Query
from knowledge.tokenizer import character_grams


def form_features(query: Query) -> set[str]:
    """Features of which those that know no topic are weighed: pairs of characters, words."""
    grams = character_grams(query.text, sizes=(2,))
    return {f"c{gram}" for gram in grams} | {f"w{word}" for word in query.words}


def form_of(query: Query) -> float:
    """Log odds, some tenths to some units either way, that a question of this form is one that reports answer."""
    weights = _weights()
    total = sum(weights.get(feature, 0.0) for feature in form_features(query))
    return float(total + weights[""])


@cache
def _weights() -> dict[str, float]:
    """Weight of each feature; the constant under the empty name. ``scripts/fit_weights.py`` writes them."""
    content = files("knowledge").joinpath("data/question_forms.json").read_text(encoding="utf-8")
    weights: dict[str, float] = json.loads(content)
    return weights
