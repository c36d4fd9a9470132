"""Candidates for a query: stored questions that read alike, a classifier's belief and the report's own words, combined.

Five signals, each cheap: a linear classifier over characters, words and syllables says which section a text is about;
BM25 over the same features finds stored questions; rapidfuzz says how alike the best of them are to the query; BM25 over the
report's sections and sentences, everyday words led to the printed ones, says where its own words stand; vectors of words say
where it speaks of the same thing in other words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from knowledge.aspect import Aspect, agreement, asked_aspect
from knowledge.body import BodyIndex, BodyScores
from knowledge.classifier import LinearClassifier
from knowledge.features import Keys, feature_keys
from knowledge.index import Floats, Postings, best_positions
from knowledge.meaning import MeaningIndex, MeaningScores
from knowledge.records import Candidate, PairKind, QAPair, Query
from knowledge.tokenizer import character_grams
from knowledge.wanted import holds, wants_of
from knowledge.weights import model_weights

#: Stored questions looked at more closely for each query. Twice as many change no answer on the development questions.
NEIGHBOURS = 40
#: Words this far apart count as a pair.
_NEAR_WORDS = 4
#: Candidates that the classifier may add to those of the neighbours, and those that the report's own words may, as printed or
#: by what they mean.
_CLASSIFIED = 6
_IN_WORDS = 4
#: Log odds from which a conversation counts as being about a section.
_ABOUT = 2.0
#: Log odds added to the section that a stored question belongs to, when it is asked word for word.
_AS_STORED = 8.0
#: Log odds taken from a section that another year is named against.
_AGAINST = 3.0
#: Share left of what a conversation adds to a section on another side of the matter than the one asked for.
_OTHER_SIDE = 0.25
#: A word that one section has so much of, as a share of its use by all sections, each counted by its own number of questions,
#: tells sections apart; a section counts as having this many questions more than it has, lest a handful of them look like much.
_TELLING, _HANDFUL = 0.35, 30
#: Queries of which what was found is remembered, some ten kilobytes each.
_REMEMBERED = 256
_NO_KEYS: Keys = np.array([], dtype=np.uint64)


def match_features(query: Query) -> list[str]:
    """Features by which stored questions are found: character pairs, words and syllable pairs, marked by kind."""
    grams = [f"c{gram}" for gram in character_grams(query.text, sizes=(2,))]
    syllables = zip(query.syllables, query.syllables[1:], strict=False)
    return [*grams, *(f"w{word}" for word in query.words), *(f"p{a} {b}" for a, b in syllables)]


def topic_features(query: Query, match: Sequence[str] | None = None) -> list[str]:
    """Features the classifiers read: ``match_features``, then single characters, triples, and words that stand near each other.

    Args:
        query: The query.
        match: Its ``match_features``, where they are at hand.
    """
    grams = [f"c{gram}" for gram in character_grams(query.text, sizes=(1, 3))]
    near = [f"n{word} {other}" for i, word in enumerate(query.words) for other in query.words[i + 1 : i + _NEAR_WORDS]]
    return [*(match_features(query) if match is None else match), *grams, *near]


def is_crossed(feature: str) -> bool:
    """Whether kinds of question are told apart by *feature* as asked of a section: words, and up to two characters."""
    return feature[0] == "w" or (feature[0] == "c" and len(feature) <= 3)


def crossed_feature(feature: str, section: str) -> str:
    """*feature* as asked of *section*.

    How many is answered of one section and left open of another; crossing features with the section lets one model learn both.
    Source: Daumé III, "Frustratingly Easy Domain Adaptation" (ACL 2007).
    """
    return f"{feature}@{section}"


def _owners(pairs: Sequence[QAPair]) -> tuple[NDArray[np.intp], list[str]]:
    """For each pair the number of the section that answers it, -1 for those that none does; and the names of the sections."""
    names = sorted({pair.section for pair in pairs if pair.kind is PairKind.ANSWER})
    code = {name: i for i, name in enumerate(names)}
    return np.array([code[pair.section] if pair.kind is PairKind.ANSWER else -1 for pair in pairs], dtype=np.intp), names


def _vocabularies(owners: NDArray[np.intp], names: Sequence[str], postings: Postings) -> dict[str, Keys]:
    """Sorted keys of the features of each section's answerable questions."""
    rows = np.repeat(np.arange(len(postings.keys)), np.diff(postings.starts))
    sections = owners[postings.documents]
    return {name: postings.keys[np.unique(rows[sections == i])] for i, name in enumerate(names)}


