import pytest
from builders import make_report, make_section

from knowledge.library import ReportKnowledge
from knowledge.normalize import normalize
from knowledge.qualifiers import Qualifiers, conflicts, find_qualifiers, section_years


def read(text: str, *words: str) -> Qualifiers:
    return find_qualifiers(normalize(text), home="永安", cut=lambda text: [word for word in words if word in text])


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2018年行政复议", (2018,)),
        ("18年复议", (2018,)),
        ("2017年与2018年", (2017, 2018)),
        ("2019年2019年", (2019,)),
        ("2020件", ()),
        ("最近2年内", ()),
        ("12年来", ()),
        ("《实施纲要(2015—2020)》精神", ()),
        ("行政复议", ()),
    ],
    ids=["year", "two digits", "two years", "named twice", "a count", "a span", "years since", "in a document's name", "none"],
)
def test_years(text: str, years: tuple[int, ...]) -> None:
    assert read(text).years == years


@pytest.mark.parametrize(
    ("text", "periods"),
    [("2019年第一季度", ("第一季度",)), ("上半年", ("上半年",)), ("5月报名", ("5月",)), ("3月15日", ("3月",)), ("13月", ()), ("年底", ())],
)
def test_times_of_year(text: str, periods: tuple[str, ...]) -> None:
    assert read(text).periods == periods


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("三明市和厦门的", ("三明", "厦门")),
        ("福州的行政复议", ("福州",)),
        ("全国", ("全国",)),
        ("隔壁县怎么样", ("隔壁县",)),
        ("永安市", ()),
        ("国内", ()),
        ("哪个镇", ()),
        ("我在镇上", ()),
        ("西洋镇的案件", ("西洋镇",)),
        ("村里归镇上管", ()),
    ],
)
def test_places_other_than_the_reports_own(text: str, places: tuple[str, ...]) -> None:
    assert read(text, "厦门", "福州").places == places


def test_a_town_inside_a_phrase_counts_when_its_name_is_a_word() -> None:
    assert read("请问在西洋镇办了几件", "西洋").places == ("西洋镇",)
    assert read("不知西洋镇办了几件").places == ()


def test_nothing_named_is_false() -> None:
    assert not read("行政复议办了多少件")
    assert read("2018年")


@pytest.mark.parametrize(
    ("section_id", "years"),
    [("1.4.1", {2019}), ("1.1.3", {2017, 2019}), ("3.1.1", {2020}), ("2.1", {2019}), ("meta", {2019, 2020})],
    ids=["named", "several named", "of the part's heading", "of the report", "metadata"],
)
def test_the_years_a_section_speaks_of(known: ReportKnowledge, section_id: str, years: set[int]) -> None:
    section = known.section(section_id)
    assert section is not None
    assert section_years(section, known.report) == years


@pytest.mark.parametrize(
    ("qualifiers", "differs"),
    [
        (Qualifiers(), ()),
        (Qualifiers(years=(2019,)), ()),
        (Qualifiers(years=(2018,)), ("2018年",)),
        (Qualifiers(years=(2018, 2019), places=("厦门",)), ("2018年", "厦门")),
        (Qualifiers(periods=("第一季度",)), ("第一季度",)),
    ],
    ids=["none", "same year", "other year", "year and place", "time of year"],
)
def test_what_the_section_does_not_speak_of_is_named(known: ReportKnowledge, qualifiers: Qualifiers, differs: tuple[str, ...]) -> None:
    section = known.section("1.4.1")
    assert section is not None
    assert conflicts(qualifiers, section, known.report) == differs


def test_a_place_and_month_that_the_section_names_agree(known: ReportKnowledge) -> None:
    asked = (("1.3.4", Qualifiers(places=("曹远镇",))), ("1.6.4", Qualifiers(periods=("9月",))), ("1.1.2", Qualifiers(places=("三明",))))
    for section_id, qualifiers in asked:
        section = known.section(section_id)
        assert section is not None
        assert conflicts(qualifiers, section, known.report) == ()


def test_a_month_named_late_in_a_long_section_agrees() -> None:
    section = make_section(text="工作持续推进。" * 100 + "9月完成。")
    assert conflicts(Qualifiers(periods=("9月",)), section, make_report(section)) == ()


def test_a_place_name_across_two_words_is_none(known: ReportKnowledge) -> None:
    assert not known.qualifiers(known.read("政府信息公开原则是什么")).places


def test_every_body_named_must_be_spoken_of(known: ReportKnowledge) -> None:
    section = known.section("1.3.3")
    assert section is not None
    assert conflicts(known.qualifiers(known.read("林业局移送公安几件")), section, known.report) == ("林业局",)
    assert conflicts(known.qualifiers(known.read("市监局移送公安几件")), section, known.report) == ()
