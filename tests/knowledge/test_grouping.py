"""Questions that ask alike are put together, whatever their order."""

from __future__ import annotations

import random

from knowledge.grouping import group_alike
from knowledge.library import ReportKnowledge

ASKED = [
    "复议要交多少钱",
    "复议交多少钱呀",
    "交多少钱复议",
    "复议",
    "复议!",
    "养老院一个月收费多少",
    "养老院收费多少钱一个月",
    "天气怎么样",
]


def grouped(known: ReportKnowledge, texts: list[str], weights: dict[str, int]) -> list[list[str]]:
    groups = group_alike([known.read(text) for text in texts], [weights.get(text, 1) for text in texts])
    return [[texts[i] for i in group] for group in groups]


def test_alike_questions_are_together_and_the_most_frequent_leads(small_known: ReportKnowledge) -> None:
    groups = grouped(small_known, ASKED, {"养老院一个月收费多少": 5})
    assert groups[0] == ["养老院一个月收费多少", "养老院收费多少钱一个月"]
    assert sorted(map(sorted, groups)) == sorted([sorted(ASKED[5:7]), ["天气怎么样"], sorted(ASKED[:3]), sorted(ASKED[3:5])])


def test_the_order_of_the_questions_changes_nothing(small_known: ReportKnowledge) -> None:
    expected = grouped(small_known, ASKED, {})
    for seed in range(10):
        texts = random.Random(seed).sample(ASKED, len(ASKED))
        assert grouped(small_known, texts, {}) == expected


def test_every_question_is_in_one_group_and_none_in_no_groups(small_known: ReportKnowledge) -> None:
    texts = [f"第{n}个问题问的是{'复议执法窗口文件'[n % 7 : n % 7 + 2]}吗" for n in range(60)] + ["?", "，"]
    assert sorted(text for group in grouped(small_known, texts, {}) for text in group) == sorted(texts)
    assert group_alike([], []) == []
