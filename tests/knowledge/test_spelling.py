import pytest

from knowledge.library import ReportKnowledge
from knowledge.normalize import normalize
from knowledge.spelling import Spelling, read_syllables
from knowledge.tokenizer import Tokenizer


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("xingzhengfuyi", "行政复议"),
        ("xing zheng fu yi", "行政复议"),
        ("xing'zheng'fu'yi", "行政复议"),
        ("XINGZHENGFUYI", "行政复议"),
        ("xinfang", "信访"),
        ("shuangsuiji", "双随机"),
        ("lvshi", "律师"),
        ("zhifa jilu yi", "执法记录仪"),
        ("2019年xingzhengfuyi多少件", "2019年行政复议多少件"),
    ],
)
def test_pinyin_is_read_as_the_reports_words(known: ReportKnowledge, typed: str, text: str) -> None:
    assert known.read(typed).text == text


@pytest.mark.parametrize(
    ("typed", "text"),
    [("市工安局", "市公安局"), ("行郑复议", "行政复议"), ("调解成公率", "调解成功率")],
)
def test_a_single_wrong_character_is_put_right(known: ReportKnowledge, typed: str, text: str) -> None:
    assert known.read(typed).text == text


@pytest.mark.parametrize(
    "text",
    ["hello", "python", "wifi", "nba", "abc", "饕餮", "我爱吃火锅", "电影", "区块链", "天气怎么样", "比特币", "a", ""],
)
def test_what_the_report_does_not_know_is_left_alone(known: ReportKnowledge, text: str) -> None:
    assert known.read(text).text == text


def test_an_english_word_made_of_syllables_is_left_alone(known: ReportKnowledge) -> None:
    assert known.read("banana").text == "banana"


def test_a_wrong_character_is_not_made_a_word_across_a_boundary(known: ReportKnowledge) -> None:
    assert known.read("行政夫议").text in {"行政复议", "行政夫议"}


def test_titles_of_the_report_are_never_changed(known: ReportKnowledge) -> None:
    titles = [section.title for section in known.report.sections]
    assert [known.read(title).text for title in titles] == [normalize(title) for title in titles]


def test_reading_its_own_result_changes_nothing(known: ReportKnowledge) -> None:
    for typed in ("xingzhengfuyi", "市工安局", "2019年xinfang多少件"):
        once = known.read(typed).text
        assert known.read(once).text == once


def test_characters_are_read_as_in_the_reports_phrases() -> None:
    assert read_syllables(["行政调解", "调解成功", "协调!2019年"])["调"] == "tiao"


def test_stored_readings_are_taken_over() -> None:
    spelling = Spelling(["调解"], is_word=lambda _: False, readings={"调": "tiao", "解": "jie"})
    assert spelling.correct("tiaojie") == "调解"


def test_without_a_vocabulary_nothing_is_changed() -> None:
    spelling = Spelling([], is_word=lambda _: False, readings={})
    assert spelling.correct("xingzhengfuyi 市工安局") == "xingzhengfuyi 市工安局"


def test_a_long_run_of_letters_ends_quickly_and_unchanged(known: ReportKnowledge) -> None:
    assert known.read("x" * 5_000).text == "x" * 500


@pytest.mark.parametrize("text", ["这些事政府管得咋样", "这种事现在归谁管", "还能找人调吗", "罚人的决定", "律师是谁"])
def test_a_word_of_one_character_between_others_is_no_mistake(text: str) -> None:
    vocabulary = ["市政府", "实现", "照此办理", "法人", "事项"] * 4
    tokenizer = Tokenizer()
    spelling = Spelling(vocabulary, is_word=tokenizer.is_word, cut=tokenizer.cut, readings=read_syllables(vocabulary))
    assert spelling.correct(text) == text


@pytest.mark.parametrize("typed", ["tiaojie chenggonglv", "diaojie chenggonglv"])
def test_a_character_that_is_read_in_two_ways_may_be_typed_in_both(known: ReportKnowledge, typed: str) -> None:
    assert known.read(typed).text == "调解成功率"
