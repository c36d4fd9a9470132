"""Words said of other words that are quoted with them."""

from __future__ import annotations

import re

from bot.commands import parse_command

#: Said of words that were quoted: are they true?
_IS_IT_TRUE = re.compile(r"\s*(这(个|句|话)?|这是)?(是)?(真的|对的?|属实|没错|正确)(吗|么|嘛|不)?\s*[?？]?\s*|\s*(核对|核查)(一下)?\s*")


def with_quoted(words: str, quoted: str) -> str:
    """*words* that mean what they quote: a command with nothing behind it, or whether it is true; others as they are."""
    if _IS_IT_TRUE.fullmatch(words):
        return f"核对 {quoted}"
    parsed = parse_command(f"{words} {quoted}")
    return f"{words} {quoted}" if parsed and parsed[1] == quoted and not parsed[0].for_admins else words
