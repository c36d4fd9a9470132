"""A question put to the editions that it may mean, a handful at most; the best of what they have is the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot import texts
from bot.compose import compose_answer, offer
from bot.conversation import Resolved
from bot.edition_answers import with_missing_line
from bot.messages import Answer, Outcome, Suggestion
from bot.one_report import Found, compose_found, find_in
from knowledge.answer_type import missing_types
from knowledge.decide import AnswerStatus
from knowledge.editions import Choice, Edition, Wanted
from knowledge.library import Library
from knowledge.qualifiers import conflicts, section_years
from knowledge.quote import choose_quote
from knowledge.records import Section

#: What asks how something came out, which a plan for that year does not tell.
_OUTCOME = re.compile(r"多少|几[件个人次起条项家名]|[办完查清调审收退撤维][^,。]{0,3}了|结果|成效")
_PLAN = re.compile(r"打算|计划|安排|规划|目标|准备|下一步|底前|力争|争取")
#: Two answers within this confidence of each other are equally good.
_TIE = 0.05
#: A section among the first so many is one that the question leads to.
_LED_TO = 2
#: So many characters of a kind's name say that it is meant: 信息公开.
_KIND_CHARS = 4


def choose_one(wanted: Wanted, near: Edition | None, library: Library) -> Choice:
    """Where to look for the first year and place that *wanted* names."""
    year, area = next(iter(wanted.years), None), next(iter(wanted.areas), "")
    return library.editions.choose(wanted, near=near, year=year, area=area)


def put_to(edition: Edition, resolved: Resolved, wanted: Wanted, library: Library) -> Found:
    """Put a question to one edition: as typed, and where that has no answer, without the names of what the edition is anyway."""
    known = library.open_edition(edition)
    if resolved.report != edition.id:  # what was talked about stands in another report
        resolved = replace(resolved, favored=(), wider=resolved.wider if not resolved.report else "")
    found = None
    if not wanted.kinds and (not wanted.areas or edition.area == library.editions.default.area):
        found = _guarded(find_in(known, resolved))
        if found.decision.status is AnswerStatus.ANSWER or not wanted:
            return found
    own = edition.year is not None and edition.year in wanted.years
    years = "" if own else "、".join(texts.YEAR.format(year=year) for year in wanted.years)
    bare = replace(resolved, text=years + wanted.rest)
    without = _guarded(find_in(known, bare, years=(edition.year,) if own and edition.year else ()))
    return without if found is None or without.decision.status is AnswerStatus.ANSWER else found


def _guarded(found: Found) -> Found:
    """*found* as no answer where its section does not speak of the year or place asked for, however well it fits otherwise."""
    section = first_section(found)
    if section is None or found.decision.status is not AnswerStatus.ANSWER:
        return found
    differs = conflicts(found.known.qualifiers(found.result.query), section, found.known.report)
    return replace(found, decision=replace(found.decision, status=AnswerStatus.RELATED, differs=differs)) if differs else found


def pick(founds: Sequence[Found]) -> Found:
    """The one that is surest of its answer; where none has one, the first that does not decline."""

    def weight(found: Found) -> tuple[int, float]:
        if found.decision.status is AnswerStatus.ANSWER:
            return 2, found.decision.confidence
        return int(found.decision.status is not AnswerStatus.REFUSE), 0.0

    return max(founds, key=weight)  # of equals the first


def _is_of_kind(found: Found, text: str) -> bool:
    """Whether the report states it and is of the very kind that the question is about."""
    return found.decision.status is AnswerStatus.ANSWER and speaks_of_kind(Edition.of(found.known.report).kind, text)


def speaks_of_kind(kind: str, text: str) -> bool:
    """Whether *text* is about what reports of that *kind* are about: 信息公开被告上法庭几件."""
    return any(kind[i : i + _KIND_CHARS] in text for i in range(len(kind) - _KIND_CHARS + 1))


def first_section(found: Found) -> Section | None:
    """The section that was found first; None when there is none."""
    return found.known.section(found.decision.candidates[0].section) if found.decision.candidates else None


def answer_best(resolved: Resolved, wanted: Wanted, near: Edition | None, library: Library) -> Answer:
    """The answer of one edition: of the place and year that are named, whichever kind has it."""
    choice = choose_one(wanted, near, library)
    founds = [put_to(edition, resolved, wanted, library) for edition in choice.editions]
    best = pick([found for found in founds if _is_of_kind(found, resolved.text)] or founds) if founds else None
    if best and best.decision.status is AnswerStatus.ANSWER:
        return _choice_of_kind(founds, best) or compose_found(best)
    elsewhere = (_spoken_of_beside, _said_at_home, _said_before)
    if answer := next((answer for look in elsewhere if (answer := look(resolved, wanted, choice, library))), None):
        return answer
    if best is None:
        best = put_to((*choice.beside, choice.main)[0], resolved, wanted, library)
    answer = compose_found(best)
    if choice.missing and answer.outcome is Outcome.ANSWER:  # of another year: it must not pass for the one asked for
        answer = replace(answer, outcome=Outcome.RELATED, text=f"{texts.NEAREST}\n{answer.text}")
    return with_missing_line(answer, choice.main, choice.missing, library.editions)


def _spoken_of_beside(resolved: Resolved, wanted: Wanted, choice: Choice, library: Library) -> Answer | None:
    """What the report of the year before plans for the year that is named, or the one after says of it; None if neither does."""
    year = next(iter(wanted.years), None)
    for edition in choice.beside if year else ():
        found = put_to(edition, resolved, wanted, library)
        section = first_section(found)
        if section is None or found.decision.status is not AnswerStatus.ANSWER or year not in section_years(section, found.known.report):
            continue
        answer = _under(texts.EDITION_BESIDE.format(year=year, other=edition.year), found, (year, edition.year))
        outcome = _OUTCOME.search(resolved.text) and not _PLAN.search(resolved.text)
        return replace(answer, outcome=Outcome.RELATED) if outcome and (edition.year or 0) < (year or 0) else answer
    return None


def _said_at_home(resolved: Resolved, wanted: Wanted, choice: Choice, library: Library) -> Answer | None:
    """What the home place's report says of the other place that is named: 报三明市备案; None where it does not."""
    home = library.editions.default
    if choice.main.area == home.area or not wanted.areas:
        return None
    found = _guarded(find_in(library.open_edition(home), Resolved(resolved.text)))
    section = first_section(found)
    names = section and choice.main.place in section.title + section.text
    return compose_found(found) if names and found.decision.status is AnswerStatus.ANSWER else None


