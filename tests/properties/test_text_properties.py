"""What holds for any text at all: folding, numbering, cutting into sentences and quoting."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knowledge.normalize import fold, normalize
from knowledge.numbering import chinese_to_int, find_reference, int_to_chinese, parse_heading, section_label
from knowledge.span import MAX_QUOTE_CHARS, clauses, quote_around, sentences
from knowledge.tokenizer import Tokenizer, character_grams

#: What people and pages write, in pieces: each kind that some rule looks at.
PIECES = st.one_of(
    st.sampled_from(["行政复议", "行政複議", "資訊公開", "軟體", "案件", "请问", "麻烦", "谢谢", "多少件", "“三项制度”", "「大調解」"]),
    st.sampled_from(["二十二件", "两", "百分之九十八点七", "壹佰", "十", "２０１９", "2019年", "98.7%", "1,048", "0.6元", "ＡＢ", "abc"]),
    st.sampled_from(
        [" ", "\n", "\t", "\u200b", "·", "😀", ",", "、", "。", ";", "!", "?", ":", "，", "。”", "(", "）", "~", "《条例(试行)》"]
    ),
)
WRITTEN = st.lists(PIECES, max_size=25).map("".join)
TEXTS = st.one_of(st.text(max_size=80), WRITTEN)
PROTECTED = re.compile(r"《[^《》]*》|\d[\d,.]*\d")
#: Pieces of a printed text; none is longer than a quote, and no sentence ends inside 《…》.
PRINTED = st.lists(
    st.sampled_from(
        ["市政府", "共办理案件", "22件", "1,048件", "98.7%", "2019年9月1日", "《决策、管理条例(试行)》", ",", "、", "。", ";", ":"]
    ),
    min_size=1,
    max_size=120,
).map("".join)


@given(TEXTS)
@settings(max_examples=300)
def test_folding_twice_equals_folding_once(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


@given(TEXTS)
@example("十十二")
@example("亿亿二")
def test_any_text_can_be_normalized(text: str) -> None:
    assert isinstance(normalize(text), str)


@given(TEXTS.filter(lambda text: not set("十百千万亿") & set(fold(text))))
@example("行政复议98.7% 谢谢 ab")
@settings(max_examples=300)
def test_normalizing_twice_equals_normalizing_once(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once


@given(TEXTS.filter(lambda text: not set("十百千万亿") & set(fold(text))))
def test_any_text_makes_a_query(text: str) -> None:
    query = Tokenizer().query(text)
    assert query.original == text
    assert all(query.words)
    assert len(query.syllables) == len(re.findall("[\u3400-\u9fff]", query.text))


@given(WRITTEN)
def test_single_grams_put_together_are_the_texts_letters_and_figures(text: str) -> None:
    folded = fold(text)
    grams = "".join(character_grams(folded, sizes=(1,)))
    assert grams == "".join(re.findall(r"[\u3400-\u9fff]|[a-z]+|[0-9]+(?:\.[0-9]+)?%?", folded))


@given(st.integers(1, 99))
def test_a_section_number_written_and_read_is_itself(number: int) -> None:
    assert chinese_to_int(int_to_chinese(number)) == number
    assert chinese_to_int(str(number)) == number


@given(st.lists(st.integers(1, 20), min_size=2, max_size=3).map(tuple))
def test_a_printed_label_is_read_as_its_own_path(path: tuple[int, ...]) -> None:
    reference = find_reference(fold(section_label(path)))
    assert reference is not None
    assert reference.path == path


@given(TEXTS)
def test_a_reference_stands_inside_the_text(text: str) -> None:
    reference = find_reference(fold(text))
    if reference:
        assert 0 <= reference.start < reference.end <= len(fold(text))
        assert 1 <= len(reference.path) <= 3
        assert reference.path[-1] > 0


@given(st.integers(1, 99), st.sampled_from(["{}、", "({})", "（{}）"]), st.text(max_size=20))
def test_a_heading_and_its_rest_are_the_whole_paragraph(number: int, form: str, rest: str) -> None:
    paragraph = form.format(int_to_chinese(number)) + rest
    heading = parse_heading(paragraph)
    assert heading is not None
    assert heading.number == number
    assert "".join((heading.printed + heading.rest).split()) == "".join(paragraph.split())


@pytest.mark.parametrize("cut", [sentences, clauses], ids=["sentences", "clauses"])
@given(text=TEXTS)
def test_the_pieces_put_together_are_the_text(cut, text: str) -> None:
    ranges = cut(text)
    assert "".join(text[start:end] for start, end in ranges) == text
    assert all(start < end for start, end in ranges)
    assert [start for start, _ in ranges] == [0, *(end for _, end in ranges)][: len(ranges)]


@given(PRINTED, st.data())
@settings(max_examples=200)
def test_a_quote_fits_and_is_not_cut_inside_a_number_or_a_documents_name(text: str, data: st.DataObject) -> None:
    first, last = sorted(data.draw(st.tuples(st.integers(0, 200), st.integers(0, 200))))
    parts = clauses(text)
    wanted = (parts[first % len(parts)][0], parts[first % len(parts)][1])
    if last % len(parts) > first % len(parts):
        wanted = (wanted[0], parts[last % len(parts)][1])
    start, end = quote_around(text, wanted)
    assert end - start <= MAX_QUOTE_CHARS
    if max(e - s for s, e in parts) > MAX_QUOTE_CHARS:
        return  # a clause too long for a quote is cut by count
    if wanted[1] - wanted[0] <= MAX_QUOTE_CHARS:
        assert text[wanted[0] : wanted[1]].strip() in text[start:end]
    for match in PROTECTED.finditer(text):
        assert not match.start() < start < match.end()
        assert not match.start() < end < match.end()
