"""A follow-up on what is lacking or planned: of what was talked about, not of everything (那明年打算怎么补).

A part on what is lacking, or planned, often opens with a few sentences that say it of everything. By its own words such a follow-up
is closest to them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.conversation import Topic
from knowledge.aspect import asked_aspect, section_aspects
from knowledge.library import ReportKnowledge
from knowledge.records import Query, SectionKind
from knowledge.retriever import SearchResult

#: The follow-up itself asks it of everything.
_OF_EVERYTHING = re.compile(r"总的|总体|整体|全局|全面|全部|主要|报告|大方向|大体|一共|政府|都有|哪些方面|哪几")
#: Least belief, by the question before and the follow-up together, in a section of the part that is on the topic.
_LEAST = 0.09
#: Enough of the belief in the whole part, where the topic itself has nearly all there is.
_LEAST_OF_PART = 0.5


@dataclass(frozen=True, slots=True)
class TopicPlace:
    """Where the part asked for speaks of the topic.

    Attributes:
        section: The section that does; empty where none does, though the follow-up names the topic.
    """

    section: str


def place_on_topic(query: Query, result: SearchResult, topic: Topic, known: ReportKnowledge) -> TopicPlace | None:
    """Where the part that the follow-up *query* asks for speaks of *topic*; None where it is no such follow-up.

    Args:
        query: The follow-up.
        result: What its own words find.
        topic: What was talked about before.
        known: The report.
    """
    first = known.section(result.candidates[0].section) if result.candidates else None
    if first is None or first.kind is not SectionKind.PART or topic.report != known.report.id or topic.section == first.id:
        return None
    asked = asked_aspect(query.text, known.report.year)
    if asked is None or section_aspects(known.report).get(first.id) is not asked or _OF_EVERYTHING.search(query.text):
        return None
    together = known.search(known.read(f"{topic.question} {query.text}"))
    in_part = [c for c in together.candidates if c.section == first.id or c.section.startswith(f"{first.id}.")]
    within = next((c for c in in_part if c.section != first.id), None)
    if within and (within.score >= _LEAST or within.score >= _LEAST_OF_PART * sum(c.score for c in in_part)):
        return TopicPlace(within.section)
    section = known.section(topic.section)
    spoken_of = topic.question + (section.title + section.text if section else "")
    named = any(len(word) > 1 and word in spoken_of and not asked_aspect(word, known.report.year) for word in query.words)
    return TopicPlace("") if named else None
