import pytest

from knowledge.answer_type import HARD_TYPES, AnswerType, asked_types, missing_types


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("局长是谁", AnswerType.PERSON),
        ("律师叫什么名字", AnswerType.PERSON),
        ("热线电话是多少", AnswerType.PHONE),
        ("司法局的地址", AnswerType.ADDRESS),
        ("怎么申请行政复议", AnswerType.PROCEDURE),
        ("要带什么材料", AnswerType.PROCEDURE),
        ("同比增长多少", AnswerType.CHANGE),
        ("全省排名第几", AnswerType.RANK),
        ("花了多少钱", AnswerType.MONEY),
        ("为什么终止", AnswerType.REASON),
        ("什么时候签的合同", AnswerType.TIME),
        ("办结了几件", AnswerType.COUNT),
    ],
)
def test_the_kind_of_answer_is_told_from_the_question(text: str, kind: AnswerType) -> None:
    assert kind in asked_types(text)


@pytest.mark.parametrize("text", ["行政复议", "讲讲法律顾问", ""])
def test_a_topic_asks_for_no_kind(text: str) -> None:
    assert asked_types(text) == frozenset()


def test_money_is_no_count() -> None:
    assert asked_types("花了多少钱") == {AnswerType.MONEY}


@pytest.mark.parametrize(
    ("text", "section_text", "missing"),
    [
        ("办结了几件", "已办结20件", set()),
        ("办结了几件", "做好办结工作", {AnswerType.COUNT}),
        ("局长是谁", "局长负责", {AnswerType.PERSON}),
        ("什么时候签的", "2019年9月签订", set()),
        ("花了多少钱", "人均0.6元", set()),
        ("花了多少钱", "安排经费", {AnswerType.MONEY}),
        ("行政复议", "", set()),
    ],
)
def test_a_section_is_searched_for_that_kind(text: str, section_text: str, missing: set[AnswerType]) -> None:
    assert missing_types(text, section_text) == missing


def test_kinds_seldom_stated_are_hard_and_counts_are_not() -> None:
    assert AnswerType.PHONE in HARD_TYPES
    assert AnswerType.COUNT not in HARD_TYPES


@pytest.mark.parametrize("text", ["维持的9件都是什么类型", "移送的3件涉嫌什么罪名", "哪类的最多"])
def test_a_question_for_kinds_is_not_answered_by_a_count(text: str) -> None:
    assert AnswerType.KIND in missing_types(text, "移送公安机关处理案件3件,维持9件")


def test_a_clause_that_names_the_kind_answers_for_it() -> None:
    assert AnswerType.KIND not in missing_types("调解的是什么类型的争议", "成功调解一起关于行政处罚案件的争议")
