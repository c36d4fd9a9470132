"""What many people ask, for loads: questions asked every day, thousands that nobody has asked before, and a mix of both as in life."""

from __future__ import annotations

import json
import random
from enum import StrEnum
from itertools import accumulate
from pathlib import Path

_DEV = Path(__file__).parents[1] / "data" / "dev"
#: Messages of ``mixed_questions``: more than a round of a load, and what the fakes take in one order.
_MIXED = 5_000

QUESTIONS = (
    *("行政复议维持了几件?", "调解成功率是多少?", "存在哪些问题?", "一、(四)1", "2018年办理了多少件行政复议案件?", "目录"),
    *("制发了几件规范性文件?", "你好", "今天天气怎么样?", "行政复议案件办结了30件,对吗", "2020年有什么打算?", "文号是什么?"),
)
#: What questions that nobody has asked before are made of.
TOPICS = (
    *("行政复议", "行政诉讼", "人民调解", "行政调解", "行政许可", "规范性文件", "行政执法", "执法人员", "重大行政决策", "普法", "政务公开"),
    *(
        "权力清单",
        "责任清单",
        "法律顾问",
        "“放管服”改革",
        "审批事项",
        "机构改革",
        "公共法律服务",
        "备案审查",
        "营商环境",
        "矛盾纠纷",
        "培训",
    ),
)
FORMS = (
    *("{}办理了多少件?", "{}有什么进展", "{}是怎么做的?", "{}还有哪些问题", "市政府怎么推进{}", "{}取得了什么成效?", "报告怎么说{}"),
    *("{}2020年有什么打算?", "2018年{}的情况", "哪个部门管{}", "{}的数字有哪些", "为什么要抓{}", "{}的比例是多少", "{}什么时候开始的?"),
)
OPENINGS = ("", "请问", "想问一下", "您好,", "麻烦查一下,")
CLOSINGS = ("", "呢", ",谢谢")


class Mix(StrEnum):
    """How often questions come again."""

    DIFFERENT = "different"
    MIXED = "mixed"
    REPEATED = "repeated"

    @classmethod
    def of(cls, *, repeated: bool, mix: bool) -> Mix:
        """By the options of a load.

        Raises:
            ValueError: If both are chosen.
        """
        if repeated and mix:
            raise ValueError("--repeated and --mix are two kinds of load: choose one")
        return cls.REPEATED if repeated else cls.MIXED if mix else cls.DIFFERENT

    def questions(self) -> list[str]:
        """What is asked, in order; from its end it begins anew."""
        if self is Mix.REPEATED:
            return list(QUESTIONS)
        return mixed_questions() if self is Mix.MIXED else different_questions()


def mixed_questions(count: int = _MIXED, *, seed: int = 1) -> list[str]:
    """*count* messages drawn from the labelled development questions, some 1,700, the n-th most frequent 1/n as often as the first.

    Which of them are asked often is left to chance, by *seed*.

    Source: Breslau, Cao, Fan, Phillips and Shenker, "Web Caching and Zipf-like Distributions" (INFOCOM 1999): what people ask of a server
    follows Zipf's law, with an exponent of 0.64 to 0.83 for pages; of searches it is about 1, which is taken here.
    """
    rows = [json.loads(line) for name in ("in_scope", "noise", "oos") for line in (_DEV / f"{name}.jsonl").read_text("utf-8").splitlines()]
    questions = sorted({row["q"] for row in rows})
    chance = random.Random(seed)
    chance.shuffle(questions)
    shares = list(accumulate(1 / rank for rank in range(1, len(questions) + 1)))
    return chance.choices(questions, cum_weights=shares, k=count)


def different_questions() -> list[str]:
    """Some 4,600 questions, no two alike, in an order of no meaning, with those asked every day among them."""
    made = [opening + form.format(topic) + closing for opening in OPENINGS for form in FORMS for topic in TOPICS for closing in CLOSINGS]
    random.Random(1).shuffle(made)
    return [*QUESTIONS, *made]
