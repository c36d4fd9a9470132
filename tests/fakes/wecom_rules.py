"""What WeCom allows in messages, cards and menus; each function names what a payload breaks.

Sources: document paths 90236 (message/send, cards), 90231 (menu), 94677 (kf/send_msg), 95122 (kf/send_msg_on_event), 101031 and 101032
(智能机器人). The platform ignores unknown fields and cuts or drops what is too long; here each of these is a breach.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Json = Mapping[str, Any]

TEXT_BYTES = 2048
STREAM_BYTES = 20480
BUTTONS = 6
_CARD_FIELDS = {
    *("card_type", "source", "action_menu", "task_id", "main_title", "quote_area", "sub_title_text", "horizontal_content_list"),
    *("jump_list", "card_action", "emphasis_content", "button_selection", "button_list", "replace_text", "feedback"),
}
_CARD_TYPES = {"text_notice", "button_interaction"}
_TASK_ID = re.compile(r"[0-9A-Za-z_@-]{1,128}")
_MSGID = re.compile(r"[0-9A-Za-z_-]{1,32}")


def size(text: object) -> int:
    """Bytes of a text; of anything else, more than any limit."""
    return len(text.encode()) if isinstance(text, str) else 1 << 30


def unknown(payload: Json, allowed: Iterable[str], where: str) -> list[str]:
    """Fields that are not documented."""
    return [f"{where}: unknown field {name}" for name in payload if name not in set(allowed)]


def text_faults(payload: object, where: str, *, most: int = TEXT_BYTES, extra: tuple[str, ...] = ()) -> list[str]:
    """Of ``{"content": ...}``."""
    if not isinstance(payload, Mapping):
        return [f"{where}: no object"]
    found = unknown(payload, ("content", *extra), where)
    content = payload.get("content")
    if not isinstance(content, str) or not content.strip():
        return [*found, f"{where}: empty"]
    return found + [f"{where}: {size(content)} bytes, {most} allowed"] * (size(content) > most)


def card_faults(card: object, *, bot: bool = False) -> list[str]:
    """Of a template card; *bot*: of a 智能机器人, whose jumps may ask a question and whose task_id is needed for buttons alike."""
    if not isinstance(card, Mapping):
        return ["card: no object"]
    found = unknown(card, _CARD_FIELDS, "card")
    kind = card.get("card_type")
    if kind not in _CARD_TYPES:
        found.append(f"card: unknown card_type {kind}")
    title = card.get("main_title") or {}
    found += unknown(title, ("title", "desc"), "main_title")
    if not (title.get("title") or card.get("sub_title_text")):
        found.append("card: neither main_title.title nor sub_title_text")
    found += _long(title.get("title", ""), 36, "main_title.title") + _long(title.get("desc", ""), 44, "main_title.desc")
    found += _long(card.get("sub_title_text", ""), 160, "sub_title_text")
    if "task_id" in card and not _TASK_ID.fullmatch(str(card["task_id"])):
        found.append("card: task_id is not 1 to 128 of 0-9 A-Z a-z _ - @")
    found += _list(card, "horizontal_content_list", 6, _horizontal) + _list(card, "jump_list", 3, _jump(bot))
    if kind == "button_interaction":
        if "task_id" not in card:
            found.append("card: button_interaction without task_id")
        if not card.get("button_list"):
            found.append("card: button_interaction without buttons")
        found += _list(card, "button_list", BUTTONS, _button)
        keys = [button.get("key") for button in card.get("button_list", []) if isinstance(button, Mapping)]
        found += ["button_list: a key twice"] * (len(keys) != len(set(keys)))
    elif "button_list" in card:
        found.append(f"card: {kind} with buttons")
    if kind == "text_notice" and not isinstance(card.get("card_action"), Mapping):
        found.append("card: text_notice without card_action")
    if size((card.get("feedback") or {}).get("id", "")) > 256:
        found.append("feedback.id: more than 256 bytes")
    return found


def _long(text: object, most: int, where: str) -> list[str]:
    """*most* in characters: the platform advises 26, 30 and 112 to 160, and shows no more."""
    return [] if isinstance(text, str) and len(text) <= most else [f"{where}: more than {most} characters, or no text"]


def _list(card: Json, name: str, most: int, faults: Callable[[Json], list[str]]) -> list[str]:
    items = card.get(name, [])
    if not isinstance(items, list):
        return [f"{name}: no list"]
    found = [f"{name}: {len(items)} entries, {most} allowed"] * (len(items) > most)
    for item in items:
        found += faults(item) if isinstance(item, Mapping) else [f"{name}: an entry is no object"]
    return found


def _button(button: Json) -> list[str]:
    found = unknown(button, ("type", "text", "style", "key", "url"), "button")
    if button.get("type", 0) != 0 and button.get("type") != 1:
        found.append("button: type is neither 0 nor 1")
    if button.get("type", 0) == 0 and not 0 < size(button.get("key", "")) <= 1024:
        found.append("button: key is not 1 to 1024 bytes")
    if button.get("style", 1) not in (1, 2, 3, 4):
        found.append("button: style is not 1 to 4")
    text = button.get("text")
    # 10 characters are advised; what is longer is shown cut.
    return found if isinstance(text, str) and 0 < len(text) <= 10 else [*found, f"button: text {text!r} is not 1 to 10 characters"]


def _horizontal(item: Json) -> list[str]:
    found = unknown(item, ("type", "keyname", "value", "url", "media_id", "userid"), "horizontal_content_list")
    return found + _long(item.get("keyname"), 5, "keyname") + _long(item.get("value", ""), 26, "value")


def _jump(bot: bool) -> Callable[[Json], list[str]]:
    def faults(item: Json) -> list[str]:
        found = unknown(item, ("type", "title", "url", "appid", "pagepath", "question"), "jump_list")
        found += _long(item.get("title"), 13, "jump_list.title") + ["jump_list.title: empty"] * (not item.get("title"))
        if item.get("type") == 3 and not (bot and 0 < size(item.get("question", "")) <= 200):
            found.append("jump_list: type 3 needs a question of 1 to 200 bytes, in a 智能机器人")
        if item.get("type") == 1 and not item.get("url"):
            found.append("jump_list: type 1 needs a url")
        return found

    return faults


def menu_faults(payload: Json) -> list[str]:
    """Of menu/create."""
    found = unknown(payload, ("button",), "menu")
    buttons = payload.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        return [*found, "menu: needs 1 to 3 buttons"]
    for button in buttons:
        found += _entry(button, 16)
        subs = button.get("sub_button", [])
        found += ["menu: more than 5 in a sub-menu"] * (len(subs) > 5)
        for sub in subs:
            found += _entry(sub, 40) + ["menu: a sub-menu in a sub-menu"] * bool(sub.get("sub_button"))
    return found


def _entry(button: Json, most: int) -> list[str]:
    found = unknown(button, ("type", "name", "key", "url", "sub_button"), "menu")
    if not 0 < size(button.get("name")) <= most:
        found.append(f"menu: name {button.get('name')!r} is not 1 to {most} bytes")
    if button.get("sub_button"):
        return found
    if button.get("type") == "click" and not 0 < size(button.get("key")) <= 128:
        found.append("menu: click needs a key of 1 to 128 bytes")
    if button.get("type") == "view" and not 0 < size(button.get("url")) <= 1024:
        found.append("menu: view needs a url of 1 to 1024 bytes")
    return found if button.get("type") in ("click", "view") else [*found, f"menu: type {button.get('type')}"]


def kf_faults(payload: Json, head: tuple[str, ...]) -> list[str]:
    """Of kf/send_msg and kf/send_msg_on_event; *head* names what stands beside the message."""
    kind = payload.get("msgtype")
    if kind not in ("text", "msgmenu"):
        return [f"kf: msgtype {kind}"]
    found = unknown(payload, (*head, "msgid", "msgtype", str(kind)), "kf")
    if "msgid" in payload and not _MSGID.fullmatch(str(payload["msgid"])):
        found.append("kf: msgid is not 1 to 32 of 0-9 A-Z a-z _ -")
    if kind == "text":
        return found + text_faults(payload.get("text"), "kf text", extra=("menu_id",))
    menu = payload.get("msgmenu")
    if not isinstance(menu, Mapping):
        return [*found, "msgmenu: no object"]
    found += unknown(menu, ("head_content", "list", "tail_content"), "msgmenu")
    found += [f"msgmenu: {name} over 1024 bytes" for name in ("head_content", "tail_content") if size(menu.get(name, "")) > 1024]
    return found + ["msgmenu: nothing to choose from"] * (not menu.get("list")) + _list(menu, "list", 10, _menu_item)


def _menu_item(item: Json) -> list[str]:
    kind = item.get("type")
    inner = item.get(str(kind))
    if kind not in ("click", "view", "text") or not isinstance(inner, Mapping):
        return [f"msgmenu: type {kind}"]
    found = unknown(item, ("type", str(kind)), "msgmenu")
    if kind == "click":
        found += unknown(inner, ("id", "content"), "click")
        # 64 and 128 bytes by one source, 128 and 128 by another: the smaller are kept.
        if not 0 < size(inner.get("id")) <= 64 or not 0 < size(inner.get("content")) <= 128:
            found.append("msgmenu: click needs an id of 1 to 64 bytes and a content of 1 to 128 bytes")
    return found


def bot_reply_faults(reply: Json, *, to: str) -> list[str]:
    """Of what a 智能机器人 answers; *to* is ``message``, ``enter_chat``, ``card`` or ``other``."""
    allowed = {
        "message": {"stream", "template_card", "stream_with_template_card"},
        "enter_chat": {"text", "template_card"},
        "card": {"update_template_card"},
        "other": set[str](),
    }[to]
    kind = reply.get("response_type") if to == "card" else reply.get("msgtype")
    if kind not in allowed:
        return [f"bot: {kind} in answer to {to}"]
    found: list[str] = []
    fields = {"stream": ("stream",), "text": ("text",), "template_card": ("template_card",)}.get(str(kind), ("stream", "template_card"))
    if to == "card":
        found += unknown(reply, ("response_type", "userids", "template_card"), "bot") + card_faults(reply.get("template_card"), bot=True)
        return found
    found += unknown(reply, ("msgtype", *fields), "bot")
    if "stream" in fields:
        stream = reply.get("stream")
        if not isinstance(stream, Mapping) or not stream.get("id"):
            return [*found, "stream: no id"]
        found += unknown(stream, ("id", "finish", "content", "msg_item", "feedback"), "stream")
        found += [f"stream: {size(stream.get('content', ''))} bytes"] * (size(stream.get("content", "")) > STREAM_BYTES)
        found += ["feedback.id: more than 256 bytes"] * (size((stream.get("feedback") or {}).get("id", "")) > 256)
    if "template_card" in fields:
        found += card_faults(reply.get("template_card"), bot=True)
    return found + (text_faults(reply.get("text"), "bot text", most=STREAM_BYTES) if kind == "text" else [])
