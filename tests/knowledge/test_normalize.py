import pytest

from knowledge.normalize import MAX_QUERY_CHARS, arabic_numerals, fold, normalize, strip_wrappers


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("９８．７％", "98.7%"),
        ("（四），。", "(四),。"),
        ("复\u200b议\ufeff", "复议"),
        ("行政\u00ad复议", "行政复议"),
        ("复 议", "复议"),
        ("复·议|工~作", "复议工作"),
        ("😀复议👍", "复议"),
        ("  行政\t复议\n", "行政复议"),
        ("「大調解」", "“大调解”"),
        ("〈通知〉", "《通知》"),
        ("cafe\u0301", "café"),
        ("a  b", "a b"),
        ("", ""),
        ("\u200b", ""),
        ("\ud800复议", "复议"),
    ],
    ids=[
        "full-width letters",
        "full-width figures",
        "full-width punctuation",
        "zero width",
        "soft hyphen",
        "space in a word",
        "decoration",
        "pictures",
        "tabs and lines",
        "corner brackets",
        "angle brackets",
        "composed accents",
        "runs of spaces",
        "empty",
        "nothing visible",
        "lone surrogate",
    ],
)
def test_what_only_looks_different_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("行政復議案件", "行政复议案件"),
        ("行政複議", "行政复议"),
        ("資訊公開", "信息公开"),
        ("網路輿情", "网络舆情"),
        ("軟體", "软件"),
        ("法律顧問", "法律顾问"),
        ("執法記錄儀", "执法记录仪"),
        ("政府資訊公開", "政府信息公开"),
    ],
)
def test_traditional_text_is_read_with_the_words_of_the_mainland(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_simplified_words_are_left_alone() -> None:
    assert fold("计程车的资讯与行政复议") == "计程车的资讯与行政复议"


def test_long_input_is_cut() -> None:
    assert fold("字" * 10_000) == "字" * MAX_QUERY_CHARS


def test_folding_long_input_twice_equals_once() -> None:
    once = fold("㍿" * MAX_QUERY_CHARS)
    assert fold(once) == once


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("二十二件", "22件"),
        ("两件", "2件"),
        ("一千零四十八件", "1048件"),
        ("百分之九十八点七", "98.7%"),
        ("百分之百", "100%"),
        ("百分之98.7", "98.7%"),
        ("壹佰贰拾件", "120件"),
        ("伍件", "5件"),
        ("二〇一九年", "2019年"),
        ("执法队伍", "执法队伍"),
        ("陆地", "陆地"),
        ("二十个", "20个"),
        ("三十六名", "36名"),
    ],
)
def test_counted_numerals_are_written_with_digits(text: str, written: str) -> None:
    assert arabic_numerals(text) == written


@pytest.mark.parametrize("text", ["统一", "一是", "二是", "一对一", "第一责任人", "万一", "一把手", "十分重要", "四面八方", "千百"])
def test_numerals_that_count_nothing_stay(text: str) -> None:
    assert arabic_numerals(text) == text


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("请问行政复议有多少件", "行政复议有多少件"),
        ("麻烦问一下行政复议,谢谢谢谢", "行政复议"),
        ("行政复议。", "行政复议"),
        ("行政复议", "行政复议"),
        ("请问", "请问"),
        ("", ""),
    ],
    ids=["polite", "both ends", "full stop", "nothing to take off", "nothing but wrapping", "empty"],
)
def test_wrappings_are_taken_off_unless_nothing_would_be_left(text: str, stripped: str) -> None:
    assert strip_wrappers(text) == stripped


def test_normalizing_does_all_three() -> None:
    assert normalize("請問一下,２０１９年辦結了二十件？") == "2019年办结了20件"


@pytest.mark.parametrize("text", ["十十二", "亿亿二", "十十二件"])
def test_a_run_of_numerals_that_is_no_number_stays(text: str) -> None:
    assert normalize(text) == text
