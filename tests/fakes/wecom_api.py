"""The server side of WeCom's API: tokens, application messages, cards, the menu; ``wecom_kf.py`` adds 微信客服.

Sources: document paths 91039 (gettoken), 90236 (message/send), 94945 (update_template_card), 90231 (menu), 90313 (error codes).
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.wecom_rules import TEXT_BYTES, card_faults, menu_faults, text_faults, unknown

JsonObject = dict[str, Any]

PER_MINUTE, PER_HOUR = 30, 1000
CARD_UPDATE_S = 72 * 3600.0
_SEND_FIELDS = (
    *("touser", "toparty", "totag", "msgtype", "agentid", "text", "markdown", "template_card"),
    *("safe", "enable_id_trans", "enable_duplicate_check", "duplicate_check_interval"),
)


class WeComApiError(Exception):
    """What a call is turned down with: HTTP status 200 and an ``errcode``."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class Sent:
    """What somebody got.

    Attributes:
        to: The member, the customer, or the group.
        kind: ``text``, ``markdown``, ``card``, ``menu``, ``stream``; ``update`` for a card's new state.
        content: The text of it, or the card's title and sub-title.
        way: ``passive`` in answer to a callback, ``active`` by the API, ``welcome`` by a welcome code.
        payload: The text, card or menu as it was sent.
        at: By the monotonic clock, in seconds.
        response_code: With which a card may be updated.
    """

    to: str
    kind: str
    content: str
    way: str
    payload: JsonObject
    at: float = field(default_factory=time.monotonic)
    response_code: str = ""

    @property
    def buttons(self) -> list[JsonObject]:
        return list(self.payload.get("button_list", []))

    def button(self, label: str) -> JsonObject:
        """The first button whose text holds *label*, or whose key is *label*."""
        for button in self.buttons:
            if label in button["text"] or label == button["key"]:
                return button
        raise AssertionError(f"no button {label!r} among {[button['text'] for button in self.buttons]}")


