"""Stored questions asked as if they were not stored: which of them would lead elsewhere, and which two can hardly be told apart.

A question that is stored always finds itself; what tells whether others like it are answered rightly is where it would lead without
itself. The classifier is trained again on parts of the questions, each judged by one that has not seen it; the neighbours are
those without itself. Only questions of which both say "elsewhere" are ranked in full.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz

from knowledge.classifier import LinearClassifier
from knowledge.features import FeatureRows, Keys, feature_keys
from knowledge.index import Floats, best_positions
from knowledge.library import ReportKnowledge
from knowledge.records import PairKind, QAPair, Query
from knowledge.retriever import NEIGHBOURS, match_features, topic_features

#: Parts that the questions are divided into, and passes over them: less than a release takes, which is enough to see who stands alone.
_FOLDS, _EPOCHS = 3, 3
#: Two questions of different sections this alike, as a share, can hardly be told apart.
AMBIGUOUS = 0.85
_ALIKE_LOOKED_AT = 8
#: Belief in the other section from which a question counts as misled: below it the bot would be unsure, or ask back.
_MISLED = 0.7


@dataclass(frozen=True, slots=True)
class Stored:
    """Written questions that a section answers, read for the search.

    Attributes:
        positions: Their places in the release.
        queries: As the tokenizer reads them.
        topics: Features of ``topic_features``.
        neighbours: Places of the nearest other stored questions, each with its share of the best one's score, best first.
    """

    positions: list[int]
    queries: list[Query]
    topics: list[list[str]]
    neighbours: list[list[tuple[int, float]]]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A stored question that leads elsewhere.

    Attributes:
        pair: The question.
        leads_to: The section it leads to instead.
        belief: Share of belief in that section, in [0, 1].
        even_itself: Whether it leads there even as it is stored.
    """

    pair: QAPair
    leads_to: str
    belief: float
    even_itself: bool


def read_stored(known: ReportKnowledge) -> Stored:
    """Read the written questions of *known*; a second or two for ten thousand."""
    retriever = known.retriever
    positions = [i for i, p in enumerate(retriever.pairs) if p.origin == "curated" and p.kind is PairKind.ANSWER]
    queries = [known.tokenizer.query_of(retriever.pairs[i].question, retriever.texts[i]) for i in positions]
    hidden = np.array([i for i, pair in enumerate(retriever.pairs) if pair.is_follow_up], dtype=np.intp)
    near = []
    for position, query in zip(positions, queries, strict=True):
        scores = retriever.postings.scores(feature_keys(match_features(query)))
        scores[hidden] = 0.0
        scores[position] = 0.0
        best = best_positions(scores, NEIGHBOURS)
        near.append([(i, float(scores[i] / scores[best[0]])) for i in best])
    return Stored(positions, queries, [topic_features(query) for query in queries], near)


def find_misled(known: ReportKnowledge, stored: Stored) -> Iterator[Doubt]:
    """Questions that lead to another section: as they are stored, or where they are left out."""
    retriever = known.retriever
    keys = [feature_keys(features) for features in stored.topics]
    margins = _unseen_margins(known, stored, keys)
    classes = retriever.topics.classes
    for i, position in enumerate(stored.positions):
        pair = retriever.pairs[position]
        if classes[int(np.argmax(retriever.topics.margins(keys[i])))] != pair.section:
            first = known.search(known.read(pair.question)).candidates[0]
            if first.section != pair.section:
                yield Doubt(pair, first.section, first.score, even_itself=True)
                continue
        if classes[int(np.argmax(margins[i]))] == pair.section or _voted(known, stored.neighbours[i]) == pair.section:
            continue
        first = retriever.candidates_without(stored.queries[i], position, margins[i])[0]
        if first.section != pair.section and first.score >= _MISLED:
            yield Doubt(pair, first.section, first.score, even_itself=False)


def find_ambiguous(known: ReportKnowledge, stored: Stored) -> Iterator[tuple[QAPair, QAPair, float]]:
    """Written questions of different sections that are alike, as (earlier, later, likeness in [0, 1])."""
    retriever = known.retriever
    for i, position in enumerate(stored.positions):
        pair, text = retriever.pairs[position], retriever.texts[position]
        for other, _ in stored.neighbours[i][:_ALIKE_LOOKED_AT]:
            near = retriever.pairs[other]
            if other > position or near.origin != "curated" or near.kind is not PairKind.ANSWER or near.section == pair.section:
                continue
            likeness = fuzz.ratio(text, retriever.texts[other]) / 100
            # 第二部分 and 第三部分 are told apart by their number; the same text twice is told of elsewhere.
            if AMBIGUOUS <= likeness < 1 and _numbers(text) == _numbers(retriever.texts[other]):
                yield near, pair, likeness


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d+|[一二三四五六七八九十]", text)


def _voted(known: ReportKnowledge, near: list[tuple[int, float]]) -> str:
    votes: Counter[str] = Counter()
    for position, score in near:
        pair = known.retriever.pairs[position]
        if pair.kind is PairKind.ANSWER:
            votes[pair.section] += score**3  # type: ignore[assignment]  # Counter adds up floats as well
    return votes.most_common(1)[0][0] if votes else ""


def _unseen_margins(known: ReportKnowledge, stored: Stored, keys: list[Keys]) -> list[Floats]:
    """Margins of each question by a classifier that was trained without it, in the order of the release's classes."""
    column = {name: i for i, name in enumerate(known.retriever.topics.classes)}
    labels = [known.retriever.pairs[position].section for position in stored.positions]
    margins: list[Floats] = [np.full(len(column), -1.0, dtype=np.float32) for _ in keys]
    topics = FeatureRows.read(stored.topics)
    for fold in range(_FOLDS):
        train = [i for i in range(len(keys)) if i % _FOLDS != fold]
        if not train:
            continue
        model = LinearClassifier.train(topics.take(train), [labels[i] for i in train], balance=True, epochs=_EPOCHS)
        columns = [column[name] for name in model.classes]
        for i in range(fold, len(keys), _FOLDS):
            margins[i][columns] = model.margins(keys[i])
    return margins
