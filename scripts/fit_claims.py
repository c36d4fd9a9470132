"""Fit the judges of claims on the labelled claims of tests/data/dev. Development only: needs scikit-learn.

One knows only the signals, and judges claims on any report; the other knows the words of the claims as well, and judges those on
the shipped report, for which they were labelled.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import scipy.sparse
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
from knowledge.claim_words import ClaimWords, report_hash, weigh, word_features
from knowledge.documents import source_at
from knowledge.features import feature_key, feature_keys
from knowledge.library import ReportKnowledge

LABELS = {"true": Support.SUPPORTED, "false": Support.REFUTED, "unknown": Support.NOT_ENOUGH_INFO}
#: Stronger weights read better on the training claims and worse on others.
STRENGTH = 0.03
#: The same, beside the words of the claims.
STRENGTH_WITH_WORDS = 0.1
FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled claim: its signals, the features of its words, and its verdict."""

    signals: list[float]
    words: list[str]
    verdict: str


def read_claim(row: dict[str, str], known: ReportKnowledge) -> Judged | None:
    """A labelled claim; None when the rules settle it or nothing is found."""
    claim = claim_text(row["q"], known)
    result = known.search(known.read(claim))
    section = known.section(result.candidates[0].section) if result.candidates else None
    if section is None:
        return None
    found = apply_rules(claim, section, result, known)
    if found.settled:
        return None
    signals = claim_signals(found.claim, found.text, found.signals, result, known.tokenizer)
    words = word_features(found.claim, found.text)
    return Judged([signals[name] for name in FEATURE_NAMES], words, LABELS[row["verdict"]].value)


def fit_signals(judged: Sequence[Judged]) -> dict[str, object]:
    """The judge that knows only the signals, as it is stored."""
    x = np.array([claim.signals for claim in judged])
    y = np.array([claim.verdict for claim in judged])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=5000))
    typer.echo(f"{len(y)} claims; held out, rightly judged by signals: {cross_val_score(model, x, y, cv=FOLDS).mean():.3f}")
    model.fit(x, y)
    scaler, logistic = model[0], model[-1]
    order = _in_order(logistic)
    return {
        "features": list(FEATURE_NAMES),
        "mean": scaler.mean_.round(5).tolist(),
        "scale": scaler.scale_.round(5).tolist(),
        "weights": logistic.coef_[order].round(5).tolist(),
        "bias": logistic.intercept_[order].round(5).tolist(),
    }


def fit_words(judged: Sequence[Judged]) -> ClaimWords:
    """The judge that knows the words as well; words of one claim alone are left out."""
    held = Counter(word for claim in judged for word in set(claim.words))
    words = sorted((word for word, count in held.items() if count > 1), key=feature_key)
    keys = feature_keys(words)
    rarity = np.log((1 + len(judged)) / (1 + np.array([held[word] for word in words]))) + 1
    scaler = StandardScaler().fit([claim.signals for claim in judged])
    rows = [weigh(claim.words, keys, rarity) for claim in judged]
    owners = np.repeat(np.arange(len(rows)), [len(places) for places, _ in rows])
    columns, values = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    shares = scipy.sparse.csr_matrix((values, (owners, columns)), shape=(len(rows), len(keys)))
    signals = scipy.sparse.csr_matrix(scaler.transform([claim.signals for claim in judged]))
    x = scipy.sparse.hstack([signals, shares]).tocsr()
    logistic = LogisticRegression(C=STRENGTH_WITH_WORDS, max_iter=5000).fit(x, [claim.verdict for claim in judged])
    order, first = _in_order(logistic), len(FEATURE_NAMES)
    of_signals, of_words = logistic.coef_[order, :first], logistic.coef_[order, first:]
    return ClaimWords(scaler.mean_, scaler.scale_, of_signals, logistic.intercept_[order], keys, rarity, of_words)


def _in_order(logistic: LogisticRegression) -> list[int]:
    return [list(logistic.classes_).index(support.value) for support in Support]


def judge_held_out(judged: Sequence[Judged]) -> float:
    """Share of claims judged rightly by a judge of signals and words that was fitted on others."""
    verdicts = np.array([claim.verdict for claim in judged])
    right = []
    for training, others in FOLDS.split(verdicts, verdicts):
        judge = fit_words([judged[i] for i in training])
        for claim in (judged[i] for i in others):
            beliefs = judge.beliefs_of(dict(zip(FEATURE_NAMES, claim.signals, strict=True)), claim.words)
            right.append(max(beliefs, key=lambda support: beliefs[support]).value == claim.verdict)
    return float(np.mean(right))


def main(
    *,
    signals: Annotated[
        bool, typer.Option(help="Write the judge of claims on any report too; more claims on one report have made it no better.")
    ] = False,
) -> None:
    """Print the shares of held-out claims judged rightly, and write the judge of claims on the shipped report."""
    known = ReportKnowledge(build_report(source_at(SHIPPED)))
    judged = [claim for row in read(DEV / "claims.jsonl") if (claim := read_claim(row, known))]
    judge = fit_signals(judged)
    if signals:
        weights = json.loads(WEIGHTS.read_text(encoding="utf-8"))
        weights["claims"] |= {"judge": judge, "contradicted": 0.35}
        save_weights(weights)
    typer.echo(f"by signals and words: {judge_held_out(judged):.3f}")
    for old in WEIGHTS.parent.glob("claims-*.npz"):
        old.unlink()
    fit_words(judged).save(WEIGHTS.parent / f"claims-{report_hash(known.report)}.npz")


if __name__ == "__main__":
    typer.run(main)
