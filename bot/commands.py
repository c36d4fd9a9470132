"""The one table of commands, for every channel: with a slash, or in Chinese words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot import texts
from bot.compose import compose_address, compose_check, compose_contents
from bot.conversation import Context
from bot.edition_search import choose_one
from bot.messages import Answer, Citation, Outcome
from bot.side_by_side import check_named
from bot.small_talk_answers import answer_help
from bot.verification import compose_verified, example_code, numbers_of
from bot.verify_code import find_clause, parse_code
from knowledge.addressing import resolve_address
from knowledge.check import check_claim
from knowledge.library import Library, ReportKnowledge
from knowledge.normalize import fold


class Runner(StrEnum):
    """What runs a command."""

    ANSWER = "answer"
    """Its ``run``: an answer from the release alone."""
    QUESTION = "question"
    """Nothing of its own: its argument is answered as a question."""
    SERVICE = "service"
    """The service around the release, ``service_commands`` and ``admin``, in channels that know who asks; elsewhere ``run``, if any."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Attributes:
        name: What follows the slash.
        words: Chinese words that do the same at the start of a message.
        summary: One line for menus and help.
        english: The same, for menus of people whose own language is another.
        run: Its argument to an answer; None where there is none without the service, or the argument is a question.
        runner: What runs it.
        for_admins: Whether only admins may run it; elsewhere it is no command.
        menu: Under what it stands in menus of two levels; empty where it is of no use without words after it.
    """

    name: str
    words: tuple[str, ...]
    summary: str
    english: str
    run: Callable[[str, Library], Answer] | None
    runner: Runner = Runner.ANSWER
    for_admins: bool = False
    menu: str = ""


def _help(_: str, library: Library) -> Answer:
    answer = answer_help(library.default)
    listed = [
        texts.COMMAND_LINE.format(name=c.name, word=c.words[0], summary=c.summary)
        for c in COMMANDS
        if not c.for_admins and c.run is not _help
    ]
    return replace(answer, text="\n".join([answer.text, texts.COMMANDS_HEAD, *listed]), numbers=numbers_of(*listed))


def _edition(argument: str, library: Library) -> tuple[ReportKnowledge, str]:
    """The report that *argument* names, and what else it says; the default one where it names none."""
    if len(library.editions) == 1 or not (wanted := library.read_names(argument)):
        return library.default, argument
    found = choose_one(wanted, None, library).editions
    return (library.open_edition(found[0]), wanted.rest) if found else (library.default, argument)


def _contents(argument: str, library: Library) -> Answer:
    known, _ = _edition(argument, library)
    return compose_contents(known.report)


def _section(argument: str, library: Library) -> Answer:
    known, argument = _edition(argument, library)
    address = resolve_address(argument, known.report) if argument else None
    return compose_address(address, known) if address else compose_contents(known.report)


def _figures(argument: str, library: Library) -> Answer:
    known, argument = _edition(argument, library)
    found = known.find_figures(argument)
    if not found:
        return Answer(Outcome.RELATED, texts.FIGURES_NONE.format(words=argument), report=known.report.id)
    lines = [texts.FIGURE_LINE.format(quote=f.quote, label=f.label) for f in found]
    titles = {s.id: s.title for s in known.report.sections}
    cited = tuple(Citation(known.report.id, f.section, f.label, titles[f.section], f.quote) for f in found[:3])
    head = texts.FIGURES_HEAD if len(library.editions) == 1 else texts.FIGURES_HEAD_OF.format(title=known.report.title)
    return Answer(Outcome.ANSWER, "\n".join([head, *dict.fromkeys(lines)]), cited, topic=found[0].section)


def _check(argument: str, library: Library) -> Answer:
    known = library.default
    if not fold(argument):
        # Long enough to say what it counts, and no longer.
        stated = (f.quote for f in known.figures if f.section not in {"meta", "0"} and f.unit != "date" and len(f.quote) >= 12)
        example = min(stated, key=len, default=known.report.title)
        return Answer(Outcome.HELP, texts.CHECK_EMPTY.format(example=example), numbers=numbers_of(example))
    if len(library.editions) > 1:
        return check_named(argument, library.read_names(argument), None, library)
    return compose_check(check_claim(argument, known), known)


def _verify(argument: str, library: Library) -> Answer:
    if not fold(argument):
        return Answer(Outcome.HELP, texts.VERIFY_EMPTY.format(example=example_code(library)), numbers=numbers_of(example_code(library)))
    code = parse_code(argument)
    clause = find_clause(code, library) if code is not None else None
    return compose_verified(clause) if clause else Answer(Outcome.RELATED, texts.VERIFY_UNKNOWN)


def _say(text: str) -> Callable[[str, Library], Answer]:
    return lambda _argument, _library: Answer(Outcome.HELP, text)


COMMANDS = (
    Command("start", (), "开始", "How to begin", _help),
    Command("help", ("帮助",), "怎么用", "How it works", _help, menu=texts.MENU_OTHER),
    Command("toc", ("目录",), "报告分哪些部分", "Contents of the report", _contents, menu=texts.MENU_READ),
    Command("section", ("原文",), "查某一条，如“原文 一(四)1”", "Show a section: /section 一(四)1", _section),
    Command("figures", ("查数", "查数字"), "查数字，如“查数 复议”", "Look up figures: /figures 复议", _figures, menu=texts.MENU_READ),
    Command("check", ("核对", "核查"), "核对一个说法对不对", "Check a claim against the report", _check, menu=texts.MENU_CHECK),
    Command("ask", ("提问",), "直接写问题也行", "Ask a question", None, Runner.QUESTION),
    Command("verify", ("核验",), "核验回答下面的码", "Verify the code under an answer", _verify, menu=texts.MENU_CHECK),
    Command(
        "feedback",
        ("反馈",),
        "评价上一条回答",
        "Comment on the last answer",
        _say(texts.FEEDBACK_HERE),
        Runner.SERVICE,
        menu=texts.MENU_OTHER,
    ),
    Command(
        "privacy",
        ("隐私",),
        "保存了什么，怎样删除",
        "What is kept about you, and how to delete it",
        _say(texts.PRIVACY_HERE),
        Runner.SERVICE,
        menu=texts.MENU_OTHER,
    ),
    Command("reload", (), "重新载入报告", "Build the knowledge base anew", None, Runner.SERVICE, for_admins=True),
    Command("releases", (), "保存的版本", "Releases that are kept", None, Runner.SERVICE, for_admins=True),
    Command("rollback", (), "退回以前的版本", "Go back to an earlier release", None, Runner.SERVICE, for_admins=True),
    Command("stats", (), "使用统计", "How much is asked, and what", None, Runner.SERVICE, for_admins=True),
    Command("unanswered", (), "没答上的问题", "Questions that went unanswered", None, Runner.SERVICE, for_admins=True),
)
_BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.words)}
_SLASH = re.compile(r"^\s*[/／]([A-Za-z]+)(?:@\w+)?\s*(.*)$", re.S)
#: 隐私 may also begin a question.
_WORD = re.compile(
    r"^\s*(?:(?P<word>帮助|目录|原文|查数字?|核对|核查|核验|提问|反馈)[\s:：,，]+(?P<argument>.+)"
    r"|(?P<privacy>隐私)[\s:：,，]+(?P<delete>删除)\s*|(?P<alone>帮助|目录|查数字?|核对|核查|核验|反馈|隐私)\s*)$",
    re.S,
)
#: A code by itself can be nothing else.
_CODE = re.compile(r"^\s*([0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4})\s*$")


def parse_command(text: str) -> tuple[Command, str] | None:
    """The command that *text* is, and its argument; None for a text that is none."""
    if match := _SLASH.match(text):
        name, argument = match[1].lower(), match[2].strip()
    elif match := _WORD.match(text):
        name = match["word"] or match["privacy"] or match["alone"]
        argument = (match["argument"] or match["delete"] or "").strip()
    elif match := _CODE.match(text):
        name, argument = "verify", match[1]
    else:
        return None
    command = _BY_NAME.get(name)
    return (command, argument) if command else None


def run_command(text: str, library: Library, context: Context) -> Answer | str:
    """Run the command that *text* is.

    Returns:
        Its answer, or the text to answer as a question: the argument of /ask, or *text* itself when it is no command.
    """
    parsed = parse_command(text)
    if parsed is None or parsed[0].for_admins:
        return text
    command, argument = parsed
    if command.name == "section" and not argument and context.topic:
        return "原文"
    if command.run is None:
        return argument or "/help"
    return command.run(argument, library)
