"""PDF files: lines joined to paragraphs, running heads and page numbers out, tables; and files that cannot be read."""

from __future__ import annotations

import io
import re
import time
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from knowledge.documents import read_paragraphs
from knowledge.errors import InvalidSource
from knowledge.report import parse_report

FONT, SIZE, LEFT, PER_LINE = "STSong-Light", 14, 80, 30


def draw(path: Path, pages: list[list[str]], *, foot: str = "－ {} －", head: str = "", password: str = "") -> Path:
    """Lines as given, a list a page; ``>`` before a line indents it by two characters, ``=`` centres it."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    canvas = Canvas(str(path), pagesize=A4, encrypt=StandardEncryption(password) if password else None)
    for number, lines in enumerate(pages, 1):
        canvas.setFont(FONT, SIZE)
        for i, line in enumerate(lines):
            y = A4[1] - 110 - i * 24
            if line.startswith("="):
                canvas.drawCentredString(A4[0] / 2, y, line[1:])
            else:
                canvas.drawString(LEFT + (2 * SIZE if line.startswith(">") else 0), y, line.removeprefix(">"))
        canvas.drawCentredString(A4[0] / 2, 40, foot.format(number))
        canvas.drawString(LEFT, A4[1] - 50, head.format(number))
        canvas.showPage()
    canvas.save()
    return path


def filled(text: str) -> list[str]:
    """*text* in full lines, the first indented."""
    first, rest = text[: PER_LINE - 2], text[PER_LINE - 2 :]
    return [">" + first, *re.findall(rf".{{1,{PER_LINE}}}", rest)]


LONG = "市政府坚持把法治政府建设作为全面依法治市的重点任务和主体工程统筹谋划整体推进压实责任强化督察各项工作取得新的成效营商环境持续优化"


@pytest.mark.parametrize("foot", ["－ {} －", "- {} -", "第 {} 页", "第{}页 共3页", "{}", "— {} —", "{}/3"])
def test_page_numbers_and_running_heads_are_left_out_and_paragraphs_run_over_the_page(tmp_path: Path, foot: str) -> None:
    lines = filled(LONG + "。")
    pages = [
        ["=云山市2020年法治政府建设情况报告", ">一、工作", *lines[:2]],
        [*lines[2:], ">（一）甲。做了甲。", *lines[:2]],
        ["完。", ">二、问题", ">力量不足。"],
    ]
    path = draw(tmp_path / "report.pdf", pages, foot=foot, head="云山市人民政府公报 第{}期")
    report = parse_report(path, report_id="small")
    cut = "".join(line.removeprefix(">") for line in lines[:2])
    assert report.title == "云山市2020年法治政府建设情况报告"
    assert [(s.id, s.text) for s in report.sections[1:]] == [
        ("1", LONG + "。"),
        ("1.1", "做了甲。"),
        ("1.tail", f"{cut}完。"),
        ("2", "力量不足。"),
    ]


def test_a_sentence_that_fills_its_line_is_not_joined_to_the_heading_below(tmp_path: Path) -> None:
    full = (LONG[: PER_LINE - 3]) + "。"
    path = draw(
        tmp_path / "report.pdf", [["=云山市2020年工作报告", ">一、工作", ">" + full, ">二、问题", ">" + full, "1.甲。子。", "2.乙。丑。"]]
    )
    assert [(s.id, s.text) for s in parse_report(path, report_id="small").sections[1:]] == [
        ("1", full),
        ("2", full),
        ("2.1", "子。"),
        ("2.2", "丑。"),
    ]


@pytest.mark.parametrize(
    "edge",
    [("2023/5/6 10:35", 9, 775), ("https://www.example.gov.cn/art/2021/a.html 1/1", 9, 20), ("星河市司法局 内部资料", 10, 800)],
    ids=["time of printing", "address", "small running head"],
)
def test_small_print_at_the_edge_of_a_single_page_is_left_out(tmp_path: Path, edge: tuple[str, int, int]) -> None:
    path = tmp_path / "report.pdf"
    draw(path, [["=云山市2020年法治政府建设情况报告", ">一、工作", ">做了甲。", ">二、问题", ">力量不足。"]], foot="")
    writer = Canvas(str(path), pagesize=A4)
    for text, size, y in [("云山市2020年法治政府建设情况报告", 20, 730), ("一、工作", 14, 690), ("力量不足，有待加强。", 14, 660), edge]:
        writer.setFont(FONT, size)
        writer.drawString(LEFT + (28 if size == 14 else 0), y, text)
    writer.save()
    assert [(s.id, s.text) for s in parse_report(path, report_id="small").sections[1:]] == [("1", "力量不足，有待加强。")]


def test_characters_drawn_twice_to_look_bold_count_once(tmp_path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    canvas = Canvas(str(tmp_path / "report.pdf"), pagesize=A4)
    for y, text in [(730, "云山市2020年工作报告"), (690, "一、工作"), (666, "22人人出庭。"), (642, "二、问题"), (618, "力量不足。")]:
        size = 20 if y == 730 else 14
        canvas.setFont(FONT, size)
        at = float(LEFT)
        for char in text:
            canvas.drawString(at, y, char)
            canvas.drawString(at + 0.4, y, char)
            at += pdfmetrics.stringWidth(char, FONT, size)
    canvas.save()
    report = parse_report(tmp_path / "report.pdf", report_id="small")
    assert report.title == "云山市2020年工作报告"
    assert [(s.id, s.text) for s in report.sections[1:]] == [("1", "22人人出庭。"), ("2", "力量不足。")]


def test_items_whose_further_lines_are_indented_are_put_together(tmp_path: Path) -> None:
    text = LONG + "，" + LONG + "。"
    lines = [text[: PER_LINE - 5], *re.findall(rf".{{1,{PER_LINE - 4}}}", text[PER_LINE - 5 :])]
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    canvas = Canvas(str(tmp_path / "report.pdf"), pagesize=A4)
    canvas.setFont(FONT, SIZE)
    printed = [
        "云山市2020年工作报告",
        ">一、工作",
        *filled(LONG + "。"),
        "*（1）" + lines[0],
        *["#" + line for line in lines[1:]],
        ">二、问题",
    ]
    for i, line in enumerate(printed):
        canvas.drawString(LEFT + SIZE * {">": 2, "*": 2, "#": 3.5}.get(line[0], 0), A4[1] - 110 - i * 24, line.lstrip(">*#"))
    canvas.save()
    sections = parse_report(tmp_path / "report.pdf", report_id="small").sections
    assert [(s.id, s.heading + s.text) for s in sections[1:]] == [("1", f"一、工作{LONG}。"), ("1.1", f"（1）{text}"), ("2", "二、问题")]


@pytest.mark.parametrize("pages", [1, 2])
def test_a_page_in_two_columns_is_read_column_by_column(tmp_path: Path, pages: int) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    canvas = Canvas(str(tmp_path / "report.pdf"), pagesize=A4)
    texts = ["一、工作", LONG + "。", "（一）制度。" + LONG * 2 + "。", "二、问题", "力量不足。" + LONG + "。"]
    lines = [part for text in texts for part in re.findall(r".{1,15}", "　　" + text)]
    columns = [lines[i : i + 10] for i in range(0, len(lines), 10)] if pages == 2 else [lines[: len(lines) // 2], lines[len(lines) // 2 :]]
    for number, column in enumerate(columns):
        if number % 2 == 0:
            canvas.setFont(FONT, 9)
            canvas.drawString(60, 805, "云山市人民政府公报 2021年第3期")
            if number == 0:
                canvas.setFont(FONT, 20)
                canvas.drawCentredString(A4[0] / 2, 760, "云山市2020年法治政府建设工作报告")
        canvas.setFont(FONT, 14)
        for i, line in enumerate(column):
            canvas.drawString((60 if number % 2 == 0 else 320) + 28 * line.startswith("　"), 720 - i * 22, line.strip("　"))
        if number % 2 == 1:
            canvas.showPage()
    canvas.save()
    report = parse_report(tmp_path / "report.pdf", report_id="small")
    assert report.title == "云山市2020年法治政府建设工作报告"
    assert [(s.id, s.text) for s in report.sections[1:]] == [
        ("1", texts[1]),
        ("1.1", LONG * 2 + "。"),
        ("2", texts[4]),
    ]


def test_a_table_without_rules_makes_no_columns(tmp_path: Path) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    canvas = Canvas(str(tmp_path / "report.pdf"), pagesize=A4)
    canvas.setFont(FONT, 14)
    for i, text in enumerate(["云山市2020年工作报告", "　　一、工作", "　　二、问题"]):
        canvas.drawString(80, 760 - i * 24, text.replace("　", "  "))
    for i in range(12):
        canvas.drawString(80, 680 - i * 24, "项目" + "甲" * (i % 7))
        canvas.drawString(360, 680 - i * 24, f"{i}件")
    canvas.save()
    text = parse_report(tmp_path / "report.pdf", report_id="small").sections[-1].text
    assert "项目 0件" in text.replace(" | ", " ")
    assert "项目甲 1件" in text.replace(" | ", " ")


def place(path: Path, pieces: list[tuple[float, float, int, str]]) -> Path:
    """Pieces of text, each at x points from the left and y from the top, in a size; a None begins a page."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    canvas = Canvas(str(path), pagesize=A4)
    for x, y, size, text in pieces:
        if not text:
            canvas.showPage()
            continue
        canvas.setFont(FONT, size)
        canvas.drawString(x, A4[1] - y, text)
    canvas.save()
    return path


