"""Callbacks that are not WeCom's, or not whole: refused with 4xx, nothing told, nothing sent, nothing kept, no traceback."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from knowledge.library import Library
from tests.bot.channels.wecom_service import Service, serving
from tests.fakes.wecom_calling import Response, envelope, post, to_xml, verify_address
from tests.fakes.wecom_crypt import Crypt
from tests.fakes.wecom_server import WeComServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER_KEY = "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ"
Made = tuple[dict[str, str], bytes]


class Address:
    """One of the two callback addresses, and what belongs to it."""

    def __init__(self, wecom: WeComServer, url: str, path: str) -> None:
        self.wecom = wecom
        self.url = f"{url}/wecom/{path}"
        self.crypt: Crypt = wecom.app_crypt if path == "callback" else wecom.bot_crypt

    def plain(self, text: str = "行政复议维持了几件?") -> bytes:
        """A message as it should be."""
        number = next(self.wecom.api.ids)
        if self.crypt.receive_id:
            head = {"ToUserName": self.wecom.corp_id, "FromUserName": "zhangsan", "CreateTime": int(time.time()), "MsgType": "text"}
            return to_xml(head | {"Content": text, "MsgId": 9_000_000 + number, "AgentID": self.wecom.agent_id}).encode()
        head = {"msgid": f"bad-{number}", "aibotid": self.wecom.bot_id, "chattype": "single", "from": {"userid": "zhangsan"}}
        return json.dumps(head | {"msgtype": "text", "text": {"content": text}}).encode()

    def make(self, plain: bytes | None = None, crypt: Crypt | None = None, **query: str) -> Made:
        """A whole callback; in parts of another *crypt*, time stamp or nonce."""
        crypt = crypt or self.crypt
        encrypted = crypt.encrypt(self.plain() if plain is None else plain)
        return crypt.query(encrypted, **query), envelope(encrypted, self.crypt)

    async def post(self, made: Made) -> Response:
        return await post(self.wecom, self.url, *made)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wecom() -> AsyncIterator[WeComServer]:
    async with WeComServer() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(wecom: WeComServer, library: Library, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Service, Path]]:
    folder = tmp_path_factory.mktemp("bad-callbacks")
    async with serving(wecom, folder, library) as service:
        yield service, folder


@pytest.fixture(params=["callback", "bot"])
def address(request: pytest.FixtureRequest, wecom: WeComServer, service: tuple[Service, Path]) -> Address:
    return Address(wecom, service[0].url, request.param)


def without(name: str) -> Callable[[Address], Made]:
    def make(address: Address) -> Made:
        query, body = address.make()
        return {key: value for key, value in query.items() if key != name}, body

    return make


def signed(encrypted: str, address: Address) -> Made:
    """Any text as the encrypted one, truly signed."""
    return address.crypt.query(encrypted), envelope(encrypted, address.crypt)


def with_body(body: bytes) -> Callable[[Address], Made]:
    return lambda address: (address.make()[0], body)


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 100 + b'"><!ENTITY b "' + b"&a;" * 100 + b'"><!ENTITY c "' + b"&b;" * 100 + b'">]><xml>&c;</xml>'
)
FILE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'
FETCHED = b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd"><xml><Encrypt>a</Encrypt></xml>'

BAD: dict[str, Callable[[Address], Made]] = {
    "no signature": without("msg_signature"),
    "no time stamp": without("timestamp"),
    "no nonce": without("nonce"),
    "no parameters": lambda address: ({}, address.make()[1]),
    "wrong signature": lambda address: (address.make()[0] | {"msg_signature": "0" * 40}, address.make()[1]),
    "signature of another body": lambda address: (address.make()[0], address.make()[1]),
    "wrong Token": lambda address: address.make(crypt=replace(address.crypt, token="another")),
    "wrong key": lambda address: address.make(crypt=replace(address.crypt, aes_key=OTHER_KEY)),
    "wrong receiveid": lambda address: address.make(crypt=replace(address.crypt, receive_id="wwSomebodyElse")),
    "old time stamp": lambda address: address.make(timestamp=str(int(time.time()) - 3600)),
    "time stamp to come": lambda address: address.make(timestamp=str(int(time.time()) + 3600)),
    "time stamp that is none": lambda address: address.make(timestamp="yesterday"),
    "truncated base64": lambda address: signed(address.crypt.encrypt(address.plain())[:-5], address),
    "truncated cipher text": lambda address: signed(address.crypt.encrypt(address.plain())[:-24], address),
    "no base64": lambda address: signed("@@@@", address),
    "nothing encrypted": lambda address: address.make(b""),
    "nonsense encrypted": lambda address: address.make(b"\xff\x00 no message"),
    "empty body": with_body(b""),
    "form body": with_body(b"a=b"),
    "1 MB body": with_body(b"<xml>" + b"a" * 1_000_000),
    "2 MB body": with_body(b" " * 2_000_000),
    "XML bomb": with_body(BOMB),
    "external entity": with_body(FILE),
    "fetched document type": with_body(FETCHED),
    "JSON of great depth": with_body(b"[" * 100_000),
    "XML of great depth": with_body(b"<a>" * 20_000),
}


def kept(folder: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "state.db")) as db:
        return db.execute("select count(*) from inbox").fetchall() + db.execute("select count(*) from replies").fetchall()


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
async def test_what_is_not_of_wecom_is_refused(
    address: Address, make: Callable[[Address], Made], service: tuple[Service, Path], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before, sent, calls = kept(service[1]), len(address.wecom.sent), len(address.wecom.calls)
    response = await address.post(make(address))
    assert 400 <= response.status < 500
    told = response.body.decode()
    assert [word for word in (*address.wecom.secrets, address.wecom.corp_id, "signature", "Traceback", "root:") if word in told] == []
    assert kept(service[1]) == before
    assert (len(address.wecom.sent), len(address.wecom.calls)) == (sent, calls)
    assert [record for record in caplog.records if record.exc_info] == []
    assert [secret for secret in address.wecom.secrets if secret in caplog.text] == []


@pytest.mark.parametrize("encrypted_xml", [BOMB, FILE, FETCHED], ids=["bomb", "external entity", "fetched"])
async def test_xml_that_does_harm_is_refused_where_it_was_encrypted_too(address: Address, encrypted_xml: bytes) -> None:
    assert 400 <= (await address.post(address.make(encrypted_xml))).status < 500


async def test_a_callback_replayed_again_and_again_is_answered_once_and_then_refused(address: Address) -> None:
    made = address.make()
    responses = [await address.post(made) for _ in range(8)]
    statuses = [response.status for response in responses]
    assert statuses[0] == 200
    assert responses[0].body
    assert [response.body for response in responses[1:] if response.status == 200] == [b""] * (statuses.count(200) - 1)
    assert statuses[4:] == [403] * 4


async def test_a_nonce_under_another_time_stamp_is_refused(address: Address) -> None:
    now = int(time.time())
    assert (await address.post(address.make(nonce="424242", timestamp=str(now)))).status == 200
    assert (await address.post(address.make(nonce="424242", timestamp=str(now - 1)))).status == 403


async def test_the_address_is_verified_within_a_second_and_word_for_word(address: Address) -> None:
    checked = await verify_address(address.wecom, address.url, address.crypt)
    assert (checked.status, checked.body) == (200, b"1616140317555161061")
    assert checked.seconds < 1


@pytest.mark.parametrize("left_out", ["msg_signature", "timestamp", "nonce", "echostr"])
async def test_an_address_checked_without_all_parameters_is_refused(address: Address, left_out: str) -> None:
    encrypted = address.crypt.encrypt(b"123456")
    query = address.crypt.query(encrypted) | {"echostr": encrypted}
    async with address.wecom.session.get(address.url, params={k: v for k, v in query.items() if k != left_out}) as response:
        assert 400 <= response.status < 500
        assert "123456" not in await response.text()


@pytest.mark.parametrize("change", [{"msg_signature": "0" * 40}, {"timestamp": "1"}, {"echostr": "AAAA"}], ids=str)
async def test_an_address_checked_by_somebody_else_tells_nothing(address: Address, change: dict[str, str]) -> None:
    encrypted = address.crypt.encrypt(b"123456")
    query = address.crypt.query(encrypted) | {"echostr": encrypted} | change
    async with address.wecom.session.get(address.url, params=query) as response:
        assert response.status == 403
        assert "123456" not in await response.text()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_other_methods_are_refused(address: Address, method: str) -> None:
    query, body = address.make()
    async with address.wecom.session.request(method, address.url, params=query, data=body) as response:
        assert response.status == 405


async def test_a_body_that_never_ends_is_not_waited_for(address: Address) -> None:
    query, _ = address.make()

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(4000):
            yield b"<a>" * 1000

    limit = aiohttp.ClientTimeout(total=10)
    try:
        async with address.wecom.session.post(address.url, params=query, data=endless(), timeout=limit) as response:
            assert 400 <= response.status < 500
    except aiohttp.ClientConnectionError:
        pass  # hung up on while it was still sending
