"""A question put to the editions that it may mean, a handful at most; the best of what they have is the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot import texts
from bot.compose import MAX_SUGGESTIONS, compose_answer, offer
from bot.conversation import Resolved
from bot.edition_answers import with_missing_line
from bot.messages import Answer, Outcome, Suggestion
from bot.one_report import Found, compose_found, find_in
from knowledge.answer_type import missing_types
from knowledge.decide import AnswerStatus
from knowledge.editions import Choice, Edition, Wanted
from knowledge.library import Library
from knowledge.normalize import normalize_printed
from knowledge.qualifiers import conflicts, section_years
from knowledge.quote import choose_quote
from knowledge.records import Section

#: What asks how something came out, which a plan for that year does not tell.
_OUTCOME = re.compile(r"多少|几[件个人次起条项家名]|[办完查清调审收退撤维][^,。]{0,3}了|结果|成效")
_PLAN = re.compile(r"打算|计划|安排|规划|目标|准备|该|应当?|要求|下一步|底前|力争|争取")
#: Coverage of the question's words, in [0, 1]: what an answer of another kind must have, be ahead by, and be ahead of its like.
_LEAST_COVERED, _FAR_AHEAD, _TIE = 0.6, 0.3, 0.1
_DIGITS = re.compile(r"\d")
#: A section among the first so many is one that the question leads to.
_LED_TO = 2
#: So many characters of a kind's name say that it is meant: 信息公开.
_KIND_CHARS = 4


def choose_one(wanted: Wanted, near: Edition | None, library: Library) -> Choice:
    """Where to look for the first year and place that *wanted* names."""
    year, area = next(iter(wanted.years), None), next(iter(wanted.areas), "")
    return library.editions.choose(wanted, near=near, year=year, area=area)


def put_to(edition: Edition, resolved: Resolved, wanted: Wanted, library: Library) -> Found:
    """Put a question to one edition: as it was typed, or without the names of the edition where they only stand in the way."""
    if resolved.report != edition.id:  # what was talked about stands in another report
        resolved = replace(resolved, favored=(), wider=resolved.wider if not resolved.report else "")
    if wanted.kinds or (wanted.areas and edition.area != library.editions.default.area):
        return put_bare(edition, resolved, wanted, library)
    known = library.open_edition(edition)
    typed = _guarded(find_in(known, resolved))
    # Written questions hold years and names; a report without any does not, and takes them for something it does not state.
    in_the_way = not known.curated or set(typed.decision.differs) & set(library.editions.names)
    if typed.decision.status is AnswerStatus.ANSWER or not wanted or not in_the_way:
        return typed
    bare = put_bare(edition, resolved, wanted, library)
    return bare if bare.decision.status is AnswerStatus.ANSWER else typed


def put_bare(edition: Edition, resolved: Resolved, wanted: Wanted, library: Library) -> Found:
    """Put a question to one edition without the names of what the edition is anyway; a year that it is not of stays."""
    own = edition.year is not None and edition.year in wanted.years
    years = "" if own else "、".join(texts.YEAR.format(year=year) for year in wanted.years)
    bare = replace(resolved, text=years + wanted.rest)
    return _guarded(find_in(library.open_edition(edition), bare, years=(edition.year,) if own and edition.year else ()))


def _guarded(found: Found) -> Found:
    """*found* as no answer where its section does not speak of the year or place asked for, however well it fits otherwise."""
    section = first_section(found)
    if section is None or found.decision.status is not AnswerStatus.ANSWER:
        return found
    differs = conflicts(found.known.qualifiers(found.result.query), section, found.known.report)
    return replace(found, decision=replace(found.decision, status=AnswerStatus.RELATED, differs=differs)) if differs else found


def speaks_of_kind(kind: str, text: str) -> bool:
    """Whether *text* is about what reports of that *kind* are about: 信息公开被告上法庭几件."""
    return any(kind[i : i + _KIND_CHARS] in text for i in range(len(kind) - _KIND_CHARS + 1))


def first_section(found: Found) -> Section | None:
    """The section that was found first; None when there is none."""
    return found.known.section(found.decision.candidates[0].section) if found.decision.candidates else None


def answer_best(resolved: Resolved, wanted: Wanted, near: Edition | None, library: Library) -> Answer:
    """The answer of one edition: of the place and year that are named, and of the main kind unless another knows better."""
    choice = choose_one(wanted, near, library)
    founds = [put_to(edition, resolved, wanted, library) for edition in choice.editions]
    own = founds[0] if founds and choice.editions[0].kind == choice.main.kind else None
    beside = None if own and _states(own) else _found_beside(resolved, wanted, choice, library)
    better = [found for found in founds if found is not own and _outdoes(found, own or beside, resolved.text)]
    better.sort(key=_coverage, reverse=True)
    if better:
        return _choice_of_kind(better) or compose_found(better[0])
    if own and _states(own):
        return _with_other_kinds(compose_found(own), [found for found in founds if found is not own])
    if beside:
        return _of_beside(beside, next(iter(wanted.years), 0), resolved.text)
    for look in (_said_at_home, _said_before):
        if answer := look(resolved, wanted, choice, library):
            return answer
    best = own or put_to((*choice.beside, choice.main)[0], resolved, wanted, library)
    answer = compose_found(best)
    if choice.missing and answer.outcome is Outcome.ANSWER:  # of another year: it must not pass for the one asked for
        answer = replace(answer, outcome=Outcome.RELATED, text=f"{texts.NEAREST}\n{answer.text}")
    return with_missing_line(answer, choice.main, choice.missing, library.editions)


def _states(found: Found) -> bool:
    return found.decision.status is AnswerStatus.ANSWER


def _coverage(found: Found | None) -> float:
    """Share of the question's words that stand in the section found first, the rarer the weightier; in [0, 1]."""
    section = first_section(found) if found else None
    if found is None or section is None:
        return 0.0
    printed = normalize_printed(section.title) + normalize_printed(section.text)
    weights = {word: found.known.tokenizer.rarity(word) for word in found.result.query.words if not _DIGITS.match(word)}
    return sum(weight for word, weight in weights.items() if word in printed) / (sum(weights.values()) or 1.0)


