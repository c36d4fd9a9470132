"""Progress off a terminal: plain lines, and not one for each of a thousand steps."""

import io

from rich.console import Console

from bot.progress import show_progress


def test_plain_lines_are_few_and_hold_no_control_character() -> None:
    out = io.StringIO()
    with show_progress(Console(file=out, force_terminal=False)) as tell:
        for number in range(1000):
            tell(f"building r{number:04d} ({number + 1} of 1000)", number / 1000)
        tell("switching", 1.0)
    lines = out.getvalue().splitlines()
    assert lines[0] == "  0% building r0000 (1 of 1000)"
    assert lines[-1] == "100% switching"
    assert len(lines) < 10
    assert "\x1b" not in out.getvalue()


def test_a_terminal_shows_a_bar() -> None:
    out = io.StringIO()
    with show_progress(Console(file=out, force_terminal=True, width=100)) as tell:
        tell("building", 0.5)
    assert "50 %" in out.getvalue()
