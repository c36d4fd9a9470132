"""Updates from the tests' Telegram: of the published shape, fetched or posted as the platform does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from tests.fakes.telegram_server import TelegramServer


def ids(answer: dict[str, Any]) -> list[int]:
    return [update["update_id"] for update in answer["result"]]


def act(telegram: TelegramServer) -> None:
    """Everything that people can do, once."""
    person, group, forum = telegram.private_chat(), telegram.group(), telegram.supergroup(topics=("复议", "调解"))
    question = telegram.start(person, "s-1.4.1")
    telegram.edit(question, "/help")
    telegram.send_text(group, "没有事", reply_to=telegram.mention(group, "复议维持了几件?"))
    telegram.send_text(forum, "/toc@wenbao_test_bot", topic=20)
    for send in (telegram.send_voice, telegram.send_photo, telegram.send_document, telegram.send_sticker, telegram.send_location):
        send(person)
    said = telegram.world.add_message(
        person, telegram.world.bot, 0.0, text="答", reply_markup={"inline_keyboard": [[{"text": "全文", "callback_data": "x"}]]}
    )
    telegram.press(said, "全文")
    telegram.inline("复议")
    telegram.add_bot(group)
    telegram.block(person)
    telegram.migrate(group)


async def test_updates_are_of_the_published_shape(telegram: TelegramServer, call: Any) -> None:
    act(telegram)
    answer = await call("getUpdates")
    for update in answer["result"]:
        telegram.schema.check("Update", update)
    kinds = [next(key for key in update if key != "update_id") for update in answer["result"]]
    assert {*kinds} == {"message", "edited_message", "callback_query", "inline_query", "my_chat_member"}
    assert len(kinds) == 16


async def test_commands_and_mentions_are_marked_as_the_platform_does(telegram: TelegramServer) -> None:
    message = telegram.send_text(telegram.group(), "/toc@wenbao_test_bot 看 @wenbao_test_bot a@b.cn 1/2")
    assert message.entities == [
        {"type": "bot_command", "offset": 0, "length": 20},
        {"type": "mention", "offset": 23, "length": 16},
    ]


async def test_an_offset_acknowledges_what_came_before_it(telegram: TelegramServer, call: Any) -> None:
    chat = telegram.private_chat()
    for text in "一二三四":
        telegram.send_text(chat, text)
    first = ids(await call("getUpdates", limit=2))
    assert ids(await call("getUpdates", limit=2)) == first
    rest = ids(await call("getUpdates", offset=first[-1] + 1))
    assert rest == [first[-1] + 1, first[-1] + 2]
    assert ids(await call("getUpdates", offset=-1)) == rest[-1:]
    assert ids(await call("getUpdates", offset=rest[-1] + 1)) == []
    await telegram.quiet()


async def test_a_long_poll_ends_with_the_first_update(telegram: TelegramServer, call: Any) -> None:
    poll = asyncio.create_task(call("getUpdates", timeout=50))
    await telegram.wait_for(lambda: telegram.updates.has_poller)
    message = telegram.send_text(telegram.private_chat(), "问")
    assert (await poll)["result"][0]["message"] == message.json
    assert message.delivered_at is not None


async def test_a_second_poller_puts_the_first_out(telegram: TelegramServer, call: Any) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=50))
    await telegram.wait_for(lambda: telegram.updates.has_poller)
    second = asyncio.create_task(call("getUpdates", timeout=50))
    answer = await first
    assert (answer["status"], answer["description"][:41]) == (409, "Conflict: terminated by other getUpdates ")
    telegram.send_text(telegram.private_chat(), "问")
    assert len(ids(await second)) == 1


async def test_only_the_kinds_asked_for_are_delivered(telegram: TelegramServer, call: Any) -> None:
    await call("getUpdates", allowed_updates=["message"])
    chat = telegram.private_chat()
    telegram.edit(telegram.send_text(chat, "问"), "再问")
    assert len(ids(await call("getUpdates"))) == 1
    await call("getUpdates", allowed_updates=[])
    telegram.edit(telegram.send_text(chat, "问"), "再问")
    assert len(ids(await call("getUpdates"))) == 3


async def test_a_duplicate_comes_again_after_it_was_acknowledged(telegram: TelegramServer, call: Any) -> None:
    telegram.inject("duplicate")
    chat = telegram.private_chat()
    telegram.send_text(chat, "一")
    telegram.send_text(chat, "二")
    first = ids(await call("getUpdates"))
    assert len(first) == 2
    assert ids(await call("getUpdates", offset=first[-1] + 1)) == first[:1]
    assert ids(await call("getUpdates", offset=first[-1] + 1)) == []


async def test_a_reordered_update_comes_after_the_next(telegram: TelegramServer, call: Any) -> None:
    telegram.inject("reorder")
    for text in "一二三":
        telegram.send_text(telegram.private_chat(), text)
    assert [update["message"]["text"] for update in (await call("getUpdates"))["result"]] == ["二", "一", "三"]


# ---- webhook


class Hook:
    """A bot's webhook that answers with the statuses it is given, then 200."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.got: list[tuple[int, str, str]] = []
        self.url = ""

    async def handle(self, request: web.BaseRequest) -> web.Response:
        update = await request.json()
        status = self.statuses.pop(0) if self.statuses else 200
        self.got.append((status, update["message"]["text"], request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")))
        return web.Response(status=status)


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    runner = web.ServerRunner(web.Server(hook.handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/telegram/webhook"
    yield hook
    await runner.cleanup()


async def test_a_webhook_gets_updates_until_it_takes_them(telegram: TelegramServer, call: Any, hook: Hook) -> None:
    hook.statuses = [500, 403]
    telegram.updates.retry_s = 0.001
    chat = telegram.private_chat()
    telegram.send_text(chat, "一")
    await call("setWebhook", url=hook.url, secret_token="s3cret")
    telegram.send_text(chat, "二")
    await telegram.quiet()
    assert hook.got == [(500, "一", "s3cret"), (403, "一", "s3cret"), (200, "一", "s3cret"), (200, "二", "s3cret")]
    info = (await call("getWebhookInfo"))["result"]
    telegram.schema.check("WebhookInfo", info)
    assert (info["url"], info["pending_update_count"]) == (hook.url, 0)
    assert info["last_error_message"] == "Wrong response from the webhook: 403 Forbidden"


async def test_no_polling_while_a_webhook_is_set(telegram: TelegramServer, call: Any, hook: Hook) -> None:
    poll = asyncio.create_task(call("getUpdates", timeout=50))
    await telegram.wait_for(lambda: telegram.updates.has_poller)
    await call("setWebhook", url=hook.url)
    assert (await poll)["status"] == 409
    assert (await call("getUpdates"))["description"].startswith("Conflict: can't use getUpdates method while webhook is active")
    await call("deleteWebhook")
    assert (await call("getUpdates"))["ok"]
    assert (await call("getWebhookInfo"))["result"]["url"] == ""


async def test_a_duplicate_is_posted_twice(telegram: TelegramServer, call: Any, hook: Hook) -> None:
    await call("setWebhook", url=hook.url)
    telegram.inject("duplicate")
    telegram.send_text(telegram.private_chat(), "一")
    await telegram.wait_for(lambda: len(hook.got) == 2)


@pytest.mark.parametrize(
    "parameters",
    [{"url": "http://example.com/hook"}, {"url": "https://example.com/hook", "secret_token": "a b"}],
    ids=["plain HTTP", "secret"],
)
async def test_a_wrong_webhook_is_turned_down(telegram: TelegramServer, call: Any, parameters: dict[str, str]) -> None:
    assert (await call("setWebhook", **parameters))["status"] == 400
    assert telegram.updates.webhook.url == ""


async def test_pending_updates_can_be_dropped(telegram: TelegramServer, call: Any) -> None:
    act(telegram)
    await call("deleteWebhook", drop_pending_updates=True)
    assert ids(await call("getUpdates")) == []