def _outdoes(found: Found, own: Found | None, text: str) -> bool:
    """Whether a report of another kind answers better than the main kind's.

    Their confidences cannot be compared: where nobody has written questions they are high for anything near. So the words of the
    question count, and whether it is about what the other kind is about.
    """
    if not _states(found):
        return False
    ahead = _coverage(found) - _coverage(own)
    if own is None or not _states(own):
        return _coverage(found) >= _LEAST_COVERED and ahead > 0
    about = speaks_of_kind(Edition.of(found.known.report).kind, text) and not speaks_of_kind(Edition.of(own.known.report).kind, text)
    return ahead >= (0.0 if about else _FAR_AHEAD)


def _with_other_kinds(answer: Answer, founds: Sequence[Found]) -> Answer:
    """*answer*, offering what reports of other kinds state as well."""
    offered = [_offer(found) for found in founds if _states(found) and _coverage(found) >= _LEAST_COVERED]
    return replace(answer, suggestions=(*offered, *answer.suggestions)[:MAX_SUGGESTIONS])


def _found_beside(resolved: Resolved, wanted: Wanted, choice: Choice, library: Library) -> Found | None:
    """What the main kind's report of another year states of the year that is named, such as a plan; None if none does."""
    year = next(iter(wanted.years), None)
    for edition in choice.beside if year else ():
        found = put_to(edition, resolved, wanted, library)
        section = first_section(found)
        if section and _states(found) and year in section_years(section, found.known.report):
            return found
    return None


def _of_beside(found: Found, year: int, text: str) -> Answer:
    other = found.known.report.year
    answer = _under(texts.EDITION_BESIDE.format(year=year, other=other), found, (year, other))
    asks_outcome = _OUTCOME.search(text) and not _PLAN.search(text)
    return replace(answer, outcome=Outcome.RELATED) if asks_outcome and (other or 0) < year else answer


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


def _choice_of_kind(better: Sequence[Found]) -> Answer | None:
    """Ask back which report is meant, where those of several kinds answer equally well; None where one stands out."""
    if len(better) < 2 or _coverage(better[0]) - _coverage(better[1]) >= _TIE:
        return None
    choices = [_offer(found) for found in better]
    lines = [texts.EDITIONS_CLARIFY, *(f"{i}. {choice.question}" for i, choice in enumerate(choices, 1))]
    years = tuple(str(found.known.report.year) for found in better)
    return Answer(Outcome.CLARIFY, "\n".join(lines), suggestions=tuple(choices), confidence=better[0].decision.confidence, numbers=years)


def _offer(found: Found) -> Suggestion:
    """A section of an edition, named so that the words lead there when they are sent back."""
    edition, section = Edition.of(found.known.report), first_section(found)
    assert section is not None  # an answer has one
    return Suggestion(edition.name + offer(section).question, section.id)
