"""What is said about editions themselves: which there are, which is missing, that a newer one exists."""

from __future__ import annotations

import re
from dataclasses import replace

from bot import texts
from bot.messages import Answer, Outcome, Suggestion
from knowledge.editions import Edition, Editions

#: Reports listed by name; what is more is counted.
MAX_LISTED = 20
#: An offer that names its edition already.
_NAMED = re.compile(r"^[^、(]*报告")


def with_edition_note(answer: Answer, editions: Editions) -> Answer:
    """*answer* as said where there are several editions; as it is where there is one.

    What it offers names its edition, so that the words lead there when they are sent back; and a line says so where it comes from
    an edition that a newer one has followed.
    """
    cited = [edition for report in answer.reports if (edition := editions.get(report))]
    if len(cited) != 1 or len(editions) == 1:
        return answer
    edition, newer = cited[0], editions.newer(cited[0])
    if edition != editions.default:
        offered = tuple(
            replace(s, question=s.question if _NAMED.search(s.question) else edition.name + s.question) for s in answer.suggestions
        )
        answer = replace(answer, suggestions=offered)
    if newer is None or answer.outcome is Outcome.REFUSE:
        return answer
    note = texts.EDITION_NEWER.format(year=edition.year, newest=newer.year)
    return replace(answer, text=f"{answer.text}\n{note}", numbers=(*answer.numbers, str(edition.year), str(newer.year)))


def with_missing_line(answer: Answer, edition: Edition, missing: tuple[int, ...], editions: Editions) -> Answer:
    """*answer* under a line that says which years *edition*'s place and kind has no report of; itself when none is missing."""
    if not missing:
        return answer
    return replace(
        answer,
        text="\n".join(filter(None, [missing_line(edition, missing, editions), answer.text])),
        numbers=(*answer.numbers, *map(str, missing), *(str(e.year) for e in editions.series(edition))),
    )


def missing_line(edition: Edition, missing: tuple[int, ...], editions: Editions) -> str:
    """Says that there is no report of the years *missing*, and of which years there is one."""
    years = sorted(e.year for e in editions.series(edition) if e.year)
    return texts.EDITION_MISSING.format(area=edition.area, kind=edition.kind, missing=_listed(missing), years=_listed(years))


def _listed(years: tuple[int, ...] | list[int]) -> str:
    return "、".join(texts.YEAR.format(year=year) for year in years)


def compose_editions(editions: Editions) -> Answer:
    """The list of reports, the default one first; each can be chosen by its title."""
    shown = editions.all[:MAX_LISTED]
    lines = [texts.EDITIONS_LIST.format(count=len(editions)), *(texts.EDITION_TITLE.format(title=e.title) for e in shown)]
    if len(editions) > len(shown):
        lines.append(texts.EDITIONS_MORE.format(count=len(editions) - len(shown)))
    numbers = [str(number) for e in shown for number in (e.year, len(editions), len(editions) - len(shown))]
    offered = tuple(Suggestion(texts.EDITION_TITLE.format(title=e.title), "1") for e in shown[:3])
    return Answer(Outcome.CONTENTS, "\n".join(lines), suggestions=offered, numbers=tuple(numbers))
