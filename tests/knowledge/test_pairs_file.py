"""A question goes into pairs.yaml as a line of its own; every other byte stays."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowledge.documents import SHIPPED_SOURCES
from knowledge.errors import InvalidSource
from knowledge.pairs import curated_pairs
from knowledge.pairs_file import NewQuestion, add_question, question_lines, section_lines
from knowledge.records import PairKind, Report, Section, SectionKind

SHIPPED = SHIPPED_SOURCES / "yongan-2019" / "pairs.yaml"
TEXT = "全年办理行政复议案件35件,办结31件。制发规范性文件9件。"
SMALL = Report(
    "r", "报告", "", "", "", 2018, tuple(Section("r", i, i, f"标题{i}", TEXT, None, SectionKind.ARTICLE) for i in ("1", "2", "10", "3"))
)
GAP = PairKind.GAP
BLOCK = """# 开头

sections:
  "1":
    - spans: ["35件"]  # 案件
      questions:
        - "办了几件?"
        - '几件'   # 单引号

  # 第十节
  "10":
    - questions: ["文件几件", "多少文件"]
gaps:
  "1":
    - missing: "姓名"
      questions:
        - "谁办的"
# 末尾
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.yaml"
    path.write_text(BLOCK, encoding="utf-8")
    return path


def changes(before: str, after: str) -> list[str]:
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (NewQuestion("复议多少", "1", spans=("35件",)), ['+         - "复议多少"']),
        (NewQuestion("整节", "1"), ["+     - questions:", '+         - "整节"']),
        (NewQuestion("结案", "1", spans=("办结31件",)), ['+     - spans: ["办结31件"]', "+       questions:", '+         - "结案"']),
        (
            NewQuestion('说"几"件\\', "10"),
            ['-     - questions: ["文件几件", "多少文件"]', '+     - questions: ["文件几件", "多少文件", "说\\"几\\"件\\\\"]'],
        ),
        (NewQuestion("yes", "2"), ['+   "2":', "+     - questions:", '+         - "yes"']),
        (NewQuestion("2019", "3"), ['+   "3":', "+     - questions:", '+         - "2019"']),
        (NewQuestion("谁呀", "1", GAP, missing="姓名"), ['+         - "谁呀"']),
        (NewQuestion("为啥", "1", GAP), ["+     - questions:", '+         - "为啥"']),
        (
            NewQuestion("电话", "3", GAP, missing="电话"),
            ['+   "3":', '+     - missing: "电话"', "+       questions:", '+         - "电话"'],
        ),
    ],
    ids=[
        "same spans",
        "whole section",
        "other spans",
        "list on one line",
        "new section",
        "last section",
        "same gap",
        "bare gap",
        "new gap",
    ],
)
def test_only_the_lines_of_the_question_are_added(path: Path, new: NewQuestion, expected: list[str]) -> None:
    assert add_question(path, SMALL, new)
    after = path.read_text("utf-8")
    assert changes(BLOCK, after) == expected
    pairs = [(p.question, p.section, p.kind, p.spans, p.missing) for p in curated_pairs(path, SMALL)]
    assert (new.question, new.section, new.kind, new.spans, new.missing) in pairs
    assert not add_question(path, SMALL, new)
    assert path.read_text("utf-8") == after


def test_a_section_new_to_the_file_stands_where_the_report_prints_it(path: Path) -> None:
    add_question(path, SMALL, NewQuestion("二", "2"))
    add_question(path, SMALL, NewQuestion("三", "3"))
    assert list(yaml.safe_load(path.read_text("utf-8"))["sections"]) == ["1", "2", "10", "3"]


@pytest.mark.parametrize(
    "start", ["", "# 只有注释\n", "sections:\n  '1':\n  - questions:\n    - a", "gaps:\n    '1': [{questions: [x]}]\n"]
)
def test_any_file_that_is_valid_takes_answers_and_gaps(tmp_path: Path, start: str) -> None:
    path = tmp_path / "pairs.yaml"
    if start:
        path.write_text(start, encoding="utf-8")
    news = [NewQuestion(f"问{n}{kind}", s, kind) for n in range(2) for s in ("1", "3") for kind in (PairKind.ANSWER, GAP)]
    for new in news:
        assert add_question(path, SMALL, new)
    assert {(p.question, p.section, p.kind) for p in curated_pairs(path, SMALL)} >= {(n.question, n.section, n.kind) for n in news}


