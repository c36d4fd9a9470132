"""Play messages from many chats to the service through a Telegram of its own, beside a bare echo bot, and with faults.

    scripts/load_telegram.py compare --rounds 3
    scripts/load_telegram.py faults

``compare``: the tests' Telegram server, python-telegram-bot's echo bot and ``wenbao serve`` are processes of their own; the bots run on
one core, the server on another where there are two; both are played the same messages in turn, round after round. ``faults``: calls
fail, time out and are cut off, updates come twice, and the knowledge base is reloaded, while every message must be answered once, in
order within its chat, from one release.

Exit status: 0 as it should be, 1 not.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

PROJECT = Path(__file__).parents[1]
RELOAD = PROJECT / "scripts" / "reload_knowledge.py"
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, BOT_CORE = {CORES[0]}, {CORES[-1]}
LEAST_RATE, MOST_P99 = 0.7, 2.0
STOP_LIMIT_S = 10.0
QUESTIONS = (
    *("行政复议维持了几件?", "调解成功率是多少?", "存在哪些问题?", "一、(四)1", "2018年办理了多少件行政复议案件?", "目录"),
    *("制发了几件规范性文件?", "你好", "今天天气怎么样?", "行政复议案件办结了30件,对吗", "2020年有什么打算?", "文号是什么?"),
)
#: Every amount is the release's own number, so that an answer shows which release each part of it was made from.
REPORT = """文号 青政文〔2019〕1号
发布机构 青山县人民政府
标题 青山县人民政府关于2018年法治政府建设工作报告
2018年,我县全面推进法治政府建设。现将有关情况报告如下:
一、2018年工作情况
(一)健全制度
1.完善决策程序。全年召开听证会{number}次。
2.规范文件管理。全年制发规范性文件{number}件。
(二)化解纠纷
1.办理行政复议。全年办理行政复议案件{number}件,办结{number}件。
2.开展人民调解。全年调解民事纠纷{number}件,调解成功{number}件。
"""
REPORT_QUESTIONS = ("行政复议办结了多少件?", "召开了几次听证会?", "制发了多少件规范性文件?", "调解了多少件民事纠纷?")
#: Faults before a call is done, so that nothing is sent which the bot cannot know of; chances of each call or update.
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "429", "method": "sendMessage", "chance": 0.01, "seconds": 1},
    {"kind": "500", "method": "sendMessage", "chance": 0.005},
    {"kind": "502", "method": "sendMessage", "chance": 0.005},
    {"kind": "garbage", "method": "sendMessage", "chance": 0.002},
    {"kind": "timeout", "method": "sendMessage", "chance": 0.001},
    {"kind": "reset", "method": "sendMessage", "chance": 0.005},
    {"kind": "502", "method": "getUpdates", "chance": 0.01},
    {"kind": "reset", "method": "getUpdates", "chance": 0.01},
    {"kind": "lost", "method": "getUpdates", "chance": 0.01},
    {"kind": "duplicate", "chance": 0.03},
)

app = typer.Typer(add_completion=False, help=__doc__)
Order = Callable[..., Any]


class Round(NamedTuple):
    """Figures of one play."""

    per_second: float
    p50_ms: float
    p99_ms: float


@contextmanager
def process(arguments: list[str], core: set[int], log: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """A Python process on *core*, its output in *log*, stopped at the end of the block."""
    environ = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"} | settings
    with log.open("w", encoding="utf-8") as output:
        command = [sys.executable, *arguments]
        running = subprocess.Popen(command, cwd=PROJECT, env=environ, stdout=output, stderr=output, text=True)
        os.sched_setaffinity(running.pid, core)
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(STOP_LIMIT_S + 5)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


@contextmanager
def telegram(log: Path) -> Iterator[tuple[Order, str, str]]:
    """The tests' Telegram: how it takes orders, the base address of its Bot API, the token."""
    with process(["-m", "tests.fakes.telegram_server"], SERVER_CORE, log):
        found = wait_for_line(log, r"(http\S+/bot) (\S+)")
        url = found[1].removesuffix("/bot")

        def order(name: str, **arguments: Any) -> Any:
            request = urllib.request.Request(f"{url}/control/{name}", json.dumps(arguments).encode(), method="POST")
            return json.load(urllib.request.urlopen(request, timeout=900))

        yield order, found[1], found[2]


