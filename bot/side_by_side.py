"""Several editions asked at once: each one's own clause under the other. Nothing is worked out across reports."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from bot import texts
from bot.compose import cite, compose_check, source_line
from bot.conversation import Resolved
from bot.edition_answers import with_missing_line
from bot.edition_search import choose_one, first_section, put_bare, put_to, speaks_of_kind
from bot.messages import Answer, Outcome, Verdict
from bot.one_report import Found, compose_found, find_in
from knowledge.check import CheckedClaim, check_claim
from knowledge.claim_parts import Support
from knowledge.decide import AnswerStatus
from knowledge.editions import MAX_EDITIONS, Choice, Edition, Wanted
from knowledge.library import Library, ReportKnowledge
from knowledge.normalize import fold, normalize
from knowledge.qualifiers import section_years
from knowledge.quantity import find_quantities
from knowledge.quote import choose_quote

_COMPARED = re.compile(
    r"[比差多少增减高低]了?(?:多少|几)|相比|相差|对比|比较|比(?!例|如)|哪(?:一?年|[个里]).{0,12}[多少高低大小快]|[最更][多少高低大小快]"
)
#: What joins the names of editions, and means nothing to one of them.
_JOINING = re.compile(
    r"^[、和与跟及到至的,\s]+|(?:比.{0,4})?(?:多|少|增加|减少|增长|下降|上升|提高|差|高|低)了?(?=多少|几)|比(?=多|少|增|减|高|低|上升|下降|怎|如|有|,|$)|相比|各自?(?!项|类|级|单位|部门|乡)|分别|哪一?年(?:度)?的?|[两三几]年"
)
_CLAUSE = re.compile(r"[^,;。,;]+[,;。,;]?")
_YEARS = re.compile(r"(?:19|20)?\d\d年")
#: Belief in the section from which a sentence that names another place is taken to be about the home place.
_SURE_OF_SECTION = 0.9
_SEVERITY = (Support.SUPPORTED.value, Support.NOT_ENOUGH_INFO.value, Support.REFUTED.value)


def names_several(wanted: Wanted) -> bool:
    """Whether more than one edition is asked for."""
    return len(wanted.years) > 1 or len(wanted.areas) > 1 or wanted.every


def answer_side_by_side(resolved: Resolved, wanted: Wanted, near: Edition | None, library: Library) -> Answer:
    """The clause of each edition that is named; of one alone where its clause speaks of all the years that are named."""
    editions, areas = library.editions, wanted.areas or ("",)
    if wanted.every:
        series = editions.series(editions.choose(wanted, near=near, area=areas[0]).editions[0])
        wanted = replace(wanted, years=tuple(e.year for e in series if e.year))
    asked = [(year, area) for area in areas for year in (wanted.years or (None,))][:MAX_EDITIONS]
    choices = [editions.choose(wanted, near=near, year=year, area=area) for year, area in asked]
    there = [choice for choice in choices if choice.editions]
    if not wanted.every and (alone := _one_that_says_all(resolved, wanted, there, library)):
        return compose_found(alone)
    founds = _of_one_kind(there, resolved, replace(wanted, rest=_JOINING.sub("", wanted.rest)), library)
    missing = [(choice, area) for choice, (_, area) in zip(choices, asked, strict=True) if choice.missing]
    answer = _compose(founds, compared=bool(_COMPARED.search(fold(resolved.text))), complete=not missing)
    for area in dict.fromkeys(area for _, area in missing):
        edition = editions.choose(wanted, near=near, area=area).main
        years = tuple(year for choice, own in missing if own == area for year in choice.missing)
        answer = with_missing_line(answer, edition, years, editions)
    return answer


def _of_one_kind(there: Sequence[Choice], resolved: Resolved, wanted: Wanted, library: Library) -> list[Found]:
    """What the editions of one kind have: of the kind most of whose editions state it, the first of equals."""
    by_kind: dict[str, list[Found]] = defaultdict(list)
    for choice in there:
        for edition in choice.editions:
            own = Wanted((edition.year,) if edition.year and wanted.years else (), (edition.area,), rest=wanted.rest)
            by_kind[edition.kind].append(put_bare(edition, resolved, own, library))
    stated = {kind: sum(found.decision.status is AnswerStatus.ANSWER for found in founds) for kind, founds in by_kind.items()}
    return by_kind[max(by_kind, key=stated.__getitem__)] if by_kind else []


def _one_that_says_all(resolved: Resolved, wanted: Wanted, there: Sequence[Choice], library: Library) -> Found | None:
    """The edition whose clause itself names every year: 2017年1月1日至2019年6月1日期间制发的38件."""
    for choice in there if len(wanted.years) > 1 else ():
        found = put_to(choice.editions[0], resolved, Wanted(), library)
        section = first_section(found)
        if section and found.decision.status is AnswerStatus.ANSWER and all(str(year) in section.text for year in wanted.years):
            return found
    return None


def _compose(founds: Sequence[Found], *, compared: bool, complete: bool) -> Answer:
    """The quotes, each with its source; an edition that does not state it is named as such."""
    lines, cited, topic = [], [], ""
    for found in founds:
        section = first_section(found)
        if section is None or found.decision.status is not AnswerStatus.ANSWER:
            lines.append(texts.EDITION_SILENT.format(title=found.known.report.title))
            continue
        quote = choose_quote(found.result, section)
        lines += [quote.text, source_line(found.known.report, section)]
        cited.append(cite(section, quote))
        topic = topic or section.id
    if not cited and founds:  # nothing is stated: what comes nearest, as any question gets it
        nearest = compose_found(founds[0])
        return replace(nearest, outcome=Outcome.RELATED)
    if compared and len(cited) > 1:
        lines.append(texts.EDITIONS_NOT_COMPARED)
    stated = len(cited) > 1 or (bool(cited) and complete)
    confidence = min((f.decision.confidence for f in founds if f.decision.status is AnswerStatus.ANSWER), default=0.0)
    numbers = tuple(str(found.known.report.year) for found in founds)
    return Answer(
        Outcome.ANSWER if stated else Outcome.RELATED, "\n".join(lines), tuple(cited), confidence=confidence, topic=topic, numbers=numbers
    )


def check_named(claim: str, wanted: Wanted, near: Edition | None, library: Library) -> Answer:
    """Check a claim against the edition of the year and place it names; one that counts something of several, piece by piece."""
    pieces = _pieces(claim, library) if names_several(wanted) else []
    if len(pieces) > 1:
        return _join_checks([_check_in_one(piece, library.read_names(piece), near, library) for piece in pieces])
    if names_several(wanted) and _COMPARED.search(claim):
        return _check_compared(claim, wanted, near, library)
    return _check_in_one(claim, wanted, near, library)


def _join_checks(answers: Sequence[Answer]) -> Answer:
    """The pieces of a claim under each other; the whole is as good as its worst piece."""
    worst = max(answers, key=lambda answer: _SEVERITY.index(answer.verdict.value if answer.verdict else ""))
    return Answer(
        Outcome.CHECK,
        "\n".join(answer.text for answer in answers),
        tuple(citation for answer in answers for citation in answer.citations),
        verdict=worst.verdict,
        confidence=min(answer.confidence for answer in answers),
        topic=answers[0].topic,
        numbers=tuple(number for answer in answers for number in answer.numbers),
    )


def _pieces(claim: str, library: Library) -> list[str]:
    """*claim* cut before each clause that names an edition and counts something; [] where they do not name different ones."""
    pieces: list[str] = []
    for clause in _CLAUSE.findall(claim):
        named = library.read_names(clause)
        if pieces and not ((named.years or named.areas) and find_quantities(normalize(_YEARS.sub("", clause)))):
            pieces[-1] += clause
        else:
            pieces.append(clause)
    meant = {choice.editions[0].id for piece in pieces if (choice := choose_one(library.read_names(piece), None, library)).editions}
    return pieces if len(meant) == len(pieces) > 1 else []


def _check_in_one(claim: str, wanted: Wanted, near: Edition | None, library: Library) -> Answer:
    """Check a claim against one edition: of those it may mean the first that settles it."""
    editions, choice = library.editions, choose_one(wanted, near, library)
    years = [year for year in wanted.years if editions.choose(wanted, near=near, year=year, area=choice.main.area).editions]
    if years and not choice.editions:  # of several years that are named the first that has a report
        choice = editions.choose(wanted, near=near, year=years[0], area=choice.main.area)
    at_home = choice.main.area == editions.default.area
    # Another place may only be mentioned, in a sentence on the home place: 模式得到三明市司法局肯定.
    asked = list(choice.editions) + list(choice.beside) + ([choice.main] if at_home else [choice.main, editions.default])
    checks = []
    for edition in list(dict.fromkeys(asked))[:MAX_EDITIONS]:
        known = library.open_edition(edition)
        if checked := check_claim(claim, known):
            checks.append((checked, known))
    settled = [(checked, known) for checked, known in checks if _settles(checked, known, choice, wanted, claim)]
    if not checks:
        return compose_check(None, library.open_edition(choice.main))
    checked, known = (settled or checks)[0]
    spoken = set(choice.missing) <= section_years(checked.section, known.report)
    if not spoken and not _dated(checked, choice.missing):
        checked = replace(checked, support=Support.NOT_ENOUGH_INFO, parts=())  # what another year's report says settles nothing
    answer = compose_check(checked, known)
    return answer if spoken else with_missing_line(answer, choice.main, choice.missing, editions)


def _dated(checked: CheckedClaim, years: Sequence[int]) -> bool:
    """Whether the verdict rests on a date of *years* itself: 从2020年起, where the report says 从2019年起."""
    decided = [part.words for part in checked.parts[:-1] if part.support is checked.support]
    return all(any(str(year) in words for words in decided) for year in years)


def _settles(checked: CheckedClaim, known: ReportKnowledge, choice: Choice, wanted: Wanted, claim: str) -> bool:
    """Whether an edition's verdict counts: one of another kind or place than the claim names must bear it out."""
    if checked.support is Support.NOT_ENOUGH_INFO:
        return False
    edition = Edition.of(known.report)
    meant = edition.series == choice.main.series or (wanted.kinds and edition in choice.editions) or speaks_of_kind(edition.kind, claim)
    if edition.area != choice.main.area:
        found = find_in(known, Resolved(claim))
        return found.decision.status is not AnswerStatus.REFUSE and found.decision.candidates[0].score >= _SURE_OF_SECTION
    return bool(meant) or checked.support is Support.SUPPORTED


def _check_compared(claim: str, wanted: Wanted, near: Edition | None, library: Library) -> Answer:
    """A comparison of editions in one clause: true or false only where one of them makes it itself."""
    for year in wanted.years:
        for edition in library.editions.choose(wanted, near=near, year=year, area=next(iter(wanted.areas), "")).editions[:1]:
            known = library.open_edition(edition)
            checked = check_claim(claim, known)
            if checked and all(str(other) in checked.section.text for other in wanted.years):
                return compose_check(checked, known)
    shown = answer_side_by_side(Resolved(claim), wanted, near, library)
    text = "\n".join([texts.CHECK_UNKNOWN, texts.CHECKED_CLAIM.format(claim=claim), texts.NEAREST, shown.text])
    return replace(shown, outcome=Outcome.CHECK, text=text, verdict=Verdict.NOT_ENOUGH_INFO)
