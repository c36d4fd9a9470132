"""A document's particulars: 文号, 索引号, 发布机构, dates and title, in the many layouts of government pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.numbering import parse_heading
from knowledge.paragraph import CELL_SEPARATOR, Paragraph
from knowledge.titles import place_and_year

#: Keys as pages print them -> the particular they give. Those with a colon only are ordinary words otherwise.
_KEYS = {
    "索引号": "索引号",
    "信息索引号": "索引号",
    "文号": "文号",
    "发文字号": "文号",
    "文件编号": "文号",
    "发布机构": "发布机构",
    "发布机关": "发布机构",
    "发布单位": "发布机构",
    "发文机关": "发布机构",
    "发文机构": "发布机构",
    "发文单位": "发布机构",
    "制发机关": "发布机构",
    "公开主体": "发布机构",
    "生成日期": "生成日期",
    "成文日期": "成文日期",
    "发文日期": "发文日期",
    "印发日期": "印发日期",
    "公开日期": "公开日期",
    "发布时间": "发布时间",
    "发布日期": "发布日期",
    "标题": "标题",
    "有效性": "有效性",
    "公文时效": "有效性",
    "主题词": "主题词",
    "主题分类": "主题分类",
    "公开方式": "公开方式",
    "公开类别": "公开类别",
}
_KEYS_WITH_COLON = {
    "名称": "标题",
    "信息名称": "标题",
    "文件名称": "标题",
    "来源": "来源",
    "信息来源": "来源",
    "关键词": "关键词",
    "时间": "发布时间",
    "录入时间": "发布时间",
    "更新时间": "发布时间",
    "公布日期": "公布日期",
}

#: What pages print on the same line that is no particular.
_NO_PARTICULAR = (
    "浏览次数",
    "浏览量",
    "访问量",
    "访问次数",
    "阅读次数",
    "点击数",
    "点击量",
    "点击率",
    "字体",
    "字号",
    "作者",
    "责任编辑",
    "打印",
    "分享",
)


def _spaced(keys: Sequence[str]) -> str:
    """Alternatives, longest first; pages print 索 引 号 with spaces."""
    return "|".join(r"\s*".join(key) for key in sorted(keys, key=len, reverse=True))


_ANY_KEY = _spaced([*_KEYS, *_KEYS_WITH_COLON])
_LINE = re.compile(
    rf"^[\[【]?(?:({_spaced(list(_KEYS))})[\]】]?\s*[:：]?|({_spaced(list(_KEYS_WITH_COLON))})[\]】]?\s*[:：])\s*([^\s:：].*)$"
)
_LONE_KEY = re.compile(rf"^[\[【]?({_ANY_KEY})[\]】]?\s*[:：]?$")
_FURTHER_KEY = re.compile(
    rf"(?:(?<=[\s|\d号])|^)[\[【]?(?={_spaced(list(_KEYS))}|(?:{_spaced(list(_KEYS_WITH_COLON))})[\]】]?\s*[:：]|(?:{_spaced(_NO_PARTICULAR)})\s*[:：到]|您是第)"
)
_DOCUMENT_NUMBER = re.compile(
    r"^([\u4e00-\u9fff]{1,12}\s*[〔\[［(（【]\s*(?:19|20)\d\d\s*[〕\]］)）】]\s*第?\s*\d{1,5}\s*号)(?:\s*(?:签发人.*)?)$"
)
_TITLE_WORD = re.compile(r"报告|情况|总结|報告|情況|總結|意见|要点|计划|方案|规划|公报|汇报|公告|通报|年报|白皮书")
_ISSUER_LINE = re.compile(r"^[\u4e00-\u9fff]{2,30}(?:政府|委员会|办公室|局|厅|委|院|会|部)$")
_PLACE = re.compile(r"(?:[\u4e00-\u9fff]{2,3}省)?([\u4e00-\u9fff]{1,6}?)(?:市|县|区|省|镇|乡|州|盟|旗)")
_MAX_TITLE_CHARS = 80
_DATE = (
    r"(?:(?:19|20)\d\d|[二〇○零一九三四五六七八]{4})\s?年\s?[\d一二三四五六七八九十]{1,3}\s?月(?:\s?[\d一二三四五六七八九十]{1,3}\s?日)?"
)
#: What stands between title and text: ——2021年1月18日在…会议上, 市长 周启明, the issuer's name on a cover.
_DELIVERED = re.compile(rf"^[(（—―⸺-]*\s*{_DATE}(?:\s?在.{{4,50}})?[)）]?$")
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d[-/年.]\d{1,2}[-/月.]\d{1,2}日?(?: \d{1,2}:\d\d(?::\d\d)?)?")
_SPEAKER = re.compile(
    r"^[\u4e00-\u9fff（）()]{0,30}(?:省长|市长|县长|区长|州长|旗长|镇长|乡长|主席|主任|局长|厅长|院长|检察长|部长|书记|秘书长)"
    r"[)）]?\s*(?!信箱|热线|之窗|活动|讲话|专栏)[\u4e00-\u9fff·](?:\s*[\u4e00-\u9fff·]){1,5}$"
)
#: The site's or the paper's own name above a title is no part of it.
_MASTHEAD = re.compile(r"文件$|公报$|网$|网站|门户|首页|专栏|公开目录|[>＞|»]|^第.{1,6}[期号]")


def is_particular(text: str) -> bool:
    """Whether *text* is a line of particulars."""
    return _begins_with_key(text) or bool(_DOCUMENT_NUMBER.match(text))


def _begins_with_key(text: str) -> bool:
    return bool(_LINE.match(text) or _LONE_KEY.match(text))


def read_particulars(head: Sequence[Paragraph]) -> tuple[dict[str, str], list[str]]:
    """Fields by the particular's usual key, and their printed lines, each field once.

    A page that prints the block twice prints one copy with several fields a line; the line with a single field wins.
    """
    fields: dict[str, str] = {}
    lines: dict[str, str] = {}
    for several in (False, True):
        for line in _lines(head):
            pieces = _pieces(line)
            if (len(pieces) > 1) is several:
                for piece in pieces:
                    _take(piece, fields, lines)
    if "文号" not in fields:
        for piece in (piece for paragraph in head for piece in _pieces(paragraph.text)):
            if match := _DOCUMENT_NUMBER.match(piece):
                fields["文号"] = "".join(match[1].split())
                lines["文号"] = match[1]
                break
    return fields, list(lines.values())


def _lines(head: Sequence[Paragraph]) -> list[str]:
    """Head lines; a key that stands alone is joined to the value below it."""
    lines: list[str] = []
    waiting = ""
    for paragraph in head:
        text = paragraph.text
        if waiting and not _begins_with_key(text) and len(text) < _MAX_TITLE_CHARS and (_asks_title(waiting) or not _is_title_line(text)):
            text = f"{waiting} {text}"
        waiting = text if _LONE_KEY.match(text) else ""
        if not waiting:
            lines.append(text)
    return lines


def _asks_title(key: str) -> bool:
    """Whether the value of *key* is a title; below an empty 文号 the report's title is no value."""
    return (_KEYS | _KEYS_WITH_COLON).get("".join(key.split()).strip(":：[]【】")) == "标题"


