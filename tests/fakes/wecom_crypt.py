"""How the platform itself encrypts: written apart from ``bot.channels.wecom_crypto``, so that one checks the other.

Source: WeCom, document path 90968.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import struct
import time
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


@dataclass(frozen=True, slots=True)
class Crypt:
    """One callback address: its Token, EncodingAESKey and receiveid."""

    token: str
    aes_key: str
    receive_id: str

    def encrypt(self, plain: bytes) -> str:
        whole = os.urandom(16) + struct.pack("!I", len(plain)) + plain + self.receive_id.encode()
        missing = 32 - len(whole) % 32
        cipher = self._cipher().encryptor()
        return base64.b64encode(cipher.update(whole + bytes([missing] * missing)) + cipher.finalize()).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """Raises: ValueError: If it is not for this address."""
        cipher = self._cipher().decryptor()
        whole = cipher.update(base64.b64decode(encrypted, validate=True)) + cipher.finalize()
        whole = whole[: -whole[-1]]
        (length,) = struct.unpack("!I", whole[16:20])
        if whole[20 + length :].decode() != self.receive_id:
            raise ValueError("another receiveid")
        return whole[20 : 20 + length]

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        return hashlib.sha1("".join(sorted([self.token, timestamp, nonce, encrypted])).encode()).hexdigest()

    def query(self, encrypted: str, *, timestamp: str | None = None, nonce: str | None = None) -> dict[str, str]:
        """The parameters of a callback's address; of now, with a nonce of its own, where none are given."""
        timestamp = timestamp or str(int(time.time()))
        nonce = nonce or str(secrets.randbelow(10**10))
        return {"msg_signature": self.sign(timestamp, nonce, encrypted), "timestamp": timestamp, "nonce": nonce}

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
