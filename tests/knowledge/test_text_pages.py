"""Texts copied out of paged documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.documents import read_paragraphs


def read(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "report.txt"
    path.write_text(text, encoding="utf-8")
    return [paragraph.text for paragraph in read_paragraphs(path)]


@pytest.mark.parametrize("mark", ["— 3 —", "-3-", "第 3 页 共 12 页", "第3页", "－ 12 －", "·3·", "—\u200b 3 —"])
def test_a_page_number_is_no_paragraph(tmp_path: Path, mark: str) -> None:
    assert read(tmp_path, f"一、工作\n做了甲。\n{mark}\n二、问题\n") == ["一、工作", "做了甲。", "二、问题"]


def test_a_running_head_at_the_page_breaks_is_left_out_but_for_the_first(tmp_path: Path) -> None:
    text = "某市年度报告\n一、工作\n做了甲。\n1\n\f某市年度报告\n做了乙。\n2\n\f\n某市年度报告\n做了丙。\n"
    assert read(tmp_path, text) == ["某市年度报告", "一、工作", "做了甲。", "做了乙。", "做了丙。"]


@pytest.mark.parametrize("line", ["3", "2020", "3/12", "某市年度报告"])
def test_a_line_in_the_midst_of_a_page_is_text(tmp_path: Path, line: str) -> None:
    assert line in read(tmp_path, f"一、工作\n做了甲。\n{line}\n做了乙。\n某市年度报告\n")
