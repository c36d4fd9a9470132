"""The clause of a section that a claim is about, and the opposites that stand in it."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib.resources import files

from knowledge.tokenizer import character_grams

#: How far a thing has come; a claim on that is decided by the clause that says it.
_ASPECT = re.compile(r"完成|结束|做完|办完|搞完|完了|进行中|正在进行|尚未|还没|仍在")
#: A clause with this many pairs of characters of the claim may speak of the same thing.
_NEAR_PAIRS = 3


def opposite_in(claim: str, clause: str, text: str) -> str:
    """A word of the claim whose opposite stands in the clause in its place; empty when there is none."""
    grams = set(character_grams(claim, sizes=(2,)))
    near = [p for p in re.split(r"[,。;、\n]", text) if len(grams & set(character_grams(p, sizes=(2,)))) >= _NEAR_PAIRS]
    for words, opposites in _antonyms():
        said = next(
            (word for word in words if word in claim and word not in text and not re.search(rf"[没未不尚]{{1,2}}有?{word}", claim)), ""
        )
        if said and any(word in piece for word in opposites for piece in (clause, *near)):
            return said
    return ""


@cache
def _antonyms() -> tuple[tuple[list[str], list[str]], ...]:
    lines = files("knowledge").joinpath("data/antonyms.txt").read_text(encoding="utf-8").splitlines()
    sides = [[side.split() for side in line.split("|")] for line in lines if line and not line.startswith("#")]
    return tuple(pair for left, right in sides for pair in ((left, right), (right, left)))


def aspect_clause(claim: str, text: str) -> str:
    """The clause that says how far the claim's matter has come; empty when the claim or the section says nothing of that."""
    if not _ASPECT.search(claim):
        return ""
    grams = set(character_grams(claim, sizes=(2,)))
    pieces = [piece for piece in re.split(r"[,。;\n]", text) if _ASPECT.search(piece)]
    best = max(pieces, key=lambda piece: len(grams & set(character_grams(piece, sizes=(2,)))), default="")
    return best if len(grams & set(character_grams(best, sizes=(2,)))) >= 3 else ""


def closest_clause(claim: str, text: str) -> str:
    """The clause of the section that shares most with the claim, what stands in fewer clauses counting more."""
    grams = set(character_grams(claim, sizes=(2,)))
    pieces = [piece for piece in re.split(r"[,。;\n]", text) if piece]
    held = [grams & set(character_grams(piece, sizes=(2,))) for piece in pieces]
    count = Counter(gram for found in held for gram in found)
    # A pair that stands in every clause, such as 复议, tells none of them apart.
    scores = [sum(1 / count[gram] ** 2 for gram in found) for found in held]
    return pieces[scores.index(max(scores))] if pieces else ""