class PlatformApi:
    """State and methods; every method takes query and body and gives the answer.

    Args:
        slip: Keeps a breach of the rules.
        changed: Called when somebody got something.
    """

    def __init__(self, corp_id: str, secret: str, agent_id: int, *, slip: Callable[[str], None], changed: Callable[[], None]) -> None:
        self.corp_id = corp_id
        self.secret = secret
        self.agent_id = agent_id
        self.slip = slip
        self.changed = changed
        self.sent: list[Sent] = []
        self.on_sent: Callable[[Sent], None] | None = None
        self.menu: JsonObject | None = None
        self.token_life_s = 7200.0
        self.tokens: dict[str, float] = {}
        self.tokens_given = 0
        self.dropped_as_duplicate = 0
        self.unknown_users: set[str] = set()
        self.limits_kept = True
        self._codes: dict[str, tuple[Sent, float]] = {}
        self._codes_used: set[str] = set()
        self._task_ids: set[str] = set()
        self._recent: dict[tuple[str, str], float] = {}
        self._times: dict[str, deque[float]] = {}
        # Of messages and all else: never those of an earlier run, which a service that has kept its state would know.
        self.ids = itertools.count(time.time_ns() // 1_000_000)

    # ---- tokens

    def gettoken(self, query: JsonObject, _: JsonObject) -> JsonObject:
        if query.get("corpid") != self.corp_id:
            raise WeComApiError(40013, "invalid corpid")
        if query.get("corpsecret") != self.secret:
            raise WeComApiError(40001, "invalid credential")
        now = time.monotonic()
        token = next((token for token, until in self.tokens.items() if until > now), "")
        if not token:
            self.tokens_given += 1
            token = f"access-token-{self.tokens_given}-of-the-test"
            self.tokens[token] = now + self.token_life_s
        return {"access_token": token, "expires_in": int(self.tokens[token] - now)}

    def expire_tokens(self) -> None:
        """Let every token end early; the next use gets 42001."""
        self.tokens = dict.fromkeys(self.tokens, 0.0)

    def revoke_tokens(self) -> None:
        """Forget every token; the next use gets 40014."""
        self.tokens.clear()

    def check_token(self, token: str) -> None:
        if token not in self.tokens:
            raise WeComApiError(40014, "invalid access_token")
        if self.tokens[token] <= time.monotonic():
            raise WeComApiError(42001, "access_token expired")

    # ---- messages

    def message_send(self, _: JsonObject, body: JsonObject) -> JsonObject:
        self._faults("message/send", unknown(body, _SEND_FIELDS, "message/send"))
        user, kind = body.get("touser"), body.get("msgtype")
        if not isinstance(user, str) or not user:
            raise self._refused(40058, "touser is missing")
        if body.get("agentid") != self.agent_id:
            raise self._refused(40056, f"invalid agentid {body.get('agentid')!r}")
        if user in self.unknown_users:
            raise WeComApiError(81013, "user & party & tag all invalid")
        content = body.get(str(kind))
        if kind in ("text", "markdown"):
            self._faults("message/send", text_faults(content, str(kind)))
            if not isinstance(content, dict) or not content.get("content"):
                raise self._refused(44004, "content is empty")
            got = Sent(user, str(kind), _cut(content["content"]), "active", content)
        elif kind == "template_card":
            got = self._card(user, content)
        else:
            raise self._refused(40008, f"invalid message type {kind}")
        answer: JsonObject = {"invaliduser": "", "msgid": f"msg-{next(self.ids)}"}
        if got.response_code:
            answer["response_code"] = got.response_code
        if not self._is_repeated(user, body):
            self._deliver_within_limits(got)
        return answer

    def _card(self, user: str, card: Any) -> Sent:
        faults = card_faults(card)
        self._faults("message/send", faults)
        if faults:
            raise WeComApiError(40058, f"invalid Request Parameter: {faults[0]}")
        task = card.get("task_id", "")
        if task and task in self._task_ids:
            raise self._refused(40058, "task_id is used twice")
        self._task_ids.add(task)
        got = Sent(user, "card", _card_text(card), "active", card)
        if card["card_type"] == "button_interaction":
            got.response_code = self.give_code(got)
        return got

    def give_code(self, card: Sent) -> str:
        """A response_code for an update of *card*."""
        code = f"response-code-{next(self.ids)}"
        self._codes[code] = card, time.monotonic()
        return code

    def _is_repeated(self, user: str, body: JsonObject) -> bool:
        if not body.get("enable_duplicate_check"):
            return False
        interval, now = float(body.get("duplicate_check_interval", 1800)), time.monotonic()
        if not 0 < interval <= 4 * 3600:
            self.slip("message/send: duplicate_check_interval is not 1 s to 4 h")
        key = user, repr(body.get(str(body["msgtype"])))
        before, self._recent[key] = self._recent.get(key), now
        repeated = before is not None and now - before < interval
        self.dropped_as_duplicate += repeated
        return repeated

    def _deliver_within_limits(self, got: Sent) -> None:
        times, now = self._times.setdefault(got.to, deque()), time.monotonic()
        while times and times[0] <= now - 3600:
            times.popleft()
        lately = sum(at > now - 60 for at in times)
        if self.limits_kept and (lately >= PER_MINUTE or len(times) >= PER_HOUR):
            self.slip(f"message/send: more than {PER_MINUTE} a minute or {PER_HOUR} an hour for one member; dropped without a word")
            return
        times.append(now)
        self.deliver(got)

    def deliver(self, got: Sent) -> None:
        """Somebody gets something."""
        self.sent.append(got)
        if self.on_sent:
            self.on_sent(got)
        self.changed()

    def message_update_template_card(self, _: JsonObject, body: JsonObject) -> JsonObject:
        allowed = ("userids", "partyids", "tagids", "atall", "agentid", "response_code", "button", "template_card")
        self._faults("update_template_card", unknown(body, allowed, "update_template_card"))
        if body.get("agentid") != self.agent_id:
            raise self._refused(40056, "invalid agentid")
        code = str(body.get("response_code", ""))
        if code in self._codes_used:
            raise self._refused(40058, "a response_code is used twice")
        if code not in self._codes or time.monotonic() - self._codes[code][1] > CARD_UPDATE_S:
            raise self._refused(40058, "invalid response_code")
        card, _at = self._codes[code]
        if body.get("userids") != [card.to]:
            self.slip("update_template_card: userids is not the member who has the card")
        self._codes_used.add(code)
        if "button" in body:
            name = body["button"].get("replace_name", "")
            self._faults("update_template_card", ["replace_name is empty"] * (not name))
            self.deliver(Sent(card.to, "update", name, "active", card.payload | {"replace_name": name, "button_list": []}))
        else:
            updated = body.get("template_card", {})
            self._faults("update_template_card", card_faults({"task_id": card.payload.get("task_id"), **updated}))
            self.deliver(Sent(card.to, "update", _card_text(updated), "active", updated))
        return {"invaliduser": []}

    # ---- the menu

    def menu_create(self, query: JsonObject, body: JsonObject) -> JsonObject:
        self._check_agent(query)
        if faults := menu_faults(body):
            self._faults("menu/create", faults)
            raise WeComApiError(40058, faults[0])
        self.menu = body
        return {}

    def menu_get(self, query: JsonObject, _: JsonObject) -> JsonObject:
        self._check_agent(query)
        if self.menu is None:
            raise WeComApiError(46003, "menu no exist")
        return self.menu

    def menu_delete(self, query: JsonObject, _: JsonObject) -> JsonObject:
        self._check_agent(query)
        self.menu = None
        return {}

    def _check_agent(self, query: JsonObject) -> None:
        if str(query.get("agentid")) != str(self.agent_id):
            raise self._refused(40056, "invalid agentid")

    def _faults(self, where: str, faults: list[str]) -> None:
        for fault in faults:
            self.slip(f"{where}: {fault}")

    def _refused(self, code: int, message: str) -> WeComApiError:
        self.slip(message)
        return WeComApiError(code, message)


def _card_text(card: JsonObject) -> str:
    title = card.get("main_title") or {}
    return "\n".join(filter(None, [title.get("title"), title.get("desc"), card.get("sub_title_text")]))


def _cut(text: str) -> str:
    """As much as the platform shows; a character cut in two is lost."""
    return text.encode()[:TEXT_BYTES].decode(errors="ignore")
