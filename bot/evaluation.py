"""Labelled questions put to the whole pipeline, and the figures that come of it.

A file of JSON lines, each ``{"q", "kind", "gold": [section ids], "spans": [verbatim]}`` or ``{"turns": [such, ...]}``; an empty
``gold`` marks a question that must not be answered as if the report said it. Claims carry ``verdict`` (true, false, unknown).
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.conversation import Context
from bot.messages import Answer, Outcome, Verdict
from bot.pipeline import answer_message
from knowledge.library import Library

_ANSWERING = {Outcome.ANSWER, Outcome.SECTION, Outcome.CHECK}
_DECLINING = {Outcome.REFUSE, Outcome.RELATED, Outcome.CLARIFY, Outcome.SMALLTALK, Outcome.HELP}
_VERDICTS = {"true": Verdict.SUPPORTED, "false": Verdict.REFUTED, "unknown": Verdict.NOT_ENOUGH_INFO}
#: Figures that mean a failure at 0, or, for ``wrong``, at 1.
_FAILURES = frozenset({"cite@1", "hit@3", "quote", "wrong", "refuse", "smalltalk", "ref", "verdict", "claim_cite"})


@dataclass
class Figures:
    """Outcomes of many turns by figure; each figure is a share, and 1 is best but for ``wrong``.

    Attributes:
        marks: Figure name -> one value a turn, 0 or 1 (for MRR, in [0, 1]).
        failures: What failed: (figure, question, outcome, first section, expected).
        beliefs: (confidence, whether the section found first states the answer) of each turn that was searched for.
        confusions: How often a right section was passed over for another: (right, first) -> count.
    """

    marks: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    beliefs: list[tuple[float, bool]] = field(default_factory=list)
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)

    def share(self, name: str) -> float:
        """Mean of a figure; nan when no turn has it."""
        values = self.marks.get(name, [])
        return sum(values) / len(values) if values else math.nan

    def interval(self, name: str) -> tuple[float, float]:
        """95 % interval of a share. Source: Wilson (1927), score interval."""
        n = len(self.marks[name])
        p, z = self.share(name), 1.96
        middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    def calibration(self) -> list[tuple[float, float, int]]:
        """For each tenth of confidence that occurs: (its lower edge, share that was right, turns)."""
        bins: dict[int, list[bool]] = defaultdict(list)
        for confidence, right in self.beliefs:
            bins[min(9, int(confidence * 10))].append(right)
        return [(edge / 10, sum(held) / len(held), len(held)) for edge, held in sorted(bins.items())]

    def risk_coverage(self, thresholds: Sequence[float]) -> list[tuple[float, float, float]]:
        """For each least confidence: (it, share of the answerable turns that would be answered rightly, share of answers wrong).

        Source: El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification" (JMLR, 2010).
        """
        answerable = sum(right for _, right in self.beliefs) or 1
        curve = []
        for least in thresholds:
            kept = [right for confidence, right in self.beliefs if confidence >= least]
            curve.append((least, sum(kept) / answerable, 1 - sum(kept) / len(kept) if kept else 0.0))
        return curve


def evaluate(library: Library, folder: Path, *, by_kind: bool = False) -> dict[str, Figures]:
    """Answer every labelled question in *folder*; figures by file name, or by kind of question, and ``ALL``.

    Raises:
        FileNotFoundError: If the folder holds no such file.
    """
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise FileNotFoundError(f"no .jsonl file in {folder}")
    figures: dict[str, Figures] = defaultdict(Figures)
    for path in paths:
        for row in read_rows(path):
            name = str(row["kind"]) if by_kind and "kind" in row else path.stem
            _evaluate_row(library, row, figures[name], figures["ALL"])
    return dict(figures)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of a labelled file."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def _evaluate_row(library: Library, row: dict[str, Any], *tables: Figures) -> None:
    context = Context()
    whole = True
    for turn in row.get("turns") or [row]:
        text = f"/check {turn['q']}" if turn.get("kind") == "claim" else turn["q"]
        answer, context = answer_message(text, library, context)
        marks = judge(turn, answer)
        if "turns" not in row and turn.get("gold") and turn.get("kind") not in {"claim", "ref"}:
            marks |= _rank_marks(library, turn)
        failed = [name for name, value in marks.items() if name in _FAILURES and value == (name == "wrong")]
        whole = whole and not {"cite@1", "refuse", "smalltalk"}.intersection(failed)
        first = answer.citations[0].section if answer.citations else ""
        expected = str(turn.get("verdict") or turn.get("gold") or "declined")
        for table in tables:
            for name, value in marks.items():
                table.marks[name].append(value)
            if answer.explanation:
                table.beliefs.append((answer.confidence, first_found(answer) in (turn.get("gold") or ())))
            if "cite@1" in failed and first:
                table.confusions[turn["gold"][0], first] += 1
            if failed:
                table.failures.append((",".join(failed), turn["q"], answer.outcome.value, first, expected))
    if "turns" in row:
        for table in tables:
            table.marks["whole"].append(float(whole))


def judge(turn: Mapping[str, Any], answer: Answer) -> dict[str, float]:
    """Marks of one turn by figure."""
    gold = set(turn.get("gold") or ())
    cited = [c.section for c in answer.citations]
    first = cited[0] if cited else ""
    if turn.get("kind") == "claim":
        marks = {"verdict": float(answer.verdict is _VERDICTS[turn["verdict"]])}
        return marks | ({} if turn["verdict"] == "unknown" else {"claim_cite": float(first in gold)})
    if turn.get("toc"):
        return {"ref": float(answer.outcome is Outcome.CONTENTS)}
    if turn.get("invalid"):
        return {"ref": float(answer.outcome in _DECLINING)}
    if not gold:
        return _judge_declined(turn, answer, first)
    right = answer.outcome in _ANSWERING and first in gold
    if turn.get("kind") == "ref":
        return {"ref": float(right)}
    offered = cited[:3] + [s.section for s in answer.suggestions[:3]]
    marks = {"cite@1": float(right), "hit@3": float(bool(gold & set(offered)))}
    marks["wrong"] = float(answer.outcome in _ANSWERING and first not in gold)
    if turn.get("spans"):
        quote = _fold(answer.citations[0].quote if cited else "")
        marks["quote"] = float(right and all(_fold(span) in quote for span in turn["spans"]))
    return marks


def is_right(turn: Mapping[str, Any], answer: Answer) -> bool:
    """Whether *answer* is all that a labelled turn asks for."""
    marks = judge(turn, answer)
    return not any(value == (name == "wrong") for name, value in marks.items() if name in _FAILURES)


def first_found(answer: Answer) -> str:
    """The section that the search behind *answer* put first; empty when there was none."""
    return next(iter(answer.explanation.get("signals", {})), "")


def _rank_marks(library: Library, turn: Mapping[str, Any]) -> dict[str, float]:
    """Where the search alone puts the first right section."""
    known = library.default
    query = known.read(turn["q"])
    found = known.search(query, years=known.qualifiers(query).years).candidates
    rank = next((c.rank for c in found if c.section in turn["gold"]), 0)
    return {f"recall@{k}": float(0 < rank <= k) for k in (1, 3, 10)} | {"mrr": 1 / rank if rank else 0.0}


def _judge_declined(turn: Mapping[str, Any], answer: Answer, first: str) -> dict[str, float]:
    if turn.get("smalltalk"):
        return {"smalltalk": float(answer.outcome in {Outcome.SMALLTALK, Outcome.HELP})}
    corrected = turn.get("kind") == "oos-falsepremise" and answer.outcome in _ANSWERING and first in set(turn.get("ok_gold") or ())
    leaked = any(_fold(part) in _fold(answer.text).replace(_fold(turn["q"]), "") for part in turn.get("must_not") or ())
    return {"refuse": float((answer.outcome in _DECLINING or corrected) and not leaked)}


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
