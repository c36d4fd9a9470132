"""What a report says and no stored question, and no term, leads to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from knowledge.library import ReportKnowledge
from knowledge.normalize import fold
from knowledge.records import Figure, PairKind, QAPair, Section
from knowledge.span import Range, locate

_WRITTEN = {"curated", "example"}
_QUOTED = re.compile(r"“([^“”,，。;；、]{2,14})”")
_NAMED = re.compile(r"[\u4e00-\u9fff]{2,16}?(?:制度|工程)")
#: Words that stand before the name of a 制度 and are no part of it.
_BEFORE_NAME = re.compile(
    "(?:的|了|和|与|及|等|各|各项|相关|有关|一系列|系列|一项|推行|全面|健全|完善|建立|建立健全|坚持|落实|实行|实施|施行|执行|制定|部门|"
    "人员|方面|我市|全市|本市|未|已|由|对|在|以|为|将|把|要|应|全部|进一步|严格|认真|积极|深入|贯彻|加强|规范|探索|创新)+"
)
_NAME_CHARS = range(4, 13)
_EXPLAINED = r"{term}[”》]?[,，]?\s?(?:是指|即|指的是|就是|[((:：])|(?:简称|称为|叫做?)[“《]?{term}"


def same_questions(known: ReportKnowledge) -> Iterator[tuple[QAPair, QAPair]]:
    """Written questions that read the same and lead to different places, as (first, later)."""
    first: dict[str, QAPair] = {}
    for pair, text in zip(known.retriever.pairs, known.retriever.texts, strict=True):
        if pair.origin != "curated" or pair.is_follow_up:
            continue
        earlier = first.setdefault(text, pair)
        if (earlier.section, earlier.kind) != (pair.section, pair.kind):
            yield earlier, pair


def thin_sections(known: ReportKnowledge, min_questions: int) -> Iterator[tuple[Section, int]]:
    """Sections with text and fewer written questions than *min_questions*, with how many they have."""
    counted = Counter(p.section for p in known.retriever.pairs if p.kind is PairKind.ANSWER and p.origin in _WRITTEN)
    return ((s, counted[s.id]) for s in known.report.sections if s.text and counted[s.id] < min_questions)


def unreached_figures(known: ReportKnowledge) -> Iterator[Figure]:
    """Figures that stand in the span of no written question."""
    reached: dict[str, set[Range]] = {}
    spans = {(p.section, p.spans) for p in known.retriever.pairs if p.kind is PairKind.ANSWER and p.origin in _WRITTEN and p.spans}
    for section_id, words in spans:
        section = known.section(section_id)
        if section and (place := locate(section.text, words)):
            reached.setdefault(section_id, set()).add(place)
    for figure in known.figures:
        if not any(start <= figure.start and figure.end <= end for start, end in reached.get(figure.section, ())):
            yield figure


def unexplained_terms(known: ReportKnowledge) -> Iterator[tuple[str, Section]]:
    """Terms, in “…” or named X制度 or X工程, with the section of their first use, that nothing explains.

    A term is explained by terms.yaml, by the report where it says what it is, and by a section that is headed with it.
    """
    headed = "\n".join(fold(section.title) for section in known.report.sections)
    printed = "\n".join(section.text for section in known.report.sections)
    terms = [fold(name) for term in known.terms for name in (term.name, *term.synonyms)]
    seen: set[str] = set()
    for section in known.report.sections:
        for term in _terms_in(section.text, known):
            if term in seen:
                continue
            seen.add(term)
            folded = fold(term)
            told = folded in headed or any(folded in name or name in folded for name in terms)
            if not told and not re.search(_EXPLAINED.format(term=re.escape(term)), printed):
                yield term, section


def _terms_in(text: str, known: ReportKnowledge) -> Iterator[str]:
    yield from (match[1] for match in _QUOTED.finditer(text))
    for match in _NAMED.finditer(text):
        words = known.tokenizer.cut(match[0])
        last = next((i for i in range(len(words) - 1, -1, -1) if _BEFORE_NAME.fullmatch(words[i])), -1)
        name = "".join(words[last + 1 :])
        if len(name) in _NAME_CHARS:
            yield name
