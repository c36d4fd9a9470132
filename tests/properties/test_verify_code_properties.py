"""Verification codes: each leads back to its clause, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Citation
from bot.verify_code import code_of, find_clause, may_know, parse_code
from knowledge.library import Library
from knowledge.quote import opening_quote

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def citations(library: Library) -> st.SearchStrategy[Citation]:
    """Any words of any section, up to the longest quote."""
    sections = [section for section in library.default.report.sections if section.text]

    @st.composite
    def draw(drawing: st.DrawFn) -> Citation:
        section = drawing(st.sampled_from(sections))
        start = drawing(st.integers(0, len(section.text) - 1))
        quote = section.text[start : start + drawing(st.integers(1, 160))]
        return Citation(section.report, section.id, section.label, section.title, quote)

    return draw()


@given(data=st.data())
def test_a_code_gives_back_the_words_and_their_section(library: Library, data: st.DataObject) -> None:
    citation = data.draw(citations(library))
    number = parse_code(code_of(citation, library))
    assert number is not None
    found = find_clause(number, library)
    assert found is not None
    assert (found.section.id, found.quote) == (citation.section, citation.quote)
    assert may_know(number, library.default.report.source_sha256)


@given(data=st.data())
def test_a_code_with_one_wrong_or_two_swapped_characters_is_none(library: Library, data: st.DataObject) -> None:
    code = code_of(data.draw(citations(library)), library).replace("-", "")
    at = data.draw(st.integers(0, 11))
    wrong = data.draw(st.sampled_from(ALPHABET).filter(lambda char: char != code[at]))
    mistyped = [code[:at] + wrong + code[at + 1 :]]
    if at < 11 and code[at] != code[at + 1]:
        mistyped.append(code[:at] + code[at + 1] + code[at] + code[at + 2 :])
    for typed in mistyped:
        number = parse_code(typed)
        assert number is not None
        assert find_clause(number, library) is None


@given(data=st.data())
def test_a_code_is_read_however_it_is_typed(library: Library, data: st.DataObject) -> None:
    code = code_of(data.draw(citations(library)), library)
    full_width = "".join(chr(ord(char) + 0xFEE0) for char in code)
    as_heard = code.replace("1", "l").replace("0", "o")
    assert {parse_code(typed) for typed in (code.lower(), code.replace("-", ""), f" {code} ", full_width, as_heard)} == {parse_code(code)}


@given(st.text(max_size=40))
def test_anything_can_be_typed(library: Library, text: str) -> None:
    number = parse_code(text)
    assert number is None or find_clause(number, library) is None


@given(st.integers(0, 2**60 - 1))
def test_a_number_that_stands_for_nothing_is_found_nowhere(library: Library, number: int) -> None:
    assert find_clause(number, library) is None


def test_every_heading_without_text_has_a_code_of_its_own(library: Library) -> None:
    codes = {}
    for section in library.default.report.sections:
        if section.text:
            continue
        citation = Citation(section.report, section.id, section.label, section.title, opening_quote(section).text)
        number = parse_code(code_of(citation, library))
        assert number is not None
        found = find_clause(number, library)
        assert found is not None
        assert found.section == section
        codes[section.id] = number
    assert len(set(codes.values())) == len(codes) > 0


@pytest.mark.parametrize("typed", ["", "ABCD", "UUUU-UUUU-UUUU", "0000-0000-0000-0", "核验"])
def test_what_is_no_code_is_told_so(typed: str) -> None:
    assert parse_code(typed) is None