@contextmanager
def wenbao(data_dir: Path, api_base: str, token: str, log: Path) -> Iterator[subprocess.Popen[str]]:
    """``wenbao serve`` with no limits of its own."""
    settings = {"DATA_DIR": str(data_dir), "PORT": "0", "RATE_LIMIT": "100000"}
    settings |= {"TELEGRAM_API_BASE": api_base, "TELEGRAM_TOKEN": token, "TELEGRAM_RATE": "0"}
    with process(["-m", "bot", "serve"], BOT_CORE, log, **{f"WENBAO_{name}": value for name, value in settings.items()}) as running:
        wait_for_line(log, r"http://\S+")
        yield running


def wait_for_line(log: Path, pattern: str) -> re.Match[str]:
    """Wait until *log* holds *pattern*."""
    for _ in range(1200):
        if found := re.search(pattern, log.read_text(encoding="utf-8")):
            return found
        time.sleep(0.05)
    raise SystemExit(f"did not start:\n{log.read_text(encoding='utf-8')}")


def reload(data_dir: Path, *arguments: str) -> None:
    """Run the reload script on the server's core."""
    environ = {"WENBAO_DATA_DIR": str(data_dir), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, str(RELOAD), *arguments]
    done = subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)


# ---- beside the echo bot


@app.command()
def compare(
    rounds: Annotated[int, typer.Option(help="How many rounds, each bot once in each.")] = 3,
    messages: Annotated[int, typer.Option(help="Messages in a round.")] = 2000,
    chats: Annotated[int, typer.Option(help="Chats; each has one message unanswered at a time.")] = 50,
    echo_only: Annotated[bool, typer.Option(help="Measure the echo bot against itself.")] = False,
) -> None:
    """Messages a second, and time from update delivered to reply received, beside an echo bot."""
    figures: dict[str, list[Round]] = {"echo": [], "wenbao": []}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        orders: dict[str, Order] = {}
        for name in figures:
            order, api_base, token = stack.enter_context(telegram(root / f"telegram-{name}"))
            orders[name] = order
            if name == "echo" or echo_only:
                stack.enter_context(process(["-m", "tests.fakes.echo_bot", api_base, token], BOT_CORE, root / name))
            else:
                reload(root / "data")
                stack.enter_context(wenbao(root / "data", api_base, token, root / name))
        for number in range(rounds + 1):
            for name, order in orders.items():
                played = order("play", messages=messages if number else chats, chats=chats, texts=QUESTIONS)
                if played["unanswered"]:
                    typer.echo(f"{name}: {len(played['unanswered'])} of {messages} messages were not answered", err=True)
                    typer.echo((root / name).read_text(encoding="utf-8")[-2000:], err=True)
                    raise typer.Exit(1)
                if number:  # the first is to warm up
                    figures[name].append(Round(played["per_second"], played["p50_ms"], played["p99_ms"]))
                    last = figures[name][-1]
                    typer.echo(
                        f"round {number} {name}: {last.per_second:.0f}/s, p50 {last.p50_ms:.1f} ms, p99 {last.p99_ms:.1f} ms", err=True
                    )
        breaches = [f"{name}: {breach}" for name, order in orders.items() for breach in order("faults")["breaches"]]
    raise typer.Exit(not report_comparison(figures, breaches))


def report_comparison(figures: dict[str, list[Round]], breaches: list[str]) -> bool:
    """Print the table; returns whether it is as it should be."""
    medians = {name: Round(*(statistics.median(values) for values in zip(*rounds, strict=True))) for name, rounds in figures.items()}
    typer.echo("| | messages a second | p50 | p99 |\n|---|---|---|---|")
    for name, row in medians.items():
        typer.echo(f"| {name} | {row.per_second:.0f} | {row.p50_ms:.0f} ms | {row.p99_ms:.0f} ms |")
    # Of two plays in one round, the machine was in the same state: ratios are taken round by round.
    pairs = list(zip(figures["wenbao"], figures["echo"], strict=True))
    rate, p50, p99 = (statistics.median(ours[i] / theirs[i] for ours, theirs in pairs) for i in range(3))
    typer.echo(f"| ratio | {rate:.2f} | {p50:.2f} | {p99:.2f} |")
    for breach in breaches[:20]:
        typer.echo(f"breach of the Bot API's rules: {breach}", err=True)
    return rate >= LEAST_RATE and p99 <= MOST_P99 and not breaches


# ---- with faults


