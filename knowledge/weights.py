"""Weights fitted offline and shipped as data; ``scripts/fit_weights.py`` writes them."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def model_weights() -> dict[str, Any]:
    """The shipped weights, by model."""
    content = files("knowledge").joinpath("data/weights.json").read_text(encoding="utf-8")
    weights: dict[str, Any] = json.loads(content)
    return weights
