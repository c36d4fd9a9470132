"""The parts of an answer's text that every chat shows in a form of its own: what stands before the citation line, that line, the rest;
and what a button shows of a question."""

from __future__ import annotations

import re

from bot import texts
from bot.messages import Answer, Citation

#: The number before the heading of a section: 一、(四)1 or 第三条.
_NUMERAL = "[〇零一二三四五六七八九十百]+"
_LABEL = re.compile(rf"(?:{_NUMERAL}、|[(（]{_NUMERAL}[)）]|第(?:{_NUMERAL}|\d+)[条章节]|\d+\.)\S* +(?=\S)")
_SOURCE_START = texts.SOURCE_LINE.partition("{")[0]


def shown_citation(answer: Answer) -> Citation | None:
    """The citation whose words are shown; the first one where none of them is shown as a whole; None for none."""
    return next((c for c in answer.citations if c.quote in answer.text), next(iter(answer.citations), None))


def take_source(text: str) -> tuple[str, str, str]:
    """What stands before the citation line, that line, and what stands after it; all in the first where there is not just one."""
    lines = text.split("\n")
    places = [i for i, line in enumerate(lines) if line.startswith(_SOURCE_START)]
    if len(places) != 1:
        return text, "", ""
    at = places[0]
    return "\n".join(lines[:at]), lines[at], "\n".join(lines[at + 1 :])


def heading_of(question: str) -> str:
    """What tells most where there is little room: the heading of an offered section without its number; other questions as they are."""
    found = _LABEL.match(question)
    return question[found.end() :] if found else question
