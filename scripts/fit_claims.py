"""Fit the shipped judge of claims on the labelled claims of tests/data/dev. Development only: needs scikit-learn."""

from __future__ import annotations

import json

import numpy as np
import typer
from fit_weights import DEV, SHIPPED, WEIGHTS, read, save_weights
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from knowledge.build import build_report
from knowledge.check import apply_rules, claim_text
from knowledge.claim_features import FEATURE_NAMES, claim_signals
from knowledge.claim_parts import Support
from knowledge.documents import source_at
from knowledge.library import ReportKnowledge

LABELS = {"true": Support.SUPPORTED, "false": Support.REFUTED, "unknown": Support.NOT_ENOUGH_INFO}
#: Stronger weights read better on the training claims and worse on others.
STRENGTH = 0.03


def signals_of(text: str, known: ReportKnowledge) -> list[float] | None:
    """Signals of a claim; None when the rules settle it or nothing is found."""
    claim = claim_text(text, known)
    result = known.search(known.read(claim))
    section = known.section(result.candidates[0].section) if result.candidates else None
    if section is None:
        return None
    found = apply_rules(claim, section, result, known)
    if found.settled:
        return None
    signals = claim_signals(found.claim, found.text, found.signals, result, known.tokenizer)
    return [signals[name] for name in FEATURE_NAMES]


def main() -> None:
    """Print the share of held-out claims judged rightly, and write the weights."""
    known = ReportKnowledge(build_report(source_at(SHIPPED)))
    judged = [(signals_of(row["q"], known), LABELS[row["verdict"]].value) for row in read(DEV / "claims.jsonl")]
    x = np.array([signals for signals, _ in judged if signals])
    y = np.array([label for signals, label in judged if signals])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=5000))
    folds = StratifiedKFold(8, shuffle=True, random_state=0)
    typer.echo(f"{len(y)} claims; held out, rightly judged: {cross_val_score(model, x, y, cv=folds).mean():.3f}")
    model.fit(x, y)
    scaler, logistic = model[0], model[-1]
    order = [list(logistic.classes_).index(support.value) for support in Support]
    weights = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    weights["claims"]["judge"] = {
        "features": list(FEATURE_NAMES),
        "mean": scaler.mean_.round(5).tolist(),
        "scale": scaler.scale_.round(5).tolist(),
        "weights": logistic.coef_[order].round(5).tolist(),
        "bias": logistic.intercept_[order].round(5).tolist(),
    }
    weights["claims"]["contradicted"] = 0.35
    save_weights(weights)


if __name__ == "__main__":
    typer.run(main)
