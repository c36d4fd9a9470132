"""A release opened for use: its reports, each with its search."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from knowledge.answerable import AnswerModel
from knowledge.aspect import section_aspects
from knowledge.body import BodyIndex
from knowledge.build import make_spelling, make_tokenizer
from knowledge.claim_words import claim_words
from knowledge.classifier import LinearClassifier
from knowledge.collector import collector_paused
from knowledge.dense import DenseIndex, Encoder, shipped_encoder
from knowledge.edition_names import read_names
from knowledge.editions import Edition, Editions, Wanted
from knowledge.errors import InvalidRelease
from knowledge.follow_up import FollowUpModel
from knowledge.index import Postings
from knowledge.lexicon import Lexicon
from knowledge.meaning import MeaningIndex
from knowledge.memory import Memory
from knowledge.method_cache import cached_method
from knowledge.normalize import fold, fold_printed, normalize
from knowledge.qualifiers import Qualifiers, find_qualifiers, section_years
from knowledge.records import Figure, PairKind, Query, Report, Section, SectionKind, Term
from knowledge.release_file import ReleaseFile
from knowledge.retriever import Retriever, SearchResult
from knowledge.shelf import Shelf
from knowledge.store import Arrays, Header, StoredReport, header_of
from knowledge.weights import model_weights

#: A text of more words than this is a statement or a question, not the name of a thing.
_MAX_WORDS = 2
#: Messages whose reading is remembered, and those whose answer is, some three kilobytes each.
_READ, _ANSWERED, _CONTINUED = 1024, 2048, 1024
#: Written questions for each section, on average, from which a report counts as curated.
_CURATED_QUESTIONS = 20


class ReportKnowledge:
    """One report with its search.

    Attributes:
        report: The report.
        figures: Its figures, in order of place.
        terms: Its terms.
        tokenizer: How its texts and questions on it are cut into words.
        retriever: Its search, for those who look into it; ``search`` is for asking.

    Args:
        stored: The report as a release keeps it.
        encoder: For its dense index; the shipped one where none is given.
    """

    def __init__(self, stored: StoredReport, *, encoder: Encoder | None = None) -> None:
        self.report: Report = stored.report
        self.figures: tuple[Figure, ...] = stored.figures
        self.terms: tuple[Term, ...] = stored.terms
        self._named: dict[str, Term] = {}
        for term in stored.terms:
            for name in (term.name, *term.synonyms):
                self._named.setdefault(_bare(name), term)
        self._sections = {section.id: section for section in stored.report.sections}
        self._term_of = {normalize(s): normalize(t.name) for t in stored.terms for s in t.synonyms if len(s) > 1}
        # A synonym inside its own term (复议 in 行政复议) must not be replaced again.
        terms = [re.escape(normalize(t.name)) for t in stored.terms]
        self._synonyms = re.compile("|".join(sorted([*terms, *map(re.escape, self._term_of)], key=len, reverse=True)) or "(?!)")
        self._years = {section.id: section_years(section, stored.report) for section in stored.report.sections}
        parts = (section for section in stored.report.sections if section.parent is None and section.kind is SectionKind.PART)
        self._part_years = {stored.report.year, *(int(year) for part in parts for year in re.findall(r"(?:19|20)\d\d", part.title))}
        self._examples = tuple((p.question, p.section) for p in stored.pairs if p.origin == "example")
        self._questions = _curated_questions(stored)
        #: Whether people have written questions for it.
        self.curated = is_curated(stored)
        #: Weights for a report of this kind: with questions written for it, or with none but those its own words give.
        self.weights = model_weights()["curated" if self.curated else "generated"]
        #: Model of the claims labelled for this very report, or None.
        self.claim_words = claim_words(stored.report)
        self.answer_model = AnswerModel.from_weights(self.weights["answerable"])
        #: Model of follow-ups on a report with questions written for it, or None.
        self.follow_up_model = FollowUpModel.from_weights(model_weights()["follow_up"]["judge"]) if self.curated else None
        printed = "\n".join(fold_printed(line) for s in stored.report.sections for line in (s.title, *s.text.split("\n")))
        self._lexicon = Lexicon(printed, [((fold(t.name),), tuple(map(fold, t.synonyms))) for t in stored.terms])
        self.tokenizer = make_tokenizer(stored.terms, readings=stored.readings)
        self._spelling = make_spelling(stored, self.tokenizer)
        #: For whoever answers from it: answers by what was asked, where nothing but the report and the words asked counts.
        self.answered: Memory[Any] = Memory(_ANSWERED)
        #: The same where the conversation counts as well: many begin alike, with what is offered or in the news.
        self.continued: Memory[Any] = Memory(_CONTINUED)
        # A message is read several times on its way: for its editions, as a claim, as a question.
        self._read = cached_method(self._read_afresh, maxsize=_READ)
        self.retriever = Retriever(
            stored.pairs,
            stored.texts,
            postings=Postings.from_arrays(_part(stored.arrays, "questions")),
            topics=LinearClassifier.from_arrays(_part(stored.arrays, "topics")),
            stances=LinearClassifier.from_arrays(_part(stored.arrays, "stances")),
            known=stored.arrays["known"].view(np.uint64),
            body=BodyIndex(
                stored.report,
                Postings.from_arrays(_part(stored.arrays, "sections")),
                Postings.from_arrays(_part(stored.arrays, "sentences")),
                self.tokenizer,
                self._lexicon,
            ),
            meaning=MeaningIndex(stored.report, self.tokenizer, model_weights()["meaning"]["importance"]),
            dense=None if self.curated else DenseIndex(stored.report, self.tokenizer, encoder or shipped_encoder()),
            weights=self.weights["candidate"],
            aspects=section_aspects(stored.report),
            year=stored.report.year,
        )

    def count(self) -> dict[str, int]:
        """How much the release holds on this report."""
        texts = sum(bool(section.text) for section in self.report.sections)
        questions = sum(map(len, self._questions.values()))
        return {"sections": texts, "figures": len(self.figures), "terms": len(self.terms), "curated questions": questions}

    def header(self) -> Header:
        """What can be told of it without opening it."""
        return header_of(self.report, figures=self.figures, pairs=self.retriever.pairs)

    def section(self, section_id: str) -> Section | None:
        """The section of that id, or None."""
        return self._sections.get(section_id)

    def read(self, text: str) -> Query:
        """Normalize *text*, put its spelling right and cut it; any input is fine."""
        return self._read(text)

    def _read_afresh(self, text: str) -> Query:
        return self.tokenizer.query_of(text, self._spelling.correct(normalize(text)))

    def in_report_words(self, text: str) -> str:
        """*text* with everyday synonyms replaced by the report's own terms."""
        return self._synonyms.sub(lambda m: self._term_of.get(m[0], m[0]), text) if self._term_of else text

    def qualifiers(self, query: Query) -> Qualifiers:
        """Years, times of year and other places that *query* names."""
        return find_qualifiers(query.text, home=self.report.place, year=self.report.year, cut=self.tokenizer.cut)

    def search(
        self,
        query: Query,
        *,
        favored: Mapping[str, float] = MappingProxyType({}),
        wider: Query | None = None,
        years: Sequence[int] = (),
    ) -> SearchResult:
        """Find what *query* is about.

        Args:
            query: What ``read`` gave.
            favored: What a conversation adds, see ``Retriever.search``.
            wider: What a conversation leaves unsaid, see ``Retriever.search``.
            years: Years that the question names; where a part of the report is on one of them, its sections go first.
        """
        return self.retriever.search(query, favored=favored, wider=wider, against=self._against(tuple(years)))

    def names_topic(self, query: Query) -> bool:
        """Whether a word of *query* tells sections apart, or it can only be about what was talked about before."""
        return self.retriever.names_topic(query)

    def _against(self, years: tuple[int, ...]) -> frozenset[str]:
        """Sections that speak of none of *years*, where a whole part, or the report, is on one of them."""
        if not years or not any(year in self._part_years for year in years):
            return frozenset()
        return frozenset(name for name, spoken in self._years.items() if not spoken.intersection(years))

    def find_figures(self, words: str = "") -> list[Figure]:
        """Figures whose clause, section title or unit hold all of *words*, synonyms counted; every figure for none."""
        wanted = [self.tokenizer.words(part) or [part] for part in normalize(words).split()]
        if words and not wanted:  # nothing but marks: no word that any figure could hold
            return []
        titles = {section.id: section.title for section in self.report.sections}
        return [f for f in self.figures if all(self._holds(f, titles[f.section], part) for part in wanted)]

    def _holds(self, figure: Figure, title: str, words: Sequence[str]) -> bool:
        text = normalize(figure.quote) + normalize(title) + figure.value
        return all(word in text for word in words)

    def term(self, word: str) -> Term | None:
        """The term of that name or with that other name, marks around it left aside; None when the report has none."""
        return self._named.get(_bare(word))

    def is_word(self, text: str) -> bool:
        """Whether *text* is at most two words of the dictionary: a thing to look up, not a statement."""
        return len(self.tokenizer.cut(normalize(text))) <= _MAX_WORDS

    def other_names(self, word: str) -> tuple[str, ...]:
        """Other words for *word*: those of the report's terms, and those shipped for every report."""
        return self._lexicon.names(word)

    def mentions(self, words: str) -> bool:
        """Whether the report holds *words* anywhere, as printed."""
        return any(words in section.text or words in section.title for section in self.report.sections)

    def examples(self) -> tuple[tuple[str, str], ...]:
        """Questions to show a newcomer, each with its section; none where the admin has written none."""
        return self._examples

    def questions(self, section_id: str) -> tuple[str, ...]:
        """Curated questions that the section answers as a whole or in part, in the order of the file."""
        return self._questions.get(section_id, ())