HEAD = [(180, 110, 20, "云山市2020年工作报告"), (108, 150, 14, "一、工作"), (108, 174, 14, "办理情况见下表。")]


def test_rows_of_a_table_without_rules_are_rows(tmp_path: Path) -> None:
    # 复议 and its figures, columns nearly touching in the head, a cell of two lines, numbered rows; then text again
    table = [
        *((x, 210.0, 12, text) for x, text in [(80, "类别"), (200, "2019年"), (244, "2020年"), (330, "责任单位")]),
        *((x, 230.0, 12, text) for x, text in [(80, "1.复议（件）"), (200, "21"), (244, "35"), (330, "市司法局")]),
        *((x, 250.0, 12, text) for x, text in [(80, "（一）应诉（件）"), (200, "9"), (244, "12"), (330, "市司法局、")]),
        (330, 264, 12, "市信访局"),
        *((x, 284.0, 12, text) for x, text in [(80, "合计"), (200, "30"), (244, "47")]),
    ]
    after = [(108.0, 330.0, 14, "二、问题"), (108.0, 354.0, 14, "力量不足。")]
    report = parse_report(place(tmp_path / "report.pdf", [*HEAD, *table, *after]), report_id="small")
    rows = "类别 | 2019年 | 2020年 | 责任单位\n1.复议（件） | 21 | 35 | 市司法局\n（一）应诉（件） | 9 | 12 | 市司法局、市信访局\n合计 | 30 | 47 |"
    assert [(s.id, s.text) for s in report.sections[1:]] == [("1", f"办理情况见下表。\n{rows}"), ("2", "力量不足。")]


