from __future__ import annotations

import time

import pytest

from knowledge.edition_names import read_names
from knowledge.editions import MAX_EDITIONS, Edition, Editions, Wanted, serving_order
from knowledge.tokenizer import Tokenizer

LAW, OPEN = "法治政府建设", "政府信息公开"


def edition(area: str, year: int, kind: str = LAW) -> Edition:
    title = f"{area}人民政府关于{year}年{kind}工作的报告"
    return Edition(f"{area}-{kind}-{year}", area, area[:-1], year, kind, title, f"{area[0]}政〔{year + 1}〕{year % 7 + 1}号")


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer()


@pytest.fixture
def editions() -> Editions:
    every = [edition("永安市", year) for year in (2018, 2019, 2020)]
    every += [edition("永安市", 2020, OPEN), edition("三明市", 2021), edition("青山县", 2019), edition("鹭溪市", 2019)]
    return Editions(serving_order(every, {}))


def read(text: str, editions: Editions, tokenizer: Tokenizer) -> Wanted:
    return read_names(text, editions, cut=tokenizer.cut, is_word=tokenizer.is_word)


def test_home_is_the_place_that_questions_are_written_for() -> None:
    every = [edition("三明市", year) for year in (2018, 2019, 2020, 2021)] + [edition("永安市", 2019)]
    assert serving_order(every, {})[0].area == "三明市"
    assert serving_order(every, {"永安市-法治政府建设-2019": 900})[0].area == "永安市"


def test_a_newer_report_of_another_place_does_not_move_home() -> None:
    every = [edition("永安市", 2018), edition("永安市", 2019)]
    assert serving_order([*every, edition("三明市", 2023)], {})[0].id == "永安市-法治政府建设-2019"


def test_the_main_kind_goes_before_a_newer_one_of_another_kind() -> None:
    every = [edition("永安市", 2019), edition("永安市", 2018), edition("永安市", 2020, OPEN)]
    assert [e.kind for e in serving_order(every, {})] == [LAW, LAW, OPEN]


def test_the_order_does_not_hang_on_the_order_of_the_sources() -> None:
    every = [edition(area, year) for area in ("永安市", "三明市", "沙县") for year in (2018, 2019)]
    assert serving_order(every, {}) == serving_order(every[::-1], {})


@pytest.mark.parametrize(
    ("text", "years", "areas", "kinds", "rest"),
    [
        ("2019年复议案件多少", (2019,), (), (), "复议案件多少"),
        ("二〇一八年复议案件多少", (2018,), (), (), "复议案件多少"),
        ("18年复议案件多少", (2018,), (), (), "复议案件多少"),
        ("2018到2020年复议案件", (2018, 2019, 2020), (), (), "复议案件"),
        ("2019年9月签了什么合同", (2019,), (), (), "2019年9月签了什么合同"),
        ("三明市永安市复议案件", (), ("永安市",), (), "复议案件"),
        ("永安和三明的复议案件", (), ("永安市", "三明市"), (), "和的复议案件"),
        ("三明市政府办了几件", (), ("三明市",), (), "市政府办了几件"),
        ("报三明市政府备案几件", (), (), (), "报三明市政府备案几件"),
        ("永安镇复议案件多少", (), (), (), "永安镇复议案件多少"),
        ("保护绿水青山做了什么", (), (), (), "保护绿水青山做了什么"),
        ("青山的复议案件", (), ("青山县",), (), "复议案件"),
        ("请问鹭溪复议几件", (), ("鹭溪市",), (), "请问复议几件"),
        ("信息公开年报里收到多少申请", (), (), (OPEN,), "收到多少申请"),
        ("政府报告里写了什么", (), (), (), "政府报告里写了什么"),
        ("永政〔2020〕4号是什么", (2019,), ("永安市",), (LAW,), "是什么"),
        ("永政文〔2020〕9号是什么", (), (), (), "永政文〔2020〕9号是什么"),
        ("《2015年管理办法》是什么", (), (), (), "《2015年管理办法》是什么"),
        ("", (), (), (), ""),
    ],
)
def test_the_editions_that_a_text_names(
    text: str, years: tuple[int, ...], areas: tuple[str, ...], kinds: tuple[str, ...], rest: str, editions: Editions, tokenizer: Tokenizer
) -> None:
    wanted = read(text, editions, tokenizer)
    assert (wanted.years, wanted.areas, wanted.kinds, wanted.rest) == (years, areas, kinds, rest)


@pytest.mark.parametrize("text", ["历年复议案件", "近三年复议案件", "哪一年复议案件最多"])
def test_all_years_are_asked_for(text: str, editions: Editions, tokenizer: Tokenizer) -> None:
    assert read(text, editions, tokenizer).every


@pytest.mark.parametrize("text", ["哪一年起普法经费按人均安排", "近年来有什么问题", "每年开几次会"])
def test_a_year_that_is_asked_for_is_not_all_of_them(text: str, editions: Editions, tokenizer: Tokenizer) -> None:
    assert not read(text, editions, tokenizer)


def test_the_newest_of_each_kind_at_home_answers(editions: Editions) -> None:
    assert [e.id for e in editions.choose(Wanted()).editions] == ["永安市-法治政府建设-2020", "永安市-政府信息公开-2020"]


def test_a_kind_that_is_named_answers_alone(editions: Editions) -> None:
    assert [e.kind for e in editions.choose(Wanted(kinds=(OPEN,))).editions] == [OPEN]


def test_a_conversation_keeps_its_place(editions: Editions) -> None:
    near = edition("三明市", 2021)
    assert [e.area for e in editions.choose(Wanted(), near=near).editions] == ["三明市"]


def test_a_year_without_a_report_is_missing_and_the_years_beside_it_are_looked_at(editions: Editions) -> None:
    choice = editions.choose(Wanted(years=(2021,)), year=2021)
    assert (choice.editions, [e.year for e in choice.beside], choice.missing) == ((), [2020, 2019, 2018], (2021,))
    assert editions.choose(Wanted(years=(2019,)), year=2019).missing == ()


def test_an_older_edition_knows_its_newest_and_the_one_before(editions: Editions) -> None:
    first, last = edition("永安市", 2018), edition("永安市", 2020)
    assert editions.newer(first) == last
    assert editions.newer(last) is None
    assert editions.before(last) == edition("永安市", 2019)
    assert editions.before(first) is None


def test_a_thousand_headers_are_chosen_from_in_no_time_and_a_handful_comes_out(tokenizer: Tokenizer) -> None:
    names = [f"{a}{b}市" for a in "东西南北中上下青白红" for b in "山水林田湖河江海岭原"]
    editions = Editions(serving_order([edition(name, year) for name in names for year in range(2013, 2023)], {}))
    assert len(editions) == 1000
    start = time.process_time()
    for _ in range(100):
        wanted = read("红原市2018年办理行政复议案件多少件", editions, tokenizer)
        choice = editions.choose(wanted, year=2018, area=wanted.areas[0])
    assert (time.process_time() - start) / 100 < 0.002
    assert [e.id for e in choice.editions] == ["红原市-法治政府建设-2018"]
    assert len(editions.choose(Wanted()).editions) <= MAX_EDITIONS
