import random

import pytest
from builders import make_section

from knowledge.library import ReportKnowledge
from knowledge.quote import choose_quote, opening_quote
from knowledge.records import Section, SectionKind
from knowledge.span import MAX_QUOTE_CHARS

SAMPLE = 300


@pytest.fixture(scope="module")
def sample(known: ReportKnowledge) -> list[tuple[str, Section]]:
    """Curated questions with their sections, the same on every run."""
    asked = [(question, section) for section in known.report.sections for question in known.questions(section.id)]
    return random.Random(2019).sample(asked, SAMPLE)


def quote(known: ReportKnowledge, text: str, section_id: str) -> str:
    section = known.section(section_id)
    assert section is not None
    return choose_quote(known.search(known.read(text)), section).text


def test_every_quote_stands_in_its_section_word_for_word(known: ReportKnowledge, sample: list[tuple[str, Section]]) -> None:
    for question, section in sample:
        chosen = choose_quote(known.search(known.read(question)), section)
        printed = section.text or section.title
        assert 0 < len(chosen.text) <= MAX_QUOTE_CHARS == 160
        assert printed[chosen.start : chosen.start + len(chosen.text)] == chosen.text
        assert all(span in section.text for span in chosen.spans)


def test_the_spans_named_stand_inside_the_quote(known: ReportKnowledge, sample: list[tuple[str, Section]]) -> None:
    fitting = 0
    for question, section in sample:
        chosen = choose_quote(known.search(known.read(question)), section)
        fitting += all(span in chosen.text for span in chosen.spans)
    assert fitting >= 0.97 * SAMPLE  # spans further apart than a quote is long cannot all be shown


@pytest.mark.parametrize(
    ("text", "section", "answer"),
    [
        ("2019年办理了多少件行政复议案件", "1.4.1", "共办理行政复议案件22件"),
        ("调解成功率是多少", "1.4.3", "调解成功率98.7%"),
        ("普法经费人均多少", "1.6.4", "人均0.6元"),
        ("废止了多少件规范性文件", "1.1.3", "已废止12件规范性文件"),
        ("文号是什么", "meta", "永政文〔2020〕4号"),
        ("法律顾问合同签几年", "1.6.4", "期限二年"),
    ],
)
def test_the_quote_holds_the_answer_itself(known: ReportKnowledge, text: str, section: str, answer: str) -> None:
    assert answer in quote(known, text, section)


def test_a_section_without_text_is_quoted_by_its_title(known: ReportKnowledge) -> None:
    assert quote(known, "化解社会矛盾纠纷", "1.4") == "依法有效化解社会矛盾纠纷"


def test_a_query_without_words_still_gets_a_quote(known: ReportKnowledge) -> None:
    section = known.section("1.4.1")
    assert section is not None
    assert quote(known, "", "1.4.1") in section.text


def test_the_opening_is_the_first_sentences_that_fit(known: ReportKnowledge) -> None:
    for section in known.report.sections:
        opening = opening_quote(section)
        assert (section.text or section.title).startswith(opening.text)
        assert 0 < len(opening.text) <= MAX_QUOTE_CHARS


def test_the_opening_of_a_short_section_is_all_of_it() -> None:
    section = make_section(text="做了甲。做了乙。")
    assert opening_quote(section).text == section.text


def test_the_opening_of_a_bare_heading_is_its_title() -> None:
    section = Section("small", "1", "一、", "总体情况", "", None, SectionKind.PART)
    assert opening_quote(section).text == "总体情况"


@pytest.mark.parametrize(
    ("text", "section", "shown"),
    [
        ("报告文号再给我看看", "meta", "永政文〔2020〕4号"),
        ("生成日期念一下", "meta", "2020-01-14"),
        ("重大事项决策程序规定是依据哪个条例完善的", "1.1.1", "《重大行政决策程序暂行条例》"),
    ],
)
def test_what_is_named_or_of_the_kind_asked_for_is_in_the_words_shown(known: ReportKnowledge, text: str, section: str, shown: str) -> None:
    assert shown in quote(known, text, section)
