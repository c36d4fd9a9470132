"""The tests' WeCom keeps its own rules: what it answers, what it refuses, what it lets nobody get away with."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import uvicorn

from bot.channels.wecom_crypto import WeComKeys
from tests.fakes.bare_wecom import create_bare_app
from tests.fakes.wecom_calling import post, verify_address
from tests.fakes.wecom_play import Play, is_answered_again
from tests.fakes.wecom_server import WeComServer

CARD = {
    "card_type": "button_interaction",
    "task_id": "t1",
    "main_title": {"title": "您问的是哪一项?"},
    "button_list": [{"text": "行政复议", "key": "a"}, {"text": "行政诉讼", "key": "b"}],
}


@pytest.fixture
async def wecom() -> AsyncIterator[WeComServer]:
    async with WeComServer() as server:
        yield server


@pytest.fixture
async def call(wecom: WeComServer) -> AsyncIterator[Callable[..., Awaitable[dict[str, Any]]]]:
    """Call a method with the token that gettoken gives; ``token`` and ``query`` by keyword."""
    async with aiohttp.ClientSession() as session:

        async def post_json(path: str, body: dict[str, Any] | None = None, *, token: str | None = None, **query: str) -> dict[str, Any]:
            if token is None:
                given = {"corpid": wecom.corp_id, "corpsecret": wecom.secret}
                async with session.get(f"{wecom.api_base}/cgi-bin/gettoken", params=given) as response:
                    token = (await response.json())["access_token"]
            method = "GET" if body is None else "POST"
            address = f"{wecom.api_base}/cgi-bin/{path}"
            async with session.request(method, address, params={"access_token": token, **query}, json=body) as response:
                return await response.json(content_type=None)  # type: ignore[no-any-return]

        yield post_json


@pytest.fixture
async def bare(wecom: WeComServer) -> AsyncIterator[str]:
    """The bare route, served for real; its address."""
    keys = WeComKeys(wecom.token, wecom.aes_key, wecom.corp_id)
    config = uvicorn.Config(create_bare_app(keys, WeComKeys(wecom.bot_token, wecom.bot_aes_key, "")), log_level="warning")
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


def text(content: str, **more: Any) -> dict[str, Any]:
    return {"touser": "zhangsan", "msgtype": "text", "agentid": WeComServer.agent_id, "text": {"content": content}} | more


async def test_a_token_is_given_again_until_it_ends(wecom, call):
    assert (await call("message/send", text("一")))["errcode"] == 0
    assert (await call("message/send", text("二")))["errcode"] == 0
    assert wecom.api.tokens_given == 1
    wecom.expire_tokens()
    assert (await call("message/send", text("三"), token="access-token-1-of-the-test"))["errcode"] == 42001
    wecom.api.revoke_tokens()
    assert (await call("message/send", text("三"), token="access-token-1-of-the-test"))["errcode"] == 40014
    assert [sent.content for sent in wecom.sent] == ["一", "二"]
    assert (await call("gettoken", None, token="", corpid=wecom.corp_id, corpsecret="wrong"))["errcode"] == 40001
    wecom.check()


@pytest.mark.parametrize(
    ("body", "breach"),
    [
        pytest.param(text("长" * 683), "2049 bytes", id="too long by a byte"),
        pytest.param(text("a", colour="red"), "unknown field colour", id="unknown field"),
        pytest.param(text("a") | {"agentid": str(WeComServer.agent_id)}, "agentid", id="agentid as text"),
        pytest.param(text("a", enable_duplicate_check=1, duplicate_check_interval=20_000), "4 h", id="interval"),
        pytest.param(text("") | {"text": {"content": " "}}, "empty", id="empty"),
    ],
)
async def test_what_the_platform_ignores_or_cuts_is_a_violation(wecom, call, body, breach):
    await call("message/send", body)
    assert breach in " ".join(wecom.violations)


async def test_a_text_that_is_too_long_is_cut_at_bytes(wecom, call):
    await call("message/send", text("长" * 700))
    assert wecom.sent[0].content == "长" * 682


async def test_equal_messages_are_dropped_where_that_was_asked_for(wecom, call):
    for _ in range(3):
        await call("message/send", text("一", enable_duplicate_check=1, duplicate_check_interval=60))
    assert len(wecom.sent) == 1
    assert wecom.api.dropped_as_duplicate == 2
    wecom.check()


async def test_more_than_30_a_minute_for_one_member_are_dropped_without_a_word(wecom, call):
    for number in range(31):
        assert (await call("message/send", text(str(number))))["errcode"] == 0
    assert len(wecom.sent) == 30
    assert "30 a minute" in wecom.violations[0]


@pytest.mark.parametrize(
    ("change", "breach"),
    [
        pytest.param({"button_list": [{"text": str(n), "key": str(n)} for n in range(7)]}, "7 entries", id="7 buttons"),
        pytest.param({"button_list": [{"text": "a", "key": "k"}, {"text": "b", "key": "k"}]}, "a key twice", id="a key twice"),
        pytest.param({"button_list": [{"text": "a", "key": "k" * 1025}]}, "1024 bytes", id="long key"),
        pytest.param({"task_id": "汉"}, "task_id", id="task_id"),
        pytest.param({"colour": "red"}, "unknown field", id="unknown field"),
        pytest.param({"jump_list": [{"type": 3, "title": "问", "question": "问"}]}, "type 3", id="a question, which only robots have"),
    ],
)
async def test_a_card_beyond_the_limits_is_refused(wecom, call, change, breach):
    body = text("") | {"msgtype": "template_card", "template_card": CARD | change}
    del body["text"]
    assert (await call("message/send", body))["errcode"] == 40058
    assert breach in wecom.violations[0]


async def test_a_response_code_updates_a_card_once(wecom, call):
    body = {"touser": "zhangsan", "msgtype": "template_card", "agentid": wecom.agent_id, "template_card": CARD}
    code = (await call("message/send", body))["response_code"]
    update = {"userids": ["zhangsan"], "agentid": wecom.agent_id, "response_code": code, "button": {"replace_name": "已选"}}
    assert (await call("message/update_template_card", update))["errcode"] == 0
    wecom.check()
    assert (await call("message/update_template_card", update))["errcode"] == 40058
    assert "twice" in wecom.violations[0]
    assert [sent.kind for sent in wecom.sent] == ["card", "update"]


async def test_the_menu_is_kept_and_its_limits_are(wecom, call):
    menu = {"button": [{"type": "click", "name": "目录", "key": "/toc"}]}
    assert (await call("menu/create", menu, agentid=str(wecom.agent_id)))["errcode"] == 0
    assert (await call("menu/get", None, agentid=str(wecom.agent_id)))["button"] == menu["button"]
    for wrong in ([], menu["button"] * 4, [{"type": "click", "name": "六个字的名字", "key": "k"}], [{"type": "click", "name": "无"}]):
        assert (await call("menu/create", {"button": wrong}, agentid=str(wecom.agent_id)))["errcode"] == 40058


@pytest.mark.parametrize("kind", ["45009", "45033", "-1", "40014", "500", "garbage", "reset", "lost"])
async def test_faults_are_injected_once_and_then_over(wecom, call, kind):
    wecom.inject(kind, "message/send")
    answer = None
    with contextlib.suppress(aiohttp.ClientError, ValueError):
        answer = await call("message/send", text("一"))
    assert str(answer["errcode"] if answer else kind) == kind
    assert len(wecom.sent) == (kind == "lost")
    assert (await call("message/send", text("二")))["errcode"] == 0


async def test_customers_are_pulled_by_cursor_and_answered_five_times(wecom, call):
    customer = wecom.customer("wm1", "http://127.0.0.1:9")
    for number in range(3):
        customer.write(str(number))
    wecom.desk.page = 2
    first = await call("kf/sync_msg", {"open_kfid": wecom.desk.account})
    second = await call("kf/sync_msg", {"open_kfid": wecom.desk.account, "cursor": first["next_cursor"]})
    assert [m["text"]["content"] for m in first["msg_list"] + second["msg_list"]] == ["0", "1", "2"]
    assert (first["has_more"], second["has_more"]) == (1, 0)
    send = {"touser": "wm1", "open_kfid": wecom.desk.account, "msgtype": "text", "text": {"content": "答"}}
    codes = [(await call("kf/send_msg", send))["errcode"] for _ in range(6)]
    assert codes == [0] * 5 + [95001]
    assert "5 messages" in wecom.violations[0]
    wecom.desk.session("wm1").until = time.monotonic() - 1
    assert (await call("kf/send_msg", send))["errcode"] == 95001


async def test_a_welcome_code_is_good_once_and_a_person_takes_over(wecom, call):
    code = wecom.desk.welcome_code("wm1")
    menu = {"head_content": "您好", "list": [{"type": "click", "click": {"id": "1", "content": "目录"}}]}
    welcome = {"code": code, "msgtype": "msgmenu", "msgmenu": menu}
    assert (await call("kf/send_msg_on_event", welcome))["errcode"] == 0
    assert (await call("kf/send_msg_on_event", welcome))["errcode"] == 95004
    wecom.customer("wm1", "http://127.0.0.1:9").write("人工")
    move = {"open_kfid": wecom.desk.account, "external_userid": "wm1", "service_state": 3, "servicer_userid": "servicer"}
    assert (await call("kf/service_state/trans", move | {"servicer_userid": "nobody"}))["errcode"] == 95014
    assert (await call("kf/service_state/trans", move))["errcode"] == 0
    send = {"touser": "wm1", "open_kfid": wecom.desk.account, "msgtype": "text", "text": {"content": "答"}}
    assert (await call("kf/send_msg", send))["errcode"] == 95018


async def test_members_and_robots_are_answered_through_real_encryption(wecom, bare):
    (answer,) = await wecom.member("zhangsan", bare).ask("复议撤销 <几件> & 几件")
    assert (answer.content, answer.way) == ("复议撤销 <几件> & 几件", "passive")
    reply = await wecom.bot_user("lisi", bare).ask("你好")
    assert (reply.text, reply.polls) == ("你好", 0)
    checked = await verify_address(wecom, f"{bare}/wecom/callback", wecom.app_crypt)
    assert (checked.status, checked.body) == (200, b"1616140317555161061")
    wecom.check()


async def test_a_callback_is_repeated_where_it_fails_and_where_that_was_asked_for(wecom, bare):
    lost = await wecom.member("zhangsan", "http://127.0.0.1:9").send_text("你好")
    assert [response.status for response in lost.responses] == [0, 0, 0]
    delivery = await wecom.member("zhangsan", bare).send_text("你好", times=3, at_once=True)
    assert [response.status for response in delivery.responses] == [200, 200, 200]
    assert is_answered_again(wecom.sent), "the bare route answers each"
    refused = await post(wecom, f"{bare}/wecom/callback", {"msg_signature": "0", "timestamp": "1", "nonce": "2"}, b"<xml/>")
    assert (refused.status, refused.body) == (403, b"")


async def test_a_play_tells_what_was_answered_twice_and_what_was_not(wecom, bare):
    once = (await Play(wecom, base_url=bare, senders=5, seconds=0.3, texts=["一", "二"], repeats=1).run()).to_json()
    assert once["answered"] == once["questions"] > 5
    assert not once["answered_again"]
    again = (await Play(wecom, base_url=bare, senders=5, seconds=0.3, texts=["一", "二"]).run()).to_json()
    assert again["answered_again"]
    nobody = Play(wecom, base_url="http://127.0.0.1:9", senders=2, seconds=0.01, texts=["一"], patience_s=0.05)
    assert (await nobody.run()).to_json()["missing"] == ["一", "一"]
