"""Telegram's HTML: a message's text and entities from what a bot sends with ``parse_mode`` HTML.

Source of the tags and of the errors' wording: Bot API, "HTML style", and ``parse_html`` of TDLib's ``MessageEntity.cpp``.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

_TYPE_OF_TAG = {
    **dict.fromkeys(("b", "strong"), "bold"),
    **dict.fromkeys(("i", "em"), "italic"),
    **dict.fromkeys(("u", "ins"), "underline"),
    **dict.fromkeys(("s", "strike", "del"), "strikethrough"),
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_TAG_NAME = re.compile(r"[^\s/>]*")
_ATTRIBUTE = re.compile(r"\s*([^\s=>/]+)(\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?")


class BadHtml(ValueError):
    """The platform turns this text down; the message is its description of the error, after ``can't parse entities: ``."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text without its tags.

    Attributes:
        text: What people see.
        entities: As the Bot API gives them, offsets and lengths in UTF-16 code units.
        slips: What the platform lets pass and its documentation forbids: a bare ``&`` or ``>``, a quote within a quote.
    """

    text: str
    entities: list[dict[str, Any]]
    slips: list[str]


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> Parsed:
    """Read *source*.

    Raises:
        BadHtml: As the platform says it.
    """
    parser = _Parser(source)
    parser.run()
    # Outer entities come before those they hold.
    parser.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return Parsed("".join(parser.pieces), parser.entities, parser.slips)


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.pieces: list[str] = []
        self.length = 0
        self.entities: list[dict[str, Any]] = []
        self.slips: list[str] = []
        self.open: list[tuple[str, dict[str, Any]]] = []

    def run(self) -> None:
        position = 0
        while (tag := self.source.find("<", position)) >= 0:
            self._add_text(self.source[position:tag])
            position = self._close_tag(tag) if self.source.startswith("</", tag) else self._open_tag(tag)
        self._add_text(self.source[position:])
        if self.open:
            raise BadHtml(f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"')

    def _add_text(self, raw: str) -> None:
        if "&" in raw:
            if "&" in _REFERENCE.sub("", raw):
                self.slips.append(f"a bare & in {raw[:60]!r}")
            text = _REFERENCE.sub(lambda found: html.unescape(found[0]), raw)
        else:
            text = raw
        if ">" in raw:
            self.slips.append(f"a bare > in {raw[:60]!r}")
        self.pieces.append(text)
        self.length += utf16_length(text)

    def _open_tag(self, start: int) -> int:
        name = (_TAG_NAME.match(self.source, start + 1) or [""])[0].lower()
        end = start + 1 + len(name)
        if end >= len(self.source):
            raise BadHtml(f"Unclosed start tag at byte offset {self._byte(start)}")
        if name not in _TYPE_OF_TAG:
            raise BadHtml(f'Unsupported start tag "{name}" at byte offset {self._byte(start)}')
        attributes: dict[str, str] = {}
        while (rest := self.source[end:].lstrip()) and rest[0] not in ">/":
            found = _ATTRIBUTE.match(self.source, end)
            if found is None:
                raise BadHtml(f'Empty attribute name in the tag "{name}" at byte offset {self._byte(start)}')
            if found[2] is None and not (name == "blockquote" and found[1].lower() == "expandable"):
                raise BadHtml(f'Expected equal sign in declaration of an attribute of the tag "{name}" at byte offset {self._byte(start)}')
            attributes[found[1].lower()] = html.unescape(found[3] or found[4] or found[5] or "")
            end = found.end()
        closing = self.source.find(">", end)
        if closing < 0 or self.source[end:closing].strip():
            raise BadHtml(f'Unclosed start tag "{name}" at byte offset {self._byte(start)}')
        self.open.append((name, self._entity(name, attributes, start)))
        return closing + 1

    def _entity(self, name: str, attributes: dict[str, str], start: int) -> dict[str, Any]:
        kind = _TYPE_OF_TAG[name]
        entity: dict[str, Any] = {"type": kind, "offset": self.length, "length": 0}
        inside = [outer["type"] for _, outer in self.open]
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise BadHtml(f'Tag "span" must have class "tg-spoiler" at byte offset {self._byte(start)}')
        if kind == "text_link":
            entity["url"] = attributes.get("href", "")
        elif kind == "blockquote":
            if {"blockquote", "expandable_blockquote"} & set(inside):
                self.slips.append("a blockquote within a blockquote")
            entity["type"] = "expandable_blockquote" if "expandable" in attributes else "blockquote"
        elif kind == "code" and inside[-1:] == ["pre"]:
            self.open[-1][1]["language"] = attributes.get("class", "").removeprefix("language-")
            return entity
        elif kind == "custom_emoji":
            entity["custom_emoji_id"] = attributes.get("emoji-id", "")
        if {"pre", "code"} & set(inside):
            self.slips.append(f"<{name}> within {inside[-1]}")
        return entity

    def _close_tag(self, start: int) -> int:
        closing = self.source.find(">", start)
        name = self.source[start + 2 : closing if closing >= 0 else len(self.source)].strip().lower()
        if not self.open:
            raise BadHtml(f"Unexpected end tag at byte offset {self._byte(start)}")
        expected, entity = self.open.pop()
        if closing < 0:
            raise BadHtml(f"Unclosed end tag at byte offset {self._byte(start)}")
        if name and name != expected:
            raise BadHtml(f'Unmatched end tag at byte offset {self._byte(start)}, expected "</{expected}>", found "</{name}>"')
        entity["length"] = self.length - entity["offset"]
        if entity["type"] == "text_link":
            # A link without an address is taken from its text; one that is no address is dropped.
            entity["url"] = entity["url"] or "".join(self.pieces)[-entity["length"] :]
            if not re.match(r"(https?|tg|mailto|tel|ton)://?|[\w-]+(\.[\w-]+)+", entity["url"]):
                self.slips.append(f"a link to {entity['url'][:60]!r}")
                return closing + 1
        if entity["length"] and not (entity["type"] == "code" and self.open and self.open[-1][0] == "pre"):
            self.entities.append({key: value for key, value in entity.items() if value != ""})
        return closing + 1

    def _byte(self, position: int) -> int:
        return len(self.source[:position].encode())
