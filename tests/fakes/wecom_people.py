"""Members who write to the application, and customers who write to 微信客服.

Sources: document paths 90239 (messages), 90240 (events), 90241 (passive replies), 94670 (微信客服).
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from tests.fakes.wecom_api import Sent
from tests.fakes.wecom_calling import Delivery, call_back, read_xml_reply, to_xml
from tests.fakes.wecom_rules import TEXT_BYTES, size

if TYPE_CHECKING:
    from tests.fakes.wecom_server import WeComServer


class Writer(ABC):
    """Somebody who writes to the service at *url* and reads what comes back."""

    def __init__(self, server: WeComServer, user: str, url: str) -> None:
        self.server = server
        self.user = user
        self.url = url

    @property
    @abstractmethod
    def got(self) -> list[Sent]:
        """What they got, oldest first."""

    @abstractmethod
    async def send_text(self, text: str, **calling: Any) -> Delivery:
        """*calling* goes to ``call_back``: ``times``, ``at_once``, ``anew``, ``patience_s``."""

    async def ask(self, text: str, **calling: Any) -> list[Sent]:
        """Write *text* and wait until something comes back; what came by then."""
        before = len(self.got)
        await self.send_text(text, **calling)
        await self.wait_for(before + 1)
        return self.got[before:]

    async def wait_for(self, count: int) -> list[Sent]:
        """Wait until they have got *count* in all."""
        await self.server.wait_for(lambda: len(self.got) >= count, what=f"message {count} to {self.user}")
        return self.got


class Member(Writer):
    """A member of the organisation in the application's chat."""

    @property
    def got(self) -> list[Sent]:
        return [sent for sent in self.server.sent if sent.to == self.user]

    # ---- messages

    async def send_text(self, text: str, **calling: Any) -> Delivery:
        return await self.send("text", Content=text, **calling)

    async def send_image(self, **calling: Any) -> Delivery:
        return await self.send("image", PicUrl="http://127.0.0.1/p.png", MediaId="media-1", **calling)

    async def send_voice(self, **calling: Any) -> Delivery:
        return await self.send("voice", MediaId="media-2", Format="amr", **calling)

    async def send_video(self, **calling: Any) -> Delivery:
        return await self.send("video", MediaId="media-3", ThumbMediaId="media-4", **calling)

    async def send_location(self, **calling: Any) -> Delivery:
        place = {"Location_X": 25.97, "Location_Y": 117.36, "Scale": 16, "Label": "永安市", "AppType": "wxwork"}
        return await self.send("location", **place, **calling)

    async def send_link(self, **calling: Any) -> Delivery:
        link = {"Title": "报告", "Description": "", "Url": "http://127.0.0.1/", "PicUrl": ""}
        return await self.send("link", **link, **calling)

    async def send_file(self, **calling: Any) -> Delivery:
        return await self.send("file", MediaId="media-5", **calling)

    async def send(self, kind: str, **content: Any) -> Delivery:
        """A message of any kind; arguments of ``call_back`` among *content*, and ``msgid`` to send one again."""
        calling = _calling(content)
        msgid = content.pop("msgid", None) or str(7_000_000_000 + next(self.server.api.ids))
        return await self._call({"MsgType": kind} | content | {"MsgId": int(msgid), "AgentID": self.server.agent_id}, msgid, calling)

    # ---- events

    async def subscribe(self, **calling: Any) -> Delivery:
        return await self.event("subscribe", **calling)

    async def enter_agent(self, **calling: Any) -> Delivery:
        return await self.event("enter_agent", EventKey="", **calling)

    async def click(self, key: str, **calling: Any) -> Delivery:
        """Choose an entry of the menu."""
        return await self.event("click", EventKey=key, **calling)

    async def view(self, address: str, **calling: Any) -> Delivery:
        return await self.event("view", EventKey=address, **calling)

    async def tap(self, card: Sent, button: str, **calling: Any) -> Delivery:
        """Press a button of a card, named by a part of its text or by its key."""
        fields = {
            "EventKey": card.button(button)["key"],
            "TaskId": card.payload["task_id"],
            "CardType": card.payload["card_type"],
            "ResponseCode": self.server.api.give_code(card),
        }
        return await self.event("template_card_event", **fields, **calling)

    async def event(self, name: str, **fields: Any) -> Delivery:
        calling = _calling(fields)
        return await self._call({"MsgType": "event", "Event": name} | fields | {"AgentID": self.server.agent_id}, "", calling)

    # ---- calling

    async def _call(self, fields: dict[str, Any], delivery_id: str, calling: dict[str, Any]) -> Delivery:
        made = {"ToUserName": self.server.corp_id, "FromUserName": self.user, "CreateTime": int(time.time())}
        plain = to_xml(made | fields).encode()
        delivery = await call_back(self.server, self.url, plain, self.server.app_crypt, delivery_id=delivery_id, **calling)
        for response in delivery.responses:
            if response.status == 200 and response.body:
                self._read(response.body)
        return delivery

    def _read(self, body: bytes) -> None:
        server = self.server
        try:
            reply = read_xml_reply(body, server.app_crypt)
        except ValueError as exc:
            server.slip(f"passive reply: {exc}")
            return
        if (reply.get("ToUserName"), reply.get("FromUserName")) != (self.user, server.corp_id):
            server.slip("passive reply: ToUserName and FromUserName are not the member and the corporation")
        kind = reply.get("MsgType")
        if kind == "text":
            content = reply.get("Content", "")
            if not 0 < size(content) <= TEXT_BYTES:
                server.slip(f"passive reply: {size(content)} bytes, 1 to {TEXT_BYTES} allowed")
            server.api.deliver(Sent(self.user, "text", content.encode()[:TEXT_BYTES].decode(errors="ignore"), "passive", reply))
        elif kind == "update_button":
            server.api.deliver(Sent(self.user, "update", reply["Button"]["ReplaceName"], "passive", reply))
        elif kind == "update_template_card":
            server.api.deliver(Sent(self.user, "update", "", "passive", reply))
        else:
            server.slip(f"passive reply: MsgType {kind}")


