"""Fit the shipped weights: which section, and whether it states the answer.

Development only: needs scikit-learn. Writes knowledge/data/weights.json and, by scripts/fit_stated.py,
knowledge/data/stated.json. Learns from the
development questions, and from the stored questions, each judged by a release that was built without it; the measuring sets are
never read here. Two models are fitted: for a report with questions written for it, and for one with nothing but its own words.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from fit_stated import Row, fit_stated, labelled_rows, save_stated, stored_rows
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from knowledge.answerable import FEATURE_NAMES, AnswerModel, answerable_features
from knowledge.build import build_report, make_tokenizer, train_indexes
from knowledge.dense import Encoder, load_encoder
from knowledge.documents import source_at
from knowledge.follow_up import FOLLOW_UP_NAMES
from knowledge.library import ReportKnowledge
from knowledge.qualifiers import conflicts
from knowledge.records import SIGNAL_NAMES, PairKind, QAPair
from knowledge.stated import StatedModel, shipped_stated
from knowledge.store import StoredReport
from knowledge.wanted import WANT_NAMES
from knowledge.weights import model_weights

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ROOT / "knowledge" / "sources" / "yongan-2019"
DEV = ROOT / "tests" / "data" / "dev"
#: Reports with nothing but their own words, each with labelled questions.
TRAIN = ROOT / "tests" / "data" / "reports" / "train"
#: More of them, which no vector was fitted on: the weights of the signals, vectors among them, are.
WEIGH = ROOT / "tests" / "data" / "reports" / "weigh"
#: Reports that nothing is fitted on.
TEST = ROOT / "tests" / "data" / "reports" / "test"
WEIGHTS = ROOT / "knowledge" / "data" / "weights.json"
FOLDS = 4
#: How much a development question weighs beside a stored one: its writer saw none of the stored ones.
DEV_WEIGHT = 10.0
#: How far the weights of the candidate signals are held back.
RIDGE = 0.003

#: How far the weights of a model of what is stated are held back, where nobody has written questions.
LINEAR_RIDGE = 0.001
#: Signals that can only speak for, and against, what is asked being stated.
SPEAKS_FOR = {
    *("margin", "lead", "belief", "stance_answer", "closest_answer", "match_answer", "closest_answer_here", "match_answer_here"),
    *("votes_answer", "votes_here", "whole", "sentence", "coverage", "meaning", "meaning_sentence", "meaning_close", "meaning_same"),
    *("dense", "dense_lead", "stated", *WANT_NAMES),
}
SPEAKS_AGAINST = {
    *("stance_gap", "stance_off", "closest_gap", "closest_off", "match_gap", "match_off", "closest_gap_here", "match_gap_here"),
    *("votes_gap", "votes_off", "unknown_grams", "unknown_words", "unknown_section", "hard_missing", "soft_missing"),
    *("coverage_elsewhere", "meaning_lacking"),
}

Example = tuple[list[float], int]


@dataclass(frozen=True)
class Corpus:
    """Labelled questions and the report they are on.

    Attributes:
        stored: The report.
        rows: The questions.
        encoder: One that has not seen them; None for the shipped one.
        stated: A model of forms that has not seen them; None for the shipped one.
    """

    stored: StoredReport
    rows: list[dict[str, Any]]
    encoder: Encoder | None = None
    stated: StatedModel | None = None

    def open(self) -> ReportKnowledge:
        """The report with the weights of now."""
        return ReportKnowledge(self.stored, encoder=self.encoder)

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


def labelled(folder: Path) -> list[dict[str, Any]]:
    """The labelled questions of the report in *folder*, near misses and their look-alikes among them."""
    return read(*sorted(folder.glob("*.jsonl")))


def bare_report(folder: Path) -> StoredReport:
    """The report in *folder* built from its own words alone."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / folder.name
        target.mkdir()
        shutil.copy(folder / "report.txt", target)
        return build_report(source_at(target))


def fit_candidates(corpora: Iterable[Corpus]) -> dict[str, float]:
    """Weights of the candidate signals, by which the right one of a question's candidates is likeliest (a conditional logit)."""
    lists = []
    for corpus in corpora:
        known = corpus.open()
        for row in corpus.in_scope:
            candidates = known.search(known.read(row["q"])).candidates
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


