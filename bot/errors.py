"""Faults of the bot side.

BotError
├── ConfigError     settings are wrong; lists every fault at once
├── StateError      the state store cannot be read or written
├── RateLimited     a sender asks too often (retry_after_s)
├── WeComError      WeCom refuses a request, or cannot be reached (code)
└── BadCallback     what came in at a callback address is not the platform's (reason)
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


#: What may be wrong with a callback, and what an administrator looks at first.
CALLBACK_FAULTS = {
    "parameters": "msg_signature, timestamp or nonce is missing in the address; only WeCom should call it",
    "size": "the body is longer than any message of WeCom",
    "body": "the body is not the XML or JSON that WeCom sends",
    "timestamp": "the time stamp is not of now; is this machine's clock right?",
    "signature": "the signature does not fit; is the Token the one in the WeCom console?",
    "base64": "the encrypted text is cut off or changed on its way",
    "padding": "the encrypted text cannot be decrypted; is the EncodingAESKey the one in the WeCom console?",
    "length": "the decrypted text is shorter than it says; is the EncodingAESKey the one in the WeCom console?",
    "receiveid": "the message is for another receiver; is the CorpID (企业ID) that of the organisation in the WeCom console?",
    "nonce": "the nonce was used before, under another time stamp",
    "replay": "the callback was sent again, more often or later than WeCom repeats",
}


class BadCallback(BotError):
    """A callback that is not answered, since it is not as the platform makes them.

    Attributes:
        reason: A key of :data:`CALLBACK_FAULTS`; may be counted and logged, never told to who called.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"callback refused ({reason}): {CALLBACK_FAULTS[reason]}")
