from pathlib import Path

import numpy as np
import pytest

from knowledge.errors import InvalidRelease
from knowledge.features import feature_key, feature_keys
from knowledge.index import Postings, QuestionIndex, best_positions, map_arrays, write_arrays

TEXTS = ["行政复议案件有多少件", "行政许可怎么办理", "行政复议案件有多少件", "", "法律顾问是谁"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "questions.index"
    QuestionIndex.build(TEXTS, path)
    return path


def positions(index: QuestionIndex, query: str, k: int = 10) -> list[int]:
    return [position for position, _ in index.search(query, k)]


def test_the_text_itself_is_found_first() -> None:
    index = QuestionIndex.build(TEXTS)
    assert positions(index, "法律顾问是谁")[0] == 4
    assert positions(index, "行政许可怎么办理")[0] == 1


def test_equal_scores_stand_in_order_of_position() -> None:
    found = QuestionIndex.build(TEXTS).search("复议")
    assert [position for position, _ in found] == [0, 2]
    assert found[0][1] == found[1][1] > 0


def test_ties_at_the_cut_keep_the_first_positions() -> None:
    assert positions(QuestionIndex.build(["复议"] * 9), "复议", 3) == [0, 1, 2]


def test_only_texts_that_share_something_are_listed() -> None:
    index = QuestionIndex.build(TEXTS)
    assert positions(index, "顾问") == [4]
    assert positions(index, "火锅") == []


@pytest.mark.parametrize("query", ["", "   ", "。,!", "😀"], ids=["empty", "spaces", "punctuation", "picture"])
def test_a_query_without_words_finds_nothing(query: str) -> None:
    assert QuestionIndex.build(TEXTS).search(query) == []


@pytest.mark.parametrize("k", [0, -1, -100])
def test_no_results_are_asked_for_and_none_given(k: int) -> None:
    assert QuestionIndex.build(TEXTS).search("行政", k) == []


def test_k_beyond_the_texts_gives_all_that_match() -> None:
    assert sorted(positions(QuestionIndex.build(TEXTS), "行政", 1000)) == [0, 1, 2]


@pytest.mark.parametrize("texts", [[], [""], ["", "。"]], ids=["no texts", "an empty text", "no words"])
def test_an_index_of_nothing_finds_nothing(tmp_path: Path, texts: list[str]) -> None:
    path = tmp_path / "empty.index"
    built = QuestionIndex.build(texts, path)
    for index in (built, QuestionIndex.open(path)):
        assert len(index) == len(texts)
        assert index.search("行政") == []


def test_queries_and_texts_are_folded_alike() -> None:
    index = QuestionIndex.build(["執法記錄儀ＡＢ", "其他"])
    assert positions(index, "执法记录仪ab") == [0]


def test_the_end_of_a_long_text_is_found_too() -> None:
    assert positions(QuestionIndex.build(["字" * 2_000 + "法律顾问", "其他"]), "法律顾问") == [0]


def test_a_written_index_opens_and_finds_the_same(path: Path) -> None:
    built, opened = QuestionIndex.build(TEXTS), QuestionIndex.open(str(path))
    assert len(opened) == len(TEXTS)
    for query in ["行政复议", "顾问", "办理行政", ""]:
        assert opened.search(query) == built.search(query)


def test_writing_replaces_the_old_file_and_leaves_no_other(path: Path) -> None:
    opened = QuestionIndex.open(path)
    QuestionIndex.build(["火锅"], path)
    assert positions(opened, "顾问") == [4]  # what is open goes on reading the old one
    assert positions(QuestionIndex.open(path), "火锅") == [0]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "kept", [0, 5, 12, 40, 0.5, 0.99], ids=["empty", "in the magic", "in the size", "in the header", "half", "last bytes"]
)
def test_a_truncated_file_is_refused(path: Path, kept: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: kept if isinstance(kept, int) else int(len(whole) * kept)])
    with pytest.raises(InvalidRelease, match=path.name):
        QuestionIndex.open(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"not an index" * 50,
        lambda raw: b"WENBAOIX9\n" + raw[10:],
        lambda raw: raw[:10] + b"\xff" * 8 + raw[18:],
        lambda raw: raw[:18] + b"}" * 40 + raw[58:],
        lambda raw: raw.replace(b'"dtype": "<u8"', b'"dtype": "<zz"'),
        pytest.param(
            lambda raw: raw.replace(b'"keys"', b'"kees"'),
        ),
    ],
    ids=["another file", "another version", "huge header", "broken header", "unknown type", "missing array"],
)
def test_a_damaged_file_is_refused(path: Path, damage) -> None:
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InvalidRelease):
        QuestionIndex.open(path)


@pytest.mark.parametrize("name", ["missing.index", "."], ids=["missing", "a folder"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidRelease):
        QuestionIndex.open(tmp_path / name)


def test_arrays_of_every_shape_are_written_and_mapped(tmp_path: Path) -> None:
    arrays = {
        "matrix": np.arange(6, dtype=np.float32).reshape(2, 3),
        "one": np.array([7], dtype=np.int64),
        "none": np.array([], dtype=np.uint64),
        "texts": np.array(["甲", "乙丙"]),
    }
    write_arrays(tmp_path / "arrays", arrays)
    mapped = map_arrays(tmp_path / "arrays")
    assert list(mapped) == list(arrays)
    for name, array in arrays.items():
        assert mapped[name].dtype == array.dtype
        np.testing.assert_array_equal(mapped[name], array)


def test_mapped_arrays_cannot_be_written_to(path: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        map_arrays(path)["weights"][0] = 1


@pytest.mark.parametrize(
    ("scores", "k", "expected"),
    [
        ([0.0, 3.0, 1.0, 3.0], 2, [1, 3]),
        ([0.0, 3.0, 1.0, 3.0], 1, [1]),
        ([0.0, 3.0, 1.0, 3.0], 10, [1, 3, 2]),
        ([0.0, 0.0], 5, []),
        ([], 5, []),
        ([1.0], 0, []),
        ([1.0], -1, []),
    ],
)
def test_best_positions(scores: list[float], k: int, expected: list[int]) -> None:
    assert best_positions(np.array(scores), k) == expected


def test_keys_are_stable_across_processes() -> None:
    # Written indexes hold these keys: another value here would make every release on disk unreadable.
    assert feature_key("复议") == 11123198532931616130


def test_two_indexes_joined_score_as_each_does_by_itself() -> None:
    first = Postings.build([["a", "b", "b"], ["c"], []])
    second = Postings.build([["b"], ["a", "d"]])
    joined = Postings.joined(first, second)
    keys = feature_keys(["a", "b", "b", "d", "nowhere"])
    counts = np.array([1.0, 0.6, 1.0, 0.6, 1.0])
    for given in (None, counts):
        assert joined.scores(keys, given).tolist() == [*first.scores(keys, given), *second.scores(keys, given)]
