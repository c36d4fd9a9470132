"""Fit the shipped weights on the development questions: which section, and whether it states the answer.

Development only: needs scikit-learn. Writes knowledge/data/weights.json; the measuring sets are never read here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import typer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.preprocessing import StandardScaler

from knowledge.answerable import FEATURE_NAMES, answerable_features
from knowledge.library import Library, ReportKnowledge
from knowledge.qualifiers import conflicts
from knowledge.retriever import SIGNAL_NAMES

ROOT = Path(__file__).resolve().parents[1]
DEV = ROOT / "tests" / "data" / "dev"


def rows(name: str) -> list[dict[str, Any]]:
    """Labelled questions of one development file."""
    return [json.loads(line) for line in (DEV / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def fit_candidates(known: ReportKnowledge) -> dict[str, float]:
    """Weights of the candidate signals."""
    signals, right = [], []
    for row in [*rows("in_scope"), *rows("noise")]:
        for candidate in known.search(known.read(row["q"])).candidates:
            signals.append([candidate.signals[name] for name in SIGNAL_NAMES])
            right.append(candidate.section in row["gold"])
    model = LogisticRegression(C=10, max_iter=2000).fit(signals, right)
    return dict(zip(SIGNAL_NAMES, map(float, model.coef_[0].round(4)), strict=True))


def fit_answerable(known: ReportKnowledge) -> dict[str, Any]:
    """Weights of the signals that tell an answered question from one the report leaves open."""
    features, answered = [], []
    for name, label in (("in_scope", 1), ("noise", 1), ("oos", 0)):
        for row in rows(name):
            if row["kind"] == "oos-falsepremise":  # answered by the clause that contradicts it, or declined: both right
                continue
            result = known.search(known.read(row["q"]))
            section = known.section(result.candidates[0].section) if result.candidates else None
            if section and not conflicts(known.qualifiers(result.query), section, known.report):
                features.append(answerable_features(result, section.text))
                answered.append(label)
    x, y = np.array(features), np.array(answered)
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=0.3, max_iter=5000)
    held_out = cross_val_predict(model, scaler.transform(x), y, cv=StratifiedKFold(5, shuffle=True, random_state=0), method="predict_proba")
    for threshold in (0.3, 0.4, 0.5, 0.6, 0.7):
        kept = held_out[:, 1] >= threshold
        typer.echo(f"threshold {threshold}: answers {kept[y == 1].mean():.3f} of the answered, declines {(~kept)[y == 0].mean():.3f}")
    model.fit(scaler.transform(x), y)
    weights = model.coef_[0] / scaler.scale_
    bias = float(model.intercept_[0] - (weights * scaler.mean_).sum())
    return {"bias": round(bias, 4), "weights": dict(zip(FEATURE_NAMES, map(float, weights.round(4)), strict=True))}


def main(release: Path) -> None:
    """Fit on the release file RELEASE and write the weights."""
    target = ROOT / "knowledge" / "data" / "weights.json"
    weights = json.loads(target.read_text(encoding="utf-8"))
    weights["candidate"] = fit_candidates(Library.open(release).default)
    target.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")
    from knowledge.weights import model_weights

    model_weights.cache_clear()
    weights["answerable"] = fit_answerable(Library.open(release).default)
    target.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
