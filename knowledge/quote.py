"""Which words of a section answer a query: votes of the stored questions near it, and the words they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge.normalize import normalize
from knowledge.records import PairKind, Section, SectionKind
from knowledge.retriever import Neighbour, SearchResult
from knowledge.span import MAX_QUOTE_CHARS, Range, locate, quote_around, sentences, trimmed
from knowledge.tokenizer import character_grams
from knowledge.wanted import holds, wants_of

#: A stored question at 0.8 of the best one's closeness counts a fifth: near questions on another figure must not win.
_SHARPNESS = 7
#: How much words in common with a sentence weigh beside the votes, in votes of the best neighbour.
_OVERLAP_WEIGHT = 0.8
#: How much what a sentence was found to answer weighs, in the same.
_MEANT_WEIGHT = 8.0
#: How much closer a stored question counts whose answer is of the kind asked for (哪个条例), as a share of its closeness.
_WANTED_WEIGHT = 0.15
#: How much it weighs that a line of the particulars is named by its key (文号), in votes of the best neighbour.
_NAMED_WEIGHT = 3.0
#: A sentence beside the best one is shown as well when it has this share of its score and still fits.
_COMPANION_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim words of a section.

    Attributes:
        text: At most 160 characters, as printed.
        start: Offset in the section's text.
        spans: The pieces of it that hold the answer itself; empty when that is the whole quote.
    """

    text: str
    start: int
    spans: tuple[str, ...] = ()


@lru_cache(maxsize=16)  # what is shown is judged before it is shown
def choose_quote(result: SearchResult, section: Section) -> Quote:
    """Choose the words of *section* to show for the query of *result*; the title where the section has no text."""
    text = section.text
    if not text:
        return Quote(section.title, 0)
    near = [n for n in result.neighbours if n.pair.kind is PairKind.ANSWER and n.pair.section == section.id]
    ranges = _sentences(text)
    votes = _votes(near, text, ranges)
    shared = _overlaps(result.query.text, text, ranges)
    meant = _shares(result.sentences.get(section.id, ()), len(ranges))
    scores = [v + _OVERLAP_WEIGHT * o + _MEANT_WEIGHT * m for v, o, m in zip(votes, shared, meant, strict=True)]
    if section.kind is SectionKind.META:
        scores = [s + _NAMED_WEIGHT * _is_named(text[a:b], result.query.text) for s, (a, b) in zip(scores, ranges, strict=True)]
    best = max(range(len(ranges)), key=lambda i: (scores[i], -i))
    spans = _best_spans(near, text, ranges[best], result.query.text)
    located = locate(text, spans) if spans else None
    wanted = located or _widen(ranges, scores, best)
    start, end = quote_around(text, wanted)
    if located:
        start, end = _with_companions(text, ranges, scores, (start, end), scores[best])
    return Quote(text[start:end], start, spans)


def opening_quote(section: Section) -> Quote:
    """The first sentences of a section, as many as fit; its title where it has no text."""
    if not section.text:
        return Quote(section.title, 0)
    ranges = sentences(section.text)
    last = 0
    while last + 1 < len(ranges) and ranges[last + 1][1] <= MAX_QUOTE_CHARS:
        last += 1
    start, end = quote_around(section.text, (0, ranges[last][1]))
    return Quote(section.text[start:end], start)


def quote_of(section: Section, wanted: Range) -> Quote:
    """The words of *section* around the range *wanted* of its text; see ``quote_around``."""
    start, end = quote_around(section.text, wanted)
    return Quote(section.text[start:end], start)


#: ``locate`` for the words of stored questions, many of which come again with every question on their section.
_located = lru_cache(maxsize=8192)(locate)


@lru_cache(maxsize=4096)
def _sentences(printed: str) -> tuple[Range, ...]:
    return tuple(sentences(printed))


def _closeness(neighbour: Neighbour) -> float:
    return 0.5 * neighbour.score + 0.5 * neighbour.similarity


def _votes(near: Sequence[Neighbour], text: str, ranges: Sequence[Range]) -> list[float]:
    """Each sentence's share of the votes; a question answered by the whole section votes for none."""
    votes = [0.0] * len(ranges)
    top = max(map(_closeness, near), default=1.0)
    for neighbour in near:
        located = _located(text, neighbour.pair.spans)
        if located is None:
            continue
        weight = (_closeness(neighbour) / top) ** _SHARPNESS
        for i, (start, end) in enumerate(ranges):
            if start < located[1] and end > located[0]:
                votes[i] += weight
    peak = max(votes, default=0.0)
    return [vote / peak for vote in votes] if peak else votes


def _overlaps(query: str, text: str, ranges: Sequence[Range]) -> list[float]:
    """Share of the query's character pairs that each sentence holds, rarer ones weighing more within the section."""
    grams = set(character_grams(query, sizes=(1, 2)))
    held = [grams & _grams(text[start:end]) for start, end in ranges]
    weight = {gram: len(gram) / sum(gram in h for h in held) for gram in set().union(*held)}
    sums = [sum(weight[gram] for gram in h) for h in held]
    peak = max(sums, default=0.0)
    return [s / peak for s in sums] if peak else sums


def _shares(scores: Sequence[float], count: int) -> list[float]:
    """*scores* of *count* sentences as shares of the best; zeros where there are none."""
    peak = max(scores, default=0.0)
    return [max(0.0, score) / peak for score in scores] if peak > 0 else [0.0] * count


@lru_cache(maxsize=2048)  # some ten kilobytes each
def _grams(printed: str) -> frozenset[str]:
    return frozenset(character_grams(normalize(printed), sizes=(1, 2)))


def _is_named(line: str, query: str) -> bool:
    """Whether the query names the key of a line of particulars: 文号 永政文〔2020〕4号."""
    key, _, value = line.partition(" ")
    return bool(value) and key in query


def _best_spans(near: Sequence[Neighbour], text: str, sentence: Range, query: str) -> tuple[str, ...]:
    """Spans of the closest stored question whose answer touches *sentence*, those of the kind asked for first."""
    wants = wants_of(query)

    def closeness(neighbour: Neighbour) -> float:
        fits = holds(wants, normalize(" ".join(neighbour.pair.spans))) if wants else 0.0
        return _closeness(neighbour) * (1 + _WANTED_WEIGHT * fits)

    for neighbour in sorted(near, key=closeness, reverse=True):
        located = _located(text, neighbour.pair.spans)
        if located and located[0] < sentence[1] and located[1] > sentence[0]:
            return neighbour.pair.spans
    return ()


def _widen(ranges: Sequence[Range], scores: Sequence[float], best: int) -> Range:
    """From the best sentence outwards, the better neighbour first, while the whole fits into a quote."""
    first = last = best
    while True:
        options = []
        if first > 0 and ranges[last][1] - ranges[first - 1][0] <= MAX_QUOTE_CHARS:
            options.append((scores[first - 1], first - 1, last))
        if last + 1 < len(ranges) and ranges[last + 1][1] - ranges[first][0] <= MAX_QUOTE_CHARS:
            options.append((scores[last + 1], first, last + 1))
        if not options:
            return ranges[first][0], ranges[last][1]
        _, first, last = max(options)


def _with_companions(text: str, ranges: Sequence[Range], scores: Sequence[float], quote: Range, top: float) -> Range:
    start, end = quote
    for (s, e), score in zip(ranges, scores, strict=True):
        wider = min(start, s), max(end, e)
        touches = s <= end and e >= start
        if touches and score >= _COMPANION_SHARE * top and wider[1] - wider[0] <= MAX_QUOTE_CHARS:
            start, end = wider
    return trimmed(text, (start, end))
