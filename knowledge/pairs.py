"""Questions for each section: the curated ones of ``pairs.yaml``, and those that the section's own words give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from knowledge.errors import InvalidSource
from knowledge.figures import extract_figures
from knowledge.records import Figure, PairKind, QAPair, Report, Section, Term
from knowledge.span import CLAUSE_MARKS, MAX_QUOTE_CHARS, clauses, locate, sentences

_DOCUMENT = re.compile(r"《(?:[^《》]|〈[^〉]*〉)+》")
_QUOTED = re.compile(r"“([^”]{2,14})”")


def curated_pairs(path: Path, report: Report) -> list[QAPair]:
    """Read ``pairs.yaml``.

    Raises:
        InvalidSource: If the file is not of the documented form, names an unknown section, or a span does not stand in
            its section word for word.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise InvalidSource(path, "", f"cannot be read as YAML: {exc}") from exc
    if not isinstance(content, dict) or not set(content) <= {"examples", "sections", "gaps"}:
        raise InvalidSource(path, "", 'needs the keys "sections" and "gaps", may have "examples", and no others')
    pairs = list(_example_pairs(path, report, content.get("examples") or {}))
    pairs += [pair for entry in _entries(path, report, content, "sections") for pair in _answer_pairs(path, *entry)]
    pairs += [pair for entry in _entries(path, report, content, "gaps") for pair in _gap_pairs(*entry)]
    return pairs


def _example_pairs(path: Path, report: Report, examples: Any) -> Iterator[QAPair]:
    """Questions to show a newcomer, by section."""
    if not isinstance(examples, dict):
        raise InvalidSource(path, "examples", "needs section ids, each with one question")
    for section_id, question in examples.items():
        if report.section(str(section_id)) is None or not isinstance(question, str):
            raise InvalidSource(path, f"examples: {section_id}", "needs the id of a section and one question")
        yield QAPair(question, str(section_id), origin="example")


def _entries(path: Path, report: Report, content: dict[str, Any], key: str) -> Iterator[tuple[Section, dict[str, Any]]]:
    by_section = content.get(key) or {}
    if not isinstance(by_section, dict):
        raise InvalidSource(path, key, "needs section ids, each with a list of entries")
    for section_id, entries in by_section.items():
        section = report.section(str(section_id))
        if section is None:
            raise InvalidSource(path, f"{key}: {section_id}", f"no such section in {report.id}; see `wenbao sections`")
        if not isinstance(entries or [], list):
            raise InvalidSource(path, f"{key}: {section_id}", "needs a list of entries")
        for number, entry in enumerate(entries or [], 1):
            place = f"{key}: {section_id}, entry {number}"
            if not isinstance(entry, dict) or not set(entry) <= {"spans", "questions", "follow_ups", "missing"}:
                raise InvalidSource(path, place, 'an entry has "questions", and may have "spans", "follow_ups" or "missing"')
            if not entry.get("questions") and not entry.get("follow_ups"):
                raise InvalidSource(path, place, 'needs "questions" or "follow_ups"')
            for name in ("questions", "follow_ups"):
                texts = entry.get(name, [])
                if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
                    raise InvalidSource(path, place, f'"{name}" must be a list of texts, none empty')
            spans = entry.get("spans") or []
            if not isinstance(spans, list) or not all(isinstance(span, str) and span for span in spans):
                raise InvalidSource(path, place, '"spans" must be a list of texts, even for one; put numbers in quotes')
            yield section, entry


def _answer_pairs(path: Path, section: Section, entry: dict[str, Any]) -> Iterator[QAPair]:
    spans = tuple(entry.get("spans") or ())
    if spans and locate(section.text, spans) is None:
        missing = next(span for span in spans if span not in section.text)
        raise InvalidSource(path, f"sections: {section.id}", f"the span {missing!r} does not stand in the section word for word")
    for question in entry.get("questions", ()):
        yield QAPair(question, section.id, PairKind.ANSWER, spans)
    for question in entry.get("follow_ups", ()):
        yield QAPair(question, section.id, PairKind.FOLLOW_UP, spans)


