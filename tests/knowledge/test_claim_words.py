"""The model of the claims labelled for the shipped report."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from knowledge.claim_features import FEATURE_NAMES
from knowledge.claim_parts import Support
from knowledge.claim_words import SCALE, claim_words, weigh, word_features
from knowledge.features import feature_keys
from knowledge.library import ReportKnowledge


def test_the_shipped_report_has_one_and_a_changed_report_has_none(known: ReportKnowledge) -> None:
    first, *others = known.report.sections
    assert known.claim_words is not None
    assert claim_words(replace(known.report, sections=(replace(first, text=first.text + "。"), *others))) is None


def test_words_that_the_section_lacks_are_told_from_its_own() -> None:
    features = word_features("撤销三件", "维持9件、撤销2件")
    assert "撤销" in features
    assert "!销三" in features
    assert "!撤销" not in features


def test_weights_of_known_words_have_one_length_and_unknown_ones_none() -> None:
    keys = np.sort(feature_keys(["撤销", "维持"]))
    places, shares = weigh(["撤销", "维持", "没有见过"], keys, np.ones(2, dtype=np.float32))
    assert sorted(places) == [0, 1]
    assert np.linalg.norm(shares) == pytest.approx(SCALE)
    assert len(weigh(["没有见过"], keys, np.ones(2, dtype=np.float32))[0]) == 0


def test_beliefs_add_up_to_one(known: ReportKnowledge) -> None:
    assert known.claim_words is not None
    beliefs = known.claim_words.beliefs(dict.fromkeys(FEATURE_NAMES, 0.0), "没有撤销", "撤销2件")
    assert set(beliefs) == set(Support)
    assert sum(beliefs.values()) == pytest.approx(1.0)
