"""Play messages from many chats to the service through a Telegram of its own, beside a bare echo bot, and with faults.

    scripts/load_telegram.py compare --rounds 3
    scripts/load_telegram.py compare --mix
    scripts/load_telegram.py faults

``compare``: the tests' Telegram server, python-telegram-bot's echo bot and ``wenbao serve`` are processes of their own; the bots run on
one core, the server on another where there are two; both are played the same messages in turn, round after round. The questions are
all different; with ``--repeated`` the same twelve over and over; with ``--mix`` they are drawn from the labelled development questions
by Zipf's law, the n-th most frequent one 1/n as often as the first, as people ask (``tests.fakes.questions``). ``faults``: calls fail,
time out and are cut off, updates come twice, and the knowledge base is reloaded, while every message must be answered once, in order
within its chat, from one release.

Exit status: 0 as it should be, 1 not.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.fakes.processes import BOT_CORE, Order, process, processor_seconds, reload  # noqa: E402
from tests.fakes.questions import Mix  # noqa: E402
from tests.fakes.telegram_processes import telegram, wenbao  # noqa: E402

LEAST_RATE, MOST_P99 = 0.7, 2.0
STOP_LIMIT_S = 10.0
#: The messages are spread over the reloads; a reload may take so much longer than the one before it.
RELOAD_MARGIN = 1.3
FIRST_RELOAD_S = 3.0
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


class Round(NamedTuple):
    """Figures of one play; *cpu_ms* is the bot's processor time a message, which other work on the machine changes least."""

    per_second: float
    cpu_ms: float
    p50_ms: float
    p99_ms: float


# ---- beside the echo bot


@app.command()
def compare(
    rounds: Annotated[int, typer.Option(help="How many rounds, each bot once in each.")] = 5,
    messages: Annotated[int, typer.Option(help="Messages in a round.")] = 1000,
    chats: Annotated[int, typer.Option(help="Chats; each has one message unanswered at a time.")] = 50,
    repeated: Annotated[bool, typer.Option(help="Twelve questions over and over, in place of questions that are all different.")] = False,
    mix: Annotated[bool, typer.Option(help="Questions drawn by Zipf's law: some are asked often, most seldom.")] = False,
    echo_only: Annotated[bool, typer.Option(help="Measure the echo bot against itself.")] = False,
) -> None:
    """Messages a second, and time from update delivered to reply received, beside an echo bot."""
    figures: dict[str, list[Round]] = {"echo": [], "wenbao": []}
    try:
        texts = Mix.of(repeated=repeated, mix=mix).questions()
    except ValueError as exc:
        raise typer.BadParameter(str(exc)) from None
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        orders: dict[str, Order] = {}
        bots: dict[str, subprocess.Popen[str]] = {}
        for name in figures:
            order, api_base, token = stack.enter_context(telegram(root / f"telegram-{name}"))
            orders[name] = order
            if name == "echo" or echo_only:
                bots[name] = stack.enter_context(process(["-m", "tests.fakes.echo_bot", api_base, token], BOT_CORE, root / name))
            else:
                reload(root / "data")
                bots[name] = stack.enter_context(wenbao(root / "data", api_base, token, root / name))
        for number in range(rounds + 1):
            for name, order in orders.items():
                before = processor_seconds(bots[name])
                played = order("play", messages=messages if number else chats, chats=chats, texts=texts)
                cpu_ms = 1000 * (processor_seconds(bots[name]) - before) / messages
                if played["unanswered"]:
                    typer.echo(f"{name}: {len(played['unanswered'])} of {messages} messages were not answered", err=True)
                    typer.echo((root / name).read_text(encoding="utf-8")[-2000:], err=True)
                    raise typer.Exit(1)
                if number:  # the first is to warm up
                    figures[name].append(Round(played["per_second"], cpu_ms, played["p50_ms"], played["p99_ms"]))
                    shown = ", ".join(f"{field} {value:.2f}" for field, value in figures[name][-1]._asdict().items())
                    typer.echo(f"round {number} {name}: {shown}", err=True)
            texts = texts[messages % len(texts) :] + texts[: messages % len(texts)]
        breaches = [f"{name}: {breach}" for name, order in orders.items() for breach in order("faults")["breaches"]]
    raise typer.Exit(not report_comparison(figures, breaches))


