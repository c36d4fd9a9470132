"""Replies as plain text, which the workbench of WeChat shows where it shows no cards and no markdown, and as a robot's markdown.

The answering clause first, then where it stands and its code, then what can be asked next, numbered: a number sent back asks it. What is
longer than a message comes in several, cut at sentence ends and numbered.

Limits: 2048 bytes of UTF-8 for a text, document path 90236 (the rest is cut without a word, 90241); a Chinese character has three. Which
characters a text may hold: XML 1.0, section 2.2, since an answer may have to travel in XML.
"""

from __future__ import annotations

import re

from bot import texts
from bot.channels.cutting import last_character_end, last_sentence_end, utf8_width
from bot.channels.layout import shown_citation, take_source
from bot.channels.text_desk import Said
from bot.messages import Answer, Outcome, Reply
from bot.places import Places

MAX_BYTES = 2048
#: A text of this many parts would be 200 kilobytes; its head "(99/99)" and the line's end are what each part leaves room for.
_MOST_PARTS = 99
_HEAD_BYTES = len(f"({_MOST_PARTS}/{_MOST_PARTS})\n")
#: The smallest limit: a head, and the longest single character.
_LEAST_BYTES = _HEAD_BYTES + 4
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CITING = frozenset({Outcome.ANSWER, Outcome.RELATED, Outcome.SECTION, Outcome.CHECK})
#: What would call a member, or everybody in a group, by name.
_MENTION = re.compile(r"<(?=@)")
#: What would turn the words around it into something else than words.
_MARKS = re.compile(r"[*_`~\[\]\\]")


def printable(text: str) -> str:
    """*text* without the characters that no message can hold: control characters, halves of surrogate pairs."""
    return _UNPRINTABLE.sub("", text)


def text_parts(text: str, *, max_bytes: int = MAX_BYTES, most: int = _MOST_PARTS) -> list[str]:
    """*text* as messages of at most *max_bytes* each; where there are several, each begins with its number.

    Args:
        text: What is to be said.
        max_bytes: UTF-8 bytes of a message with its number, at least 12.
        most: Messages at most; what is beyond them is left out, and the last one says so.

    Returns:
        Messages in order, none of them blank; () for a blank text.

    Raises:
        ValueError: If *max_bytes* is too small.
    """
    if max_bytes < _LEAST_BYTES:
        raise ValueError(f"a message must hold {_LEAST_BYTES} bytes: its number and a character")
    text = printable(text).strip()
    if utf8_width(text) <= max_bytes:
        return [text] if text else []
    # The white space before the first words of a piece may be the indent of a line in a list.
    pieces = [piece.rstrip().lstrip("\r\n") for piece in split_text(text, max_bytes=max_bytes - _HEAD_BYTES) if piece.strip()]
    if len(pieces) == 1:  # what made it too long was white space
        return pieces
    if len(pieces) > most:
        room = max_bytes - _HEAD_BYTES - utf8_width(f"\n{texts.SHORTENED}")
        kept = split_text(pieces[most - 1], max_bytes=room)[0].strip() if room >= 4 else ""
        pieces = [*pieces[: most - 1], f"{kept}\n{texts.SHORTENED}" if kept else pieces[most - 1]]
    if len(pieces) == 1:
        return pieces
    return [f"({number}/{len(pieces)})\n{piece}" for number, piece in enumerate(pieces, 1)]


def split_text(text: str, *, max_bytes: int) -> list[str]:
    """*text* in pieces of at most *max_bytes* bytes of UTF-8 each, cut at sentence ends where sentences fit.

    Args:
        text: Any text; an empty one gives no piece.
        max_bytes: At least 4, the longest single character.

    Returns:
        Pieces in order, none of them empty; joined, they are *text*.

    Raises:
        ValueError: If *max_bytes* is too small.
    """
    if max_bytes < 4:
        raise ValueError("a piece must hold four bytes: one character of any kind")
    pieces = []
    while utf8_width(text) > max_bytes:
        cut = last_sentence_end(text, max_bytes, utf8_width) or last_character_end(text, max_bytes, utf8_width)
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text] if text else pieces


def said_parts(said: Said, *, asked: str = "") -> list[str]:
    """What is said, as messages of 2048 bytes at most; *asked* is a question to repeat above it, where it was not typed."""
    text = plain_text(said)
    return text_parts(f"{texts.ASKED_LINE.format(question=asked)}\n{text}" if asked else text)


def plain_text(said: Said, *, numbered: bool = True) -> str:
    """What is said, as plain text.

    Args:
        said: What is said.
        numbered: Whether what can be asked next is listed, for chats that have nothing to tap.
    """
    if said.reply is None:
        return f"{said.text}\n{said.printed}" if said.printed else said.text
    body, source, after = take_source(said.text)
    lines = [body, *_below(said.reply, source, after)]
    return "\n".join([*lines, *(_choices(said.reply.answer) if numbered else [])])


def markdown_text(said: Said, *, numbered: bool = True) -> str:
    """What is said, as a robot's markdown: the words of ``plain_text``, with what answers in bold."""
    text = plain_text(said, numbered=numbered)
    if said.printed:
        text = f"{said.text}\n```\n{said.printed}\n```"
    elif said.reply and (bold := _bold(said.reply.answer)) and not _MARKS.search(bold):
        text = text.replace(bold, f"**{bold}**", 1)
    return _MENTION.sub("<\u200b", text)


def has_choices(answer: Answer) -> bool:
    """Whether the text itself lists what can be asked next, by number."""
    lines = set(answer.text.split("\n"))
    return bool(answer.suggestions) and all(f"{n}. {one.question}" in lines for n, one in enumerate(answer.suggestions, 1))


def without_choices(answer: Answer) -> str:
    """The text of an answer without the numbered lines that buttons or a menu below it stand for."""
    if not has_choices(answer):
        return answer.text
    listed = {f"{n}. {one.question}" for n, one in enumerate(answer.suggestions, 1)}
    return "\n".join(line for line in answer.text.split("\n") if line not in listed)


def _below(reply: Reply, source: str, after: str) -> list[str]:
    """The citation line, what stands after it, and the code of the clause."""
    answer = reply.answer
    shown = shown_citation(answer)
    code = Places(reply.library).code(shown) if reply.library and shown and answer.outcome in _CITING else ""
    return [line for line in (source, after, texts.CODE_LINE.format(code=code) if code else "") if line]


def _choices(answer: Answer) -> list[str]:
    if not answer.suggestions:
        return []
    if has_choices(answer):
        return [texts.CHOOSE_BY_NUMBER]
    return ["", texts.ASK_BY_NUMBER, *(f"{number}. {one.question}" for number, one in enumerate(answer.suggestions, 1))]


def _bold(answer: Answer) -> str:
    """The words that answer, where they stand on a line of their own: a clause in bold begins and ends with its line."""
    lines = answer.text.split("\n")
    if answer.outcome is Outcome.CHECK:
        return lines[0]
    shown = shown_citation(answer)
    return shown.quote if answer.outcome in {Outcome.ANSWER, Outcome.RELATED} and shown and shown.quote in lines else ""
