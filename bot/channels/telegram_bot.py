"""The bot that python-telegram-bot sends through, with what this channel needs besides."""

from __future__ import annotations

from typing import Any

from telegram import InlineKeyboardMarkup, User
from telegram.error import InvalidToken, TelegramError
from telegram.ext import BaseRateLimiter, ExtBot
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.channels.telegram_faults import Fault, fault_of
from bot.channels.telegram_request import READ_TIMEOUT_S, AiohttpRequest

#: Seconds that the server may hold a request for updates until there are some.
POLL_TIMEOUT_S = 30
#: Kinds of update that the bot does something with.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "inline_query", "my_chat_member")
#: So many chats are answered at once; beyond, a request waits for a connection.
_CONNECTIONS = 128
_NO_PREVIEW = {"is_disabled": True}


class TelegramBot(ExtBot[int]):
    """A bot whose ``repr`` and errors do not show its token, and that hands out updates as they come, unparsed."""

    def __init__(self, token: str, *, api_base: str, limiter: BaseRateLimiter[int]) -> None:
        self._poll_request = AiohttpRequest(connections=1)
        super().__init__(
            token,
            base_url=api_base,
            base_file_url=api_base.removesuffix("bot") + "file/bot",
            request=AiohttpRequest(connections=_CONNECTIONS),
            get_updates_request=self._poll_request,
            rate_limiter=limiter,
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}[{self.own_id}]"

    @property
    def own_id(self) -> str:
        """The bot's user id: what stands before the colon of its token."""
        return self.token.partition(":")[0]

    async def initialize(self) -> None:
        try:
            await super().initialize()
        except InvalidToken as exc:
            # The library writes the token into this error; what the server said is its cause.
            raise InvalidToken(exc.__cause__.message if isinstance(exc.__cause__, TelegramError) else "Unauthorized") from None

    async def get_me(self, **options: Any) -> User:
        """See ``Bot.get_me``; where the server lacks the method, what the token says of the bot: its id, and no name."""
        try:
            return await super().get_me(**options)
        except TelegramError as exc:
            if fault_of(exc) is not Fault.NO_SUCH_METHOD:
                raise
            self._bot_user = User(int(self.own_id), "bot", is_bot=True, username="")
            return self._bot_user

    async def send_html(
        self,
        chat_id: int,
        html: str,
        keyboard: InlineKeyboardMarkup | None = None,
        *,
        thread: int | None = None,
        quoting: int | None = None,
    ) -> int:
        """``send_message`` for what this channel sends and reads of it; that looks through a hundred fields more, on the way out and back.

        Args:
            chat_id: Where to.
            html: The text.
            keyboard: Buttons below it.
            thread: Topic of a forum.
            quoting: Id of the message that it replies to, where that is still there.

        Returns:
            Id of the message.

        Raises:
            TelegramError: If it is refused, or cannot be sent.
        """
        message: dict[str, Any] = {
            "chat_id": chat_id,
            "text": html,
            "parse_mode": "HTML",
            "link_preview_options": _NO_PREVIEW,
        }
        if thread is not None:
            message["message_thread_id"] = thread
        if quoting:
            message["reply_parameters"] = {"message_id": quoting, "allow_sending_without_reply": True}
        if keyboard is not None:
            message["reply_markup"] = keyboard.to_dict()
        assert self.rate_limiter
        sent = await self.rate_limiter.process_request(self._post_message, (message,), {}, "sendMessage", message, None)
        if not isinstance(sent, dict) or not isinstance(sent.get("message_id"), int):
            raise TelegramError("Invalid server response: no message")
        return int(sent["message_id"])

    async def _post_message(self, message: dict[str, Any]) -> Any:
        parameters = [RequestParameter(name, value, None) for name, value in message.items()]
        return await self.request.post(f"{self.base_url}/sendMessage", RequestData(parameters))

    async def fetch_updates(self, offset: int | None) -> list[dict[str, Any]]:
        """Updates from *offset* on, as JSON; those before it are acknowledged. Waits for some, ``POLL_TIMEOUT_S`` at most.

        Raises:
            TelegramError: If they cannot be had.
        """
        wanted = {"offset": offset, "timeout": POLL_TIMEOUT_S, "allowed_updates": list(ALLOWED_UPDATES)}
        parameters = [RequestParameter.from_input(name, value) for name, value in wanted.items() if value is not None]
        read_s = POLL_TIMEOUT_S + READ_TIMEOUT_S
        updates = await self._poll_request.post(f"{self.base_url}/getUpdates", RequestData(parameters), read_timeout=read_s)
        if not isinstance(updates, list) or not all(isinstance(update, dict) and "update_id" in update for update in updates):
            raise TelegramError("Invalid server response: no list of updates")
        return updates
