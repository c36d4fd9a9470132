"""The terminal: single questions, batches of conversations, and a chat with history."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from rich.console import Console
from rich.panel import Panel
from rich.prompt import Prompt
from rich.text import Text

from bot import texts
from bot.messages import Outcome, Reply
from bot.session import Conversation


class BatchError(ValueError):
    """A line of a batch that is no conversation; says which and why."""


def read_batch(lines: Iterable[bytes]) -> Iterator[tuple[Any, list[str]] | BatchError]:
    """Read JSON lines ``{"id": any, "turns": [str, ...]}``; a wrong line gives a BatchError in its place."""
    for number, raw in enumerate(lines, 1):
        if not raw.strip():
            continue
        try:
            yield _read_conversation(raw)
        except (ValueError, RecursionError) as exc:
            yield BatchError(f"line {number}: {exc}")


def _read_conversation(raw: bytes) -> tuple[Any, list[str]]:
    try:
        row = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as exc:
        raise ValueError(f"is not UTF-8 (byte {exc.start})") from exc
    except json.JSONDecodeError as exc:
        raise ValueError(f"is not JSON ({exc.msg} at character {exc.pos})") from exc
    if not isinstance(row, dict):
        raise ValueError('needs an object {"id", "turns"}')
    turns = row.get("turns")
    if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns):
        raise ValueError('needs "turns", a list of texts')
    if "id" not in row:
        raise ValueError('needs "id"')
    return row["id"], turns


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def answer_batch(begin: Callable[[], Conversation], source: BinaryIO) -> int:
    """Answer a batch on standard output, one line a conversation, in order.

    Returns:
        How many lines were wrong; each is named on standard error, and the others are answered all the same.
    """
    wrong = 0
    out = sys.stdout
    for row in read_batch(source):
        if isinstance(row, BatchError):
            wrong += 1
            sys.stderr.write(f"wenbao: {row}\n")
            continue
        identity, turns = row
        conversation = begin()
        replies = [conversation.ask(turn).to_json() for turn in turns]
        out.write(json.dumps({"id": identity, "replies": replies}, ensure_ascii=True) + "\n")
        out.flush()
    return wrong


def open_batch(path: str) -> BinaryIO:
    """The batch file, or standard input for ``-``.

    Raises:
        OSError: If it cannot be opened.
    """
    return sys.stdin.buffer if path == "-" else Path(path).open("rb")


def show_reply(console: Console, reply: Reply, *, numbered: bool = False) -> None:
    """Print a reply as a person reads it, suggestions numbered for picking; without frames where no terminal reads it."""
    answer = reply.answer
    if not console.is_terminal:
        console.print(Text(answer.text), soft_wrap=True)
        return
    colour = {Outcome.ANSWER: "green", Outcome.SECTION: "green", Outcome.CHECK: "cyan", Outcome.RELATED: "yellow"}
    console.print(Panel(Text(answer.text), border_style=colour.get(answer.outcome, "dim"), expand=False))
    for number, suggestion in enumerate(answer.suggestions, 1):
        mark = f"[{number}]" if numbered else "·"
        console.print(Text(f"  {mark} {suggestion.question}", style="dim"))


def chat(conversation: Conversation, console: Console) -> None:
    """A conversation until end of input, Ctrl-C or 再见; a number picks a suggestion."""
    _remember_lines()
    offered: list[str] = []
    console.print(Text(texts.GREETING))
    while True:
        try:
            typed = Prompt.ask("[bold]问[/bold]", console=console).strip()
        except (EOFError, KeyboardInterrupt):
            console.print(Text(texts.GOODBYE))
            return
        if not typed:
            continue
        if typed.isdecimal() and 0 < int(typed) <= len(offered):
            typed = offered[int(typed) - 1]
            console.print(Text(f"→ {typed}", style="dim"))
        reply = conversation.ask(typed)
        show_reply(console, reply, numbered=True)
        offered = [suggestion.question for suggestion in reply.answer.suggestions]
        if reply.answer.text == texts.GOODBYE:
            return


def _remember_lines() -> None:
    """Arrow keys bring back earlier lines where the system has readline."""
    try:
        import readline
    except ImportError:
        return
    readline.set_history_length(200)