def _gap_pairs(section: Section, entry: dict[str, Any]) -> Iterator[QAPair]:
    for question in entry.get("questions", ()):
        yield QAPair(question, section.id, PairKind.GAP, missing=str(entry.get("missing") or ""))
    for question in entry.get("follow_ups", ()):
        yield QAPair(question, section.id, PairKind.OPEN_FOLLOW_UP, missing=str(entry.get("missing") or ""))


@cache
def off_topic_pairs() -> tuple[QAPair, ...]:
    """Messages that no report of this kind answers, from the shipped list."""
    lines = files("knowledge").joinpath("data/off_topic.txt").read_text(encoding="utf-8").splitlines()
    return tuple(QAPair(line, "", PairKind.OFF_TOPIC, origin="shipped") for line in lines if line and not line.startswith("#"))


def generated_pairs(report: Report) -> list[QAPair]:
    """Questions from each section's own words: its title, figures, dates, named documents, quoted terms and clauses."""
    pairs: list[QAPair] = []
    for section in report.sections:
        if section.title and section.kind not in {"meta", "preamble", "tail"}:
            pairs.append(_pair(section, section.title))
        if section.text:
            pairs.extend(_from_clauses(section))
            pairs.extend(_from_figures(section, extract_figures(section)))
            pairs.extend(_from_names(section))
    return list({(p.question, p.section): p for p in pairs}.values())


def _pair(section: Section, question: str, *spans: str) -> QAPair:
    return QAPair(question, section.id, PairKind.ANSWER, spans, origin="generated")


def _from_clauses(section: Section) -> Iterator[QAPair]:
    for start, end in sentences(section.text):
        sentence = section.text[start:end].strip()
        if 4 <= len(sentence) <= MAX_QUOTE_CHARS:
            yield _pair(section, sentence, sentence)
    for start, end in clauses(section.text):
        clause = section.text[start:end].strip().rstrip(CLAUSE_MARKS)
        if len(clause) >= 6:
            yield _pair(section, clause, clause)


def _from_figures(section: Section, figures: list[Figure]) -> Iterator[QAPair]:
    for figure in figures:
        printed = section.text[figure.start : figure.end]
        place = section.text.rfind(figure.subject, 0, figure.start)
        span = section.text[place : figure.end] if 0 <= figure.start - place - len(figure.subject) <= 4 else printed
        yield _pair(section, f"{figure.subject}{printed}", span)
        if figure.unit == "date":
            yield _pair(section, f"{figure.quote[:30]}是什么时候", span)
        else:
            yield _pair(section, f"{figure.subject}有多少{figure.unit}", span)
            yield _pair(section, f"{figure.subject}几{figure.unit}", span)


def _from_names(section: Section) -> Iterator[QAPair]:
    for match in _DOCUMENT.finditer(section.text):
        yield _pair(section, match[0], match[0])
        yield _pair(section, f"依据什么文件 {match[0]}", match[0])
    for match in _QUOTED.finditer(section.text):
        yield _pair(section, f"什么是{match[0]}", match[0])
        yield _pair(section, match[1], match[0])


def read_terms(path: Path, report: Report) -> list[Term]:
    """Read ``terms.yaml``: the report's terms with their everyday synonyms; each must stand in the report.

    Raises:
        InvalidSource: If the file is not of the documented form or a term stands nowhere in the report.
    """
    if not path.exists():
        return []
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise InvalidSource(path, "", f"cannot be read as YAML: {exc}") from exc
    terms = content.get("terms") if isinstance(content, dict) else None
    if not isinstance(terms, dict):
        raise InvalidSource(path, "", 'needs the key "terms": a mapping from term to its synonyms')
    return [_term(path, report, str(name), tuple(map(str, synonyms or ()))) for name, synonyms in terms.items()]


def _term(path: Path, report: Report, name: str, synonyms: tuple[str, ...]) -> Term:
    for section in report.sections:
        place = section.text.find(name)
        if place >= 0:
            start, end = next((s, e) for s, e in sentences(section.text) if s <= place < e)
            return Term(name, section.id, section.text[start:end].strip(), synonyms)
        if name in section.title:
            return Term(name, section.id, section.title, synonyms)
    raise InvalidSource(path, name, "the term stands nowhere in the report")
