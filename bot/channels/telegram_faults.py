"""What goes wrong with Telegram: its kinds, and how often each happened."""

from __future__ import annotations

from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter
from telegram import error

from bot.channels.telegram_request import ServerGone


class Fault(StrEnum):
    """Kinds of fault; the values are labels of the metrics."""

    FLOOD = "flood"
    """429: too many messages; ``retry_after`` says for how long."""
    NETWORK = "network"
    """No answer, or the server's own fault (5xx)."""
    CONFLICT = "conflict"
    """409: another process polls with this token, or a webhook is set."""
    UNAUTHORIZED = "unauthorized"
    """401: the token is wrong or has been revoked."""
    NO_SUCH_METHOD = "no_such_method"
    """404: this server does not have the method (or the token has a wrong form)."""
    BLOCKED = "blocked"
    """The person has blocked the bot or is gone, or the bot was put out of the group."""
    CHAT_NOT_FOUND = "chat_not_found"
    NOT_MODIFIED = "not_modified"
    """An edit that changes nothing."""
    TOO_OLD = "too_old"
    """A button press or an inline query answered too late."""
    MIGRATED = "migrated"
    """The group has become a supergroup, with another id."""
    REJECTED = "rejected"
    """Any other 4xx: a fault of this program."""


#: Parts of the descriptions that the server gives, in small letters. Source: what Telegram answers; the Bot API documents none.
_DESCRIPTIONS = (
    ("not modified", Fault.NOT_MODIFIED),
    ("chat not found", Fault.CHAT_NOT_FOUND),
    ("peer_id_invalid", Fault.CHAT_NOT_FOUND),
    ("query is too old", Fault.TOO_OLD),
    ("query_id_invalid", Fault.TOO_OLD),
)


def fault_of(exc: error.TelegramError) -> Fault:
    """The kind of *exc*."""
    match exc:
        case error.RetryAfter():
            return Fault.FLOOD
        case error.ChatMigrated():
            return Fault.MIGRATED
        case error.Conflict():
            return Fault.CONFLICT
        case error.Forbidden():
            return Fault.BLOCKED
        case error.EndPointNotFound():
            return Fault.NO_SUCH_METHOD
        case error.InvalidToken():
            return Fault.UNAUTHORIZED if "unauthorized" in exc.message.lower() else Fault.NO_SUCH_METHOD
        case error.BadRequest():
            text = exc.message.lower()
            return next((fault for words, fault in _DESCRIPTIONS if words in text), Fault.REJECTED)
        case error.NetworkError():
            return Fault.NETWORK
    return Fault.NETWORK  # an answer that is no JSON: what a proxy gives that cannot reach the server


def is_fresh_connection_needed(exc: error.TelegramError) -> bool:
    """Whether the request failed since the kept connection had been closed: to be sent again at once."""
    return isinstance(exc, ServerGone)


class TelegramMetrics:
    """Counts for Prometheus."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.updates = Counter("wenbao_telegram_updates", "Updates taken in.", ["kind"], registry=registry)
        self.duplicates = Counter("wenbao_telegram_duplicates", "Updates delivered again, and dropped.", registry=registry)
        self.requests = Counter(
            "wenbao_telegram_requests", "Requests to the Bot API, and how they ended.", ["method", "result"], registry=registry
        )
        self.faults = Counter("wenbao_telegram_faults", "Faults, by where they happened.", ["where", "kind"], registry=registry)
