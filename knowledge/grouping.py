"""Questions that ask alike, put together: so that an admin decides once and not a hundred times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz, process

from knowledge.records import Query

#: Likeness in percent from which two questions are put together.
ALIKE = 70
#: A question of one or two words says too little for its words to show that it asks for the same.
_FEW_WORDS = 2


def group_alike(queries: Sequence[Query], weights: Sequence[int]) -> list[list[int]]:
    """Put *queries* together that are alike; the same ones give the same groups, whatever their order.

    A group is led by its weightiest question, and holds those that are alike to that one. Alike: most characters in common in
    order, or most words whatever their order.

    Args:
        queries: Questions as the report's tokenizer reads them, each text once.
        weights: How often each was asked.

    Returns:
        Positions by group, the leader first; heavier groups first.
    """
    order = sorted(range(len(queries)), key=lambda i: (-weights[i], len(queries[i].text), queries[i].original))
    texts = [queries[i].text for i in order]
    words = [" ".join(sorted(queries[i].words)) if len(queries[i].words) > _FEW_WORDS else queries[i].text for i in order]
    free = np.ones(len(order), dtype=np.bool_)
    groups: list[list[int]] = []
    for leader in range(len(order)):
        if not free[leader]:
            continue
        left = np.flatnonzero(free)
        scores = np.zeros(len(left), dtype=np.float32)
        for named in (texts, words):
            found = process.cdist([named[leader]], [named[i] for i in left], scorer=fuzz.ratio, score_cutoff=ALIKE)[0]
            scores = np.maximum(scores, found)
        scores[left == leader] = 100
        members = left[scores >= ALIKE]
        free[members] = False
        groups.append([order[leader], *(order[i] for i in members if i != leader)])
    return sorted(groups, key=lambda group: (-sum(weights[i] for i in group), queries[group[0]].original))
