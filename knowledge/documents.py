"""Source files to paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from knowledge.errors import InvalidSource

SHIPPED_SOURCES = Path(__file__).parent / "sources"
#: A report is some tens of kilobytes; beyond this the file is something else.
MAX_SOURCE_BYTES = 20_000_000


def read_paragraphs(path: Path) -> list[str]:
    """Read a text file's paragraphs, in order, trimmed, empty ones left out.

    Args:
        path: A UTF-8 file, with or without byte order mark, any line ends.

    Raises:
        InvalidSource: If the file cannot be read, is too large, is not UTF-8 or is empty.
    """
    try:
        if path.stat().st_size > MAX_SOURCE_BYTES:
            raise InvalidSource(path, "", f"larger than {MAX_SOURCE_BYTES:,} bytes; is this the report?")
        raw = path.read_bytes()
    except OSError as exc:
        raise InvalidSource(path, "", f"cannot be read ({exc.strerror})") from exc
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise InvalidSource(path, f"byte {exc.start}", "is not UTF-8; save it as UTF-8 and try again") from exc
    paragraphs = [line.strip(" \t\u3000\xa0\ufeff") for line in text.splitlines()]
    paragraphs = [line for line in paragraphs if line]
    if not paragraphs:
        raise InvalidSource(path, "", "holds no text")
    return paragraphs


def find_sources(paths: Sequence[Path]) -> list[Path]:
    """Source folders among *paths*: each a folder with a report, or a folder of such folders; the shipped ones for none.

    Raises:
        InvalidSource: If a path holds no report, or two reports share an id.
    """
    folders: list[Path] = []
    for path in paths or [SHIPPED_SOURCES]:
        if (path / "report.txt").is_file():
            folders.append(path)
            continue
        inside = sorted(folder.parent for folder in path.glob("*/report.txt"))
        if not inside:
            raise InvalidSource(path, "", "holds no report.txt; name a source folder such as knowledge/sources/yongan-2019")
        folders.extend(inside)
    names = [folder.resolve().name for folder in folders]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InvalidSource(folders[0], "", f"two reports have the id {sorted(twice)[0]!r}; rename one folder")
    return folders
