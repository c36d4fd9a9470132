"""Fit the shipped weights: which section, and whether it states the answer.

Development only: needs scikit-learn. Writes knowledge/data/weights.json and knowledge/data/question_forms.json. Learns from the
development questions, and from the stored questions, each judged by a release that was built without it; the measuring sets are
never read here. Two models are fitted: for a report with questions written for it, and for one with nothing but its own words.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from knowledge import question_form
from knowledge.answerable import FEATURE_NAMES, answerable_features
from knowledge.build import build_report, make_tokenizer, train_indexes
from knowledge.documents import source_at
from knowledge.library import ReportKnowledge
from knowledge.qualifiers import conflicts
from knowledge.question_form import form_features
from knowledge.records import SIGNAL_NAMES, PairKind, QAPair
from knowledge.store import StoredReport
from knowledge.weights import model_weights

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "knowledge" / "sources" / "yongan-2019"
DEV = ROOT / "tests" / "data" / "dev"
#: Reports with nothing but their own words, each with labelled questions.
TRAIN = ROOT / "tests" / "data" / "reports" / "train"
WEIGHTS = ROOT / "knowledge" / "data" / "weights.json"
FORMS = ROOT / "knowledge" / "data" / "question_forms.json"
FOLDS = 4
#: How much a development question weighs beside a stored one: its writer saw none of the stored ones.
DEV_WEIGHT = 10.0
#: How far the weights of the candidate signals are held back.
RIDGE = 0.003
#: A form of question is one that is used of this many sections and weighs this much.
_MIN_SECTIONS, _MIN_WEIGHT = 14, 0.05

Example = tuple[list[float], int]


@dataclass(frozen=True)
class Corpus:
    """Labelled questions and the report they are on."""

    known: ReportKnowledge
    rows: list[dict[str, Any]]

    @property
    def in_scope(self) -> list[dict[str, Any]]:
        """Questions that a section answers."""
        return [row for row in self.rows if row["gold"]]

    @property
    def judged(self) -> list[dict[str, Any]]:
        """Questions that are answered or not; a false premise may be answered by the clause that contradicts it."""
        return [row for row in self.rows if row["kind"] != "oos-falsepremise"]


def read(*paths: Path) -> list[dict[str, Any]]:
    """Labelled questions of some files."""
    return [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def bare_report(folder: Path) -> StoredReport:
    """The report in *folder* built from its own words alone."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / folder.name
        target.mkdir()
        shutil.copy(folder / "report.txt", target)
        return build_report(source_at(target))


def fit_forms(stored: StoredReport) -> dict[str, float]:
    """Weights of the forms of questions that are used of many sections, from the stored questions that people wrote."""
    tokenizer = make_tokenizer(stored.terms, readings=stored.readings)
    pairs = [p for p in stored.pairs if p.origin == "curated" and p.kind in {PairKind.ANSWER, PairKind.GAP}]
    features = [form_features(tokenizer.query(pair.question)) for pair in pairs]
    sections = defaultdict(set)
    for pair, held in zip(pairs, features, strict=True):
        for feature in held:
            sections[feature].add(pair.section)
    names = sorted(feature for feature, used in sections.items() if len(used) >= _MIN_SECTIONS)
    column = {name: i for i, name in enumerate(names)}
    matrix = np.zeros((len(pairs), len(names)), dtype=np.float32)
    for row, held in enumerate(features):
        matrix[row, [column[f] for f in held if f in column]] = 1
    labels = [pair.kind is PairKind.ANSWER for pair in pairs]
    model = LogisticRegression(C=0.1, max_iter=3000, class_weight="balanced").fit(matrix, labels)
    kept = {name: round(float(w), 3) for name, w in zip(names, model.coef_[0], strict=True) if abs(w) >= _MIN_WEIGHT}
    return {"": round(float(model.intercept_[0]), 3)} | kept


def fit_candidates(corpora: Iterable[Corpus]) -> dict[str, float]:
    """Weights of the candidate signals, by which the right one of a question's candidates is likeliest (a conditional logit)."""
    lists = []
    for corpus in corpora:
        for row in corpus.in_scope:
            candidates = corpus.known.search(corpus.known.read(row["q"])).candidates
            right = np.array([candidate.section in row["gold"] for candidate in candidates])
            if right.any() and not right.all():
                lists.append((np.array([c.values for c in candidates]), right))
    scale = np.vstack([signals for signals, _ in lists]).std(0) + 1e-9

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = RIDGE * float(weights @ weights), 2 * RIDGE * weights
        for signals, right in lists:
            scaled = signals / scale
            logits = scaled @ weights
            logits -= logits.max()
            shares = np.exp(logits)
            held = shares * right
            total -= float(np.log(held.sum() / shares.sum())) / len(lists)
            slope -= scaled.T @ (held / held.sum() - shares / shares.sum()) / len(lists)
        return total, slope

    found = minimize(loss, np.zeros(len(SIGNAL_NAMES)), jac=True, method="L-BFGS-B")
    return dict(zip(SIGNAL_NAMES, map(float, (found.x / scale).round(4)), strict=True))


