"""Methods of the Bot API about the bot itself and its updates, as the tests' Telegram plays them."""

from __future__ import annotations

import re
from typing import Any

from tests.fakes.telegram_updates import Updates, Webhook
from tests.fakes.telegram_world import JsonObject, World, bad_request


class BotMethods:
    """What the bot is called, offers and is told of. Each method takes checked parameters and returns the ``result``.

    Attributes:
        settings: What was set: commands by scope and language, descriptions, the menu button.
    """

    world: World
    updates: Updates

    def __init__(self) -> None:
        self.settings: dict[tuple[Any, ...], Any] = {}

    # ---- about the bot

    def getMe(self, given: JsonObject) -> JsonObject:
        return self.world.bot.to_json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": True,
            "supports_inline_queries": True,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def setMyCommands(self, given: JsonObject) -> bool:
        commands = given["commands"]
        if len(commands) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"/?[a-z0-9_]{1,32}", command["command"]):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self.settings["commands", *self._scope(given)] = commands
        return True

    def getMyCommands(self, given: JsonObject) -> list[JsonObject]:
        return list(self.settings.get(("commands", *self._scope(given)), []))

    def deleteMyCommands(self, given: JsonObject) -> bool:
        self.settings.pop(("commands", *self._scope(given)), None)
        return True

    def _scope(self, given: JsonObject) -> tuple[str, int | str, str]:
        """Kind of scope, its chat (0 for none) and the language."""
        language = given.get("language_code", "")
        if language and not re.fullmatch(r"[a-z]{2}", language):
            raise bad_request("invalid language code specified")
        scope = given.get("scope") or {"type": "default"}
        chat_id = scope.get("chat_id", 0)
        if chat_id:
            self.world.chat_for_bot(chat_id)
        return scope["type"], chat_id, language

    def setMyDescription(self, given: JsonObject) -> bool:
        return self._set_words("description", given, 512, "BOT_DESCRIPTION_INVALID")

    def setMyShortDescription(self, given: JsonObject) -> bool:
        return self._set_words("short_description", given, 120, "BOT_SHORT_DESCRIPTION_INVALID")

    def setMyName(self, given: JsonObject) -> bool:
        return self._set_words("name", given, 64, "BOT_TITLE_INVALID")

    def _set_words(self, name: str, given: JsonObject, longest: int, problem: str) -> bool:
        words = given.get(name, "")
        if len(words) > longest:
            raise bad_request(problem)
        self.settings[name, self._scope({"language_code": given.get("language_code", "")})[2]] = words
        return True

    def getMyDescription(self, given: JsonObject) -> JsonObject:
        return {"description": self.settings.get(("description", given.get("language_code", "")), "")}

    def getMyShortDescription(self, given: JsonObject) -> JsonObject:
        return {"short_description": self.settings.get(("short_description", given.get("language_code", "")), "")}

    def getMyName(self, given: JsonObject) -> JsonObject:
        return {"name": self.settings.get(("name", given.get("language_code", "")), self.world.bot.first_name)}

    def setChatMenuButton(self, given: JsonObject) -> bool:
        self.settings["menu_button", given.get("chat_id", 0)] = given.get("menu_button", {"type": "default"})
        return True

    def getChatMenuButton(self, given: JsonObject) -> JsonObject:
        return dict(self.settings.get(("menu_button", given.get("chat_id", 0)), {"type": "default"}))

    def setMyDefaultAdministratorRights(self, given: JsonObject) -> bool:
        return True

    # ---- updates

    async def getUpdates(self, given: JsonObject) -> list[JsonObject]:
        limit, timeout_s = given.get("limit", 100), given.get("timeout", 0)
        if not 1 <= limit <= 100:
            limit = 100
        self._set_allowed(given)
        return await self.updates.poll(given.get("offset", 0), limit, max(0, min(timeout_s, 50)))

    async def setWebhook(self, given: JsonObject) -> bool:
        url, secret = given["url"], given.get("secret_token", "")
        if url and not re.match(r"https://[^/]+|http://(127\.0\.0\.1|localhost)[:/]", url):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise bad_request("secret token contains unallowed characters")
        self._set_allowed(given)
        webhook = Webhook(url, secret, given.get("max_connections", 40))
        await self.updates.set_webhook(webhook, drop_pending=given.get("drop_pending_updates", False))
        return True

    async def deleteWebhook(self, given: JsonObject) -> bool:
        await self.updates.set_webhook(Webhook(), drop_pending=given.get("drop_pending_updates", False))
        return True

    def getWebhookInfo(self, given: JsonObject) -> JsonObject:
        webhook = self.updates.webhook
        info: JsonObject = {"url": webhook.url, "has_custom_certificate": False, "pending_update_count": len(self.updates.pending)}
        if webhook.url:
            info |= {"max_connections": webhook.max_connections, "ip_address": "127.0.0.1"}
        if webhook.last_error:
            info |= {"last_error_date": webhook.last_error_at, "last_error_message": webhook.last_error}
        if self.updates.allowed is not None:
            info["allowed_updates"] = sorted(self.updates.allowed)
        return info

    def _set_allowed(self, given: JsonObject) -> None:
        if "allowed_updates" in given:
            self.updates.allowed = set(given["allowed_updates"]) or None

    def logOut(self, given: JsonObject) -> bool:
        return True

    def close(self, given: JsonObject) -> bool:
        return True
