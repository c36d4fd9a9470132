"""What has been done, what is lacking, what is planned: such reports give each a part, and questions ask for one of them.

接下来打算怎么补 asks for the plan, though its words and the conversation before it may be those of the part on what is lacking.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from knowledge.normalize import fold_printed
from knowledge.records import Report, Section


class Aspect(StrEnum):
    """The side of a matter that a part of a report, or a question, is on."""

    DONE = "done"
    LACKING = "lacking"
    PLANNED = "planned"


#: Words of a part's title. Source: the parts of the annual reports in tests/data/reports.
_TITLES = {
    Aspect.LACKING: re.compile(r"问题|不足|短板|薄弱|困难|差距"),
    Aspect.PLANNED: re.compile(r"下一步|下一阶段|打算|安排|计划|规划|思路|展望|意见|建议|今后|改进|整改"),
}
_ASKED = {
    Aspect.PLANNED: re.compile(
        r"接下来|下一步|下步|下一阶段|今后|往后|(?:以后|将来|未来)(?!的?(?:事|情况))|打算|计划(?:怎么|如何|要|在|做|干)|有(?:什么|啥|哪些)(?:计划|安排)|准备(?:怎么|咋|如何|要|做|干)|明年|来年|下一年|要怎么|还有(?:什么)?安排"
    ),
    Aspect.LACKING: re.compile(
        r"不足|毛病|短板|短处|缺点|缺陷|欠缺|薄弱|不到位|没做好|做得不(?:好|够)|(?:存在|还有|有)(?:什么|啥|哪些|的)?问题|差在哪|不完善|漏洞|有待|短腿"
    ),
}


def asked_aspect(text: str, year: int | None) -> Aspect | None:
    """The side that normalized *text* asks for; None when it names none, or several.

    Args:
        text: A question.
        year: The report's year; the one after it is when what is planned will be.
    """
    asked = {aspect for aspect, words in _ASKED.items() if words.search(text)}
    if year and str(year + 1) in text and str(year) not in text:
        asked.add(Aspect.PLANNED)
    return asked.pop() if len(asked) == 1 else None


def part_on(words: str, report: Report) -> Section | None:
    """The part of *report* on the side that folded *words* name (问题部分, 明年的打算); None where they or it have not just one."""
    named = {aspect for patterns in (_TITLES, _ASKED) for aspect, found in patterns.items() if found.search(words)}
    if report.year and str(report.year + 1) in words:
        named = {Aspect.PLANNED}
    parts = [s for s in report.sections if s.parent is None and s.title and len(named) == 1 and _title_aspect(s, report.year) in named]
    return parts[0] if len(parts) == 1 else None


def section_aspects(report: Report) -> dict[str, Aspect]:
    """The side that each section is on, by the title of the part that holds it; empty for a report that does not tell them apart.

    A part whose title names two sides, and what stands before the first part, is on none.
    """
    tops = {section.id: _title_aspect(section, report.year) for section in report.sections if section.parent is None and section.title}
    if not {Aspect.LACKING, Aspect.PLANNED} & set(tops.values()):
        return {}
    return {s.id: aspect for s in report.sections if (aspect := tops.get(s.id.split(".")[0]))}


def agreement(asked: Aspect | None, section: str, aspects: Mapping[str, Aspect]) -> float:
    """1 for a section on the side asked for, -1 for one on another, 0 where either says nothing or no section is on it."""
    stated = aspects.get(section)
    if asked is None or stated is None or asked not in aspects.values():
        return 0.0
    return 1.0 if asked is stated else -1.0


def _title_aspect(section: Section, year: int | None) -> Aspect | None:
    title = fold_printed(section.title)
    named = {aspect for aspect, words in _TITLES.items() if words.search(title)}
    if not named and year and str(year + 1) in title:
        named = {Aspect.PLANNED}
    if len(named) > 1 or section.id in {"0", "meta"}:
        return None
    return named.pop() if named else Aspect.DONE