def example(known: ReportKnowledge, question: str, right: Sequence[str]) -> Example | None:
    """Signals of a question, and whether the best section answers it; None when nothing is found, or its year or place decides."""
    result = known.search(known.read(question))
    section = known.section(result.candidates[0].section) if result.candidates else None
    if section is None or conflicts(known.qualifiers(result.query), section, known.report):
        return None
    return answerable_features(result, section), int(bool(right))


def dev_examples(corpora: Iterable[Corpus]) -> list[Example]:
    """Development questions."""
    judged = [example(c.known, row["q"], row["gold"]) for c in corpora for row in c.judged]
    return [one for one in judged if one]


def bare_examples(known: ReportKnowledge, pairs: Sequence[QAPair]) -> list[Example]:
    """Stored questions of the shipped report, put to its own words alone."""
    judged = [example(known, p.question, _right(p)) for p in pairs if p.kind is not PairKind.FOLLOW_UP]
    return [one for one in judged if one]


def _right(pair: QAPair) -> list[str]:
    return [pair.section] if pair.kind is PairKind.ANSWER else []


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
        arrays = stored.arrays | train_indexes(pairs, [queries[i] for i in kept])
        known = ReportKnowledge(replace(stored, pairs=pairs, texts=tuple(stored.texts[i] for i in kept), arrays=arrays))
        for i in sorted(held):
            pair = stored.pairs[i]
            if pair.kind is not PairKind.FOLLOW_UP and (one := example(known, pair.question, _right(pair))):
                examples.append(one)
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


def _fit(dev: Sequence[Example], stored: Sequence[Example]) -> Any:
    x = np.array([f for f, _ in [*dev, *stored]])
    y = np.array([label for _, label in [*dev, *stored]])
    share = float(np.mean([label for _, label in stored])) if stored else 0.5
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


def save_weights(weights: dict[str, Any]) -> None:
    WEIGHTS.write_text(_short_lists(json.dumps(weights, ensure_ascii=False, indent=1)) + "\n", encoding="utf-8")
    model_weights.cache_clear()


def _short_lists(text: str) -> str:
    """One line for each list of numbers."""
    return "".join(
        line.strip() if line.strip().rstrip(",").lstrip("-").replace(".", "").replace("e-0", "").isdigit() else "\n" + line
        for line in text.splitlines()
    ).lstrip()


def _blank(weights: dict[str, Any]) -> dict[str, Any]:
    """The same with zeros for signals that are new, so that a report can be searched before they have been fitted."""
    size = len(FEATURE_NAMES)
    model = {"features": list(FEATURE_NAMES), "mean": [0.0] * size, "scale": [1.0] * size, "bias": 0.0}
    answerable = weights["answerable"]
    if answerable["features"] != list(FEATURE_NAMES):
        answerable = {**model, "vector": [0.0] * size, "matrix": np.zeros((size, size)).tolist()}
    return {**weights, "candidate": dict.fromkeys(SIGNAL_NAMES, 0.0) | weights["candidate"], "answerable": answerable}


def main(only: Annotated[str, typer.Option(help="curated or generated: fit for reports of that kind alone.")] = "") -> None:
    """Fit on the shipped report with its questions, and on reports with none, and write the weights."""
    weights = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    kinds = [only] if only else ["generated", "curated"]
    save_weights(weights | {name: _blank(weights[name]) for name in ("generated", "curated")})
    shipped = build_report(source_at(SHIPPED))
    FORMS.write_text(json.dumps(fit_forms(shipped), ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    question_form._weights.cache_clear()
    weights = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    dev = read(*(DEV / f"{name}.jsonl" for name in ("in_scope", "noise", "oos")))
    for name in kinds:
        typer.echo(f"== {name}")
        if name == "curated":
            sources = [(shipped, dev)]
        else:
            others = [(bare_report(folder), read(folder / "questions.jsonl")) for folder in sorted(TRAIN.glob("*/"))]
            sources = [(bare_report(SHIPPED), dev), *others]
        weights[name]["candidate"] = fit_candidates([Corpus(ReportKnowledge(stored), rows) for stored, rows in sources])
        save_weights(weights)
        corpora = [Corpus(ReportKnowledge(stored), rows) for stored, rows in sources]
        written = [pair for pair in shipped.pairs if pair.origin != "generated"]
        examples = stored_examples(shipped) if name == "curated" else bare_examples(corpora[0].known, written)
        weights[name]["answerable"] = fit_answerable(dev_examples(corpora), examples)
        save_weights(weights)


if __name__ == "__main__":
    typer.run(main)
