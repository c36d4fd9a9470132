"""People, chats and messages of the Telegram of the tests."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.telegram_html import utf16_length

JsonObject = dict[str, Any]
_ENTITY = re.compile(r"(?P<bot_command>(?<!\S)/[A-Za-z0-9_]{1,32}(?:@\w+)?)|(?P<mention>(?<!\w)@\w{3,32})|(?P<url>https?://\S+)")


class BotApiError(Exception):
    """What a call is turned down with.

    Attributes:
        code: HTTP status and ``error_code``.
        description: As the platform words it.
        parameters: ``retry_after``, ``migrate_to_chat_id``.
    """

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad_request(reason: str) -> BotApiError:
    """Status 400 with the platform's usual beginning."""
    return BotApiError(400, f"Bad Request: {reason}")


@dataclass(frozen=True, slots=True)
class User:
    """A person, or the bot."""

    id: int
    first_name: str
    username: str = ""
    language_code: str = "zh-hans"
    is_bot: bool = False

    def to_json(self) -> JsonObject:
        named = {"username": self.username, "language_code": "" if self.is_bot else self.language_code}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name} | {key: value for key, value in named.items() if value}


@dataclass(slots=True)
class Message:
    """A message in a chat.

    Attributes:
        json: As the Bot API gives it; an edit changes it.
        chat: Where it stands.
        sent_at: When it reached the server, by the event loop's clock.
        delivered_at: When the update with it was first handed to the bot; None before that, and for the bot's own.
        earlier: Its texts before edits, oldest first.
    """

    json: JsonObject
    chat: Chat
    sent_at: float
    delivered_at: float | None = None
    earlier: list[str] = field(default_factory=list)
    deleted: bool = False

    @property
    def id(self) -> int:
        return int(self.json["message_id"])

    @property
    def text(self) -> str:
        return str(self.json.get("text", ""))

    @property
    def entities(self) -> list[JsonObject]:
        return list(self.json.get("entities", []))

    @property
    def from_bot(self) -> bool:
        return bool(self.json.get("from", {}).get("is_bot"))

    @property
    def sender(self) -> JsonObject:
        return dict(self.json["from"])

    @property
    def reply_to(self) -> int | None:
        """Id of the message that it replies to."""
        replied = self.json.get("reply_to_message")
        return replied["message_id"] if replied else None

    @property
    def buttons(self) -> list[JsonObject]:
        """Its inline buttons, row after row."""
        return [button for row in self.json.get("reply_markup", {}).get("inline_keyboard", []) for button in row]

    def button(self, label: str) -> JsonObject:
        """The first button whose text holds *label*, or whose data is *label*."""
        for button in self.buttons:
            if label in button["text"] or label == button.get("callback_data"):
                return button
        raise AssertionError(f"no button {label!r} among {[button['text'] for button in self.buttons]}")


@dataclass(slots=True)
class Chat:
    """A chat and all that was said in it."""

    id: int
    kind: str
    title: str = ""
    user: User | None = None
    is_forum: bool = False
    topics: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    blocked: bool = False
    known: bool = True
    migrated_to: int | None = None
    actions: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        found: JsonObject = {"id": self.id, "type": self.kind}
        if self.user:
            found |= {"first_name": self.user.first_name} | ({"username": self.user.username} if self.user.username else {})
        else:
            found["title"] = self.title
        return found | ({"is_forum": True} if self.is_forum else {})

    @property
    def transcript(self) -> list[Message]:
        """What stands in the chat, oldest first."""
        return [message for message in self.messages.values() if not message.deleted]

    @property
    def bot_messages(self) -> list[Message]:
        """What the bot has said and not deleted."""
        return [message for message in self.transcript if message.from_bot]


def find_entities(text: str) -> list[JsonObject]:
    """Commands, mentions and addresses that the platform finds by itself in what people write."""
    return [
        {"type": found.lastgroup, "offset": utf16_length(text[: found.start()]), "length": utf16_length(found[0])}
        for found in _ENTITY.finditer(text)
    ]


class World:
    """All chats, and the counters of ids."""

    def __init__(self, bot: User) -> None:
        self.bot = bot
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, User] = {}
        self._last_message_id = 0
        self._last_id = 1000

    def new_id(self) -> int:
        """For users and chats."""
        self._last_id += 1
        return self._last_id

    def add_chat(self, chat: Chat) -> Chat:
        self.chats[chat.id] = chat
        return chat

    def add_message(self, chat: Chat, sender: User, now: float, **content: Any) -> Message:
        """Put a message into *chat*; *content* is of the Bot API's Message."""
        self._last_message_id += 1
        head = {"message_id": self._last_message_id, "from": sender.to_json(), "chat": chat.to_json(), "date": int(time.time())}
        message = Message(head | {key: value for key, value in content.items() if value is not None}, chat, now)
        chat.messages[message.id] = message
        return message

    def chat_for_bot(self, chat_id: int | str) -> Chat:
        """The chat that a call names.

        Raises:
            BotApiError: Where the bot cannot speak there.
        """
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            raise BotApiError(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
        if chat.blocked:
            who = "bot was blocked by the user" if chat.kind == "private" else f"bot was kicked from the {chat.kind} chat"
            raise BotApiError(403, f"Forbidden: {who}")
        if not chat.known:
            raise BotApiError(403, "Forbidden: bot can't initiate conversation with a user")
        return chat
