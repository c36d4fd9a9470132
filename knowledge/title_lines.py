"""The title printed before the body, on one line or several, and the lines below it: who gave the report, when and where."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.paragraph import Paragraph
from knowledge.particulars import MAX_TITLE_CHARS, cut_line, is_particular, is_title_line
from knowledge.titles import place_and_year

_ISSUER_LINE = re.compile(
    r"^[\u4e00-\u9fff]{2,30}(?:政府|委员会|办公[室厅]|局|厅|委|院|会|部|署|处|组|中心|大队|支队|公司|镇|乡|街道|人大)$"
)
#: The site's or the paper's own name above a title is no part of it.
_MASTHEAD = re.compile(r"文件$|公报$|网$|网站|门户|首页|专栏|公开目录|[>＞|»]|^第.{1,6}[期号]|(?:19|20)\d\d年\s?第\s?\d{1,3}\s?[期号]")
#: A line that only the second of a title begins with, and the end of a title that is short of a beginning.
_CARRIES_ON = re.compile(r"[和及与暨的、]|并(?=[^州])|(?:工作|情况|年度)*(?:的)?(?:工作|情况)*(?:报告|总结)$")
_BEGINS = re.compile(r"关于|(?:19|20)\d\d年|[〇○零一二三四五六七八九]{4}年")
#: A title that names what it is about and does not yet say what it is.
_UNFINISHED = re.compile(r"关于(?!.*(?:报告|公告|公报|总结|通报|意见|说明)$)")
_DATE = (
    r"(?:(?:19|20)\d\d|[二〇○零一九三四五六七八]{4})\s?年\s?[\d一二三四五六七八九十]{1,3}\s?月(?:\s?[\d一二三四五六七八九十]{1,3}\s?日)?"
)
_DELIVERED = re.compile(rf"^[(（—―⸺-]*\s*{_DATE}(?:\s?在.{{4,50}})?[)）]?$")
#: The number of a bulletin: 2023年第1号（总第58号）.
_ISSUE = re.compile(r"^(?:19|20)\d\d年\s?第?\s?\d{1,3}\s?号(?:[(（]总第?\d{1,5}[号期][)）])?$")
_MEETING = re.compile(r"^.{4,40}(?:会议|大会)上?[)）]?$")
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d[-/年.]\d{1,2}[-/月.]\d{1,2}日?(?: \d{1,2}:\d\d(?::\d\d)?)?")
_SPEAKER = re.compile(
    r"^[\u4e00-\u9fff（）()、]{0,30}(?:省长|市长|县长|区长|州长|旗长|镇长|乡长|主席|主任|局长|厅长|院长|检察长|组长|部长|书记|秘书长)"
    r"[)）]?\s*(?!信箱|热线|之窗|活动|讲话|专栏)[\u4e00-\u9fff·](?:\s*[\u4e00-\u9fff·]){1,5}$"
)


def find_title(head: Sequence[Paragraph]) -> str:
    """The title printed before the body, put together when it takes two or three lines; empty when there is none."""
    texts = [p.text for p in head]
    at = _last_line(texts)
    if at is None:
        return ""
    title, above = texts[at], at - 1
    while above >= 0 and len(title) < MAX_TITLE_CHARS and (texts[above] == title or _continues(texts[above], title)):
        title = title if texts[above] == title else texts[above] + title
        above -= 1
    return title


def read_subtitle(head: Sequence[Paragraph]) -> list[str]:
    """Lines between the title and the text that say who gave the report, when and where."""
    texts = [p.text for p in head if not p.is_row]
    at = _last_line(texts)
    below = texts if at is None else texts[at + 1 :]
    found: list[str] = []
    waiting = False  # the place of a meeting may go on in the next line
    for piece in (piece for text in below for piece in cut_line(text)):
        goes_on = waiting and _MEETING.match(piece)
        if goes_on or _DELIVERED.match(piece) or _ISSUE.match(piece) or _SPEAKER.match(piece) or _ISSUER_LINE.match(piece):
            found.append(piece)
        waiting = bool(_DELIVERED.match(piece)) and "在" in piece and not re.search(r"上[)）]?$", piece)
    if any(re.search(_DATE, line) for line in found):
        return found
    days = [match[0] for text in below if len(text) < MAX_TITLE_CHARS and not is_particular(text) and (match := _DAY.search(text))]
    return [*found, *days[:1]]


def _last_line(texts: Sequence[str]) -> int | None:
    """Where the title's last line stands."""
    return next((i for i in range(len(texts) - 1, -1, -1) if is_title_line(texts[i])), None)


def _continues(above: str, title: str) -> bool:
    """Whether *title* is the second line of a title that begins with *above*."""
    if is_particular(above) or _MASTHEAD.search(above) or above[-1] in "。:：;；,，!！":
        return False
    if _ISSUER_LINE.match(above):
        return bool(_BEGINS.match(title))
    if len(above) > MAX_TITLE_CHARS // 2:
        return False
    names_place = bool(place_and_year(above)[0]) and not place_and_year(title)[0]
    return names_place or bool(_UNFINISHED.search(above)) or bool(_CARRIES_ON.match(title))