def report_comparison(figures: dict[str, list[Round]], breaches: list[str]) -> bool:
    """Print the table; returns whether it is as it should be."""
    medians = {name: Round(*(statistics.median(values) for values in zip(*rounds, strict=True))) for name, rounds in figures.items()}
    typer.echo("| | messages a second | processor time a message | p50 | p99 |\n|---|---|---|---|---|")
    for name, row in medians.items():
        typer.echo(f"| {name} | {row.per_second:.0f} | {row.cpu_ms:.2f} ms | {row.p50_ms:.0f} ms | {row.p99_ms:.0f} ms |")
    # Of two plays in one round, the machine was in the same state: ratios are taken round by round.
    pairs = list(zip(figures["wenbao"], figures["echo"], strict=True))
    ratios = Round(*(statistics.median(ours[i] / theirs[i] for ours, theirs in pairs) for i in range(len(Round._fields))))
    typer.echo("| ratio | " + " | ".join(f"{ratio:.2f}" for ratio in ratios) + " |")
    for breach in breaches[:20]:
        typer.echo(f"breach of the Bot API's rules: {breach}", err=True)
    # The echo bot waits for each reply to be sent: on a busy machine it leaves its core idle, and only processor time tells the truth.
    rate = min(ratios.per_second, 1 / ratios.cpu_ms)
    return rate >= LEAST_RATE and ratios.p99_ms <= MOST_P99 and not breaches


# ---- with faults


@app.command()
def faults(
    messages: Annotated[int, typer.Option(help="Messages in all.")] = 2000,
    chats: Annotated[int, typer.Option(help="Chats; each has up to three messages unanswered at a time.")] = 200,
    reloads: Annotated[int, typer.Option(help="Reloads of the knowledge base meanwhile.")] = 10,
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
            reloads = 0 if echo_only else reloads
            share = messages / max(1, reloads)
            reloader = threading.Thread(target=reload_again_and_again, args=(root, released, reloads, share, order))
            reloader.start()
            rate = share / RELOAD_MARGIN / FIRST_RELOAD_S
            arguments = {"messages": messages, "chats": chats, "rate": rate, "window": 3, "settle_s": 1.0}
            played = order("play", texts=REPORT_QUESTIONS, **arguments)
            meanwhile = len(released) - 1 - reloader.is_alive()
            reloader.join()
            state = order("faults")
            begun = time.monotonic()
            bot.terminate()
            bot.wait(STOP_LIMIT_S + 5)
            stopped_s = time.monotonic() - begun
        log = (root / "log").read_text(encoding="utf-8")
    failures = find_failures(played, state, released, token, log, stopped_s)
    report_faults(played, state, meanwhile, stopped_s)
    for failure in failures[:20]:
        typer.echo(f"failed: {failure}", err=True)
    raise typer.Exit(bool(failures))


def reload_again_and_again(root: Path, released: list[int], reloads: int, share: float, order: Order) -> None:
    """One reload after the other, during about *share* messages each; its number stands in *released* before it can be answered from."""
    for _ in range(reloads):
        released.append(released[-1] + 1)
        order("pace", rate=share / RELOAD_MARGIN / write_release(root, released[-1]))
    order("pace", rate=0)


def write_release(root: Path, number: int) -> float:
    """Make a release live that states *number*; returns the seconds that it took."""
    begun = time.monotonic()
    source = root / "qingshan-2018"
    source.mkdir(exist_ok=True)
    (source / "report.txt").write_text(REPORT.format(number=number), encoding="utf-8")
    reload(root / "data", str(source), "--force")
    return time.monotonic() - begun


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


def report_faults(played: dict[str, Any], state: dict[str, Any], reloads: int, stopped_s: float) -> None:
    """Print what was done and what came of it."""
    used = {amount for _, answers in played["texts"] for answer in answers for amount in re.findall(r"(?<!\d)1\d{4}(?!\d)", answer)}
    typer.echo(
        f"{played['messages']} messages in {played['seconds']:.1f} s, {played['answered']} answered,"
        f" {len(played['answered_again'])} more than once, {len(played['out_of_order'])} chats out of order;"
        f" knowledge base reloaded {reloads} times meanwhile, answers from {len(used)} releases\n"
        f"injected: {', '.join(f'{count} {kind}' for kind, count in state['injected'].items())}\n"
        f"calls: {', '.join(f'{count} {method}' for method, count in state['calls'].items())}\n"
        f"p50 {played['p50_ms']:.0f} ms, p99 {played['p99_ms']:.0f} ms; stopped in {stopped_s:.1f} s"
    )


if __name__ == "__main__":
    app()
