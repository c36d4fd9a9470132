"""Texts cut to bytes: nothing is lost, everything fits, cuts are where they should be."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot import texts
from bot.channels.wecom_text import printable, split_text, text_parts

TEXT = st.text(
    st.one_of(
        st.sampled_from("法治政府建设,、。;!?“”\n 1<>&"),
        st.sampled_from(["é", "👍🏽", "👩‍👩‍👧", "𠮷"]).flatmap(lambda chars: st.sampled_from(list(chars))),
        st.characters(codec="utf-8"),
    ),
    max_size=150,
)
HEAD = re.compile(r"\((\d+)/(\d+)\)\n")


@given(TEXT, st.integers(4, 60))
@example("👩‍👩‍👧" * 5, 7)
def test_pieces_join_back_and_fit(text: str, limit: int) -> None:
    pieces = split_text(text, max_bytes=limit)
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode()) <= limit for piece in pieces)


@given(TEXT, st.integers(12, 80))
def test_parts_are_numbered_fit_and_hold_everything_in_order(text: str, limit: int) -> None:
    parts = text_parts(text, max_bytes=limit)
    assert all(part.strip() and len(part.encode()) <= limit for part in parts)
    words = re.sub(r"\s+", "", printable(text))
    if len(parts) > 1:
        heads = [HEAD.match(part) for part in parts]
        assert [head and head.groups() for head in heads] == [(str(n), str(len(parts))) for n in range(1, len(parts) + 1)]
        parts = [HEAD.sub("", part, count=1) for part in parts]
    assert re.sub(r"\s+", "", "".join(parts)) == words


@given(st.lists(st.text("法治政府", min_size=1, max_size=20).map(lambda words: words + "。"), min_size=1, max_size=30))
def test_cuts_are_at_sentence_ends_where_sentences_fit(sentences: list[str]) -> None:
    pieces = split_text("".join(sentences), max_bytes=90)
    assert all(piece.endswith("。") for piece in pieces)
    # No piece is shorter than it must be: the next sentence would not have fitted.
    assert all(len((a + b.split("。")[0] + "。").encode()) > 90 for a, b in pairwise(pieces))


@given(st.text(st.characters(), max_size=40))
def test_what_is_printable_travels_in_xml(text: str) -> None:
    carried = ET.fromstring(f"<t><![CDATA[{printable(text).replace(']]>', '')}]]></t>").text or ""
    assert carried == printable(text).replace("]]>", "").replace("\r\n", "\n").replace("\r", "\n")


@given(st.integers(1, 6), st.integers(120, 300))
def test_what_is_left_out_is_said(most: int, limit: int) -> None:
    text = "".join(f"第{n}项工作全部落实到位。" for n in range(200))
    parts = text_parts(text, max_bytes=limit, most=most)
    assert len(parts) == most
    assert parts[-1].endswith(texts.SHORTENED)
    assert all(len(part.encode()) <= limit for part in parts)


def test_limits_that_hold_no_character_are_refused() -> None:
    with pytest.raises(ValueError, match="four bytes"):
        split_text("法", max_bytes=3)
    with pytest.raises(ValueError, match="number and a character"):
        text_parts("法", max_bytes=11)
