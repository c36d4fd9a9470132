"""Fit the shipped weights: which section, and whether it states the answer.

Development only: needs scikit-learn. Writes knowledge/data/weights.json. Learns from the development questions, and from the stored
questions, each judged by a release that was built without it; the measuring sets are never read here.
"""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import typer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from knowledge.answerable import FEATURE_NAMES, answerable_features
from knowledge.build import build_report, make_tokenizer, train_indexes
from knowledge.library import ReportKnowledge
from knowledge.qualifiers import conflicts
from knowledge.records import PairKind
from knowledge.retriever import SIGNAL_NAMES
from knowledge.store import StoredReport
from knowledge.weights import model_weights

ROOT = Path(__file__).resolve().parents[1]
DEV = ROOT / "tests" / "data" / "dev"
TARGET = ROOT / "knowledge" / "data" / "weights.json"
FOLDS = 4
#: How much a development question weighs beside a stored one: its writer saw none of the stored ones.
DEV_WEIGHT = 10.0

Example = tuple[list[float], int]


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


def features_of(known: ReportKnowledge, question: str) -> list[float] | None:
    """Signals of a question; None when nothing is found, or its year or place decides already."""
    result = known.search(known.read(question))
    section = known.section(result.candidates[0].section) if result.candidates else None
    if section is None or conflicts(known.qualifiers(result.query), section, known.report):
        return None
    return answerable_features(result, section.text)


def dev_examples(known: ReportKnowledge) -> list[Example]:
    """Development questions; false premises are left out: answering by the clause that contradicts them is right too."""
    wanted = [
        (row["q"], label)
        for name, label in (("in_scope", 1), ("noise", 1), ("oos", 0))
        for row in rows(name)
        if row["kind"] != "oos-falsepremise"
    ]
    return [(features, label) for question, label in wanted if (features := features_of(known, question))]


def stored_examples(stored: StoredReport) -> list[Example]:
    """Stored questions, each judged by a release without it."""
    tokenizer = make_tokenizer(stored.terms, readings=stored.readings)
    queries = [tokenizer.query(pair.question) for pair in stored.pairs]
    places = [i for i, pair in enumerate(stored.pairs) if pair.origin != "generated"]
    random.Random(1).shuffle(places)
    examples: list[Example] = []
    for fold in range(FOLDS):
        held = set(places[fold::FOLDS])
        kept = [i for i in range(len(stored.pairs)) if i not in held]
        pairs = tuple(stored.pairs[i] for i in kept)
        arrays = train_indexes(pairs, [queries[i] for i in kept])
        known = ReportKnowledge(replace(stored, pairs=pairs, texts=tuple(stored.texts[i] for i in kept), arrays=arrays))
        for i in sorted(held):
            if features := features_of(known, stored.pairs[i].question):
                examples.append((features, int(stored.pairs[i].kind is PairKind.ANSWER)))
        typer.echo(f"fold {fold + 1} of {FOLDS} judged")
    return examples


def fit_answerable(dev: list[Example], stored: list[Example]) -> dict[str, Any]:
    """A quadratic logistic model, as scales, a matrix, a vector and a bias; figures of held-out development questions first."""
    x, y = np.array([f for f, _ in dev]), np.array([label for _, label in dev])
    believed = np.zeros(len(y))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(x, y):
        believed[test] = _fit([dev[i] for i in train], stored).predict_proba(x[test])[:, 1]
    for threshold in (0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
        kept = believed >= threshold
        typer.echo(f"threshold {threshold}: answers {kept[y == 1].mean():.3f} of the answered, declines {(~kept)[y == 0].mean():.3f}")
    for low, high in ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 1.01)):
        inside = (believed >= low) & (believed < high)
        share = y[inside].mean() if inside.any() else float("nan")
        typer.echo(f"believed {low:.1f} to {min(high, 1):.1f}: {share:.2f} answered (n={inside.sum()})")
    return _as_data(_fit(dev, stored))


def _fit(dev: list[Example], stored: list[Example]) -> Any:
    x = np.array([f for f, _ in [*dev, *stored]])
    y = np.array([label for _, label in [*dev, *stored]])
    share = float(np.mean([label for _, label in stored]))
    balance = [0.5 / share if label else 0.5 / (1 - share) for _, label in stored]
    weights = np.array([DEV_WEIGHT] * len(dev) + balance)
    model = make_pipeline(
        StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler(), LogisticRegression(C=0.01, max_iter=5000)
    )
    return model.fit(x, y, logisticregression__sample_weight=weights)


def _as_data(model: Any) -> dict[str, Any]:
    """Fold the second scaling into the coefficients, and lay them out as bias + v·z + z·M·z of the scaled signals z."""
    first, powers, second, logistic = (step for _, step in model.steps)
    coefficients = logistic.coef_[0] / second.scale_
    bias = float(logistic.intercept_[0] - (coefficients * second.mean_).sum())
    size = len(FEATURE_NAMES)
    vector, matrix = np.zeros(size), np.zeros((size, size))
    for coefficient, power in zip(coefficients, powers.powers_, strict=True):
        places = np.repeat(np.arange(size), power)
        if len(places) == 1:
            vector[places[0]] = coefficient
        else:
            matrix[places[0], places[1]] = coefficient
    return {
        "features": list(FEATURE_NAMES),
        "mean": first.mean_.round(5).tolist(),
        "scale": first.scale_.round(5).tolist(),
        "bias": round(bias, 5),
        "vector": vector.round(5).tolist(),
        "matrix": matrix.round(5).tolist(),
    }


def main(folder: Path = ROOT / "knowledge" / "sources" / "yongan-2019") -> None:
    """Fit on the report in FOLDER and write the weights."""
    stored = build_report(folder)
    weights = json.loads(TARGET.read_text(encoding="utf-8"))
    weights["candidate"] = fit_candidates(ReportKnowledge(stored))
    TARGET.write_text(json.dumps(weights, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    model_weights.cache_clear()
    weights["answerable"] = fit_answerable(dev_examples(ReportKnowledge(stored)), stored_examples(stored))
    text = json.dumps(weights, ensure_ascii=False, indent=1)
    TARGET.write_text(_short_lists(text) + "\n", encoding="utf-8")


def _short_lists(text: str) -> str:
    """One line for each list of numbers."""
    return "".join(
        line.strip() if line.strip().rstrip(",").lstrip("-").replace(".", "").replace("e-0", "").isdigit() else "\n" + line
        for line in text.splitlines()
    ).lstrip()


if __name__ == "__main__":
    typer.run(main)
