"""Fit the shipped model of small talk on tests/data/small_talk/train.jsonl. Development only.

What is none: the messages labelled so, stored questions, what no report answers, and the development questions. Writes
bot/data/small_talk.npz.
"""

from __future__ import annotations

import random
from importlib.resources import files

import numpy as np
import typer
from fit_weights import DEV, ROOT, SHIPPED, TRAIN, read

from bot.small_talk import MODEL, SmallTalk, _taken_for, is_declined, small_talk_features, small_talk_kind
from knowledge.build import build_report
from knowledge.classifier import LinearClassifier
from knowledge.documents import source_at
from knowledge.features import FeatureRows

DATA = ROOT / "tests" / "data" / "small_talk"
NONE, DECLINED = "none", "declined"
#: Stored questions among the messages that are none, as many read again for the share taken wrongly, and the longest of both.
QUESTIONS, LONGEST = 4000, 40
COST = 3.0
#: Features that weigh less than this for every kind move no verdict.
LEAST_WEIGHT = 0.02


def attacks() -> list[str]:
    """What the shipped list of messages that no report answers has below "# attack"."""
    lines = files("knowledge").joinpath("data/off_topic.txt").read_text(encoding="utf-8").splitlines()
    below = lines[lines.index("# attack") + 1 :]
    return [line for line in below[: next((i for i, line in enumerate(below) if line.startswith("#")), None)] if line]


def main() -> None:
    """Print how much small talk is recognised that no form fits, and how many questions are taken for it, and write the model."""
    labelled = [(row["q"], row["kind"]) for row in read(DATA / "train.jsonl")]
    stored = [
        pair.question
        for pair in build_report(source_at(SHIPPED)).pairs
        if pair.origin not in {"generated", "shipped"} and len(pair.question) <= LONGEST
    ]
    random.Random(0).shuffle(stored)
    turns = [turn["q"] for row in read(DEV / "dialogues.jsonl") for turn in row["turns"] if not turn.get("smalltalk")]
    others = [row for row in read(DEV / "oos.jsonl") if not row.get("smalltalk")]
    rows = labelled + [(text, NONE) for text in [*stored[:QUESTIONS], *turns]]
    rows += [(row["q"], DECLINED if row["kind"] == "oos-attack" else NONE) for row in others]
    rows += [(text, DECLINED) for text in attacks()]
    asked = read(*(DEV / f"{name}.jsonl" for name in ("refs", "in_scope", "noise", "claims")), *sorted(TRAIN.glob("*/questions.jsonl")))
    rows += [(row["q"], NONE) for row in asked if not row["kind"].startswith("oos")]
    documents = FeatureRows.read([small_talk_features(text) for text, _ in rows])
    model = LinearClassifier.train(documents, [kind for _, kind in rows], cost=COST, epochs=12)
    kept = np.abs(model.weights).max(1) >= LEAST_WEIGHT
    model = LinearClassifier(model.keys[kept], model.idf[kept], model.weights[kept], model.classes)
    np.savez_compressed(MODEL, **model.arrays())
    _taken_for.cache_clear()
    test = [(row["q"], row["kind"]) for row in read(DATA / "test.jsonl")]
    for name, texts in (
        ("small talk", [text for text, kind in test if kind in set(SmallTalk)]),
        ("labelled none", [text for text, kind in test if kind == NONE]),
        ("declined", [text for text, kind in test if kind == DECLINED]),
        ("stored questions", stored[QUESTIONS : 2 * QUESTIONS]),
    ):
        taken = [text for text in texts if small_talk_kind(text)]
        declined = [text for text in texts if is_declined(text)]
        typer.echo(f"{name}: {len(taken)} of {len(texts)} taken for small talk by the model alone, {len(declined)} declined")


if __name__ == "__main__":
    typer.run(main)
