"""Members who talk to the 智能机器人, alone with it or in a group.

Sources: document paths 100719 (messages, stream refresh), 101027 (events), 101031 (replies), 101032 (cards).
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.wecom_api import JsonObject, Sent
from tests.fakes.wecom_calling import Delivery, call_back, read_json_reply
from tests.fakes.wecom_rules import bot_reply_faults

if TYPE_CHECKING:
    from tests.fakes.wecom_server import WeComServer

#: How long a stream may go on, in seconds; how soon it is asked for again (the platform takes about a second).
STREAM_LIMIT_S, POLL_S = 360.0, 0.02
_IN_PROGRESS = 3


@dataclass(slots=True)
class BotReply:
    """What came back for one callback.

    Attributes:
        delivery: The callback itself.
        text: The stream's or the welcome's whole text, as it stood when it was finished; empty for none.
        card: The card that came with it; None for none.
        feedback_id: Of the stream or card; empty for none.
        polls: How often the stream was asked for again.
    """

    delivery: Delivery
    text: str = ""
    card: Sent | None = None
    feedback_id: str = ""
    polls: int = 0
    replies: list[JsonObject] = field(default_factory=list)


class BotUser:
    """A member at the robot."""

    def __init__(self, server: WeComServer, user: str, url: str, chat: str = "") -> None:
        self.server = server
        self.user = user
        self.url = url
        self.chat = chat
        self.in_progress = 0

    @property
    def got(self) -> list[Sent]:
        """What stands in their chat with the robot, or in the group, oldest first."""
        return [sent for sent in self.server.bot_sent if sent.to == (self.chat or self.user)]

    # ---- messages

    async def ask(self, text: str, **calling: Any) -> BotReply:
        """Write, and read the answer to its end; in a group the robot is mentioned."""
        return await self.send_text(text, **calling)

    async def send_text(self, text: str, *, quote: str = "", **calling: Any) -> BotReply:
        content: JsonObject = {"text": {"content": f"@问报 {text}" if self.chat else text}}
        if quote:
            content["quote"] = {"msgtype": "text", "text": {"content": quote}}
        return await self._message("text", content, calling)

    async def send_voice(self, heard: str, **calling: Any) -> BotReply:
        """Voice, which arrives as the text that was heard."""
        return await self._message("voice", {"voice": {"content": heard}}, calling)

    async def send_image(self, **calling: Any) -> BotReply:
        return await self._message("image", {"image": {"url": "http://127.0.0.1/p"}}, calling)

    async def send_mixed(self, text: str, **calling: Any) -> BotReply:
        items = [{"msgtype": "text", "text": {"content": text}}, {"msgtype": "image", "image": {"url": "http://127.0.0.1/p"}}]
        return await self._message("mixed", {"mixed": {"msg_item": items}}, calling)

    async def send_file(self, **calling: Any) -> BotReply:
        return await self._message("file", {"file": {"url": "http://127.0.0.1/f"}}, calling)

    async def jump(self, card: Sent, label: str, **calling: Any) -> BotReply:
        """Tap a question of the card's jump_list, which asks it."""
        jumps = [jump for jump in card.payload.get("jump_list", []) if jump.get("type") == 3]
        found = next((jump for jump in jumps if label in jump["title"] or label in jump["question"]), None)
        assert found, f"no question {label!r} among {jumps}"
        return await self._message("text", {"text": {"content": found["question"]}}, calling)

    # ---- events

    async def enter_chat(self, **calling: Any) -> BotReply:
        """Enter for the first time of a day."""
        return await self._event("enter_chat", {}, "enter_chat", calling)

    async def tap(self, card: Sent, button: str, **calling: Any) -> BotReply:
        """Press a button of a card: one request, never repeated."""
        pressed = {"card_type": card.payload["card_type"], "event_key": card.button(button)["key"], "task_id": card.payload["task_id"]}
        result = await self._event("template_card_event", pressed, "card", calling)
        if result.card and result.card.payload.get("task_id") != pressed["task_id"]:  # 101031: 需跟回调收到的task_id一致
            self.server.slip("bot: the card in place of a tapped one has another task_id")
        return result

    async def feedback(self, feedback_id: str, kind: int, *, reasons: tuple[int, ...] = (), content: str = "", **calling: Any) -> BotReply:
        """*kind*: 1 accurate, 2 not accurate, 3 taken back; *reasons*: 1 beside the question, 2 incomplete, 3 wrong, 4 wrong analysis."""
        given: JsonObject = {"id": feedback_id, "type": kind}
        if kind == 2:
            given |= {"content": content, "inaccurate_reason_list": list(reasons)}
        return await self._event("feedback_event", given, "other", calling)

    # ---- calling

    async def _message(self, kind: str, content: JsonObject, calling: dict[str, Any]) -> BotReply:
        assert self.in_progress < _IN_PROGRESS, "the platform lets nobody have more than 3 messages in progress"
        self.in_progress += 1
        try:
            return await self._call({"msgtype": kind} | content, "message", calling)
        finally:
            self.in_progress -= 1

    async def _event(self, name: str, content: JsonObject, to: str, calling: dict[str, Any]) -> BotReply:
        event: JsonObject = {"eventtype": name} | ({name: content} if content else {})
        return await self._call({"create_time": int(time.time()), "msgtype": "event", "event": event}, to, calling)

    async def _call(self, content: JsonObject, to: str, calling: dict[str, Any]) -> BotReply:
        msgid = calling.pop("msgid", None) or f"bot-msg-{next(self.server.api.ids)}"
        plain = json.dumps(self._head(msgid) | content, ensure_ascii=False).encode()
        limit = self.server.deliveries
        if to == "card":
            calling, self.server.deliveries = calling | {"times": 1}, 1
        try:
            delivery = await call_back(self.server, self.url, plain, self.server.bot_crypt, delivery_id=msgid, **calling)
        finally:
            self.server.deliveries = limit
        result = BotReply(delivery)
        streams: set[str] = set()
        for response in delivery.responses:
            if response.status == 200 and response.body:
                await self._read(response.body, response.nonce, to, result, streams)
        return result

    def _head(self, msgid: str) -> JsonObject:
        head: JsonObject = {"msgid": msgid, "aibotid": self.server.bot_id, "chattype": "group" if self.chat else "single"}
        self.server.response_urls[msgid] = self.chat or self.user
        head |= {"from": {"userid": self.user}, "response_url": f"{self.server.api_base}/response/{msgid}"}
        return head | ({"chatid": self.chat} if self.chat else {})

    async def _read(self, body: bytes, nonce: str, to: str, result: BotReply, streams: set[str]) -> None:
        reply = self._reply(body, nonce, to)
        if reply is None:
            return
        result.replies.append(reply)
        if stream := reply.get("stream"):
            again = stream["id"] in streams
            streams.add(stream["id"])
            if not again:
                stream = await self._finish(stream, result)
                result.text, where = stream.get("content", ""), self.chat or self.user
                result.feedback_id = (stream.get("feedback") or {}).get("id", result.feedback_id)
                self.server.bot_sent.append(Sent(where, "stream", result.text, "passive", stream))
        if text := reply.get("text"):
            result.text = text["content"]
            self.server.bot_sent.append(Sent(self.chat or self.user, "text", result.text, "welcome", text))
        if card := reply.get("template_card"):
            title = (card.get("main_title") or {}).get("title", "")
            result.card = Sent(self.chat or self.user, "update" if to == "card" else "card", title, "passive", card)
            result.feedback_id = (card.get("feedback") or {}).get("id", result.feedback_id)
            self.server.bot_sent.append(result.card)
        self.server.changed()

    def _reply(self, body: bytes, nonce: str, to: str) -> JsonObject | None:
        try:
            reply = read_json_reply(body, self.server.bot_crypt, nonce)
        except ValueError as exc:
            self.server.slip(f"robot's reply: {exc}")
            return None
        for fault in bot_reply_faults(reply, to=to):
            self.server.slip(fault)
        return reply

    async def _finish(self, stream: JsonObject, result: BotReply) -> JsonObject:
        """Ask for the stream until it is finished."""
        until = time.monotonic() + STREAM_LIMIT_S
        feedback = stream.get("feedback")
        while not stream.get("finish"):
            if time.monotonic() > until:
                self.server.slip("stream: not finished within 6 minutes")
                break
            await asyncio.sleep(POLL_S)
            result.polls += 1
            plain = json.dumps(self._head(f"poll-{next(self.server.api.ids)}") | {"msgtype": "stream", "stream": {"id": stream["id"]}})
            delivery = await call_back(self.server, self.url, plain.encode(), self.server.bot_crypt)
            response = delivery.responses[-1]
            reply = self._reply(response.body, response.nonce, "message") if response.body else None
            if reply is None:
                self.server.slip("stream: not refreshed")
                break
            if reply["stream"]["id"] != stream["id"]:
                self.server.slip("stream: another id")
            stream = reply["stream"]
        return stream | ({"feedback": feedback} if feedback else {})
