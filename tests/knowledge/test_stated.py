import pytest

from knowledge.build import make_tokenizer
from knowledge.stated import StatedModel, kinds_in, matches, shipped_stated

TOKENIZER = make_tokenizer(())


def margin(asked: str, shown: str) -> float:
    return shipped_stated().margin(TOKENIZER.query(asked), shown)


@pytest.mark.parametrize(
    ("asked", "states", "does_not"),
    [
        ("来了多少人", "组织培训3期,参训人员420名", "组织培训3期,印发手册"),
        ("这几家企业叫什么名字", "约谈宏达、顺通、金源3家企业", "约谈企业3家"),
        ("哪天开始的", "自2021年5月8日起施行", "已经印发施行"),
        ("为什么没有办完", "因产权不清,2件尚未办结", "2件尚未办结"),
        ("占多大比例", "其中城区占37.5%", "其中城区12件"),
        ("平均每户补多少钱", "每户补助1200元", "共补助36万元,惠及300户"),
    ],
)
def test_words_that_hold_what_is_asked_for_are_preferred(asked: str, states: str, does_not: str) -> None:
    assert margin(asked, states) > margin(asked, does_not)


@pytest.mark.parametrize(
    ("shown", "kinds"),
    [
        ("罚没款38万元", {"number", "money", "result"} - {"result"}),
        ("选聘调解员45名,其中女性12名", {"number", "people", "part"}),
        ("增长12.5%", {"number", "share", "change"}),
        ("", set()),
    ],
)
def test_kinds_of_things_are_found_in_words(shown: str, kinds: set[str]) -> None:
    assert set(kinds_in(shown)) == kinds


def test_the_unit_and_the_numbers_named_are_compared() -> None:
    query = TOKENIZER.query("那12家里关了几家")
    assert {"unit True", "unit 家 True", "numbers True"} <= set(matches(query, "12家企业中关停5家"))
    assert {"unit False", "numbers False"} <= set(matches(query, "查处案件9件"))


def test_a_model_counts_a_form_alone_and_with_each_kind_shown() -> None:
    model = StatedModel({"c几家": {"": -1.0, "households": 3.0}}, {"": 0.5, "number": 0.25})
    assert model.margin(TOKENIZER.query("几家"), "没有写") == pytest.approx(-0.5)
    assert model.margin(TOKENIZER.query("几家"), "关停5家") == pytest.approx(0.5 - 1.0 + 3.0 + 0.25)
