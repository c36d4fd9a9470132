import pytest

from knowledge.records import Report
from knowledge.span import MAX_QUOTE_CHARS, clauses, locate, quote_around, sentences, trimmed


def cut(text: str, ranges: list[tuple[int, int]]) -> list[str]:
    return [text[start:end] for start, end in ranges]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("甲。乙;丙", ["甲。", "乙;", "丙"]),
        ("他说“好。”然后走。", ["他说“好。”", "然后走。"]),
        ("一行\n二行", ["一行\n", "二行"]),
        ("真的吗?!是", ["真的吗?!", "是"]),
        ("。。。", ["。。。"]),
        ("", []),
    ],
    ids=["stops", "closing quotes", "lines", "marks together", "only stops", "empty"],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert cut(text, sentences(text)) == parts


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("甲,乙、丙。", ["甲,", "乙、", "丙。"]),
        ("共1,048件,调解率100%", ["共1,048件,", "调解率100%"]),
        ("印发《甲,乙》丙,丁", ["印发《甲,乙》丙,", "丁"]),
        ("开展“双随机、一公开”工作,好", ["开展“双随机、一公开”工作,", "好"]),
        ("", []),
    ],
    ids=["commas", "thousands", "document", "quoted term", "empty"],
)
def test_clauses_are_not_cut_inside_numbers_documents_or_quoted_terms(text: str, parts: list[str]) -> None:
    assert cut(text, clauses(text)) == parts


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        (["乙"], (1, 2)),
        (["丙", "甲"], (0, 3)),
        (["甲乙", "乙丙"], (0, 3)),
        (["丁"], None),
        (["甲", "丁"], None),
        ([], None),
    ],
    ids=["one", "out of order", "overlapping", "missing", "one missing", "none"],
)
def test_locating_spans(spans: list[str], expected: tuple[int, int] | None) -> None:
    assert locate("甲乙丙", spans) == expected


def test_a_quote_is_the_whole_sentence_when_it_fits() -> None:
    text = "第一句。共办理22件,已办结20件。第三句。"
    start = text.index("22件")
    quote = quote_around(text, (start, start + 3))
    assert text[slice(*quote)] == "共办理22件,已办结20件。"


def test_a_sentence_too_long_is_quoted_by_clauses_around_what_is_wanted() -> None:
    text = "某某工作持续推进," * 30 + "共办理22件," + "另一些工作继续开展," * 30 + "完。"
    start = text.index("22件")
    quote = text[slice(*quote_around(text, (start, start + 3)))]
    assert "共办理22件" in quote
    assert len(quote) <= MAX_QUOTE_CHARS
    assert quote.endswith(",")


def test_a_wanted_range_that_is_itself_too_long_gives_its_first_clauses() -> None:
    text = "某某工作持续推进," * 60
    start, end = quote_around(text, (0, len(text)))
    assert start == 0
    assert 100 < end <= MAX_QUOTE_CHARS


@pytest.mark.parametrize("max_chars", [20, 60, 160])
def test_quotes_of_the_real_report_fit_and_cover(report: Report, max_chars: int) -> None:
    for section in report.sections:
        for wanted in clauses(section.text):
            if wanted[1] - wanted[0] > max_chars:
                continue
            start, end = quote_around(section.text, trimmed(section.text, wanted), max_chars=max_chars)
            assert end - start <= max_chars
            assert start <= trimmed(section.text, wanted)[0]
            assert end >= trimmed(section.text, wanted)[1]


def test_trimming_takes_white_space_off_both_ends() -> None:
    assert trimmed(" \n甲 乙\n", (0, 6)) == (2, 5)
    assert trimmed("   ", (0, 3)) in {(3, 3), (0, 0)}


@pytest.mark.parametrize("inside", ["《星河市重大行政决策程序规定》", "1234567.89万元"], ids=["document", "number"])
def test_a_clause_too_long_is_not_cut_inside_a_document_name_or_number(inside: str) -> None:
    text = "推进工作" * 39 + inside + "推进工作" * 10 + "。"
    place = text.index(inside)
    _, end = quote_around(text, (0, len(text)))
    assert not place < end < place + len(inside)


@pytest.mark.parametrize("name", ["《执法怎么办?问答手册》", "《条例;细则》"], ids=["question mark", "semicolon"])
def test_a_quote_holds_the_whole_name_of_a_document(name: str) -> None:
    text = f"前句。印发{name}通知。后句。"
    start, end = quote_around(text, (text.index("印发"), text.index("印发") + 2))
    assert name in text[start:end]
