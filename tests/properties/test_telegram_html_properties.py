"""Styled text in parts: nothing is lost, nothing is cut that must not be, every part is sound by the platform's own reading."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.cutting import utf16_width
from bot.channels.telegram_html import BOLD, CODE, EXPANDABLE, QUOTE, Run, escape, render, split
from tests.fakes.telegram_html import parse_html, utf16_length

TEXT = st.text(
    st.one_of(
        st.sampled_from("法治政府建设,、。;!?“”\n 1<>&\"'"),
        st.sampled_from(["é", "👍🏽", "👩‍👩‍👧", "𠮷", "&amp;", "</b>"]).flatmap(lambda chars: st.sampled_from(list(chars))),
        st.characters(codec="utf-8", exclude_characters="\0"),
    ),
    max_size=120,
)
TAGS = st.sampled_from([(), (BOLD,), (CODE,), (EXPANDABLE,), (EXPANDABLE, BOLD), (QUOTE,), (QUOTE, BOLD)])
RUNS = st.lists(st.builds(Run, TEXT, TAGS), max_size=8)
LIMIT = st.integers(2, 60)


def packed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(RUNS, LIMIT)
@example([Run("👩‍👩‍👧" * 5)], 7)
@example([Run("<&>" * 30, (EXPANDABLE, BOLD))], 5)
def test_parts_fit_are_sound_html_and_hold_everything_in_order(runs: list[Run], limit: int) -> None:
    parts = [parse_html(part) for part in render(runs, max_chars=limit)]
    assert all(part.text.strip() and utf16_length(part.text) <= limit for part in parts)
    assert [slip for part in parts for slip in part.slips] == []
    assert packed("".join(part.text for part in parts)) == packed("".join(run.text for run in runs))


@given(RUNS, LIMIT)
def test_split_runs_join_back_and_keep_their_style(runs: list[Run], limit: int) -> None:
    parts = split(runs, max_chars=limit)
    letters = [(char, run.tags) for run in runs for char in run.text]
    assert [(char, run.tags) for part in parts for run in part for char in run.text] == letters
    assert all(sum(utf16_width(run.text) for run in part) <= limit for part in parts)


@given(st.lists(st.text("法治政府", min_size=1, max_size=30).map(lambda words: words + "。"), min_size=1, max_size=30))
def test_cuts_are_at_sentence_ends_where_sentences_fit(sentences: list[str]) -> None:
    parts = render([Run("".join(sentences), (EXPANDABLE,))], max_chars=40)
    texts = [parse_html(part).text for part in parts]
    assert all(text.endswith("。") for text in texts)
    assert "".join(texts) == "".join(sentences)
    # No part is shorter than it must be: the next sentence would not have fitted.
    assert all(len(a) + len(b.split("。")[0]) + 1 > 40 for a, b in pairwise(texts))


@given(TEXT)
def test_escaped_text_is_read_back_as_it_was(text: str) -> None:
    assert parse_html(escape(text)).text == text


@given(st.lists(st.sampled_from(["a", "é", "👍🏽", "👩‍👩‍👧", "❤️"]), min_size=1, max_size=40), st.integers(12, 30))
def test_no_character_is_parted_from_its_marks(characters: list[str], limit: int) -> None:
    import unicodedata

    for part in render([Run("".join(unicodedata.normalize("NFD", c) for c in characters))], max_chars=limit)[1:]:
        assert not unicodedata.combining(part[0])
        assert part[0] not in "\u200d\ufe0f"
        assert not "\U0001f3fb" <= part[0] <= "\U0001f3ff"
