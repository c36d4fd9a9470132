"""The people's side of the tests' Telegram: they write, press, edit, ask inline, block the bot."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.fakes.telegram_methods import Methods
from tests.fakes.telegram_updates import Update, Updates
from tests.fakes.telegram_world import Chat, JsonObject, Message, User, World, find_entities


@dataclass(frozen=True, slots=True)
class Query:
    """A pressed button or an inline query, by its id."""

    id: str
    text: str
    sender: User
    update: Update | None


class People:
    """What people can do. Each action is done at once; the update about it waits for the bot."""

    updates: Updates
    methods: Methods

    def __init__(self, world: World) -> None:
        self.world = world
        self._next_query = 7_000_001

    @abstractmethod
    def changed(self) -> None: ...

    @abstractmethod
    def now(self) -> float: ...

    wait_for: Callable[..., Any]

    # ---- who and where

    def add_user(self, name: str = "市民", *, user_id: int | None = None, username: str = "", language_code: str = "zh-hans") -> User:
        """A person."""
        user = User(user_id or self.world.new_id(), name, username, language_code)
        self.world.users[user.id] = user
        return user

    def private_chat(self, user: User | None = None) -> Chat:
        """The private chat with a person, a new one unless given."""
        user = user or self.add_user()
        return self.world.chats.get(user.id) or self.world.add_chat(Chat(user.id, "private", user=user))

    def group(self, title: str = "法治办") -> Chat:
        """A basic group."""
        return self.world.add_chat(Chat(-self.world.new_id(), "group", title))

    def supergroup(self, title: str = "政务公开", *, topics: tuple[str, ...] = ()) -> Chat:
        """A supergroup; with *topics*, a forum."""
        chat = Chat(-1_000_000_000_000 - self.world.new_id(), "supergroup", title, is_forum=bool(topics))
        for number, topic in enumerate(topics, 2):
            chat.topics[number * 10] = topic
        return self.world.add_chat(chat)

    # ---- what they send

    def send_text(
        self, chat: Chat, text: str, *, sender: User | None = None, reply_to: Message | None = None, topic: int | None = None
    ) -> Message:
        """Write *text*; commands and mentions in it are found as the platform does."""
        return self._send(chat, sender, reply_to, topic, text=text, entities=find_entities(text) or None)

    def start(self, chat: Chat, payload: str = "", *, sender: User | None = None) -> Message:
        """Open the bot, by a deep link where there is a *payload*."""
        return self.send_text(chat, f"/start {payload}".strip(), sender=sender)

    def mention(self, chat: Chat, text: str, **where: Any) -> Message:
        """Write to the bot by its name."""
        return self.send_text(chat, f"@{self.world.bot.username} {text}", **where)

    def send_voice(self, chat: Chat, **where: Any) -> Message:
        return self._send_file(chat, where, voice=_file("voice") | {"duration": 3})

    def send_photo(self, chat: Chat, **where: Any) -> Message:
        return self._send_file(chat, where, photo=[_file("photo") | {"width": 90, "height": 60}])

    def send_document(self, chat: Chat, **where: Any) -> Message:
        return self._send_file(chat, where, document=_file("document") | {"file_name": "报告.pdf"})

    def send_sticker(self, chat: Chat, **where: Any) -> Message:
        kind = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self._send_file(chat, where, sticker=_file("sticker") | kind)

    def send_location(self, chat: Chat, **where: Any) -> Message:
        return self._send_file(chat, where, location={"latitude": 25.97, "longitude": 117.36})

    def edit(self, message: Message, text: str) -> Message:
        """Edit one's own message."""
        message.earlier.append(message.text)
        kept = {key: value for key, value in message.json.items() if key != "entities"}
        entities = find_entities(text)
        message.json = kept | {"text": text, "edit_date": message.json["date"]} | ({"entities": entities} if entities else {})
        self.updates.add("edited_message", message.json, message.chat.id, message)
        return message

    def _send_file(self, chat: Chat, where: dict[str, Any], **content: Any) -> Message:
        return self._send(chat, where.get("sender"), where.get("reply_to"), where.get("topic"), **content)

    def _send(self, chat: Chat, sender: User | None, reply_to: Message | None, topic: int | None, **content: Any) -> Message:
        sender = sender or chat.user or self._someone()
        chat.known, chat.blocked = True, chat.blocked and chat.kind != "private"
        thread = {"message_thread_id": topic, "is_topic_message": True} if topic else {}
        replied = {key: value for key, value in reply_to.json.items() if key != "reply_to_message"} if reply_to else None
        message = self.world.add_message(chat, sender, self.now(), **thread, reply_to_message=replied, **content)
        self.updates.add("message", message.json, chat.id, message)
        return message

    def _someone(self) -> User:
        return next(iter(self.world.users.values()), None) or self.add_user()

    # ---- buttons and inline queries

    def press(self, message: Message, button: str | JsonObject, *, sender: User | None = None) -> Query:
        """Press an inline button, named by a part of its text or by its data."""
        pressed = message.button(button) if isinstance(button, str) else button
        assert "callback_data" in pressed, f"the button {pressed['text']!r} sends nothing to the bot"
        sender = sender or message.chat.user or self._someone()
        query_id = self._query_id()
        self.methods.callback_answers[query_id] = None
        content = {"id": query_id, "from": sender.to_json(), "message": message.json, "chat_instance": str(message.chat.id)}
        update = self.updates.add("callback_query", content | {"data": pressed["callback_data"]}, message.chat.id)
        return Query(query_id, pressed["callback_data"], sender, update)

    def inline(self, text: str, *, sender: User | None = None, offset: str = "") -> Query:
        """Ask the bot inline, in some chat."""
        sender = sender or self._someone()
        query_id = self._query_id()
        self.methods.inline_answers[query_id] = None
        content = {"id": query_id, "from": sender.to_json(), "query": text, "offset": offset, "chat_type": "sender"}
        return Query(query_id, text, sender, self.updates.add("inline_query", content, sender.id))

    def choose(self, chat: Chat, answer: JsonObject, number: int = 0, *, sender: User | None = None) -> Message:
        """Send one of the results of an inline query to *chat*; *answer* as ``answered`` gives it."""
        result = answer["results"][number]
        content = self.methods.read_content(result["input_message_content"] | {"reply_markup": result.get("reply_markup")}, "message_text")
        return self._send(chat, sender, None, None, via_bot=self.world.bot.to_json(), **content)

    def _query_id(self) -> str:
        self._next_query += 1
        return str(self._next_query)

    # ---- what happens to chats

    def block(self, chat: Chat) -> None:
        """Block the bot, or put it out of a group; writing in a private chat again unblocks it."""
        chat.blocked = True
        self._member_changed(chat, "member", "kicked")

    def add_bot(self, chat: Chat) -> None:
        """Take the bot into a group."""
        chat.blocked = False
        self._member_changed(chat, "left", "member")

    def _member_changed(self, chat: Chat, before: str, after: str) -> None:
        bot, sender = self.world.bot.to_json(), chat.user or self._someone()
        states = [{"user": bot, "status": status} | ({"until_date": 0} if status == "kicked" else {}) for status in (before, after)]
        content = {
            "chat": chat.to_json(),
            "from": sender.to_json(),
            "date": 1_700_000_000,
            "old_chat_member": states[0],
            "new_chat_member": states[1],
        }
        self.updates.add("my_chat_member", content, chat.id)

    def migrate(self, chat: Chat) -> Chat:
        """Make a group a supergroup; returns that."""
        new = self.supergroup(chat.title)
        chat.migrated_to = new.id
        sender = self._someone()
        for where, content in ((chat, {"migrate_to_chat_id": new.id}), (new, {"migrate_from_chat_id": chat.id})):
            message = self.world.add_message(where, sender, self.now(), **content)
            self.updates.add("message", message.json, where.id, message)
        return new

    # ---- waiting for the bot

    async def replies(self, chat: Chat, count: int = 1, *, after: Message | None = None, **limit: Any) -> list[Message]:
        """At least *count* messages of the bot in *chat*, those since *after* where given."""
        since = after.id if after else 0

        def found() -> list[Message]:
            messages = [message for message in chat.bot_messages if message.id > since]
            return messages if len(messages) >= count else []

        return list(await self.wait_for(found, what=f"{count} messages in chat {chat.id}", **limit))

    async def reply_to(self, message: Message, **limit: Any) -> Message:
        """The bot's first message after *message* in its chat (and topic)."""
        topic = message.json.get("message_thread_id")

        def found() -> Message | None:
            later = (m for m in message.chat.bot_messages if m.id > message.id and m.json.get("message_thread_id") == topic)
            return next(later, None)

        reply: Message = await self.wait_for(found, what=f"a reply to {message.text!r}", **limit)
        return reply

    async def ask(self, chat: Chat, text: str, **where: Any) -> Message:
        """Write *text* and wait for the reply."""
        return await self.reply_to(self.send_text(chat, text, **where))

    async def answered(self, query: Query, **limit: Any) -> JsonObject:
        """Parameters of the call that answers a pressed button or an inline query."""

        def found() -> JsonObject | None:
            return self.methods.callback_answers.get(query.id) or self.methods.inline_answers.get(query.id)

        answer: JsonObject = await self.wait_for(found, what=f"an answer to the query {query.text!r}", **limit)
        return answer

    async def edited(self, message: Message, **limit: Any) -> Message:
        """*message* once the bot has edited it after this call."""
        before = len(message.earlier)
        await self.wait_for(lambda: len(message.earlier) > before, what=f"an edit of {message.text[:20]!r}", **limit)
        return message

    async def quiet(self) -> None:
        """Wait until every update is taken, and calls about them that were under way have been made.

        The bot takes the last ones by asking for the next: what it would have said to them may still be on its way, so a test that
        claims silence sends something after them that is answered, and waits for that.
        """
        await self.wait_for(lambda: not self.updates.pending, what="an empty queue")
        await asyncio.sleep(0)


def _file(kind: str) -> JsonObject:
    return {"file_id": f"{kind}-file", "file_unique_id": kind, "file_size": 1000}
