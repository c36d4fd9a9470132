"""HTTP: the chat page, the API, health and metrics."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import generate_latest
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import texts
from bot.assistant import Assistant
from bot.channels.base import Channel
from bot.channels.web_models import (
    AskRequest,
    FeedbackRequest,
    FigureModel,
    Problem,
    ReplyModel,
    ReportModel,
    SectionModel,
)
from bot.errors import RateLimited
from bot.listings import find_section, list_figures, list_reports, list_sections
from bot.messages import IncomingMessage

log = logging.getLogger(__name__)

PAGE_DIR = Path(__file__).resolve().parents[1] / "web"
#: A question of 2,000 characters, escaped as JSON, stays well below.
MAX_BODY_BYTES = 65_536
#: What platforms post: an update of Telegram may hold two messages of 4,096 characters, each with 100 entities.
MAX_UPDATE_BYTES = 1_000_000

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_RAW_HEADERS = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
_REFUSALS: dict[int | str, dict[str, Any]] = {status: {"model": Problem} for status in (400, 411, 413, 429)}
_PROBLEMS: dict[int | str, dict[str, Any]] = {422: {"model": Problem}}


def create_app(assistant: Assistant, channels: Sequence[Channel] = ()) -> FastAPI:
    """The HTTP side of *assistant*; the *channels* live as long as it is served."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watcher = asyncio.create_task(assistant.watch())
        try:
            for channel in channels:
                await channel.start()
            yield
        finally:
            # All at once: each has the same few seconds.
            for fault in await asyncio.gather(*(channel.stop() for channel in channels), return_exceptions=True):
                if fault is not None:
                    log.error("channel not stopped in order", exc_info=fault)
            watcher.cancel()
            await assistant.close()

    app = FastAPI(title="问报 wenbao", docs_url=None, redoc_url=None, lifespan=lifespan)
    app.add_middleware(Guard)
    app.add_exception_handler(RequestValidationError, _explain_invalid)
    app.add_exception_handler(StarletteHTTPException, _say_in_chinese)
    app.add_exception_handler(Exception, _apologise)
    for channel in channels:  # first, since routes are tried in order
        channel.add_routes(app)
    _add_api(app, assistant)
    _add_service_routes(app, assistant)
    app.mount("/static", StaticFiles(directory=PAGE_DIR), name="static")
    return app


def _add_api(app: FastAPI, assistant: Assistant) -> None:
    @app.post("/api/ask", response_model=ReplyModel, responses={**_PROBLEMS, **_REFUSALS})
    async def ask(body: AskRequest, request: Request) -> dict[str, Any]:
        if not any(char.isprintable() and not char.isspace() for char in body.question):
            raise HTTPException(422, texts.EMPTY)
        sender = request.client.host if request.client else ""
        try:
            reply = await assistant.answer(IncomingMessage("web", body.conversation or "", sender, body.question))
        except RateLimited as exc:
            headers = {"Retry-After": str(int(exc.retry_after_s) + 1)}
            raise HTTPException(429, texts.RATE_LIMITED, headers) from exc
        return reply.to_json()

    @app.get("/api/sections", response_model=list[SectionModel], responses={**_PROBLEMS, 404: {"model": Problem}})
    async def sections(report: str | None = Query(None, max_length=64)) -> list[dict[str, Any]]:
        if report is not None and assistant.library.report(report) is None:
            raise HTTPException(404, texts.NO_SUCH_REPORT.format(wanted=report))
        return list_sections(assistant.library, report)

    @app.get("/api/sections/{section_id}", response_model=SectionModel, responses={**_PROBLEMS, 404: {"model": Problem}})
    async def section(section_id: str, report: str | None = Query(None, max_length=64)) -> dict[str, Any]:
        found = find_section(assistant.library, section_id, report)
        if found is None:
            raise HTTPException(404, texts.NO_SUCH_SECTION.format(wanted=section_id[:40]))
        return found

    @app.get(
        "/api/figures",
        response_model=list[FigureModel],
        response_model_exclude_unset=True,  # which report it is of is told only where there are several
        responses={**_PROBLEMS, 404: {"model": Problem}},
    )
    async def figures(query: str = Query("", max_length=200), report: str | None = Query(None, max_length=64)) -> list[dict[str, Any]]:
        if report is not None and assistant.library.report(report) is None:
            raise HTTPException(404, texts.NO_SUCH_REPORT.format(wanted=report))
        return list_figures(assistant.library, query, report)

    @app.get("/api/reports", response_model=list[ReportModel])
    async def reports() -> list[dict[str, Any]]:
        return list_reports(assistant.library)

    @app.post("/api/feedback", status_code=204, responses={**_PROBLEMS, **_REFUSALS, 404: {"model": Problem}})
    async def feedback(body: FeedbackRequest) -> Response:
        if not await assistant.give_feedback(body.reply_id, helpful=body.helpful, comment=body.comment or ""):
            raise HTTPException(404, texts.NO_SUCH_REPLY)
        return Response(status_code=204)

    @app.get("/api/explain", responses={**_PROBLEMS, 404: {"model": Problem}})
    async def explain(reply_id: str = Query(max_length=64)) -> dict[str, Any]:
        found = await assistant.explain(reply_id)
        if found is None:
            raise HTTPException(404, texts.NO_SUCH_REPLY)
        return found


