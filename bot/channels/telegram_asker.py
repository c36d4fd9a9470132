"""Who asks, where, and whether the bot is meant: from a message to what the rest of the channel needs of it."""

from __future__ import annotations

from dataclasses import dataclass

from telegram import Bot, Message, MessageEntity, User
from telegram.constants import ChatType

from bot import texts
from bot.assistant import conversation_key
from bot.channels.quoted import with_quoted
from bot.identity import Identities
from bot.messages import IncomingMessage
from bot.state.base import StateStore

CHANNEL = "telegram"
_MOST_MOVED = 10_000
_NUMBERING_CHARS = 8


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody in a chat.

    Attributes:
        chat: Id of the chat, to send to; stored nowhere.
        thread: Id of the topic in a forum; None outside of one.
        user: Id of the person; stored nowhere.
        sender: Keyed hash of the person.
        conversation: Keyed hash of the conversation: of the chat in private, of chat, topic and person in a group.
        numbering: What tells message ids apart that another bot, or the same group before it moved, gave out: they begin anew then.
        is_private: Whether it is a private chat.
    """

    chat: int
    thread: int | None
    user: int
    sender: str
    conversation: str
    numbering: str
    is_private: bool

    @property
    def key(self) -> str:
        """Under what the context of the conversation is kept."""
        return conversation_key(self.message(""))

    def message_key(self, message_id: int) -> str:
        """Under what a message of this conversation is kept."""
        return f"{self.numbering}:{message_id}"

    def message(self, text: str) -> IncomingMessage:
        """*text* from this person here."""
        return IncomingMessage(CHANNEL, self.conversation, self.sender, text)


class Askers:
    """Makes askers; remembers which groups have moved to another id."""

    def __init__(self, identities: Identities, state: StateStore) -> None:
        self._identities = identities
        self._state = state
        self._first: dict[str, str] = {}

    async def of_message(self, message: Message) -> Asker | None:
        """Who wrote *message*; None for one that nobody did, a bot's, or one that this bot wrote for somebody by inline mode."""
        user = message.from_user
        if user is None or message.is_automatic_forward or message.via_bot:
            return None
        if message.sender_chat is not None:  # an anonymous admin, or a channel: its id stands for the person
            return await self._asker(message, message.sender_chat.id)
        return None if user.is_bot else await self._asker(message, user.id)

    async def of_press(self, user: User, message: Message) -> Asker:
        """Who pressed a button of *message*."""
        return await self._asker(message, user.id)

    async def move(self, old: int, new: int) -> None:
        """A group goes on under another id."""
        self._first.clear()
        await self._state.move_chat(self._hash(old), self._hash(new))

    async def _asker(self, message: Message, user: int) -> Asker:
        chat, thread = message.chat, message.message_thread_id if message.is_topic_message else None
        is_private = chat.type == ChatType.PRIVATE
        if is_private:
            conversation = self._identities.conversation(CHANNEL, chat.id, thread)
        else:
            conversation = self._identities.conversation(CHANNEL, await self._first_of(chat.id), thread, user)
        numbering = self._identities.conversation(CHANNEL, message.get_bot().id, chat.id)[:_NUMBERING_CHARS]
        return Asker(chat.id, thread, user, self._identities.sender(CHANNEL, user), conversation, numbering, is_private)

    async def _first_of(self, chat: int) -> str:
        """What stands for a group, whatever its id has become."""
        hashed = self._hash(chat)
        if hashed not in self._first:
            if len(self._first) >= _MOST_MOVED:
                self._first.clear()
            self._first[hashed] = await self._state.first_chat(hashed)
        return self._first[hashed]

    def _hash(self, chat: int) -> str:
        return self._identities.conversation(CHANNEL, chat)


def addressed_text(message: Message, bot: Bot) -> str | None:
    """What is said to the bot: all of it in a private chat; in a group what is a command, mentions the bot or replies to it.

    Returns:
        The text or caption, the mention taken out, together with somebody's words that it replies to where it means these (对吗);
        None where the bot is not meant; "" for something else than text.
    """
    text = message.text or message.caption or ""
    quoted = _quoted(message, bot.id)
    if message.chat.type == ChatType.PRIVATE:
        return with_quoted(text, quoted) if text and quoted else text
    entities = message.parse_entities() | message.parse_caption_entities()
    name = f"@{bot.username}".lower()
    mentions = [words for entity, words in entities.items() if _is_mention(entity, words, name, bot.id)]
    command = next((words for entity, words in entities.items() if entity.type == MessageEntity.BOT_COMMAND and entity.offset == 0), "")
    if command:
        _, at, other = command.lower().partition("@")
        if at and f"@{other}" != name:
            return None
    if not (command or mentions or _replies_to(message, bot.id)):
        return None
    for words in mentions:
        text = text.replace(words, " ", 1)
    text = text.strip()
    if quoted:  # nothing but the bot's name asks for what was quoted
        return with_quoted(text, quoted) if text else quoted
    return text


def kind_of_file(message: Message) -> str | None:
    """The words for what was sent in place of text; None for a service message."""
    if message.effective_attachment is None:
        return None
    for kind, attachments in _KINDS.items():
        if any(getattr(message, name) for name in attachments):
            return texts.ONLY_TEXT_OF.format(kind=texts.ONLY_TEXT_KINDS[kind])
    return texts.ONLY_TEXT


_KINDS = {
    "voice": ("voice", "audio", "video_note"),
    "photo": ("photo", "video", "animation"),
    "document": ("document",),
    "sticker": ("sticker",),
    "location": ("location", "venue"),
}


def _is_mention(entity: MessageEntity, words: str, name: str, bot_id: int) -> bool:
    if entity.type == MessageEntity.TEXT_MENTION:
        return entity.user is not None and entity.user.id == bot_id
    return entity.type == MessageEntity.MENTION and words.lower() == name


def _quoted(message: Message, bot_id: int) -> str:
    """The words that *message* quotes, or all of the message that it replies to; empty for the bot's own and for none."""
    replied = message.reply_to_message
    if replied is None or (replied.from_user is not None and replied.from_user.id == bot_id):
        return ""
    return (message.quote.text if message.quote else replied.text or replied.caption or "").strip()


def _replies_to(message: Message, bot_id: int) -> bool:
    """Whether *message* replies to one of the bot's; in a forum every message replies to the beginning of its topic."""
    replied = message.reply_to_message
    if replied is None or replied.from_user is None or replied.forum_topic_created is not None:
        return False
    return replied.from_user.id == bot_id
