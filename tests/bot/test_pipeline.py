"""A message from its text to its answer, through the real library."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import texts
from bot.commands import COMMANDS
from bot.conversation import Context, Topic
from bot.messages import Answer, Outcome, Verdict
from bot.pipeline import answer_message
from knowledge.library import Library
from knowledge.normalize import fold
from knowledge.release import Releases
from knowledge.release_file import read_release

Ask = Callable[[str], Answer]
MAX_QUOTE_CHARS = 160

ANSWERED = {
    "行政复议维持了几件?": ("1.4.1", "维持9件"),
    "执法记录仪配给了谁": ("1.3.3", "执勤民警"),
    "法律顾问聘了几年": ("1.6.4", "期限二年"),
    "调解成功率是多少": ("1.4.3", "98.7%"),
    "普法经费人均多少钱": ("1.6.4", "0.6元"),
    "参加行政执法资格考试预报名的有多少人": ("1.3.2", "近800人"),
}
RELATED = ("三明市办了多少件行政复议", "2018年调解成功率是多少")
REFUSED = ("今天天气怎么样", "帮我写一首诗", "明天股票会涨吗")
ADDRESSED = {"一、(四)1": "1.4.1", "1.4.1": "1.4.1", "三(二)2原文": "3.2.2", "第二部分": "2", "加强行政复议工作": "1.4.1"}
EVERY_SHAPE = (
    *ANSWERED,
    *RELATED,
    *REFUSED,
    *ADDRESSED,
    "目录",
    "一、(四)9",
    "九、",
    "执法",
    "队伍",
    "程序",
    "/help",
    "/figures",
    "/figures 调解",
    "/figures 航天",
    "/check 调解成功率97.8%",
    "/check 调解成功率98.7%",
    "/check 永安市有三座机场",
    "/check",
    "你能干什么",
    "你好",
    "文件信息",
)


@pytest.mark.parametrize(("question", "section", "words"), [(q, *found) for q, found in ANSWERED.items()], ids=list(ANSWERED))
def test_what_the_report_states_is_answered_with_its_words(ask: Ask, question: str, section: str, words: str) -> None:
    answer = ask(question)
    assert answer.outcome is Outcome.ANSWER
    assert answer.citations[0].section == section
    assert words in answer.citations[0].quote
    assert answer.text.startswith(answer.citations[0].quote)
    assert answer.topic == section
    assert 0 < answer.confidence <= 1


@pytest.mark.parametrize("question", RELATED)
def test_what_the_report_leaves_out_is_said_and_the_nearest_section_offered(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert answer.outcome is Outcome.RELATED
    assert texts.NEAREST in answer.text
    assert answer.citations
    assert answer.citations[0].quote in answer.text


@pytest.mark.parametrize("question", REFUSED)
def test_what_is_not_about_the_report_is_refused(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert (answer.outcome, answer.citations) == (Outcome.REFUSE, ())
    assert answer.text in {texts.REFUSED, texts.DECLINED}


@pytest.mark.parametrize("question", ["zzz", "/nosuch zzz", "饕餮魑魅"])
def test_a_refusal_that_points_below_offers_something(ask: Ask, question: str) -> None:
    answer = ask(question)
    assert answer.outcome is Outcome.REFUSE
    assert answer.suggestions or "下面" not in answer.text


@pytest.mark.parametrize(("wanted", "section"), ADDRESSED.items(), ids=list(ADDRESSED))
def test_a_section_asked_for_is_shown_whole(ask: Ask, library: Library, wanted: str, section: str) -> None:
    answer = ask(wanted)
    found = library.default.section(section)
    assert found is not None
    assert answer.outcome is Outcome.SECTION
    assert answer.citations[0].section == section
    assert found.text in answer.text


def test_the_contents_name_every_numbered_heading(ask: Ask, library: Library) -> None:
    answer = ask("目录")
    assert answer.outcome is Outcome.CONTENTS
    numbered = [s for s in library.default.report.sections if s.kind in {"part", "article", "item"}]
    assert len(numbered) > 30
    assert [s.id for s in numbered if f"{s.label} {s.title}" not in answer.text] == []


@pytest.mark.parametrize("text", ["", "  \n", "???", "😀", "\u200b\u200d", "\x00\x07", "……"])
def test_a_message_without_words_is_told_so(ask: Ask, text: str) -> None:
    answer = ask(text)
    assert (answer.outcome, answer.text) == (Outcome.REFUSE, texts.EMPTY)


def test_a_plain_statement_with_a_figure_is_checked(ask: Ask) -> None:
    answer = ask("2019年全市共调解民事纠纷1048件,对吗?")
    assert (answer.outcome, answer.verdict) == (Outcome.CHECK, Verdict.SUPPORTED)
    assert answer.citations[0].section == "1.4.3"


@pytest.mark.parametrize(
    "noisy",
    [
        "行政复议維持了幾件?",
        "行政复议维持了几件",
        "行 政 复 议 维 持 了 几 件",
        "行\u200b政复议\u200b维持了几件",
        "请问一下,行政复议维持了几件啊?谢谢",
    ],
    ids=["traditional", "full width", "spaced", "zero width", "polite"],
)
def test_what_only_looks_different_is_answered_alike(ask: Ask, noisy: str) -> None:
    answer = ask(noisy)
    assert (answer.outcome, answer.citations[0].section) == (Outcome.ANSWER, "1.4.1")


@pytest.mark.parametrize("text", EVERY_SHAPE)
def test_every_quote_is_verbatim_and_short(ask: Ask, library: Library, text: str) -> None:
    for citation in ask(text).citations:
        section = library.default.section(citation.section)
        assert section is not None
        assert citation.quote
        assert citation.quote in section.text or citation.quote == section.title
        assert len(citation.quote) <= MAX_QUOTE_CHARS
        assert (citation.report, citation.label, citation.title) == (section.report, section.label, section.title)


@pytest.mark.parametrize("text", EVERY_SHAPE)
def test_every_suggestion_leads_to_a_section(ask: Ask, library: Library, text: str) -> None:
    for suggestion in ask(text).suggestions:
        assert suggestion.question
        assert library.default.section(suggestion.section)


# What a line of an answer may be: the report's own words, or a fixed sentence whose gaps hold the report's words, the
# person's words, a stored question or a stored name.

_LABEL = r"(?:[一二三四五六七八九十]+、(?:\([一二三四五六七八九十]+\)\d*)?)"
_SENTENCES = [value for name, value in vars(texts).items() if name.isupper() and isinstance(value, str)]
#: What /help lists of the table of commands.
_OF_COMMANDS = {part for command in COMMANDS for part in (command.name, *command.words, command.summary)}


def as_pattern(line: str) -> re.Pattern[str]:
    return re.compile("(.*?)".join(map(re.escape, re.split(r"\{\w+\}", line))), re.S)


FORMS = [
    re.compile(r"\d+\. (.+)[((](.+)[))]"),  # a choice: its number, its question and its label
    re.compile(r"——《(.+)》(?:[((]([^()()]+)[))])? ?(.+?)(?: (.+))?"),  # where the words stand
    *(as_pattern(line) for sentence in _SENTENCES for line in sentence.split("\n")),
]


@pytest.fixture(scope="session")
def words_of_the_release(shipped_dir: Path) -> list[str]:
    """The report's words first, then the stored questions and names."""
    releases = Releases(shipped_dir)
    _, (stored,) = read_release(releases.path(releases.live_id() or ""))
    report = stored.report
    printed = [part for s in report.sections for part in (s.text, s.title, s.label)]
    facts = [report.title, report.document_number, report.publisher, *(f.quote for f in stored.figures)]
    asked = [part for pair in stored.pairs for part in (pair.question, pair.missing)]
    return [*printed, *facts, *(part for part in asked if part)]