class Library:
    """All reports of one release. Never changed once opened: a reload opens another and swaps the reference.

    Attributes:
        release: Id of the release.
        reports: Reports in order, the default one first; of a release file, each is opened when it is first used.
        headers: Their headers, same order: for whoever needs to know which there are.
        editions: What tells them apart: place, year and kind; same order.
        seal: What ``current`` says of the release file; empty for a library that is not one.
    """

    def __init__(
        self, release: str, reports: Sequence[ReportKnowledge], *, headers: Sequence[Header] | None = None, file: ReleaseFile | None = None
    ) -> None:
        self.release = release
        self._file = file
        self.seal = file.seal if file else ""
        self.reports = reports if isinstance(reports, Shelf) else tuple(reports)
        self.headers = tuple(known.header() for known in self.reports) if headers is None else tuple(headers)
        self._places = {header.report.id: place for place, header in enumerate(self.headers)}
        self.editions = Editions([Edition.of(header.report) for header in self.headers])

    @classmethod
    def open(cls, path: Path, *, seal: str = "") -> Library:
        """Open a release file: the headers and the default report now, any other report on its first use.

        Args:
            path: The file.
            seal: What its headers must hash to, see ``ReleaseFile``; empty to take them as they are.

        Raises:
            InvalidRelease: If it is missing, altered, damaged or holds no report.
        """
        file = ReleaseFile(path)
        if seal and file.seal != seal:
            raise InvalidRelease(f"{path}: altered since it was built; roll back or reload with scripts/reload_knowledge.py")

        @collector_paused()
        def open_one(report_id: str) -> ReportKnowledge:
            stored = file.read(report_id)
            try:
                return ReportKnowledge(stored)
            except (KeyError, ValueError, TypeError, IndexError) as exc:
                raise InvalidRelease(f"{path}: its index is damaged ({exc}); roll back or reload") from exc

        shelf = Shelf([header.report.id for header in file.headers], open_one)
        return cls(file.about.get("id", path.stem), shelf, headers=file.headers, file=file)

    def verify(self) -> None:
        """Read every report once, so that damage shows now and not when somebody asks.

        Raises:
            InvalidRelease: If one is damaged.
        """
        if self._file:
            for header in self.headers:
                self._file.read(header.report.id)

    @property
    def default(self) -> ReportKnowledge:
        """The report that answers when a question names none: the newest."""
        return self.reports[0]

    def report(self, report_id: str) -> ReportKnowledge | None:
        """The report of that id, or None."""
        place = self._places.get(report_id)
        return None if place is None else self.reports[place]

    def open_edition(self, edition: Edition) -> ReportKnowledge:
        """The report of that header.

        Raises:
            LookupError: If it is of another release.
        """
        known = self.report(edition.id)
        if known is None:
            raise LookupError(f"{edition.id} is no report of release {self.release}")
        return known

    def read_names(self, text: str) -> Wanted:
        """Which editions *text* names; any input is fine."""
        tokenizer = self.default.tokenizer
        return read_names(text, self.editions, cut=tokenizer.cut, is_word=tokenizer.is_word)

    def choose(self, years: Sequence[int], places: Sequence[str]) -> ReportKnowledge:
        """The report that the named years and places mean; the default one when they name none of the reports."""
        areas = [self.editions.names[place] for place in places if place in self.editions.names]
        for area in areas or [self.editions.default.area]:
            for year in years or (None,):
                if found := self.editions.choose(Wanted(), year=year, area=area).editions:
                    return self.open_edition(found[0])
        return self.default


def _bare(name: str) -> str:
    return re.sub(r"[“”、\s]", "", fold(name))


def _part(arrays: Arrays, prefix: str) -> Arrays:
    return {name.removeprefix(f"{prefix}."): array for name, array in arrays.items() if name.startswith(f"{prefix}.")}


def is_curated(stored: StoredReport) -> bool:
    """Whether people have written enough questions for the report to be searched by them rather than by its own words."""
    asked = sum(pair.kind is PairKind.ANSWER and pair.origin == "curated" for pair in stored.pairs)
    return asked >= _CURATED_QUESTIONS * sum(bool(section.text) for section in stored.report.sections)


def _curated_questions(stored: StoredReport) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for pair in stored.pairs:
        if pair.kind is PairKind.ANSWER and pair.origin == "curated":
            found.setdefault(pair.section, []).append(pair.question)
    return {section: tuple(questions) for section, questions in found.items()}
