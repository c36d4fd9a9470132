"""A document's particulars: 文号, 索引号, 发布机构 and dates, in the many layouts of government pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.numbering import parse_heading
from knowledge.paragraph import CELL_SEPARATOR, Paragraph

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
MAX_TITLE_CHARS = 80


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
            pieces = cut_line(line)
            if (len(pieces) > 1) is several:
                for piece in pieces:
                    _take(piece, fields, lines)
    if "文号" not in fields:
        for piece in (piece for paragraph in head for piece in cut_line(paragraph.text)):
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
        if waiting and not _begins_with_key(text) and len(text) < MAX_TITLE_CHARS and (_asks_title(waiting) or not is_title_line(text)):
            text = f"{waiting} {text}"
        waiting = text if _LONE_KEY.match(text) else ""
        if not waiting:
            lines.append(text)
    return lines


def _asks_title(key: str) -> bool:
    """Whether the value of *key* is a title; below an empty 文号 the report's title is no value."""
    return (_KEYS | _KEYS_WITH_COLON).get("".join(key.split()).strip(":：[]【】")) == "标题"


def cut_line(line: str) -> list[str]:
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


def is_title_line(text: str) -> bool:
    """Whether *text* may be a report's title, or the last line of it."""
    return (
        bool(_TITLE_WORD.search(text))
        and len(text) < MAX_TITLE_CHARS
        and not is_particular(text)
        and not re.search("[>＞»]", text)
        and text[-1] not in "。:：;；,，"
        and not parse_heading(text)
    )
