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


def slowly(documents: list[list[str]], labels: list[str], *, passes: int) -> dict[str, np.ndarray]:
    """Weights of each feature by algorithm 1 as it is printed, one class and one feature after the other, in plain order."""
    classes = sorted(set(labels))
    rows = [sorted(set(document)) for document in documents]
    features = sorted({feature for row in rows for feature in row})
    idf = {f: np.log((1 + len(rows)) / (1 + sum(f in row for row in rows))) + 1 for f in features}
    weights = {f: np.zeros(len(classes)) for f in features}
    for column, name in enumerate(classes):
        alpha = [0.0] * len(rows)
        for _ in range(passes):
            for i, row in enumerate(rows):
                length = np.sqrt(sum(idf[f] ** 2 for f in row))
                y = 1 if labels[i] == name else -1
                gradient = y * sum(weights[f][column] * idf[f] / length for f in row) - 1 + 0.5 / 0.3 * alpha[i]
                new = max(alpha[i] - gradient / (1 + 0.5 / 0.3), 0.0)
                for f in row:
                    weights[f][column] += (new - alpha[i]) * y * idf[f] / length
                alpha[i] = new
    return weights


def test_training_finds_what_the_plain_algorithm_does() -> None:
    random = np.random.default_rng(0)
    documents = [[str(f) for f in random.integers(0, 12, 6)] for _ in range(40)]
    labels = [["甲", "乙", "丙"][int(n)] for n in random.integers(0, 3, 40)]
    trained = LinearClassifier.train(FeatureRows.read(documents), labels, epochs=60)
    expected = slowly(documents, labels, passes=300)
    for feature, weights in expected.items():
        row = int(np.searchsorted(trained.keys, feature_keys([feature])[0]))
        np.testing.assert_allclose(trained.weights[row], weights, atol=0.02)


def test_of_two_classes_one_is_the_other_turned_round() -> None:
    random = np.random.default_rng(1)
    documents = [[str(f) for f in random.integers(0, 12, 6)] for _ in range(40)]
    classifier = LinearClassifier.train(FeatureRows.read(documents), ["甲" if n else "乙" for n in random.integers(0, 2, 40)])
    np.testing.assert_allclose(classifier.weights[:, 0], -classifier.weights[:, 1], atol=1e-6)
