"""Styled text as Telegram's HTML, in parts that each fit one message: cut at sentence ends, tags closed and opened again.

The limit: 4096 characters "after entities parsing", https://core.telegram.org/bots/api#sendmessage. Whether a character beyond the
basic plane counts once or twice is not said; here it counts twice, as in the offsets of entities, which is right either way.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.channels.cutting import last_character_end, last_sentence_end, utf16_width

#: ``telegram.constants.MessageLimit.MAX_TEXT_LENGTH``.
MAX_CHARS = 4096
BOLD, CODE, PRE = "b", "code", "pre"
QUOTE, EXPANDABLE = "blockquote", "blockquote expandable"


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style.

    Attributes:
        text: As people see it; never escaped here.
        tags: The tags around it, outermost first: names, with attributes.
    """

    text: str
    tags: tuple[str, ...] = ()


def render(runs: Iterable[Run], *, max_chars: int = MAX_CHARS) -> list[str]:
    """HTML of *runs*, one string for each message, none of them blank.

    Args:
        runs: In order; runs beside each other that share their outer tags stand within one pair of these.
        max_chars: At most this many UTF-16 code units of text in a part, at least 2.

    Returns:
        Parts that, read one after the other, hold the text of *runs*, white space where they were cut aside.
    """
    return [written for part in split(runs, max_chars=max_chars) if (written := _write(part))]


def split(runs: Iterable[Run], *, max_chars: int = MAX_CHARS) -> list[list[Run]]:
    """*runs* in parts of at most *max_chars* UTF-16 code units each; joined, they are *runs*."""
    if max_chars < 2:
        raise ValueError("a part must hold two code units: one character of any kind")
    parts: list[list[Run]] = [[]]
    room = max_chars
    for run in runs:
        left = run
        while left.text:
            if utf16_width(left.text) <= room:
                parts[-1].append(left)
                room -= utf16_width(left.text)
                break
            # A sentence is cut only where a part of its own would not hold it.
            cut = last_sentence_end(left.text, room, utf16_width) or (0 if parts[-1] else last_character_end(left.text, room, utf16_width))
            if cut:
                parts[-1].append(replace(left, text=left.text[:cut]))
                left = replace(left, text=left.text[cut:])
            parts.append([])
            room = max_chars
    return [part for part in parts if part]


def _write(part: Sequence[Run]) -> str:
    """*part* as HTML, white space at either end left out; empty for nothing else."""
    runs = _stripped(part)
    written: list[str] = []
    open_tags: tuple[str, ...] = ()
    for run in runs:
        shared = 0
        while shared < min(len(open_tags), len(run.tags)) and open_tags[shared] == run.tags[shared]:
            shared += 1
        written += [f"</{tag.split()[0]}>" for tag in reversed(open_tags[shared:])]
        written += [f"<{tag}>" for tag in run.tags[shared:]]
        written.append(escape(run.text))
        open_tags = run.tags
    written += [f"</{tag.split()[0]}>" for tag in reversed(open_tags)]
    return "".join(written)


def _stripped(part: Sequence[Run]) -> list[Run]:
    runs = list(part)
    while runs and not runs[0].text.strip():
        runs.pop(0)
    while runs and not runs[-1].text.strip():
        runs.pop()
    if runs:
        runs[0] = replace(runs[0], text=runs[0].text.lstrip())
        runs[-1] = replace(runs[-1], text=runs[-1].text.rstrip())
    return runs


def escape(text: str) -> str:
    """The only way in which text becomes HTML. NUL, which no message can hold, is left out."""
    return html.escape(text.replace("\0", ""), quote=False)
