"""A release as one SQLite file that anyone can open with sqlite-utils or Datasette: written once, then only read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlite_utils import Database

from knowledge.errors import InvalidRelease
from knowledge.records import Figure, PairKind, QAPair, Report, Section, SectionKind, Term

#: Raised when a table changes, so that an older program says so instead of reading nonsense.
SCHEMA_VERSION = 2

_KEYS: dict[str, str | tuple[str, ...]] = {
    "reports": "id",
    "sections": ("report", "id"),
    "pairs": ("report", "position"),
    "figures": ("report", "position"),
    "terms": ("report", "name"),
    "readings": ("report", "char"),
    "index_arrays": ("report", "name"),
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


def write_release(path: Path, reports: list[StoredReport], *, about: dict[str, str]) -> None:
    """Write a release file; *about* are facts on the release itself, such as its id.

    Raises:
        InvalidRelease: If the disk refuses; nothing is left behind.
    """
    try:
        with _closing(sqlite3.connect(path)) as connection:
            database = Database(connection)
            with connection:
                database["release"].insert_all(  # type: ignore[union-attr]
                    [{"key": k, "value": v} for k, v in {"schema": str(SCHEMA_VERSION), **about}.items()], pk="key"
                )
                database["about"].insert_all(  # type: ignore[union-attr]
                    [{"table": table, "meaning": meaning} for table, meaning in _MEANINGS.items()], pk="table"
                )
                for position, stored in enumerate(reports):
                    _write_report(database, position, stored)
    except (sqlite3.Error, OSError) as exc:
        path.unlink(missing_ok=True)
        raise InvalidRelease(f"{path}: cannot be written ({exc}); is the disk full or read-only?") from exc


def _write_report(database: Database, position: int, stored: StoredReport) -> None:
    report, name = stored.report, stored.report.id
    tables: dict[str, list[dict[str, object]]] = {
        "reports": [
            {
                "id": name,
                "position": position,
                "title": report.title,
                "document_number": report.document_number,
                "publisher": report.publisher,
                "place": report.place,
                "year": report.year,
                "source_sha256": report.source_sha256,
            }
        ],
        "sections": [{**asdict(s), "kind": s.kind.value, "position": i} for i, s in enumerate(report.sections)],
        "pairs": [
            {
                "report": name,
                "position": i,
                "question": p.question,
                "normalized": text,
                "section": p.section,
                "kind": p.kind.value,
                "spans": json.dumps(p.spans, ensure_ascii=False),
                "origin": p.origin,
                "missing": p.missing,
            }
            for i, (p, text) in enumerate(zip(stored.pairs, stored.texts, strict=True))
        ],
        "figures": [{"report": name, "position": i, **asdict(f)} for i, f in enumerate(stored.figures)],
        "terms": [{"report": name, **asdict(t), "synonyms": json.dumps(t.synonyms, ensure_ascii=False)} for t in stored.terms],
        "readings": [{"report": name, "char": c, "syllable": s} for c, s in stored.readings.items()],
        "index_arrays": [
            {"report": name, "name": n, "dtype": a.dtype.str, "shape": json.dumps(a.shape), "content": a.tobytes()}
            for n, a in stored.arrays.items()
        ],
    }
    for table, rows in tables.items():
        if rows:
            database[table].insert_all(rows, pk=_KEYS[table])  # type: ignore[union-attr]


def read_release(path: Path) -> tuple[dict[str, str], list[StoredReport]]:
    """Read a release file: facts on the release, and its reports in order.

    Raises:
        InvalidRelease: If the file is missing, damaged or of another version.
    """
    if not path.is_file():
        raise InvalidRelease(f"{path}: no such file; run scripts/reload_knowledge.py")
    try:
        with _closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            about = {str(row["key"]): str(row["value"]) for row in connection.execute("select key, value from release")}
            if about.get("schema") != str(SCHEMA_VERSION):
                raise InvalidRelease(f"{path}: schema {about.get('schema')}, this program reads {SCHEMA_VERSION}; reload")
            pages = connection.execute("pragma page_count").fetchone()[0] * connection.execute("pragma page_size").fetchone()[0]
            if pages != path.stat().st_size:
                raise InvalidRelease(f"{path}: cut short; roll back or reload with scripts/reload_knowledge.py")
            names = [str(row["id"]) for row in connection.execute("select id from reports order by position")]
            if not names:
                raise InvalidRelease(f"{path}: holds no report; reload")
            return about, [_read_report(connection, name) for name in names]
    except (sqlite3.Error, ValueError, KeyError, IndexError, TypeError) as exc:
        raise InvalidRelease(f"{path}: damaged ({exc}); roll back or reload with scripts/reload_knowledge.py") from exc


def _read_report(connection: sqlite3.Connection, name: str) -> StoredReport:
    def rows(sql: str) -> list[sqlite3.Row]:
        return connection.execute(sql, (name,)).fetchall()

    def has(table: str) -> bool:
        return bool(connection.execute("select 1 from sqlite_master where name = ?", (table,)).fetchone())

    head = rows("select * from reports where id = ?")[0]
    sections = tuple(
        Section(r["report"], r["id"], r["label"], r["title"], r["text"], r["parent"], SectionKind(r["kind"]), r["heading"])
        for r in rows("select * from sections where report = ? order by position")
    )
    report = Report(
        name, head["title"], head["document_number"], head["publisher"], head["place"], head["year"], sections, head["source_sha256"]
    )
    stored = rows("select * from pairs where report = ? order by position")
    pairs = tuple(
        QAPair(r["question"], r["section"], PairKind(r["kind"]), tuple(json.loads(r["spans"])), r["origin"], r["missing"]) for r in stored
    )
    figures = rows("select * from figures where report = ? order by position") if has("figures") else []
    terms = rows("select * from terms where report = ? order by rowid") if has("terms") else []
    fields = ("section", "label", "value", "unit", "subject", "quote", "start", "end")
    return StoredReport(
        report,
        pairs,
        tuple(r["normalized"] for r in stored),
        tuple(Figure(*(r[field] for field in fields)) for r in figures),
        tuple(Term(r["name"], r["section"], r["quote"], tuple(json.loads(r["synonyms"]))) for r in terms),
        {r["char"]: r["syllable"] for r in rows("select * from readings where report = ?")},
        {
            r["name"]: np.frombuffer(r["content"], np.dtype(r["dtype"])).reshape(json.loads(r["shape"]))
            for r in rows("select * from index_arrays where report = ?")
        },
    )


@contextmanager
def _closing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield connection
    finally:
        connection.close()
