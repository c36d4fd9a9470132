"""Send callbacks of many members at a time, each one to three times, to the service and to a bare route, in turn.

    scripts/load_wecom.py
    scripts/load_wecom.py --seconds 6 --rounds 2
    scripts/load_wecom.py --faults

The tests' WeCom, a route that only decrypts and encrypts, and ``wenbao serve`` are processes of their own; the latter two run on one core,
the tests' WeCom on another where there are two. The questions are all different, or, with ``--mix`` or ``--repeated``, those of
``scripts/load_telegram.py``. Every question must be answered once, and the time from callback to reply must stay
within three times that of the bare route, at the 99th of 100. With ``--faults`` WeCom's API fails now and then, and only the answers count.

Exit status: 0 as it should be, 1 not.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT))

from tests.fakes.processes import processor_seconds, reload  # noqa: E402
from tests.fakes.questions import Mix  # noqa: E402
from tests.fakes.wecom_processes import Running, bare, wecom, wenbao  # noqa: E402

MOST_P99 = 3.0
#: What is answered in two messages goes by message/send, of which WeCom lets a member have 30 a minute: over and over it has to wait.
SENT = frozenset({"目录"})
SETTLE_S = 1.0
#: Chances of each call of the API.
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "42001", "path": "message/send", "chance": 0.01},
    {"kind": "-1", "path": "message/send", "chance": 0.01},
    {"kind": "45033", "path": "message/send", "chance": 0.01},
    {"kind": "502", "path": "message/send", "chance": 0.01},
    {"kind": "reset", "path": "message/send", "chance": 0.01},
)


@dataclass(slots=True)
class Figures:
    """What one of the two did, over all rounds: *cpu_s* its processor time, *p99s* those of the rounds, *answer_ms* one answer itself."""

    times_ms: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    answer_ms: float = 0.0
    questions: int = 0
    deliveries: int = 0
    passive: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    missing: list[str] = field(default_factory=list)
    answered_again: list[str] = field(default_factory=list)
    failed: int = 0

    def add(self, played: dict[str, Any], cpu_s: float) -> None:
        """Count a round."""
        self.times_ms += played["times_ms"]
        self.p99s.append(played["p99_ms"])
        self.questions += played["questions"]
        self.deliveries += played["deliveries"]
        self.passive += played["passive"]
        self.seconds += played["seconds"]
        self.cpu_s += cpu_s
        self.missing += played["missing"]
        self.answered_again += played["answered_again"]
        self.failed += played["failed_deliveries"]

    def quantile(self, percent: int) -> float:
        """In milliseconds."""
        return statistics.quantiles(self.times_ms, n=100, method="inclusive")[percent - 1]


def main(
    seconds: Annotated[float, typer.Option(help="How long each of the two is asked, in all.")] = 60.0,
    rounds: Annotated[int, typer.Option(help="In how many turns.")] = 12,
    senders: Annotated[int, typer.Option(help="Members who ask at a time.")] = 50,
    pause: Annotated[float, typer.Option(help="Seconds between an answer and the next question, in the mean; 0: none.")] = 0.0,
    repeats: Annotated[int, typer.Option(help="Most deliveries of a callback.")] = 3,
    repeated: Annotated[bool, typer.Option(help="A few questions over and over, in place of questions that are all different.")] = False,
    mix: Annotated[bool, typer.Option(help="Questions drawn by Zipf's law: some are asked often, most seldom.")] = False,
    faults: Annotated[bool, typer.Option(help="Let calls of the API fail now and then.")] = False,
    data_dir: Annotated[Path | None, typer.Option(help="Data directory to serve from; one is made where none is given.")] = None,
    bare_only: Annotated[bool, typer.Option(help="Measure the bare route against itself.")] = False,
) -> None:
    """Answers once each, and p99 beside a bare route."""
    try:
        chosen = Mix.of(repeated=repeated, mix=mix)
    except ValueError as exc:
        raise typer.BadParameter(str(exc)) from None
    texts = [text for text in chosen.questions() if chosen is Mix.DIFFERENT or text not in SENT]
    figures = {"bare route": Figures(), "wenbao": Figures()}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        order, settings = stack.enter_context(wecom(root / "wecom"))
        running: dict[str, Running] = {"bare route": stack.enter_context(bare(settings, root / "bare"))}
        if bare_only:
            running["wenbao"] = stack.enter_context(bare(settings, root / "log"))
        else:
            if data_dir is None:
                reload(root / "data")
            running["wenbao"] = stack.enter_context(wenbao(data_dir or root / "data", settings, root / "log"))
        for number in range(rounds + 1):
            if number == 1 and faults:
                for fault in FAULTS:
                    order("inject", times=None, **fault)
            for name, (process, url) in running.items():
                before = processor_seconds(process)
                lasting = seconds / rounds if number else min(1.0, seconds / rounds)
                arguments: dict[str, Any] = {"senders": senders, "pause_s": pause, "repeats": repeats, "seed": number}
                arguments |= {"seconds": lasting, "settle_s": min(SETTLE_S, lasting), "prefix": f"{name[:2]}{number}"}
                played = order("play", base_url=url, texts=texts, **arguments)
                if number:  # the first is to warm up
                    figures[name].add(played, processor_seconds(process) - before)
                    shown = ", ".join(f"{key} {played[key]:.1f}" for key in ("per_second", "p50_ms", "p99_ms"))
                    typer.echo(f"round {number} {name}: {shown}", err=True)
            texts = texts[len(texts) // 3 :] + texts[: len(texts) // 3]
        if not bare_only:
            figures["wenbao"].answer_ms = answer_ms(running["wenbao"][1])
        state = order("violations")
        log = (root / "log").read_text(encoding="utf-8")
    if bare_only:
        figures["wenbao"].answered_again.clear()  # it answers each delivery
    failures = find_failures(figures, state["breaches"], log, [value for name, value in settings.items() if _is_secret(name)])
    ratio = report(figures, state)
    if ratio > MOST_P99 and not faults:
        failures.append(f"p99 is {ratio:.2f} times that of the bare route, more than {MOST_P99}")
    for failure in failures[:20]:
        typer.echo(f"failed: {failure}", err=True)
    raise typer.Exit(bool(failures))


def answer_ms(url: str) -> float:
    """Milliseconds from text to answer, in the mean, as the service counts them; what comes before and after is the channel's."""
    counted = urllib.request.urlopen(f"{url}/metrics", timeout=10).read().decode()
    total, count = (float(re.findall(rf"^wenbao_answer_seconds_{what} (\S+)", counted, re.M)[0]) for what in ("sum", "count"))
    return 1000 * total / count


