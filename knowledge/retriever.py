"""Candidates for a query: stored questions that read alike, a classifier's belief and the report's own words, combined.

Six signals, each cheap: a linear classifier over characters, words and syllables says which section a text is about;
BM25 over the same features finds stored questions; rapidfuzz says how alike the best of them are to the query; BM25 over the
report's sections and sentences, everyday words led to the printed ones, says where its own words stand; vectors of words say
where it speaks of the same thing in other words; and, for a report that nobody has written questions for, vectors of whole texts say
which sentence answers such questions elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from knowledge.aspect import Aspect, agreement, asked_aspect
from knowledge.body import BodyIndex
from knowledge.classifier import LinearClassifier
from knowledge.dense import DenseIndex, DenseScores
from knowledge.features import Keys, feature_key
from knowledge.index import Floats, Postings, best_positions
from knowledge.meaning import MeaningIndex
from knowledge.method_cache import cached_method
from knowledge.records import SIGNAL_NAMES, Candidate, PairKind, QAPair, Query
from knowledge.row_memory import RowMemory, Rows
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
#: Words of which it is remembered whether they tell sections apart.
_REMEMBERED_WORDS = 4096
_NO_ROWS: Rows = np.array([], dtype=np.int32)


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


def _vocabularies(owners: NDArray[np.intp], names: Sequence[str], postings: Postings) -> dict[str, Rows]:
    """Ascending rows, in the postings, of the features of each section's answerable questions."""
    rows = np.repeat(np.arange(len(postings.keys), dtype=np.int32), np.diff(postings.starts))
    sections = owners[postings.documents]
    return {name: np.unique(rows[sections == i]) for i, name in enumerate(names)}


def _share_outside(rows: Rows, vocabulary: Rows) -> float:
    """Share of *rows*, one or more, that are not in the ascending *vocabulary*."""
    if not len(vocabulary):
        return 1.0
    places = np.searchsorted(vocabulary, rows)
    places[places == len(vocabulary)] = 0
    return float(np.count_nonzero(vocabulary[places] != rows) / len(rows))


