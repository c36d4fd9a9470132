import numpy as np
import pytest

from knowledge.answerable import FEATURE_NAMES
from knowledge.follow_up import FOLLOW_UP_NAMES, FollowUpModel, follow_up_features
from knowledge.weights import model_weights

NOTHING = [0.0] * len(FEATURE_NAMES)


def model(**weights: float) -> FollowUpModel:
    """A model that weighs the named signals alone."""
    size = len(FOLLOW_UP_NAMES)
    vector = np.array([weights.get(name, 0.0) for name in FOLLOW_UP_NAMES])
    return FollowUpModel(np.zeros(size), np.ones(size), vector, 0.0)


def test_the_signals_are_those_of_the_message_alone_and_of_what_it_leaves_unsaid() -> None:
    features = follow_up_features([1.0] * len(FEATURE_NAMES), 0.5, [2.0] * len(FEATURE_NAMES), 0.9)
    assert len(features) == len(FOLLOW_UP_NAMES)
    assert dict(zip(FOLLOW_UP_NAMES, features, strict=True)) | {"alone_margin": 1.0, "around_margin": 2.0, "agree": 1.0} == dict(
        zip(FOLLOW_UP_NAMES, features, strict=True)
    )


def test_what_is_best_answered_elsewhere_with_the_rest_says_nothing_for_it() -> None:
    features = dict(zip(FOLLOW_UP_NAMES, follow_up_features(NOTHING, 0.5), strict=True))
    assert features["agree"] == features["around"] == 0.0


@pytest.mark.parametrize(("belief", "around", "expected"), [(0.9, 0.5, 0.9), (0.1, 0.5, 0.1), (1.0, 0.5, 0.9999), (0.0, 0.5, 0.0001)])
def test_beliefs_pass_through_as_log_odds_and_certainty_is_not_infinite(belief: float, around: float, expected: float) -> None:
    assert model(alone=1.0).belief(follow_up_features(NOTHING, belief, NOTHING, around)) == pytest.approx(expected, abs=1e-3)


def test_weights_fitted_for_other_signals_are_refused() -> None:
    stored = {**model_weights()["follow_up"]["judge"], "features": ["alone"]}
    with pytest.raises(ValueError, match=r"fit_follow_up\.py"):
        FollowUpModel.from_weights(stored)
