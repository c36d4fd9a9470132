"""One table of commands: with a slash or in Chinese words, the same in every channel."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot import texts
from bot.commands import COMMANDS, run_command
from bot.conversation import Context, Topic
from bot.messages import Answer, Outcome, Verdict
from bot.verify_code import code_of
from knowledge.library import Library

Ask = Callable[[str], Answer]
CONTEXT = Context((Topic("yongan-2019", "1.6.4", "普法经费是多少"),))


def test_no_two_commands_share_a_name() -> None:
    names = [name for command in COMMANDS for name in (command.name, *command.words)]
    assert len(names) == len(set(names))
    assert {"start", "help", "toc", "section", "figures", "check"} <= set(names)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_fits_the_menus_of_telegram(command: object) -> None:
    # Source: Telegram Bot API, BotCommand: name of 1 to 32 lower-case letters, description of 1 to 256 characters.
    assert command.name.isascii()  # type: ignore[attr-defined]
    assert command.name.islower()  # type: ignore[attr-defined]
    for summary in (command.summary, command.english):  # type: ignore[attr-defined]
        assert 1 <= len(summary) <= 256


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("/start", Outcome.HELP),
        ("/help", Outcome.HELP),
        ("/HELP@wenbao_bot", Outcome.HELP),
        ("帮助", Outcome.HELP),
        ("/toc", Outcome.CONTENTS),
        ("目录", Outcome.CONTENTS),
        ("/section", Outcome.CONTENTS),
        ("/section 1.4.1", Outcome.SECTION),
        ("原文:一(四)1", Outcome.SECTION),
        ("/section 九、(一)", Outcome.RELATED),
        ("/figures", Outcome.ANSWER),
        ("/figures 复议", Outcome.ANSWER),
        ("查数 复议", Outcome.ANSWER),
        ("/figures 航天", Outcome.RELATED),
        ("/check 全市调解民事纠纷1048件", Outcome.CHECK),
        ("核对:全市调解民事纠纷1048件", Outcome.CHECK),
        ("/check", Outcome.HELP),
        ("核对", Outcome.HELP),
        ("核验", Outcome.HELP),
        ("查数", Outcome.ANSWER),
        ("/ask", Outcome.HELP),
        ("/ask 行政复议维持了几件", Outcome.ANSWER),
        ("  /help  ", Outcome.HELP),
    ],
)
def test_a_command_does_what_it_says(ask: Ask, text: str, outcome: Outcome) -> None:
    assert ask(text).outcome is outcome


@pytest.mark.parametrize("text", ["行政复议维持了几件", "目录里有几条", "帮助群众化解矛盾了吗", "/", "/1", "/nosuch 你好", "a/help", ""])
def test_what_is_no_command_is_left_as_it_is(library: Library, text: str) -> None:
    assert run_command(text, library, Context()) == text


def test_section_without_a_number_means_the_section_last_shown(library: Library) -> None:
    assert run_command("/section", library, CONTEXT) == "原文"


@pytest.mark.parametrize("text", ["/section 1.4.1", "/section 一(四)1", "/section 一、(四)1", "/section 加强行政复议工作"])
def test_a_section_is_found_by_number_label_and_title(ask: Ask, library: Library, text: str) -> None:
    answer = ask(text)
    section = library.default.section("1.4.1")
    assert section is not None
    assert answer.citations[0].section == "1.4.1"
    assert section.text in answer.text


def test_a_missing_number_says_what_exists(ask: Ask) -> None:
    answer = ask("/section 一(四)9")
    assert texts.NO_SUCH_SECTION.format(wanted="一、(四)9") in answer.text
    assert "一、(四)4 完善矛盾纠纷和信访案件处置机制" in answer.text
    assert answer.citations == ()


def test_figures_are_listed_with_their_places(ask: Ask) -> None:
    answer = ask("/figures 复议")
    assert texts.FIGURE_LINE.format(quote="撤销2件", label="一、(四)1") in answer.text
    assert {citation.section for citation in answer.citations} == {"1.4.1"}


def test_no_figures_is_told_with_the_words_asked_for(ask: Ask) -> None:
    assert ask("/figures 航天").text == texts.FIGURES_NONE.format(words="航天")


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("全市调解民事纠纷1048件", Verdict.SUPPORTED),
        ("全市调解民事纠纷1480件", Verdict.REFUTED),
        ("永安市有三座机场", Verdict.NOT_ENOUGH_INFO),
    ],
)
def test_a_check_gives_a_verdict(ask: Ask, claim: str, verdict: Verdict) -> None:
    answer = ask(f"/check {claim}")
    assert (answer.outcome, answer.verdict) == (Outcome.CHECK, verdict)


def test_help_lists_the_commands_that_everybody_may_run(ask: Ask) -> None:
    text = ask("/help").text
    for command in COMMANDS:
        listed = f"\n/{command.name} " in text and command.summary in text
        assert listed == (not command.for_admins and command.name not in {"start", "help"}), command.name


@pytest.mark.parametrize("name", [command.name for command in COMMANDS if command.for_admins])
def test_an_admin_command_is_no_command_without_the_service(library: Library, name: str) -> None:
    assert run_command(f"/{name}", library, CONTEXT) == f"/{name}"


@pytest.mark.parametrize("text", ["/verify {code}", "核验 {code}", "核验：{code}", "{code}"])
def test_a_code_is_looked_up_in_every_channel(ask: Ask, library: Library, text: str) -> None:
    answer = ask("复议撤销了几件")
    found = ask(text.format(code=code_of(answer.citations[0], library)))
    assert found.citations == answer.citations
    assert library.default.report.source_sha256 in found.text


def test_the_example_of_verify_is_a_real_code(ask: Ask) -> None:
    code = ask("/verify").text.split()[-1]
    assert ask(f"/verify {code}").text.startswith(texts.VERIFY_FOUND)


@pytest.mark.parametrize(("text", "said"), [("/privacy", texts.PRIVACY_HERE), ("/feedback 不对", texts.FEEDBACK_HERE)])
def test_commands_of_the_service_say_what_holds_where_it_does_not_know_who_asks(ask: Ask, text: str, said: str) -> None:
    assert ask(text).text == said
