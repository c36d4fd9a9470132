"""The review in a terminal: one group at a time, one key a decision. Each is kept at once, so quitting loses nothing."""

from __future__ import annotations

import os
import sys
import termios
import tty
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.errors import BotError
from bot.review import Group, Proposal, has_placeholder
from bot.review_desk import ReviewDesk
from knowledge.errors import KnowledgeError

_SHOWN = 6
KEYS = "1-3 add there · c with the clause: {clause} · o other section · g gap of 1 · G other gap · e reword · d dismiss · s skip · q quit"


@dataclass(frozen=True, slots=True)
class Tally:
    """What was decided in one sitting."""

    added: int = 0
    gaps: int = 0
    dismissed: int = 0
    skipped: int = 0
    left: int = 0


class _Quit(Exception):
    """The admin has had enough."""


def review(desk: ReviewDesk, groups: Sequence[Group], console: Console, *, read_key: Callable[[], str]) -> Tally:
    """Go through *groups*; *read_key* waits for a key, see ``read_key``."""
    sitting = _Sitting(desk, console, read_key)
    for number, group in enumerate(groups, 1):
        console.print()
        console.rule(f"{number} of {len(groups)}", align="left")
        try:
            sitting.decide(group)
        except (_Quit, EOFError, KeyboardInterrupt):
            return replace(sitting.tally, left=len(groups) - number + 1)
    return sitting.tally


def read_key() -> str:
    """The next key pressed in the terminal, without waiting for a line; one pressed early counts.

    ``click.getchar`` drops what was pressed before it is called.

    Raises:
        EOFError: On Ctrl-D.
        KeyboardInterrupt: On Ctrl-C.
    """
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSADRAIN)
        key = os.read(terminal, 1).decode("ascii", "replace")
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)
    if key in {"", "\x04"}:
        raise EOFError
    return key


class _Sitting:
    def __init__(self, desk: ReviewDesk, console: Console, read_key: Callable[[], str]) -> None:
        self._desk = desk
        self._console = console
        self._read_key = read_key
        self._with_clause = False
        self.tally = Tally()

    def decide(self, group: Group) -> None:
        """Show *group* and take keys until one decides."""
        asked = group.questions
        show_group(self._console, group, asked)
        while True:
            self._say(KEYS.format(clause="yes" if self._with_clause else "no"), "dim")
            key = self._read_key()
            try:
                if key == "q":
                    raise _Quit
                if key == "e":
                    asked = (self._ask("reworded: ") or asked[0],)
                    show_group(self._console, group, asked)
                elif key == "c":
                    self._with_clause = not self._with_clause
                elif self._done(key, group, asked):
                    return
            except (BotError, KnowledgeError) as exc:
                self._say(f"not added: {exc}", "red")

    def _done(self, key: str, group: Group, asked: Sequence[str]) -> bool:
        tally = self.tally
        if key == "s":
            self.tally = replace(tally, skipped=tally.skipped + 1)
        elif key == "d":
            self._desk.dismiss(group)
            self.tally = replace(tally, dismissed=tally.dismissed + 1)
        elif key.isdecimal() and 1 <= int(key) <= len(group.proposals):
            proposal = group.proposals[int(key) - 1]
            self._add(group, asked, proposal.section, spans=proposal.spans if self._with_clause else ())
        elif key == "o" and (section := self._ask("section id: ")):
            self._add(group, asked, section)
        elif key == "g" and group.proposals:
            self._add_gap(group, asked, group.proposals[0].section)
        elif key == "G" and (section := self._ask("section id: ")):
            self._add_gap(group, asked, section, missing=self._ask("what the report leaves out, in a word (may be empty): "))
        else:
            return False
        return True

    def _add(self, group: Group, asked: Sequence[str], section: str, *, spans: tuple[str, ...] = ()) -> None:
        added = self._desk.add(group.report, asked, section, spans=spans, decides=group.questions)
        self.tally = replace(self.tally, added=self.tally.added + len(added))
        self._say(f"added to {section}: {'; '.join(added) or 'nothing, it was there'}", "green")

    def _add_gap(self, group: Group, asked: Sequence[str], section: str, *, missing: str = "") -> None:
        added = self._desk.add(group.report, asked, section, gap=True, missing=missing, decides=group.questions)
        self.tally = replace(self.tally, gaps=self.tally.gaps + len(added))
        self._say(f"noted as left open by {section}: {'; '.join(added) or 'nothing, it was there'}", "green")

    def _ask(self, prompt: str) -> str:
        return self._console.input(Text(prompt, "bold")).strip()

    def _say(self, text: str, style: str) -> None:
        self._console.print(text, style=style, markup=False)


def show_group(console: Console, group: Group, asked: Sequence[str]) -> None:
    """One group with its proposals; *asked* are its wordings, or what they were reworded to."""
    why = ", ".join(f"{reason.value} {count}" for reason, count in group.reasons.items())
    span = " to ".join(dict.fromkeys(group.days))
    within = f", {group.within} within a conversation" if group.within else ""
    often = "once" if group.asked == 1 else f"{group.asked} times"
    console.print(f"asked {often}{within}, {span} · {why} · {group.report}", style="dim", markup=False)
    for question in asked[:_SHOWN]:
        console.print(f"  {question}", style="yellow" if has_placeholder(question) else "bold", markup=False)
    if len(asked) > _SHOWN:
        console.print(f"  and {len(asked) - _SHOWN} more wordings", style="dim")
    for comment in group.comments[:_SHOWN]:
        console.print(f"  👎 {comment}", markup=False)
    for number, proposal in enumerate(group.proposals, 1):
        console.print(Text.assemble((f"  {number} ", "bold cyan"), _section(proposal)))
        if proposal.opening:
            console.print(Text(f"    {proposal.opening}…", "dim"), no_wrap=True, overflow="ellipsis")
        if proposal.spans:
            console.print(f"    clause: {' / '.join(proposal.spans)}", style="dim", markup=False)


def show_groups(console: Console, groups: Sequence[Group]) -> None:
    """All *groups* as a table."""
    table = Table("asked", "why", "questions", "nearest sections", show_lines=True)
    for group in groups:
        more = [f"and {len(group.questions) - _SHOWN} more"] if len(group.questions) > _SHOWN else []
        table.add_row(
            str(group.asked),
            Text("\n".join(f"{reason.value} {count}" for reason, count in group.reasons.items())),
            Text("\n".join([*group.questions[:_SHOWN], *more, *(f"👎 {comment}" for comment in group.comments[:_SHOWN])])),
            Text("\n".join(_section(proposal) for proposal in group.proposals)),
        )
    console.print(table)


def _section(proposal: Proposal) -> str:
    return f"{proposal.section}  {proposal.heading}"
