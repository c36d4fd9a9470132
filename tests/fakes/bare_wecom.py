"""A bare route at WeCom's callback address, to measure beside: ``python -m tests.fakes.bare_wecom`` with the settings in the environment.

It checks and decrypts what comes, encrypts the same text as the answer, and does nothing else: the least that any service does.
"""

from __future__ import annotations

import os
import socket
import time
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response

from bot.channels.wecom_crypto import WeComKeys
from bot.channels.wecom_envelope import CallbackQuery, cdata, open_echo, open_json, open_xml, seal_json, seal_xml
from bot.channels.wecom_gate import CallbackGate
from bot.errors import BadCallback


def create_bare_app(keys: WeComKeys, bot_keys: WeComKeys) -> FastAPI:
    """Routes like those of the service."""
    app = FastAPI()
    gate, bot_gate = CallbackGate(keys, time.time), CallbackGate(bot_keys, time.time)

    @app.exception_handler(BadCallback)
    async def refuse(_: Request, __: BadCallback) -> Response:
        return Response(status_code=403)

    @app.get("/wecom/callback")
    async def verify(request: Request) -> Response:
        query = CallbackQuery.of(request.query_params)
        return Response(open_echo(request.query_params.get("echostr", ""), query, gate), media_type="text/plain")

    @app.post("/wecom/callback")
    async def answer(request: Request) -> Response:
        query = CallbackQuery.of(request.query_params)
        message = open_xml(await request.body(), query, gate).payload
        if message.get("MsgType") != "text":
            return Response()
        now = int(time.time())
        reply = (
            f"<xml><ToUserName>{cdata(message['FromUserName'])}</ToUserName><FromUserName>{cdata(message['ToUserName'])}</FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType>{cdata('text')}</MsgType><Content>{cdata(message['Content'])}</Content></xml>"
        )
        return Response(seal_xml(reply, keys, timestamp=str(now), nonce=query.nonce), media_type="application/xml")

    @app.post("/wecom/bot")
    async def answer_bot(request: Request) -> dict[str, Any]:
        query = CallbackQuery.of(request.query_params)
        message = open_json(await request.body(), query, bot_gate).payload
        reply = {"msgtype": "stream", "stream": {"id": message["msgid"], "finish": True, "content": message["text"]["content"]}}
        return seal_json(reply, bot_keys, timestamp=str(int(time.time())), nonce=query.nonce)

    return app


def main() -> None:
    """Serve on a free port, and print where."""
    given = {name.removeprefix("WENBAO_WECOM_"): value for name, value in os.environ.items()}
    keys = WeComKeys(given["TOKEN"], given["AES_KEY"], given["CORP_ID"])
    app = create_bare_app(keys, WeComKeys(given["BOT_TOKEN"], given["BOT_AES_KEY"], ""))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    listener = config.bind_socket()
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as the service does
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
