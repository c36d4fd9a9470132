"""What of a document is the report's body: after the particulars and the title, before the sign-off and the page's foot.

A government web page prints a metadata block, the title, the body, a sign-off and navigation; some print the block and the
body twice. Word and PDF files may begin with a table of contents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import InvalidSource
from knowledge.headings import find_headings, join_bare_numbers
from knowledge.numbering import NumberForm, parse_heading
from knowledge.paragraph import CELL_SEPARATOR, Paragraph, fold_space
from knowledge.particulars import is_particular, is_title_line

_NUMERAL_DATE = r"[〇○零一二三四五六七八九\d]{4}年[一二三四五六七八九十\d]{1,3}月[一二三四五六七八九十\d]{1,3}日"
DATE_LINE = re.compile(
    rf"^(?:[\u4e00-\u9fff]{{2,30}}(?:政府|委员会|办公室|局|厅|委|院|会|部)(?:[(（](?:代)?章[)）])?)?[(（]?{_NUMERAL_DATE}[)）]?$"
)
_DISCLOSURE = re.compile(r"^[(（]?此件.*公开(?:发布)?[)）]?$")
_ATTACHMENT = re.compile(r"^附\s*件\s*\d{0,2}\s*(?:[:：].*)?$|^附\s*(?:表|录)\s*\d{0,2}\s*(?:[:：].*)?$|^附[:：].+$")
#: What pages print around the text.
PAGE_FOOT = re.compile(
    r"^(?:[\[【]?(?:打印(?:本页)?|关闭(?:窗口|本页)?|返回(?:顶部|首页)?|收藏|字体)|上一[篇条]|下一[篇条]|相关(?:链接|文档|信息|阅读|稿件|解读)|扫一扫|分享(?:到|至)?|责任编辑|"
    r"编辑[:：]|来源[:：]|版权所有|主办(?:单位)?[:：]|承办(?:单位)?[:：]|网站(?:标识|地图|声明)|[\u4e00-\u9fff]?ICP备|.{0,2}公网安备|联系我们|关于我们|技术支持|政策解读[:：]?$|您(?:的)?位置)"
)
#: Whom the report is addressed to: 市人民政府： 主任、各位副主任、各位委员：
_SALUTATION = re.compile(r"^[\u4e00-\u9fff、,，（）() \u3000]{2,60}[:：]$")
_CONTENTS_TITLE = re.compile(r"^目\s*[录次]$")
_CONTENTS_LINE = re.compile(r"[.…·．。]{4,}\s*[-－—(（]?\s*\d{0,3}\s*[-－—)）]?$")
_PAGE_AT_END = re.compile(r"\s[-－—(（]?\d{1,3}[-－—)）]?$")
_LONG = 40
_SENTENCE = 25
#: Right above the first heading even a short sentence is the introduction's.
_SHORT_SENTENCE = 5


@dataclass(frozen=True, slots=True)
class PageParts:
    """The three parts that count.

    Attributes:
        head: Everything before the body: particulars, title, navigation.
        body: The body, once.
        sign_off: The issuer's name, date, list of attachments and note on disclosure that follow it.
    """

    head: tuple[Paragraph, ...]
    body: tuple[Paragraph, ...]
    sign_off: tuple[str, ...]


def split_page(path: Path, paragraphs: Sequence[Paragraph]) -> PageParts:
    """Find the body; a number that stands alone is put together with the title on the next line.

    Raises:
        InvalidSource: If there is none.
    """
    lines = join_bare_numbers(_without_contents(paragraphs))
    first = _first_heading(lines)
    start = _start(lines, first) if first is not None else _first_prose(lines)
    if start is None:
        raise InvalidSource(path, "", "holds no numbered part and no paragraph of text; is this the report?")
    end = _first_copy_end(lines, start, start if first is None else first)
    end, sign_off = _split_sign_off(lines, start, end)
    return PageParts(tuple(lines[:start]), tuple(lines[start:end]), tuple(sign_off))


def _without_contents(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """The paragraphs without a table of contents that gives page numbers."""
    kept: list[Paragraph] = []
    in_contents = False
    for paragraph in paragraphs:
        if _CONTENTS_TITLE.match(paragraph.text):
            in_contents = True
            continue
        in_contents = in_contents and bool(_PAGE_AT_END.search(paragraph.text) or _CONTENTS_LINE.search(paragraph.text))
        if (paragraph.is_row and not in_contents) or not (in_contents or _CONTENTS_LINE.search(paragraph.text)):
            kept.append(paragraph)
    return kept


def _first_heading(lines: Sequence[Paragraph]) -> int | None:
    """The report's first numbered paragraph: a part if it has parts, otherwise the first number 1 of any form."""
    headings = find_headings(lines)
    numbered = [(i, h.form) for i, h in enumerate(headings) if h and h.number == 1 and not h.above]
    parts = [i for i, form in numbered if form <= NumberForm.PART]
    first = parts[0] if parts else numbered[0][0] if numbered else None
    if first is None:
        return None
    if not any(is_title_line(p.text) for p in lines[:first]):  # a menu's entry: the text comes below the title
        first = next((i for i in parts if any(is_title_line(p.text) for p in lines[first:i] if not p.is_row)), first)
    # A list of headings in front of the text, all of which come again, is its table of contents.
    folded = [fold_space(p.text) for p in lines]
    again = next((i for i in range(first + 1, len(lines)) if folded[i] == folded[first]), None)
    if again is None:
        return first
    end = next((i for i in range(first, again) if not headings[i] or not _is_bare_heading(lines[i])), again)
    listed = end > first + 1 and not any(headings[end:again]) and set(folded[first:end]) <= set(folded[again:])
    return again if listed else first


