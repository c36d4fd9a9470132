"""Plain text files: their encoding, and their lines as paragraphs."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from knowledge.errors import InvalidSource
from knowledge.paragraph import MAX_PARAGRAPHS, MAX_TEXT_CHARS, Paragraph
from knowledge.text_pages import without_page_marks
from knowledge.text_tables import read_lines

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
#: A line's end, but not the form feed at the start of a page's first line.
_LINE_END = re.compile("\r\n|[\n\r\v\x1c-\x1e\x85\u2028\u2029]|(?=\f)")
_LONE_FEED = re.compile(r"\f(?:[ \t]*\r?\n)+")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b]")
#: Of the characters of Chinese prose at least this share is among GB 2312's 3,755 common ones; misread bytes fall on rare ones.
_COMMON_SHARE = 0.7


def read_text(path: Path, raw: bytes) -> list[Paragraph]:
    """Paragraphs of a text file, one a line, and the rows of its tables.

    Raises:
        InvalidSource: If the bytes are no text, or it has too many lines.
    """
    text = _LONE_FEED.sub("\f", decode(path, raw))
    lines = [line for line in _LINE_END.split(text) if line.strip()]
    if len(lines) > MAX_PARAGRAPHS:
        raise InvalidSource(path, "", f"more than {MAX_TEXT_CHARS:,} characters or {MAX_PARAGRAPHS:,} lines of text; is this one report?")
    return read_lines(without_page_marks(lines))


def decode(path: Path, raw: bytes, *, declared: str = "") -> str:
    """Text of *raw*: by its byte order mark, the *declared* encoding, as UTF-8, or as GB18030 (GBK, GB 2312) if it reads as Chinese.

    Raises:
        InvalidSource: If none of them fits.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return _checked(path, _strictly(path, raw, encoding))
    if declared and (text := _try(raw, declared)) is not None and not _CONTROL.search(text):
        return text
    text = _try(raw, "utf-8")
    if text is None:
        chinese = _try(raw, "gb18030")
        fits = chinese is not None and not _CONTROL.search(chinese) and _reads_as_chinese(chinese)
        text = chinese if chinese is not None and fits else _strictly(path, raw, "utf-8")
    return _checked(path, text)


def _try(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _strictly(path: Path, raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as exc:
        name = "UTF-16" if encoding == "utf-16" else "UTF-8"
        raise InvalidSource(path, f"byte {exc.start}", f"is not {name}, nor GB18030 text; save it as UTF-8 and try again") from exc


def _checked(path: Path, text: str) -> str:
    if found := _CONTROL.search(text):
        raise InvalidSource(path, f"character {found.start()}", "is no text file; name the report's .txt, .html, .docx or .pdf")
    return text


def _reads_as_chinese(text: str) -> bool:
    letters = [char for char in text[:20_000] if ord(char) > 0x7F and not char.isspace()]
    common = sum(_is_common(char) for char in letters)
    return bool(letters) and common >= _COMMON_SHARE * len(letters)


def _is_common(char: str) -> bool:
    """Whether *char* is a mark or one of the common characters of GB 2312 (rows 1 to 3 and 16 to 55)."""
    try:
        first = char.encode("gb2312")[0]
    except UnicodeEncodeError:
        return False
    return 0xB0 <= first <= 0xD7 or 0xA1 <= first <= 0xA3
