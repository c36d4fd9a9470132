"""A release as one SQLite file that anyone can open with sqlite-utils or Datasette: written once, then only read."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from knowledge.errors import InvalidRelease
from knowledge.records import Figure, QAPair, Report, Term

#: Raised when a table changes, so that an older program says so instead of reading nonsense.
SCHEMA_VERSION = 3

_COLUMNS: dict[str, dict[str, type]] = {
    "reports": dict.fromkeys(("id", "position", "title", "document_number", "publisher", "place", "year", "source_sha256"), str)
    | {"position": int, "year": int},
    "sections": dict.fromkeys(("report", "id", "label", "title", "text", "parent", "kind", "heading", "position"), str) | {"position": int},
    "pairs": dict.fromkeys(("report", "position", "question", "normalized", "section", "kind", "spans", "origin", "missing"), str)
    | {"position": int},
    "figures": dict.fromkeys(("report", "position", "section", "label", "value", "unit", "subject", "quote", "start", "end"), str)
    | {"position": int, "start": int, "end": int},
    "terms": dict.fromkeys(("report", "name", "section", "quote", "synonyms"), str),
    "readings": dict.fromkeys(("report", "char", "syllable"), str),
    "index_arrays": dict.fromkeys(("report", "name", "dtype", "shape", "content"), str) | {"content": bytes},
    "builds": dict.fromkeys(("report", "source", "program", "content", "digest"), str),
    "counts": dict.fromkeys(("report", "sections", "with_text", "figures", "written"), int) | {"report": str},
}
_KEYS: dict[str, str | tuple[str, ...]] = {
    "reports": "id",
    "sections": ("report", "id"),
    "pairs": ("report", "position"),
    "figures": ("report", "position"),
    "terms": ("report", "name"),
    "readings": ("report", "char"),
    "index_arrays": ("report", "name"),
    "builds": "report",
    "counts": "report",
}
#: Written into each release, for those who open it without this program.
_MEANINGS = {
    "release": "Facts on this release: id, schema version, when it was made.",
    "reports": "The reports; position 0 answers when a question names none. source_sha256 is the hash of the source file.",
    "sections": "Sections in printed order. id is the path of the printed numbers, heading and text are as printed.",
    "pairs": "Stored questions. kind: answer (the section answers it), follow_up (only in a conversation about it), gap (the report "
    "leaves it open; missing says what), off_topic. spans: JSON list of the verbatim pieces that answer it. "
    "origin: curated, example, generated or shipped. normalized: the question as it is matched.",
    "figures": "Figures and dates that sections state; quote is the clause, start and end are offsets in the section's text.",
    "terms": "Terms with the sentence of their first use and their everyday synonyms (JSON list).",
    "readings": "Toneless pinyin of each character in this report's vocabulary.",
    "index_arrays": "The search index and the classifiers as little-endian arrays: dtype, shape, bytes.",
    "builds": "What each report was built from: its source folder, hash of the program, hash of the source's files and the program; and "
    "the hash of what is stored on it here.",
    "counts": "Sections, those with text, figures and questions written by people, for each report.",
}

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class StoredReport:
    """All that a release holds on one report.

    Attributes:
        report: The report with its sections.
        pairs: Stored questions of every kind.
        texts: Their normalized texts, same order.
        figures: Figures in order of place.
        terms: Terms of the report.
        readings: Toneless syllable of each character in this report's vocabulary.
        arrays: Index and classifiers by name.
    """

    report: Report
    pairs: tuple[QAPair, ...]
    texts: tuple[str, ...]
    figures: tuple[Figure, ...]
    terms: tuple[Term, ...]
    readings: dict[str, str]
    arrays: Arrays


@dataclass(frozen=True, slots=True)
class Origin:
    """What a report was built from.

    Attributes:
        source: Its source folder, absolute; empty where it is not known.
        program: Hash of the program that built it, see ``fingerprint.program_hash``.
        content: Hash of its source files and that program.
    """

    source: str
    program: str
    content: str


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a report without opening it.

    Attributes:
        report: The report without its sections.
        sections: Its sections.
        with_text: Those that hold text.
        figures: Its figures.
        written: Questions that people have written for it.
        origin: What it was built from.
        digest: Hash of all that is stored on it.
    """

    report: Report
    sections: int
    with_text: int
    figures: int
    written: int
    origin: Origin = Origin("", "", "")
    digest: str = ""


def header_of(report: Report, *, figures: Sequence[Figure], pairs: Sequence[QAPair]) -> Header:
    """The header of a report of which everything is at hand."""
    written = sum(pair.origin == "curated" for pair in pairs)
    with_text = sum(bool(section.text) for section in report.sections)
    return Header(replace(report, sections=()), len(report.sections), with_text, len(figures), written)


_BY_HAND = Origin("", "", "")
#: Tables that hold what is known on a report, in the order in which they are hashed.
CONTENT_TABLES = tuple(table for table in _COLUMNS if table not in {"reports", "builds", "counts"})

Rows = dict[str, list[sqlite3.Row]]