def _is_bare_heading(paragraph: Paragraph) -> bool:
    return len(paragraph.text) < _LONG and "。" not in paragraph.text


def _start(lines: Sequence[Paragraph], first: int) -> int:
    """Where the prose that leads to the first heading begins."""
    start = first
    while start and not lines[start - 1].is_row and _is_prose(lines[start - 1], shortest=_SHORT_SENTENCE):
        start -= 1
    return start - 1 if start and start < first and _is_salutation(lines[start - 1]) else start


def _first_prose(lines: Sequence[Paragraph]) -> int | None:
    start = next((i for i, p in enumerate(lines) if _leads(p)), None)
    return start - 1 if start and _is_salutation(lines[start - 1]) else start


def _is_salutation(paragraph: Paragraph) -> bool:
    text = paragraph.text
    return bool(_SALUTATION.match(text)) and not (
        paragraph.is_row or is_particular(text) or PAGE_FOOT.match(text) or _ATTACHMENT.match(text)
    )


def _leads(paragraph: Paragraph) -> bool:
    return not paragraph.is_row and _is_prose(paragraph)


def _is_prose(paragraph: Paragraph, *, shortest: int = _SENTENCE) -> bool:
    text = paragraph.text
    leads_in = "如下" in text or "现将" in text
    ends = (text[-1] in "。:;：；" and (len(text) >= _LONG or leads_in)) or (text[-1] in "。!！" and len(text) >= shortest)
    ends = ends or text.endswith("如下")
    return ends and not is_particular(text) and not PAGE_FOOT.match(text)


def _first_copy_end(lines: Sequence[Paragraph], start: int, first: int) -> int:
    """Where the first copy of the body ends: before a second one, which may differ in white space, or the page's foot."""
    folded = [fold_space(p.text) for p in lines]

    def begins_again(i: int) -> bool:
        after = folded[first : first + 2]
        return folded[i] == folded[start] or (len(after) == 2 and folded[i : i + 2] == after)

    end = next((i for i in range(first + 1, len(lines)) if begins_again(i)), len(lines))
    before = set(folded[:start])  # the title and the particulars, printed again above the second copy
    while end > start + 1 and (folded[end - 1] in before or PAGE_FOOT.match(lines[end - 1].text)):
        end -= 1
    return next((i for i in range(first + 1, end) if PAGE_FOOT.match(lines[i].text) and not _text_goes_on(lines, i, end)), end)


def _text_goes_on(lines: Sequence[Paragraph], i: int, end: int) -> bool:
    """Whether a line like 分享 stands in the midst of the text rather than below it."""
    return any((h := parse_heading(p.text)) and h.form <= NumberForm.ARTICLE and not p.is_row for p in lines[i + 1 : end])


def _goes_on(before: Sequence[Paragraph], after: Sequence[Paragraph]) -> bool:
    """Whether the numbers of the report's parts go on after a line that only looks like its end."""
    headings = [h for p in before if not p.is_row and (h := parse_heading(p.text))]
    if not headings:
        return False
    top = min(h.form for h in headings)
    last = max(h.number for h in headings if h.form is top)
    following = next((h for p in after if not p.is_row and (h := parse_heading(p.text)) and h.form is top), None)
    return following is not None and following.number == last + 1


def _split_sign_off(lines: Sequence[Paragraph], start: int, end: int) -> tuple[int, list[str]]:
    """Where the body ends, and the lines (attachments, body, date, disclosure) that follow it."""
    texts = [p.text for p in lines]
    dates = [i for i in range(start + 1, end) if DATE_LINE.match(fold_space(texts[i]))]
    date = next((i for i in dates if not _goes_on(lines[start:i], lines[i + 1 : end])), None)
    listed = next((i for i in range(start + 1, end) if _ATTACHMENT.match(texts[i]) and not lines[i].is_row), None)
    if date is None:
        return (end, []) if listed is None else (listed, [])
    signs = (
        date - 1 > start
        and re.fullmatch(r"[^。:;：；]+", texts[date - 1])
        and not parse_heading(texts[date - 1])
        and (not lines[date - 1].is_row or (lines[date].is_row and CELL_SEPARATOR not in texts[date - 1]))
    )
    signer = (
        date - 1 if signs and len(texts[date - 1]) <= 40 and fold_space(texts[date])[0] in "〇○零一二三四五六七八九0123456789(（" else date
    )
    first = signer if listed is None or listed > date else min(listed, signer)
    if listed is not None and listed < date and date - listed > 20:  # whole attachments stand in front of the date
        return listed, texts[signer : date + 1]
    after = [texts[date + 1]] if date + 1 < end and _DISCLOSURE.match(texts[date + 1]) else []
    return first, [*texts[first : date + 1], *after]
