"""Year, place, body and time of year of a question against a section: a clause on 2019 answers nothing about 2018."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from knowledge.entities import find_bodies, speaks_of
from knowledge.normalize import normalize_printed
from knowledge.records import Report, Section
from knowledge.tokenizer import plain_syllable

_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)(?=年|[^\d件人元%号]|$)")
_SHORT_YEAR = re.compile(r"(?<!\d)([12]\d)年(?!内|来|以)")
_RELATIVE_YEARS = {"明年": 1, "来年": 1, "下一年": 1, "前年": -1, "后年": 2}
_PERIOD = re.compile(r"第?[1-4一二三四]季度|上半年|下半年|[一二三四1-4]季度")
_MONTH = re.compile(r"(?<!\d)(1[0-2]|[1-9])月")
_TOWN = re.compile(r"([\u4e00-\u9fff]{2})(镇|乡(?!村|镇)|街道办?|县)(?![\u4e00-\u9fff]?[镇街])")
#: Characters of no town's name: 我在镇上, 哪个镇, 每个县.
_NOT_IN_NAMES = frozenset("我你他在哪个这那每各几是的里到了有没多少什么全本该某两一三把给向往从跟由让乡镇城各")
_SEPARATORS = "、,。;?! 和与及跟比"
#: Words that name a place wider than the report's own, but not one that is compared.
_GENERAL = frozenset({"中国", "中华", "国内", "当地", "本地", "永安"})


@cache
def place_names() -> frozenset[str]:
    """Names of provinces, cities and counties, without 省, 市, 县; see the head of the data file for their source."""
    lines = files("knowledge").joinpath("data/places.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(name for line in lines if not line.startswith("#") for name in line.split())


@cache
def _first_characters() -> frozenset[str]:
    return frozenset(name[0] for name in place_names())


_ELSEWHERE = re.compile(
    r"全国|全省|全世界|国外|外地|(?:别的?|其他|其它|兄弟|周边|隔壁|邻近|外)(?:县市|省市|城市|省份?|市(?!直|级|民|场|里)|县(?!级|直|里)|区(?!级|分|别))"
)
_MAX_NAME = 4


def _places_in(text: str) -> list[str]:
    """Place names in *text*, longest first at each position."""
    names, found, i = place_names(), _ELSEWHERE.findall(text), 0
    begins = _first_characters()
    while i < len(text):
        if text[i] not in begins:
            i += 1
            continue
        length = next((n for n in range(_MAX_NAME, 1, -1) if text[i : i + n] in names), 0)
        if length:
            found.append(text[i : i + length])
        i += length or 1
    return found


@dataclass(frozen=True, slots=True)
class Qualifiers:
    """What narrows a question.

    Attributes:
        years: Four-digit years.
        periods: Quarters, half-years and months as written.
        places: Place names other than the report's own.
        bodies: Bodies named, under their first names; none when the question leaves a choice of them (A还是B).
    """

    years: tuple[int, ...] = ()
    periods: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.years or self.periods or self.places or self.bodies)


def find_qualifiers(text: str, *, home: str, cut: Callable[[str], Sequence[str]], year: int | None = None) -> Qualifiers:
    """Read the qualifiers of normalized *text*.

    Args:
        text: Normalized text.
        home: The report's own place, which narrows nothing.
        year: The report's year, by which 前年 and 明年 are reckoned; None to leave such words aside. 去年 is left aside too: it
            is said of the report's own year as often as of the one before.
        cut: Cuts a text into words; tells 西洋镇 from 里归镇 (村里归镇上管), and 开原 from 公开原则.
    """
    without_documents = re.sub(r"《[^》]*》", "", text)
    years = [int(y) for y in _YEAR.findall(without_documents)]
    years += [2000 + int(y) for y in _SHORT_YEAR.findall(without_documents)]
    years += [year + distance for word, distance in _RELATIVE_YEARS.items() if year and word in text]
    periods = _PERIOD.findall(text) + [f"{m}月" for m in _MONTH.findall(text)]
    named = [p for p in _places_in(text) if p != home and p not in _GENERAL]
    towns = list(_TOWN.finditer(text))
    words = set(cut(text)) if named or towns else set()  # few questions name a place; the others need no cutting
    places = [p for p in named if _stands_alone(p, text, words)]
    places += [
        m[0]
        for m in towns
        if m[1] != home and not _NOT_IN_NAMES & set(m[1]) and (m[1] in words or m[0] in words or _starts_phrase(text, m.start()))
    ]
    bodies = () if "还是" in text else tuple(find_bodies(text))
    return Qualifiers(tuple(dict.fromkeys(years)), tuple(dict.fromkeys(periods)), tuple(dict.fromkeys(places)), bodies)


def _stands_alone(place: str, text: str, words: set[str]) -> bool:
    """Whether a place name is a word of the text, or is said to be a place: 大田县."""
    return place in words or len(place) > 2 or any(place + level in text for level in "省市县区") or text.startswith(place)


def _starts_phrase(text: str, place: int) -> bool:
    return place == 0 or text[place - 1] in _SEPARATORS


def section_years(section: Section, report: Report) -> set[int]:
    """Years a section speaks of: those it names, else those of the headings above it, else the report's."""
    named = {int(y) for y in re.findall(r"(?:19|20)\d\d", section.text + section.title)}
    if section.parent is None and section.kind in {"meta", "preamble"}:
        return named
    above = report.section(section.id.split(".")[0])
    heading = {int(y) for y in re.findall(r"(?:19|20)\d\d", above.title)} if above else set()
    return named | (heading or ({report.year} if report.year else set()))


def _names(text: str, place: str) -> bool:
    """Whether *text* names *place*, a sound-alike of it counted: 曹元镇 is 曹远镇 mistyped."""
    if place in text:
        return True
    sounds, length = [plain_syllable(char) for char in place], len(place)
    ends = (m.start() for m in re.finditer(re.escape(place[-1]), text))
    return any([plain_syllable(char) for char in text[end + 1 - length : end + 1]] == sounds for end in ends if end + 1 >= length)


def conflicts(qualifiers: Qualifiers, section: Section, report: Report) -> tuple[str, ...]:
    """What the question asks for that the section does not speak of, as words to show; () when all agree."""
    if not qualifiers:
        return ()
    text = normalize_printed(section.text)
    years = section_years(section, report)
    found = [f"{year}年" for year in qualifiers.years if year not in years]
    found += [period for period in qualifiers.periods if period not in text]
    found += [place for place in qualifiers.places if not _names(section.title + section.text, place)]
    found += [body for body in qualifiers.bodies if not speaks_of(section.title + section.text, body)]
    return tuple(found)
