"""Every way to talk to the service, as people have it, for one suite over all of them: text in, text out, each person by a name."""

from __future__ import annotations

import contextlib
import io
import itertools
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpx
from rich.console import Console

from bot import texts
from bot.channels.terminal import show_reply
from bot.session import Conversation
from knowledge.library import Library
from tests.bot.channels.wecom_service import serving
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_world import Chat, Message
from tests.fakes.wecom_bot_user import BotUser
from tests.fakes.wecom_people import Customer, Member
from tests.fakes.wecom_server import WeComServer

NAMES = ("terminal", "web", "telegram", "wecom", "wecom-bot", "wecom-kf")
#: Who writes is known, so that there are limits, and hashes of ids are kept.
WITH_SENDERS = ("telegram", "wecom", "wecom-bot", "wecom-kf")

_numbers = itertools.count(1)


class Person(Protocol):
    """Somebody in a chat of their own; *identity* is how the platform calls them."""

    identity: str

    async def ask(self, text: str) -> str:
        """What comes back, whole."""

    async def say(self, text: str) -> None:
        """Write, whether or not anything comes back."""

    def heard(self) -> list[str]:
        """All that has come back, oldest first."""

    async def praise(self) -> None:
        """Say that the last answer was helpful."""


@dataclass(slots=True)
class Chats:
    """A running channel: *data_dir* with its state, *secrets* that may stand in no log, and who talks."""

    kind: type[Any]
    arguments: tuple[Any, ...]
    data_dir: Path
    secrets: list[str] = field(default_factory=list)

    def person(self) -> Person:
        """Somebody who has never been here."""
        made: Person = self.kind(*self.arguments, f"zhangsan{next(_numbers):04}")
        return made

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of the state file, as another process reads them."""
        with contextlib.closing(sqlite3.connect(self.data_dir / "state.db")) as db:
            return db.execute(query).fetchall()

    def dump(self) -> str:
        """All that is kept, as text."""
        with contextlib.closing(sqlite3.connect(self.data_dir / "state.db")) as db:
            return "\n".join(db.iterdump())


@asynccontextmanager
async def chats_on(name: str, library: Library, data_dir: Path, **settings: Any) -> AsyncIterator[Chats]:
    """Serve *library* on the channel *name*, the rules of its platform kept to the end."""
    if name == "terminal":
        yield Chats(AtTerminal, (library,), data_dir)
        return
    async with WeComServer() as wecom, TelegramServer() as telegram:
        given: dict[str, Any] = {"wecom_corp_id": "", "wecom_bot_token": ""}
        if name == "telegram":
            given |= {"telegram_token": telegram.token, "telegram_api_base": telegram.api_base, "telegram_rate": 0}
        elif name.startswith("wecom"):
            given = {}
        async with serving(wecom, data_dir, library, **(given | settings)) as service:
            kinds: dict[str, tuple[type[Any], tuple[Any, ...]]] = {
                "web": (AtWeb, (service.url,)),
                "telegram": (InTelegram, (telegram,)),
                "wecom": (InApplication, (wecom, service.url)),
                "wecom-bot": (AtRobot, (wecom, service.url)),
                "wecom-kf": (AtCustomerService, (wecom, service.url)),
            }
            yield Chats(*kinds[name], data_dir, [*wecom.secrets, telegram.token.partition(":")[2]])
        wecom.check()
        telegram.check()


class AtTerminal:
    """Somebody at ``wenbao chat``."""

    def __init__(self, library: Library, identity: str) -> None:
        self.identity = identity
        self._conversation = Conversation(library)
        self._heard: list[str] = []

    async def ask(self, text: str) -> str:
        shown = io.StringIO()
        show_reply(Console(file=shown), self._conversation.ask(text), numbered=True)
        self._heard.append(shown.getvalue())
        return self._heard[-1]

    async def say(self, text: str) -> None:
        await self.ask(text)

    def heard(self) -> list[str]:
        return self._heard


class AtWeb:
    """Somebody with the page open."""

    def __init__(self, url: str, identity: str) -> None:
        self.identity = identity
        self._url = url
        self._heard: list[dict[str, Any]] = []

    async def ask(self, text: str) -> str:
        async with httpx.AsyncClient(base_url=self._url) as client:
            answer = await client.post("/api/ask", json={"question": text, "conversation": self.identity})
        self._heard.append(answer.json())
        return str(self._heard[-1].get("text", ""))

    async def say(self, text: str) -> None:
        await self.ask(text)

    def heard(self) -> list[str]:
        return [str(answer.get("text", "")) for answer in self._heard]

    async def praise(self) -> None:
        async with httpx.AsyncClient(base_url=self._url) as client:
            given = {"reply_id": self._heard[-1]["reply_id"], "helpful": True}
            assert (await client.post("/api/feedback", json=given)).status_code == 204


class InTelegram:
    """Somebody in a private chat with the bot."""

    def __init__(self, telegram: TelegramServer, identity: str) -> None:
        self._telegram = telegram
        self._chat: Chat = telegram.private_chat()
        self.identity = str(self._chat.id)

    async def ask(self, text: str) -> str:
        before = len(self._chat.bot_messages)
        await self._telegram.ask(self._chat, text)
        return "\n".join(self.heard()[before:])

    async def say(self, text: str) -> None:
        self._telegram.send_text(self._chat, text)
        await self._telegram.quiet()

    def heard(self) -> list[str]:
        return [message.text for message in self._chat.bot_messages]

    async def praise(self) -> None:
        last: Message = self._chat.bot_messages[-1]
        await self._telegram.answered(self._telegram.press(last, texts.BUTTON_HELPFUL))


class InApplication:
    """A member in the application's chat."""

    def __init__(self, wecom: WeComServer, url: str, identity: str) -> None:
        self.identity = identity
        self._member: Member | Customer = wecom.member(identity, url)

    async def ask(self, text: str) -> str:
        return "\n".join(sent.content for sent in await self._member.ask(text))

    async def say(self, text: str) -> None:
        await self._member.send_text(text)

    def heard(self) -> list[str]:
        return [sent.content for sent in self._member.got]

    async def praise(self) -> None:
        assert texts.FEEDBACK_THANKS in await self.ask("/feedback 有用")


class AtCustomerService(InApplication):
    """A WeChat user at 微信客服."""

    def __init__(self, wecom: WeComServer, url: str, identity: str) -> None:
        self.identity = identity
        self._member = wecom.customer(identity, url)


class AtRobot:
    """A member alone with the robot."""

    def __init__(self, wecom: WeComServer, url: str, identity: str) -> None:
        self.identity = identity
        self._user: BotUser = wecom.bot_user(identity, url)
        self._feedback_id = ""

    async def ask(self, text: str) -> str:
        reply = await self._user.ask(text)
        self._feedback_id = reply.feedback_id
        return reply.text

    async def say(self, text: str) -> None:
        await self.ask(text)

    def heard(self) -> list[str]:
        return [sent.content for sent in self._user.got if sent.kind != "card"]

    async def praise(self) -> None:
        await self._user.feedback(self._feedback_id, 1)
