"""微信客服 as the platform plays it: what customers have written, pulled by cursor, and what they are answered.

Sources: document paths 94670 (sync_msg), 94677 (send_msg), 95122 (send_msg_on_event), 94669 (service_state), 94664 (accounts).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.wecom_api import JsonObject, PlatformApi, Sent, WeComApiError
from tests.fakes.wecom_rules import kf_faults, unknown

MESSAGES_EACH, ANSWER_WITHIN_S, WELCOME_WITHIN_S, TOKEN_S = 5, 48 * 3600.0, 20.0, 600.0
BY_BOT, BY_PERSON = 1, 3


@dataclass(slots=True)
class Session:
    """A customer with one account: what may still be sent, and who looks after them (0 nobody yet, 1 bot, 2 queue, 3 person, 4 ended)."""

    left: int = 0
    until: float = 0.0
    state: int = 0
    servicer: str = ""


@dataclass(slots=True)
class CustomerDesk:
    """State and methods of 微信客服.

    Attributes:
        account: The open_kfid.
        messages: All that sync_msg gives, oldest first.
        page: Most messages in one answer of sync_msg.
        servicers: userids that a customer may be handed to.
    """

    api: PlatformApi
    account: str = "wkTestAccount"
    messages: list[JsonObject] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    page: int = 1000
    servicers: set[str] = field(default_factory=lambda: {"servicer"})
    sessions: dict[str, Session] = field(default_factory=dict)
    syncs: list[JsonObject] = field(default_factory=list)
    clock: Callable[[], float] = time.monotonic
    _tokens: dict[str, float] = field(default_factory=dict)
    _welcome: dict[str, tuple[str, float]] = field(default_factory=dict)
    _msgids: set[str] = field(default_factory=set)

    # ---- what customers do

    def add(self, customer: str, kind: str, **content: Any) -> JsonObject:
        """A message or event of a customer; counts as writing unless it is an event."""
        message: JsonObject = {"msgid": f"kf-{next(self.api.ids)}", "send_time": int(time.time()), "origin": 3, "msgtype": kind}
        if kind == "event":
            message |= {"origin": 4, "event": {"open_kfid": self.account, "external_userid": customer} | content}
        else:
            message |= {"open_kfid": self.account, "external_userid": customer, kind: content}
            session = self.session(customer)
            session.left, session.until = MESSAGES_EACH, self.clock() + ANSWER_WITHIN_S
            session.state = BY_BOT if session.state in (0, 4) else session.state
        self.messages.append(message)
        return message

    def session(self, customer: str) -> Session:
        return self.sessions.setdefault(customer, Session())

    def welcome_code(self, customer: str) -> str:
        code = f"welcome-{next(self.api.ids)}"
        self._welcome[code] = customer, self.clock() + WELCOME_WITHIN_S
        return code

    def new_token(self) -> str:
        """The token of a kf_msg_or_event."""
        token = f"kf-token-{next(self.api.ids)}"
        self._tokens[token] = self.clock() + TOKEN_S
        return token

    # ---- methods

    def kf_account_list(self, _: JsonObject, body: JsonObject) -> JsonObject:
        self._faults(unknown(body, ("offset", "limit"), "kf/account/list"))
        return {"account_list": [{"open_kfid": self.account, "name": "问报", "avatar": "", "manage_privilege": True}]}

    def kf_sync_msg(self, _: JsonObject, body: JsonObject) -> JsonObject:
        self._faults(unknown(body, ("cursor", "token", "limit", "voice_format", "open_kfid"), "kf/sync_msg"))
        if body.get("open_kfid") != self.account:
            raise self._refused(95000, "invalid open_kfid")
        if (token := body.get("token", "")) and self._tokens.get(token, 0.0) < self.clock():
            raise self._refused(95007, "invalid msg token")
        limit, cursor = body.get("limit", 1000), str(body.get("cursor", ""))
        if not isinstance(limit, int) or not 1 <= limit <= 1000:
            raise self._refused(40058, "limit is not 1 to 1000")
        if cursor and not (cursor.startswith("cursor-") and cursor[7:].isdecimal() and int(cursor[7:]) <= len(self.messages)):
            raise self._refused(95008, "invalid cursor")
        start = int(cursor[7:]) if cursor else 0
        end = min(len(self.messages), start + min(limit, self.page))
        self.syncs.append({"from": start, "to": end})
        more = int(end < len(self.messages))
        return {"next_cursor": f"cursor-{end}", "has_more": more, "msg_list": self.messages[start:end]}

    def kf_send_msg(self, _: JsonObject, body: JsonObject) -> JsonObject:
        self._check(body, ("touser", "open_kfid"))
        if body.get("open_kfid") != self.account:
            raise self._refused(95000, "invalid open_kfid")
        customer = str(body.get("touser"))
        session = self.session(customer)
        if session.state not in (0, BY_BOT):
            raise self._refused(95018, "send msg session status invalid")
        if session.left < 1 or self.clock() > session.until:
            raise self._refused(95001, "send msg count limit: 5 messages within 48 h of the customer's last")
        msgid = self._msgid(body)
        session.left -= 1
        self._deliver(customer, body, "active")
        return {"msgid": msgid}

    def kf_send_msg_on_event(self, _: JsonObject, body: JsonObject) -> JsonObject:
        self._check(body, ("code",))
        customer, until = self._welcome.pop(str(body.get("code")), ("", 0.0))
        if self.clock() > until:
            raise self._refused(95004, "invalid event code: unknown, used, or older than 20 s")
        msgid = self._msgid(body)
        self._deliver(customer, body, "welcome")
        return {"msgid": msgid}

    def kf_service_state_get(self, _: JsonObject, body: JsonObject) -> JsonObject:
        session = self.session(str(body.get("external_userid")))
        return {"service_state": session.state, "servicer_userid": session.servicer}

    def kf_service_state_trans(self, _: JsonObject, body: JsonObject) -> JsonObject:
        self._faults(unknown(body, ("open_kfid", "external_userid", "service_state", "servicer_userid"), "kf/service_state/trans"))
        session, state = self.session(str(body.get("external_userid"))), body.get("service_state")
        if state not in (1, 2, BY_PERSON, 4):
            raise self._refused(95011, "invalid service_state")
        if session.state in (BY_PERSON, 4) and state == BY_BOT:
            raise self._refused(95013, "no way back to the bot while a person is talking")
        servicer = str(body.get("servicer_userid", ""))
        if state == BY_PERSON and servicer not in self.servicers:
            raise WeComApiError(95014, "user is not a servicer of this account")
        session.state, session.servicer = int(state), servicer
        self.api.changed()
        return {"msg_code": f"msg-code-{next(self.api.ids)}"} if state in (2, 4) else {}

    def _check(self, body: JsonObject, head: tuple[str, ...]) -> None:
        if faults := kf_faults(body, head):
            self._faults(faults)
            raise WeComApiError(40058, faults[0])

    def _msgid(self, body: JsonObject) -> str:
        msgid = str(body.get("msgid") or f"kf-sent-{next(self.api.ids)}")
        if msgid in self._msgids:  # said to be an error; its number is not published
            raise WeComApiError(40058, "msgid is used twice")
        self._msgids.add(msgid)
        return msgid

    def _deliver(self, customer: str, body: JsonObject, way: str) -> None:
        if body["msgtype"] == "text":
            got = Sent(customer, "text", body["text"]["content"], way, body["text"])
        else:
            menu = body["msgmenu"]
            lines = [item[item["type"]].get("content", "") for item in menu["list"]]
            content = "\n".join(filter(None, [menu.get("head_content"), *lines, menu.get("tail_content")]))
            got = Sent(customer, "menu", content, way, menu)
        self.sent.append(got)
        self.api.changed()

    def _faults(self, faults: list[str]) -> None:
        for fault in faults:
            self.api.slip(fault)

    def _refused(self, code: int, message: str) -> WeComApiError:
        self.api.slip(message)
        return WeComApiError(code, message)
