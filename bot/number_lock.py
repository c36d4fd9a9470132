"""The last look at an answer before it leaves: every quote verbatim, every number from the report or named as the program's own."""

from __future__ import annotations

import logging
import re
from functools import lru_cache

from bot import texts
from bot.messages import Answer, Outcome
from knowledge.figures import numbers_in
from knowledge.library import Library, ReportKnowledge
from knowledge.records import Report

log = logging.getLogger(__name__)

_DIGITS = re.compile(r"\d+(?:\.\d+)?")


def locked(answer: Answer, question: str, library: Library) -> Answer:
    """*answer* itself when it holds nothing but what it may, else an apology.

    Args:
        answer: What is about to be said.
        question: The words it answers; a number of theirs may be said back (报告没有写2018年的情况).
        library: The release it was made from.
    """
    fault = find_fault(answer, question, library)
    if not fault:
        return answer
    log.error("answer withheld", extra={"fault": fault})
    return Answer(Outcome.REFUSE, texts.FAILED)


def find_fault(answer: Answer, question: str, library: Library) -> str:
    """What in *answer* is not the report's; empty when all of it is."""
    shown: set[str] = set()
    for citation in answer.citations:
        known = library.report(citation.report)
        section = known.section(citation.section) if known else None
        if section is None or not (citation.quote in section.text or citation.quote == section.title):
            return f"{citation.section}: the quote is not in the section"
        shown |= _numbers(section.text)
    named = {n.lstrip("0") or "0" for n in _DIGITS.findall(answer.text)}
    unknown = named - shown - set(answer.numbers)
    unknown = unknown and unknown - numbers_in(question)
    for known in _reports_of(answer, library) if unknown else ():
        unknown -= _headings(known.report)
        for section in known.report.sections:
            unknown -= _numbers(section.text) if section.label in answer.text else set()
    return f"a number of no section that is named: {min(unknown)}" if unknown else ""


def _reports_of(answer: Answer, library: Library) -> list[ReportKnowledge]:
    """The reports that an answer speaks of; the one that answers where it names none."""
    names = answer.reports or (library.default.report.id,)
    return [known for name in names if (known := library.report(name))]


@lru_cache(maxsize=4096)
def _numbers(printed: str) -> frozenset[str]:
    return frozenset(numbers_in(printed)) | frozenset(n.lstrip("0") or "0" for n in _DIGITS.findall(printed))


def _headings(report: Report) -> frozenset[str]:
    return _numbers("\n".join([report.title, report.document_number, *(f"{s.label} {s.title}" for s in report.sections)]))
