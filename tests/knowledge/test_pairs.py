from collections import Counter
from pathlib import Path

import pytest
from builders import make_report, make_section

from knowledge.documents import SHIPPED_SOURCES
from knowledge.errors import InvalidSource
from knowledge.library import ReportKnowledge
from knowledge.pairs import curated_pairs, generated_pairs, off_topic_pairs, read_terms
from knowledge.records import PairKind, Report

REPORT = make_report(make_section("1.4.1", "共办理行政复议案件22件,已办结20件。"))


def write(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "pairs.yaml"
    path.write_text(content, encoding="utf-8")
    return path


def test_answers_and_gaps_are_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'sections: {"1.4.1": [{spans: [22件], questions: [办了几件, 办理多少]}, {questions: [讲什么], follow_ups: [那办结的呢]}]}\n'
        'gaps: {"1.4.1": [{missing: 申请人, questions: [谁申请的], follow_ups: [是谁提的]}]}\n',
    )
    found = [(p.question, p.section, p.kind, p.spans, p.missing, p.origin) for p in curated_pairs(path, REPORT)]
    assert found == [
        ("办了几件", "1.4.1", PairKind.ANSWER, ("22件",), "", "curated"),
        ("办理多少", "1.4.1", PairKind.ANSWER, ("22件",), "", "curated"),
        ("讲什么", "1.4.1", PairKind.ANSWER, (), "", "curated"),
        ("那办结的呢", "1.4.1", PairKind.FOLLOW_UP, (), "", "curated"),
        ("谁申请的", "1.4.1", PairKind.GAP, (), "申请人", "curated"),
        ("是谁提的", "1.4.1", PairKind.OPEN_FOLLOW_UP, (), "申请人", "curated"),
    ]


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        ("sections: [", "", "cannot be read as YAML"),
        ("sections: !!python/object:os.system {}", "", "cannot be read as YAML"),
        ("- a list", "", 'needs the keys "sections" and "gaps"'),
        ("", "", 'needs the keys "sections" and "gaps"'),
        ("answers: {}", "", 'needs the keys "sections" and "gaps"'),
        ('sections: {"9.9": [{questions: [甲]}]}', "sections: 9.9", "no such section"),
        ('gaps: {"9.9": [{questions: [甲]}]}', "gaps: 9.9", "no such section"),
        ('sections: {"1.4.1": [{spans: [23件], questions: [甲]}]}', "sections: 1.4.1", "'23件' does not stand"),
        ('sections: {"1.4.1": [{spans: [22件, 21件], questions: [甲]}]}', "sections: 1.4.1", "'21件' does not stand"),
        ('sections: {"1.4.1": [{questions: [甲]}, {spans: [22件]}]}', "sections: 1.4.1, entry 2", 'needs "questions"'),
        ('sections: {"1.4.1": [{questions: []}]}', "sections: 1.4.1, entry 1", 'needs "questions"'),
        ('sections: {"1.4.1": [{questions: [" "]}]}', "sections: 1.4.1, entry 1", '"questions" must be'),
        ('sections: {"1.4.1": [{questions: [7]}]}', "sections: 1.4.1, entry 1", '"questions" must be'),
        ('sections: {"1.4.1": [{questions: 甲}]}', "sections: 1.4.1, entry 1", '"questions" must be'),
        ('sections: {"1.4.1": [甲]}', "sections: 1.4.1, entry 1", "an entry has"),
        ('sections: {"1.4.1": [{questions: [甲], answer: 乙}]}', "sections: 1.4.1, entry 1", "an entry has"),
    ],
    ids=[
        "broken yaml",
        "python object",
        "list",
        "empty",
        "other key",
        "unknown section",
        "unknown section of a gap",
        "span not verbatim",
        "second span not verbatim",
        "no questions",
        "empty questions",
        "blank question",
        "number for a question",
        "text for a list",
        "entry no mapping",
        "unknown field",
    ],
)
def test_what_breaks_a_rule_is_refused_with_file_and_place(tmp_path: Path, content: str, place: str, reason: str) -> None:
    path = write(tmp_path, content)
    with pytest.raises(InvalidSource, match=reason) as caught:
        curated_pairs(path, REPORT)
    assert (caught.value.path, caught.value.place) == (path, place)


