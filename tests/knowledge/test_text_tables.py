"""Text files as people paste them: tables by tabs, wide gaps or a cell a line, lines broken at a fixed width."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.report import parse_report
from knowledge.wrapped_lines import join_wrapped

TITLE = "星河区2023年政府信息公开工作年度报告"
LEAD = "本年度报告根据《中华人民共和国政府信息公开条例》要求编制，现予公布。"


def sections(tmp_path: Path, text: str, encoding: str = "utf-8") -> list[tuple[str, str, str]]:
    path = tmp_path / "report.txt"
    path.write_bytes(text.encode(encoding))
    return [(s.id, s.title, s.text) for s in parse_report(path, report_id="small").sections if s.id != "meta"]


ROWS = ["一、本年新收 | 39 | 4", "二、上年结转 | 1 | 0", "三、办理结果", "（一）予以公开 | 21 | 2", "1.不予公开 | 3 | 0"]


@pytest.mark.parametrize("gap", ["\t", "    ", "\n"], ids=["tabs", "wide gaps", "a cell a line"])
def test_the_rows_of_a_table_are_no_headings(tmp_path: Path, gap: str) -> None:
    """Numbered rows would otherwise be taken for parts that start over, and the report refused."""
    rows = [row for row in ROWS if gap == "\n" or " | " in row]
    table = "\n".join(row.replace(" | ", gap) for row in rows)
    text = f"{TITLE}\n{LEAD}\n一、总体情况\n公开信息186条。\n二、申请情况\n申请人情况\n{table}\n三、其他\n（一）收费。无。\n"
    assert sections(tmp_path, text, "gb18030") == [
        ("0", "导语", LEAD),
        ("1", "总体情况", "公开信息186条。"),
        ("2", "申请情况", "\n".join(["申请人情况", *rows])),
        ("3", "其他", ""),
        ("3.1", "收费", "无。"),
    ]


@pytest.mark.parametrize("cells", ["\t\t", ""], ids=["empty cells", "merged cells"])
def test_a_row_of_which_only_the_first_cell_is_filled_is_a_row(tmp_path: Path, cells: str) -> None:
    rows = f"一、本年新收\t39\t4\n二、办理结果{cells}\n（一）予以公开\t21\t2"
    text = f"{TITLE}\n一、总体情况\t\n公开信息186条。\n二、申请情况\n{rows}\n三、其他\n无。\n"
    assert [(found[0], found[2]) for found in sections(tmp_path, text)] == [
        ("1", "公开信息186条。"),
        ("2", "一、本年新收 | 39 | 4\n二、办理结果\n（一）予以公开 | 21 | 2"),
        ("3", "无。"),
    ]


def test_a_tab_or_space_after_a_headings_number_makes_no_row(tmp_path: Path) -> None:
    text = (
        f"{TITLE}\n\n一、\t总体情况\n1.\t主动公开。公开186条。\n2.\t依申请公开。答复2件。\n二、   其他\n无。\n星河区办公室\t2024年1月9日\n"
    )
    assert [found[:2] for found in sections(tmp_path, text)] == [
        ("1", "总体情况"),
        ("1.1", "主动公开"),
        ("1.2", "依申请公开"),
        ("2", "其他"),
    ]


PROSE = [
    "　　" + "市政府坚持以习近平法治思想为指导，全面推进依法行政，各项工作取得新的成效，群众满意度不断提高。" * 3,
    "　　一、工作情况",
    "　　" + "全年召开听证会6次，1.5亿元资金的使用经过审查，制发文件9件，清理文件12件，全部向社会公布并接受监督。" * 3,
    "　　（一）健全制度。" + "修订规章2件，废止规章1件，各部门均建立了目录管理制度，并向社会公布。" * 3,
    "　　二、存在问题",
    "　　" + "基层执法力量不足，部分单位执法程序不规范，法治观念有待增强，需要在今后的工作中加以改进。" * 3,
]


@pytest.mark.parametrize("indent", ["　　", "    ", ""], ids=["full-width indent", "spaces", "none"])
@pytest.mark.parametrize("width", [28, 37])
def test_lines_broken_at_a_fixed_width_are_put_together(tmp_path: Path, indent: str, width: int) -> None:
    paragraphs = [indent + p.strip("　") for p in PROSE]
    broken = [p[i : i + width] for p in paragraphs for i in range(0, len(p), width)]
    text = "\n".join([TITLE, *broken])
    whole = [(s_id, text.replace("\n", "")) for s_id, _, text in sections(tmp_path, text)]
    assert whole == [
        ("0", PROSE[0].strip()),
        ("1", PROSE[2].strip()),
        ("1.1", PROSE[3].strip().removeprefix("（一）健全制度。")),
        ("2", PROSE[5].strip()),
    ]


@pytest.mark.parametrize(
    "lines",
    [[], ["甲。"], PROSE, ["短行"] * 40, [f"第{i}行的字数并不相同" + "字" * (i % 23) for i in range(60)]],
    ids=["none", "one", "paragraphs", "a list", "uneven"],
)
def test_lines_that_were_not_broken_stay_as_they_are(lines: list[str]) -> None:
    assert join_wrapped(lines) == lines


def test_rows_copied_from_a_paper_with_a_space_before_each_figure_are_rows(tmp_path: Path) -> None:
    rows = ["一、本年新收申请 78 9 0", "二、上年结转 5 0 0", "三、办理结果", "(一)予以公开 41 5 0", "1.不予公开 3 0 1.5%"]
    text = (
        f"{TITLE}\n{LEAD}\n一、总体情况\n2023年公开信息186条,办理 12 件。\n二、申请情况\n申请人情况\n"
        + "\n".join(rows)
        + "\n三、其他\n无。\n"
    )
    assert sections(tmp_path, text) == [
        ("0", "导语", LEAD),
        ("1", "总体情况", "2023年公开信息186条,办理 12 件。"),
        ("2", "申请情况", "\n".join(["申请人情况", *(row.replace(" ", " | ") for row in rows)])),
        ("3", "其他", "无。"),
    ]
