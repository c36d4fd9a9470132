"""A section asked for by its number or its title, and the table of contents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz, process

from knowledge.aspect import part_on
from knowledge.normalize import fold, fold_printed, strip_wrappers
from knowledge.numbering import chinese_to_int, find_reference, section_id, section_label
from knowledge.records import Report, Section, SectionKind

_CONTENTS = re.compile(
    r"目录|目次|大纲|提纲|章节|(?:报告|文件|材料|全文|总共|一共|它|这份)?[^,。]{0,6}(?:分|有|包括|分成|分为)(?:了)?(?:哪)?几(?:个|大)*(?:部分|大块|块|章|大点)"
    r"|(?:有|分)哪(?:些|几个)(?:大)?(?:部分|章节)|(?:整体|总体)?(?:结构|框架)(?:是|怎么)|(?:列|所有|全部).{0,6}标题"
)
_COUNT_CHILDREN = re.compile(r"(?:有|分|包括|下面|一共|总共).{0,4}(?:几|多少|哪些|哪几)(?:个)?(?:条|点|项|节|部分|小点|小节|款)|几[条点项]")
_LAST = re.compile(
    r"(?:最后|末尾|最末)(?:一|的?那一?)?个?(?:大?部分|条|点|项|节|章)|倒数第([一二三四五六七八九1-9])个?(?:大?部分|条|点|项|节|章)"
)
_NTH = re.compile(r"第([一二三四五六七八九1-9])个?(?:条|点|项|节|款)?(?:问题|意见)?")
_TAIL = re.compile(r"末段|最后一段|末尾那段|末尾一段")
_OPENING = re.compile(r"^(?:导语|导言|前言|引言|开头|序言|开场白|第一段)(?:部分|那段|原文|全文|怎么说的?|说了?什么|讲了?什么|的?内容)?$")
#: What people put around a number or a title when they want the section read out.
_ASIDE = re.compile(
    r"原文|全文|原话|内容|条款|正文|念(?:给我听|一下|念)?|读(?:给我听|一下)?|发(?:给)?我|贴出来|给我看看?|看看|打开|显示|调出来|请把|请|把|帮我|一下|完整的?|"
    r"(?:这|那)?(?:一)?(?:大)?(?:部分|条|点|节|段|项|章|块)|(?:是|讲|说|写)(?:的|了)?(?:些)?(?:什么|啥)(?:内容)?|怎么(?:说|写|讲)的?|说的是(?:什么|啥)|"
    r"(?:具体)?(?:有|包括)(?:哪些|什么)内容|有什么|是啥|的|吗|呢|吧|给我|我要|我想|看|查|报告|里|中|关于|标题|叫|/section|/toc"
)
_POINTS = re.compile(r"(?:[这那]一?(?:部分|条|点|节|段|项)|原文|全文)$")
_ALONE = re.compile(r"^([一二三四五六七八九十]{1,2})[、.]?$")
_MAY_BE_LABEL = re.compile(r"[第一二三四五六七八九十\d(]")
_DEEPER = re.compile(r"[\d(第一二三四五六七八九十]")
_UNPRINTED = frozenset({SectionKind.META, SectionKind.PREAMBLE, SectionKind.TAIL})
_MIN_TITLE_CHARS = 4
_TITLE_SCORE = 88.0
#: Longer words before an ordinal say more than which side of the matter is meant.
_MAX_SIDE_CHARS = 8


@dataclass(frozen=True, slots=True)
class Address:
    """A place in the report that was asked for.

    Attributes:
        section: The section; None for the table of contents and for numbers that do not exist.
        contents: Whether the table of contents was asked for.
        wanted: The number as the report would print it, when it does not exist.
        nearest: The closest section above the missing number, or None.
        by_number: Whether it was asked for by number rather than by title.
    """

    section: Section | None = None
    contents: bool = False
    wanted: str = ""
    nearest: Section | None = None
    by_number: bool = True


def resolve_address(text: str, report: Report) -> Address | None:
    """Read *text* as a request for a section; None when it is a question like any other."""
    folded = fold(text)
    if len(folded) > 60:
        return None
    if offered := next((s for s in report.sections if folded == fold_printed(f"{s.label} {s.title}")), None):
        return Address(offered)
    if found := _last_of(folded, report) or _nth_under_title(folded, report):
        return Address(found)
    if alone := _ALONE.match(folded):
        return _by_path((chinese_to_int(alone[1]),), report, tail=False)
    if labelled := _by_label(strip_wrappers(folded), report):
        return Address(labelled)
    reference = find_reference(folded)
    if reference:
        left = folded[: reference.start] + folded[reference.end :]
        bare = _bare(left)
        address = _by_path(reference.path, report, tail=bool(_TAIL.search(folded)))
        numbered = _numbered(report)
        if address.wanted and not (numbered and all(map(_is_usual, numbered))):  # it prints other forms: repeat what was asked for
            address = replace(address, wanted=folded[reference.start : reference.end])
        named = bool(address.section and bare in fold_printed(address.section.title))
        return address if _COUNT_CHILDREN.search(left) or len(bare) <= 2 or named else None
    if _CONTENTS.search(folded) and len(_bare(_CONTENTS.sub("", folded))) <= 3:
        return Address(contents=True)
    if unprinted := next((s for s in report.sections if s.label == folded and s.kind in _UNPRINTED), None):
        return Address(unprinted)
    if _OPENING.match(strip_wrappers(folded)):
        return Address(next((s for s in report.sections if s.kind is SectionKind.PREAMBLE), None))
    titled = _by_title(folded, report)
    return Address(titled, by_number=False) if titled else None


def _by_label(text: str, report: Report) -> Section | None:
    """The section whose label or id *text* begins with, where that is deeper or of other forms than the usual 一、(四)1."""
    if not _MAY_BE_LABEL.match(text):
        return None
    numbered = [s for s in _numbered(report) if not _is_usual(s)]
    named = [(fold_printed(name).rstrip("、"), s) for s in numbered for name in (s.label, s.id)]
    for name, section in sorted(named, key=lambda pair: -len(pair[0])):
        if text.startswith(name):
            rest = text[len(name) :].lstrip("、. ")
            bare = _bare(rest)
            goes_on = _DEEPER.match(rest) is not None
            if not bare or (len(bare) <= 2 and not goes_on) or (len(bare) > 1 and bare in fold_printed(section.title)):
                return section
    return None


def _numbered(report: Report) -> list[Section]:
    return [s for s in report.sections if s.kind not in _UNPRINTED]


def _is_usual(section: Section) -> bool:
    numbers = section.id.split(".")
    return len(numbers) <= 3 and all(map(str.isdecimal, numbers)) and section.label == section_label(tuple(map(int, numbers)))


def _by_path(path: tuple[int, ...], report: Report, *, tail: bool) -> Address:
    full = path if path[0] else _fill_part(path, report)
    wanted = section_id(full)
    found = report.section(f"{wanted}.tail") if tail else None
    found = found or report.section(wanted)
    if found:
        return Address(found)
    above = next((s for n in range(len(full) - 1, 0, -1) if (s := report.section(section_id(full[:n])))), None)
    return Address(wanted=section_label(full), nearest=above)


def _fill_part(path: tuple[int, ...], report: Report) -> tuple[int, ...]:
    """A number without its part, such as (六)5: the first part that has it."""
    parts = [s for s in report.sections if s.kind is SectionKind.PART]
    for part in parts:
        candidate = (int(part.id), *path[1:])
        if report.section(section_id(candidate)):
            return candidate
    return (1, *path[1:])


def _last_of(text: str, report: Report) -> Section | None:
    match = _LAST.search(text)
    if not match:
        return None
    if len(_bare(text.replace(match[0], ""))) > 6 and not _by_title(text[: match.start()], report):
        return None
    back = "一二三四五六七八九".find(match[1]) + 1 or int(match[1]) if match[1] else 1
    reference = find_reference(text[: match.start()])
    titled = _by_title(text[: match.start()], report)
    whole_part = "部分" in match[0] or "章" in match[0]
    if reference:
        pool = [s for s in report.sections if s.parent == section_id(reference.path) and s.kind is not SectionKind.TAIL]
    elif titled:
        pool = [s for s in report.sections if s.parent == titled.id and s.kind is not SectionKind.TAIL]
    elif whole_part:
        pool = [s for s in report.sections if s.kind is SectionKind.PART]
    else:
        parents = {s.parent for s in report.sections}
        numbered = {SectionKind.ARTICLE, SectionKind.ITEM}
        pool = [s for s in report.sections if s.kind in numbered and s.id not in parents]
    return pool[-back] if 0 < back <= len(pool) else None


@lru_cache(maxsize=4096)
def _without_asides(title: str) -> str:
    return _ASIDE.sub("", title)


def _bare(text: str) -> str:
    return _ASIDE.sub("", strip_wrappers(text)).strip(" ,。?!、:;“”\"'")


def _nth_under_title(text: str, report: Report) -> Section | None:
    """存在问题的第三点, 明年打算的第二条: the third, second below the heading that is named, or below the part on that side."""
    match = _NTH.search(text)
    if not match or find_reference(text[: match.start()]):
        return None
    before = text[: match.start()]
    above = _by_title(before, report) or (part_on(before, report) if len(_bare(before)) <= _MAX_SIDE_CHARS else None)
    if above is None or _bare(text[match.end() :]):
        return None
    number = "一二三四五六七八九".find(match[1]) + 1 or int(match[1])
    pool = [s for s in report.sections if s.parent == above.id and s.kind is not SectionKind.TAIL]
    return pool[number - 1] if number <= len(pool) else None


def _by_title(text: str, report: Report) -> Section | None:
    """The section whose title *text* is, whole or in a long part, give or take what people put around it."""
    bare = _bare(text)
    if len(bare) < _MIN_TITLE_CHARS:
        return None
    titled = [s for s in report.sections if s.kind not in _UNPRINTED]
    titles = [fold_printed(s.title) for s in titled]
    plain = list(map(_without_asides, titles))
    if _POINTS.search(text):
        holding = [s for s, title in zip(titled, plain, strict=True) if bare in title]
        if len(holding) == 1:
            return holding[0]
    scores = [max(pair) for pair in zip(_alike(strip_wrappers(text), titles), _alike(bare, plain), strict=True)]
    if len(bare) >= 8:
        scores = [max(score, 90.0) if bare in title else score for score, title in zip(scores, plain, strict=True)]
    best = max(range(len(scores)), key=scores.__getitem__, default=0)
    return titled[best] if scores and scores[best] >= _TITLE_SCORE else None


@lru_cache(maxsize=64)
def _characters(titles: tuple[str, ...]) -> frozenset[str]:
    return frozenset("".join(titles))


def _alike(text: str, titles: Sequence[str]) -> list[float]:
    """How alike *text* is to each of *titles*, from ``_TITLE_SCORE`` to 100; 0 below that."""
    known = _characters(tuple(titles))
    # A ratio r leaves at most 2/r - 1 characters unmatched for each that is matched, so a text with more that no title has is like none.
    foreign = len([char for char in text if char not in known])
    if foreign > (len(text) - foreign) * (200 / _TITLE_SCORE - 1):
        return [0.0] * len(titles)
    ratios: list[float] = process.cdist([text], titles, scorer=fuzz.ratio, score_cutoff=_TITLE_SCORE, dtype=np.float64)[0].tolist()
    return ratios
