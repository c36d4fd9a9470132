"""Faults of the bot side.

BotError
├── ConfigError     settings are wrong; lists every fault at once
├── StateError      the state store cannot be read or written
├── RateLimited     a sender asks too often (retry_after_s)
└── WeComError      WeCom refuses a request, or cannot be reached (code)
"""

from __future__ import annotations

from collections.abc import Sequence


class BotError(Exception):
    """Root of every fault raised by ``bot``."""


class ConfigError(BotError):
    """Settings that cannot be used.

    Attributes:
        faults: Each names the variable, what is wrong and what to do.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("settings are wrong:\n" + "\n".join(f"  {fault}" for fault in faults))


class StateError(BotError):
    """The state store cannot be opened, read or written."""


class RateLimited(BotError):
    """A sender asks more often than allowed.

    Attributes:
        retry_after_s: Seconds until the next message is answered.
    """

    def __init__(self, retry_after_s: float) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"rate limit reached, free again in {retry_after_s:.0f} s")


class WeComError(BotError):
    """WeCom refuses a request, or cannot be reached. Nothing in it is secret.

    Attributes:
        code: WeCom's errcode; ``NO_ANSWER`` where there was no answer, or none that can be read.
        message: What it said.
    """

    NO_ANSWER = -2

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"WeCom {code}: {message}")