def _not_in(keys: Keys, vocabulary: Keys) -> NDArray[np.bool_]:
    """Which of *keys* are not in the sorted *vocabulary*."""
    if not len(vocabulary):
        return np.ones(len(keys), dtype=np.bool_)
    rows = np.searchsorted(vocabulary, keys)
    rows[rows == len(vocabulary)] = 0
    missing: NDArray[np.bool_] = vocabulary[rows] != keys
    return missing


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A stored question near the query.

    Attributes:
        pair: The stored question.
        position: Its place in the release.
        score: Its BM25 score as a share of the best neighbour's, in [0, 1].
        similarity: ``rapidfuzz.fuzz.ratio`` of the normalized texts, in [0, 1].
    """

    pair: QAPair
    position: int
    score: float
    similarity: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What one search found.

    Attributes:
        query: The query, spelling put right.
        candidates: Sections, best first.
        neighbours: Stored questions of every kind, best BM25 score first.
        stance: Margin by kind of question (answer, gap, off_topic), as asked of the best section, of the classifier that tells
            them apart.
        unknown: Share of the query's character pairs, words and syllable pairs that no answerable question holds, by kind;
            ``section`` is the share of all of them that no answerable question of the best section holds.
        around: What was found for the query with what it leaves unsaid; None for a whole question.
    """

    query: Query
    candidates: tuple[Candidate, ...]
    neighbours: tuple[Neighbour, ...]
    stance: dict[str, float]
    unknown: dict[str, float]
    around: SearchResult | None = None


#: The signals of a candidate: classifier margin, its lead over the next section, similarity of the nearest stored
#: question, its BM25 share, share of the neighbours' votes; BM25 share of its own text and of its best sentence, share of the
#: query's words that it uses; how much its words and those of its best sentence mean the same, see ``MeaningScores``; whether its
#: best sentence holds the kinds of thing that are wanted, in [-1, 1], see ``knowledge.wanted``; whether it is on the side of the
#: matter that is asked for, in [-1, 1], see ``knowledge.aspect``.
SIGNAL_NAMES = (
    *("margin", "lead", "similarity", "match", "votes", "whole", "sentence", "coverage"),
    *("meaning", "meaning_sentence", "meaning_close", "meaning_same", "meaning_lacking", "holds", "aspect"),
)


class _Shared(NamedTuple):
    """What a query shares with the report, whatever the conversation around it; to be read only."""

    topic: list[str]
    topic_keys: Keys
    match_keys: Keys
    margins: Floats
    body: BodyScores
    meaning: MeaningScores
    unknown: dict[str, float]