@pytest.mark.parametrize(("end", "mark"), [("\r\n", ""), ("\n", "\ufeff"), ("\r\n", "\ufeff")], ids=["crlf", "bom", "both"])
def test_line_ends_and_byte_order_mark_stay(path: Path, end: str, mark: str) -> None:
    path.write_bytes((mark + BLOCK.replace("\n", end)).encode())
    add_question(path, SMALL, NewQuestion("复议多少", "1", spans=("35件",)))
    add_question(path, SMALL, NewQuestion("😀多少", "10"))
    content = path.read_bytes().decode()
    assert content.startswith(mark + "# 开头" + end)
    assert content.count("\n") == content.count(end) == BLOCK.count("\n") + 1
    assert "😀多少" in [p.question for p in curated_pairs(path, SMALL)]


def test_into_the_shipped_file_goes_one_line(tmp_path: Path, report: Report) -> None:
    path = tmp_path / "pairs.yaml"
    before = SHIPPED.read_text("utf-8")
    path.write_text(before, encoding="utf-8")
    pair = next(p for p in curated_pairs(path, report) if p.section == "1.4.1" and p.spans)
    add_question(path, report, NewQuestion("一个谁也没问过的问法", "1.4.1", spans=pair.spans))
    after = path.read_text("utf-8").splitlines()
    place = after.index('        - "一个谁也没问过的问法"')
    assert after[:place] + after[place + 1 :] == before.splitlines()


def test_lines_are_those_of_the_file(path: Path) -> None:
    lines = BLOCK.splitlines()
    found = question_lines(path)
    assert len(found) == 5
    assert all(question in lines[line - 1] for (question, _, _), line in found.items())
    assert found["谁办的", "1", GAP] == 17
    assert section_lines(path) == {"1": 4, "10": 11}


@pytest.mark.parametrize(
    ("content", "new", "reason"),
    [
        (BLOCK, NewQuestion("问", "9"), "no such section"),
        (BLOCK, NewQuestion("问", "1", spans=("99件",)), "word for word"),
        (BLOCK, NewQuestion(" ", "1"), "one line"),
        (BLOCK, NewQuestion("两\n行", "1"), "one line"),
        ("sections: [", NewQuestion("问", "1"), "cannot be read as YAML"),
        ("sections: {}\n", NewQuestion("问", "1"), "line for each section"),
        ("sections:\n  '1':\n", NewQuestion("问", "1"), "is empty"),
        ("- a\n", NewQuestion("问", "1"), "by hand"),
    ],
    ids=["section", "span", "blank", "two lines", "no yaml", "one line", "empty", "list"],
)
def test_what_cannot_be_put_in_is_said_and_changes_nothing(path: Path, content: str, new: NewQuestion, reason: str) -> None:
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidSource, match=reason):
        add_question(path, SMALL, new)
    assert path.read_text("utf-8") == content
    assert [file.name for file in path.parent.iterdir()] == ["pairs.yaml"]


def test_a_folder_that_cannot_be_written_to_is_said(path: Path) -> None:
    (path.parent / ".pairs.yaml.partial").mkdir()
    with pytest.raises(InvalidSource, match="nothing was changed"):
        add_question(path, SMALL, NewQuestion("问", "1"))
    assert path.read_text("utf-8") == BLOCK


@given(st.text(min_size=1, max_size=30).filter(lambda t: t.strip() and t.isprintable()), st.sampled_from(["1", "2", "10", "3"]))
def test_any_question_comes_back_as_typed(tmp_path_factory: pytest.TempPathFactory, question: str, section: str) -> None:
    path = tmp_path_factory.mktemp("pairs") / "pairs.yaml"
    path.write_text(BLOCK, encoding="utf-8")
    add_question(path, SMALL, NewQuestion(question, section))
    assert (question, section) in [(p.question, p.section) for p in curated_pairs(path, SMALL)]
