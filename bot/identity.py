"""Who is who, without saying who: ids of people and chats as keyed hashes.

A user id is a number of nine or ten digits, so a plain hash of it is undone by trying them all; with a secret key it is not.
The key is made once, kept in the data directory beside what it protects, and never leaves it. Whoever deletes it makes every id
stored so far meaningless, which is what forgetting everybody needs.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from bot.errors import StateError

KEY_FILE = "identity.key"
_KEY_BYTES = 32
#: 128 bits: no two people share one, and it is short enough for a log or a key.
_HEX_DIGITS = 32


class Identities:
    """Keyed hashes of ids.

    Args:
        key: At least 16 random bytes, the same for as long as stored ids are to be recognised.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError("an identity key has at least 16 bytes")
        self._keyed = hmac.new(key, digestmod="sha256")  # copied each time: a tenth of the time that keying it anew takes

    def sender(self, channel: str, user_id: int | str) -> str:
        """What stands for a person: 32 hexadecimal digits; another in every channel."""
        return self._hash("sender", channel, user_id)

    def conversation(self, channel: str, *parts: int | str | None) -> str:
        """What stands for a conversation, given what tells it from others (a chat, a topic, who asks): 32 hexadecimal digits."""
        return self._hash("conversation", channel, *parts)

    def _hash(self, *parts: int | str | None) -> str:
        # The length before each part: ("1", "23") is not ("12", "3").
        texts = ["" if part is None else str(part) for part in parts]
        message = "".join(f"{len(text)}:{text}" for text in texts)
        keyed = self._keyed.copy()
        keyed.update(message.encode())
        return keyed.hexdigest()[:_HEX_DIGITS]


def load_identities(data_dir: Path) -> Identities:
    """The identities of *data_dir*; its key is made when there is none, readable by its owner alone.

    Raises:
        StateError: If the key cannot be made or read, or is damaged.
    """
    path = data_dir / KEY_FILE
    try:
        if not path.exists():
            _make_key(path)
        key = path.read_bytes()
    except OSError as exc:
        raise StateError(f"{path}: cannot be read or made ({exc.strerror}); is the data directory writable?") from exc
    if len(key) != _KEY_BYTES:
        raise StateError(f"{path}: has {len(key)} bytes and not {_KEY_BYTES}; restore it, or delete it to forget who asked what")
    return Identities(key)


def _make_key(path: Path) -> None:
    """Write a new key whole or not at all; where another process was faster, its key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".partial")  # readable by its owner alone
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
    finally:
        partial.unlink()
