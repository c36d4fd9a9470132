"""Speed of a whole warm answer beside bare searches of other libraries over the same stored questions, in one run.

Every contender answers every question once in each round, in turn, so that a machine that slows down slows them all;
the ratio is taken round by round and its median printed. One thread.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import bm25s
import typer
from rapidfuzz import fuzz, process
from rich.console import Console
from rich.table import Table

from bot.bootstrap import ensure_release
from bot.conversation import Context
from bot.evaluation import read_rows
from bot.pipeline import answer_message
from bot.settings import Settings
from knowledge.index import QuestionIndex
from knowledge.library import Library
from knowledge.tokenizer import character_grams

#: Of questions whose answers are not remembered.
WHOLE = "wenbao whole answer"
DEV = Path(__file__).resolve().parents[1] / "tests" / "data" / "dev"
STARTED = """
import resource, time
start = time.perf_counter()
from bot.bootstrap import ensure_release, make_assistant
from bot.channels.web import create_app
from bot.settings import Settings
settings = Settings.from_env()
app = create_app(make_assistant(settings, ensure_release(settings)))
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def contenders(library: Library) -> dict[str, Callable[[str], object]]:
    """What is timed, by name; the first one is what the others are measured against."""
    texts = [question for section in library.default.report.sections for question in library.default.questions(section.id)]
    bm25 = bm25s.BM25()
    bm25.index([character_grams(text) for text in texts], show_progress=False)
    ours = QuestionIndex.build(texts)
    return {
        "bm25s search": lambda q: bm25.retrieve([character_grams(q)], k=10, show_progress=False, n_threads=0),
        WHOLE: lambda q: answer_message(q, library, Context()),
        "wenbao, asked before": lambda q: answer_message(q, library, Context()),
        "QuestionIndex search": lambda q: ours.search(q, k=10),
        "rapidfuzz scan": lambda q: process.extract(q, texts, scorer=fuzz.ratio, limit=10),
    }


def main(rounds: Annotated[int, typer.Option(help="Rounds over all questions.")] = 5) -> None:
    """Print milliseconds a question and the ratio to bm25s."""
    console = Console(highlight=False)
    library = ensure_release(Settings.from_env(), progress=console.log)
    questions = [row["q"] for name in ("in_scope", "noise") for row in read_rows(DEV / f"{name}.jsonl")]
    timed = contenders(library)
    means: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(rounds + 1):  # the first warms up
        for name, search in timed.items():
            if name == WHOLE:
                library.default.answered.clear()
            start = time.perf_counter()
            for question in questions:
                search(question)
            means[name].append((time.perf_counter() - start) / len(questions) * 1000)
    table = Table("contender", "ms a question", "times bm25s", title=f"{len(questions)} questions, {rounds} rounds")
    base = means["bm25s search"][1:]
    for name, values in means.items():
        ratios = [value / b for value, b in zip(values[1:], base, strict=True)]
        table.add_row(name, f"{statistics.median(values[1:]):.3f}", f"{statistics.median(ratios):.2f}")
    console.print(table)
    started = subprocess.run([sys.executable, "-c", STARTED], capture_output=True, text=True, check=True)
    seconds, megabytes = map(float, started.stdout.split())
    console.print(f"start: {seconds:.2f} s; resident memory when ready: {megabytes:.0f} MB")


if __name__ == "__main__":
    typer.run(main)
