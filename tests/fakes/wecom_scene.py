"""Conversations in WeCom for pictures: what a person does, one step after the other, and what their screen shows of it.

What is shown has the form of the Bot API's messages, as ``chat_picture.render_page`` takes it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.fakes.telegram_world import utf16_length
from tests.fakes.wecom_api import JsonObject, Sent

if TYPE_CHECKING:
    from tests.fakes.wecom_server import WeComServer

_BOLD = re.compile(r"\*\*(.+?)\*\*", re.S)


async def hold(wecom: WeComServer, steps: list[str], *, way: str, base_url: str, user: str) -> list[JsonObject]:
    """Hold a conversation with the service at *base_url*.

    Args:
        wecom: The platform.
        steps: Messages, and ``[button]`` of the last card or menu, named by a part of its text.
        way: ``bot``, or ``customer``, who is welcomed first.
        base_url: Of the service.
        user: Who.

    Returns:
        What stands on the screen.
    """
    person: Any = wecom.bot_user(user, base_url) if way == "bot" else wecom.customer(user, base_url)
    items: list[JsonObject] = []
    shown = 0
    if way == "customer":
        await person.enter()
        await person.wait_for(1)
    for step in ["", *steps]:
        if step.startswith("["):
            button, choices = step.strip("[]"), next(sent for sent in reversed(person.got) if sent.kind in {"card", "menu"})
            await person.tap(choices, button)
            items.append({"note": f"点“{button}”，卡片换成"} if way == "bot" else _message(_entry(choices, button), mine=True))
        elif step:
            items.append(_message(step, mine=True))
            await person.ask(step)
        if way == "customer" and step:
            await person.wait_for(shown + 1)
        items += [_shown(sent) for sent in person.got[shown:]]
        shown = len(person.got)
    return items


def _shown(sent: Sent) -> JsonObject:
    """A text, card or menu."""
    given = sent.payload
    if sent.kind == "menu":
        return _linked(given.get("head_content", ""), [item["click"]["content"] for item in given["list"] if item["type"] == "click"])
    if sent.kind in {"card", "update"}:
        return _card(given)
    pieces = _BOLD.split(sent.content)  # every second one is bold
    text = "".join(pieces)
    bold = [_entity("bold", utf16_length("".join(pieces[:at])), pieces[at]) for at in range(1, len(pieces), 2)]
    return _message(text, bold)


def _card(card: JsonObject) -> JsonObject:
    title, quote = card.get("main_title", {}), card.get("quote_area", {})
    quoted = "\n".join(filter(None, (quote.get("title", ""), quote.get("quote_text", ""))))
    lines = [title.get("title", ""), title.get("desc", ""), card.get("sub_title_text", ""), quoted]
    text = "\n".join(filter(None, lines))
    styled = [("bold", text.find(lines[0]), lines[0]), ("blockquote", text.rfind(quoted), quoted)]
    entities = [_entity(kind, utf16_length(text[:at]), words) for kind, at, words in styled if words]
    buttons = card.get("button_list", []) + [{"text": jump["title"]} for jump in card.get("jump_list", [])]
    return _message(text, entities) | {"reply_markup": {"inline_keyboard": [[{"text": button["text"]}] for button in buttons]}}


def _linked(head: str, entries: list[str]) -> JsonObject:
    text, entities = head, []
    for entry in entries:
        text += "\n"
        entities.append(_entity("text_link", utf16_length(text), entry))
        text += entry
    return _message(text, entities)


def _entry(menu: Sent, label: str) -> str:
    return next(str(item["click"]["content"]) for item in menu.payload["list"] if label in item["click"]["content"])


def _entity(kind: str, offset: int, words: str) -> JsonObject:
    return {"type": kind, "offset": offset, "length": utf16_length(words)}


def _message(text: str, entities: list[JsonObject] | None = None, *, mine: bool = False) -> JsonObject:
    author = {"first_name": "市民" if mine else "问报", "is_bot": not mine}
    return {"from": author, "chat": {"type": "private"}, "text": text, "entities": entities or []}
