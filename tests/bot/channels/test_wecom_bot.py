"""The 智能机器人, served for real to the tests' WeCom: what members see of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import texts
from bot.channels import wecom_bot
from bot.channels.text_desk import Said
from bot.channels.wecom_bot import CHANNEL, MAX_STREAM_BYTES, _markdown
from bot.channels.wecom_bot_messages import words_of
from knowledge.library import Library
from tests.bot.channels.wecom_service import Service, serving
from tests.fakes.wecom_server import WeComServer

QUESTION = "复议撤销了几件"
CLAUSE = "撤销2件"
AMBIGUOUS = "搞法治这副担子,头一个该谁来挑"


@pytest.fixture
async def service(wecom: WeComServer, library: Library, tmp_path: Path) -> AsyncIterator[Service]:
    async with serving(wecom, tmp_path, library) as running:
        yield running


async def test_a_question_is_answered_in_one_piece_with_questions_to_tap(wecom, service):
    user = wecom.bot_user("zhangsan", service.url)
    reply = await user.ask(QUESTION)
    assert reply.text.startswith("**")
    assert CLAUSE in reply.text
    assert "一、(四)1 加强行政复议工作" in reply.text
    assert reply.polls == 0
    assert reply.card
    assert len(reply.card.payload["jump_list"]) == 3
    assert texts.ASK_BY_NUMBER not in reply.text  # the card offers them all
    title = reply.card.payload["jump_list"][0]["title"]
    asked = reply.card.payload["jump_list"][0]["question"]
    following = await user.jump(reply.card, title)
    assert asked.split()[0] in following.text
    await service.finished(CHANNEL)


async def test_a_number_asks_what_the_card_offers(wecom, service):
    user = wecom.bot_user("zhangsan", service.url)
    reply = await user.ask(QUESTION)
    assert reply.card
    await service.finished(CHANNEL)
    asked = reply.card.payload["jump_list"][1]["question"]
    assert asked.split()[0] in (await user.ask("2")).text


async def test_choices_are_buttons_and_a_tap_puts_the_answer_in_their_place(wecom, service):
    user = wecom.bot_user("zhangsan", service.url)
    reply = await user.ask(AMBIGUOUS)
    assert reply.card
    assert reply.card.payload["card_type"] == "button_interaction"
    second = reply.card.buttons[1]
    updated = await user.tap(reply.card, second["key"])
    assert updated.card
    assert updated.card.payload["quote_area"]["quote_text"]
    assert updated.replies[0]["userids"] == ["zhangsan"]
    assert updated.feedback_id
    assert await service.state.load_reply(updated.feedback_id)
    await service.finished(CHANNEL)


async def test_a_button_that_nobody_knows_says_so(wecom, service):
    user = wecom.bot_user("zhangsan", service.url)
    reply = await user.ask(AMBIGUOUS)
    assert reply.card
    reply.card.buttons[0]["key"] = "x:y"
    assert (await user.tap(reply.card, "x:y")).card.content == texts.PRESS_UNKNOWN


async def test_who_taps_too_fast_can_tap_again(wecom, library, tmp_path):
    async with serving(wecom, tmp_path, library, rate_limit=1) as service:
        user = wecom.bot_user("zhangsan", service.url)
        reply = await user.ask(AMBIGUOUS)
        key = reply.card.buttons[0]["key"]
        updated = await user.tap(reply.card, key)
        assert updated.card.payload["sub_title_text"] == texts.RATE_LIMITED
        assert updated.card.buttons[0]["key"] == key


async def test_a_follow_up_is_understood_alone_and_in_a_group_by_member(wecom, service):
    alone = wecom.bot_user("zhangsan", service.url)
    in_group = wecom.bot_user("zhangsan", service.url, chat="g1")
    other = wecom.bot_user("lisi", service.url, chat="g1")
    await alone.ask("复议维持了几件")
    await service.finished(CHANNEL)
    assert CLAUSE in (await alone.ask("那撤销的呢")).text
    assert texts.NO_CONTEXT in (await in_group.ask("下一条")).text
    await in_group.ask("复议维持了几件")
    await service.finished(CHANNEL)
    assert "一、(四)2" in (await in_group.ask("下一条")).text
    assert texts.NO_CONTEXT in (await other.ask("下一条")).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/help", "怎么用"),
        ("帮助", "怎么用"),
        ("目录", "目录"),
        ("查数 复议", "22件"),
        ("核对 复议23件", texts.CHECK_REFUTED),
        ("原文 一(四)1", "加强行政复议工作"),
        ("红烧肉怎么做", "答不了"),
        ("/privacy", "保存"),
        ("/reload", texts.ADMINS_ONLY),
    ],
)
async def test_commands_work_as_text(wecom, service, text, expected):
    assert expected in (await wecom.bot_user("zhangsan", service.url).ask(text)).text


async def test_in_a_group_the_name_is_no_part_of_the_question_and_alone_asks_for_help(wecom, service):
    user = wecom.bot_user("zhangsan", service.url, chat="g1")
    assert CLAUSE in (await user.ask(QUESTION)).text
    assert "怎么用" in (await user.ask("")).text


@pytest.mark.parametrize("words", ["核对", "对吗?", "这是真的吗", "是真的吗"])
async def test_what_is_quoted_is_checked(wecom, service, words):
    user = wecom.bot_user("zhangsan", service.url, chat="g1")
    reply = await user.send_text(words, quote="2019年办理行政复议案件23件")
    assert texts.CHECK_REFUTED in reply.text


async def test_a_quoted_question_is_answered_and_a_question_beside_a_quote_stands_by_itself(wecom, service):
    user = wecom.bot_user("zhangsan", service.url, chat="g1")
    assert CLAUSE in (await user.send_text("", quote=QUESTION)).text
    assert CLAUSE in (await user.send_text(QUESTION, quote="今天吃什么")).text


async def test_nobody_is_called_by_an_answer(wecom, service):
    user = wecom.bot_user("zhangsan", service.url, chat="g1")
    reply = await user.send_text("核对", quote="<@all>复议23件")
    assert "all" in reply.text
    assert "<@" not in reply.text


async def test_voice_and_mixed_messages_are_read_and_pictures_get_a_word_once(wecom, service):
    user = wecom.bot_user("zhangsan", service.url)
    assert CLAUSE in (await user.send_voice(QUESTION)).text
    assert CLAUSE in (await user.send_mixed(QUESTION)).text
    assert (await user.send_image()).text == texts.ONLY_TEXT_OF.format(kind=texts.ONLY_TEXT_KINDS["photo"])
    assert (await user.send_file()).replies == []
    await service.finished(CHANNEL)


async def test_the_first_entry_of_all_explains_and_later_ones_greet(wecom, service):
    user = wecom.bot_user("zhangsan", service.url)
    assert "怎么用" in (await user.enter_chat()).text
    assert (await user.enter_chat()).text == texts.GREETING
    await service.finished(CHANNEL)


async def test_feedback_is_kept_with_its_reason_and_words(wecom, service):
    user = wecom.bot_user("zhangsan", service.url)
    reply = await user.ask(QUESTION)
    await user.feedback(reply.feedback_id, 2, reasons=(2,), content="还差一件")
    (kept,) = await service.state.questions_for_review()
    assert (kept.question, kept.comment) == (QUESTION, "没答全 还差一件")
    await user.feedback(reply.feedback_id, 3)  # taken back
    assert await service.state.questions_for_review() == []
    await user.feedback(reply.feedback_id, 2)
    assert [kept.comment for kept in await service.state.questions_for_review()] == [""]
    await user.feedback(reply.feedback_id, 1)
    assert await service.state.questions_for_review() == []


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_message_delivered_again_is_answered_once(wecom, service, at_once):
    user = wecom.bot_user("zhangsan", service.url)
    reply = await user.ask(QUESTION, times=3, at_once=at_once, anew=True)
    assert len(reply.replies) == 1
    assert [response.status for response in reply.delivery.responses] == [200] * 3


async def test_two_processes_answer_a_message_once_between_them(wecom, service, library, tmp_path):
    async with serving(wecom, tmp_path, library) as other:
        asked = [wecom.bot_user("zhangsan", url).ask(QUESTION, msgid="m1") for url in (service.url, other.url)]
        replies = await asyncio.gather(*asked)
    assert sorted(len(reply.replies) for reply in replies) == [0, 1]


async def test_an_answer_whose_connection_had_gone_comes_by_the_response_url(wecom, service, monkeypatch):
    slow = wecom_bot.WeComBot._respond

    async def respond(self, *args):
        await asyncio.sleep(0.3)
        return await slow(self, *args)

    monkeypatch.setattr(wecom_bot.WeComBot, "_respond", respond)
    user = wecom.bot_user("zhangsan", service.url)
    wecom.deliveries = 1
    await user.ask(QUESTION, patience_s=0.1)
    await wecom.wait_for(lambda: user.got, what="the answer at the response_url")
    assert [(sent.kind, CLAUSE in sent.content) for sent in user.got] == [("markdown", True)]
    await service.finished(CHANNEL)
    assert CLAUSE not in (await user.ask("2")).text  # what was offered below it is asked by its number


async def test_an_answer_that_takes_too_long_is_finished_when_wecom_asks_again(wecom, service, monkeypatch):
    slow = wecom_bot.WeComBot._respond

    async def respond(self, *args):
        await asyncio.sleep(0.5)
        return await slow(self, *args)

    monkeypatch.setattr(wecom_bot.WeComBot, "_respond", respond)
    monkeypatch.setattr(wecom_bot, "RESPONSE_LIMIT_S", 0.1)
    reply = await wecom.bot_user("zhangsan", service.url).ask(QUESTION)
    assert reply.polls
    assert CLAUSE in reply.text
    assert reply.replies[0]["stream"]["content"] == texts.STILL_LOOKING
    await service.finished(CHANNEL)


async def test_what_an_earlier_process_did_not_finish_is_answered_at_the_start(wecom, library, tmp_path):
    async with serving(wecom, tmp_path, library) as service:
        user = wecom.bot_user("zhangsan", service.url)
        url = f"{wecom.api_base}/response/m1"
        payload = {"msgid": "m1", "aibotid": wecom.bot_id, "chattype": "single", "from": {"userid": "zhangsan"}, "response_url": url}
        payload |= {"msgtype": "text", "text": {"content": QUESTION}}
        await service.state.admit(CHANNEL, f"{wecom.bot_id}:m1", json.dumps(payload))
    wecom.response_urls["m1"] = "zhangsan"
    async with serving(wecom, tmp_path, library) as service:
        await wecom.wait_for(lambda: user.got)
        await service.finished(CHANNEL)
    async with serving(wecom, tmp_path, library):
        await asyncio.sleep(0)
    assert len(user.got) == 1
    assert CLAUSE in user.got[0].content


async def test_a_response_url_that_is_refused_is_given_up(wecom, library, tmp_path):
    async with serving(wecom, tmp_path, library) as service:
        payload = {"msgid": "m1", "aibotid": "b", "from": {"userid": "u"}, "response_url": f"{wecom.api_base}/response/gone"}
        await service.state.admit(CHANNEL, "b:m1", json.dumps(payload | {"msgtype": "text", "text": {"content": QUESTION}}))
    async with serving(wecom, tmp_path, library) as service:
        await service.finished(CHANNEL)
    assert wecom.violations == ["response_url: unknown, or used twice"]
    wecom.violations.clear()


async def test_a_stream_that_nobody_began_is_ended(wecom, service):
    user = wecom.bot_user("zhangsan", service.url)
    reply = await user._message("stream", {"stream": {"id": "unknown"}}, {})
    assert reply.text == texts.FAILED


async def test_ids_of_people_stand_nowhere_once_answered(wecom, service, tmp_path):
    user = wecom.bot_user("wang.xiaoming", service.url, chat="group-of-many")
    await user.ask(QUESTION)
    await service.finished(CHANNEL)
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as db:
        tables = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
        rows = [row for table in tables for row in db.execute(f"select * from {table}")]
    assert "inbox" in tables
    assert "wang.xiaoming" not in repr(rows)
    assert "group-of-many" not in repr(rows)


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"msgtype": "text", "text": {"content": "复议"}}, "复议"),
        ({"msgtype": "text", "text": {"content": "@张三 复议"}}, "@张三 复议"),
        ({"msgtype": "text", "chattype": "group", "text": {"content": "请问 @问报\u2005复议几件"}}, "请问  复议几件"),
        ({"msgtype": "text", "chattype": "group", "text": {"content": "@问报"}}, "/help"),
        ({"msgtype": "text", "text": {"content": "a\ud800\0b"}}, "ab"),
        ({"msgtype": "text", "text": {"content": "原文"}, "quote": {"msgtype": "text", "text": {"content": "一(四)1"}}}, "原文 一(四)1"),
        ({"msgtype": "text", "text": {"content": "/stats"}, "quote": {"msgtype": "text", "text": {"content": "x"}}}, "/stats"),
        ({"msgtype": "text", "text": ["复议"]}, ""),
        ({"msgtype": "text"}, ""),
        ({"msgtype": "mixed", "mixed": {"msg_item": [None, 3, {"msgtype": "text", "text": {"content": "复议"}}]}}, "复议"),
        ({"msgtype": "image", "image": {"content": "复议"}}, ""),
    ],
)
def test_words_of_any_message(payload, words):
    assert words_of(payload) == words


def test_a_very_long_answer_fits_the_stream():
    written = _markdown(Said("长" * 20_000), None)
    assert len(written.encode()) <= MAX_STREAM_BYTES
    assert written.endswith(texts.SHORTENED)
