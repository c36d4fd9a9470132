"""The methods of the Bot API that the tests' Telegram plays, each from checked parameters to its result.

Limits and the wording of errors: Bot API, and the answers of the public server, whose capitals (``BUTTON_DATA_INVALID``) come
through as they are. Where the platform's wording is not known, the wording is ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.fakes.telegram_bot_methods import BotMethods
from tests.fakes.telegram_html import BadHtml, parse_html, utf16_length
from tests.fakes.telegram_updates import Updates
from tests.fakes.telegram_world import Chat, JsonObject, Message, World, bad_request

MAX_TEXT = 4096
MAX_CALLBACK_BYTES = 64
MAX_COPY_TEXT = 256
MAX_INLINE_RESULTS = 50
MAX_BUTTONS = 100
ACTIONS = {
    *("typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document", "choose_sticker"),
    *("find_location", "record_video_note", "upload_video_note"),
}
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)
_NOT_ACTIONS = {"text", "style", "icon_custom_emoji_id"}


class Methods(BotMethods):
    """What the methods do; each takes the parameters, checked for their types, and returns the ``result``.

    Args:
        admit: Called before a message is sent or edited, with the chat; raises the 429 of a rate limit.
        slip: Records a breach of the rules that the platform lets pass.
        now: The event loop's clock.

    Attributes:
        callback_answers: By id of the callback query; None for one that waits.
        inline_answers: Likewise of inline queries.
    """

    def __init__(
        self, world: World, updates: Updates, *, admit: Callable[[Chat], None], slip: Callable[[str], None], now: Callable[[], float]
    ) -> None:
        super().__init__()
        self.world = world
        self.updates = updates
        self.callback_answers: dict[str, JsonObject | None] = {}
        self.inline_answers: dict[str, JsonObject | None] = {}
        self._admit = admit
        self._slip = slip
        self._now = now

    # ---- chats

    def getChat(self, given: JsonObject) -> JsonObject:
        return self.world.chat_for_bot(given["chat_id"]).to_json() | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(
                ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
            ),
        }

    def getChatMember(self, given: JsonObject) -> JsonObject:
        self.world.chat_for_bot(given["chat_id"])
        user = self.world.users.get(given["user_id"])
        if user is None:
            raise bad_request("user not found")
        return {"status": "member", "user": user.to_json()}

    def leaveChat(self, given: JsonObject) -> bool:
        self.world.chat_for_bot(given["chat_id"]).blocked = True
        return True

    def sendChatAction(self, given: JsonObject) -> bool:
        chat = self.world.chat_for_bot(given["chat_id"])
        if given["action"] not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        chat.actions.append(given["action"])
        return True

    # ---- messages

    def sendMessage(self, given: JsonObject) -> JsonObject:
        chat = self.world.chat_for_bot(given["chat_id"])
        content = self.read_content(given)
        thread = self._thread(chat, given.get("message_thread_id"))
        replied = self._replied(chat, given.get("reply_parameters"))
        if "link_preview_options" in given:
            content["link_preview_options"] = given["link_preview_options"]
        self._admit(chat)
        message = self.world.add_message(chat, self.world.bot, self._now(), **thread, reply_to_message=replied, **content)
        return message.json

    def sendDocument(self, given: JsonObject) -> JsonObject:
        return self._send_file(given, {"document": {"file_id": "doc", "file_unique_id": "doc", "file_name": "file"}})

    def sendPhoto(self, given: JsonObject) -> JsonObject:
        return self._send_file(given, {"photo": [{"file_id": "photo", "file_unique_id": "photo", "width": 90, "height": 90}]})

    def _send_file(self, given: JsonObject, file: JsonObject) -> JsonObject:
        chat = self.world.chat_for_bot(given["chat_id"])
        if len(given.get("caption", "")) > 1024:
            raise bad_request("message caption is too long")
        self._admit(chat)
        return self.world.add_message(chat, self.world.bot, self._now(), **file, caption=given.get("caption")).json

    def editMessageText(self, given: JsonObject) -> JsonObject | bool:
        if "inline_message_id" in given:
            self.read_content(given)
            return True
        message = self._own_message(given, "edit")
        content = self.read_content(given)
        self._change(message, {"reply_markup": None, "entities": None} | content)
        return message.json

    def editMessageReplyMarkup(self, given: JsonObject) -> JsonObject | bool:
        if "inline_message_id" in given:
            return True
        message = self._own_message(given, "edit")
        self._change(message, {"reply_markup": self._markup(given)})
        return message.json

    def deleteMessage(self, given: JsonObject) -> bool:
        self._own_message(given, "delete").deleted = True
        return True

    def deleteMessages(self, given: JsonObject) -> bool:
        for message_id in given["message_ids"]:
            self._own_message({"chat_id": given["chat_id"], "message_id": message_id}, "delete").deleted = True
        return True

    def setMessageReaction(self, given: JsonObject) -> bool:
        chat = self.world.chat_for_bot(given["chat_id"])
        if given["message_id"] not in chat.messages:
            raise bad_request("message to react not found")
        return True

    def _own_message(self, given: JsonObject, action: str) -> Message:
        if "chat_id" not in given or "message_id" not in given:
            raise bad_request("message identifier is not specified")
        chat = self.world.chat_for_bot(given["chat_id"])
        message = chat.messages.get(given["message_id"])
        if message is None or message.deleted:
            raise bad_request(f"message to {action} not found")
        if not message.from_bot and (action == "edit" or chat.kind != "private"):
            raise bad_request(f"message can't be {'edited' if action == 'edit' else 'deleted'}")
        return message

    def _change(self, message: Message, content: JsonObject) -> None:
        if all(message.json.get(key) == value for key, value in content.items()):
            raise bad_request(NOT_MODIFIED)
        self._admit(message.chat)
        message.earlier.append(message.text)
        message.json = {key: value for key, value in (message.json | content).items() if value is not None}
        message.json["edit_date"] = message.json["date"]

    def _thread(self, chat: Chat, thread_id: int | None) -> JsonObject:
        if thread_id is None:
            return {}
        if thread_id not in chat.topics:
            raise bad_request("message thread not found")
        return {"message_thread_id": thread_id, "is_topic_message": True}

    def _replied(self, chat: Chat, reply: JsonObject | None) -> JsonObject | None:
        if reply is None:
            return None
        message = chat.messages.get(reply["message_id"])
        if message is None or message.deleted:
            if reply.get("allow_sending_without_reply"):
                return None
            raise bad_request("message to be replied not found")
        if "quote" in reply and reply["quote"] not in message.text:
            raise bad_request("QUOTE_TEXT_INVALID")
        return {key: value for key, value in message.json.items() if key != "reply_to_message"}

    def read_content(self, given: JsonObject, key: str = "text") -> JsonObject:
        """Text, entities and buttons of what the bot sends; *key* names the parameter that holds the text."""
        if "rich_message" in given:
            raise bad_request("rich messages are not played here")
        source, mode = given.get(key, ""), given.get("parse_mode", "")
        if not source:
            raise bad_request("message text is empty")
        entities = given.get("entities")
        if mode.lower() == "html":
            try:
                parsed = parse_html(source)
            except BadHtml as exc:
                raise bad_request(f"can't parse entities: {exc}") from exc
            for slip in parsed.slips:
                self._slip(slip)
            source, entities = parsed.text, parsed.entities
        elif mode:
            raise bad_request("unsupported parse_mode" if mode not in {"Markdown", "MarkdownV2"} else "Markdown is not played here")
        text = source.rstrip()
        if not text.strip():
            raise bad_request("text must be non-empty")
        if len(text) > MAX_TEXT:
            raise bad_request("message is too long")
        end = utf16_length(text)
        kept = [entity | {"length": min(entity["length"], end - entity["offset"])} for entity in entities or [] if entity["offset"] < end]
        return {"text": text, "entities": kept or None, "reply_markup": self._markup(given)}

    def _markup(self, given: JsonObject) -> JsonObject | None:
        """The inline keyboard, checked; other kinds of markup are no part of the message."""
        rows = (given.get("reply_markup") or {}).get("inline_keyboard")
        if not rows:
            return None
        if sum(map(len, rows)) > MAX_BUTTONS:
            raise bad_request("REPLY_MARKUP_TOO_LONG")
        for button in (button for row in rows for button in row):
            check_button(button)
        return {"inline_keyboard": rows}

    # ---- queries

    def answerCallbackQuery(self, given: JsonObject) -> bool:
        query_id = given["callback_query_id"]
        if self.callback_answers.get(query_id, {}) is not None:
            raise bad_request(TOO_OLD)
        if len(given.get("text", "")) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        self.callback_answers[query_id] = given
        return True

    def answerInlineQuery(self, given: JsonObject) -> bool:
        query_id, results = given["inline_query_id"], given["results"]
        if self.inline_answers.get(query_id, {}) is not None:
            raise bad_request(TOO_OLD)
        if len(results) > MAX_INLINE_RESULTS:
            raise bad_request("RESULTS_TOO_MUCH")
        if given.get("is_personal") and given.get("cache_time", 300) > 0:
            raise bad_request("results of one person must not be cached: cache_time must be 0")
        ids = [result["id"] for result in results]
        if any(not 1 <= len(name.encode()) <= 64 for name in ids):
            raise bad_request("RESULT_ID_INVALID")
        if len({*ids}) < len(ids):
            raise bad_request("RESULT_ID_DUPLICATE")
        if len(given.get("next_offset", "").encode()) > 64:
            raise bad_request("NEXT_OFFSET_INVALID")
        for result in results:
            if "title" in result and not result["title"]:
                raise bad_request("ARTICLE_TITLE_EMPTY")
            if "message_text" in result.get("input_message_content", {}):
                self.read_content(result["input_message_content"] | {"reply_markup": result.get("reply_markup")}, "message_text")
        self.inline_answers[query_id] = given
        return True


def check_button(button: JsonObject) -> None:
    """Check an inline button beyond its types.

    Raises:
        BotApiError: 400 in the platform's words where those are known.
    """
    if not button["text"]:
        raise bad_request("can't parse inline keyboard button: text must be non-empty")
    actions = [key for key in button if key not in _NOT_ACTIONS]
    if not actions:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad_request(f"can't parse inline keyboard button: exactly one of {', '.join(actions)} may be used")
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "copy_text" in button and not 1 <= len(button["copy_text"]["text"]) <= MAX_COPY_TEXT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if "url" in button and not re.match(r"(https?|tg)://", button["url"]):
        raise bad_request("BUTTON_URL_INVALID")
