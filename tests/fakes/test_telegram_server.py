"""The tests' Telegram towards a bot: as strict as the platform, and in its words."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_world import Message


def buttons(*row: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(row)]}


def article(number: int, **changes: Any) -> dict[str, Any]:
    return {"type": "article", "id": str(number), "title": "一", "input_message_content": {"message_text": "二"}} | changes


async def say(telegram: TelegramServer, call: Any, text: str = "答", **parameters: Any) -> Message:
    """A message of the bot in a new private chat."""
    chat = telegram.private_chat()
    answer = await call("sendMessage", chat_id=chat.id, text=text, **parameters)
    assert answer["ok"], answer
    return chat.messages[answer["result"]["message_id"]]


# ---- calls


async def test_the_bot_is_told_who_it_is(telegram: TelegramServer, call: Any) -> None:
    me = (await call("getMe"))["result"]
    assert (me["is_bot"], me["username"]) == (True, "wenbao_test_bot")
    telegram.schema.check("User", me)


@pytest.mark.parametrize(("token", "status"), [("1:wrong", 401), ("", 401)])
async def test_a_wrong_token_is_unauthorized(call: Any, token: str, status: int) -> None:
    assert await call("getMe", token=token) == {"ok": False, "error_code": 401, "description": "Unauthorized", "status": status}


async def test_a_method_that_is_not_there_is_a_fault_and_one_switched_off_is_not(telegram: TelegramServer, call: Any) -> None:
    telegram.switch_off("setMyCommands")
    assert (await call("setMyCommands", commands=[]))["status"] == 404
    assert telegram.faults == []
    assert (await call("sendMessages"))["description"] == "Not Found: method not found"
    assert telegram.faults == ["unknown method sendMessages"]


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"parse_mod": "HTML"}, 'there is no parameter "parse_mod"'),
        ({"disable_notification": "yes"}, "disable_notification must be of type Boolean"),
        ({"text": 5}, "text must be of type String"),
        ({"text": ""}, "message text is empty"),
        ({"text": " \n"}, "text must be non-empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "字" * 4097}, "message is too long"),
        ({"text": "<b>一", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
        ({"parse_mode": "BBCode"}, "unsupported parse_mode"),
        ({"reply_markup": buttons({"text": "一", "callback_data": "字" * 22})}, "BUTTON_DATA_INVALID"),
        ({"reply_markup": buttons({"text": "一", "callback_data": ""})}, "BUTTON_DATA_INVALID"),
        ({"reply_markup": buttons({"text": "一", "copy_text": {"text": "字" * 257}})}, "BUTTON_COPY_TEXT_INVALID"),
        (
            {"reply_markup": buttons({"text": "一"})},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"reply_markup": buttons({"text": "一", "url": "https://x.cn", "callback_data": "x"})},
            "can't parse inline keyboard button: exactly one of url, callback_data may be used",
        ),
        ({"message_thread_id": 20}, "message thread not found"),
        ({"reply_parameters": {"message_id": 999}}, "message to be replied not found"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_a_wrong_message_is_turned_down(telegram: TelegramServer, call: Any, parameters: dict[str, Any], description: str) -> None:
    chat = telegram.private_chat()
    answer = await call("sendMessage", **({"chat_id": chat.id, "text": "答"} | parameters))
    assert (answer["status"], answer["error_code"], answer["description"]) == (400, 400, f"Bad Request: {description}")
    assert chat.transcript == []
    assert bool(telegram.faults) != description.endswith("not found")


async def test_a_missing_parameter_is_named(call: Any) -> None:
    assert (await call("sendMessage", text="答"))["description"] == "Bad Request: chat_id is empty"
    assert (await call("answerCallbackQuery"))["description"] == 'Bad Request: parameter "callback_query_id" is required'


async def test_4096_characters_after_entities_are_sent(telegram: TelegramServer, call: Any) -> None:
    message = await say(telegram, call, f"<b>{'&lt;' * 4096}</b>", parse_mode="HTML")
    assert message.text == "<" * 4096
    telegram.check()


async def test_what_the_platform_lets_pass_against_its_rules_is_sent_and_recorded(telegram: TelegramServer, call: Any) -> None:
    assert (await say(telegram, call, "A & B", parse_mode="HTML")).text == "A & B"
    assert telegram.faults == ["a bare & in 'A & B'"]


@pytest.mark.parametrize("kind", ["form", "multipart", "query"])
async def test_parameters_are_read_from_forms_too(telegram: TelegramServer, kind: str) -> None:
    chat = telegram.private_chat()
    given = {"chat_id": str(chat.id), "text": "一 + 二", "reply_markup": json.dumps(buttons({"text": "三", "callback_data": "x"}))}
    url = f"{telegram.api_base}{telegram.token}/sendMessage"
    async with aiohttp.ClientSession() as session:
        if kind == "query":
            request = session.get(url, params=given)
        else:
            form = aiohttp.FormData(given, default_to_multipart=kind == "multipart")
            request = session.post(url, data=form)
        async with request as response:
            assert (await response.json())["ok"]
    assert (chat.bot_messages[0].text, chat.bot_messages[0].button("三")["callback_data"]) == ("一 + 二", "x")
    assert telegram.calls[0].parameters["chat_id"] == chat.id


async def test_commands_are_set_by_scope_and_language(telegram: TelegramServer, call: Any) -> None:
    commands = [{"command": "help", "description": "怎么用"}]
    scope = {"type": "chat", "chat_id": telegram.private_chat().id}
    assert (await call("setMyCommands", commands=commands, scope=scope, language_code="zh"))["result"] is True
    assert (await call("getMyCommands", scope=scope, language_code="zh"))["result"] == commands
    assert (await call("getMyCommands"))["result"] == []
    assert (await call("setMyCommands", commands=[{"command": "帮助", "description": "怎么用"}]))[
        "description"
    ] == "Bad Request: BOT_COMMAND_INVALID"
    assert (await call("setMyCommands", commands=[{"command": "help", "description": ""}]))["description"].endswith("DESCRIPTION_INVALID")
    assert (await call("setMyShortDescription", short_description="字" * 121))["status"] == 400


# ---- edits and deletions


async def test_an_edit_that_changes_nothing_is_turned_down(telegram: TelegramServer, call: Any) -> None:
    message = await say(telegram, call, "<b>一</b>", parse_mode="HTML")
    where = {"chat_id": message.chat.id, "message_id": message.id}
    again = await call("editMessageText", **where, text="<b>一</b>", parse_mode="HTML")
    assert again["description"].startswith("Bad Request: message is not modified")
    assert (await call("editMessageText", **where, text="一"))["ok"]
    assert (message.text, message.entities, message.earlier) == ("一", [], ["一"])
    assert (await call("editMessageReplyMarkup", **where))["status"] == 400
    telegram.check()


async def test_only_messages_of_the_bot_that_exist_can_be_edited(telegram: TelegramServer, call: Any) -> None:
    message = await say(telegram, call)
    where = {"chat_id": message.chat.id, "message_id": message.id}
    theirs = telegram.send_text(message.chat, "问")
    assert (await call("editMessageText", chat_id=message.chat.id, message_id=theirs.id, text="改"))["description"].endswith(
        "can't be edited"
    )
    assert (await call("deleteMessage", **where))["result"] is True
    assert (await call("editMessageText", **where, text="改"))["description"] == "Bad Request: message to edit not found"
    assert (await call("deleteMessage", **where))["description"] == "Bad Request: message to delete not found"
    assert message.chat.transcript == [theirs]


# ---- chats that cannot be written to


async def test_chats_that_cannot_be_written_to_say_why(telegram: TelegramServer, call: Any) -> None:
    person, group, kicked = telegram.private_chat(), telegram.group(), telegram.supergroup()
    telegram.block(person)
    telegram.block(kicked)
    new = telegram.migrate(group)
    assert (await call("sendMessage", chat_id=99, text="答"))["description"] == "Bad Request: chat not found"
    assert await call("sendMessage", chat_id=person.id, text="答") == {
        "ok": False,
        "error_code": 403,
        "status": 403,
        "description": "Forbidden: bot was blocked by the user",
    }
    assert (await call("sendMessage", chat_id=kicked.id, text="答"))["description"] == "Forbidden: bot was kicked from the supergroup chat"
    moved = await call("sendMessage", chat_id=group.id, text="答")
    assert (moved["status"], moved["parameters"]) == (400, {"migrate_to_chat_id": new.id})
    telegram.send_text(person, "/start")
    assert (await call("sendMessage", chat_id=person.id, text="答"))["ok"]


# ---- queries


async def test_a_pressed_button_must_be_answered_and_only_once(telegram: TelegramServer, call: Any) -> None:
    message = await say(telegram, call, reply_markup=buttons({"text": "全文", "callback_data": "full"}))
    query = telegram.press(message, "全文")
    assert telegram.faults == [f"callback query {query.id} is not answered"]
    assert (await call("answerCallbackQuery", callback_query_id=query.id, text="好"))["result"] is True
    assert (await telegram.answered(query))["text"] == "好"
    telegram.check()
    assert (await call("answerCallbackQuery", callback_query_id=query.id))["description"].startswith("Bad Request: query is too old")
    assert (await call("answerCallbackQuery", callback_query_id="1"))["status"] == 400


@pytest.mark.parametrize(
    ("parameters", "description"),
    [
        ({"results": [article(number) for number in range(51)]}, "RESULTS_TOO_MUCH"),
        ({"results": [article(1), article(1)]}, "RESULT_ID_DUPLICATE"),
        ({"results": [article(1, id="x" * 65)]}, "RESULT_ID_INVALID"),
        ({"results": [], "is_personal": True}, "results of one person must not be cached: cache_time must be 0"),
        ({"results": [article(1, input_message_content={"message_text": "字" * 4097})]}, "message is too long"),
        ({"results": [article(1, reply_markup=buttons({"text": "一", "callback_data": "x" * 65}))]}, "BUTTON_DATA_INVALID"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_wrong_inline_answers_are_turned_down(
    telegram: TelegramServer, call: Any, parameters: dict[str, Any], description: str
) -> None:
    query = telegram.inline("复议")
    assert (await call("answerInlineQuery", inline_query_id=query.id, **parameters))["description"] == f"Bad Request: {description}"
    assert (await call("answerInlineQuery", inline_query_id=query.id, results=[article(1)], cache_time=60))["ok"]
    assert len((await telegram.answered(query))["results"]) == 1


# ---- rate limits


async def test_messages_over_the_rate_are_turned_down_with_the_time_to_wait(telegram: TelegramServer, call: Any) -> None:
    async with TelegramServer(rate_limits=True) as limited:
        chats = [limited.private_chat() for _ in range(40)]
        url = f"{limited.api_base}{limited.token}/sendMessage"
        async with aiohttp.ClientSession() as session:

            async def send(chat_id: int) -> dict[str, Any]:
                async with session.post(url, json={"chat_id": chat_id, "text": "答"}) as response:
                    answer: dict[str, Any] = await response.json()
                    return answer

            to_one = [await send(chats[0].id) for _ in range(7)]
            to_all = await asyncio.gather(*(send(chat.id) for chat in chats[1:]))
    assert [answer["ok"] for answer in to_one] == [True] * 5 + [False] * 2
    assert to_one[-1]["error_code"] == 429
    assert 1 <= to_one[-1]["parameters"]["retry_after"] <= 5
    assert sum(answer["ok"] for answer in to_all) == 25
    limited.check()


# ---- faults on purpose


@pytest.mark.parametrize("status", [401, 403, 409, 429, 500, 502, 503, 504])
async def test_an_injected_error_is_met_once_and_nothing_is_done(telegram: TelegramServer, call: Any, status: int) -> None:
    chat = telegram.private_chat()
    injection = telegram.inject(str(status), method="sendMessage", seconds=3)
    assert (await call("getMe"))["ok"]
    answer = await call("sendMessage", chat_id=chat.id, text="答")
    assert (answer["status"], answer["error_code"], injection.done) == (status, status, 1)
    assert answer.get("parameters") == ({"retry_after": 3} if status == 429 else None)
    assert chat.bot_messages == []
    assert (await call("sendMessage", chat_id=chat.id, text="答"))["ok"]
    telegram.check()


@pytest.mark.parametrize(("kind", "sent"), [("reset", 0), ("lost", 1)])
async def test_a_connection_is_cut_before_or_after_the_call_is_done(telegram: TelegramServer, call: Any, kind: str, sent: int) -> None:
    chat, other = telegram.private_chat(), telegram.private_chat()
    telegram.inject(kind, chat=chat)
    assert (await call("sendMessage", chat_id=other.id, text="答"))["ok"]
    with pytest.raises(aiohttp.ClientError):
        await call("sendMessage", chat_id=chat.id, text="答")
    assert len(chat.bot_messages) == sent


async def test_a_timed_out_call_does_nothing(telegram: TelegramServer, call: Any) -> None:
    chat = telegram.private_chat()
    telegram.inject("timeout")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(call("sendMessage", chat_id=chat.id, text="答"), 0.05)
    assert (await call("sendMessage", chat_id=chat.id, text="再答"))["ok"]
    assert [message.text for message in chat.bot_messages] == ["再答"]


async def test_garbage_is_no_json(telegram: TelegramServer, call: Any) -> None:
    telegram.inject("garbage")
    with pytest.raises(aiohttp.ContentTypeError):
        await call("getMe")


async def test_waiting_in_vain_tells_what_was_done(telegram: TelegramServer, call: Any) -> None:
    await call("getMe")
    with pytest.raises(AssertionError, match=r"a miracle; last calls \['getMe'\]"):
        await telegram.wait_for(lambda: None, timeout_s=0.01, what="a miracle")