def _pieces(line: str) -> list[str]:
    """*line* cut before every further key; table cells become ``key value``."""
    if CELL_SEPARATOR.strip() in line:
        cells = [cell.strip() for cell in line.split(CELL_SEPARATOR.strip())]
        pairs, i = [], 0
        while i < len(cells):
            if _LONE_KEY.match(cells[i]) and i + 1 < len(cells) and not _begins_with_key(cells[i + 1]):
                pairs.append(f"{cells[i]} {cells[i + 1]}")
                i += 1
            elif cells[i]:
                pairs.append(cells[i])
            i += 1
        return pairs
    starts = [match.start() for match in _FURTHER_KEY.finditer(line)]
    return [line[a:b].strip() for a, b in zip([0, *starts], [*starts, len(line)], strict=True) if line[a:b].strip()]


def _take(piece: str, fields: dict[str, str], lines: dict[str, str]) -> None:
    match = _LINE.match(piece)
    if not match:
        return
    printed, value = "".join((match[1] or match[2]).split()), match[3]
    key = (_KEYS | _KEYS_WITH_COLON)[printed]
    if key == "有效性":  # a drop-down: the chosen value first, then all choices
        value = value.split()[0]
        piece = piece[: match.start(3)] + value
    if key in fields or value.strip(" -—/无|") == "":
        return
    fields[key] = value
    lines[key] = piece


def read_subtitle(head: Sequence[Paragraph]) -> list[str]:
    """Lines between the title and the text that say who gave the report, when and where."""
    texts = [p.text for p in head if not p.is_row]
    at = _title_line(texts)
    below = texts if at is None else texts[at + 1 :]
    pieces = [piece for text in below for piece in _pieces(text)]
    found = [piece for piece in pieces if _DELIVERED.match(piece) or _SPEAKER.match(piece) or _ISSUER_LINE.match(piece)]
    dates = [m[0] for text in below if len(text) < _MAX_TITLE_CHARS and not is_particular(text) and (m := _DAY.search(text))]
    return found if any(re.search(_DATE, line) for line in found) else [*found, *dates[:1]]


def find_title(head: Sequence[Paragraph]) -> str:
    """The title printed before the body, put together when it takes two or three lines; empty when there is none."""
    texts = [p.text for p in head]
    at = _title_line(texts)
    if at is None:
        return ""
    title, above = texts[at], at - 1
    while above >= 0 and len(title) < _MAX_TITLE_CHARS and _continues(texts[above], title):
        title = texts[above] + title
        above -= 1
    return title


def _title_line(texts: Sequence[str]) -> int | None:
    return next((i for i in range(len(texts) - 1, -1, -1) if _is_title_line(texts[i])), None)


def _is_title_line(text: str) -> bool:
    return (
        bool(_TITLE_WORD.search(text))
        and len(text) < _MAX_TITLE_CHARS
        and not is_particular(text)
        and not re.search("[>＞»]", text)
        and text[-1] not in "。:：;；,，"
        and not parse_heading(text)
    )


def _continues(above: str, title: str) -> bool:
    """Whether *title* is the second line of a title that begins with *above*."""
    if is_particular(above) or title == above or _MASTHEAD.search(above) or above[-1] in "。:：;；,，!！":
        return False
    if place_and_year(above)[0] and not place_and_year(title)[0] and len(above) <= _MAX_TITLE_CHARS // 2 and not _ISSUER_LINE.match(above):
        return True
    begun = re.match(r"关于|(?:19|20)\d\d年|[〇零一二三四五六七八九]{4}年", title)
    return bool(_ISSUER_LINE.match(above) and begun) or bool(
        re.match(r"(?:工作|情况|年度|的)?(?:的)?(?:工作|情况)*(?:报告|总结)$", title) and above[-1] not in "。:："
    )
