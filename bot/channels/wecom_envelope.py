"""The XML and JSON around what WeCom encrypts, for the application and 微信客服 (XML) and for the 智能机器人 (JSON).

Source: WeCom, document paths 90238 (XML callback), 90241 (passive reply), 101033 (JSON callback and reply).
XML from outside is read by defusedxml, which refuses document types, entities and whatever would be fetched.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.channels.wecom_crypto import Sealed, WeComKeys, seal
from bot.channels.wecom_gate import CallbackGate
from bot.errors import BadCallback

#: Longer than any message: 20,480 bytes quoted in a group's question, twice over for JSON's and Base64's sake, and room.
MAX_BODY_BYTES: Final = 128 * 1024
#: Deeper than anything WeCom nests.
_MAX_DEPTH: Final = 8


@dataclass(frozen=True, slots=True)
class CallbackQuery:
    """What stands behind the "?" of a callback's address."""

    signature: str
    timestamp: str
    nonce: str

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> CallbackQuery:
        """Raises: BadCallback: With the reason ``parameters``, if one is missing or empty or too long."""
        values = [parameters.get(name, "") for name in ("msg_signature", "timestamp", "nonce")]
        if not all(0 < len(value) <= 128 for value in values):
            raise BadCallback("parameters")
        return cls(*values)


@dataclass(frozen=True, slots=True)
class Callback:
    """A message or event, decrypted; *repeated* when this process has let the same callback pass before.

    *payload* maps the names of the elements (XML) or keys (JSON) to text, or further down to mappings and lists.
    """

    payload: dict[str, Any]
    repeated: bool


def open_echo(echo: str, query: CallbackQuery, gate: CallbackGate) -> bytes:
    """What the console's check of an address wants to read, as it stands: no quotes, no BOM, no newline (90238).

    Raises:
        BadCallback: See :class:`CallbackGate`; ``parameters`` for an empty *echo*.
    """
    if not echo:
        raise BadCallback("parameters")
    return gate.open(echo, query.signature, query.timestamp, query.nonce).plain


def open_xml(body: bytes, query: CallbackQuery, gate: CallbackGate) -> Callback:
    """The message in an XML callback.

    Raises:
        BadCallback: ``size``, ``body``, or as :class:`CallbackGate` says.
    """
    opened = gate.open(_text_at(parse_xml(body), "Encrypt"), query.signature, query.timestamp, query.nonce)
    return Callback(parse_xml(opened.plain), opened.repeated)


def open_json(body: bytes, query: CallbackQuery, gate: CallbackGate) -> Callback:
    """The message in a JSON callback; raises as :func:`open_xml`."""
    opened = gate.open(_text_at(_parse_json(body), "encrypt"), query.signature, query.timestamp, query.nonce)
    return Callback(_parse_json(opened.plain), opened.repeated)


def seal_xml(plain: str, keys: WeComKeys, *, timestamp: str, nonce: str) -> str:
    """The answer to an XML callback; *plain* is the XML of the reply itself."""
    sealed = seal(plain.encode(), keys, timestamp=timestamp, nonce=nonce)
    return (
        f"<xml><Encrypt>{cdata(sealed.encrypted)}</Encrypt><MsgSignature>{cdata(sealed.signature)}</MsgSignature>"
        f"<TimeStamp>{sealed.timestamp}</TimeStamp><Nonce>{cdata(sealed.nonce)}</Nonce></xml>"
    )


def seal_json(payload: Mapping[str, Any], keys: WeComKeys, *, timestamp: str, nonce: str) -> dict[str, Any]:
    """The answer to a JSON callback; *nonce* must be that of the request (101033)."""
    sealed: Sealed = seal(json.dumps(payload, ensure_ascii=False).encode(), keys, timestamp=timestamp, nonce=nonce)
    return {"encrypt": sealed.encrypted, "msgsignature": sealed.signature, "timestamp": int(sealed.timestamp), "nonce": sealed.nonce}


def cdata(text: str) -> str:
    """*text* as a CDATA section, the form in which WeCom shows texts; what would end the section early is split over two."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def parse_xml(body: bytes) -> dict[str, Any]:
    """The children of the root: text, or a mapping where they have children; equal names become a list.

    Raises:
        BadCallback: ``size`` or ``body``.
    """
    _check_size(body)
    try:
        fields = _fields(fromstring(body, forbid_dtd=True), 0)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        # ValueError and LookupError: an encoding that the parser does not know, as the declaration names it.
        raise BadCallback("body") from None
    if not isinstance(fields, dict):
        raise BadCallback("body")
    return fields


def _fields(element: Element, depth: int) -> dict[str, Any] | str:
    if not len(element):
        return element.text or ""
    if depth >= _MAX_DEPTH:
        raise ValueError("nested too deeply")
    fields: dict[str, Any] = {}
    for child in element:
        value = _fields(child, depth + 1)
        if child.tag in fields:
            before = fields[child.tag]
            fields[child.tag] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            fields[child.tag] = value
    return fields


def _parse_json(body: bytes) -> dict[str, Any]:
    _check_size(body)
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise BadCallback("body") from None
    if not isinstance(payload, dict):
        raise BadCallback("body")
    return payload


def _check_size(body: bytes) -> None:
    if len(body) > MAX_BODY_BYTES:
        raise BadCallback("size")


def _text_at(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        raise BadCallback("body")
    return value