def example(known: ReportKnowledge, question: str, right: Sequence[str], stated: StatedModel | None = None) -> Example | None:
    """Signals of a question, and whether the best section answers it; None when nothing is found, or its year or place decides."""
    result = known.search(known.read(question))
    section = known.section(result.candidates[0].section) if result.candidates else None
    if section is None or conflicts(known.qualifiers(result.query), section, known.report):
        return None
    return answerable_features(result, section, stated=stated), int(bool(right))


def dev_examples(corpora: Iterable[Corpus]) -> list[Example]:
    """Development questions."""
    opened = [(corpus, corpus.open()) for corpus in corpora]
    judged = [example(known, row["q"], row["gold"], corpus.stated) for corpus, known in opened for row in corpus.judged]
    return [one for one in judged if one]


def _right(pair: QAPair) -> list[str]:
    return [pair.section] if pair.kind is PairKind.ANSWER else []


def stored_examples(stored: StoredReport, others: Sequence[Row]) -> list[Example]:
    """Stored questions, each judged by a release, and by a model of forms, without it; *others*: rows of other reports."""
    by_question = {row.query.text: row for row in stored_rows(stored)}
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
        asked = {queries[i].text for i in held}
        stated = fit_stated([*others, *(row for text, row in by_question.items() if text not in asked)], stored.report.id)
        for i in sorted(held):
            pair = stored.pairs[i]
            if not pair.is_follow_up and (one := example(known, pair.question, _right(pair), stated)):
                examples.append(one)
        typer.echo(f"fold {fold + 1} of {FOLDS} judged")
    return examples


def fit_answerable(dev: list[Example], stored: list[Example], *, is_curated: bool) -> dict[str, Any]:
    """A model of what is stated, as scales, a matrix, a vector and a bias; figures of held-out development questions first.

    Args:
        dev: Labelled questions.
        stored: Stored ones, which weigh less.
        is_curated: Whether for a report with questions written for it: quadratic; else linear, no signal weighing against its sense.
    """
    model = partial(_fit, stored=stored) if is_curated else _fit_in_sense
    x, y = np.array([f for f, _ in dev]), np.array([label for _, label in dev])
    believed = np.zeros(len(y))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(x, y):
        fitted = AnswerModel.from_weights(model([dev[i] for i in train]))
        believed[test] = [fitted.belief(features) for features in x[test].tolist()]
    for threshold in (0.3, 0.35, 0.4, 0.45, 0.5, 0.6):
        kept = believed >= threshold
        typer.echo(f"threshold {threshold}: answers {kept[y == 1].mean():.3f} of the answered, declines {(~kept)[y == 0].mean():.3f}")
    for low, high in ((0.0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 1.01)):
        inside = (believed >= low) & (believed < high)
        share = y[inside].mean() if inside.any() else float("nan")
        typer.echo(f"believed {low:.1f} to {min(high, 1):.1f}: {share:.2f} answered (n={inside.sum()})")
    return model(dev)


def _fit(dev: Sequence[Example], stored: Sequence[Example]) -> dict[str, Any]:
    """A quadratic model."""
    x = np.array([f for f, _ in [*dev, *stored]])
    y = np.array([label for _, label in [*dev, *stored]])
    share = float(np.mean([label for _, label in stored])) if stored else 0.5
    balance = [0.5 / share if label else 0.5 / (1 - share) for _, label in stored]
    weights = np.array([DEV_WEIGHT] * len(dev) + balance)
    model = make_pipeline(
        StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler(), LogisticRegression(C=0.01, max_iter=5000)
    )
    return _as_data(model.fit(x, y, logisticregression__sample_weight=weights))


