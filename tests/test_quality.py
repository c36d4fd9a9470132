"""The figures on the project's own labelled questions must not fall below what has been recorded."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from bot.evaluation import Figures, evaluate
from knowledge.build import build_report
from knowledge.documents import source_at
from knowledge.library import Library, ReportKnowledge

DATA = Path(__file__).parent / "data"
#: Recorded with scripts/evaluate.py, by folder, file and figure; see tests/data/README.md for what each folder is.
RECORDED = {
    ("dev", "in_scope", "cite@1"): 0.93,
    ("dev", "in_scope", "hit@3"): 0.99,
    ("dev", "in_scope", "quote"): 0.92,
    ("dev", "noise", "cite@1"): 0.96,
    ("dev", "noise", "hit@3"): 0.99,
    ("dev", "dialogues", "cite@1"): 0.90,
    ("dev", "dialogues", "refuse"): 0.82,
    ("dev", "dialogues", "smalltalk"): 1.0,
    ("dev", "long_dialogues", "cite@1"): 0.85,
    ("dev", "long_dialogues", "refuse"): 0.83,
    ("dev", "oos", "refuse"): 0.96,
    ("dev", "refs", "ref"): 1.0,
    ("dev", "claims", "verdict"): 0.85,
    ("held", "in_scope", "cite@1"): 0.95,
    ("held", "in_scope", "hit@3"): 0.99,
    ("held", "in_scope", "quote"): 0.93,
    ("held", "dialogues", "cite@1"): 0.92,
    ("held", "dialogues", "refuse"): 0.93,
    ("held", "oos", "refuse"): 0.95,
    ("held", "claims", "verdict"): 0.88,
}
AT_MOST = {("dev", "in_scope", "wrong"): 0.045, ("dev", "noise", "wrong"): 0.03, ("held", "in_scope", "wrong"): 0.04}
#: On reports without stored questions, all of ``reports/test`` together. Half of their questions share no word
#: with the answer.
UNSEEN = {"cite@1": 0.81, "recall@3": 0.95, "quote": 0.80, "refuse": 0.84}


@pytest.fixture(scope="module")
def figures(library: Library) -> dict[str, dict[str, Figures]]:
    return {folder: evaluate(library, DATA / folder) for folder in ("dev", "held")}


@pytest.fixture(scope="module")
def unseen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[float]]:
    marks: dict[str, list[float]] = defaultdict(list)
    for folder in sorted((DATA / "reports" / "test").glob("*/")):
        bare = tmp_path_factory.mktemp("bare") / folder.name
        bare.mkdir()
        shutil.copy(folder / "report.txt", bare)
        library = Library("test", [ReportKnowledge(build_report(source_at(bare)))])
        for name, values in evaluate(library, folder)["ALL"].marks.items():
            marks[name] += values
    return marks


@pytest.mark.parametrize(("folder", "name", "figure"), RECORDED, ids=str)
def test_a_recorded_figure_does_not_fall(figures: dict[str, dict[str, Figures]], folder: str, name: str, figure: str) -> None:
    assert figures[folder][name].share(figure) >= RECORDED[folder, name, figure]


@pytest.mark.parametrize(("folder", "name", "figure"), AT_MOST, ids=str)
def test_answers_from_a_wrong_section_stay_rare(figures: dict[str, dict[str, Figures]], folder: str, name: str, figure: str) -> None:
    assert figures[folder][name].share(figure) <= AT_MOST[folder, name, figure]


@pytest.mark.parametrize("figure", UNSEEN)
def test_a_report_without_stored_questions_is_answered_from_its_own_words(unseen: dict[str, list[float]], figure: str) -> None:
    assert sum(unseen[figure]) / len(unseen[figure]) >= UNSEEN[figure]
