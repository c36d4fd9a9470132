"""Answers that the report as a whole gives: a computed value, a count of a word, the first use of a term."""

from __future__ import annotations

from bot import texts
from bot.compose import cite, explain, source_line, suggest
from bot.messages import Answer, Outcome
from knowledge.decide import AnswerStatus, Decision
from knowledge.derive import Computation, derive, sums_unsaid
from knowledge.figures import numbers_in
from knowledge.library import ReportKnowledge
from knowledge.mentions import Mentions, Place, asked_meaning, asked_mention, find_mentions
from knowledge.normalize import fold, strip_wrappers
from knowledge.quote import Quote, choose_quote, quote_of
from knowledge.records import Section
from knowledge.retriever import SearchResult
from knowledge.span import MAX_QUOTE_CHARS

#: A section found with this confidence is shown even where the report lacks the very word asked for.
_SURE = 0.9
_MAX_PLACES = 8


def look_up(text: str, result: SearchResult, decision: Decision, known: ReportKnowledge) -> Answer | None:
    """The answer to a question on a word of the report, or on a value to be worked out; None for any other question."""
    folded = strip_wrappers(fold(text))
    if word := asked_mention(folded):
        return _answer_mention(word, result, decision, known)
    if not decision.candidates or decision.differs:
        return None
    if (word := asked_meaning(folded)) and (answer := _answer_meaning(word, result, decision, known)):
        return answer
    section = known.section(decision.candidates[0].section)
    if section is None or decision.status not in {AnswerStatus.ANSWER, AnswerStatus.RELATED}:
        return None
    asked = result.around.query if result.around and sums_unsaid(result.query.text) else result.query
    computation = derive(known.in_report_words(asked.text), section, known.figures)
    return _compose_computation(computation, section, result, decision, known) if computation else None


def _compose_computation(
    computation: Computation, section: Section, result: SearchResult, decision: Decision, known: ReportKnowledge
) -> Answer:
    start = min(f.start for f in computation.operands)
    end = max(f.end for f in computation.operands)
    quotes = [quote_of(section, (start, end))]
    if quotes[0].start + len(quotes[0].text) < end:  # too far apart for one quote
        quotes = [quote_of(section, (f.start, f.end)) for f in computation.operands]
    lines = [*(q.text for q in quotes), texts.COMPUTED.format(formula=computation.formula), source_line(known.report, section)]
    return Answer(
        Outcome.ANSWER,
        "\n".join(lines),
        tuple(cite(section, quote) for quote in quotes),
        suggest(known, decision.candidates[1:]),
        confidence=decision.confidence,
        explanation=explain(result, decision) | {"computed": computation.formula},
        topic=section.id,
        numbers=tuple(numbers_in(computation.formula)),
    )


def _answer_mention(word: str, result: SearchResult, decision: Decision, known: ReportKnowledge) -> Answer | None:
    mentions = find_mentions(word, known)
    if mentions.places:
        return _compose_places(
            texts.MENTIONED.format(word=word, count=mentions.count, places=_listed(mentions.places)), mentions.places, result, known
        )
    if not known.is_word(word):
        return None  # a statement in the asker's own words: answered like any question
    if mentions.other_places:
        return _compose_other_word(mentions, result, known)
    if decision.status is AnswerStatus.ANSWER and decision.confidence >= _SURE:
        section = known.section(decision.candidates[0].section)
        if section:
            quote = choose_quote(result, section)
            lines = [texts.MENTIONED_NEAR.format(word=word), quote.text, source_line(known.report, section)]
            return Answer(
                Outcome.ANSWER,
                "\n".join(lines),
                (cite(section, quote),),
                suggest(known, decision.candidates[1:]),
                confidence=decision.confidence,
                explanation=explain(result, decision),
                topic=section.id,
            )
    lead = texts.NOT_MENTIONED.format(word=word)
    if mentions.other:
        lead += texts.NOT_MENTIONED_EITHER.format(other="、".join(f"“{name}”" for name in mentions.other))
    offered = suggest(known, decision.candidates)
    return Answer(Outcome.RELATED, lead, (), offered, explanation=explain(result, decision), numbers=("0",))


def _compose_other_word(mentions: Mentions, result: SearchResult, known: ReportKnowledge) -> Answer:
    name = mentions.other_places[0][0]
    places = tuple(place for other, place in mentions.other_places if other == name)
    lead = texts.MENTIONED_AS.format(word=mentions.word, other=name, count=sum(p.count for p in places), places=_listed(places))
    return _compose_places(lead, places, result, known)


def _compose_places(lead: str, places: tuple[Place, ...], result: SearchResult, known: ReportKnowledge) -> Answer:
    """Where a word stands. The section that the question leads to is cited first, if it is one of them."""
    ranks = {candidate.section: candidate.rank for candidate in result.candidates}
    ordered = sorted(places[:_MAX_PLACES], key=lambda p: ranks.get(p.section.id, len(ranks) + 1))
    first = places[0]
    cited = tuple(cite(p.section, _quote_of_place(p)) for p in ordered[:3])
    lines = [lead, _quote_of_place(first).text, source_line(known.report, first.section)]
    counts = (sum(p.count for p in places), *(p.count for p in places))
    return Answer(Outcome.ANSWER, "\n".join(lines), cited, topic=ordered[0].section.id, numbers=tuple(map(str, counts)))


def _listed(places: tuple[Place, ...]) -> str:
    return "、".join(texts.PLACE.format(label=p.section.label, count=p.count) for p in places)


def _quote_of_place(place: Place) -> Quote:
    return (
        quote_of(place.section, (place.start, min(place.end, place.start + MAX_QUOTE_CHARS)))
        if place.start >= 0
        else Quote(place.section.title, 0)
    )


def _answer_meaning(word: str, result: SearchResult, decision: Decision, known: ReportKnowledge) -> Answer | None:
    """A card with the report's own use of a term: the first, and the one in the section that is about it."""
    term = known.term(word)
    if term is None:
        return None
    places = find_mentions(term.name.strip("“”"), known).places
    first = next((p for p in places if p.start >= 0), None)
    if first is None:
        return None
    about = next((p for c in result.candidates[:1] for p in places if p.section.id == c.section and p.start >= 0), first)
    name = term.name.strip("“”")
    lines = [texts.FIRST_USE.format(term=name, label=first.section.label), _quote_of_place(first).text]
    cited = [cite(about.section, _quote_of_place(about))]
    if about.section.id != first.section.id:
        lines += [source_line(known.report, first.section), _quote_of_place(about).text]
        cited.append(cite(first.section, _quote_of_place(first)))
    lines.append(source_line(known.report, about.section))
    return Answer(
        Outcome.ANSWER,
        "\n".join(lines),
        tuple(cited),
        suggest(known, [c for c in decision.candidates if c.section not in {about.section.id, first.section.id}]),
        confidence=decision.confidence,
        explanation=explain(result, decision),
        topic=about.section.id,
    )
