"""Fit the shipped judge of follow-ups: whether the best section states what a message asks that leans on the one before.

Development only: needs scikit-learn. Learns from the conversations of tests/data/dev; to be run after fit_weights.py. Writes
weights.json, "follow_up".
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import typer
from fit_weights import DEV, SHIPPED, WEIGHTS, read, save_weights
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bot.conversation import Context, resolve
from bot.one_report import find_in
from bot.pipeline import answer_message
from knowledge.answerable import answerable_features
from knowledge.build import build_report
from knowledge.documents import source_at
from knowledge.follow_up import FOLLOW_UP_NAMES, follow_up_features
from knowledge.library import Library, ReportKnowledge

_STRENGTH = 0.1


def examples(library: Library, conversations: list[dict[str, Any]]) -> tuple[list[list[float]], list[bool]]:
    """Signals of every follow-up whose best section is right, or that has no answer; and whether it has one."""
    known = library.default
    signals, labels = [], []
    for conversation in conversations:
        context = Context()
        for turn in conversation["turns"]:
            resolved = resolve(turn["q"], context)
            _, context = answer_message(turn["q"], library, context)
            if not resolved.wider or turn.get("smalltalk"):
                continue
            result = find_in(known, resolved).result
            section = known.section(result.candidates[0].section) if result.candidates else None
            if (
                section is None
                or result.around is None
                or not result.around.candidates
                or (turn["gold"] and section.id not in turn["gold"])
            ):
                continue
            alone = answerable_features(result, section)
            agree = result.around.candidates[0].section == section.id
            around = answerable_features(result.around, section) if agree else None
            beliefs = known.answer_model.belief(alone), known.answer_model.belief(around) if around else 0.5
            signals.append(follow_up_features(alone, beliefs[0], around, beliefs[1]))
            labels.append(bool(turn["gold"]))
    return signals, labels


def main() -> None:
    """Fit, and write the weights."""
    library = Library("fit", [ReportKnowledge(build_report(source_at(SHIPPED)))])
    signals, labels = examples(library, read(DEV / "dialogues.jsonl", DEV / "long_dialogues.jsonl"))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=_STRENGTH, max_iter=3000, class_weight="balanced"))
    believed = cross_val_predict(model, signals, labels, cv=5, method="predict_proba")[:, 1]
    right = np.array(labels)
    for threshold in (0.3, 0.35, 0.4, 0.5):
        kept = believed >= threshold
        typer.echo(f"threshold {threshold}: answers {kept[right].mean():.3f} of the answered, declines {(~kept)[~right].mean():.3f}")
    scaler, logistic = (step for _, step in model.fit(signals, labels).steps)
    judge = {
        "features": list(FOLLOW_UP_NAMES),
        "mean": scaler.mean_.round(5).tolist(),
        "scale": scaler.scale_.round(5).tolist(),
        "vector": logistic.coef_[0].round(5).tolist(),
        "bias": round(float(logistic.intercept_[0]), 5),
    }
    weights = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    weights["follow_up"]["judge"] = judge
    save_weights(weights)


if __name__ == "__main__":
    typer.run(main)
