"""A long life: a release that was switched from is gone, and what is remembered has a bound."""

from __future__ import annotations

import asyncio
import gc
import importlib
import inspect
import pkgutil
import weakref
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any

import pytest

import bot
import knowledge
from bot.assistant import Assistant
from bot.messages import IncomingMessage
from bot.state.sqlite import SqliteState
from bot.verification import example_code
from knowledge.claim_words import ClaimWords
from knowledge.dense import Encoder
from knowledge.library import Library
from knowledge.meaning import WordVectors
from knowledge.release import Releases
from knowledge.tokenizer import _dictionary

#: What the program itself brings along, read once and used by every release.
SHIPPED = (ClaimWords, Encoder, WordVectors)
#: A whole question, follow-ups that lean on it, a claim, a command, a section by number: every way through the pipeline.
SAID = (
    "行政复议办结了多少件",
    "原文",
    "去年呢",
    "行政复议办结了3500件,对吗",
    "/check 全年召开听证会6次",
    "目录",
    "第一部分第二条",
    "今天天气怎么样",
)


@pytest.fixture
def no_collector() -> Iterator[None]:
    """No collector of cyclic garbage: what is gone without it is gone at once."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
async def assistant(two_releases: tuple[Releases, str, str], tmp_path: Path) -> Assistant:
    """Answers from the shipped release; another is kept beside it."""
    releases = two_releases[0]
    return Assistant(releases.open_live(), SqliteState(tmp_path / "state.db", retention_days=180), rate_limit=1000, releases=releases)


async def ask_on(assistant: Assistant) -> None:
    for text in (*SAID, f"/verify {example_code(assistant.library)}"):
        await assistant.answer(IncomingMessage("web", "c", "c", text))


def objects_of(library: Library) -> dict[int, weakref.ref[Any]]:
    """Every object with attributes of its own that only *library* is made of, by identity."""
    found: dict[int, weakref.ref[Any]] = {}
    waiting: list[Any] = [library]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list | tuple):
            waiting += one
        elif isinstance(one, SHIPPED) or one is _dictionary():
            continue
        elif type(one).__module__.startswith("knowledge.") and hasattr(one, "__dict__") and id(one) not in found:
            found[id(one)] = weakref.ref(one)
            waiting += vars(one).values()
    return found


@pytest.mark.usefixtures("no_collector")
async def test_a_release_is_gone_as_soon_as_it_is_switched_from(assistant: Assistant, two_releases: tuple[Releases, str, str]) -> None:
    releases, shipped, small = two_releases
    for release in (small, shipped, *[small] * 10):  # the same one again is opened anew
        await ask_on(assistant)
        old = objects_of(assistant.library)
        releases.roll_back(release)
        await assistant._switch_if_new()
        assert len(old) > 20
        assert [one for weak in old.values() if (one := weak()) is not None] == []
    await assistant.close()


@pytest.mark.usefixtures("no_collector")
async def test_a_release_stays_until_its_last_answer_is_done(assistant: Assistant, two_releases: tuple[Releases, str, str]) -> None:
    releases, shipped, small = two_releases
    old = weakref.ref(assistant.library)
    asked = asyncio.create_task(assistant.answer(IncomingMessage("web", "c", "c", SAID[0])))
    await asyncio.sleep(0)  # it has begun
    releases.roll_back(small)
    await assistant._switch_if_new()
    reply = await asked
    assert (reply.release, assistant.library.release) == (shipped, small)
    assert reply.library is old() is not None
    del reply, asked
    for _ in range(100):  # the thread that answered lets go a moment after its answer is there
        if old() is None:
            break
        await asyncio.sleep(0.01)
    assert old() is None
    await assistant.close()


def remembering() -> Iterator[tuple[str, _lru_cache_wrapper[Any]]]:
    """Every function of the program that remembers results, by name."""
    for package in (bot, knowledge):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                for name, value in vars(importlib.import_module(module.name)).items():
                    if isinstance(value, _lru_cache_wrapper):
                        yield f"{module.name}.{name}", value


def test_functions_that_are_told_something_remember_it_within_bounds() -> None:
    found = dict(remembering())
    assert len(found) > 30
    unbounded = [
        name
        for name, function in found.items()
        if function.cache_parameters()["maxsize"] is None and inspect.signature(function).parameters
    ]
    assert unbounded == []
