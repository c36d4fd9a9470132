"""XML and JSON around the encrypted text: what is read, what is written, what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wecom_crypto import WeComKeys, seal, unseal
from bot.channels.wecom_envelope import (
    MAX_BODY_BYTES,
    CallbackQuery,
    cdata,
    open_echo,
    open_json,
    open_xml,
    parse_xml,
    seal_json,
    seal_xml,
)
from bot.channels.wecom_gate import CallbackGate
from bot.errors import BadCallback

KEYS = WeComKeys("token", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "ww1234")
BOT = WeComKeys("bot-token", KEYS.aes_key, "")
NOW = "1764000000"
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>'
FILE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Encrypt>&a;</Encrypt></xml>'
BAD_XML = {
    "empty": b"",
    "no xml": b"hello",
    "cut off": b"<xml><Encrypt>abc",
    "entity bomb": BOMB,
    "external entity": FILE,
    "document type": b"<!DOCTYPE xml><xml><Encrypt>a</Encrypt></xml>",
    "external document type": b'<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/x.dtd"><xml><Encrypt>a</Encrypt></xml>',
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?><xml><Encrypt>a</Encrypt></xml>',
    "not UTF-8": b"<xml><Encrypt>\xff\xfe</Encrypt></xml>",
    "root alone": b"<xml>abc</xml>",
    "nested deeply": b"<xml>" + b"<a>" * 5000 + b"</a>" * 5000 + b"</xml>",
}
#: Nothing bad about the XML, but no encrypted text in it.
NOTHING_ENCRYPTED = {
    "no text inside": b"<xml><Encrypt/></xml>",
    "no Encrypt": b"<xml><Other>a</Other></xml>",
    "Encrypt twice": b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
    "Encrypt with children": b"<xml><Encrypt><a>b</a></Encrypt></xml>",
}
BAD_JSON = {
    "empty": b"",
    "list": b"[]",
    "number": b"1",
    "no encrypt": b"{}",
    "encrypt a list": b'{"encrypt": ["a"]}',
    "deep": b"[" * 50_000,
    "not UTF-8": b'{"encrypt": "\xff"}',
}


def gate(keys=KEYS):
    return CallbackGate(keys, lambda: float(NOW))


def called(plain, keys=KEYS):
    sealed = seal(plain, keys, timestamp=NOW, nonce="7")
    return sealed.encrypted, CallbackQuery(sealed.signature, sealed.timestamp, sealed.nonce)


def reason_of(open_body, body, query=None, keys=KEYS):
    with pytest.raises(BadCallback) as caught:
        open_body(body, query or CallbackQuery("0" * 40, NOW, "7"), gate(keys))
    return caught.value.reason


def test_an_xml_message_is_read():
    plain = "<xml><FromUserName><![CDATA[zhangsan]]></FromUserName><Content><![CDATA[复议 <几件> & 撤销]]></Content><MsgId>12</MsgId></xml>"
    encrypted, query = called(plain.encode())
    body = f"<xml><ToUserName><![CDATA[ww1234]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt><AgentID>1</AgentID></xml>"
    callback = open_xml(body.encode(), query, gate())
    assert callback.payload == {"FromUserName": "zhangsan", "Content": "复议 <几件> & 撤销", "MsgId": "12"}
    assert not callback.repeated


def test_nested_and_repeated_elements_are_kept():
    xml = b"<xml><S><I><K>a</K></I><I><K>b</K><O><X>1</X><X>2</X></O></I></S><E/></xml>"
    assert parse_xml(xml) == {"S": {"I": [{"K": "a"}, {"K": "b", "O": {"X": ["1", "2"]}}]}, "E": ""}


def test_a_json_message_is_read():
    encrypted, query = called(json.dumps({"msgid": "m1", "text": {"content": "你好"}}).encode(), BOT)
    callback = open_json(json.dumps({"encrypt": encrypted}).encode(), query, gate(BOT))
    assert callback.payload == {"msgid": "m1", "text": {"content": "你好"}}


def test_the_check_of_the_address_is_answered_as_it_stands():
    encrypted, query = called(b"1616140317555161061")
    assert open_echo(encrypted, query, gate()) == b"1616140317555161061"
    with pytest.raises(BadCallback, match="parameters"):
        open_echo("", query, gate())


@pytest.mark.parametrize("body", (BAD_XML | NOTHING_ENCRYPTED).values(), ids=BAD_XML | NOTHING_ENCRYPTED)
def test_bad_xml_outside_is_refused(body):
    assert reason_of(open_xml, body) == "body"


@pytest.mark.parametrize("body", BAD_XML.values(), ids=BAD_XML)
def test_bad_xml_inside_is_refused(body):
    encrypted, query = called(body)
    assert reason_of(open_xml, f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode(), query) == "body"


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON)
def test_bad_json_is_refused(body):
    assert reason_of(open_json, body, keys=BOT) == "body"


@pytest.mark.parametrize("open_body", [open_xml, open_json])
def test_a_body_longer_than_any_message_is_refused_unread(open_body):
    assert reason_of(open_body, b" " * (MAX_BODY_BYTES + 1)) == "size"


@pytest.mark.parametrize("left_out", ["msg_signature", "timestamp", "nonce"])
def test_every_parameter_is_needed(left_out):
    parameters = {"msg_signature": "a", "timestamp": "1", "nonce": "2"}
    assert CallbackQuery.of(parameters) == CallbackQuery("a", "1", "2")
    for value in ("", "x" * 129):
        with pytest.raises(BadCallback, match="parameters"):
            CallbackQuery.of(parameters | {left_out: value})
    with pytest.raises(BadCallback, match="parameters"):
        CallbackQuery.of({name: value for name, value in parameters.items() if name != left_out})


def test_an_xml_answer_is_signed_and_opens():
    fields = parse_xml(seal_xml("<xml>答</xml>", KEYS, timestamp=NOW, nonce="9").encode())
    assert (fields["TimeStamp"], fields["Nonce"]) == (NOW, "9")
    assert unseal(fields["Encrypt"], fields["MsgSignature"], NOW, "9", KEYS).decode() == "<xml>答</xml>"


def test_a_json_answer_is_signed_and_opens():
    answer = seal_json({"msgtype": "stream", "text": "答"}, BOT, timestamp=NOW, nonce="9")
    assert set(answer) == {"encrypt", "msgsignature", "timestamp", "nonce"}
    assert json.loads(unseal(answer["encrypt"], answer["msgsignature"], NOW, "9", BOT)) == {"msgtype": "stream", "text": "答"}


@given(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn", "Co"]), min_size=1))
def test_any_text_survives_its_cdata_section(text):
    assert parse_xml(f"<xml><Content>{cdata(text)}</Content></xml>".encode()) == {"Content": text}


@given(st.lists(st.sampled_from(["]", ">", "<", "&", "[", "!"]), min_size=1).map("".join))
def test_no_text_breaks_out_of_its_cdata_section(text):
    assert parse_xml(f"<xml><Content>{cdata(text)}</Content></xml>".encode()) == {"Content": text}