def _add_service_routes(app: FastAPI, assistant: Assistant) -> None:
    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(PAGE_DIR / "index.html")

    @app.get("/healthz", include_in_schema=False)
    async def healthy() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    @app.get("/readyz", include_in_schema=False)
    async def ready() -> dict[str, Any]:
        reports = [edition.id for edition in assistant.library.editions.all]
        found = {"ready": True, "release": assistant.library.release, "reports": reports}
        return found | ({"fault": assistant.fault} if assistant.fault else {})

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return Response(generate_latest(assistant.metrics.registry), media_type="text/plain; version=0.0.4; charset=utf-8")


class Guard:
    """Turns away large bodies unread, and puts the security headers on every response.

    Plain ASGI: Starlette's own middleware for functions hands each message through a task group, and hides that a caller has hung up.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = dict(message["headers"])
                message["headers"] = [*message["headers"], *(header for header in _RAW_HEADERS if header[0] not in given)]
            await send(message)

        await (_turned_away(scope) or self._app)(scope, receive, send_guarded)


def _turned_away(scope: Scope) -> Response | None:
    """The refusal of a request by what it says of its body; None where it may pass."""
    given = next((value for name, value in scope["headers"] if name == b"content-length"), None)
    length = b"0" if given is None else given
    if not length.isdigit() or int(length) > (MAX_BODY_BYTES if scope["path"].startswith("/api/") else MAX_UPDATE_BYTES):
        return JSONResponse({"detail": texts.TOO_LONG}, 413)
    if scope["method"] == "POST" and given is None:
        return JSONResponse({"detail": texts.LENGTH_NEEDED}, 411)
    return None


async def _say_in_chinese(_: Request, exc: Exception) -> JSONResponse:
    """The framework's own refusals, in the language of those who read them."""
    if not isinstance(exc, StarletteHTTPException):
        raise exc
    if exc.status_code == 400:  # a body that is no UTF-8, or nested too deep: as wrong as broken JSON
        return JSONResponse({"detail": texts.BROKEN_JSON}, 422)
    detail = {404: texts.NO_SUCH_PAGE, 405: texts.WRONG_METHOD}.get(exc.status_code)
    said = exc.detail if detail is None or not exc.detail.isascii() else detail
    return JSONResponse({"detail": said}, exc.status_code, exc.headers)


async def _explain_invalid(_: Request, exc: Exception) -> JSONResponse:
    faults = exc.errors() if isinstance(exc, RequestValidationError) else []
    kinds = {fault["type"] for fault in faults}
    if "json_invalid" in kinds:
        detail = texts.BROKEN_JSON
    elif any(fault["type"] == "string_too_long" and "question" in fault["loc"] for fault in faults):
        detail = texts.TOO_LONG
    else:
        fields = "、".join(dict.fromkeys(".".join(map(str, fault["loc"][1:])) or "body" for fault in faults))
        detail = texts.INVALID_FIELDS.format(fields=fields)
    return JSONResponse({"detail": detail}, 422)


async def _apologise(_: Request, exc: Exception) -> JSONResponse:
    log.error("request failed", exc_info=exc)
    # The server hangs up after a fault: a caller that is not told uses the connection again, and loses the next request.
    return JSONResponse({"detail": texts.FAILED}, 500, {**_HEADERS, "Connection": "close"})
