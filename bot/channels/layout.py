"""The parts of an answer's text that every chat shows in a form of its own: what stands before the citation line, that line, the rest."""

from __future__ import annotations

from bot import texts
from bot.messages import Answer, Citation

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