def _is_secret(name: str) -> bool:
    return name.endswith(("SECRET", "TOKEN", "AES_KEY"))


def report(figures: dict[str, Figures], state: dict[str, Any]) -> float:
    """Print the table; returns the ratio of the p99s, over all rounds together."""
    typer.echo("| | questions | deliveries | deliveries a second | processor time a delivery | p50 | p99 |\n|---|---|---|---|---|---|---|")
    for name, row in figures.items():
        typer.echo(
            f"| {name} | {row.questions} | {row.deliveries} | {row.deliveries / row.seconds:.0f} |"
            f" {1000 * row.cpu_s / row.deliveries:.2f} ms | {row.quantile(50):.1f} ms | {row.quantile(99):.1f} ms |"
        )
    ours, theirs = figures["wenbao"], figures["bare route"]
    ratio = ours.quantile(99) / theirs.quantile(99)
    by_round = statistics.median(our / their for our, their in zip(ours.p99s, theirs.p99s, strict=True))
    typer.echo(f"| ratio | | | | | {ours.quantile(50) / theirs.quantile(50):.2f} | {ratio:.2f} |")
    typer.echo(
        f"p99 round by round, median: {by_round:.2f} times; one answer by itself takes {ours.answer_ms:.1f} ms\n"
        f"{ours.questions} questions, {len(ours.missing)} not answered,"
        f" {len(ours.answered_again)} answered more than once, {ours.passive} passively\n"
        f"calls: {', '.join(f'{count} {name}' for name, count in state['calls'].items()) or 'none'};"
        f" injected: {', '.join(f'{count} {name}' for name, count in state['injected'].items()) or 'none'};"
        f" callbacks without an answer: {', '.join(f'{count} {name}' for name, count in state['unanswered'].items()) or 'none'}"
    )
    return ratio


def find_failures(figures: dict[str, Figures], breaches: list[str], log: str, secrets: list[str]) -> list[str]:
    """What was not as it should be."""
    ours = figures["wenbao"]
    found = [f"not answered: {text}" for text in ours.missing] + [f"answered more than once: {text}" for text in ours.answered_again]
    found += [f"not acknowledged: {ours.failed} deliveries"] * bool(ours.failed)
    found += [f"breach of WeCom's rules: {breach}" for breach in breaches]
    found += ["a traceback in the log"] * ("Traceback" in log)
    return found + ["a secret in the log"] * any(secret in log for secret in secrets)


if __name__ == "__main__":
    typer.run(main)
