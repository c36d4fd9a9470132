"""The only place where objects are joined: settings to releases, state and channels."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from threadpoolctl import threadpool_limits

from bot.assistant import Assistant
from bot.channels.base import Channel
from bot.errors import ConfigError
from bot.identity import load_identities
from bot.settings import Settings
from bot.state.base import StateStore
from bot.state.sqlite import SqliteState
from knowledge.documents import find_sources
from knowledge.errors import InvalidRelease
from knowledge.library import Library
from knowledge.release import Releases

if TYPE_CHECKING:
    from prometheus_client import Counter

    from bot.channels.wecom_client import WeComClient


def ensure_release(settings: Settings, *, progress: Callable[[str], None] = lambda _: None) -> Library:
    """Open the live release; where none has ever been made, build one from the shipped reports first.

    Where its file is damaged or gone, the newest kept release that is whole answers for it, and *progress* is told.

    Raises:
        KnowledgeError: If no release is whole, or none can be built.
    """
    use_one_thread()
    releases = Releases(settings.data_dir)
    if _none_made(releases):
        progress("no knowledge base yet: building it from the shipped report, some 15 seconds")
        # A build takes 150 MB that Python would not give back; a process of its own does.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as builder:
            builder.submit(_build_first, settings.data_dir).result()
    library, fault = releases.open_newest()
    if fault:
        progress(f"the live release cannot be opened: {fault}")
        progress(f"answering from the newest one that is whole, {library.release}, until another is made live")
    return library


def use_one_thread() -> None:
    """Let this process multiply on one thread: the products of a search are so small that two take longer to meet than to work."""
    threadpool_limits(1, "blas")


def _none_made(releases: Releases) -> bool:
    try:
        return releases.live_id() is None
    except InvalidRelease:  # there was one; which, cannot be read
        return False


def _build_first(data_dir: Path) -> None:
    releases = Releases(data_dir)
    with releases.locked():
        if releases.live_id() is None:  # another process may have built it meanwhile
            releases.make_live(releases.build(find_sources([])))


def open_state(settings: Settings) -> StateStore:
    """Open the state store that the settings name.

    Raises:
        StateError: If it cannot be opened.
        ConfigError: If this version has no driver for it.
    """
    url = settings.database_url
    if url.startswith("postgresql://"):
        raise ConfigError(["WENBAO_DATABASE_URL: this version keeps state in SQLite only; leave it empty or use sqlite:///PATH"])
    path = Path(url.removeprefix("sqlite:///")) if url else settings.data_dir / "state.db"
    return SqliteState(path, retention_days=settings.retention_days)


def make_assistant(settings: Settings, library: Library, state: StateStore | None = None) -> Assistant:
    """The assistant on *library*, watching the data directory for newer releases; *state* is opened where it is not given."""
    releases = Releases(settings.data_dir)
    return Assistant(library, state or open_state(settings), rate_limit=settings.rate_limit, releases=releases)


def make_channels(settings: Settings, assistant: Assistant, state: StateStore) -> list[Channel]:
    """The channels that the settings name, beside the web page.

    Raises:
        StateError: If the key of stored ids cannot be read or made.
    """
    channels: list[Channel] = []
    if settings.telegram_token:
        # Loaded only where it is used: it takes half a second.
        from bot.channels.telegram import TelegramChannel, TelegramSettings
        from bot.channels.telegram_handlers import TelegramDesk

        telegram = TelegramSettings(
            settings.telegram_token,
            settings.telegram_api_base,
            settings.telegram_webhook_url,
            settings.telegram_webhook_secret,
            settings.telegram_admins,
            settings.telegram_rate,
        )
        desk = TelegramDesk(settings, assistant, state, load_identities(settings.data_dir))
        channels.append(TelegramChannel(telegram, assistant, state, desk))
    if settings.wecom_corp_id or settings.wecom_bot_token:
        channels.append(_make_wecom(settings, assistant, state))
    return channels


def make_wecom_client(settings: Settings, state: StateStore, *, faults: Counter | None = None) -> WeComClient:
    """The application's side of the WeCom API; its access token is kept in *state*."""
    from bot.channels.wecom_client import WeComClient

    base, corp_id, secret = settings.wecom_api_base, settings.wecom_corp_id, settings.wecom_secret
    return WeComClient(base, corp_id, secret, int(settings.wecom_agent_id), state, faults=faults)


def _make_wecom(settings: Settings, assistant: Assistant, state: StateStore) -> Channel:
    """WeCom: the application with 微信客服, the 智能机器人, or both."""
    # Loaded only where it is used.
    from bot.admin import Admin
    from bot.channels.text_desk import TextDesk
    from bot.channels.wecom import Application, Robot, WeComChannel
    from bot.channels.wecom_app import WeComApp
    from bot.channels.wecom_bot import WeComBot
    from bot.channels.wecom_crypto import WeComKeys
    from bot.channels.wecom_delivery import Delivery
    from bot.channels.wecom_kf import CustomerService
    from bot.channels.wecom_metrics import WeComMetrics
    from bot.service_commands import ServiceCommands

    metrics, identities = WeComMetrics(assistant.metrics.registry), load_identities(settings.data_dir)
    desk = TextDesk(assistant, state, ServiceCommands(assistant, state, Admin(settings, assistant, state), settings.retention_days))
    application = robot = None
    if settings.wecom_corp_id:
        client = make_wecom_client(settings, state, faults=metrics.faults)
        app = WeComApp(desk, identities, frozenset(settings.wecom_admins), int(settings.wecom_agent_id))
        keys = WeComKeys(settings.wecom_token, settings.wecom_aes_key, settings.wecom_corp_id)
        customers = CustomerService(client, desk, identities, state, metrics, servicer=settings.wecom_kf_servicer)
        application = Application(keys, Delivery(app, client, state, metrics), customers, client)
    if settings.wecom_bot_token:
        keys = WeComKeys(settings.wecom_bot_token, settings.wecom_bot_aes_key, "")
        robot = Robot(keys, WeComBot(desk, identities, state, faults=metrics.faults))
    return WeComChannel(application, robot, metrics)
