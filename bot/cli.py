"""The ``wenbao`` command: thin; it reads arguments, calls one function and says what went wrong."""

from __future__ import annotations

import asyncio
import functools
import gc
import io
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from bot import texts
from bot.bootstrap import ensure_release, make_assistant, make_channels, open_state
from bot.channels.terminal import answer_batch, chat, open_batch, show_reply
from bot.coverage import coverage_map, coverage_table
from bot.errors import BotError
from bot.listings import list_figures, list_sections
from bot.session import Conversation
from bot.settings import Settings
from bot.state.base import SectionUse
from knowledge.errors import KnowledgeError
from knowledge.library import Library

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="问政府报告,答原文条款。")
errors = Console(stderr=True, highlight=False, soft_wrap=True)

for stream in (sys.stdout, sys.stderr):  # replies are Chinese, whatever the locale says
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="replace")

P = ParamSpec("P")
R = TypeVar("R")


def _plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Turn faults into one line on standard error and exit status 1."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (BotError, KnowledgeError) as exc:
            errors.print(f"wenbao: {exc}", style="red", markup=False)
        except BrokenPipeError:  # the reader of our output has gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as exc:
            errors.print(f"wenbao: {exc.strerror or exc}: {exc.filename or ''}".rstrip(": "), style="red", markup=False)
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        raise typer.Exit(1)

    return run


def _library(settings: Settings) -> Library:
    return ensure_release(settings, progress=lambda step: errors.print(step, style="dim", markup=False))


@app.command()
@_plain_errors
def serve() -> None:
    """Serve the web page and every configured channel on one port."""
    import uvicorn

    from bot.channels.web import create_app
    from bot.log_setup import set_up_logging

    settings = Settings.from_env()
    set_up_logging(secrets=settings.secrets())
    listener = _listen(settings)
    library, state = _library(settings), open_state(settings)
    # Python looks for cycles after every 700 new objects, through all of a release that does not change: an eighth of the time of a reply.
    gc.set_threshold(20_000, 20, 20)
    assistant = make_assistant(settings, library, state)
    channels = make_channels(settings, assistant, state)
    application = create_app(assistant, channels)
    host, port = listener.getsockname()[:2]
    shown = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host
    errors.print(f"问报 is ready: http://{shown}:{port}/  (Ctrl-C stops it)", style="bold green")
    errors.print(f"channels: {', '.join(['web', *(channel.title for channel in channels)])}", style="green", markup=False)
    # An answer takes milliseconds; the rest of the ten seconds of a stop is the other channels'.
    config = uvicorn.Config(application, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    uvicorn.Server(config).run(sockets=[listener])


def _listen(settings: Settings) -> socket.socket:
    """Take the port before anything slow is done, so that a taken one is told at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it. A response is headers and a body in packets of their own, and the second would wait some 40 ms where the
    # other side is slow to acknowledge the first; asyncio itself sets it on sockets made with their protocol's number alone.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(2048)
    except OSError as exc:
        listener.close()
        raise BotError(
            f"cannot listen on {settings.host}:{settings.port} ({exc.strerror}); stop what uses it, or set WENBAO_HOST or WENBAO_PORT"
        ) from exc
    return listener


@app.command()
@_plain_errors
def ask(
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the Reply as JSON.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show why this answer.")] = False,
    batch: Annotated[str | None, typer.Option("--batch", help='JSON lines {"id", "turns"}; - is standard input.')] = None,
) -> None:
    """Answer one question, or a batch of conversations."""
    if (question is None) == (batch is None):
        errors.print("wenbao: give a QUESTION, or --batch FILE", style="red")
        raise typer.Exit(2)
    if question is not None and not question.strip():
        raise BotError(texts.EMPTY)
    if batch is not None:
        with open_batch(batch) as source:
            library = _library(Settings.from_env())
            wrong = answer_batch(lambda: Conversation(library), source)
        raise typer.Exit(1 if wrong else 0)
    reply = Conversation(_library(Settings.from_env())).ask(question or "")
    if as_json:
        body = reply.to_json() | ({"explanation": reply.answer.explanation} if explain else {})
        typer.echo(json.dumps(body, ensure_ascii=False, indent=1))
        return
    show_reply(Console(highlight=False), reply)
    if explain:
        typer.echo(json.dumps(reply.answer.explanation, ensure_ascii=False, indent=1))


@app.command("chat")
@_plain_errors
def chat_command() -> None:
    """Talk with the bot in the terminal."""
    chat(Conversation(_library(Settings.from_env())), Console(highlight=False))


@app.command()
@_plain_errors
def sections(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    report: Annotated[str | None, typer.Option("--report", help="Only this report.")] = None,
) -> None:
    """List the parsed sections, in order."""
    library = _library_with(report)
    _print_rows(list_sections(library, report), (*_which(library, report), "id", "label", "title"), as_json=as_json)


@app.command()
@_plain_errors
def figures(
    words: Annotated[str, typer.Argument(help="Only figures about these words.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    report: Annotated[str | None, typer.Option("--report", help="Only this report.")] = None,
) -> None:
    """List the figures that the reports state."""
    library = _library_with(report)
    _print_rows(list_figures(library, words, report), (*_which(library, report), "label", "value", "unit", "quote"), as_json=as_json)


def _library_with(report: str | None) -> Library:
    """The live release; wrong use when it has no such report."""
    library = _library(Settings.from_env())
    if report is not None and library.report(report) is None:
        known = ", ".join(edition.id for edition in library.editions.all)
        errors.print(f"wenbao: no report {report!r}; there is {known}", style="red", markup=False)
        raise typer.Exit(2)
    return library


def _which(library: Library, report: str | None) -> tuple[str, ...]:
    """The column that tells reports apart, where rows of several are printed."""
    return ("report",) if report is None and len(library.editions) > 1 else ()


@app.command()
@_plain_errors
def coverage(
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
    report: Annotated[str | None, typer.Option("--report", help="Only this report.")] = None,
) -> None:
    """Show for each section the questions written, asked, refused and marked unhelpful, and which are never asked for."""
    settings = Settings.from_env()
    library = _library_with(report)
    rows = [row for row in coverage_map(library, asyncio.run(_section_use(settings))) if report in {None, row.report}]
    if as_json:
        typer.echo(json.dumps([row.to_json() for row in rows], ensure_ascii=False, indent=1))
        return
    for name in dict.fromkeys(row.report for row in rows):
        Console(highlight=False).print(coverage_table([row for row in rows if row.report == name]))


async def _section_use(settings: Settings) -> list[SectionUse]:
    state = open_state(settings)
    try:
        return await state.section_use()
    finally:
        await state.close()


def _print_rows(rows: list[dict[str, Any]], columns: tuple[str, ...], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table(*columns)
    for row in rows:
        table.add_row(*(str(row[column]) for column in columns))
    Console().print(table)
