"""Candidates -> what to do: answer, say that the report leaves it open, ask back, or decline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from knowledge.answer_type import NAMES, AnswerType, missing_types
from knowledge.answerable import answerable_features
from knowledge.follow_up import follow_up_features
from knowledge.library import ReportKnowledge
from knowledge.overview import matter_of, names_no_matter, speaks_of_all
from knowledge.qualifiers import Qualifiers, conflicts
from knowledge.records import Candidate, PairKind, QAPair, Section
from knowledge.retriever import SearchResult

#: A second section at this share of the first one's belief is a rival to it.
_RIVAL = 0.6
#: Of the questions on the reports in tests/data/reports none that is answered is this much like one that no report answers.
_MUCH_LIKE = 0.6
#: Belief that a section states what it is, of a matter that it names; 48 of 55 such requests on the reports in tests/data/reports.
_OVERVIEW = 0.87
#: A stored gap this alike asks for the same thing.
_NEARLY_SAME = 0.75


class AnswerStatus(StrEnum):
    """What the report offers on a question."""

    ANSWER = "answer"
    RELATED = "related"
    CLARIFY = "clarify"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about a query.

    Attributes:
        status: The decision.
        candidates: Sections to show or offer, best first.
        confidence: Belief in [0, 1] that the first candidate states what is asked.
        threshold: The least confidence with which it would have been answered.
        differs: What the question names and the section does not speak of: years, times of year, places.
        missing: What the nearest unanswered question asks for, in a word; empty when unknown.
    """

    status: AnswerStatus
    candidates: tuple[Candidate, ...]
    confidence: float
    threshold: float
    differs: tuple[str, ...] = ()
    missing: str = ""


def decide(result: SearchResult, known: ReportKnowledge, qualifiers: Qualifiers) -> Decision:
    """Decide on the best candidate of *result*, under the *qualifiers* of the question."""
    thresholds = known.weights["thresholds"]
    if not result.candidates or (known.curated and _is_foreign(result)):
        return Decision(AnswerStatus.REFUSE, (), 0.0, thresholds["answer"])
    best = result.candidates[0]
    section = known.section(best.section)
    if section is None:
        raise LookupError(f"candidate {best.section} is no section of {known.report.id}")
    stated = _belief_stated(result, section, known)
    is_overview = not known.curated and stated < 1.0 and _gives_overview(result, section, known)
    stated = max(stated, _OVERVIEW) if is_overview else stated
    differs = conflicts(qualifiers, section, known.report)
    confidence = stated * (best.score if len(result.candidates) > 1 else 1.0)
    is_off_topic = _is_off_topic(result, stated, thresholds["near"], is_curated=known.curated)
    if differs and not is_off_topic:
        return Decision(AnswerStatus.RELATED, result.candidates, 0.0, thresholds["answer"], differs)
    if stated >= thresholds["answer"] and (known.curated or not is_off_topic):
        is_vague = result.around is None and stated < 1.0 and names_no_matter(result.query.text)
        is_open = is_vague or (not is_overview and _is_open(result, thresholds["clarify"]))
        status = AnswerStatus.CLARIFY if is_open else AnswerStatus.ANSWER
        return Decision(status, result.candidates, confidence, thresholds["answer"])
    if is_off_topic:
        return Decision(AnswerStatus.REFUSE, result.candidates, confidence, thresholds["answer"])
    missing = _missing(result, section.text)
    return Decision(AnswerStatus.RELATED, result.candidates, confidence, thresholds["answer"], missing=missing)


def _belief_stated(result: SearchResult, section: Section, known: ReportKnowledge) -> float:
    """Belief in [0, 1] that the best section states what is asked.

    A stored question asked word for word is answered as it was stored. A follow-up says too little to be judged by itself alone
    (谁负责), and its topic too much (a phone number of what was talked about): where it is doubtful by itself, both have to speak
    for it. On a report with questions written for it a fitted model of both is asked as well, and the mean of the two counts: each
    errs where the other does not.
    """
    if stored := [n.pair.kind for n in result.neighbours if n.similarity == 1.0 and n.pair.section == section.id and _is_judged(n.pair)]:
        return 1.0 if PairKind.ANSWER in stored else 0.0
    features = answerable_features(result, section)
    alone = known.answer_model.belief(features)
    around = result.around
    if around is None or not around.candidates:
        return alone
    agree = around.candidates[0].section == section.id
    wider = answerable_features(around, section) if agree else None
    belief = known.answer_model.belief(wider) if wider else 0.5
    both = max(alone, math.sqrt(alone * belief)) if agree else alone
    if known.follow_up_model:
        return (both + known.follow_up_model.belief(follow_up_features(features, alone, wider, belief))) / 2
    return both


def _gives_overview(result: SearchResult, section: Section, known: ReportKnowledge) -> bool:
    """Whether nothing particular is asked of a matter that the section speaks of in so many words."""
    matter = matter_of(result.query.text)
    return bool(matter) and speaks_of_all(matter, section, known.tokenizer)


def _is_judged(pair: QAPair) -> bool:
    """Whether people have said of a question that its section answers it or leaves it open."""
    return pair.origin == "curated" and pair.kind in {PairKind.ANSWER, PairKind.GAP}


def _is_foreign(result: SearchResult) -> bool:
    """Nothing of the query stands in any question that the report answers; of a report with few questions that says nothing."""
    return result.unknown["grams"] == result.unknown["section"] == 1.0


def _is_open(result: SearchResult, least_belief: float) -> bool:
    """No section stands out: the second is nearly as likely as the first, and both unlikely."""
    first, *rest = result.candidates
    return bool(rest) and first.score < least_belief and rest[0].score > _RIVAL * first.score


def _is_off_topic(result: SearchResult, stated: float, near: float, *, is_curated: bool) -> bool:
    """Whether the report has nothing on it.

    Without written questions its kinds of question are too few to tell; the belief does, and what is much like a message that no report
    answers.
    """
    if not is_curated:
        return stated < near or any(n.pair.kind is PairKind.OFF_TOPIC and n.similarity >= _MUCH_LIKE for n in result.neighbours)
    stance = result.stance
    off = stance.get("off_topic", -1.0)
    return off > max(stance.get("gap", -1.0), stance.get("answer", -1.0)) or (stated < near and result.unknown["words"] > 0.6)


def _missing(result: SearchResult, section_text: str) -> str:
    """What the question asks for and the section lacks, in a word: by its own words, else by its nearest stored gap."""
    kinds = missing_types(result.query.text, section_text)
    if kinds:
        return next(NAMES[kind] for kind in AnswerType if kind in kinds)
    best = max(result.neighbours, key=lambda n: n.score + n.similarity, default=None)
    return best.pair.missing if best and best.pair.kind is PairKind.GAP and best.similarity >= _NEARLY_SAME else ""
