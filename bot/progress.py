"""How far a long command is: a bar on a terminal, a plain line now and then anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console

#: Seconds between two plain lines.
_LINE_EVERY_S = 1.0


@contextmanager
def show_progress(console: Console) -> Iterator[Callable[[str, float], None]]:
    """Show progress on *console* until the end of the block; gives what is to be told each step and the share done of its phase."""
    if not console.is_terminal:
        yield _plain_lines(console)
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # a tenth of a second to import

    columns = (BarColumn(bar_width=24), TextColumn("{task.percentage:>3.0f} %"), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda step, done: bar.update(task, description=step, completed=done)


def _plain_lines(console: Console) -> Callable[[str, float], None]:
    last = 0.0
    phase = ""

    def tell(step: str, done: float) -> None:
        nonlocal last, phase
        first = step.partition(" ")[0]
        if first != phase or time.monotonic() - last >= _LINE_EVERY_S:
            last, phase = time.monotonic(), first
            console.print(f"{done:4.0%} {step}", markup=False)

    return tell
