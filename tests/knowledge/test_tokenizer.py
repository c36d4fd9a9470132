import jieba
import pytest
from rapidfuzz import fuzz, utils

from knowledge.normalize import fold
from knowledge.records import Report
from knowledge.tokenizer import Tokenizer, character_grams


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer(words=["行政复议", "裁执分离"], synonyms={"复议": "行政复议"})


def test_untokenized_chinese_scores_as_one_word(tokenizer: Tokenizer) -> None:
    # Why texts are cut before any rapidfuzz token scorer sees them: it splits on spaces only.
    query, question = "市政府共办理行政复议案件多少件", "多少件行政复议案件是市政府办理的"
    cut_query, cut_question = (" ".join(tokenizer.words(text)) for text in (query, question))
    assert fuzz.token_set_ratio(query, question) < 40
    assert fuzz.token_set_ratio(cut_query, cut_question) > 90


def test_rapidfuzz_does_not_fold_full_width_letters_and_ours_does() -> None:
    assert utils.default_process("ＡＢ１２") == "ａｂ１２"
    assert fold("ＡＢ１２") == "ab12"


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("复议", ["复", "议", "复议"]),
        ("复议22件", ["复", "议", "22", "件", "复议", "议22", "22件"]),
        ("调解,成功", ["调", "解", "调解", "成", "功", "成功"]),
        ("98.7%", ["98.7%"]),
        ("abc1", ["abc", "1", "abc1"]),
        ("", []),
        ("。,!", []),
    ],
    ids=["Chinese", "a number is one character", "punctuation parts", "share", "a Latin word is one character", "empty", "no letters"],
)
def test_character_grams(text: str, grams: list[str]) -> None:
    assert character_grams(text) == grams


def test_grams_of_one_size_only() -> None:
    assert character_grams("行政复议", sizes=(3,)) == ["行政复", "政复议"]


def test_terms_stay_whole(tokenizer: Tokenizer) -> None:
    assert "裁执分离" in tokenizer.words("落实裁执分离规定")
    assert "裁执分离" not in Tokenizer().words("落实裁执分离规定")


def test_synonyms_become_the_reports_own_term(tokenizer: Tokenizer) -> None:
    assert tokenizer.words("复议案件") == tokenizer.words("行政复议案件")


def test_the_words_of_one_report_are_unknown_to_another(tokenizer: Tokenizer) -> None:
    assert tokenizer.is_word("裁执分离")
    assert not Tokenizer().is_word("裁执分离")


def test_stop_words_and_punctuation_are_left_out(tokenizer: Tokenizer) -> None:
    assert tokenizer.words("的,了。") == []


def test_readings_of_the_report_win(tokenizer: Tokenizer) -> None:
    assert tokenizer.syllables("调解2件") == ["diao", "jie", "jian"]
    assert Tokenizer(readings={"调": "tiao"}).syllables("调解") == ["tiao", "jie"]


@pytest.mark.parametrize("text", ["", "   ", "。。。", "😀", "\x00"], ids=["empty", "spaces", "stops", "picture", "nul"])
def test_a_query_without_words_is_empty(tokenizer: Tokenizer, text: str) -> None:
    query = tokenizer.query(text)
    assert query.original == text
    assert (query.words, query.syllables) == ((), ())


def test_a_query_keeps_what_was_typed(tokenizer: Tokenizer) -> None:
    query = tokenizer.query("請問複議２２件")
    assert (query.original, query.text) == ("請問複議２２件", "复议22件")


def test_words_are_those_that_jieba_cuts(report: Report) -> None:
    plain = jieba.Tokenizer()
    texts = [section.text for section in report.sections] + ["龘龘a龘 1.5% 𠀀-b", "万一", ""]
    assert [Tokenizer().cut(text) for text in texts] == [list(plain.cut(text, HMM=False)) for text in texts]
