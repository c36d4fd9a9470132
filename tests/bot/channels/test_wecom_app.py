"""The WeCom application from end to end in one process: real HTTP both ways, a strict platform, a real state store."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import generate_latest

from bot import texts
from bot.channels import wecom_callback, wecom_client, wecom_delivery
from bot.channels.text_desk import TextDesk
from bot.channels.wecom_gate import CallbackGate
from bot.errors import StateError
from bot.state.sqlite import SqliteState
from knowledge.library import Library
from tests.bot.channels.wecom_service import Service, serving
from tests.fakes.wecom_people import Member
from tests.fakes.wecom_server import WeComServer

QUESTION, ANSWER = "行政复议维持了几件?", "维持9件"
#: A question of several readings, the second of them, and what that is answered with.
UNCLEAR, SECOND, SECOND_ANSWER = "建设", "一、(六)2 督察落实", "依法行政工作督察"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """For the state alone: the release is given."""
    return tmp_path


@pytest.fixture
async def service(wecom: WeComServer, library: Library, data_dir: Path) -> AsyncIterator[Service]:
    async with serving(wecom, data_dir, library, wecom_admins=("boss",)) as running:
        yield running


@pytest.fixture
def member(wecom: WeComServer, service: Service) -> Member:
    return wecom.member("zhangsan", service.url)


def ways(member: Member) -> list[tuple[str, str]]:
    return [(sent.way, sent.kind) for sent in member.got]


async def test_a_question_is_answered_in_the_response_without_a_request(wecom: WeComServer, member: Member, service: Service) -> None:
    (answer,) = await member.ask(QUESTION)
    assert ANSWER in answer.content
    assert answer.way == "passive"
    await service.finished("wecom")
    assert wecom.calls == []


@pytest.mark.parametrize("calling", [{"times": 3}, {"times": 3, "anew": True}, {"times": 3, "at_once": True, "anew": True}], ids=str)
async def test_what_is_delivered_again_is_answered_once(member: Member, service: Service, calling: dict[str, Any]) -> None:
    delivery = await member.send_text(QUESTION, **calling)
    assert [response.status for response in delivery.responses] == [200, 200, 200]
    await service.finished("wecom")
    assert ways(member) == [("passive", "text")]


@pytest.mark.parametrize(("calling", "opened"), [({}, 1), ({"at_once": True}, 1), ({"anew": True}, 3)], ids=str)
async def test_what_comes_again_byte_for_byte_is_not_opened_again(
    member: Member, service: Service, calling: dict[str, Any], opened: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_it, count = CallbackGate.open, 0

    def counting(*args: Any) -> Any:
        nonlocal count
        count += 1
        return open_it(*args)

    monkeypatch.setattr(CallbackGate, "open", counting)
    delivery = await member.send_text(QUESTION, times=3, **calling)
    assert [response.status for response in delivery.responses] == [200, 200, 200]
    assert (len(member.got), count) == (1, opened)


async def test_what_could_not_be_kept_is_acknowledged_by_no_repeat_that_waited_for_it(
    member: Member, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit, fail = service.state.admit, [True]

    async def failing_once(*args: str) -> bool:
        await asyncio.sleep(0.05)  # until the repeats are here
        if fail and fail.pop():
            raise StateError("the disk is full")
        return await admit(*args)

    monkeypatch.setattr(service.state, "admit", failing_once)
    delivery = await member.send_text(QUESTION, times=3, at_once=True)
    assert sorted(response.status for response in delivery.responses) == [200, 200, 503]
    await service.finished("wecom")
    assert ways(member) == [("passive", "text")]


async def test_two_processes_answer_a_message_once_between_them(
    wecom: WeComServer, member: Member, service: Service, data_dir: Path, library: Library
) -> None:
    async with serving(wecom, data_dir, library) as second:
        other = wecom.member("zhangsan", second.url)
        await asyncio.gather(member.send("text", Content=QUESTION, msgid="77"), other.send("text", Content=QUESTION, msgid="77"))
        await service.finished("wecom")
    assert ways(member) == [("passive", "text")]


async def test_an_answer_that_is_late_is_sent(
    wecom: WeComServer, member: Member, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wecom_callback, "PASSIVE_LIMIT_S", 0.0)
    (answer,) = await member.ask(QUESTION)
    assert (answer.way, ANSWER in answer.content) == ("active", True)
    await service.finished("wecom")
    assert len(member.got) == 1


async def test_an_answer_whose_caller_has_hung_up_is_sent(
    wecom: WeComServer, member: Member, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_it = TextDesk.respond
    go_on = asyncio.Event()

    async def held(*args: Any, **kwargs: Any) -> Any:
        await go_on.wait()
        return await answer_it(*args, **kwargs)

    monkeypatch.setattr(TextDesk, "respond", held)
    wecom.deliveries = 1
    delivery = await member.send_text(QUESTION, patience_s=0.2)
    assert delivery.responses[0].status == 0
    go_on.set()
    (answer,) = await member.wait_for(1)
    assert (answer.way, ANSWER in answer.content) == ("active", True)


async def test_what_does_not_fit_comes_in_numbered_parts(member: Member, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wecom_delivery, "said_parts", lambda said, asked="": [f"({n}/3)\n{said.text[:20]}" for n in (1, 2, 3)])
    await member.ask(QUESTION)
    await service.finished("wecom")
    assert [(sent.way, sent.content[:5]) for sent in member.got] == [("active", "(1/3)"), ("active", "(2/3)"), ("active", "(3/3)")]


async def test_a_members_messages_are_answered_in_order_and_with_their_context(member: Member, service: Service) -> None:
    await asyncio.gather(*(member.send("text", Content=text, msgid=str(n)) for n, text in enumerate([QUESTION, "那撤销的呢"])))
    await service.finished("wecom")
    assert len(member.got) == 2
    (third,) = await member.ask("那撤销的呢")
    assert "撤销2件" in third.content


async def test_what_an_earlier_process_took_in_is_answered_by_a_request(
    wecom: WeComServer, library: Library, data_dir: Path, member: Member, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = {"ToUserName": wecom.corp_id, "FromUserName": "lisi", "MsgType": "text", "Content": QUESTION, "MsgId": "5", "AgentID": "1"}
    earlier = SqliteState(data_dir / "state.db", retention_days=180)
    await earlier.admit("wecom", f"{wecom.agent_id}:5", json.dumps(payload))
    await earlier.close()
    async with serving(wecom, data_dir, library):
        (answer,) = await wecom.member("lisi", service.url).wait_for(1)
        await service.finished("wecom")
    assert (answer.way, ANSWER in answer.content) == ("active", True)


async def test_what_another_process_is_answering_is_left_to_it(
    wecom: WeComServer, member: Member, service: Service, library: Library, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wecom_callback, "PASSIVE_LIMIT_S", 0.0)
    wecom.inject("slow", "message/send", seconds=1.5)
    await member.send_text(QUESTION)
    async with serving(wecom, data_dir, library):
        assert len(await service.state.unfinished("wecom")) == 1
        await member.wait_for(1)
        await service.finished("wecom")
    assert len(wecom.calls_of("message/send")) == 1


async def test_an_unclear_question_gives_a_numbered_text_and_a_card_of_which_a_tap_asks(member: Member, service: Service) -> None:
    await member.send_text(UNCLEAR)
    text, card = sorted(await member.wait_for(2), key=lambda sent: sent.kind == "card")
    assert (text.way, f"2. {SECOND}" in text.content) == ("passive", True)
    assert [button["text"][0] for button in card.buttons] == ["1", "2", "3"]
    await member.tap(card, "2 ")
    update, answer = (await member.wait_for(4))[2:]
    assert (update.kind, update.content) == ("update", texts.CARD_CHOSEN.format(question=SECOND))
    assert answer.content.startswith(f"▸ {SECOND}\n")
    assert SECOND_ANSWER in answer.content
    await service.finished("wecom")


async def test_a_number_asks_what_was_offered_under_it(member: Member, service: Service) -> None:
    await member.ask(UNCLEAR)
    await service.finished("wecom")
    before = len(member.got)
    answer = next(sent for sent in (await member.ask(" ２。")) if sent.kind == "text")
    assert SECOND_ANSWER in answer.content
    assert len(member.got) == before + 1


async def test_feedback_by_words_by_card_and_with_a_reason(member: Member, service: Service) -> None:
    assert [sent.content for sent in await member.ask("反馈")] == [texts.FEEDBACK_NO_REPLY]
    await member.ask(QUESTION)
    assert [sent.content for sent in await member.ask("反馈 有用")] == [texts.FEEDBACK_THANKS]
    await member.ask("/feedback")
    await member.wait_for(5)
    card = next(sent for sent in member.got if sent.kind == "card")
    await member.tap(card, "没用")
    reasons = (await member.wait_for(6))[-1]
    assert {button["text"] for button in reasons.buttons} == set(texts.FEEDBACK_REASONS.values())
    await member.tap(reasons, "没答全")
    assert (await member.wait_for(7))[-1].content == texts.CARD_JUDGED
    await service.finished("wecom")
    (kept,) = await service.state.questions_for_review()
    assert (kept.question, kept.comment) == (QUESTION, "没答全")


async def test_a_card_that_cannot_be_changed_any_more_asks_all_the_same(wecom: WeComServer, member: Member, service: Service) -> None:
    await member.ask(UNCLEAR)
    card = (await member.wait_for(2))[-1]
    wecom.inject("-1", "message/update_template_card", times=100)
    await member.tap(card, "2 ")
    answer = (await member.wait_for(3))[-1]
    assert SECOND_ANSWER in answer.content


async def test_a_person_is_welcomed_once_and_told_once_that_only_text_is_read(member: Member, service: Service) -> None:
    for come in (member.subscribe, member.enter_agent, member.enter_agent):
        await come()
    assert len(member.got) == 1
    assert "怎么用" in member.got[0].content
    for send in (member.send_image, member.send_voice, member.send_video, member.send_location, member.send_link, member.send_file):
        await send()
    assert [sent.content for sent in member.got[1:]] == [texts.ONLY_TEXT_OF.format(kind="图片我看不了")]
    await member.view("https://example.org/")
    await service.finished("wecom")
    assert len(member.got) == 2


async def test_the_menu_runs_commands(member: Member, service: Service) -> None:
    await member.click("/check")
    assert "核对" in (await member.wait_for(1))[0].content
    await member.click("/toc")
    assert "目录" in (await member.wait_for(2))[1].content


async def test_somebody_too_fast_is_told_once(wecom: WeComServer, library: Library, data_dir: Path) -> None:
    async with serving(wecom, data_dir, library, rate_limit=2) as service:
        member = wecom.member("zhangsan", service.url)
        for _ in range(6):
            await member.send_text("你好")
        await service.finished("wecom")
    assert [sent.content for sent in member.got[2:]] == [texts.RATE_LIMITED]


async def test_admin_commands_are_for_admins(wecom: WeComServer, member: Member, service: Service) -> None:
    boss = wecom.member("boss", service.url)
    assert [sent.content for sent in await member.ask("/stats")] == [texts.ADMINS_ONLY]
    assert "asked for" in (await boss.ask("/stats"))[0].content
    await boss.ask("/reload /etc/passwd")
    assert texts.RELOAD_USAGE in [sent.content for sent in await boss.wait_for(3)]


async def test_privacy_tells_and_deletes(member: Member, service: Service) -> None:
    await member.ask(QUESTION)
    await service.finished("wecom")
    (told,) = await member.ask("隐私")
    assert "回答记录1条" in told.content
    assert texts.PRIVACY_DELETE_HOW in told.content
    (deleted,) = await member.ask("隐私 删除")
    assert deleted.content == texts.PRIVACY_DELETED.format(count=2)


async def test_an_answer_that_cannot_be_sent_yet_is_kept_and_sent_later(
    wecom: WeComServer, member: Member, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wecom_callback, "PASSIVE_LIMIT_S", 0.0)
    monkeypatch.setattr(wecom_client, "FIRST_WAIT_S", 0.001)
    monkeypatch.setattr(wecom_client, "LAST_WAIT_S", 0.001)
    monkeypatch.setattr(wecom_delivery, "_LATER_S", 0.05)
    wecom.inject("500", "message/send", times=wecom_client.ATTEMPTS)
    (answer,) = await member.ask(QUESTION)
    assert ANSWER in answer.content
    await service.finished("wecom")
    assert len(member.got) == 1


@pytest.mark.parametrize("failing", ["change_shared", "finish"])
async def test_an_answer_that_the_state_could_not_serve_is_sent_later_and_once(
    member: Member, service: Service, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    monkeypatch.setattr(wecom_callback, "PASSIVE_LIMIT_S", 0.0)
    monkeypatch.setattr(wecom_delivery, "_LATER_S", 0.05)
    work, times = getattr(service.state, failing), ["once"]

    async def fail_once(*arguments: Any) -> Any:
        if times:
            times.pop()
            raise StateError("locked")
        return await work(*arguments)

    monkeypatch.setattr(service.state, failing, fail_once)
    (answer,) = await member.ask(QUESTION)
    assert ANSWER in answer.content
    await service.finished("wecom")
    assert len(member.got) == 1


async def test_a_member_who_is_gone_is_given_up(
    wecom: WeComServer, service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(wecom_callback, "PASSIVE_LIMIT_S", 0.0)
    wecom.api.unknown_users.add("gone")
    await wecom.member("gone", service.url).send_text(QUESTION)
    await service.finished("wecom")
    assert "wecom answer refused" in [record.message for record in caplog.records if record.levelno == logging.ERROR]


async def test_no_id_text_or_secret_stays_in_the_state_or_the_log(
    wecom: WeComServer, member: Member, service: Service, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await member.ask(QUESTION)
    await member.ask("/feedback")
    await member.tap((await member.wait_for(3))[-1], "有用")
    await member.enter_agent()
    await service.finished("wecom")
    await service.state.delete_expired()  # every hour: what was overwritten goes from the write-ahead log as well
    kept = b"".join(path.read_bytes() for path in data_dir.glob("state.db*"))
    assert b"zhangsan" not in kept
    assert (data_dir / "state.db").stat().st_mode & 0o077 == 0
    logged = "\n".join(str(vars(record)) for record in caplog.records if record.name.startswith("bot."))
    assert "answered" in logged
    assert [word for word in ("zhangsan", QUESTION, *wecom.secrets) if word in logged] == []


async def test_what_happens_is_counted(wecom: WeComServer, member: Member, service: Service) -> None:
    await member.send_text(QUESTION, times=2)
    await service.finished("wecom")
    while "wenbao_wecom_waiting 0.0" not in (counted := generate_latest(service.assistant.metrics.registry).decode()):
        await asyncio.sleep(0.01)
    assert 'wenbao_wecom_messages_total{kind="text",part="app"} 1.0' in counted
    assert "wenbao_wecom_duplicates_total 1.0" in counted
    assert 'wenbao_wecom_answers_total{way="response"} 1.0' in counted
