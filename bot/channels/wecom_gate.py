"""Who may pass a callback address: a signature made now, by WeCom, and used no more often than WeCom itself does.

WeCom sends a callback again that got no 200 within 5 seconds (document path 90238). Whether a repeat carries the same time stamp, nonce and
cipher text is written nowhere, and libraries take either for granted. Both pass here: a fresh nonce is an ordinary callback, and one seen
before with its own time stamp is told to be ``repeated``, as often and as long as WeCom repeats. Which messages are the same is then for
the inbox to say, by the message's own id, in every process; an answer is never written twice because of what passes here.
Refused is what WeCom does not do: a time stamp outside the window, a nonce under another time stamp, a callback sent yet again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.channels.wecom_crypto import WeComKeys, unseal
from bot.errors import BadCallback

#: The furthest a time stamp may be from the clock, before or after it, in seconds.
WINDOW_S: Final = 300.0
#: Deliveries of one callback: the first, and three more by the wordier reading of "重新发起请求，总共重试三次".
DELIVERIES: Final = 4
#: How long WeCom may take for them, in seconds from the first: 5 each, and as much again for the way.
REPEATED_WITHIN_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that passed; *repeated* when this process has let the same callback pass before."""

    plain: bytes
    repeated: bool


@dataclass(slots=True)
class _Seen:
    timestamp: str
    first_at: float
    deliveries: int = 1


class CallbackGate:
    """Checks, decrypts and remembers callbacks; one for each callback address and process.

    Args:
        keys: Those of the callback address.
        clock: Seconds since 1970.
        window_s: The furthest a time stamp may be from the clock, in seconds.
        remembered: Nonces kept at most, the newest; only what carried a true signature is kept, so a stranger cannot fill it.
    """

    def __init__(self, keys: WeComKeys, clock: Callable[[], float], *, window_s: float = WINDOW_S, remembered: int = 50_000) -> None:
        self.keys = keys
        self._clock = clock
        self._window_s = window_s
        self._remembered = remembered
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def open(self, encrypted: str, signed: str, timestamp: str, nonce: str) -> Opened:
        """The message inside.

        Raises:
            BadCallback: With the reason ``timestamp`` (no number, or outside the window), ``nonce`` (used before under another time stamp),
                ``replay`` (sent more often or later than WeCom repeats), or one of those of :func:`~bot.channels.wecom_crypto.unseal`.
        """
        now = self._clock()
        self._check_time(timestamp, now)
        plain = unseal(encrypted, signed, timestamp, nonce, self.keys)
        return Opened(plain, self._seen_before(timestamp, nonce, now))

    def pass_again(self, timestamp: str, nonce: str) -> None:
        """Let a callback pass that has passed before and is the same, byte for byte, so that its signature is known to be true.

        Raises:
            BadCallback: With the reason ``timestamp``, ``nonce`` or ``replay``, as in :meth:`open`.
        """
        now = self._clock()
        self._check_time(timestamp, now)
        self._seen_before(timestamp, nonce, now)

    def _check_time(self, timestamp: str, now: float) -> None:
        # isdecimal() alone takes digits of every script.
        if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12 and abs(int(timestamp) - now) <= self._window_s):
            raise BadCallback("timestamp")

    def _seen_before(self, timestamp: str, nonce: str, now: float) -> bool:
        self._forget(now)
        seen = self._seen.get(nonce)
        if seen is None:
            self._seen[nonce] = _Seen(timestamp, now)
            return False
        if seen.timestamp != timestamp:
            raise BadCallback("nonce")
        if seen.deliveries >= DELIVERIES or now - seen.first_at > REPEATED_WITHIN_S:
            raise BadCallback("replay")
        seen.deliveries += 1
        return True

    def _forget(self, now: float) -> None:
        """Drop what no callback can match any more: a time stamp from the future is good for the window twice."""
        while self._seen:
            oldest = next(iter(self._seen.values()))
            if now - oldest.first_at <= 2 * self._window_s and len(self._seen) < self._remembered:
                return
            self._seen.popitem(last=False)