def read_rows(connection: sqlite3.Connection, report_id: str) -> Rows:
    """Everything stored on a report, by table, in order."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    # The plus keeps SQLite from going through the rows of all reports in order; it takes the index and sorts.
    return {
        table: cursor.execute(f"select * from {table} where report = ? order by +rowid", (report_id,)).fetchall()
        for table in CONTENT_TABLES
    }


def content_digest(rows: Mapping[str, Sequence[Iterable[Any]]]) -> str:
    """Hash of the rows on a report, as written or as ``read_rows`` gives them: a byte that is altered anywhere shows."""
    digest = hashlib.sha256()
    for table in CONTENT_TABLES:
        if table == "index_arrays":
            for *facts, content in rows[table]:
                digest.update(repr(facts).encode() + content)
        else:
            digest.update(repr([tuple(row) for row in rows[table]]).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


class ReleaseWriter:
    """A release file being written, report by report, so that a thousand take no more memory than one.

    Args:
        path: A file that does not exist yet; nothing of it is left behind after a fault.

    Raises:
        InvalidRelease: From every method, if the disk refuses.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._refusals():
            self._connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rwc", uri=True)
            # Nobody reads the file before it is whole, and it is flushed once before it is renamed.
            self._connection.executescript("pragma journal_mode = off; pragma synchronous = off")
            self._database = Database(self._connection)
            for table, columns in _COLUMNS.items():
                keys = _KEYS[table]
                self._database[table].create(columns, pk=keys)  # type: ignore[union-attr]

    def add(self, stored: StoredReport, origin: Origin = _BY_HAND) -> Header:
        """Write one report; *origin* says from what it was built."""
        with self._refusals(), self._connection:
            rows = _rows_of(stored)
            for table, values in rows.items():
                marks = ", ".join("?" * len(_COLUMNS[table]))
                self._connection.executemany(f"insert into {table} values ({marks})", values)
            head = header_of(stored.report, figures=stored.figures, pairs=stored.pairs)
            head = replace(head, origin=origin, digest=content_digest(rows))
            self._connection.execute("insert into builds values (?, ?, ?, ?, ?)", (stored.report.id, *astuple(origin), head.digest))
            counts = (stored.report.id, head.sections, head.with_text, head.figures, head.written)
            self._connection.execute("insert into counts values (?, ?, ?, ?, ?)", counts)
        return head

    def carry(self, release: Path, report_ids: Sequence[str]) -> None:
        """Copy reports of another release file as they stand there."""
        with self._refusals():
            self._connection.execute("attach ? as origin", (f"{release.resolve().as_uri()}?mode=ro&immutable=1",))
            with self._connection:
                self._connection.execute("create temp table carried (id text primary key)")
                self._connection.executemany("insert into carried values (?)", [(name,) for name in report_ids])
                for table in _COLUMNS:
                    column = "id" if table == "reports" else "report"
                    # One pass through each table, in the order in which its rows were written and hashed.
                    self._connection.execute(
                        f"insert into {table} select * from origin.{table} where +{column} in (select id from carried) order by rowid"
                    )
                self._connection.execute("drop table carried")
            self._connection.execute("detach origin")

    def note_origin(self, report_id: str, origin: Origin) -> None:
        """Note that a report copied here is what *origin* gives too."""
        with self._refusals(), self._connection:
            self._connection.execute(
                "update builds set source = ?, program = ?, content = ? where report = ?", (*astuple(origin), report_id)
            )

    def finish(self, order: Sequence[str], about: dict[str, str]) -> None:
        """Put the reports in *order*, note the facts *about* the release, and close the file."""
        with self._refusals(), self._connection:
            self._connection.executemany("update reports set position = ? where id = ?", [(i, name) for i, name in enumerate(order)])
            facts = {"schema": str(SCHEMA_VERSION), **about}
            self._database["release"].insert_all([{"key": k, "value": v} for k, v in facts.items()], pk="key")  # type: ignore[union-attr]
            meanings = [{"table": table, "meaning": meaning} for table, meaning in _MEANINGS.items()]
            self._database["about"].insert_all(meanings, pk="table")  # type: ignore[union-attr]
        with self._refusals():
            self._connection.close()
            with self._path.open("rb") as file:
                os.fsync(file.fileno())

    def discard(self) -> None:
        """Close the file and delete it."""
        self._connection.close()
        self._path.unlink(missing_ok=True)

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as exc:
            if connection := getattr(self, "_connection", None):
                connection.close()
            self._path.unlink(missing_ok=True)
            raise InvalidRelease(f"{self._path}: cannot be written ({exc}); is the disk full or read-only?") from exc


def write_release(path: Path, reports: Sequence[StoredReport], *, about: dict[str, str]) -> None:
    """Write a release file of *reports*; *about* are facts on the release itself, such as its id.

    Raises:
        InvalidRelease: If the disk refuses; nothing is left behind.
    """
    writer = ReleaseWriter(path)
    for stored in reports:
        writer.add(stored)
    writer.finish([stored.report.id for stored in reports], about)


def _rows_of(stored: StoredReport) -> dict[str, list[tuple[object, ...]]]:
    report, name = stored.report, stored.report.id
    spans = {one: json.dumps(one, ensure_ascii=False) for one in {pair.spans for pair in stored.pairs}}  # dozens of questions share each
    head = (report.title, report.document_number, report.publisher, report.place, report.year, report.source_sha256)
    return {
        "reports": [(name, 0, *head)],
        "sections": [
            (s.report, s.id, s.label, s.title, s.text, s.parent, s.kind.value, s.heading, i) for i, s in enumerate(report.sections)
        ],
        "pairs": [
            (name, i, p.question, text, p.section, p.kind.value, spans[p.spans], p.origin, p.missing)
            for i, (p, text) in enumerate(zip(stored.pairs, stored.texts, strict=True))
        ],
        "figures": [(name, i, *astuple(figure)) for i, figure in enumerate(stored.figures)],
        "terms": [(name, t.name, t.section, t.quote, json.dumps(t.synonyms, ensure_ascii=False)) for t in stored.terms],
        "readings": [(name, char, syllable) for char, syllable in stored.readings.items()],
        "index_arrays": [(name, n, a.dtype.str, json.dumps(a.shape), a.tobytes()) for n, a in stored.arrays.items()],
    }