def _said_before(resolved: Resolved, wanted: Wanted, choice: Choice, library: Library) -> Answer | None:
    """What the edition before the newest leads to, where no year is named and the newest has nothing.

    The newest one's clause on the same thing where there is one, since people may have written questions for the older one only;
    else the older one's clause, shown as such.
    """
    before = library.editions.before(choice.editions[0]) if choice.editions and not wanted.years else None
    found = put_to(before, resolved, wanted, library) if before else None
    if before is None or found is None or found.decision.status is not AnswerStatus.ANSWER:
        return None
    if same := _same_clause(found, choice.editions[0], resolved, wanted, library):
        return compose_answer(same.result, same.decision, same.known)
    years = choice.editions[0].year, before.year
    return replace(_under(texts.EDITION_BEFORE.format(newest=years[0], year=years[1]), found, years), outcome=Outcome.RELATED)


def _same_clause(older: Found, newest: Edition, resolved: Resolved, wanted: Wanted, library: Library) -> Found | None:
    """The clause of *newest* that is worded as the one found in an older edition, if the question by itself leads there too."""
    section = first_section(older)
    if section is None:
        return None
    worded = f"{section.title} {library.read_names(choose_quote(older.result, section).text).rest}"
    same, asked = find_in(library.open_edition(newest), Resolved(worded)), put_to(newest, resolved, wanted, library)
    there = first_section(same)
    led = {candidate.section for candidate in asked.decision.candidates[:_LED_TO]}
    if there is None or there.id not in led or same.decision.status is not AnswerStatus.ANSWER:
        return None
    lacking = missing_types(asked.result.query.text, choose_quote(same.result, there).text)
    return None if asked.decision.differs or lacking else same


def _under(lead: str, found: Found, years: tuple[int | None, ...]) -> Answer:
    answer = compose_found(found)
    return replace(answer, text=f"{lead}\n{answer.text}", numbers=(*answer.numbers, *map(str, years)))


def _choice_of_kind(founds: Sequence[Found], best: Found) -> Answer | None:
    """Ask back which report is meant, where those of several kinds answer equally well; None where one stands out."""
    confidence = best.decision.confidence
    equal = [f for f in founds if f.decision.status is AnswerStatus.ANSWER and confidence - f.decision.confidence < _TIE]
    if len(equal) < 2 or best is founds[0]:
        return None
    choices = [_offer(found) for found in equal]
    lines = [texts.EDITIONS_CLARIFY, *(f"{i}. {choice.question}" for i, choice in enumerate(choices, 1))]
    return Answer(
        Outcome.CLARIFY,
        "\n".join(lines),
        suggestions=tuple(choices),
        confidence=confidence,
        numbers=tuple(str(found.known.report.year) for found in equal),
    )


def _offer(found: Found) -> Suggestion:
    """A section of an edition, named so that the words lead there when they are sent back."""
    edition, section = Edition.of(found.known.report), first_section(found)
    assert section is not None  # an answer has one
    named = texts.EDITION_NAMED.format(area=edition.area, year=edition.year, kind=edition.kind)
    return Suggestion(named + offer(section).question, section.id)
