"""Cards within the platform's limits, whatever is on them, and keys that come back as they went."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts
from bot.channels.wecom_cards import ASK, MAX_BUTTONS, Tap, choice_card, judge_card, reasons_card, tapped_label
from bot.channels.wecom_menu import menu
from bot.messages import Answer, Outcome, Reply, Suggestion
from tests.fakes.wecom_rules import card_faults, menu_faults

REPLY_ID = "01M89FZK2ZQ4X2QG1K363X6XXB"
words = st.text(min_size=1, max_size=400)


def asking(questions: list[str], text: str = texts.CLARIFY) -> Reply:
    answer = Answer(Outcome.CLARIFY, text, suggestions=tuple(Suggestion(question, "1") for question in questions))
    return Reply(REPLY_ID, answer, "r", 1.0)


@given(st.lists(words, min_size=1, max_size=8, unique=True), words)
def test_a_choice_is_a_card_within_the_limits_or_none(questions: list[str], text: str) -> None:
    card = choice_card(asking(questions, text))
    if card is None:
        assert len(questions) > MAX_BUTTONS or any(len(question.encode()) > 900 for question in questions)
    else:
        assert card_faults(card) == []
        taps = [Tap.read(button["key"]) for button in card["button_list"]]
        assert taps == [Tap(ASK, REPLY_ID, question) for question in questions]
        assert all(1 <= len(tapped_label(tap)) <= 26 for tap in taps)


def test_a_button_shows_the_heading_and_not_the_number_before_it() -> None:
    card = choice_card(asking(["一、(六)2 督察落实", "三、(三) 加强法制机构和队伍建设", "第三条 保密", "复议 几件"]))
    assert card is not None
    assert [button["text"] for button in card["button_list"]] == ["1 督察落实", "2 加强法制机构和…", "3 保密", "4 复议 几件"]


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.CLARIFY])
def test_only_what_asks_back_is_a_card(outcome: Outcome) -> None:
    reply = asking(["甲", "乙"])
    assert choice_card(replace(reply, answer=replace(reply.answer, outcome=outcome))) is None


def test_feedback_cards_are_within_the_limits_and_no_two_are_one_task() -> None:
    cards = [judge_card(REPLY_ID), reasons_card(REPLY_ID), judge_card(REPLY_ID)]
    assert [card_faults(card) for card in cards] == [[], [], []]
    assert len({card["task_id"] for card in cards}) == 3
    assert {Tap.read(button["key"]).words for button in cards[1]["button_list"]} == set(texts.FEEDBACK_REASONS)


@given(st.text(max_size=50))
def test_any_key_is_read(key: str) -> None:
    assert isinstance(Tap.read(key).action, str)


def test_the_menu_is_within_the_limits_and_holds_commands_that_work_alone() -> None:
    made = menu()
    assert menu_faults(made) == []
    keys = [entry["key"] for button in made["button"] for entry in button["sub_button"]]
    assert "/toc" in keys
    assert "/help" in keys
    assert not {"/reload", "/stats", "/section"} & set(keys)
