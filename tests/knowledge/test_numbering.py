import pytest

from knowledge.normalize import fold
from knowledge.numbering import NumberForm, chinese_to_int, find_reference, int_to_chinese, parse_heading, section_id, section_label


@pytest.mark.parametrize(
    ("text", "number"),
    [("一", 1), ("九", 9), ("十", 10), ("十一", 11), ("二十", 20), ("二十二", 22), ("九十九", 99), ("7", 7), ("12", 12)],
)
def test_numerals_are_read(text: str, number: int) -> None:
    assert chinese_to_int(text) == number


@pytest.mark.parametrize("text", ["", "零", "0", "百", "一一", "十十", "二二十", "甲", "1a", "-1", "两"])
def test_what_is_no_section_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a section number"):
        chinese_to_int(text)


def test_one_to_twenty_are_written_as_printed() -> None:
    assert [int_to_chinese(n) for n in (1, 9, 10, 11, 19, 20, 21)] == ["一", "九", "十", "十一", "十九", "二十", "二十一"]


@pytest.mark.parametrize(
    ("paragraph", "form", "number", "printed", "rest"),
    [
        ("第一部分 工作回顾", NumberForm.DIVISION, 1, "第一部分", "工作回顾"),
        ("第2部分：工作回顾", NumberForm.DIVISION, 2, "第2部分：", "工作回顾"),
        ("第三章　保障", NumberForm.CHAPTER, 3, "第三章", "保障"),
        ("第一节 经费", NumberForm.CHAPTER_SECTION, 1, "第一节", "经费"),
        ("一、总体情况", NumberForm.PART, 1, "一、", "总体情况"),
        ("十二、其他", NumberForm.PART, 12, "十二、", "其他"),
        ("一、二〇二一年工作", NumberForm.PART, 1, "一、", "二〇二一年工作"),
        ("(四)依法化解", NumberForm.ARTICLE, 4, "(四)", "依法化解"),
        ("（四） 依法化解", NumberForm.ARTICLE, 4, "（四）", "依法化解"),
        ("（四)依法化解", NumberForm.ARTICLE, 4, "（四)", "依法化解"),
        ("（三）项目投资", NumberForm.ARTICLE, 3, "（三）", "项目投资"),
        ("㈡依法化解", NumberForm.ARTICLE, 2, "㈡", "依法化解"),
        ("1.加强复议。提高素质。", NumberForm.ITEM, 1, "1.", "加强复议。提高素质。"),
        ("10．加强复议", NumberForm.ITEM, 10, "10．", "加强复议"),
        ("3、加强复议", NumberForm.ITEM, 3, "3、", "加强复议"),
        ("１．加强复议", NumberForm.ITEM, 1, "１．", "加强复议"),
        ("1 .加强复议", NumberForm.ITEM, 1, "1 .", "加强复议"),
        ("1.2021年立法2件", NumberForm.ITEM, 1, "1.", "2021年立法2件"),
        ("3.1.8亿元债券已支出", NumberForm.ITEM, 3, "3.", "1.8亿元债券已支出"),
        ("３．１．８万户已改造", NumberForm.ITEM, 3, "３．", "１．８万户已改造"),
        ("3、15家企业已整改", NumberForm.ITEM, 3, "3、", "15家企业已整改"),
        ("1、2次党组会研究", NumberForm.ITEM, 1, "1、", "2次党组会研究"),
        ("⒉加强复议", NumberForm.ITEM, 2, "⒉", "加强复议"),
        ("(1)听证", NumberForm.SUBITEM, 1, "(1)", "听证"),
        ("（12）听证", NumberForm.SUBITEM, 12, "（12）", "听证"),
        ("⑶听证", NumberForm.SUBITEM, 3, "⑶", "听证"),
        ("2）听证", NumberForm.BRACKETED, 2, "2）", "听证"),
        ("①听证", NumberForm.CIRCLED, 1, "①", "听证"),
        ("⑳听证", NumberForm.CIRCLED, 20, "⑳", "听证"),
    ],
)
def test_a_numbered_paragraph_gives_its_form_number_and_rest(
    paragraph: str, form: NumberForm, number: int, printed: str, rest: str
) -> None:
    heading = parse_heading(paragraph)
    assert heading is not None
    assert (heading.form, heading.number, heading.printed, heading.rest) == (form, number, printed, rest)


