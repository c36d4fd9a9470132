"""Telegram while releases change, and what admins do about them from a chat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import texts
from bot.identity import load_identities
from knowledge.release import Releases
from tests.bot.channels.telegram_service import Service, build_release, serving
from tests.fakes.telegram_server import TelegramServer
from tests.fakes.telegram_world import Chat

ADMIN = 4711
FIRST = "一、工作情况\n(一)化解纠纷\n1.办理行政复议。全年办理行政复议案件35件。\n2.开展人民调解。全年调解民事纠纷420件,成功率96.5%。"
SECOND = "一、工作情况\n(一)化解纠纷\n1.办理行政复议。全年办理行政复议案件37件。"


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as server:
        yield server
        server.check()


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return build_release(tmp_path, FIRST)


@pytest.fixture
async def service(telegram: TelegramServer, releases: Releases, tmp_path: Path) -> AsyncIterator[Service]:
    async with serving(telegram, tmp_path / "data", releases.open_live(), telegram_admins=(ADMIN,)) as service:
        yield service


@pytest.fixture
def desk(telegram: TelegramServer) -> Chat:
    """The private chat of the admin."""
    return telegram.private_chat(telegram.add_user("管理员", user_id=ADMIN))


async def switched(service: Service, release: str) -> None:
    async with asyncio.timeout(5):
        while service.assistant.library.release != release:
            await asyncio.sleep(0.02)


async def test_buttons_and_codes_of_an_old_release_still_work_or_say_why_not(
    telegram: TelegramServer, service: Service, tmp_path: Path
) -> None:
    chat = telegram.private_chat()
    reply = await telegram.ask(chat, "行政复议办了多少件")
    code = next(line for line in reply.text.split("\n") if line.startswith("核验码")).split()[1]
    second = await asyncio.to_thread(build_release, tmp_path, SECOND)
    await switched(service, second.live_id() or "")

    assert (await telegram.answered(telegram.press(reply, texts.BUTTON_NEXT)))["text"] == texts.PRESS_OLD_SECTION
    telegram.press(reply, texts.BUTTON_TEXT)
    assert "37件" in (await telegram.replies(chat, 2))[1].text

    found = await telegram.ask(chat, f"/verify {code}")
    assert "35件" in found.text
    assert texts.VERIFY_OLD in found.text


async def test_an_admin_reloads_with_a_progress_message_that_becomes_the_outcome(
    telegram: TelegramServer, service: Service, releases: Releases, desk: Chat, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "sources" / "qingshan-2020" / "report.txt").write_text(
        (tmp_path / "sources" / "qingshan-2020" / "report.txt").read_text("utf-8").replace("35件", "36件"), encoding="utf-8"
    )
    before = releases.live_id()
    with caplog.at_level(logging.INFO):
        shown = await telegram.ask(desk, "/reload")
        assert shown.text == texts.RELOAD_STARTED
        # Meanwhile others, and the admin as well, are answered.
        assert "35件" in (await telegram.ask(desk, "行政复议办了多少件")).text
        await telegram.wait_for(lambda: shown.text.startswith(texts.RELOAD_DONE), timeout_s=60)
    assert releases.live_id() != before
    assert f"live: {releases.live_id()}" in shown.text
    await switched(service, releases.live_id() or "")
    assert "36件" in (await telegram.ask(desk, "行政复议办了多少件")).text
    facts = [record for record in caplog.records if record.getMessage() == "admin command"]
    assert [record.command for record in facts] == ["reload"]  # type: ignore[attr-defined]
    assert str(ADMIN) not in "".join(str(vars(record)) for record in facts)


async def test_a_reload_that_is_refused_says_why_and_changes_nothing(
    telegram: TelegramServer, service: Service, releases: Releases, desk: Chat, tmp_path: Path
) -> None:
    before = releases.live_id()
    (tmp_path / "sources" / "qingshan-2020" / "report.txt").write_text("", encoding="utf-8")
    shown = await telegram.ask(desk, "/reload")
    await telegram.wait_for(lambda: shown.text.startswith(texts.RELOAD_FAILED), timeout_s=60)
    assert "report.txt" in shown.text
    assert releases.live_id() == before


@pytest.mark.parametrize("argument", ["/etc/passwd", "../sources", "--lint-everything", "~/report.txt"])
async def test_a_reload_takes_no_paths_and_no_unknown_options(
    telegram: TelegramServer, service: Service, desk: Chat, argument: str
) -> None:
    shown = await telegram.ask(desk, f"/reload {argument}")
    await telegram.wait_for(lambda: shown.text == texts.RELOAD_USAGE)


async def test_stopping_the_service_ends_a_reload_and_changes_nothing(telegram: TelegramServer, releases: Releases, tmp_path: Path) -> None:
    before = releases.live_id()
    async with serving(telegram, tmp_path / "data", releases.open_live(), telegram_admins=(ADMIN,)):
        desk = telegram.private_chat(telegram.add_user("管理员", user_id=ADMIN))
        assert (await telegram.ask(desk, "/reload")).text == texts.RELOAD_STARTED
    assert releases.live_id() == before
    with releases.locked():  # nothing holds it any more
        pass


async def test_an_admin_lists_releases_and_goes_back(
    telegram: TelegramServer, service: Service, releases: Releases, desk: Chat, tmp_path: Path
) -> None:
    first = releases.live_id() or ""
    await asyncio.to_thread(build_release, tmp_path, SECOND)
    second = releases.live_id() or ""
    listed = await telegram.ask(desk, "/releases")
    assert f"* {second}" in listed.text
    assert f"  {first}" in listed.text
    assert (await telegram.ask(desk, "/rollback")).text == texts.ROLLED_BACK.format(release=first)
    assert releases.live_id() == first
    assert (await telegram.ask(desk, "/rollback 20200101-nothing")).text.startswith(texts.ROLLBACK_FAILED)
    assert (await telegram.ask(desk, f"/rollback {second}")).text == texts.ROLLED_BACK.format(release=second)


async def test_an_admin_sees_what_is_asked_and_what_went_unanswered(telegram: TelegramServer, service: Service, desk: Chat) -> None:
    chat = telegram.private_chat()
    assert (await telegram.ask(desk, "/unanswered")).text == texts.UNANSWERED_NONE
    for question in ("行政复议办了多少件", "红烧肉怎么做", "红烧肉怎么做"):
        await telegram.ask(chat, question)
    stats = (await telegram.ask(desk, "/stats")).text
    assert "asked 3, refused or left open 2, 👎 0" in stats
    assert "qingshan-2020: 1 of " in stats
    assert "telegram 3" in stats
    unanswered = (await telegram.ask(desk, "/unanswered")).text
    assert "2次 红烧肉怎么做" in unanswered


@pytest.mark.parametrize("command", ["reload", "releases", "rollback", "stats", "unanswered"])
async def test_nobody_else_runs_admin_commands(
    telegram: TelegramServer, service: Service, releases: Releases, command: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = releases.live_id()
    with caplog.at_level(logging.WARNING):
        reply = await telegram.ask(telegram.private_chat(), f"/{command}")
    assert reply.text == texts.ADMINS_ONLY
    assert "admin command refused" in caplog.text
    assert releases.live_id() == before
    # Not even the admin where others see it.
    group = telegram.group()
    admin = telegram.add_user("管理员", user_id=ADMIN)
    assert (await telegram.ask(group, f"/{command}", sender=admin)).text == texts.ADMIN_PRIVATE


async def test_privacy_says_what_is_kept_and_deletes_it_on_request(telegram: TelegramServer, service: Service, tmp_path: Path) -> None:
    person, other = telegram.private_chat(), telegram.private_chat()
    group = telegram.group()
    assert person.user is not None
    await telegram.ask(other, "行政复议办了多少件")
    await telegram.ask(person, "红烧肉怎么做")
    await telegram.reply_to(telegram.mention(group, "开展人民调解多少件", sender=person.user))
    said = await telegram.ask(person, "/privacy")
    assert "对话2个,回答记录2条" in said.text.replace("，", ",")
    assert "180天" in said.text

    telegram.press(said, texts.BUTTON_DELETE)
    await telegram.wait_for(lambda: said.buttons[0]["text"] == texts.BUTTON_DELETE_SURE)
    telegram.press(said, texts.BUTTON_DELETE_SURE)
    await telegram.edited(said)
    assert said.text.startswith("已删除")
    sender = load_identities(tmp_path / "data").sender("telegram", person.user.id)
    assert (await service.state.kept_about(sender)).total == 0
    assert await service.state.questions_for_review() == []
    assert await service.state.recent_questions(10) == ["行政复议办了多少件"]  # the other's stays
    assert (await telegram.ask(person, "下一条")).text == texts.NO_CONTEXT


async def test_no_id_of_a_person_or_chat_is_stored(telegram: TelegramServer, service: Service, tmp_path: Path) -> None:
    user = telegram.add_user("小王", user_id=987654321)
    chat, group = telegram.private_chat(user), telegram.supergroup()
    reply = await telegram.ask(chat, "行政复议办了多少件")
    telegram.press(reply, texts.BUTTON_UNHELPFUL)
    telegram.send_voice(chat)
    await telegram.reply_to(telegram.mention(group, "开展人民调解多少件", sender=user))
    await telegram.ask(chat, "/privacy")
    async with asyncio.timeout(5):
        while await service.state.unfinished("telegram"):
            await asyncio.sleep(0.01)
    await service.state.delete_expired()  # once an hour; it empties the write-ahead log as well
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("state.db*"))
    sender = load_identities(tmp_path / "data").sender("telegram", user.id)
    assert sender.encode() in kept
    for secret in (b"987654321", str(group.id).encode(), "小王".encode()):
        assert secret not in kept, secret
