"""What WeCom signs and encrypts, and how an answer is signed and encrypted for it: pure functions, without clock or state.

Source: WeCom, "加解密方案说明", document path 90968: the signature is the SHA-1 of the sorted Token, time stamp, nonce and encrypted text;
the text is AES-256-CBC, padded as in PKCS#7 to blocks of 32 bytes (twice the cipher's own), with the first 16 bytes of the key as IV.
Inside are 16 random bytes, the message's length in 4 bytes (big-endian), the message, and the receiveid: the CorpID for an application,
nothing for a 智能机器人. Since the signature is looked at first, no padding error can be told from outside without the Token.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from bot.errors import BadCallback

_SALT_BYTES: Final = 16
_LENGTH_BYTES: Final = 4
_IV_BYTES: Final = 16
_PADDED_TO_BITS: Final = 32 * 8


@dataclass(frozen=True, slots=True)
class WeComKeys:
    """What the console shows for one callback address; its ``repr`` shows no secret.

    Attributes:
        token: The Token, as typed into the console.
        aes_key: The EncodingAESKey: 43 characters, the key's Base64 form without its last "=".
        receive_id: The CorpID for an application and for 微信客服; empty for a 智能机器人.

    Raises:
        ValueError: For an *aes_key* that is no such key; the message does not repeat it.
    """

    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    receive_id: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9+/]{43}", self.aes_key):
            raise ValueError("the EncodingAESKey must have 43 letters and digits, as the WeCom console shows it")


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted message with what proves where it comes from; *timestamp* in seconds, as text."""

    encrypted: str
    signature: str
    timestamp: str
    nonce: str


def signature(token: str, timestamp: str, nonce: str, encrypted: str) -> str:
    """The ``msg_signature`` of an encrypted text: 40 hexadecimal digits."""
    return hashlib.sha1("".join(sorted((token, timestamp, nonce, encrypted))).encode()).hexdigest()


def seal(plain: bytes, keys: WeComKeys, *, timestamp: str, nonce: str, salt: bytes | None = None) -> Sealed:
    """Encrypt and sign *plain*.

    Args:
        plain: The message, of any length.
        keys: Those of the callback address.
        timestamp: Seconds since 1970, as text.
        nonce: A random number; that of the request where the answer must carry it (智能机器人).
        salt: 16 bytes that make equal messages differ; random when not given.

    Raises:
        ValueError: If *salt* has not 16 bytes.
    """
    salt = os.urandom(_SALT_BYTES) if salt is None else salt
    if len(salt) != _SALT_BYTES:
        raise ValueError(f"the salt must have {_SALT_BYTES} bytes")
    padder = PKCS7(_PADDED_TO_BITS).padder()
    whole = salt + len(plain).to_bytes(_LENGTH_BYTES, "big") + plain + keys.receive_id.encode()
    encryptor = _cipher(keys).encryptor()
    encrypted = base64.b64encode(encryptor.update(padder.update(whole) + padder.finalize()) + encryptor.finalize()).decode()
    return Sealed(encrypted, signature(keys.token, timestamp, nonce, encrypted), timestamp, nonce)


def unseal(encrypted: str, signed: str, timestamp: str, nonce: str, keys: WeComKeys) -> bytes:
    """Check and decrypt what WeCom sent.

    Args:
        encrypted: The ``Encrypt`` of the body, or the ``echostr`` of the address, after URL decoding.
        signed: The ``msg_signature`` of the address.
        timestamp: As in the address.
        nonce: As in the address.
        keys: Those of the callback address.

    Raises:
        BadCallback: With the reason ``signature``, ``base64``, ``padding``, ``length`` or ``receiveid``.
    """
    if not same(signature(keys.token, timestamp, nonce, encrypted), signed):
        raise BadCallback("signature")
    try:
        cipher_text = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError):
        raise BadCallback("base64") from None
    whole = _without_padding(cipher_text, keys)
    head = _SALT_BYTES + _LENGTH_BYTES
    if len(whole) < head:
        raise BadCallback("length")
    end = head + int.from_bytes(whole[_SALT_BYTES:head], "big")
    if end > len(whole):
        raise BadCallback("length")
    if not hmac.compare_digest(whole[end:], keys.receive_id.encode()):
        raise BadCallback("receiveid")
    return whole[head:end]


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that does not tell where they differ."""
    # compare_digest takes only ASCII as text, and what comes from outside may hold anything, lone surrogates too.
    return hmac.compare_digest(one.encode(errors="surrogatepass"), other.encode(errors="surrogatepass"))


def _cipher(keys: WeComKeys) -> Cipher[modes.CBC]:
    key = base64.b64decode(keys.aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:_IV_BYTES]))


def _without_padding(cipher_text: bytes, keys: WeComKeys) -> bytes:
    unpadder = PKCS7(_PADDED_TO_BITS).unpadder()
    try:
        decryptor = _cipher(keys).decryptor()
        padded = decryptor.update(cipher_text) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise BadCallback("padding") from None