def is_accounted_for(line: str, words: list[str], question: str) -> bool:
    def known(piece: str | None) -> bool:
        piece = (piece or "").strip()
        heading = re.fullmatch(rf"({_LABEL})(.+)", piece)
        return (
            any(piece in source for source in words)
            or piece in _SENTENCES
            or piece in _OF_COMMANDS
            or fold(piece) in fold(question)
            or bool(re.fullmatch(rf"{_LABEL}|\d+", piece))
            or all(part in question for part in re.split("[、年]", piece))
            or bool(heading and known(heading[2]))
        )

    filled = (match.groups() for form in FORMS if (match := form.fullmatch(line.strip())))
    return known(line) or any(all(map(known, gaps)) for gaps in filled)


@pytest.mark.parametrize("text", EVERY_SHAPE)
def test_a_text_holds_only_the_reports_words_and_the_fixed_sentences(ask: Ask, words_of_the_release: list[str], text: str) -> None:
    lines = ask(text).text.split("\n")
    assert [line for line in lines if not is_accounted_for(line, words_of_the_release, text)] == []


def test_a_checked_claim_names_each_part_with_its_verdict_and_the_reports_words(ask: Ask) -> None:
    lines = ask("/check 移送公安机关的案件3件,退回2件").text.split("\n")
    assert lines[:5] == [
        texts.CHECK_REFUTED,
        "您的说法：移送公安机关的案件3件,退回2件",
        "· “3件”：属实",
        "· “2件”：不符，报告写的是“退回1件”",
        texts.IN_THE_REPORT,
    ]


def test_the_reports_words_on_a_claim_begin_with_their_clause(ask: Ask) -> None:
    line = ask("/check 市政府办理行政复议案件32件").text.split("\n")[2]
    assert line == "· “32件”：不符，报告写的是“市政府共办理行政复议案件22件”"


@pytest.mark.parametrize("line", ["全市有三座机场。", "核对结果:大概属实。", "报告没有写明“三座机场”。"])
def test_made_up_words_would_be_noticed(words_of_the_release: list[str], line: str) -> None:
    assert not is_accounted_for(line, words_of_the_release, "行政复议维持了几件?")


def test_answering_changes_nothing(library: Library) -> None:
    context = Context((Topic("yongan-2019", "1.4.1", "行政复议维持了几件?"),))
    answer = partial(answer_message, "那撤销的呢", library, context)
    assert answer() == answer()
    assert context == Context((Topic("yongan-2019", "1.4.1", "行政复议维持了几件?"),))


_PIECES = st.sampled_from(
    [
        "复议",
        "2019年",
        "多少",
        "/check ",
        "/section",
        "一、(四)",
        "原文",
        "呢",
        "22件",
        "不是",
        ",是",
        "?",
        "\u200b",
        "98.7%",
        "那",
        "目录",
        " ",
    ]
)


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=8).map("".join)), st.booleans())
@settings(max_examples=250, deadline=None)
def test_any_text_gets_an_answer(library: Library, text: str, is_follow_up: bool) -> None:
    context = Context((Topic("yongan-2019", "1.4.1", "行政复议维持了几件?"),)) if is_follow_up else Context()
    answer, after = answer_message(text, library, context)
    assert answer.text
    assert 0 <= answer.confidence <= 1
    assert (answer.verdict is not None) == (answer.outcome is Outcome.CHECK)
    assert all(c.quote in s.text or c.quote == s.title for c in answer.citations if (s := library.default.section(c.section)))
    assert len(after.topics) <= 8
