"""What holds in every channel: the same answers, commands and conversations, the same care with who asks too fast, and with who asks."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot import texts
from bot.log_setup import FactsFormatter
from knowledge.library import Library
from tests.bot.channels.contract_chats import NAMES, WITH_SENDERS, Chats, chats_on

# One service for each channel: people, not tests, are kept apart.
pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "复议撤销了几件"
CLAUSE = "已办结20件,其中维持9件、撤销2件、终止7件"
LABEL = "一、(四)1"
NEXT_LABEL = "一、(四)2"


class Lines(logging.Handler):
    """Keeps log lines as they are written."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(FactsFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(scope="module")
def log() -> Iterator[list[str]]:
    """What is logged, at the levels of a service."""
    handler, root = Lines(), logging.getLogger()
    noisy = [logging.getLogger(name) for name in ("httpx", "httpcore", "aiohttp", "telegram")]
    levels = [(logger, logger.level) for logger in (root, *noisy)]
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    for logger in noisy:
        logger.setLevel(logging.WARNING)
    yield handler.lines
    root.removeHandler(handler)
    for logger, level in levels:
        logger.setLevel(level)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=NAMES)
async def chats(
    request: pytest.FixtureRequest, library: Library, tmp_path_factory: pytest.TempPathFactory, log: list[str]
) -> AsyncIterator[Chats]:
    async with chats_on(request.param, library, tmp_path_factory.mktemp(request.param)) as chats:
        yield chats


def name_of(request: pytest.FixtureRequest) -> str:
    """The channel of the test."""
    return str(request.node.callspec.params["chats"])


async def test_a_question_is_answered_with_the_clause_and_its_place(chats: Chats) -> None:
    answer = await chats.person().ask(QUESTION)
    assert CLAUSE in answer
    assert LABEL in answer[answer.index(CLAUSE) :] or answer.startswith(("▸", LABEL))


async def test_what_the_report_is_not_about_is_declined(chats: Chats) -> None:
    answer = await chats.person().ask("今天天气怎么样")
    assert texts.REFUSED in answer
    assert CLAUSE not in answer


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/help", "怎么用"),
        ("帮助", "怎么用"),
        ("目录", "《永安市人民政府关于2019年法治政府建设工作报告》"),
        ("/toc", "《永安市人民政府关于2019年法治政府建设工作报告》"),
        ("查数 复议", "市政府共办理行政复议案件22件"),
        ("/figures 复议", "市政府共办理行政复议案件22件"),
        ("核对 2019年市政府办理行政复议案件23件", texts.CHECK_REFUTED),
        ("核对 2019年市政府办理行政复议案件22件", texts.CHECK_SUPPORTED),
        ("原文 一(四)1", "提高行政复议工作人员素质"),
        ("/section 一(四)1", "提高行政复议工作人员素质"),
    ],
)
async def test_commands_work_with_a_slash_and_in_chinese_words(chats: Chats, text: str, expected: str) -> None:
    assert expected in await chats.person().ask(text)


async def test_a_follow_up_is_understood_within_a_conversation_and_not_across(chats: Chats) -> None:
    one, other = chats.person(), chats.person()
    await one.ask("复议办结了几件")
    assert texts.NO_CONTEXT in await other.ask("下一条")
    assert CLAUSE in await one.ask("那撤销的呢")
    assert NEXT_LABEL in await one.ask("下一条")


async def test_many_at_a_time_get_their_own_answers(chats: Chats) -> None:
    people = [chats.person() for _ in range(6)]
    asked = [QUESTION, "全市各调解组织调解了多少件民事纠纷"] * 3
    answers = await asyncio.gather(*(person.ask(text) for person, text in zip(people, asked, strict=True)))
    assert ["撤销2件" in answer for answer in answers] == [True, False] * 3
    assert ["1048件" in answer for answer in answers] == [False, True] * 3


async def test_feedback_is_kept(chats: Chats, request: pytest.FixtureRequest) -> None:
    if name_of(request) == "terminal":
        pytest.skip("the terminal keeps nothing, so that there is nothing to judge")
    before = chats.rows("select count(*) from feedback where helpful = 1")
    person = chats.person()
    await person.ask(QUESTION)
    await person.praise()
    assert chats.rows("select count(*) from feedback where helpful = 1") == [(before[0][0] + 1,)]


async def test_ids_are_kept_as_hashes_alone_and_nothing_is_logged_of_people_or_secrets(
    chats: Chats, request: pytest.FixtureRequest, log: list[str]
) -> None:
    if name_of(request) not in WITH_SENDERS:
        pytest.skip("nobody's id is known there")
    person = chats.person()
    await person.ask(QUESTION)
    await person.praise()
    answered = [line for line in log if "answered" in line]
    assert answered, "the log of the service is looked at"
    whole = "\n".join(log)
    assert [secret for secret in chats.secrets if secret in whole] == []
    assert QUESTION not in whole
    assert not re.search(rf"(?<![0-9a-z]){person.identity}(?![0-9a-z])", whole)
    async with asyncio.timeout(5):  # an answer is out a moment before its message is finished
        while chats.rows("select count(*) from inbox where finished = 0") != [(0,)]:
            await asyncio.sleep(0.01)
    assert not re.search(rf"(?<![0-9a-z]){person.identity}(?![0-9a-z])", chats.dump())


@pytest.mark.parametrize("name", WITH_SENDERS)
async def test_who_asks_too_fast_gets_one_notice_and_then_silence(name: str, library: Library, tmp_path: Path) -> None:
    async with chats_on(name, library, tmp_path, rate_limit=2) as chats:
        person = chats.person()
        for _ in range(2):
            await person.ask(QUESTION)
        assert await person.ask(QUESTION) == texts.RATE_LIMITED
        for _ in range(3):
            await person.say(QUESTION)
        patient = chats.person()
        assert CLAUSE in await patient.ask(QUESTION)
        assert [text for text in person.heard() if text == texts.RATE_LIMITED] == [texts.RATE_LIMITED]
