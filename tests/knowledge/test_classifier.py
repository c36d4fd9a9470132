import numpy as np
import pytest

from knowledge.classifier import LinearClassifier
from knowledge.features import FeatureRows, feature_keys

DOCUMENTS = [["红", "果"], ["红", "花"], ["蓝", "天"], ["蓝", "海"], ["绿", "草"], ["绿", "树"]]
LABELS = ["red", "red", "blue", "blue", "green", "green"]


@pytest.fixture(scope="module")
def classifier() -> LinearClassifier:
    return LinearClassifier.train(FeatureRows.read(DOCUMENTS), LABELS)


def best(classifier: LinearClassifier, *features: str) -> str:
    return classifier.classes[int(np.argmax(classifier.margins(feature_keys(features))))]


@pytest.mark.parametrize(("document", "label"), list(zip(DOCUMENTS, LABELS, strict=True)), ids=["".join(d) for d in DOCUMENTS])
def test_separable_classes_are_learned(classifier: LinearClassifier, document: list[str], label: str) -> None:
    assert best(classifier, *document) == label


@pytest.mark.parametrize(("feature", "label"), [("红", "red"), ("蓝", "blue"), ("绿", "green")])
def test_the_telling_feature_decides_beside_an_unknown_one(classifier: LinearClassifier, feature: str, label: str) -> None:
    assert best(classifier, feature, "新词") == label


def test_unknown_features_lower_every_belief(classifier: LinearClassifier) -> None:
    known = classifier.margins(feature_keys(["红"])).max()
    diluted = classifier.margins(feature_keys(["红", *"甲乙丙丁"])).max()
    assert 0 < diluted < known


@pytest.mark.parametrize("features", [[], ["甲", "乙"]], ids=["none", "all unknown"])
def test_a_text_with_nothing_known_is_outside_every_class(classifier: LinearClassifier, features: list[str]) -> None:
    assert classifier.margins(feature_keys(features)).tolist() == [-1.0] * 3


def test_two_trainings_agree_to_the_bit(classifier: LinearClassifier) -> None:
    again = LinearClassifier.train(FeatureRows.read(DOCUMENTS), LABELS).arrays()
    for name, array in classifier.arrays().items():
        assert array.tobytes() == again[name].tobytes()


def test_stored_arrays_give_the_same_classifier(classifier: LinearClassifier) -> None:
    opened = LinearClassifier.from_arrays(classifier.arrays())
    assert opened.classes == classifier.classes
    for document in DOCUMENTS:
        keys = feature_keys(document)
        np.testing.assert_allclose(opened.margins(keys), classifier.margins(keys), atol=1e-3)


def test_repeated_features_and_their_order_change_nothing(classifier: LinearClassifier) -> None:
    once = classifier.margins(feature_keys(["红", "果"]))
    assert once.tolist() == classifier.margins(feature_keys(["果", "红", "红"])).tolist()


def test_balance_lifts_the_rare_class() -> None:
    documents = [["甲", str(i)] for i in range(30)] + [["甲", "乙"]]
    labels = ["many"] * 30 + ["few"]
    keys = feature_keys(["甲", "乙"])
    plain, balanced = (LinearClassifier.train(FeatureRows.read(documents), labels, balance=balance) for balance in (False, True))
    assert balanced.margins(keys)[balanced.classes.index("few")] > plain.margins(keys)[plain.classes.index("few")]


def test_a_document_without_features_is_allowed() -> None:
    classifier = LinearClassifier.train(FeatureRows.read([[], ["红"], ["蓝"]]), ["red", "red", "blue"])
    assert best(classifier, "蓝") == "blue"
