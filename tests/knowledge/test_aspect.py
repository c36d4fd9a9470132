"""The side of a matter that questions and parts of a report are on."""

from __future__ import annotations

import pytest

from knowledge.aspect import Aspect, agreement, asked_aspect, section_aspects
from knowledge.library import ReportKnowledge


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("接下来打算怎么补", Aspect.PLANNED),
        ("2020年怎么提高执法水平", Aspect.PLANNED),
        ("2019年和2020年怎么抓", None),
        ("权力清单还有啥不足", Aspect.LACKING),
        ("这些毛病下一步怎么改", None),
        ("行政复议办了几件", None),
    ],
)
def test_a_question_may_ask_for_one_side(text: str, asked: Aspect | None) -> None:
    assert asked_aspect(text, 2019) is asked


def test_sections_are_on_the_side_that_their_part_is_named_after(known: ReportKnowledge) -> None:
    aspects = section_aspects(known.report)
    assert {name: aspects.get(name) for name in ("1.4.1", "2.3", "3.1.2", "0", "meta")} == {
        "1.4.1": Aspect.DONE,
        "2.3": Aspect.LACKING,
        "3.1.2": Aspect.PLANNED,
        "0": None,
        "meta": None,
    }


def test_a_side_that_no_section_is_on_tells_nothing() -> None:
    assert agreement(Aspect.PLANNED, "1", {"1": Aspect.DONE}) == 0
    assert agreement(Aspect.PLANNED, "1", {"1": Aspect.DONE, "2": Aspect.PLANNED}) == -1
    assert agreement(None, "1", {"1": Aspect.DONE}) == 0


def test_plans_are_found_though_what_is_lacking_was_talked_about(known: ReportKnowledge) -> None:
    favored = {"2.3": 4.0}
    assert known.search(known.read("法制机构打算怎么补强"), favored=favored).candidates[0].section == "3.3"
