"""Whatever a report holds comes back from a release file as it was."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.records import Figure, PairKind, QAPair, Report, Section, SectionKind, Term
from knowledge.release_file import read_release
from knowledge.store import StoredReport, write_release

# SQLite holds Unicode text; a lone surrogate is none, and a file read as UTF-8 never gives one.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
IDS = st.lists(st.integers(1, 9), min_size=1, max_size=3).map(lambda numbers: ".".join(map(str, numbers)))

SECTIONS = st.lists(
    st.builds(
        Section,
        st.just("small"),
        IDS,
        label=TEXT,
        title=TEXT,
        text=TEXT,
        parent=st.none() | IDS,
        kind=st.sampled_from(SectionKind),
        heading=TEXT,
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda section: section.id,
).map(tuple)
PAIRS = st.lists(
    st.builds(QAPair, TEXT, TEXT, st.sampled_from(PairKind), st.lists(TEXT, max_size=2).map(tuple), TEXT, TEXT), min_size=1, max_size=4
)
FIGURES = st.lists(st.builds(Figure, IDS, TEXT, TEXT, TEXT, TEXT, TEXT, st.integers(0, 999), st.integers(0, 999)), max_size=3)
TERMS = st.lists(st.builds(Term, TEXT, IDS, TEXT, st.lists(TEXT, max_size=2).map(tuple)), max_size=3, unique_by=lambda term: term.name)
YEARS = st.none() | st.integers(1900, 2099)


@given(SECTIONS, PAIRS, FIGURES, TERMS, st.lists(st.floats(width=32, allow_nan=False), max_size=5), YEARS, st.data())
@settings(max_examples=40)
def test_what_is_read_is_what_was_written(
    sections: tuple[Section, ...],
    pairs: list[QAPair],
    figures: list[Figure],
    terms: list[Term],
    numbers: list[float],
    year: int | None,
    data: st.DataObject,
) -> None:
    texts = tuple(data.draw(TEXT) for _ in pairs)
    report = Report("small", data.draw(TEXT), data.draw(TEXT), data.draw(TEXT), data.draw(TEXT), year, sections, data.draw(TEXT))
    arrays = {"numbers": np.array(numbers, dtype=np.float32), "names": np.array(["甲", "乙丙"])}
    stored = StoredReport(report, tuple(pairs), texts, tuple(figures), tuple(terms), {"调": "tiao"}, arrays)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "release.db"
        write_release(path, [stored], about={"id": "x"})
        _, [read] = read_release(path)
    assert (read.report, read.pairs, read.texts, read.figures, read.terms, read.readings) == (
        report,
        tuple(pairs),
        texts,
        tuple(figures),
        tuple(terms),
        {"调": "tiao"},
    )
    assert {name: array.tolist() for name, array in read.arrays.items()} == {name: array.tolist() for name, array in arrays.items()}
