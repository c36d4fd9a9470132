"""Replies as people see them in Telegram: the answering clause, the whole section to unfold, where it stands, its code."""

from __future__ import annotations

from collections.abc import Sequence

from bot import texts
from bot.channels.layout import shown_citation, take_source
from bot.channels.telegram_html import BOLD, CODE, EXPANDABLE, PRE, QUOTE, Run, render
from bot.messages import Answer, Citation, Outcome
from bot.places import Level, Places

#: A section longer than this is shown around the quote only, as is the case where a report without numbers is one section.
MAX_SECTION_CHARS = 8000
_AROUND_CHARS = 1500
#: A section asked for by its number is folded from this length on.
_FOLD_CHARS = 600
_CITING = {Outcome.ANSWER, Outcome.RELATED, Outcome.SECTION, Outcome.CHECK}


def reply_parts(answer: Answer, places: Places) -> list[str]:
    """*answer* as the HTML of one message or several.

    Args:
        answer: What is said.
        places: The release that it was made from.
    """
    return render(reply_runs(answer, places))


def reply_runs(answer: Answer, places: Places) -> list[Run]:
    """*answer* as styled text: every word of it, in its order, with the section unfolded before the citation line."""
    body, source, after = take_source(answer.text)
    shown = shown_citation(answer)
    section = places.section_text(shown) if shown and source else ""
    if answer.outcome is Outcome.SECTION and section and section in body:
        runs = _section_body(body, section)
    else:
        runs = _body(body, answer, shown if source else None)
        if shown and section and not _says_all(body, section):
            runs += [Run("\n"), *_folded(section, shown.quote)]
    if source:
        runs.append(Run(f"\n{source}"))
    if after:
        runs.append(Run(f"\n{after}"))
    if shown and answer.outcome in _CITING and (code := places.code(shown)):
        before, _, _ = texts.CODE_LINE.partition("{code}")
        runs += [Run(f"\n{before}"), Run(code, (CODE,))]
    return runs


def clause_runs(cited: Citation, places: Places) -> list[Run]:
    """A clause alone, with its citation and its code."""
    before, _, _ = texts.CODE_LINE.partition("{code}")
    code = places.code(cited)
    named = [Run(f"\n{before}"), Run(code, (CODE,))] if code else []
    return [Run(cited.quote, (BOLD,)), Run(f"\n{places.source(cited)}"), *named]


def level_text(level: Level) -> str:
    """A level of the contents, above its buttons."""
    runs = [Run(texts.LEVEL_HEAD.format(title=level.title), (BOLD,))]
    if level.here.section:
        runs.append(Run(f"\n{level.here.label}"))
    return render([*runs, Run(f"\n{texts.LEVEL_CHOOSE}")])[0]


def reports_text(count: int, left_out: int) -> str:
    """What stands above the buttons of the list of reports, *left_out* of which have none."""
    more = f"\n{texts.EDITIONS_MORE.format(count=left_out)}" if left_out else ""
    return render([Run(texts.EDITIONS_LIST.format(count=count), (BOLD,)), Run(more)])[0]


def titled_parts(title: str, lines: Sequence[str]) -> list[str]:
    """A heading and lines below it."""
    return render([Run(title, (BOLD,)), Run("\n" + "\n".join(lines))])


def printed_parts(title: str, printed: str) -> list[str]:
    """A heading and what a program printed, its columns kept."""
    return render([Run(title, (BOLD,)), Run("\n"), Run(printed, (PRE,))] if printed else [Run(title, (BOLD,))])


def plain_parts(text: str) -> list[str]:
    """A sentence of our own."""
    return render([Run(text)])


def _body(body: str, answer: Answer, shown: Citation | None) -> list[Run]:
    """The lines of an answer, with what answers in bold: the clause, or the verdict."""
    if answer.outcome is Outcome.CHECK:
        first, _, rest = body.partition("\n")
        return [Run(first, (BOLD,)), Run(f"\n{rest}" if rest else "")]
    if answer.outcome in {Outcome.ANSWER, Outcome.SECTION} and shown and shown.quote in body:
        before, _, rest = body.partition(shown.quote)
        tail = before.rpartition("\n")[2]  # the number of a heading belongs to it
        return [Run(before.removesuffix(tail)), Run(tail + shown.quote, (BOLD,)), Run(rest)]
    return [Run(body)]


def _section_body(body: str, section: str) -> list[Run]:
    """A section that was asked for: its heading, its text (folded where it is long), what is below."""
    heading, _, rest = body.partition("\n")
    before, _, below = rest.partition(section)
    text = Run(section, (EXPANDABLE if len(section) >= _FOLD_CHARS else QUOTE,))
    return [Run(heading, (BOLD,)), Run(f"\n{before}"), text, Run(below)]


def _says_all(body: str, section: str) -> bool:
    return section.strip() in body


def _folded(section: str, quote: str) -> list[Run]:
    """The section to unfold, with the quote in bold; of a very long one what stands around the quote."""
    start = max(section.find(quote), 0)
    end = start + (len(quote) if quote in section else 0)
    low, high = 0, len(section)
    if len(section) > MAX_SECTION_CHARS:
        low, high = max(0, start - _AROUND_CHARS), min(len(section), end + _AROUND_CHARS)
    pieces = [
        Run(section[low:start], (EXPANDABLE,)),
        Run(section[start:end], (EXPANDABLE, BOLD)),
        Run(section[end:high], (EXPANDABLE,)),
    ]
    note = [Run("\n" + texts.EXCERPT.format(count=len(section)))] if high - low < len(section) else []
    return [*(piece for piece in pieces if piece.text), *note]
