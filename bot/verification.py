"""What a verification code is answered with, and which of the kept releases knows it."""

from __future__ import annotations

import re

from bot import texts
from bot.compose import cite, source_line
from bot.messages import Answer, Outcome
from bot.verify_code import CodedClause, code_of, find_clause, may_know, parse_code
from knowledge.errors import KnowledgeError
from knowledge.library import Library
from knowledge.quote import Quote, opening_quote
from knowledge.release import Releases

_DIGITS = re.compile(r"\d+")


def compose_verified(clause: CodedClause) -> Answer:
    """The clause, its section, its edition and the hash of its document."""
    report, section = clause.report, clause.section
    year = f" {texts.YEAR.format(year=report.year)}" if report.year else ""
    number = f"({report.document_number})" if report.document_number else ""
    lines = [
        texts.VERIFY_FOUND if clause.quote in section.text else texts.VERIFY_WHOLE,
        clause.quote,
        source_line(report, section),
        texts.VERIFY_EDITION.format(title=report.title, number=number, year=year),
        texts.VERIFY_DOCUMENT.format(sha256=report.source_sha256),
    ]
    numbers = numbers_of("\n".join(lines[3:]), texts.VERIFY_DOCUMENT)
    return Answer(Outcome.SECTION, "\n".join(lines), (cite(section, Quote(clause.quote, 0)),), topic=section.id, numbers=numbers)


def numbers_of(*printed: str) -> tuple[str, ...]:
    """The numbers in *printed* as they are named to the last look at an answer."""
    return tuple(number.lstrip("0") or "0" for text in printed for number in _DIGITS.findall(text))


def example_code(library: Library) -> str:
    """A code that is real: of the first words of the report that answers by default."""
    report = library.default.report
    section = next((s for s in report.sections if s.text and s.kind not in {"meta", "preamble"}), report.sections[-1])
    return code_of(cite(section, opening_quote(section)), library)


def is_known(code: str, library: Library) -> bool:
    """Whether *library* knows what is typed as a code; also where it is no code, which no other release would know either."""
    number = parse_code(code)
    return number is None or find_clause(number, library) is not None


def release_with(code: str, live: Library, releases: Releases) -> Library:
    """The newest of the kept releases that knows *code*, besides the *live* one; that one where none does.

    It opens files: not for the event loop.
    """
    number = parse_code(code)
    for info in releases.kept() if number is not None else ():
        if number is None or info.live or not any(may_know(number, sha256) for sha256 in info.sources.values()):
            continue
        try:
            library = Library.open(releases.path(info.id))
        except KnowledgeError:  # a damaged old release is told of by --list and by a rollback
            continue
        if find_clause(number, library):
            return library
    return live
