"""Where a text that is too long for one message is cut: at a sentence's end, else between characters, by any measure of length."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

Width = Callable[[str], int]

#: With the white space after it, but for the indent of the next line.
_SENTENCE_END = re.compile(r"(?:[。！？!?；;…]+[”’」』）)】》]*|\n)[^\S\u3000]*")
_JOINER = "\u200d"


def utf16_width(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_width(text: str) -> int:
    """Length in bytes of UTF-8."""
    return len(text.encode("utf-8", "surrogatepass"))


def last_sentence_end(text: str, room: int, width: Width) -> int:
    """Where the last sentence ends that fits into *room*; 0 when none does.

    Args:
        text: What is to be cut.
        room: How long the piece before the cut may be, by *width*; no character is shorter than 1.
        width: Length of a text.
    """
    best = 0
    for match in _SENTENCE_END.finditer(text[:room]):
        if width(text[: match.end()]) > room:
            break
        best = match.end()
    return best


def last_character_end(text: str, room: int, width: Width) -> int:
    """The last place within *room* that parts no character from the marks that belong to it; see ``last_sentence_end``."""
    cut = min(room, len(text))
    while width(text[:cut]) > room:
        cut -= 1
    whole = cut
    while 1 < cut < len(text) and (_belongs_to_the_one_before(text[cut]) or text[cut - 1] == _JOINER):
        cut -= 1
    return cut if cut > 1 else whole


def _belongs_to_the_one_before(char: str) -> bool:
    return bool(unicodedata.combining(char)) or char == _JOINER or "\ufe00" <= char <= "\ufe0f" or "\U0001f3fb" <= char <= "\U0001f3ff"
