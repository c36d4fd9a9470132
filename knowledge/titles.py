"""What a report's title says: the place it is about, the year, and what kind of report it is."""

from __future__ import annotations

import re
from functools import lru_cache

_LEAD = re.compile(r"(?:关于|中共)?(?:(?:19|20)\d\d年?度?)?(?:关于)?")
_AREA = re.compile(r"([\u4e00-\u9fff]{1,6}?)(省|市|县|区|镇|乡|街道)")
#: Below a place its level is not part of a word that goes on: 文化市场, 住房和城乡建设, 县域经济.
_AREA_BELOW = re.compile(
    r"([\u4e00-\u9fff]{1,6}?)(市(?![场容级域]|政[工管园公设])|县(?![域级])|区(?![域划块级])|镇(?!域)|乡(?![村镇建土规愁])|街道)"
)
#: What may follow a place and looks like another below it: 永安市城市管理局, 永安市乡镇街道.
_NO_AREA = re.compile(r"(?:人民|政府|市场|城市|城镇|城乡|乡镇|社区|街道|地区|园区|关于|委员|办公|司法)")
#: Years of a title, not those of a plan or a law that it names in 《》 or (2015—2020).
_YEAR = re.compile(r"((?:19|20)\d\d)年?")
#: 二〇二〇年; zero is written in three ways.
_SPELLED_YEAR = re.compile(r"([一二][〇○零九][〇○零一二三四五六七八九]{2})年")
_DIGITS = "〇一二三四五六七八九"
_ZEROS = str.maketrans("○零", "〇〇")
_YEARS = re.compile(r"[(〔]?(?:19|20)\d\d(?:[—\-至](?:19|20)?\d\d)?年?度?[)〕]?")
_GOVERNMENT = re.compile(r"^(?:人民政府|政府(?=办公|\d|关于)|市委|县委|区委)?(?:办公[室厅])?(?:街道)?(?:办事处)?")
#: A body below the government that reports on itself.
_BODY = re.compile(r"^([\u4e00-\u9fff]{2,14}?(?:局|委员会|委|办|中心|法院|检察院))(?=\d|关于)")
_NAME_OF_FORM = re.compile(r"(?:的|年度|工作|情况|总结|报告|年报|意见|要点|及其?)+$")
#: One kind under the names it has had. 依法行政 reports have been called 法治政府建设 since the outline of 2015
#: (中共中央、国务院《法治政府建设实施纲要(2015—2020年)》); the other follows 政府信息公开条例, article 49.
_FAMILIES = (("法治政府", "法治政府建设"), ("依法行政", "法治政府建设"), ("信息公开", "政府信息公开"))


@lru_cache(maxsize=4096)
def find_areas(title: str) -> tuple[str, ...]:
    """The places that *title* begins with, each with its level, the widest first: 福建省, 三明市, 永安市; () for none.

    The last one is what the report is about; the others only say where it lies.
    """
    areas: list[str] = []
    at = _end_of_lead(title)
    while match := (_AREA_BELOW if areas else _AREA).match(title, at):
        if areas and _NO_AREA.match(title, at):
            break
        areas.append(match[0])
        at = match.end()
    return tuple(areas)


def _end_of_lead(title: str) -> int:
    lead = _LEAD.match(title)
    return lead.end() if lead else 0


def place_of(area: str) -> str:
    """The name of a place without its level: 永安 for 永安市; a name of one character keeps it: 沙县."""
    name = re.sub(r"(?:省|市|县|区|镇|乡|街道)$", "", area)
    return name if len(name) > 1 else area


def find_year(title: str) -> int | None:
    """The year that *title* names, or None."""
    if year := _YEAR.search(title):
        return int(year[1])
    spelled = _SPELLED_YEAR.search(title)
    return int("".join(str(_DIGITS.index(char)) for char in spelled[1].translate(_ZEROS))) if spelled else None


def place_and_year(title: str) -> tuple[str, int | None]:
    """The place a report of this *title* is about, without its level, empty when it names none; and the year, None for none."""
    areas = find_areas(title)
    return (place_of(areas[-1]) if areas else ""), find_year(title)


@lru_cache(maxsize=4096)
def find_kind(title: str) -> str:
    """What kind of report *title* names, the same from year to year: 法治政府建设, 政府信息公开, 优化营商环境; empty when it names none.

    The report of a body below the government is of a kind of its own: 城市管理局法治政府建设.
    """
    at = _end_of_lead(title)
    rest = title[at + sum(map(len, find_areas(title))) :]
    rest = _GOVERNMENT.sub("", rest)
    body = match[1] if (match := _BODY.match(rest)) else ""
    bare = _NAME_OF_FORM.sub("", _YEARS.sub("", rest.removeprefix(body)).replace("关于", "").strip("《》()〔〕 "))
    if "政府工作报告" in title:
        bare = "政府工作"
    return body + next((kind for word, kind in _FAMILIES if word in bare), bare)
