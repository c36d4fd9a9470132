from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from knowledge.features import FeatureRows, feature_key

TEXTS = st.lists(st.lists(st.sampled_from(["w甲", "w乙", "c丙", "p丁", "n戊"]), max_size=6), min_size=1, max_size=6)


def counted(rows: FeatureRows) -> list[Counter[int]]:
    found: list[Counter[int]] = [Counter() for _ in range(rows.size)]
    for owner, number in zip(rows.owners.tolist(), rows.numbers.tolist(), strict=True):
        found[owner][int(rows.keys[number])] += 1
    return found


def expected(texts: list[list[str]]) -> list[Counter[int]]:
    return [Counter(map(feature_key, text)) for text in texts]


@given(TEXTS)
def test_rows_hold_every_occurrence(texts: list[list[str]]) -> None:
    assert counted(FeatureRows.read(texts)) == expected(texts)


@given(TEXTS, st.data())
def test_taken_rows_stand_in_the_order_asked_for(texts: list[list[str]], data: st.DataObject) -> None:
    places = data.draw(st.lists(st.sampled_from(range(len(texts))), unique=True, min_size=1))
    assert counted(FeatureRows.read(texts).take(places)) == expected([texts[place] for place in places])


@given(TEXTS, st.data())
def test_the_first_features_of_each_text(texts: list[list[str]], data: st.DataObject) -> None:
    lengths = [data.draw(st.integers(0, len(text))) for text in texts]
    assert counted(FeatureRows.read(texts).first(lengths)) == expected([text[:length] for text, length in zip(texts, lengths, strict=True)])


@given(TEXTS, st.data())
def test_chosen_features_are_crossed_with_the_name_of_their_text(texts: list[list[str]], data: st.DataObject) -> None:
    names = [data.draw(st.sampled_from(["", "1.1", "2"])) for _ in texts]
    crossed = FeatureRows.read(texts).crossed(names, chosen=lambda f: f[0] == "w", cross=lambda f, name: f"{f}@{name}")
    assert counted(crossed) == expected(
        [[*text, *(f"{f}@{name}" for f in text if name and f[0] == "w")] for text, name in zip(texts, names, strict=True)]
    )


@given(TEXTS)
def test_distinct_features_of_each_text(texts: list[list[str]]) -> None:
    keys, rows = FeatureRows.read(texts).distinct()
    assert [sorted(int(keys[column]) for column in row) for row in rows] == [sorted({feature_key(f) for f in text}) for text in texts]
