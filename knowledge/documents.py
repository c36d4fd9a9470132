"""Source files to paragraphs."""

from __future__ import annotations

from pathlib import Path

from knowledge.errors import InvalidSource

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
