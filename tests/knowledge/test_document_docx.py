"""Word files as people write them: automatic numbers, styles, frames, tracked changes; and damaged ones."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from knowledge.documents import read_paragraphs
from knowledge.errors import InvalidSource
from knowledge.report import parse_report

TITLE = "云山市人民政府关于2020年法治政府建设情况的报告"
LEAD = "2020年，全市扎实推进依法行政，取得新成效。现将有关情况报告如下："
W = nsdecls("w")
LEVELS = (
    ("chineseCounting", "%1、"),
    ("chineseCounting", "（%2）"),
    ("decimal", "%3."),
    ("decimal", "（%4）"),
    ("decimalEnclosedCircleChinese", "%5"),
)


@pytest.fixture
def document():
    """A document with a title, a lead, and a list of five levels under the id 77."""
    made = docx.Document()
    made.add_heading(TITLE, 0)
    made.add_paragraph(LEAD)
    add_list(made, 77, LEVELS)
    return made


def add_list(made, list_id: int, levels) -> None:
    inner = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for i, (form, text) in enumerate(levels)
    )
    root = made.part.numbering_part.element
    root.insert(0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="{list_id}">{inner}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {W} w:numId="{list_id}"><w:abstractNumId w:val="{list_id}"/></w:num>'))


def numbered(made, text: str, level: int, list_id: int = 77):
    paragraph = made.add_paragraph(text)
    paragraph._p.get_or_add_pPr().append(parse_xml(f'<w:numPr {W}><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'))
    return paragraph


def sections(made, tmp_path: Path) -> list[tuple[str, str, str, str]]:
    path = tmp_path / "report.docx"
    made.save(str(path))
    return [(s.id, s.label, s.title, s.text) for s in parse_report(path, report_id="small").sections[2:]]


def test_automatic_numbers_are_those_word_prints(document, tmp_path: Path) -> None:
    lines = [
        ("工作", 0),
        ("制度", 1),
        ("决策", 2),
        ("听证。6次。", 3),
        ("教育。2次。", 4),
        ("公示。5次。", 3),
        ("文件。9件。", 2),
        ("纠纷", 1),
        ("复议。35件。", 2),
        ("问题", 0),
        ("人员", 1),
    ]
    for text, level in lines:
        numbered(document, text, level)
    assert [label for _, label, _, _ in sections(document, tmp_path)] == [
        *(
            "一、",
            "一、(一)",
            "一、(一)1",
            "一、(一)1(1)",
            "一、(一)1(1)①",
            "一、(一)1(2)",
            "一、(一)2",
            "一、(二)",
            "一、(二)1",
            "二、",
            "二、(一)",
        ),
    ]


@pytest.mark.parametrize(
    ("form", "text", "printed"),
    [
        ("chineseCountingThousand", "%1、", "十二、"),
        ("japaneseCounting", "%1、", "十二、"),
        ("decimal", "%1．", "12．"),
        ("decimalFullWidth", "%1．", "１２．"),
        ("decimalEnclosedCircle", "%1", "⑫"),
        ("decimalEnclosedParen", "%1", "⑿"),
        ("chineseCounting", "第%1部分", "第十二部分"),
        ("decimalZero", "%1、", "12、"),
        ("lowerLetter", "%1)", "l)"),
        ("bullet", "●", ""),
        ("none", "", ""),
    ],
)
def test_every_number_format_is_printed_as_word_does(document, tmp_path: Path, form: str, text: str, printed: str) -> None:
    add_list(document, 78, [(form, text)])
    for _ in range(12):
        numbered(document, "标题", 0, 78)
    document.save(str(tmp_path / "report.docx"))
    assert read_paragraphs(tmp_path / "report.docx")[-1].text == f"{printed}标题"


def test_a_list_of_its_own_starts_where_it_says(document, tmp_path: Path) -> None:
    root = document.part.numbering_part.element
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    add_list(document, 80, [("decimal", "%1.")])
    root.append(parse_xml(f'<w:num {W} w:numId="81"><w:abstractNumId w:val="80"/>{override}</w:num>'))
    for heading, list_id in (("一、工作", 80), ("二、问题", 81)):
        document.add_paragraph(heading)
        for _ in range(2):
            numbered(document, "标题", 0, list_id)
    assert [section for section, *_ in sections(document, tmp_path)] == ["1", "1.1", "1.2", "2", "2.1", "2.2"]


def test_numbers_may_come_with_the_style(document, tmp_path: Path) -> None:
    for level, style in ((0, "Heading 1"), (1, "Heading 2")):
        element = document.styles[style].element
        level_xml = f'<w:ilvl w:val="{level}"/>' if level else ""
        element.get_or_add_pPr().append(parse_xml(f'<w:numPr {W}>{level_xml}<w:numId w:val="77"/></w:numPr>'))
    for text, style in (("工作", "Heading 1"), ("制度", "Heading 2"), ("听证6次。", None), ("纠纷", "Heading 2"), ("问题", "Heading 1")):
        document.add_paragraph(text, style=style)
    assert sections(document, tmp_path) == [
        ("1", "一、", "工作", ""),
        ("1.1", "一、(一)", "制度", "听证6次。"),
        ("1.2", "一、(二)", "纠纷", ""),
        ("2", "二、", "问题", ""),
    ]


def test_a_bold_or_styled_heading_ends_where_its_runs_do(document, tmp_path: Path) -> None:
    document.add_paragraph("一、工作")
    paragraph = document.add_paragraph()
    for text, bold in (("1", True), (".健全", True), ("制度：", True), ("听证6次，", None), ("公示5次。", None)):
        paragraph.add_run(text).bold = bold
    document.add_heading("二、" + "进一步健全完善重大行政决策程序和机制" * 4, 1)
    assert sections(document, tmp_path) == [
        ("1", "一、", "工作", ""),
        ("1.1", "一、1", "健全制度", "听证6次，公示5次。"),
        ("2", "二、", "进一步健全完善重大行政决策程序和机制" * 4, ""),
    ]


def test_tables_stand_in_their_place_and_frames_are_none(document, tmp_path: Path) -> None:
    document.add_paragraph("一、工作")
    table = document.add_table(3, 2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "办理情况"
    for cell, text in zip((c for row in table.rows[1:] for c in row.cells), ("一、复议", "35", "应诉", "12"), strict=True):
        cell.text = text
    frame = document.add_table(1, 1).cell(0, 0)
    frame.text = "二、问题"
    frame.add_paragraph("力量不足。")
    assert [(section, text) for section, _, _, text in sections(document, tmp_path)] == [
        ("1", "办理情况\n一、复议 | 35\n应诉 | 12"),
        ("2", "力量不足。"),
    ]


def test_what_word_does_not_print_as_text_is_left_out(document, tmp_path: Path) -> None:
    document.sections[0].header.paragraphs[0].text = "一、页眉"
    document.sections[0].footer.paragraphs[0].text = "第 1 页"
    document.add_paragraph("一、工作")
    paragraph = document.add_paragraph("听证")
    paragraph._p.append(parse_xml(f"<w:del {W}><w:r><w:delText>九</w:delText></w:r></w:del>"))
    paragraph._p.append(parse_xml(f"<w:ins {W}><w:r><w:t>六</w:t></w:r></w:ins>"))
    paragraph._p.append(parse_xml(f"<w:r {W}><w:rPr><w:vanish/></w:rPr><w:t>（草稿）</w:t></w:r>"))
    paragraph._p.append(parse_xml(f"<w:r {W}><w:instrText>PAGE</w:instrText></w:r>"))
    paragraph._p.append(parse_xml(f"<w:hyperlink {W}><w:r><w:t>次</w:t></w:r></w:hyperlink>"))
    paragraph._p.append(parse_xml(f'<w:r {W}><w:footnoteReference w:id="2"/><w:softHyphen/><w:t>，公示。</w:t></w:r>'))
    document.add_comment(paragraph.runs[0], text="一、批注")
    assert sections(document, tmp_path) == [("1", "一、", "工作", "听证六次，公示。")]


def test_paragraphs_whose_mark_between_is_deleted_are_one(document, tmp_path: Path) -> None:
    document.add_paragraph("一、工作")
    mark = f'<w:rPr {W}><w:del w:id="5" w:author="a"/></w:rPr>'
    document.add_paragraph("（一）推进审批")._p.get_or_add_pPr().append(parse_xml(mark))
    document.add_paragraph("便民化。办理9件。")
    removed = document.add_paragraph()
    removed._p.get_or_add_pPr().append(parse_xml(mark))
    removed._p.append(parse_xml(f"<w:del {W}><w:r><w:delText>（二）整段删去。</w:delText></w:r></w:del>"))
    document.add_paragraph("二、问题")
    assert sections(document, tmp_path) == [
        ("1", "一、", "工作", ""),
        ("1.1", "一、(一)", "推进审批便民化", "办理9件。"),
        ("2", "二、", "问题", ""),
    ]


def test_a_sign_off_set_in_a_table_without_lines_is_one(document, tmp_path: Path) -> None:
    document.add_paragraph("一、工作")
    document.add_paragraph("听证6次。")
    table = document.add_table(rows=2, cols=2)
    table.rows[0].cells[1].text, table.rows[1].cells[1].text = "云山市林业局", "2021年1月18日"
    assert sections(document, tmp_path) == [("1", "一、", "工作", "听证6次。")]
    assert parse_report(tmp_path / "report.docx", report_id="small").sections[0].text == "云山市林业局\n2021年1月18日"


def test_an_automatic_number_may_stand_alone_in_a_cell_only(document, tmp_path: Path) -> None:
    numbered(document, "工作", 0)
    numbered(document, "", 1)
    table = document.add_table(rows=2, cols=2)
    for row, text in zip(table.rows, ("予以公开", "部分公开"), strict=True):
        number = row.cells[0].paragraphs[0]._p.get_or_add_pPr()
        number.append(parse_xml(f'<w:numPr {W}><w:ilvl w:val="2"/><w:numId w:val="77"/></w:numPr>'))
        row.cells[1].text = text
    assert sections(document, tmp_path) == [("1", "一、", "工作", "1. | 予以公开\n2. | 部分公开")]


def test_a_table_of_contents_is_not_the_text(document, tmp_path: Path) -> None:
    document.styles.add_style("toc 1", 1)
    document.add_paragraph("目　录")
    document.add_paragraph("一、工作\t1", style="toc 1")
    document.add_paragraph("一、工作\t1")
    document.add_paragraph("二、问题\t2")
    for text in (LEAD, "一、工作", "听证6次。", "二、问题", "力量不足。"):
        document.add_paragraph(text)
    assert [(section, text) for section, _, _, text in sections(document, tmp_path)] == [("1", "听证6次。"), ("2", "力量不足。")]


def test_a_content_control_and_a_text_box_are_read(document, tmp_path: Path) -> None:
    document.add_paragraph("一、工作")
    inner = f"<w:sdt {W}><w:sdtContent><w:p><w:r><w:t>听证6次。</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    document.element.body.insert(-1, parse_xml(inner))
    paragraph = document.add_paragraph("见下框。")
    box = f"<w:txbxContent {W}><w:p><w:r><w:t>公示5次。</w:t></w:r></w:p></w:txbxContent>"
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    both = f'<mc:AlternateContent xmlns:mc="{mc}"><mc:Choice Requires="wps">{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>'
    run = parse_xml(f"<w:r {W}/>")
    run.append(parse_xml(both))
    paragraph._p.append(run)
    assert sections(document, tmp_path) == [("1", "一、", "工作", "听证6次。\n见下框。\n公示5次。")]


# --- damaged files -------------------------------------------------------------------------------------------------


def test_decimals_below_a_chinese_chapter_are_printed_in_digits(document, tmp_path: Path) -> None:
    add_list(document, 78, (("chineseCounting", "第%1章"), ("decimal", "%1.%2"), ("decimal", "%1.%2.%3")))
    for level in document.part.numbering_part.element.iter(f"{{{W.split(chr(34))[1]}}}lvlText"):
        if level.get(level.keys()[0]).startswith("%1."):
            level.addprevious(parse_xml(f"<w:isLgl {W}/>"))
    for text, level in [("总则", 0), ("目的", 1), ("依据", 2), ("附则", 0), ("解释", 1)]:
        numbered(document, text, level, 78)
    assert [(section, label) for section, label, _, _ in sections(document, tmp_path)] == [
        ("1", "第一章"),
        ("1.1", "第一章1.1"),
        ("1.1.1", "第一章1.1.1"),
        ("2", "第二章"),
        ("2.1", "第二章2.1"),
    ]


def test_a_bold_heading_broken_by_a_line_break_is_one_and_its_text_is_not(document, tmp_path: Path) -> None:
    for text in ("一、坚持依法行政，\n全面履行职能", "二、问题\n（一）力量不足。"):
        document.add_paragraph().add_run(text).bold = True
    assert [title for _, _, title, _ in sections(document, tmp_path)] == ["坚持依法行政，全面履行职能", "问题", "力量不足"]


def test_a_list_of_chapters_whose_titles_stand_below_their_numbers_is_no_second_report(document, tmp_path: Path) -> None:
    for text in ("目录", "第一章　工作", "第二章　打算", LEAD, "第一章", "工作", "做了甲。", "第二章", "打算", "继续努力。"):
        document.add_paragraph(text)
    assert sections(document, tmp_path) == [("1", "第一章", "工作", "做了甲。"), ("2", "第二章", "打算", "继续努力。")]


def packed(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


def whole() -> bytes:
    file = io.BytesIO()
    made = docx.Document()
    made.add_paragraph("一、工作" * 50)
    made.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "holds no text"),
        (b"PK\x03\x04 rubbish", "cut short"),
        (b"some text", "cut short"),
        (whole()[:8_000], "cut short"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "old Word file or protected"),
        (packed(hello=b"x"), r"holds no word/document\.xml"),
        (packed(word__document_xml=b"<w:document>", **{"[Content_Types].xml": b"<Types/>"}), "is damaged"),
        (packed(word__document_xml=b"x" * 90_000_000), "unpacks to"),
        (packed(word__document_xml=b"x", word__media__a=b"x" * 310_000_000), "unpacks to"),
    ],
    ids=["empty", "cut header", "text", "truncated", "doc", "another zip", "broken xml", "bomb", "bomb of pictures"],
)
def test_a_damaged_file_is_refused_with_what_to_do(tmp_path: Path, raw: bytes, reason: str) -> None:
    path = tmp_path / "report.docx"
    path.write_bytes(raw)
    began = time.monotonic()
    with pytest.raises(InvalidSource, match=reason) as caught:
        read_paragraphs(path)
    assert caught.value.path == path
    assert time.monotonic() - began < 5


def test_entities_are_not_expanded(tmp_path: Path, document) -> None:
    path = tmp_path / "report.docx"
    document.save(str(path))
    bomb = (
        b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (98 + i, *([97 + i] * 8)) for i in range(20))
        + b"]>"
    )
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    xml = parts["word/document.xml"]
    head, _, rest = xml.partition(b"?>")
    parts["word/document.xml"] = head + b"?>" + bomb + rest.replace("取得新成效".encode(), b"&u;")
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    began = time.monotonic()
    with pytest.raises(InvalidSource, match="damaged"):
        read_paragraphs(path)
    assert time.monotonic() - began < 5
