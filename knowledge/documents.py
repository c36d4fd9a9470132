"""Source files to paragraphs, and which files are sources.

Each kind of file has its module: ``document_text.py``, ``document_html.py``, ``document_docx.py``, ``document_pdf.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from knowledge.errors import InvalidSource
from knowledge.page_parts import split_page
from knowledge.paragraph import MAX_PARAGRAPHS, MAX_TEXT_CHARS, Paragraph
from knowledge.particulars import read_particulars
from knowledge.title_lines import find_title
from knowledge.titles import place_and_year

SHIPPED_SOURCES = Path(__file__).parent / "sources"
#: A report is some tens of kilobytes of text, in Word or PDF with pictures some megabytes; beyond this the file is something else.
MAX_SOURCE_BYTES = {".txt": 20_000_000, ".html": 20_000_000, ".htm": 20_000_000, ".docx": 60_000_000, ".pdf": 60_000_000}
#: A paragraph of a report has some hundred characters; a text whose line ends were lost is one of some ten thousand.
MAX_PARAGRAPH_CHARS = 100_000
KINDS = tuple(MAX_SOURCE_BYTES)
_KIND_NAMES = ".txt, .html, .htm, .docx or .pdf"
#: Reader of each kind, imported when first used: Word and PDF libraries take longer to import than a service to start.
_READERS = {
    ".txt": "document_text:read_text",
    ".html": "document_html:read_html",
    ".htm": "document_html:read_html",
    ".docx": "document_docx:read_docx",
    ".pdf": "document_pdf:read_pdf",
}
_REPORT_ID = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Source:
    """A report to be read.

    Attributes:
        id: The report's id.
        document: Its text: a file of one of ``KINDS``.
        folder: Where its ``pairs.yaml`` and ``terms.yaml`` may lie; None for a bare file.
    """

    id: str
    document: Path
    folder: Path | None

    def companion(self, name: str) -> Path | None:
        """The file *name* beside the report, or None when there is none."""
        path = self.folder / name if self.folder else None
        return path if path and path.exists() else None

    def files(self) -> list[Path]:
        """Every file a build reads."""
        beside = (self.companion(name) for name in ("pairs.yaml", "terms.yaml"))
        return [self.document, *(path for path in beside if path)]


def read_paragraphs(path: Path) -> list[Paragraph]:
    """Read a document's paragraphs, in order, trimmed, empty ones left out.

    Args:
        path: A file of one of ``KINDS``.

    Raises:
        InvalidSource: If the file cannot be read, is too large, damaged or empty.
    """
    kind = path.suffix.lower()
    if kind not in _READERS and path.is_file():
        raise InvalidSource(path, "", f"is no {_KIND_NAMES} file{_advice(kind)}")
    limit = MAX_SOURCE_BYTES.get(kind, 0)
    try:
        if path.stat().st_size > limit and path.is_file():
            raise InvalidSource(path, "", f"larger than {limit:,} bytes; is this the report? Name the file that holds it alone")
        raw = path.read_bytes()
    except OSError as exc:
        raise InvalidSource(path, "", f"cannot be read ({exc.strerror})") from exc
    _check_content(path, kind, raw)
    module, _, name = _READERS[kind].partition(":")
    reader: Callable[[Path, bytes], list[Paragraph]] = getattr(import_module(f"knowledge.{module}"), name)
    paragraphs = reader(path, raw) if raw.strip() else []
    if not paragraphs:
        raise InvalidSource(path, "", "holds no text; copy the report into it again, or name another file")
    if len(paragraphs) > MAX_PARAGRAPHS or sum(len(p.text) for p in paragraphs) > MAX_TEXT_CHARS:
        raise InvalidSource(path, "", f"more than {MAX_TEXT_CHARS:,} characters or {MAX_PARAGRAPHS:,} lines of text; is this one report?")
    for number, paragraph in enumerate(paragraphs, 1):
        if len(paragraph.text) > MAX_PARAGRAPH_CHARS:
            message = f"{len(paragraph.text):,} characters without a line end; put every paragraph of the report on a line of its own"
            raise InvalidSource(path, f"paragraph {number}", message)
    return paragraphs


def _check_content(path: Path, kind: str, raw: bytes) -> None:
    """Refuse a file whose name says another kind than its first bytes."""
    start = raw[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if raw.startswith(b"PK\x03\x04") and b"word/document.xml" in raw:
        held, ending = "a Word file", ".docx"
    elif b"%PDF-" in raw[:1024]:
        held, ending = "a PDF file", ".pdf"
    elif start.startswith((b"<!doctype html", b"<html")):
        held, ending = "a web page", ".html"
    else:
        return
    if kind.replace(".htm", ".html").replace(".htmll", ".html") != ending:
        raise InvalidSource(path, "", f"is {held} by what it holds; rename it to {path.stem}{ending}")


def _advice(kind: str) -> str:
    word = {".doc": "an old Word file", ".wps": "a WPS file", ".rtf": "an RTF file", ".odt": "an OpenDocument file"}.get(kind)
    return f" but {word}; save it as .docx" if word else ""


def find_sources(paths: Sequence[Path]) -> list[Source]:
    """Sources among *paths*: a file, a folder with a report, or a folder of such folders; the shipped ones for none.

    Raises:
        InvalidSource: If a path holds no report, or more than one where one is meant, or two reports share an id.
    """
    sources: list[Source] = []
    for path in paths or [SHIPPED_SOURCES]:
        if path.is_file() or _documents(path):
            sources.append(source_at(path))
            continue
        inside = sorted(folder for folder in path.glob("*/") if _documents(folder))
        if not inside:
            raise InvalidSource(
                path, "", f"holds no report{_KIND_NAMES.replace(', .', ', report.').replace(' or ', ' or report')}; {_named(path)}"
            )
        sources.extend(map(source_at, inside))
    ids = [source.id for source in sources]
    if twice := {name for name in ids if ids.count(name) > 1}:
        same = [source for source in sources if source.id in twice]
        raise InvalidSource(same[-1].document, "", f"two reports have the id {same[0].id!r} (see {same[0].document}); rename one")
    return sources


def source_at(path: Path) -> Source:
    """The source that is *path*: a folder with one ``report.txt`` (``.html``, ``.docx``, ``.pdf``), or such a file itself.

    A folder's name is the report's id, and so is a file's name without its ending; a file of another name, and a ``report.txt`` in a
    folder whose name is no id, gets the id of the place and year in its title, ``yongan-2019``, or its name in pinyin.

    Raises:
        InvalidSource: If there is no report or more than one, or a folder's name is no id.
    """
    if path.is_file():
        stem = path.stem.lower()
        folder = path.resolve().parent
        if stem == "report" and _REPORT_ID.fullmatch(folder.name):  # the report of a folder, named itself
            return Source(folder.name, path, path.parent)
        has_id = stem != "report" and _REPORT_ID.fullmatch(path.stem)
        return Source(stem if has_id else _derived_id(path), path, None)
    documents = _documents(path)
    if not documents:
        raise InvalidSource(path, "", f"holds no report.txt; {_named(path)}")
    if len(documents) > 1:
        raise InvalidSource(path, "", f"holds {' and '.join(d.name for d in documents)}; keep the one to be read")
    name = path.resolve().name
    if not _REPORT_ID.fullmatch(name):
        raise InvalidSource(path, "", "a report's folder is named with a-z, 0-9 and -; the name is its id")
    return Source(name, documents[0], path)


def _documents(folder: Path) -> list[Path]:
    return [path for kind in KINDS if (path := folder / f"report{kind}").is_file()]


def _named(path: Path) -> str:
    if not path.exists():
        return "there is no such file or folder"
    loose = sorted(p for p in path.glob("*") if p.suffix.lower() in KINDS) if path.is_dir() else []
    if loose:
        return f"name the file itself, such as {loose[0]}, or call it report{loose[0].suffix}"
    return "name a file, or a source folder such as knowledge/sources/yongan-2019"


def _derived_id(path: Path) -> str:
    """Id of a file whose name is none: place and year of its title in pinyin, or else its name in pinyin."""
    from pypinyin import lazy_pinyin  # a fifth of a second to import

    def slug(text: str) -> str:
        return re.sub(r"[^a-z0-9]+", "-", "".join(lazy_pinyin(text)).lower()).strip("-")

    head = split_page(path, read_paragraphs(path)).head
    place, year = place_and_year(read_particulars(head)[0].get("标题") or find_title(head) or path.stem)
    found = f"{slug(place)}-{year}" if place and year else slug(path.stem)
    if not found:
        raise InvalidSource(path, "", "no id can be made of its name; rename it with a-z, 0-9 and -")
    return found