@app.command()
def faults(
    messages: Annotated[int, typer.Option(help="Messages in all.")] = 2000,
    chats: Annotated[int, typer.Option(help="Chats; each has up to three messages unanswered at a time.")] = 200,
    reloads: Annotated[int, typer.Option(help="Reloads of the knowledge base meanwhile.")] = 10,
    rate: Annotated[float, typer.Option(help="Messages sent a second.")] = 100,
    trouble: Annotated[float, typer.Option(help="Times as many faults; time-outs, of seconds each, stay as they are.")] = 1,
    echo_only: Annotated[bool, typer.Option(help="Play to the echo bot, to see what it loses.")] = False,
) -> None:
    """Every message answered once, in order within its chat, from one release, whatever fails."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        released = [10_000]
        write_release(root, released[0])
        with telegram(root / "telegram") as (order, api_base, token), ExitStack() as stack:
            if echo_only:
                bot = stack.enter_context(process(["-m", "tests.fakes.echo_bot", api_base, token], BOT_CORE, root / "log"))
            else:
                bot = stack.enter_context(wenbao(root / "data", api_base, token, root / "log"))
            order("play", messages=20, chats=20, texts=REPORT_QUESTIONS)
            order("forget")
            for fault in FAULTS:
                more = 1 if fault["kind"] == "timeout" else trouble
                order("inject", times=None, **fault | {"chance": min(1.0, more * fault["chance"])})
            reloader = threading.Thread(target=reload_again_and_again, args=(root, released, 0 if echo_only else reloads))
            reloader.start()
            arguments = {"messages": messages, "chats": chats, "rate": rate, "window": 3, "settle_s": 1.0}
            played = order("play", texts=REPORT_QUESTIONS, **arguments)
            reloader.join()
            state = order("faults")
            begun = time.monotonic()
            bot.terminate()
            bot.wait(STOP_LIMIT_S + 5)
            stopped_s = time.monotonic() - begun
        log = (root / "log").read_text(encoding="utf-8")
    failures = find_failures(played, state, released, token, log, stopped_s)
    report_faults(played, state, released, stopped_s)
    for failure in failures[:20]:
        typer.echo(f"failed: {failure}", err=True)
    raise typer.Exit(bool(failures))


def reload_again_and_again(root: Path, released: list[int], reloads: int) -> None:
    """One reload after the other; each one's number stands in *released* before it can be answered from."""
    for _ in range(reloads):
        released.append(released[-1] + 1)
        write_release(root, released[-1])


def write_release(root: Path, number: int) -> None:
    """Make a release live that states *number*."""
    source = root / "qingshan-2018"
    source.mkdir(exist_ok=True)
    (source / "report.txt").write_text(REPORT.format(number=number), encoding="utf-8")
    reload(root / "data", str(source), "--force")


def find_failures(played: dict[str, Any], state: dict[str, Any], released: list[int], token: str, log: str, stopped_s: float) -> list[str]:
    """What was not as it should be."""
    found = [f"message {number} was not answered" for number in played["unanswered"]]
    found += [f"message {number} was answered more than once" for number in played["answered_again"]]
    found += [f"chat {number} was answered out of order" for number in played["out_of_order"]]
    for question, answers in played["texts"]:
        for answer in answers:
            numbers = {int(amount) for amount in re.findall(r"(?<!\d)1\d{4}(?!\d)", answer)}
            if len(numbers) != 1 or not numbers <= set(released):
                found.append(f"{question} was answered from {sorted(numbers) or 'no release'}: {answer[:80]!r}")
    found += [f"breach of the Bot API's rules: {breach}" for breach in state["breaches"]]
    found += ["a traceback in the log"] * ("Traceback" in log) + ["the token in the log"] * (token.partition(":")[2] in log)
    found += [f"updates left: {state['pending']}"] * bool(state["pending"])
    return found + [f"stopping took {stopped_s:.1f} s"] * (stopped_s > STOP_LIMIT_S)


def report_faults(played: dict[str, Any], state: dict[str, Any], released: list[int], stopped_s: float) -> None:
    """Print what was done and what came of it."""
    used = {amount for _, answers in played["texts"] for answer in answers for amount in re.findall(r"(?<!\d)1\d{4}(?!\d)", answer)}
    typer.echo(
        f"{played['messages']} messages in {played['seconds']:.1f} s, {played['answered']} answered,"
        f" {len(played['answered_again'])} more than once, {len(played['out_of_order'])} chats out of order;"
        f" knowledge base reloaded {len(released) - 1} times, answers from {len(used)} releases\n"
        f"injected: {', '.join(f'{count} {kind}' for kind, count in state['injected'].items())}\n"
        f"calls: {', '.join(f'{count} {method}' for method, count in state['calls'].items())}\n"
        f"p50 {played['p50_ms']:.0f} ms, p99 {played['p99_ms']:.0f} ms; stopped in {stopped_s:.1f} s"
    )


if __name__ == "__main__":
    app()
