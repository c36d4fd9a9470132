"""Fit the shipped model of which kinds of words state what which forms of question ask.

Development only: needs scikit-learn. Learns from the stored questions and gaps of the shipped report, and from the questions and
near misses of tests/data/reports/train and weigh; writes knowledge/data/stated.json.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import typer
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from knowledge.build import make_tokenizer
from knowledge.library import ReportKnowledge
from knowledge.normalize import normalize, normalize_printed
from knowledge.quote import choose_quote
from knowledge.records import PairKind, Query, Section
from knowledge.span import sentences
from knowledge.stated import StatedModel, form_features, kinds_in, matches
from knowledge.store import StoredReport
from knowledge.tokenizer import character_grams

OUTPUT = Path(__file__).resolve().parents[1] / "knowledge" / "data" / "stated.json"
#: A form of question is one that is used of this many reports, so often.
_MIN_REPORTS, _MIN_USES = 6, 8
#: Fewer uses of a form with a kind tell nothing.
_MIN_TOGETHER = 5
#: What a question of the shipped report counts beside one of another: there are six times as many, all on one report; and what a
#: near miss counts beside an answered one, there and elsewhere.
_SHIPPED, _OTHER, _MISS_SHIPPED, _MISS_OTHER = 0.3, 3.0, 3.0, 1.5
_STRENGTH = 0.03
_LEAST_WEIGHT = 0.02


@dataclass(frozen=True)
class Row:
    """A question, the words shown for it, and whether they state what it asks."""

    report: str
    query: Query
    shown: str
    is_stated: bool


def stored_rows(stored: StoredReport) -> list[Row]:
    """Stored questions with the sentence that answers them, and gaps with the sentence that is nearest."""
    tokenizer = make_tokenizer(stored.terms, readings=stored.readings)
    sections = {section.id: section for section in stored.report.sections}
    rows = []
    for pair in stored.pairs:
        if pair.origin == "curated" and pair.kind in {PairKind.ANSWER, PairKind.GAP} and sections[pair.section].text:
            shown = _sentence(sections[pair.section], pair.spans if pair.kind is PairKind.ANSWER else (), pair.question)
            rows.append(Row(stored.report.id, tokenizer.query(pair.question), shown, pair.kind is PairKind.ANSWER))
    return rows


def _sentence(section: Section, spans: Sequence[str], question: str) -> str:
    """The sentence of *section* that holds one of *spans*, else the one most alike to *question*."""
    pieces = [section.text[start:end] for start, end in sentences(section.text)]
    held = next((piece for piece in pieces if any(span in piece for span in spans)), None)
    asked = set(character_grams(normalize(question), sizes=(1, 2)))
    return normalize_printed(
        held or max(pieces, key=lambda piece: len(asked & set(character_grams(normalize_printed(piece), sizes=(1, 2)))))
    )


def labelled_rows(known: ReportKnowledge, rows: Iterable[dict[str, object]]) -> list[Row]:
    """Labelled questions with what would be shown for them, where that is of the right section, or of any for one without."""
    found = []
    for row in rows:
        result = known.search(known.read(str(row["q"])))
        section = known.section(result.candidates[0].section) if result.candidates else None
        if section is None or row["kind"] in {"oos-falsepremise", "oos-chat"} or (row["gold"] and section.id not in row["gold"]):  # type: ignore[operator]
            continue
        shown = normalize_printed(choose_quote(result, section).text)
        found.append(Row(known.report.id, result.query, shown, bool(row["gold"])))
    return found


def fit_stated(rows: Sequence[Row], shipped: str) -> StatedModel:
    """Fit on *rows*; *shipped* is the id of the report whose rows count less."""
    return StatedModel(**_weights(rows, shipped))


def _weights(rows: Sequence[Row], shipped: str) -> dict[str, dict]:  # type: ignore[type-arg]
    forms = [form_features(row.query) for row in rows]
    reports, uses = defaultdict(set), Counter(feature for held in forms for feature in held)
    for row, held in zip(rows, forms, strict=True):
        for feature in held:
            reports[feature].add(row.report)
    known = {feature for feature, n in uses.items() if n >= _MIN_USES and len(reports[feature]) >= _MIN_REPORTS}
    told = []
    for row, held in zip(rows, forms, strict=True):
        kinds = kinds_in(row.shown)
        alone = sorted(held & known)
        crossed = [(form, kind) for form in alone for kind in kinds]
        told.append([*(("", name) for name in (*kinds, *matches(row.query, row.shown))), *((form, "") for form in alone), *crossed])
    together = Counter(name for names in told for name in set(names))
    column = {name: i for i, name in enumerate(name for name, n in together.items() if n >= _MIN_TOGETHER)}
    places = [(i, column[name]) for i, names in enumerate(told) for name in set(names) if name in column]
    matrix = csr_matrix((np.ones(len(places)), tuple(zip(*places, strict=True))), shape=(len(rows), len(column)))
    labels = np.array([row.is_stated for row in rows])
    ours = np.array([row.report == shipped for row in rows])
    weights = np.where(ours, _SHIPPED, _OTHER) * np.where(labels, 1.0, np.where(ours, _MISS_SHIPPED, _MISS_OTHER))
    model = LogisticRegression(C=_STRENGTH, max_iter=500).fit(matrix, labels, sample_weight=weights)
    found: dict[str, dict[str, float]] = {}
    others = {"": round(float(model.intercept_[0]), 3)}
    for (form, kind), weight in zip(column, model.coef_[0].round(3).tolist(), strict=True):
        if abs(weight) >= _LEAST_WEIGHT:
            (found.setdefault(form, {}) if form else others)[kind] = weight
    return {"forms": found, "others": others}


def save_stated(rows: Sequence[Row], shipped: str) -> StatedModel:
    """Fit on *rows* and write the shipped file."""
    weights = _weights(rows, shipped)
    lines = (
        f"{json.dumps(form, ensure_ascii=False)}: {json.dumps(kinds, ensure_ascii=False)}"
        for form, kinds in sorted(weights["forms"].items())
    )
    others = json.dumps(weights["others"], ensure_ascii=False)
    OUTPUT.write_text(f'{{"others": {others},\n"forms": {{\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")
    typer.echo(f"{len(rows)} questions, {len(weights['forms'])} forms, {sum(map(len, weights['forms'].values()))} weights")
    return StatedModel(**weights)