class Neighbour(NamedTuple):
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
        sentences: How well each sentence of the best section answers, by section; empty for a report without a dense index.
    """

    query: Query
    candidates: tuple[Candidate, ...]
    neighbours: tuple[Neighbour, ...]
    stance: dict[str, float]
    unknown: dict[str, float]
    around: SearchResult | None = None
    sentences: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.query)  # of its values, some have no hash


#: What a follow-up counts as where it is let in.
_OPENED = {PairKind.FOLLOW_UP: PairKind.ANSWER, PairKind.OPEN_FOLLOW_UP: PairKind.GAP}
_WHOLE_COLUMN = SIGNAL_NAMES.index("whole")
#: Rows of ``Told.scores``.
_WHOLE, _SENTENCE, _MEANING = (SIGNAL_NAMES.index(name) - _WHOLE_COLUMN for name in ("whole", "sentence", "meaning"))


class _Shared(NamedTuple):
    """What a query shares with the report, whatever the conversation around it; to be read only."""

    distinct: list[str]
    stance_rows: Rows
    match_rows: Rows
    margins: Floats
    told: Told
    unknown: dict[str, float]


class Told(NamedTuple):
    """What the report's own words say of a query.

    Attributes:
        scores: The signals from ``whole`` to ``dense``, shape (signals, sections), in printed order.
        nearest: The best sentence of each section that has one, normalized, by its place.
        shortlist: Places of the sections that stand out in any of these signals, some of them more than once.
        dense: Scores of the sentences; None for a report without a dense index.
    """

    scores: NDArray[np.float64]
    nearest: dict[int, str]
    shortlist: list[int]
    dense: DenseScores | None


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
        dense: Index of what its sentences answer; None where stored questions say that better.
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
        dense: DenseIndex | None,
        weights: Mapping[str, float],
        aspects: Mapping[str, Aspect],
        year: int | None,
    ) -> None:
        self.pairs = pairs
        self.texts = texts
        self.postings = postings
        self.topics = topics
        self._stances = stances
        self._features = RowMemory(topics.keys, stances.keys)
        self._match_features = RowMemory(postings.keys, known)
        self._crossed = RowMemory(stances.keys)
        self._body = body
        self._meaning = meaning
        self._dense = dense
        self._aspects = aspects
        self._year = year
        self._places = {name: i for i, name in enumerate(meaning.sections)}
        self._weights = np.array([weights[name] for name in SIGNAL_NAMES])
        self._follow_ups = np.array([i for i, pair in enumerate(pairs) if pair.is_follow_up], dtype=np.intp)
        by_section: dict[str, list[int]] = {}
        for i in self._follow_ups.tolist():
            by_section.setdefault(pairs[i].section, []).append(i)
        self._follow_ups_of = {section: np.array(positions, dtype=np.intp) for section, positions in by_section.items()}
        # Where it is let in, a follow-up is a question like any other.
        self._opened = [replace(pair, kind=_OPENED[pair.kind]) if pair.is_follow_up else pair for pair in pairs]
        self._owners, names = _owners(pairs)
        self._sizes = np.bincount(self._owners[self._owners >= 0], minlength=len(names))
        self._vocabularies = _vocabularies(self._owners, names, postings)
        self._columns = {name: i for i, name in enumerate(topics.classes)}
        self._has_gaps = PairKind.GAP.value in stances.classes
        # A few hundred words make up most questions.
        self._tells = cached_method(self._is_telling, maxsize=_REMEMBERED_WORDS)
        # What many people ask, and what a follow-up leans on, is searched for again and again; most of it is the same each time.
        self._shared = cached_method(self._share, maxsize=_REMEMBERED)
        self._near = cached_method(self._neighbours, maxsize=_REMEMBERED)
        self._search_alone = cached_method(self._search_unfavored, maxsize=_REMEMBERED)

    def names_topic(self, query: Query) -> bool:
        """Whether any word of *query* tells sections apart: 依据的是什么文件 has none, 撤销的呢 has one."""
        return any(self._tells(word) for word in query.words if not word[0].isascii())

    def _is_telling(self, word: str) -> bool:
        """Whether *word* tells sections apart."""
        owners = self._owners[self.postings.documents_of(np.uint64(feature_key(f"w{word}")))]
        shares = np.bincount(owners[owners >= 0], minlength=len(self._sizes)) / (self._sizes + _HANDFUL)
        return bool(shares.max() >= _TELLING * shares.sum())  # one never asked with is a topic of its own

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

    def _search_unfavored(self, query: Query, against: frozenset[str]) -> SearchResult:
        return self._search(query, {}, against)

    def _search(self, query: Query, favored: Mapping[str, float], against: frozenset[str]) -> SearchResult:
        distinct, stance_rows, match_rows, margins, told, unknown = self._shared(query)
        neighbours = self._near(query, frozenset(section for section, boost in favored.items() if boost >= _ABOUT))
        found = neighbours or told.scores[_WHOLE].any() or told.scores[_MEANING].any()
        candidates = self._candidates(query.text, margins, neighbours, told, favored, against) if found else ()
        if candidates and self._has_gaps and (section := candidates[0].section):
            crossed = [crossed_feature(feature, section) for feature in distinct if is_crossed(feature)]
            stance_rows = np.concatenate((stance_rows, self._crossed.find(crossed)[0]))
        stance = dict(zip(self._stances.classes, self._stances.margins_of(stance_rows).tolist(), strict=True))
        vocabulary = self._vocabularies.get(candidates[0].section, _NO_ROWS) if candidates else _NO_ROWS
        unknown = {**unknown, "section": _share_outside(match_rows, vocabulary) if len(match_rows) else 1.0}
        sentences = {c.section: self._dense.of_section(told.dense, c.section) for c in candidates[:1]} if self._dense and told.dense else {}
        return SearchResult(query, candidates, neighbours, stance, unknown, sentences=sentences)

    def _share(self, query: Query) -> _Shared:
        match = match_features(query)
        distinct = list(dict.fromkeys(topic_features(query, match)))
        topic_rows, stance_rows = self._features.find(distinct)
        match_rows, known_rows = self._match_features.find(match)
        margins = self.topics.margins_of(topic_rows)
        unknown = _unknown(query, known_rows)
        return _Shared(distinct, stance_rows, match_rows, margins, self._tell(query), unknown)

    def _tell(self, query: Query) -> Told:
        body, meaning = self._body.search(query), self._meaning.search(query)
        dense = self._dense.search(query) if self._dense else None
        signals: list[NDArray[Any]] = [body.whole, body.sentence, body.coverage, *meaning]
        if dense is not None:
            signals.append(dense.sections)
        best = np.argsort(-np.vstack(signals), axis=1, kind="stable")[:, :_IN_WORDS]
        scores: NDArray[np.float64] = np.vstack(signals if dense is not None else [*signals, np.zeros(len(self._places))])
        worded = [place for signal in (_WHOLE, _SENTENCE) for place in best[signal].tolist() if scores[signal, place]]
        return Told(scores, body.nearest, worded + best[_MEANING:].ravel().tolist(), dense)

    def candidates_without(self, query: Query, position: int, margins: Floats) -> tuple[Candidate, ...]:
        """The sections for *query* as if the stored question at *position* were not there.

        Args:
            query: A query.
            position: Place of a stored question in ``pairs``.
            margins: Of a classifier of sections that was trained without it, in the order of ``topics.classes``.
        """
        near = self._neighbours(query, frozenset(), without=position)
        return self._candidates(query.text, margins, near, self._tell(query), {}, frozenset())

    def _neighbours(self, query: Query, about: frozenset[str], *, without: int | None = None) -> tuple[Neighbour, ...]:
        """The stored questions nearest to *query*; *about*: sections that the conversation is about."""
        scores = self.postings.scores_of(self._shared(query).match_rows)
        self._shut(scores, about)
        if without is not None:
            scores[without] = 0.0
        best = best_positions(scores, NEIGHBOURS)
        if not best:
            return ()
        alike = process.cdist([query.text], [self.texts[i] for i in best], scorer=fuzz.ratio, dtype=np.float64)[0] / 100
        pairs = [self._opened[i] for i in best]
        return tuple(map(Neighbour, pairs, best, (scores[best] / scores[best[0]]).tolist(), alike.tolist()))

    def _shut(self, scores: NDArray[np.float64], about: frozenset[str]) -> None:
        """Leave no score to the follow-up questions of sections that the conversation is not about."""
        let_in = [self._follow_ups_of[section] for section in about if section in self._follow_ups_of]
        kept = [scores[positions] for positions in let_in]
        scores[self._follow_ups] = 0.0
        for positions, own in zip(let_in, kept, strict=True):
            scores[positions] = own

    def _candidates(
        self,
        text: str,
        margins: Floats,
        neighbours: Sequence[Neighbour],
        told: Told,
        favored: Mapping[str, float],
        against: frozenset[str],
    ) -> tuple[Candidate, ...]:
        answers: dict[str, _Near] = {}
        for neighbour in neighbours:
            if neighbour.pair.kind is PairKind.ANSWER:
                answers.setdefault(neighbour.pair.section, _Near()).add(neighbour)
        order = np.argsort(-margins, kind="stable").tolist()
        sections = self._worth_a_look([self.topics.classes[i] for i in order[:_CLASSIFIED]], answers, favored, told)
        places = [self._places[section] for section in sections]
        wanted, aspect = wants_of(text), asked_aspect(text, self._year)
        sides = [agreement(aspect, section, self._aspects) for section in sections]
        signals = np.zeros((len(sections), len(SIGNAL_NAMES)))
        margin = margins[[self._columns[section] for section in sections]]
        first, second = margins[order[0]], margins[order[min(1, len(order) - 1)]]
        signals[:, 0] = margin
        signals[:, 1] = margin - np.where(margin == first, second, first)
        total = sum(near.votes for near in answers.values()) or 1.0
        if answers:  # they come after those of the classifier, or among them
            rows = [row for row, section in enumerate(sections) if section in answers]
            near_by = [answers[sections[row]] for row in rows]
            signals[rows, 2:_WHOLE_COLUMN] = [(near.similarity, near.score, near.votes / total) for near in near_by]
        signals[:, _WHOLE_COLUMN:-2] = told.scores[:, places].T
        if wanted:
            signals[:, -2] = [holds(wanted, told.nearest.get(place, "")) for place in places]
        signals[:, -1] = sides
        given = []
        for section, side in zip(sections, sides, strict=True):
            # What a conversation is about is no reason to stay with it when another side of the matter is asked for.
            boost = favored.get(section, 0.0) * (_OTHER_SIDE if side < 0 else 1.0)
            near = answers.get(section, _NONE_NEAR)
            given.append(boost - _AGAINST * (section in against) + _AS_STORED * near.is_stored)
        logits = signals @ self._weights + np.array(given)
        beliefs = np.exp(logits - logits.max())
        beliefs /= beliefs.sum()
        ranked = np.argsort(-beliefs, kind="stable").tolist()
        scores, shown = beliefs.tolist(), np.round(signals, 4).tolist()
        return tuple(
            _candidate(sections[i], scores[i], rank, answers.get(sections[i], _NONE_NEAR), shown[i]) for rank, i in enumerate(ranked, 1)
        )

    def _worth_a_look(self, classified: Iterable[str], answers: Iterable[str], favored: Iterable[str], told: Told) -> list[str]:
        """The sections that any signal speaks for, each once."""
        worded = (self._meaning.sections[place] for place in told.shortlist)
        known = (section for section in (*favored, *worded) if section in self._columns)
        return list(dict.fromkeys([*classified, *answers, *known]))


def _unknown(query: Query, rows: Rows) -> dict[str, float]:
    """The share of each kind of the ``match_features`` of *query* that is unknown, -1 in *rows*."""
    if not len(rows):
        return {"grams": 1.0, "words": 1.0, "syllables": 1.0}
    missing = (rows < 0).tolist()
    words = len(query.words)
    grams = len(rows) - words - max(0, len(query.syllables) - 1)
    parts = {"grams": missing[:grams], "words": missing[grams : grams + words], "syllables": missing[grams + words :]}
    return {name: sum(part) / len(part) if part else 0.0 for name, part in parts.items()}


class _Near:
    """The neighbours that one section answers.

    Attributes:
        similarity: Of the one most alike.
        score: Of the one with the best BM25 score.
        votes: Of all of them.
        best: The nearest by both, and how near that is; None where there is none.
        is_stored: Whether one of them is the query itself.
    """

    __slots__ = ("best", "closeness", "is_stored", "score", "similarity", "votes")

    def __init__(self) -> None:
        self.similarity = self.score = self.votes = self.closeness = 0.0
        self.best: Neighbour | None = None
        self.is_stored = False

    def add(self, neighbour: Neighbour) -> None:
        """Count *neighbour* in."""
        pair, position, score, similarity = neighbour
        self.votes += score**3
        self.similarity = max(self.similarity, similarity)
        self.score = max(self.score, score)
        closeness = score + similarity
        if self.best is None or (closeness, -position) > (self.closeness, -self.best.position):
            self.best, self.closeness = neighbour, closeness
        if similarity == 1.0 and pair.origin != "generated":
            self.is_stored = True


_NONE_NEAR = _Near()


def _merged(near: Sequence[Neighbour], around: Sequence[Neighbour]) -> tuple[Neighbour, ...]:
    """Neighbours of a follow-up: its own, and those of the wider query that it does not have, further off."""
    own = {n.position for n in near}
    share = model_weights()["follow_up"]["neighbour"]
    added = [Neighbour(n.pair, n.position, n.score * share, n.similarity * share) for n in around if n.position not in own]
    return (*near, *added)


def _candidate(section: str, belief: float, rank: int, near: _Near, signals: Sequence[float]) -> Candidate:
    best = near.best
    return Candidate(section, belief, rank, best.pair if best else None, best.similarity if best else 0.0, tuple(signals))