def test_the_head_of_a_table_that_the_next_page_prints_again_counts_once(tmp_path: Path) -> None:
    head = [(80.0, 210.0, 12, "类别"), (250.0, 210.0, 12, "件数")]
    rows = [[(80.0, 230.0, 12, f"项目{n}"), (250.0, 230.0, 12, f"{n}件")] for n in "甲乙"]
    report = parse_report(place(tmp_path / "report.pdf", [*HEAD, *head, *rows[0], (0, 0, 0, ""), *head, *rows[1]]), report_id="small")
    assert report.sections[1].text == "办理情况见下表。\n类别 | 件数\n项目甲 | 甲件\n项目乙 | 乙件"


def test_a_row_that_the_page_break_leaves_alone_is_a_row(tmp_path: Path) -> None:
    row = [(80.0, 110.0, 12, "合计"), (250.0, 110.0, 12, "9件")]
    rows = [[(80.0, 210.0 + 20 * i, 12, f"项目{n}"), (250.0, 210.0 + 20 * i, 12, f"{n}件")] for i, n in enumerate("甲乙")]
    after = [(108.0, 150.0, 14, "二、问题")]
    report = parse_report(place(tmp_path / "report.pdf", [*HEAD, *rows[0], *rows[1], (0, 0, 0, ""), *row, *after]), report_id="small")
    assert [(s.id, s.text) for s in report.sections[1:]] == [("1", "办理情况见下表。\n项目甲 | 甲件\n项目乙 | 乙件\n合计 | 9件"), ("2", "")]