@pytest.mark.parametrize(
    "paragraph",
    [
        "1.5亿元用于普法。",
        "2.0版平台",
        "3.15消费者权益日",
        "98.7%的案件",
        "2019年,我市",
        "一是根据上级部署",
        "二是组织开展",
        "一、二季度增长",
        "三、四线城市",
        "（一）、（二）项",
        "（一）至（三）项所列",
        "（二）项规定的",
        "①②③三类",
        "此外,还要求",
        "第一部分是总则",
        "第一部分所述问题已整改。",
        "第二章中的任务",
        "第一章的规定",
        "“一、凡是",
        "100.甲",
        "(2019)号",
        "",
    ],
)
def test_other_paragraphs_have_no_heading(paragraph: str) -> None:
    assert parse_heading(paragraph) is None


@pytest.mark.parametrize(
    "paragraph", ["0.前言", "00.前言", "一二、三产业", "１.加强复议"], ids=["zero", "two zeros", "one two", "full-width digit"]
)
def test_a_start_that_only_looks_like_a_number_does_not_end_the_parse(paragraph: str) -> None:
    parse_heading(paragraph)


@pytest.mark.parametrize(
    ("path", "expected_id", "label"),
    [
        ((1,), "1", "一、"),
        ((1, 4), "1.4", "一、(四)"),
        ((1, 4, 1), "1.4.1", "一、(四)1"),
        ((12, 10, 11), "12.10.11", "十二、(十)11"),
    ],
)
def test_a_path_is_written_as_id_and_label(path: tuple[int, ...], expected_id: str, label: str) -> None:
    assert section_id(path) == expected_id
    assert section_label(path) == label


def test_an_item_without_an_article_leaves_its_place_out_of_the_label() -> None:
    assert section_label((1, 0, 3)) == "一、3"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("一、(四)1", (1, 4, 1)),
        ("一(四)1", (1, 4, 1)),
        ("一（四）１", (1, 4, 1)),
        ("一、(四)", (1, 4)),
        ("(六)5", (0, 6, 5)),
        ("1.4.1", (1, 4, 1)),
        ("1-4-1", (1, 4, 1)),
        ("1/4/1", (1, 4, 1)),
        ("1.4", (1, 4)),
        ("一之四", (1, 4)),
        ("一之四之1", (1, 4, 1)),
        ("一.四.四", (1, 4, 4)),
        ("一、四、1", (1, 4, 1)),
        ("第一部分", (1,)),
        ("第三章第二节", (3, 2)),
        ("第一部分第四条第一点", (1, 4, 1)),
        ("第1部分第4条第3点", (1, 4, 3)),
        ("第一部分的第四条", (1, 4)),
        ("第一部分第(四)条", (1, 4)),
        ("第三大点第五小点", (3, 5)),
        ("第十二部分第一条", (12, 1)),
    ],
)
def test_every_form_people_write_is_found(text: str, path: tuple[int, ...]) -> None:
    reference = find_reference(fold(text))
    assert reference is not None
    assert reference.path == path
    assert (reference.start, reference.end) == (0, len(fold(text)))


@pytest.mark.parametrize(
    "text",
    ["", "今年", "一是", "两级", "三项制度", "1+3", "98.7%", "2019年1月1日", "15日", "调解1件", "0.6元", "行政复议案件22件", "2019.5"],
)
def test_figures_and_words_are_no_reference(text: str) -> None:
    assert find_reference(text) is None


@pytest.mark.parametrize("text", ["1.5亿元", "投入1.5万元"])
def test_a_sum_of_money_is_no_reference(text: str) -> None:
    assert find_reference(text) is None


def test_a_reference_is_found_inside_a_question_with_its_place() -> None:
    text = "请问1.4.1讲了什么"
    reference = find_reference(text)
    assert reference is not None
    assert text[reference.start : reference.end] == "1.4.1"
