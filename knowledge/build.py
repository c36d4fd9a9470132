"""Source -> everything a release stores on one report: questions, figures, terms, index and classifiers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from knowledge.body import BodyIndex
from knowledge.classifier import LinearClassifier
from knowledge.collector import collector_paused
from knowledge.documents import Source
from knowledge.errors import InvalidRelease, InvalidSource
from knowledge.features import FeatureRows
from knowledge.figures import extract_figures, numbers_in
from knowledge.index import Postings
from knowledge.normalize import normalize, pieces
from knowledge.pairs import curated_pairs, generated_pairs, off_topic_pairs, read_terms
from knowledge.qualifiers import find_qualifiers, section_years
from knowledge.records import PairKind, QAPair, Query, Report, Term
from knowledge.report import parse_report, reassemble, source_body
from knowledge.retriever import crossed_feature, is_crossed, match_features, topic_features
from knowledge.spelling import Spelling, read_syllables
from knowledge.store import Arrays, StoredReport
from knowledge.tokenizer import Tokenizer


@collector_paused()
def build_report(source: Source) -> StoredReport:
    """Parse the report of *source* and build what a release stores on it.

    Raises:
        InvalidSource: If a file breaks a rule; it says which, where and why.
    """
    report = parse_report(source.document, report_id=source.id)
    if reassemble(report.sections) != source_body(source.document):
        raise InvalidSource(source.document, "", "parsed sections do not add up to the body; please report this with the file")
    terms_file, pairs_file = source.companion("terms.yaml"), source.companion("pairs.yaml")
    terms = read_terms(terms_file, report) if terms_file else []
    curated = curated_pairs(pairs_file, report) if pairs_file else []
    tokenizer = make_tokenizer(terms)
    kept = [pair for pair in curated if not _left_to_qualifiers(pair, report, tokenizer)]
    pairs = _unique([*kept, *generated_pairs(report), *off_topic_pairs()])
    texts = [normalize(pair.question) for pair in pairs]
    readings = read_syllables(_vocabulary(report, pairs, texts))
    tokenizer = make_tokenizer(terms, readings=readings)
    queries = [tokenizer.query_of(pair.question, text) for pair, text in zip(pairs, texts, strict=True)]
    return StoredReport(
        report,
        tuple(pairs),
        tuple(texts),
        tuple(figure for section in report.sections for figure in extract_figures(section)),
        tuple(terms),
        readings,
        train_indexes(pairs, queries) | _body_arrays(report, tokenizer),
    )


def _left_to_qualifiers(pair: QAPair, report: Report, tokenizer: Tokenizer) -> bool:
    """Whether a gap is one for its year alone (2018年办了几件): the same words of the report's own year are answered."""
    section = report.section(pair.section) if pair.kind is PairKind.GAP else None
    if section is None:
        return False
    years = find_qualifiers(normalize(pair.question), home=report.place, year=report.year, cut=tokenizer.cut).years
    return bool(years) and not section_years(section, report).issuperset(years)


def _body_arrays(report: Report, tokenizer: Tokenizer) -> Arrays:
    return {
        f"{name}.{key}": array
        for name, postings in zip(("sections", "sentences"), BodyIndex.build(report, tokenizer), strict=True)
        for key, array in postings.arrays().items()
    }


def make_tokenizer(terms: Sequence[Term], *, readings: dict[str, str] | None = None) -> Tokenizer:
    """The tokenizer of a report with these *terms*."""
    synonyms = {normalize(s): normalize(t.name) for t in terms for s in t.synonyms}
    return Tokenizer(words=[normalize(t.name) for t in terms], synonyms=synonyms, readings=readings)


def make_spelling(stored: StoredReport, tokenizer: Tokenizer) -> Spelling:
    """The spelling model of a stored report."""
    texts = _vocabulary(stored.report, stored.pairs, stored.texts)
    return Spelling(texts, is_word=tokenizer.is_word, cut=tokenizer.cut, readings=stored.readings)


def _vocabulary(report: Report, pairs: Sequence[QAPair], texts: Sequence[str]) -> list[str]:
    """What people ask and what the report says, off-topic messages left out."""
    asked = [text for pair, text in zip(pairs, texts, strict=True) if pair.kind is not PairKind.OFF_TOPIC]
    printed = [s.title + "\n" + s.text for s in report.sections]
    return asked + [normalize(piece) for text in printed for piece in pieces(text)]


def _unique(pairs: Sequence[QAPair]) -> list[QAPair]:
    """Each question once for each kind and section; the curated one, which comes first, wins."""
    return list({(p.question, p.section, p.kind): p for p in reversed(pairs)}.values())[::-1]


def train_indexes(pairs: Sequence[QAPair], queries: Sequence[Query]) -> Arrays:
    """Index and classifiers of stored *pairs*, read as *queries* in the same order."""
    match = [match_features(query) for query in queries]
    topic = FeatureRows.read([topic_features(query, features) for query, features in zip(queries, match, strict=True)])
    about = [i for i, pair in enumerate(pairs) if pair.kind is PairKind.ANSWER]
    # A section with many figures has many questions, which must not drown the others.
    topics = LinearClassifier.train(topic.take(about), [pairs[i].section for i in about], balance=True)
    curated = [i for i, pair in enumerate(pairs) if pair.origin != "generated" and not pair.is_follow_up]
    if not any(pairs[i].kind is PairKind.ANSWER for i in curated):
        curated = [*about, *curated]
    asked = topic.take(curated)
    # Crossing with sections tells answered from open; with nothing open there is nothing to tell.
    if any(pairs[i].kind is PairKind.GAP for i in curated):
        asked = asked.crossed([pairs[i].section for i in curated], chosen=is_crossed, cross=crossed_feature)
    stances = LinearClassifier.train(asked, [pairs[i].kind.value for i in curated])
    matched = topic.first([len(features) for features in match])
    known = np.unique(topic.keys[matched.take(about).numbers])
    arrays: Arrays = {"known": known}
    for name, part in (("questions", Postings.of(matched)), ("topics", topics), ("stances", stances)):
        arrays |= {f"{name}.{key}": array for key, array in part.arrays().items()}
    return arrays


def check_numbers(stored: StoredReport) -> None:
    """The number lock: every figure of a stored span and quote must stand in the section it cites.

    Raises:
        InvalidRelease: Naming the first figure that does not.
    """
    stated = {s.id: numbers_in(s.text) | numbers_in(s.title) for s in stored.report.sections}
    for pair in stored.pairs:
        for span in pair.spans:
            for number in numbers_in(span) - stated.get(pair.section, set()):
                raise InvalidRelease(f"section {pair.section}: the answer {span!r} states {number}, the section does not")
    for figure in stored.figures:
        section = stored.report.section(figure.section)
        if section is None or figure.quote not in section.text:
            raise InvalidRelease(f"section {figure.section}: the figure's clause {figure.quote!r} does not stand in it")