def test_a_first_line_may_be_indented_by_four_characters(tmp_path: Path) -> None:
    first, second = LONG[: PER_LINE - 4], LONG[PER_LINE - 4 : 2 * PER_LINE - 8]
    pieces = [*HEAD[:2], (136, 174, 14, first), (80, 198, 14, second), (360, 222, 14, "云山市人民政府"), (80, 246, 14, "二、问题")]
    sections = parse_report(place(tmp_path / "report.pdf", pieces), report_id="small").sections
    assert [s.text for s in sections[1:]] == [f"{first}{second}\n云山市人民政府", ""]


def test_footnotes_are_left_out_and_the_text_runs_on_over_the_page(tmp_path: Path) -> None:
    first, second = LONG[: PER_LINE - 2], LONG[PER_LINE - 2 : 2 * PER_LINE - 2]
    pieces = [*HEAD[:2], (108, 174, 14, first), (80, 198, 14, second), (80, 740, 9, "①快报数。"), (80, 752, 9, "②含下属单位。")]
    report = parse_report(place(tmp_path / "report.pdf", [*pieces, (0, 0, 0, ""), (80, 110, 14, "有所下降。")]), report_id="small")
    assert report.sections[1].text == f"{first}{second}有所下降。"


def test_characters_set_a_little_lower_belong_to_their_line(tmp_path: Path) -> None:
    pieces = [(100.0, 110.0, 20, "云山市"), (160.0, 114.0, 20, "2020"), (202.0, 110.0, 20, "年工作报告"), *HEAD[1:]]
    assert parse_report(place(tmp_path / "report.pdf", pieces), report_id="small").title == "云山市2020年工作报告"


@pytest.mark.parametrize("line", ["2020", "15件。"])
def test_a_number_in_the_text_is_no_page_number(tmp_path: Path, line: str) -> None:
    path = draw(tmp_path / "report.pdf", [["=云山市2020年工作报告", ">一、工作", ">全年办理", f">{line}", ">二、问题", ">力量不足。"]])
    assert line in parse_report(path, report_id="small").sections[1].text


# --- files that cannot be read -------------------------------------------------------------------------------------


def scanned(path: Path) -> Path:
    file = io.BytesIO()
    Image.new("RGB", (200, 280), "white").save(file, "PNG")
    canvas = Canvas(str(path), pagesize=A4)
    canvas.drawImage(ImageReader(file), 0, 0, *A4)
    canvas.save()
    return path


def test_a_scan_says_that_it_needs_ocr(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match=r"scanned.*OCR"):
        read_paragraphs(scanned(tmp_path / "report.pdf"))


def test_an_empty_page_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="holds no text"):
        read_paragraphs(draw(tmp_path / "report.pdf", [[]], foot=""))


def test_a_password_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="protected with a password"):
        read_paragraphs(draw(tmp_path / "report.pdf", [["一、工作"]], password="secret"))


@pytest.mark.parametrize("keep", [0, 4, 9, 300, 0.5, 0.9])
def test_a_cut_file_is_refused_or_read_but_never_a_traceback(tmp_path: Path, keep: float) -> None:
    path = draw(tmp_path / "report.pdf", [[">一、工作", ">做了甲。"]] * 3)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(keep if keep > 1 or not keep else keep * len(raw))])
    began = time.monotonic()
    with pytest.raises(InvalidSource) as caught:
        read_paragraphs(path)
    assert caught.value.reason
    assert time.monotonic() - began < 5


def test_what_is_no_pdf_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_text("一、工作", encoding="utf-8")
    with pytest.raises(InvalidSource, match="is no PDF file"):
        read_paragraphs(path)


def test_a_file_of_too_many_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="pages, more than"):
        read_paragraphs(draw(tmp_path / "report.pdf", [["一"]] * 401))