@pytest.mark.parametrize(
    "content",
    ["sections: [甲]", 'sections: {"1.4.1": 7}', 'sections: {"1.4.1": [{spans: [22], questions: [甲]}]}', "sections: 甲"],
    ids=["list of sections", "number for entries", "number for a span", "text for sections"],
)
def test_other_wrong_shapes_are_refused_too(tmp_path: Path, content: str) -> None:
    with pytest.raises(InvalidSource):
        curated_pairs(write(tmp_path, content), REPORT)


def test_a_text_for_spans_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource):
        curated_pairs(write(tmp_path, 'sections: {"1.4.1": [{spans: 22件, questions: [甲]}]}'), REPORT)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="cannot be read"):
        curated_pairs(tmp_path / "pairs.yaml", REPORT)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.yaml"
    path.write_bytes("sections: {甲: []}".encode("gbk"))
    with pytest.raises(InvalidSource, match="cannot be read"):
        curated_pairs(path, REPORT)


def test_the_shipped_questions_reach_every_section_that_has_text(report: Report) -> None:
    pairs = curated_pairs(SHIPPED_SOURCES / "yongan-2019" / "pairs.yaml", report)
    asked = Counter(pair.section for pair in pairs if pair.kind is PairKind.ANSWER)
    assert {s.id for s in report.sections if s.text} <= set(asked)


def test_generated_questions_hold_the_sections_own_words(report: Report) -> None:
    pairs = generated_pairs(report)
    texts = {s.id: s.text for s in report.sections}
    assert all(span in texts[pair.section] for pair in pairs for span in pair.spans)
    assert all(pair.origin == "generated" and pair.kind is PairKind.ANSWER for pair in pairs)
    assert len({(pair.question, pair.section) for pair in pairs}) == len(pairs)


@pytest.mark.parametrize(
    ("question", "section", "span"),
    [
        ("加强行政复议工作", "1.4.1", None),
        ("维持有多少件", "1.4.1", "维持9件"),
        ("《重大行政决策程序暂行条例》", "1.1.1", "《重大行政决策程序暂行条例》"),
        ("什么是“三项制度”", "1.3.3", "“三项制度”"),
        ("调解成功率98.7%", "1.4.3", "调解成功率98.7%"),
    ],
    ids=["title", "figure", "document", "quoted term", "clause"],
)
def test_titles_figures_documents_and_terms_give_questions(report: Report, question: str, section: str, span: str | None) -> None:
    found = [pair for pair in generated_pairs(report) if pair.question == question and pair.section == section]
    assert found
    assert found[0].spans == ((span,) if span else ())


def test_off_topic_questions_belong_to_no_section() -> None:
    pairs = off_topic_pairs()
    assert len(pairs) > 100
    assert all(pair.section == "" and pair.kind is PairKind.OFF_TOPIC and not pair.question.startswith("#") for pair in pairs)


def test_terms_come_with_their_first_use(known: ReportKnowledge) -> None:
    terms = {term.name: term for term in known.terms}
    assert terms["裁执分离"].section == "1.3.4"
    assert "普法费" in terms["普法经费"].synonyms
    for term in known.terms:
        section = known.section(term.section)
        assert section is not None
        assert term.name in term.quote
        assert term.quote in section.text or term.quote == section.title


def test_a_report_may_have_no_terms(tmp_path: Path) -> None:
    assert read_terms(tmp_path / "terms.yaml", REPORT) == []


@pytest.mark.parametrize(
    ("content", "place", "reason"),
    [
        ("terms: [", "", "cannot be read as YAML"),
        ("- 复议", "", 'needs the key "terms"'),
        ("terms: [复议]", "", 'needs the key "terms"'),
        ("terms: {红头文件: []}", "红头文件", "stands nowhere"),
    ],
    ids=["broken yaml", "list", "list of terms", "term not in the report"],
)
def test_terms_that_break_a_rule_are_refused(tmp_path: Path, content: str, place: str, reason: str) -> None:
    path = tmp_path / "terms.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidSource, match=reason) as caught:
        read_terms(path, REPORT)
    assert (caught.value.path, caught.value.place) == (path, place)
