"""Replies as Telegram's HTML, without a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot import texts
from bot.channels.telegram_answers import shown
from bot.channels.telegram_keyboards import Press, start_of_section
from bot.channels.telegram_text import MAX_SECTION_CHARS, reply_parts
from bot.conversation import Context
from bot.messages import Reply
from bot.pipeline import answer_message
from bot.places import Places, report_key
from knowledge.library import Library
from tests.bot.channels.telegram_service import build_release
from tests.fakes.telegram_html import parse_html
from tests.fakes.telegram_methods import check_button

PROJECT = Path(__file__).parents[3]


def say(question: str, library: Library) -> tuple[str, list[str]]:
    """What is shown for *question*, and what its buttons say; each button is one that the platform takes."""
    answer, _ = answer_message(question, library, Context())
    parts, keyboard = shown(Reply("01J" + "Z" * 23, answer, library.release, 0.0, library))
    buttons = [button for row in keyboard.to_dict()["inline_keyboard"] for button in row] if keyboard else []
    for button in buttons:
        check_button(button)
    return "\n".join(parse_html(part).text for part in parts), [button["text"] for button in buttons]


@pytest.mark.parametrize(
    "question",
    [
        "复议撤销了几件",
        "2018年复议多少件",
        "存在哪些问题",
        "/check 复议23件",
        "一(四)1",
        "一",
        "/figures 复议",
        "红烧肉怎么做",
        "你好",
        "报告里提到几次依法行政",
    ],
)
def test_every_line_of_the_answer_is_there_in_its_order(question: str, library: Library) -> None:
    text, _ = say(question, library)
    at = 0
    for line in answer_message(question, library, Context())[0].text.split("\n"):
        at = text.index(line.strip(), at)


def test_every_section_can_be_shown_and_left_by_buttons(library: Library) -> None:
    places = Places(library)
    for section in library.default.report.sections:
        level = places.level(section.report, section.id)
        assert level is not None
        assert start_of_section(section.report, section.id)
        assert [place.section for place in level.below] == [
            s.id for s in library.default.report.sections if s.parent == section.id and s.kind != "tail"
        ]
        nearby = [places.neighbour(section.report, section.id, distance) for distance in (-1, 1)]
        assert any(nearby)


def test_a_section_of_tens_of_thousands_of_characters_is_shown_around_the_quote(tmp_path: Path) -> None:
    filler = "".join(f"第{number}项工作按照要求全部落实到位。" for number in range(1, 300))
    library = build_release(tmp_path, f"一、工作情况\n(一)总体情况\n1.综合。{filler}全年办理行政复议案件35件。{filler}").open_live()
    answer, _ = answer_message("行政复议案件办了多少件", library, Context())
    assert len(library.default.report.sections[-1].text) > MAX_SECTION_CHARS
    parts = reply_parts(answer, Places(library))
    assert sum(map(len, parts)) < 6000
    text = parse_html(parts[0]).text
    assert text.startswith("全年办理行政复议案件35件。")
    assert texts.EXCERPT.format(count=len(library.default.report.sections[-1].text)) in "".join(parts)


def test_a_press_reads_any_data() -> None:
    assert Press.read("s:abc:1.4").parts == ("abc", "1.4")
    assert Press.read("").action == ""
    assert Press.read("s").part(3) == ""


def test_a_report_keeps_its_key_from_release_to_release() -> None:
    # Buttons in people's chats hold it: it must never change.
    assert report_key("yongan-2019") == "qrb6x6"


def test_a_question_in_the_terminal_does_not_load_telegram() -> None:
    code = "import sys, bot.cli; assert not [name for name in sys.modules if name.split('.')[0] in {'telegram', 'aiohttp'}]"
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True)
