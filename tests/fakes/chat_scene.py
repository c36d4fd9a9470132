"""Conversations for pictures: what people do, one step after the other, and what their screen shows of it."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import Any

from tests.fakes.processes import Order

JsonObject = dict[str, Any]
BOT_NAME = "@wenbao_test_bot"
CHANGE_LIMIT_S = 10.0

_people = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation.

    Attributes:
        steps: In a private chat a message, or ``[button]`` of the bot's last message, named by a part of its text. In a group
            ``name: message``, answered where it names the bot; ``name: @@words`` asks inline and sends the first result.
        group: Title of the group; empty for a private chat.
        me: In a group, whose screen it is.
        wecom: Where it is held in WeCom and not in Telegram: ``bot`` (the 智能机器人) or ``customer`` (微信客服), see ``wecom_scene``.
    """

    steps: list[str]
    group: str = ""
    me: str = ""
    wecom: str = ""


def play(order: Order, scene: Scene) -> list[JsonObject]:
    """Play *scene* by orders to the tests' Telegram.

    Returns:
        What the screen shows, as ``render_page`` takes it: a message that a button changed stands there as it was, and as it became.
    """
    chat = order("group", title=scene.group) if scene.group else next(_people)
    items: list[JsonObject] = []
    seen: dict[int, JsonObject] = {}
    for step in scene.steps:
        items += _do(order, chat, step, in_group=bool(scene.group))
        for message in _transcript(order, chat, seen):
            before = seen.get(message["message_id"])
            seen[message["message_id"]] = message
            if before is None:
                items.append(message)
            elif before.get("text") != message.get("text"):
                items += [{"note": f"点“{step.strip('[]')}”，原地换成"}, message]
            elif before != message:  # its buttons alone
                items[items.index(before)] = message
    return items


def _transcript(order: Order, chat: int, seen: dict[int, JsonObject]) -> list[JsonObject]:
    """The messages of *chat* once they are no longer as *seen*: a press is answered before anything comes of it."""
    until = time.monotonic() + CHANGE_LIMIT_S
    while [*seen.values()] == (messages := order("transcript", chat=chat)):
        assert time.monotonic() < until, "nothing came of it"
        time.sleep(0.02)
    return list(messages)


def _do(order: Order, chat: int, step: str, *, in_group: bool) -> list[JsonObject]:
    """Do a step; what the screen shows of it beside messages."""
    if not in_group:
        if step.startswith("["):
            order("press", chat=chat, button=step.strip("[]"))
        else:
            order("ask", chat=chat, text=step)
        return []
    sender, _, text = step.partition(": ")
    if text.startswith("@@"):
        answer = order("choose", chat=chat, text=text[2:], sender=sender)
        return [{"query": f"{BOT_NAME} {text[2:]}", "results": answer["results"]}]
    order("ask" if BOT_NAME in text else "say", chat=chat, text=text, sender=sender)
    return []
