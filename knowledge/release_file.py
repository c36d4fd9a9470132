"""A release file opened for reading: its headers at once, each report when it is first used."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np

from knowledge.errors import InvalidRelease
from knowledge.records import Figure, PairKind, QAPair, Report, Section, SectionKind, Term
from knowledge.store import SCHEMA_VERSION, Header, Origin, Rows, StoredReport, content_digest, read_rows

_FIGURE_FIELDS = ("section", "label", "value", "unit", "subject", "quote", "start", "end")


class ReleaseFile:
    """A release file held open, so that it can be read to the end even when somebody deletes it.

    Attributes:
        path: The file.
        about: Facts on the release.
        headers: Its reports in order, the default one first.
        seal: Hash of facts and headers; these hold the hash of each report, so it stands for every byte that is answered from.

    Raises:
        InvalidRelease: If the file is missing, damaged, cut short, of another version or holds no report.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()  # a reload opens in a thread, first uses are in the loop
        if not path.is_file():
            raise InvalidRelease(f"{path}: no such file; run scripts/reload_knowledge.py")
        with self._faults():
            uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self._close = weakref.finalize(self, self._connection.close)
            self._connection.row_factory = sqlite3.Row
            facts = self._connection.execute("select key, value from release order by rowid").fetchall()
            self.about = {str(row["key"]): str(row["value"]) for row in facts}
            if self.about.get("schema") != str(SCHEMA_VERSION):
                raise InvalidRelease(f"{path}: schema {self.about.get('schema')}, this program reads {SCHEMA_VERSION}; reload")
            pages, size = (int(self._connection.execute(f"pragma {name}").fetchone()[0]) for name in ("page_count", "page_size"))
            if pages * size != path.stat().st_size:
                raise InvalidRelease(f"{path}: cut short; roll back or reload with scripts/reload_knowledge.py")
            heads = self._connection.execute(
                "select r.*, b.source, b.program, b.content, b.digest, c.sections, c.with_text, c.figures, c.written"
                " from reports r left join builds b on b.report = r.id left join counts c on c.report = r.id order by r.position"
            ).fetchall()
            if not heads:
                raise InvalidRelease(f"{path}: holds no report; reload")
            self.headers = tuple(map(_header, heads))
            self.seal = hashlib.sha256(repr((self.about, self.headers)).encode()).hexdigest()

    def close(self) -> None:
        """Close the file; it closes by itself when nothing refers to it any more."""
        self._close()

    def read(self, report_id: str) -> StoredReport:
        """All that is stored on a report.

        Raises:
            InvalidRelease: If it is damaged, or altered since it was built.
        """
        header = next(header for header in self.headers if header.report.id == report_id)
        with self._faults():
            with self._lock:
                rows = read_rows(self._connection, report_id)
            if content_digest(rows) != header.digest:
                raise InvalidRelease(
                    f"{self.path}: {report_id} was altered since it was built; roll back or reload with scripts/reload_knowledge.py"
                )
            return _stored(header.report, rows)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError, KeyError, IndexError, TypeError, OSError) as exc:
            raise InvalidRelease(f"{self.path}: damaged ({exc}); roll back or reload with scripts/reload_knowledge.py") from exc


def read_release(path: Path) -> tuple[dict[str, str], list[StoredReport]]:
    """Read a whole release file: facts on the release, and its reports in order.

    Raises:
        InvalidRelease: If the file is missing, damaged or of another version.
    """
    file = ReleaseFile(path)
    try:
        return file.about, [file.read(header.report.id) for header in file.headers]
    finally:
        file.close()


def _header(row: sqlite3.Row) -> Header:
    particulars = (row["title"], row["document_number"], row["publisher"], row["place"], row["year"])
    report = Report(row["id"], *particulars, (), row["source_sha256"])
    origin = Origin(str(row["source"]), str(row["program"]), str(row["content"]))
    sections, with_text, figures, written = (int(row[name]) for name in ("sections", "with_text", "figures", "written"))
    return Header(report, sections, with_text, figures, written, origin, str(row["digest"]))


def _stored(head: Report, rows: Rows) -> StoredReport:
    sections = tuple(
        Section(r["report"], r["id"], r["label"], r["title"], r["text"], r["parent"], SectionKind(r["kind"]), r["heading"])
        for r in rows["sections"]
    )
    particulars = (head.title, head.document_number, head.publisher, head.place, head.year)
    kinds = {kind.value: kind for kind in PairKind}
    read_spans = cache(lambda text: tuple(json.loads(text)))  # dozens of questions share each
    pairs = tuple(
        QAPair(question, section, kinds[kind], read_spans(spans), origin, missing)
        for _, _, question, _, section, kind, spans, origin, missing in rows["pairs"]
    )
    return StoredReport(
        Report(head.id, *particulars, sections, head.source_sha256),
        pairs,
        tuple(row["normalized"] for row in rows["pairs"]),
        tuple(Figure(*(r[field] for field in _FIGURE_FIELDS)) for r in rows["figures"]),
        tuple(Term(r["name"], r["section"], r["quote"], tuple(json.loads(r["synonyms"]))) for r in rows["terms"]),
        {r["char"]: r["syllable"] for r in rows["readings"]},
        {r["name"]: np.frombuffer(r["content"], np.dtype(r["dtype"])).reshape(json.loads(r["shape"])) for r in rows["index_arrays"]},
    )