def _fit_in_sense(dev: Sequence[Example]) -> dict[str, Any]:
    """A linear model in which no signal weighs against its sense.

    The labelled questions in everyday words avoid those of the report, and near misses repeat them; a model left free learns that who
    asks in the report's words, or in few, gets no answer. Real people who ask so mostly get one. What has no sense of its own, such as
    the length, weighs nothing.
    """
    x, y = np.array([f for f, _ in dev]), np.array([label for _, label in dev])
    scaler = StandardScaler().fit(x)
    scaled = scaler.transform(x)
    signs = 2 * y - 1

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = signs * (scaled @ weights[:-1] + weights[-1])
        pull = -signs / (1 + np.exp(np.clip(margins, -30, 30))) / len(y)
        slope = np.append(scaled.T @ pull + 2 * LINEAR_RIDGE * weights[:-1], pull.sum())
        return float(np.logaddexp(0, -margins).mean() + LINEAR_RIDGE * weights[:-1] @ weights[:-1]), slope

    bounds = [(0 if name not in SPEAKS_AGAINST else None, 0 if name not in SPEAKS_FOR else None) for name in FEATURE_NAMES]
    found = minimize(loss, np.zeros(len(FEATURE_NAMES) + 1), jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)]).x
    return {
        "features": list(FEATURE_NAMES),
        "mean": scaler.mean_.round(5).tolist(),
        "scale": scaler.scale_.round(5).tolist(),
        "bias": round(float(found[-1]), 5),
        "vector": found[:-1].round(5).tolist(),
        "matrix": np.zeros((len(FEATURE_NAMES), len(FEATURE_NAMES))).tolist(),
    }


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


def weighed_corpora(encoder: Encoder, others: Sequence[Row], shipped: str) -> tuple[list[Corpus], list[Row]]:
    """The reports of ``WEIGH``, each with a model of forms that has not seen it; and their rows for that model.

    Args:
        encoder: One that has not seen them.
        others: Rows of other reports.
        shipped: Id of the shipped report.
    """
    bare = [Corpus(bare_report(f), labelled(f), encoder) for f in sorted(WEIGH.glob("*/"))]
    rows = [labelled_rows(corpus.open(), corpus.rows) for corpus in bare]
    corpora = []
    for i, corpus in enumerate(bare):
        unseen = [row for j, part in enumerate(rows) if j % FOLDS != i % FOLDS for row in part]
        corpora.append(replace(corpus, stated=fit_stated([*others, *unseen], shipped)))
    return corpora, [row for part in rows for row in part]


def _carried(judge: dict[str, Any]) -> dict[str, Any]:
    """The judge of follow-ups with signals it was not fitted for, which weigh nothing until fit_follow_up.py has run."""
    blank = {"mean": 0.0, "scale": 1.0, "vector": 0.0}
    known = {key: dict(zip(judge["features"], judge[key], strict=True)) for key in blank}
    carried = {key: [known[key].get(name, value) for name in FOLLOW_UP_NAMES] for key, value in blank.items()}
    return {"features": list(FOLLOW_UP_NAMES), **carried, "bias": judge["bias"]}


def main(
    encoder: Annotated[Path, typer.Option(help="What fit_encoder.py --for-weights wrote.")],
    only: Annotated[str, typer.Option(help="curated or generated: fit for reports of that kind alone.")] = "",
) -> None:
    """Fit on the shipped report with its questions, and on reports with none, and write the weights."""
    weights = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    weights["follow_up"]["judge"] = _carried(weights["follow_up"]["judge"])
    save_weights(weights | {name: _blank(weights[name]) for name in ("generated", "curated")})
    weights = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    shipped = build_report(source_at(SHIPPED))
    stored = stored_rows(shipped)
    # The order matters little: which section comes first hardly depends on what is fitted here.
    trained = [row for f in sorted(TRAIN.glob("*/")) for row in labelled_rows(ReportKnowledge(bare_report(f)), labelled(f))]
    weighed, rows = weighed_corpora(load_encoder(encoder), [*stored, *trained], shipped.report.id)
    save_stated([*stored, *trained, *rows], shipped.report.id)
    shipped_stated.cache_clear()
    dev = read(*(DEV / f"{name}.jsonl" for name in ("in_scope", "noise", "oos")))
    for name in [only] if only else ["generated", "curated"]:
        typer.echo(f"== {name}")
        corpora = weighed if name == "generated" else [Corpus(shipped, dev)]
        weights[name]["candidate"] = fit_candidates(corpora)
        save_weights(weights)
        examples = stored_examples(shipped, [*trained, *rows]) if name == "curated" else []
        weights[name]["answerable"] = fit_answerable(dev_examples(corpora), examples, is_curated=name == "curated")
        save_weights(weights)


if __name__ == "__main__":
    typer.run(main)
