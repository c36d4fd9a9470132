"""The same report written as a text, web page, Word and PDF file, the way such files come.

A line is a paragraph's text, or a list of cells for a row of a table. ``**…**`` at a line's start is set bold.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt
from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

Line = str | list[str]
KINDS = ("txt", "html", "docx", "pdf")
TITLE = "星河市人民政府关于2021年法治政府建设情况的报告"
NUMBER = "星政文〔2022〕3号"
_BOLD, _STRONG = re.compile(r"[*]{2}(.*?)[*]{2}"), r"<strong>\1</strong>"

_PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{title}_星河市人民政府门户网站</title>
<meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="2022-01-20 09:30">
<style>.TRS_Editor p {{ text-indent: 2em }}</style><script>var a = "一、脚本里的标题";</script></head>
<body><!-- 一、注释里的标题 -->
<div class="header"><ul class="nav"><li><a href="/">首页</a></li><li><a href="/zw">政务公开</a></li><li><a href='/bs'>一、办事指南</a></li></ul></div>
<div class="breadcrumb">您的位置：<a>首页</a> &gt; <a>政务公开</a> &gt; 法治政府建设</div>
<table class="xxgk"><tr><td>索 引 号：</td><td>XH01-2022-0003</td><td>发布机构：</td><td>星河市人民政府</td></tr>
<tr><td>文&emsp;号：</td><td>{number}</td><td>生成日期：</td><td>2022-01-18</td></tr></table>
<h1>{title}</h1>
<div class="share">分享到： <a>微信</a> <a>微博</a></div>
<div id="zoom"><div class="TRS_Editor">
{body}
<p style="display:none">二、隐藏的标题。这一段没有人看得见。</p><template><p>三、模板里的标题</p></template>
</div></div>
<div class="related"><h3>相关链接</h3><ul><li><a href='/jd'>一、2020年法治政府建设情况的报告解读，说明全年的工作情况。</a></li></ul></div>
<div class="footer"><p>主办：星河市人民政府办公室 ICP备12345号。本站内容未经许可不得转载，违者必究，特此声明。</p></div>
</body></html>"""


def write_document(folder: Path, kind: str, lines: Sequence[Line], *, title: str = TITLE, number: str = NUMBER) -> Path:
    """Write ``report.KIND`` with *title*, *number* and the body *lines* into *folder*; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"report.{kind}"
    {"txt": _write_txt, "html": _write_html, "docx": _write_docx, "pdf": _write_pdf}[kind](path, lines, title, number)
    return path


def plain(line: str) -> str:
    """*line* without the marks of bold."""
    return line.replace("**", "")


def _write_txt(path: Path, lines: Sequence[Line], title: str, number: str) -> None:
    body = [plain(line) if isinstance(line, str) else " | ".join(line) for line in lines]
    path.write_text("\n\n".join([title, number, *(f"\u3000\u3000{line}" for line in body)]), encoding="utf-8")


def _write_html(path: Path, lines: Sequence[Line], title: str, number: str) -> None:
    body = []
    for is_row, group in groupby(lines, key=lambda line: isinstance(line, list)):
        if is_row:
            rows = ("".join(f"<td><p>{html.escape(cell)}</p></td>" for cell in row) for row in group)
            body.append("<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>")
        else:
            escaped = (html.escape(str(line)) for line in group)
            body += [f"<p>&#12288;&#12288;<span>{_BOLD.sub(_STRONG, line)}</span></p>" for line in escaped]
    path.write_text(_PAGE.format(title=title, number=number, body="\n".join(body)), encoding="utf-8")


def _write_docx(path: Path, lines: Sequence[Line], title: str, number: str) -> None:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "一、页眉里的字"
    document.sections[0].footer.paragraphs[0].text = "－ 1 －"
    document.add_heading(title, 0)
    document.add_paragraph(number)
    for is_row, group in groupby(lines, key=lambda line: isinstance(line, list)):
        if is_row:
            rows = list(group)
            table = document.add_table(len(rows), len(rows[0]))
            for cells, row in zip(rows, table.rows, strict=True):
                for text, cell in zip(cells, row.cells, strict=True):
                    cell.text = text
            continue
        for line in group:
            paragraph = document.add_paragraph()
            paragraph.paragraph_format.first_line_indent = Pt(24)
            for i, text in enumerate(str(line).split("**")):
                for part in (text[:2], text[2:]):  # Word cuts text into runs anywhere
                    if part:
                        paragraph.add_run(part).bold = i % 2 == 1 or None
    _delete_a_run(document.paragraphs[-1])
    document.save(str(path))


def _delete_a_run(paragraph: docx.text.paragraph.Paragraph) -> None:
    """A tracked deletion, which Word shows struck out or not at all."""
    deleted, run, text = OxmlElement("w:del"), OxmlElement("w:r"), OxmlElement("w:delText")
    text.text = "这一句已删除。"
    run.append(text)
    deleted.append(run)
    paragraph._p.append(deleted)
    assert deleted.tag == qn("w:del")


def _write_pdf(path: Path, lines: Sequence[Line], title: str, number: str) -> None:
    font = "STSong-Light"  # of Adobe's character collection: no font file is needed
    pdfmetrics.registerFont(UnicodeCIDFont(font))
    text = ParagraphStyle("text", fontName=font, fontSize=14, leading=22, firstLineIndent=28, wordWrap="CJK")
    centred = ParagraphStyle("centred", fontName=font, fontSize=18, leading=28, alignment=TA_CENTER, wordWrap="CJK")
    story = [
        Paragraph(html.escape(title), centred),
        Paragraph(html.escape(number), ParagraphStyle("number", parent=text, alignment=TA_CENTER)),
    ]
    for is_row, group in groupby(lines, key=lambda line: isinstance(line, list)):
        if is_row:
            grid = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("FONT", (0, 0), (-1, -1), font, 12)])
            story.append(Table([list(row) for row in group], style=grid))
        else:
            story += [Paragraph(html.escape(plain(str(line))), text) for line in group]

    def margins(canvas, template) -> None:
        canvas.setFont(font, 10)
        canvas.drawCentredString(A4[0] / 2, 30, f"－ {template.page} －")
        canvas.drawString(72, A4[1] - 40, "星河市人民政府文件")

    SimpleDocTemplate(str(path), pagesize=A4).build(story, onFirstPage=margins, onLaterPages=margins)
