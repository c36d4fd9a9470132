"""How the platform calls back: encrypted, with a limit of time, again where it fails, and sometimes again where it does not."""

from __future__ import annotations

import asyncio
import io
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError, fromstring

import aiohttp

from tests.fakes.wecom_crypt import Crypt

if TYPE_CHECKING:
    from tests.fakes.wecom_server import WeComServer


@dataclass(frozen=True, slots=True)
class Response:
    """Of one delivery; *status* is 0 where none came within the limit. *seconds* from request to the end of the answer."""

    status: int
    body: bytes
    seconds: float
    nonce: str


@dataclass(slots=True)
class Delivery:
    """A callback, delivered once or more often.

    Attributes:
        id: Of the message, where it has one.
        responses: In the order of the deliveries.
    """

    id: str = ""
    responses: list[Response] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether the last delivery was acknowledged."""
        return bool(self.responses) and self.responses[-1].status == 200


async def call_back(
    server: WeComServer,
    url: str,
    plain: bytes,
    crypt: Crypt,
    *,
    times: int = 1,
    at_once: bool = False,
    anew: bool = False,
    patience_s: float | None = None,
    delivery_id: str = "",
) -> Delivery:
    """Deliver *plain*; the body is XML, or JSON for the robot.

    Args:
        times: Deliveries even where the first is acknowledged; one that fails is sent again until ``server.deliveries``.
        at_once: All of *times* at the same moment, in place of one after the other.
        anew: Encrypt each under a time stamp and nonce of its own, in place of the very same request.
        patience_s: When to hang up, in place of the platform's 5 s.
    """
    delivery, request = Delivery(delivery_id), _request(plain, crypt)

    async def once(query: dict[str, str], body: bytes) -> Response:
        return await post(server, url, query, body, patience_s=patience_s)

    if at_once:
        requests = [_request(plain, crypt) if anew else request for _ in range(times)]
        delivery.responses += await asyncio.gather(*(once(*each) for each in requests))
    while len(delivery.responses) < times or (not delivery.accepted and len(delivery.responses) < server.deliveries):
        delivery.responses.append(await once(*(_request(plain, crypt) if anew else request)))
    return delivery


async def post(server: WeComServer, url: str, query: dict[str, str], body: bytes, *, patience_s: float | None = None) -> Response:
    """One request as it stands, also one that no platform would make."""
    start = time.perf_counter()
    limit = aiohttp.ClientTimeout(total=server.answer_limit_s if patience_s is None else patience_s)
    try:
        async with server.session.post(url, params=query, data=io.BytesIO(body), timeout=limit) as response:
            status, content = response.status, await response.read()
    except (aiohttp.ClientError, TimeoutError) as exc:
        status, content = 0, b""
        server.unanswered[type(exc).__name__] += 1
    return Response(status, content, time.perf_counter() - start, query.get("nonce", ""))


async def verify_address(server: WeComServer, url: str, crypt: Crypt, echo: str = "1616140317555161061") -> Response:
    """What the console does when an address is saved."""
    encrypted = crypt.encrypt(echo.encode())
    start = time.perf_counter()
    query = crypt.query(encrypted) | {"echostr": encrypted}
    async with server.session.get(url, params=query, timeout=aiohttp.ClientTimeout(total=1)) as response:
        return Response(response.status, await response.read(), time.perf_counter() - start, query["nonce"])


def _request(plain: bytes, crypt: Crypt) -> tuple[dict[str, str], bytes]:
    encrypted = crypt.encrypt(plain)
    return crypt.query(encrypted), envelope(encrypted, crypt)


def envelope(encrypted: str, crypt: Crypt) -> bytes:
    """The body around an encrypted text."""
    if not crypt.receive_id:
        return json.dumps({"encrypt": encrypted}).encode()
    return f"<xml><ToUserName><![CDATA[{crypt.receive_id}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


def to_xml(fields: dict[str, Any]) -> str:
    """The XML of a message: numbers bare, texts as CDATA."""
    inner = "".join(
        f"<{name}>{value}</{name}>" if isinstance(value, int | float) else f"<{name}><![CDATA[{str(value).replace(']]>', '')}]]></{name}>"
        for name, value in fields.items()
    )
    return f"<xml>{inner}</xml>"


def read_xml_reply(body: bytes, crypt: Crypt) -> dict[str, Any]:
    """The decrypted passive reply; children that have children as a dictionary.

    Raises:
        ValueError: If it is not signed or encrypted as it should be.
    """
    try:
        outer = {child.tag: child.text or "" for child in fromstring(body)}
        encrypted, timestamp, nonce = outer["Encrypt"], outer["TimeStamp"], outer["Nonce"]
        if crypt.sign(timestamp, nonce, encrypted) != outer["MsgSignature"]:
            raise ValueError("wrong MsgSignature")
        inner = fromstring(crypt.decrypt(encrypted))
    except (ParseError, KeyError) as exc:
        raise ValueError(f"no reply that WeCom reads: {exc!r}") from exc
    return {
        child.tag: {grandchild.tag: grandchild.text or "" for grandchild in child} if len(child) else child.text or "" for child in inner
    }


def read_json_reply(body: bytes, crypt: Crypt, nonce: str) -> dict[str, Any]:
    """The decrypted reply of a robot; raises as :func:`read_xml_reply`, also where it carries another nonce than the request."""
    outer = json.loads(body)
    try:
        if outer["nonce"] != nonce:
            raise ValueError("another nonce than the address had")
        if crypt.sign(str(outer["timestamp"]), outer["nonce"], outer["encrypt"]) != outer["msgsignature"]:
            raise ValueError("wrong msgsignature")
        reply = json.loads(crypt.decrypt(outer["encrypt"]))
    except (KeyError, TypeError) as exc:
        raise ValueError(f"no reply that WeCom reads: {exc!r}") from exc
    if not isinstance(reply, dict):
        raise ValueError("the reply is no object")
    return reply