class Retriever:
    """Search over one report's sections.

    Attributes:
        pairs: Stored questions of all kinds.
        texts: Their normalized texts, same order.
        postings: Index of their ``match_features``, same order.
        topics: Classifier of sections.

    Args:
        pairs: Stored questions of all kinds.
        texts: Their normalized texts, same order.
        postings: Index of ``match_features`` of the questions, same order.
        topics: Classifier of sections.
        stances: Classifier of kinds of question.
        known: Sorted keys of the features of answerable questions.
        body: Index of the report's own words.
        meaning: Index of what they mean.
        weights: Weight of each signal of a candidate, by name.
        aspects: Side of the matter that each section is on, see ``knowledge.aspect``.
        year: The report's year, or None.
    """

    def __init__(
        self,
        pairs: Sequence[QAPair],
        texts: Sequence[str],
        *,
        postings: Postings,
        topics: LinearClassifier,
        stances: LinearClassifier,
        known: Keys,
        body: BodyIndex,
        meaning: MeaningIndex,
        weights: Mapping[str, float],
        aspects: Mapping[str, Aspect],
        year: int | None,
    ) -> None:
        self.pairs = pairs
        self.texts = texts
        self.postings = postings
        self.topics = topics
        self._stances = stances
        self._known = known
        self._body = body
        self._meaning = meaning
        self._aspects = aspects
        self._year = year
        self._rows = {name: i for i, name in enumerate(meaning.sections)}
        self._weights = np.array([weights[name] for name in SIGNAL_NAMES])
        self._follow_ups = np.array([i for i, pair in enumerate(pairs) if pair.kind is PairKind.FOLLOW_UP], dtype=np.intp)
        # Where it is let in, a follow-up is a question like any other.
        self._opened = [replace(pair, kind=PairKind.ANSWER) if pair.kind is PairKind.FOLLOW_UP else pair for pair in pairs]
        self._owners, names = _owners(pairs)
        self._sizes = np.bincount(self._owners[self._owners >= 0], minlength=len(names))
        self._vocabularies = _vocabularies(self._owners, names, postings)
        self._columns = {name: i for i, name in enumerate(topics.classes)}
        self._has_gaps = PairKind.GAP.value in stances.classes
        # What many people ask, and what a follow-up leans on, is searched for again and again; most of it is the same each time.
        self._shared = lru_cache(maxsize=_REMEMBERED)(self._share)
        self._near = lru_cache(maxsize=_REMEMBERED)(self._neighbours)
        self._search_alone = lru_cache(maxsize=_REMEMBERED)(lambda query, against: self._search(query, {}, against))

    def names_topic(self, query: Query) -> bool:
        """Whether any word of *query* tells sections apart: 依据的是什么文件 has none, 撤销的呢 has one."""
        words = [word for word in query.words if not word[0].isascii()]
        for key in feature_keys(f"w{word}" for word in words):
            owners = self._owners[self.postings.documents_of(key)]
            shares = np.bincount(owners[owners >= 0], minlength=len(self._sizes)) / (self._sizes + _HANDFUL)
            if shares.max() >= _TELLING * shares.sum():  # one never asked with is a topic of its own
                return True
        return False

    def search(
        self,
        query: Query,
        *,
        favored: Mapping[str, float] = MappingProxyType({}),
        wider: Query | None = None,
        against: frozenset[str] = frozenset(),
    ) -> SearchResult:
        """Find the sections that *query* is about, best first; none when nothing at all is shared.

        Args:
            query: A query read by the same tokenizer as the stored questions.
            favored: What a conversation adds to the belief in a section, in log odds.
            wider: The query with what it leaves unsaid, for one that is no whole question: 退回呢 after a question on the
                cases handed over. Its beliefs and neighbours count too, at a lower weight.
            against: Sections that a year or place of the question speaks against.
        """
        if wider is not None:
            around = self._search_alone(wider, against)
            weight = model_weights()["follow_up"]["wider"]
            ahead = {c.section: weight * math.log(max(c.score, 1e-6)) + 14 * weight for c in around.candidates}
            favored = {s: favored.get(s, 0.0) + ahead.get(s, 0.0) for s in {**favored, **ahead}}
            alone = self.search(query, favored=favored, against=against)
            return replace(alone, neighbours=_merged(alone.neighbours, around.neighbours), around=around)
        if not favored:
            return self._search_alone(query, against)
        return self._search(query, favored, against)

    def _search(self, query: Query, favored: Mapping[str, float], against: frozenset[str]) -> SearchResult:
        topic, topic_keys, match_keys, margins, body, meaning, unknown = self._shared(query)
        neighbours = self._near(query, frozenset(section for section, boost in favored.items() if boost >= _ABOUT))
        found = neighbours or body.whole or meaning.section.any()
        candidates = self._candidates(query.text, margins, neighbours, body, meaning, favored, against) if found else ()
        stance_keys = topic_keys
        if candidates and self._has_gaps and (section := candidates[0].section):
            crossed = feature_keys(crossed_feature(feature, section) for feature in topic if is_crossed(feature))
            stance_keys = np.concatenate((topic_keys, crossed))
        stance = dict(zip(self._stances.classes, self._stances.margins(stance_keys).tolist(), strict=True))
        vocabulary = self._vocabularies.get(candidates[0].section, _NO_KEYS) if candidates else _NO_KEYS
        unknown = {**unknown, "section": float(_not_in(match_keys, vocabulary).mean()) if len(match_keys) else 1.0}
        return SearchResult(query, candidates, neighbours, stance, unknown)

    def _share(self, query: Query) -> _Shared:
        match = match_features(query)
        topic = topic_features(query, match)
        topic_keys = feature_keys(topic)
        match_keys = topic_keys[: len(match)]
        margins = self.topics.margins(topic_keys)
        unknown = self._unknown(query, match_keys)
        return _Shared(topic, topic_keys, match_keys, margins, self._body.search(query), self._meaning.search(query), unknown)

    def candidates_without(self, query: Query, position: int, margins: Floats) -> tuple[Candidate, ...]:
        """The sections for *query* as if the stored question at *position* were not there.

        Args:
            query: A query.
            position: Place of a stored question in ``pairs``.
            margins: Of a classifier of sections that was trained without it, in the order of ``topics.classes``.
        """
        near = self._neighbours(query, frozenset(), without=position)
        return self._candidates(query.text, margins, near, self._body.search(query), self._meaning.search(query), {}, frozenset())

    def _neighbours(self, query: Query, about: frozenset[str], *, without: int | None = None) -> tuple[Neighbour, ...]:
        """The stored questions nearest to *query*; *about*: sections that the conversation is about."""
        scores = self.postings.scores(feature_keys(match_features(query)))
        scores[self._shut(about)] = 0.0
        if without is not None:
            scores[without] = 0.0
        best = best_positions(scores, NEIGHBOURS)
        if not best:
            return ()
        top = scores[best[0]]
        text = query.text
        return tuple(Neighbour(self._opened[i], i, float(scores[i] / top), fuzz.ratio(text, self.texts[i]) / 100) for i in best)

    def _shut(self, about: frozenset[str]) -> NDArray[np.intp]:
        """Positions of the follow-up questions of sections that the conversation is not about."""
        if not about:
            return self._follow_ups
        return np.array([i for i in self._follow_ups if self.pairs[i].section not in about], dtype=np.intp)

    def _candidates(
        self,
        text: str,
        margins: Floats,
        neighbours: Sequence[Neighbour],
        body: BodyScores,
        meaning: MeaningScores,
        favored: Mapping[str, float],
        against: frozenset[str],
    ) -> tuple[Candidate, ...]:
        answers: dict[str, list[Neighbour]] = {}
        for neighbour in neighbours:
            if neighbour.pair.kind is PairKind.ANSWER:
                answers.setdefault(neighbour.pair.section, []).append(neighbour)
        order = np.argsort(-margins, kind="stable")
        sections = self._worth_a_look([self.topics.classes[i] for i in order[:_CLASSIFIED]], answers, favored, body, meaning)
        votes = {section: sum(n.score**3 for n in near) for section, near in answers.items()}
        total = sum(votes.values()) or 1.0
        first, second = margins[order[0]], margins[order[min(1, len(order) - 1)]]
        wanted, aspect = wants_of(text), asked_aspect(text, self._year)
        sides = {section: agreement(aspect, section, self._aspects) for section in sections}
        rows = []
        for section in sections:
            margin = margins[self._columns[section]]
            near = answers.get(section, ())
            place = self._rows[section]
            rows.append(
                (
                    margin,
                    margin - (second if margin == first else first),
                    max((n.similarity for n in near), default=0.0),
                    max((n.score for n in near), default=0.0),
                    votes.get(section, 0.0) / total,
                    body.whole.get(section, 0.0),
                    body.sentence.get(section, 0.0),
                    body.coverage.get(section, 0.0),
                    *(float(scores[place]) for scores in meaning),
                    holds(wanted, body.nearest.get(section, "")) if wanted else 0.0,
                    sides[section],
                )
            )
        signals = np.array(rows)
        # What a conversation is about is no reason to stay with it when another side of the matter is asked for.
        favored = {s: boost * (_OTHER_SIDE if sides.get(s, 0.0) < 0 else 1.0) for s, boost in favored.items()}
        given = [favored.get(s, 0.0) - _AGAINST * (s in against) + _AS_STORED * _is_stored(answers.get(s, ())) for s in sections]
        logits = signals @ self._weights + np.array(given)
        beliefs = np.exp(logits - logits.max())
        beliefs /= beliefs.sum()
        ranked = np.argsort(-beliefs, kind="stable")
        shown = np.round(signals, 4).tolist()
        return tuple(
            _candidate(sections[i], float(beliefs[i]), rank, answers.get(sections[i], ()), shown[i]) for rank, i in enumerate(ranked, 1)
        )

    def _worth_a_look(
        self, classified: Iterable[str], answers: Iterable[str], favored: Iterable[str], body: BodyScores, meaning: MeaningScores
    ) -> list[str]:
        """The sections that any signal speaks for, each once."""
        worded = [s for scores in (body.whole, body.sentence) for s in sorted(scores, key=lambda s: -scores[s])[:_IN_WORDS]]
        meant = [self._meaning.sections[i] for scores in meaning for i in np.argsort(-scores, kind="stable")[:_IN_WORDS]]
        known = (section for section in (*favored, *worded, *meant) if section in self._columns)
        return list(dict.fromkeys([*classified, *answers, *known]))

    def _unknown(self, query: Query, keys: Keys) -> dict[str, float]:
        if not len(keys):
            return {"grams": 1.0, "words": 1.0, "syllables": 1.0}
        missing = _not_in(keys, self._known)
        words = len(query.words)
        grams = len(keys) - words - max(0, len(query.syllables) - 1)
        parts = {"grams": missing[:grams], "words": missing[grams : grams + words], "syllables": missing[grams + words :]}
        return {name: float(part.mean()) if len(part) else 0.0 for name, part in parts.items()}


def _is_stored(near: Iterable[Neighbour]) -> bool:
    """Whether one of the stored questions *near* the query is the query itself."""
    return any(n.similarity == 1.0 and n.pair.origin != "generated" for n in near)


def _merged(near: Sequence[Neighbour], around: Sequence[Neighbour]) -> tuple[Neighbour, ...]:
    """Neighbours of a follow-up: its own, and those of the wider query that it does not have, further off."""
    own = {n.position for n in near}
    share = model_weights()["follow_up"]["neighbour"]
    added = [replace(n, score=n.score * share, similarity=n.similarity * share) for n in around if n.position not in own]
    return (*near, *added)


def _candidate(section: str, belief: float, rank: int, near: Sequence[Neighbour], signals: Sequence[float]) -> Candidate:
    best = max(near, key=lambda n: (n.score + n.similarity, -n.position), default=None)
    similarity = best.similarity if best else 0.0
    return Candidate(section, belief, rank, best.pair if best else None, similarity, dict(zip(SIGNAL_NAMES, signals, strict=True)))
