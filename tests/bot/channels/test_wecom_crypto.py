"""Signing and encrypting: the platform's published examples, its own library, and what is refused."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom_crypto import WeComKeys, seal, signature, unseal
from bot.errors import CALLBACK_FAULTS, BadCallback

# From the sample programs that WeCom hands out with its library (C++, Python, PHP, Java: all the same).
SAMPLE = WeComKeys("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
ECHO = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
MESSAGE = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qh"
    "xchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s"
    "4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/u"
    "h9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)
# From the Java sample's own test, which fixes the random bytes.
FIXED = WeComKeys("pamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wxb11529c136998cb6")
FIXED_SALT = b"aaaabbbbccccdddd"
FIXED_ENCRYPTED = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="

BOT = WeComKeys("bot-token", FIXED.aes_key, "")

plains = st.one_of(st.binary(max_size=3000), st.text(max_size=800).map(str.encode))
stamps = st.integers(0, 10**10).map(str)
nonces = st.text("0123456789abcdef", min_size=1, max_size=20)
keys_used = st.sampled_from([SAMPLE, FIXED, BOT])


def test_published_url_check():
    assert unseal(ECHO, "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "1409659589", "263014780", SAMPLE) == b"1616140317555161061"


def test_published_message():
    plain = unseal(MESSAGE, "477715d11cdb4164915debcba66cb864d751f3e6", "1409659813", "1372623149", SAMPLE).decode()
    assert plain.startswith("<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>")
    assert "<Content><![CDATA[hello]]></Content>" in plain
    assert "<MsgId>4561255354251345929</MsgId>" in plain


def test_published_encryption_with_fixed_random_bytes():
    sealed = seal("我是中文abcd123".encode(), FIXED, timestamp="1409304348", nonce="xxxxxx", salt=FIXED_SALT)
    assert sealed.encrypted == FIXED_ENCRYPTED
    assert sealed.signature == signature("pamtest", "1409304348", "xxxxxx", FIXED_ENCRYPTED)


@given(plains, stamps, nonces, keys_used)
def test_what_is_sealed_opens_again(plain, stamp, nonce, keys):
    sealed = seal(plain, keys, timestamp=stamp, nonce=nonce)
    assert unseal(sealed.encrypted, sealed.signature, stamp, nonce, keys) == plain
    assert len(base64.b64decode(sealed.encrypted)) % 32 == 0


@given(plains, keys_used, st.data())
def test_any_changed_character_is_refused_by_the_signature(plain, keys, data):
    sealed = seal(plain, keys, timestamp="1700000000", nonce="1")
    at = data.draw(st.integers(0, len(sealed.encrypted) - 1))
    other = data.draw(st.sampled_from("AZaz09+/=_\n").filter(lambda character: character != sealed.encrypted[at]))
    with pytest.raises(BadCallback, match="signature"):
        unseal(sealed.encrypted[:at] + other + sealed.encrypted[at + 1 :], sealed.signature, "1700000000", "1", keys)


@given(st.binary(max_size=200), st.text(max_size=200))
def test_whatever_else_is_signed_is_refused_with_a_reason(cipher_text, text):
    for encrypted in (base64.b64encode(cipher_text).decode(), text.encode(errors="replace").decode()):
        # By chance alone it could open once in 2 to the 100th.
        with pytest.raises(BadCallback, match=r"base64|padding|length|receiveid"):
            unseal(encrypted, signature(FIXED.token, "1", "2", encrypted), "1", "2", FIXED)


def sealed_raw(whole: bytes, keys: WeComKeys) -> tuple[str, str]:
    """Encrypt bytes that are padded already, as no honest sender makes them, and sign them truly."""
    key = base64.b64decode(keys.aes_key + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    encrypted = base64.b64encode(encryptor.update(whole) + encryptor.finalize()).decode()
    return encrypted, signature(keys.token, "1", "2", encrypted)


def padded(whole: bytes) -> bytes:
    missing = 32 - len(whole) % 32
    return whole + bytes([missing]) * missing


CORP = FIXED.receive_id.encode()


@pytest.mark.parametrize(
    ("whole", "reason"),
    [
        pytest.param(padded(bytes(16) + b"\0\0\0\x02hi" + CORP), None, id="sound"),
        pytest.param(padded(bytes(16) + b"\0\0\0\x02hi" + CORP + b"x"), "receiveid", id="another receiver"),
        pytest.param(padded(bytes(16) + b"\0\0\0\x02hi"), "receiveid", id="no receiver"),
        pytest.param(padded(bytes(16) + b"\0\0\0\xffhi" + CORP), "length", id="longer than it is"),
        pytest.param(padded(bytes(16) + b"\xff\xff\xff\xffhi" + CORP), "length", id="longest length"),
        pytest.param(padded(bytes(10)), "length", id="too short for a length"),
        pytest.param(bytes(31) + b"\0", "padding", id="padding of 0"),
        pytest.param(bytes(31) + b"\x21", "padding", id="padding of 33"),
        pytest.param(bytes(30) + b"\x01\x02", "padding", id="padding that differs"),
        pytest.param(bytes(16), "padding", id="half a block"),
        pytest.param(b"", "padding", id="nothing"),
    ],
)
def test_signed_nonsense_is_refused_with_its_reason(whole, reason):
    encrypted, signed = sealed_raw(whole, FIXED)
    if reason is None:
        assert unseal(encrypted, signed, "1", "2", FIXED) == b"hi"
        return
    with pytest.raises(BadCallback) as caught:
        unseal(encrypted, signed, "1", "2", FIXED)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "encrypted", [FIXED_ENCRYPTED[:-3], FIXED_ENCRYPTED + "!", "汉字", FIXED_ENCRYPTED[:40] + "\n" + FIXED_ENCRYPTED[40:]]
)
def test_truncated_or_foreign_base64_is_refused(encrypted):
    with pytest.raises(BadCallback) as caught:
        unseal(encrypted, signature(FIXED.token, "1", "2", encrypted), "1", "2", FIXED)
    assert caught.value.reason == "base64"


def test_a_signature_of_any_characters_is_refused_without_a_fault():
    for signed in ("", "0" * 40, "é", "\ud800", "签名"):
        with pytest.raises(BadCallback) as caught:
            unseal(FIXED_ENCRYPTED, signed, "1", "2", FIXED)
        assert caught.value.reason == "signature"


def test_a_message_for_another_corporation_is_refused():
    other = replace(FIXED, receive_id="wx0000000000000000")
    sealed = seal(b"hi", other, timestamp="1", nonce="2")
    with pytest.raises(BadCallback) as caught:
        unseal(sealed.encrypted, sealed.signature, "1", "2", FIXED)
    assert caught.value.reason == "receiveid"


@pytest.mark.parametrize("aes_key", ["", "a" * 42, "a" * 44, "a" * 42 + "-", "a" * 42 + "=", "密" * 43])
def test_a_key_that_is_none_is_refused_and_not_repeated(aes_key):
    with pytest.raises(ValueError, match="43") as caught:
        WeComKeys("token", aes_key, "corp")
    assert not aes_key or aes_key not in str(caught.value)


def test_no_secret_in_what_is_shown():
    shown = repr(SAMPLE) + "".join(str(BadCallback(reason)) for reason in CALLBACK_FAULTS)
    assert SAMPLE.token not in shown
    assert SAMPLE.aes_key not in shown
    with pytest.raises(ValueError, match="16 bytes"):
        seal(b"", SAMPLE, timestamp="1", nonce="1", salt=b"short")


@pytest.fixture(scope="module")
def platform_library():
    """Calls into npm's @wecom/crypto, which WeCom itself keeps; fetched once into the environment, by its lock file."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node.js and npm are not installed, so the platform's own library cannot be asked")
    source, home = Path("tests/fakes/wecom_js"), Path(sys.prefix) / "wecom_js"
    if not (home / "node_modules/@wecom/crypto/package.json").is_file():
        shutil.copytree(source, home, dirs_exist_ok=True)
        fetched = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=home, capture_output=True, text=True, timeout=60, check=False
        )
        if fetched.returncode:
            pytest.skip(f"npm cannot fetch @wecom/crypto here: {fetched.stderr.strip().splitlines()[-1:]}")
    shutil.copy(source / "crypto.js", home)

    def call(calls):
        done = subprocess.run(
            ["node", "crypto.js"], cwd=home, input=json.dumps(calls), capture_output=True, text=True, timeout=30, check=True
        )
        return json.loads(done.stdout)

    return call


# Lengths around the block, characters of one to four bytes, both kinds of receiver.
TEXTS = ["", "hi", "复议撤销几件", "😀" * 7, "]]>&<", *("a" * n for n in range(20)), "长" * 700]


@pytest.mark.parametrize("keys", [SAMPLE, FIXED, BOT], ids=["application", "java sample", "bot"])
def test_the_platforms_own_library_reads_what_is_written_here_and_the_other_way_round(platform_library, keys):
    ours = [seal(text.encode(), keys, timestamp="1700000000", nonce="12345") for text in TEXTS]
    read = platform_library([["decrypt", keys.aes_key, sealed.encrypted] for sealed in ours])
    assert read == [{"message": text, "id": keys.receive_id} for text in TEXTS]

    theirs = platform_library([["encrypt", keys.aes_key, text, keys.receive_id] for text in TEXTS])
    signed = platform_library([["getSignature", keys.token, "1700000000", "12345", encrypted] for encrypted in theirs])
    for text, encrypted, its_signature in zip(TEXTS, theirs, signed, strict=True):
        assert unseal(encrypted, its_signature, "1700000000", "12345", keys) == text.encode()
