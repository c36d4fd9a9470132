"""The buttons under messages, and what they send when they are pressed.

What a button sends is at most 64 bytes (https://core.telegram.org/bots/api#inlinekeyboardbutton) and is read by releases to come: an
action, then what it needs, joined by colons. A report is named by its key, see ``places.report_key``, so that a button of an old release
finds its section in the live one.

    s:KEY:SECTION       show the section                w:KEY:SECTION     show it in place of this message
    c:KEY:SECTION       contents below it, in place     r:                the reports, in place
    q:N                 ask what the button says        y:REPLY           why this answer
    +:REPLY  -:REPLY    feedback                        -:REPLY:REASON    why it was of no use
    x:  x:yes           delete what is kept about me
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup

from bot import texts
from bot.channels.layout import shown_citation
from bot.messages import Citation, Outcome, Reply
from bot.places import Level, Place, Places, report_key

MAX_DATA_BYTES = 64
#: ``telegram.constants.InlineKeyboardButtonLimit.MAX_COPY_TEXT``.
MAX_COPY_CHARS = 256
#: The platform takes 100 buttons in a message; a row or two stay for going back.
MAX_ENTRIES = 90
MAX_REPORTS = 20
_LABEL_CHARS = 60
_LASTING = 1024
#: Length of a start parameter: 1 to 64 of A-Z a-z 0-9 _ -, https://core.telegram.org/bots/features#deep-linking.
_MAX_START_CHARS = 64

SHOW, WALK, CONTENTS, REPORTS, SUGGESTED, WHY, HELPFUL, UNHELPFUL, DELETE = "swcrqy+-x"
Rows = list[list[InlineKeyboardButton]]
_UNJUDGED = {Outcome.SMALLTALK, Outcome.HELP, Outcome.CONTENTS}


@dataclass(frozen=True, slots=True)
class Press:
    """What a pressed button sent.

    Attributes:
        action: One of the letters above.
        parts: What came after it.
    """

    action: str
    parts: tuple[str, ...]

    @classmethod
    def read(cls, data: str) -> Press:
        """Read any data; what no button sends has an action that is none."""
        action, *parts = data.split(":")
        return cls(action, tuple(parts))

    def part(self, number: int) -> str:
        """The part of that number, from 0; empty where there is none."""
        return self.parts[number] if number < len(self.parts) else ""


def reply_keyboard(reply: Reply, places: Places, *, judged: bool = True) -> InlineKeyboardMarkup | None:
    """The buttons of a reply: around the section, questions to go on with, the answer judged.

    Args:
        reply: The reply.
        places: The release that it was made from.
        judged: Whether feedback can be given: not on what was only leafed to.
    """
    answer = reply.answer
    cited = shown_citation(answer)
    rows: Rows = []
    if cited and answer.outcome is Outcome.SECTION:
        rows.append(_walk_row(cited, places))
    elif cited and answer.outcome in {Outcome.ANSWER, Outcome.RELATED, Outcome.CHECK}:
        rows.append(_around_row(cited, places))
    rows += [[_lasting(one.question, SUGGESTED, str(number))] for number, one in enumerate(answer.suggestions)]
    judging = _judging(reply.reply_id) if judged and answer.outcome not in _UNJUDGED else []
    if cited and answer.outcome not in _UNJUDGED:
        judging.append(_copy(cited, places))
    if judged and cited and answer.outcome in {Outcome.ANSWER, Outcome.RELATED, Outcome.CHECK}:
        judging.append(_button(texts.BUTTON_WHY, WHY, reply.reply_id))
    return _markup([*rows, judging])


def level_keyboard(level: Level, *, several: bool) -> InlineKeyboardMarkup | None:
    """The buttons of a level of the contents; *several*: whether there are other reports to go to."""
    report = report_key(level.here.report)
    entries = level.below[:MAX_ENTRIES]
    rows = [[_button(_short(p.label), WALK if p.section in level.leaves else CONTENTS, report, p.section)] for p in entries]
    back: list[InlineKeyboardButton] = []
    if level.here.section:
        back.append(_button(texts.BUTTON_TEXT, SHOW, report, level.here.section))
    if level.above:
        back.append(_button(texts.BUTTON_UP, CONTENTS, report, level.above.section))
    elif several:
        back.append(_button(texts.BUTTON_REPORTS, REPORTS))
    return _markup([*rows, back])


def reports_keyboard(reports: Sequence[Place]) -> InlineKeyboardMarkup | None:
    """A button for each report, to its contents."""
    return _markup([[_button(_short(place.label), CONTENTS, report_key(place.report))] for place in reports[:MAX_REPORTS]])


def judged_keyboard(
    old: InlineKeyboardMarkup | None, reply_id: str, *, helpful: bool, ask_why: bool = False
) -> InlineKeyboardMarkup | None:
    """The buttons of a message once it has been judged: the same, the choice marked.

    Args:
        old: The buttons there are.
        reply_id: The reply judged.
        helpful: 👍 or 👎.
        ask_why: Whether to offer reasons below.
    """
    up, down = _judging(reply_id)
    chosen = (
        _button(texts.BUTTON_HELPFUL_GIVEN, HELPFUL, reply_id) if helpful else _button(texts.BUTTON_UNHELPFUL_GIVEN, UNHELPFUL, reply_id)
    )
    marked = {up.callback_data: chosen if helpful else up, down.callback_data: down if helpful else chosen}
    reasons = [_button(words, UNHELPFUL, reply_id, reason) for reason, words in texts.FEEDBACK_REASONS.items()]
    offered = {button.callback_data for button in reasons}
    rows = [
        [marked.get(button.callback_data, button) for button in row if button.callback_data not in offered or button.callback_data is None]
        for row in (old.inline_keyboard if old else ())
    ]
    return _markup([*rows, reasons[:3], reasons[3:]] if ask_why else rows)


def judge_keyboard(reply_id: str) -> InlineKeyboardMarkup | None:
    """👍 and 👎 alone."""
    return _markup([_judging(reply_id)])


def delete_keyboard(*, sure: bool) -> InlineKeyboardMarkup | None:
    """Delete what is kept about me: asked twice."""
    return _markup([[_button(texts.BUTTON_DELETE_SURE, DELETE, "yes")] if sure else [_button(texts.BUTTON_DELETE, DELETE)]])


def link_keyboard(bot_name: str, report: str, section: str) -> InlineKeyboardMarkup | None:
    """A link to a section in the chat with the bot, for messages that others see."""
    start = start_of_section(report, section)
    return _markup([[InlineKeyboardButton(texts.BUTTON_OPEN, url=f"https://t.me/{bot_name}?start={start}")]] if start else [])


def start_of_section(report: str, section: str) -> str:
    """The start parameter that leads to a section; empty where it would be too long. Section ids hold letters, digits and dots."""
    start = f"s-{report_key(report)}-{section.replace('.', '_')}"
    return start if len(start) <= _MAX_START_CHARS and start.isascii() else ""


def _around_row(cited: Citation, places: Places) -> list[InlineKeyboardButton]:
    report = report_key(cited.report)
    return [_lasting(texts.BUTTON_TEXT, SHOW, report, cited.section), *_neighbours(cited, places, SHOW)]


def _walk_row(cited: Citation, places: Places) -> list[InlineKeyboardButton]:
    contents = _lasting(texts.BUTTON_CONTENTS, CONTENTS, report_key(cited.report), places.above(cited.report, cited.section))
    return [*_neighbours(cited, places, WALK), contents]


def _neighbours(cited: Citation, places: Places, action: str) -> list[InlineKeyboardButton]:
    found = []
    for words, distance in ((texts.BUTTON_PREVIOUS, -1), (texts.BUTTON_NEXT, 1)):
        if place := places.neighbour(cited.report, cited.section, distance):
            found.append(_lasting(words, action, report_key(place.report), place.section))
    return found


def _judging(reply_id: str) -> list[InlineKeyboardButton]:
    return [_button(texts.BUTTON_HELPFUL, HELPFUL, reply_id), _button(texts.BUTTON_UNHELPFUL, UNHELPFUL, reply_id)]


def _copy(cited: Citation, places: Places) -> InlineKeyboardButton:
    return _copy_button(places.copyable(cited, max_chars=MAX_COPY_CHARS))


@lru_cache(maxsize=_LASTING)
def _copy_button(words: str) -> InlineKeyboardButton:
    return InlineKeyboardButton(texts.BUTTON_COPY, copy_text=CopyTextButton(words))


def _button(words: str, action: str, *parts: str) -> InlineKeyboardButton:
    data = ":".join([action, *parts])
    if len(data.encode()) > MAX_DATA_BYTES:  # a section id of no report seen so far; the press says that it leads nowhere
        data = data.encode()[:MAX_DATA_BYTES].decode(errors="ignore")
    return InlineKeyboardButton(words, callback_data=data)


#: Buttons that come again below many answers: the library takes ten microseconds to make one.
_lasting = lru_cache(maxsize=_LASTING)(_button)


def _short(label: str) -> str:
    return label if len(label) <= _LABEL_CHARS else label[: _LABEL_CHARS - 1] + "…"


class _Keyboard(InlineKeyboardMarkup):
    """Buttons that are written as JSON in a tenth of the time: the library looks through every field that a button may have."""

    __slots__ = ()

    def to_dict(self, recursive: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """See ``TelegramObject.to_dict``."""
        return {"inline_keyboard": [[_plain(button) for button in row] for row in self.inline_keyboard]}


def _plain(button: InlineKeyboardButton) -> dict[str, Any]:
    if button.callback_data is None:
        return button.to_dict()
    return {"text": button.text, "callback_data": button.callback_data}


def _markup(rows: Sequence[Sequence[InlineKeyboardButton]]) -> InlineKeyboardMarkup | None:
    kept = [row for row in rows if row]
    return _Keyboard(kept) if kept else None