class Customer(Writer):
    """A WeChat user who writes to the organisation's 微信客服."""

    @property
    def got(self) -> list[Sent]:
        return [sent for sent in self.server.kf_sent if sent.to == self.user]

    def write(self, text: str) -> None:
        """Leave a message to be pulled, without telling the service."""
        self.server.desk.add(self.user, "text", content=text)

    async def send_text(self, text: str, **calling: Any) -> Delivery:
        self.write(text)
        return await self.tell(**calling)

    async def send_image(self, **calling: Any) -> Delivery:
        self.server.desk.add(self.user, "image", media_id="media-1")
        return await self.tell(**calling)

    async def send_location(self, **calling: Any) -> Delivery:
        self.server.desk.add(self.user, "location", latitude=25.97, longitude=117.36, name="永安市", address="福建省")
        return await self.tell(**calling)

    async def tap(self, menu: Sent, choice: str, **calling: Any) -> Delivery:
        """Choose an entry of a menu, named by a part of its text."""
        clicks = [item["click"] for item in menu.payload["list"] if item["type"] == "click"]
        found = next((click for click in clicks if choice in click["content"]), None)
        assert found, f"no entry {choice!r} among {[click['content'] for click in clicks]}"
        self.server.desk.add(self.user, "text", content=found["content"], menu_id=found["id"])
        return await self.tell(**calling)

    async def enter(self, *, welcome: bool = True, **calling: Any) -> Delivery:
        """Open the chat; the platform gives a code for a welcome, unless they were welcomed or wrote within 48 h."""
        given = {"welcome_code": self.server.desk.welcome_code(self.user)} if welcome else {}
        self.server.desk.add(self.user, "event", event_type="enter_session", scene="", scene_param="", **given)
        return await self.tell(**calling)

    async def tell(self, **calling: Any) -> Delivery:
        """The callback that says that there is something to pull."""
        desk = self.server.desk
        fields = {
            "ToUserName": self.server.corp_id,
            "CreateTime": int(time.time()),
            "MsgType": "event",
            "Event": "kf_msg_or_event",
            "Token": desk.new_token(),
            "OpenKfId": desk.account,
        }
        delivery = await call_back(self.server, self.url, to_xml(fields).encode(), self.server.app_crypt, **calling)
        for response in delivery.responses:
            if response.body:
                self.server.slip("kf_msg_or_event: no passive reply is possible")
        return delivery


def _calling(content: dict[str, Any]) -> dict[str, Any]:
    """Takes out what is for ``call_back``."""
    return {name: content.pop(name) for name in ("times", "at_once", "anew", "patience_s") if name in content}
