"""The index against a slow, obvious BM25: the same texts, in the same order."""

import math
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.index import QuestionIndex, best_positions
from knowledge.normalize import fold
from knowledge.tokenizer import character_grams

TEXT = st.text(alphabet="行政复议案件多少，。2 ａ", max_size=12)
CORPUS = st.lists(TEXT, max_size=12)


def bm25(texts: list[str], query: str, k: int, *, k1: float = 1.2, b: float = 0.75) -> list[tuple[int, float]]:
    """Score every text for every gram of the query, one after the other."""
    documents = [character_grams(fold(text)) for text in texts]
    average = sum(map(len, documents)) / len(documents) if any(documents) else 1.0
    scored = []
    for position, document in enumerate(documents):
        counts, score = Counter(document), 0.0
        for gram in character_grams(fold(query)):
            if not counts[gram]:
                continue
            holding = sum(gram in other for other in documents)
            idf = math.log1p((len(documents) - holding + 0.5) / (holding + 0.5))
            norm = k1 * (1 - b + b * len(document) / average)
            score += float(np.float32(idf * counts[gram] * (k1 + 1) / (counts[gram] + norm)))
        if score > 0:
            scored.append((position, score))
    return sorted(scored, key=lambda found: (-found[1], found[0]))[: max(0, k)]


@given(CORPUS, TEXT, st.integers(-1, 15))
@settings(max_examples=300)
def test_the_index_agrees_with_a_plain_loop_over_all_texts(texts: list[str], query: str, k: int) -> None:
    expected = bm25(texts, query, k)
    found = QuestionIndex.build(texts).search(query, k)
    assert [position for position, _ in found] == [position for position, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], rel=1e-6)


@given(CORPUS, TEXT)
def test_an_opened_index_agrees_with_the_one_that_was_built(texts: list[str], query: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        built = QuestionIndex.build(texts, Path(folder) / "index")
        assert QuestionIndex.open(Path(folder) / "index").search(query) == built.search(query)


@given(CORPUS, TEXT, st.integers(1, 12))
def test_fewer_results_are_the_first_of_more(texts: list[str], query: str, k: int) -> None:
    index = QuestionIndex.build(texts)
    assert index.search(query, k) == index.search(query, 100)[:k]


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), max_size=30), st.integers(-2, 35))
def test_the_best_positions_are_those_of_a_full_sort(scores: list[float], k: int) -> None:
    order = sorted((i for i, score in enumerate(scores) if score > 0), key=lambda i: (-scores[i], i))
    assert best_positions(np.array(scores), k) == order[: max(0, k)]
