"""Inline mode: ``@bot words`` in any chat offers clauses to send there. The same for everybody, so that Telegram may keep it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from telegram import (
    InlineQuery,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot import texts
from bot.assistant import Assistant, RateLimit
from bot.channels.telegram_asker import CHANNEL
from bot.channels.telegram_html import render
from bot.channels.telegram_keyboards import link_keyboard
from bot.channels.telegram_text import clause_runs, reply_parts
from bot.errors import RateLimited
from bot.identity import Identities
from bot.inline_results import InlineResult, inline_results, popular_topics
from bot.places import Places
from bot.state.base import SectionUse, StateStore

#: Seconds that Telegram may keep results: long enough for a word that many type, short beside the time between two reloads.
CACHE_S = 300
#: Seconds for which the counts behind the popular topics are used again: they take a look at every question kept.
_USE_S = 600.0
_MAX_DESCRIPTION_CHARS = 200
#: Telegram asks at every pause in typing: so many queries may come from somebody for each message allowed.
QUERIES_PER_MESSAGE = 3


class Inline:
    """Answers inline queries.

    Args:
        assistant: Its live release is searched.
        state: Counts what is asked about.
        identities: Who is who, as keyed hashes.
        rate_limit: Messages a minute and sender; three times as many queries are answered.
    """

    def __init__(self, assistant: Assistant, state: StateStore, identities: Identities, *, rate_limit: int) -> None:
        self._assistant = assistant
        self._state = state
        self._identities = identities
        self._limit = RateLimit(QUERIES_PER_MESSAGE * rate_limit)
        self._use: tuple[float, list[SectionUse]] | None = None

    async def answer(self, query: InlineQuery, bot_name: str) -> None:
        """Answer *query*; nothing of it is kept. Who asks too fast gets an empty list, which Telegram shows to nobody else."""
        button = InlineQueryResultsButton(texts.BUTTON_ASK, start_parameter="inline")
        try:
            self._limit.admit(self._identities.sender(CHANNEL, query.from_user.id))
        except RateLimited:
            self._assistant.metrics.limited.labels(CHANNEL).inc()
            await _answer(query, [], cache_time=0, is_personal=True, button=button)
            return
        library = self._assistant.library
        wanted = query.query.strip()
        found = inline_results(wanted, library) if wanted else popular_topics(await self._section_use(), library)
        articles = _articles(found, Places(library), bot_name)
        await _answer(query, articles, cache_time=CACHE_S, is_personal=False, button=button)

    async def _section_use(self) -> list[SectionUse]:
        now = time.monotonic()
        if self._use is None or now - self._use[0] > _USE_S:
            self._use = (now, await self._state.section_use())
        return self._use[1]


async def _answer(query: InlineQuery, articles: Sequence[InlineQueryResultArticle], **how: Any) -> None:
    try:
        await query.answer(articles, **how)
    except BadRequest as exc:
        if "query is too old" not in exc.message:
            raise


def _articles(found: Sequence[InlineResult], places: Places, bot_name: str) -> list[InlineQueryResultArticle]:
    return [
        InlineQueryResultArticle(
            id=str(number),
            title=result.title,
            description=result.cited.quote[:_MAX_DESCRIPTION_CHARS],
            input_message_content=InputTextMessageContent(
                _message(result, places), parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)
            ),
            reply_markup=link_keyboard(bot_name, result.cited.report, result.cited.section) if bot_name else None,
        )
        for number, result in enumerate(found)
    ]


def _message(result: InlineResult, places: Places) -> str:
    """The answer, where there is one and it is one message; else the clause with its citation."""
    parts = reply_parts(result.answer, places) if result.answer else []
    return parts[0] if len(parts) == 1 else render(clause_runs(result.cited, places))[0]
