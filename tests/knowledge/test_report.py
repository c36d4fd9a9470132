from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from builders import PREAMBLE, TITLE, write_report

from knowledge.errors import InvalidSource
from knowledge.records import Report, Section, SectionKind
from knowledge.report import parse_report, reassemble, source_body

SECTIONS = """\
meta|文件信息|文件信息
0|导语|导语
1|一、|2019年法治政府建设工作开展情况
1.1|一、(一)|推进行政决策科学化、民主化、法治化
1.1.1|一、(一)1|完善政府重大行政决策程序
1.1.2|一、(一)2|强化政府行政规范性文件管理
1.1.3|一、(一)3|加强市政府规范性文件清理工作
1.1.tail|一、(一)末段|推进行政决策科学化、民主化、法治化
1.2|一、(二)|依法全面优化和履行行政管理职能
1.2.1|一、(二)1|优化行政管理
1.2.2|一、(二)2|相对集中行政许可权
1.2.3|一、(二)3|建立健全基本公共服务体系
1.3|一、(三)|坚持严格依法规范公正文明执法
1.3.1|一、(三)1|相对集中行政执法权
1.3.2|一、(三)2|增强行政执法力量
1.3.3|一、(三)3|落实行政执法责任制
1.3.4|一、(三)4|推进非诉行政案件“裁执分离”改革
1.4|一、(四)|依法有效化解社会矛盾纠纷
1.4.1|一、(四)1|加强行政复议工作
1.4.2|一、(四)2|成立行政争议调解中心
1.4.3|一、(四)3|构建矛盾纠纷“大调解”工作机制
1.4.4|一、(四)4|完善矛盾纠纷和信访案件处置机制
1.5|一、(五)|强化对行政权力的制约和监督
1.5.1|一、(五)1|深化行政复议体制机制改革
1.5.2|一、(五)2|加强行政执法监督和行政规范性文件备案审查
1.5.3|一、(五)3|深化“双随机、一公开”监管改革
1.5.4|一、(五)4|落实政府信息公开工作
1.6|一、(六)|强化法治政府建设保障
1.6.1|一、(六)1|精心部署
1.6.2|一、(六)2|督察落实
1.6.3|一、(六)3|总结考核
1.6.4|一、(六)4|经费保障
1.6.5|一、(六)5|提高素质
2|二、|存在问题
2.1|二、(一)|程序意识有待进一步提高
2.2|二、(二)|法治政府的相关制度有待进一步完善
2.3|二、(三)|行政执法队伍建设有待进一步加强
2.4|二、(四)|执法规范化有待进一步改进
3|三、|2020年法治政府建设工作意见
3.1|三、(一)|进一步提升公务员的法治素养,增强依法行政意识和能力
3.1.1|三、(一)1|增强公务员依法行政意识
3.1.2|三、(一)2|提高行政执法人员依法行政能力
3.2|三、(二)|完善行政执法体制,规范行政执法行为
3.2.1|三、(二)1|进一步推进行政执法体制改革
3.2.2|三、(二)2|严格落实行政执法责任制
3.3|三、(三)|加强法制机构和队伍建设
3.4|三、(四)|规范重大行政决策合法性审查以及规范性文件备案审查
3.5|三、(五)|加强推进行政执法“三项制度”建设和落实力度
"""


def section(report: Report, section_id: str) -> Section:
    found = report.section(section_id)
    assert found is not None
    return found


def parse(tmp_path: Path, *paragraphs: str, title: str = TITLE) -> Report:
    return parse_report(write_report(tmp_path, *paragraphs, title=title), report_id="small")


# --- the shipped report --------------------------------------------------------------------------------------------


def test_the_sections_put_together_are_the_printed_body(report: Report, report_path: Path) -> None:
    assert reassemble(report.sections) == source_body(report_path)


def test_ids_labels_and_titles_are_those_printed(report: Report) -> None:
    assert [f"{s.id}|{s.label}|{s.title}" for s in report.sections] == SECTIONS.split("\n")[:-1]


def test_48_sections_of_which_39_have_text(report: Report) -> None:
    assert len(report.sections) == 48
    assert sum(bool(s.text) for s in report.sections) == 39


def test_every_parent_is_a_section_and_stands_before_its_children(report: Report) -> None:
    seen: set[str | None] = {None}
    for s in report.sections:
        assert s.parent in seen
        seen.add(s.id)


def test_kinds_follow_the_numbers(report: Report) -> None:
    counts = Counter(s.kind for s in report.sections)
    assert counts == {
        SectionKind.META: 1,
        SectionKind.PREAMBLE: 1,
        SectionKind.PART: 3,
        SectionKind.ARTICLE: 15,
        SectionKind.ITEM: 27,
        SectionKind.TAIL: 1,
    }


def test_the_head_says_what_where_and_when(report: Report) -> None:
    assert report.title == "永安市人民政府关于2019年法治政府建设工作报告"
    assert report.document_number == "永政文〔2020〕4号"
    assert report.publisher == "永安市人民政府"
    assert (report.place, report.year) == ("永安", 2019)


def test_metadata_that_the_page_prints_twice_counts_once(report: Report) -> None:
    assert section(report, "meta").text.split("\n") == [
        "标题 永安市人民政府关于2019年法治政府建设工作报告",
        "有效性 有效",
        "索 引 号 SM03100-1200-2020-00001",
        "文号 永政文〔2020〕4号",
        "发布机构 永安市人民政府",
        "生成日期 2020-01-14",
        "发布时间:2020-01-16 11:45",
        "永安市人民政府",
        "2020年1月14日",
        "(此件主动公开)",
    ]


def test_a_heading_run_into_its_text_is_parted_from_it(report: Report) -> None:
    found = section(report, "1.4.1")
    assert found.heading == "1.加强行政复议工作。"
    assert found.text.startswith("提高行政复议工作人员素质,")
    assert found.text.endswith("取得了显著成效。")


def test_firstly_and_secondly_stay_inside_their_section(report: Report) -> None:
    text = section(report, "1.3.3").text
    assert all(word in text for word in ("一是根据上级部署", "二是组织开展", "三是加强行政执法与刑事司法有机衔接"))


def test_text_after_the_last_item_is_its_articles_tail(report: Report) -> None:
    tail = section(report, "1.1.tail")
    assert (tail.parent, tail.kind, tail.heading) == ("1.1", SectionKind.TAIL, "")
    assert tail.text.startswith("此外,还要求各乡镇街道")


def test_a_paragraph_under_a_heading_that_stands_alone_is_its_text_even_after_the_last_item(tmp_path: Path) -> None:
    source = tmp_path / "report.txt"
    source.write_text(
        "标题 某县2021年工作报告\n一、工作\n(一)调解\n1.建站\n建成18个。\n2.治理\n化解35件。\n二、打算\n继续努力。\n", encoding="utf-8"
    )
    sections = parse_report(source, report_id="r").sections
    assert [(s.id, s.text) for s in sections if s.text and s.id != "meta"] == [
        ("1.1.1", "建成18个。"),
        ("1.1.2", "化解35件。"),
        ("2", "继续努力。"),
    ]


CLOSING = "各位代表，成绩来之不易。"


@pytest.mark.parametrize(
    ("paragraphs", "tail"),
    [
        (["一、回顾", "(一)工业。增长8%。", "(二)农业。增长4%。", CLOSING, "二、安排", "继续努力。"], "1.tail"),
        (["一、回顾", "(一)工业。增长8%。", "(二)农业。增长4%。", CLOSING], "1.tail"),
        (["一、回顾", "(一)工业", "1.用工不足；", "2.用地不足。", CLOSING, "二、安排", "继续努力。"], "1.1.tail"),
        (["一、问题", "(一)力量不足；", CLOSING], "1.tail"),
        (["一、问题", "1.力量不足。", "2.观念陈旧。", CLOSING], "1.tail"),
    ],
    ids=["articles", "at the end", "a list", "a list of one", "sentences"],
)
def test_a_paragraph_below_the_last_of_several_that_are_complete_is_the_tail_of_the_heading_above(
    tmp_path: Path, paragraphs: list[str], tail: str
) -> None:
    report = parse(tmp_path, *paragraphs)
    found = section(report, tail)
    assert (found.text, found.label) == (CLOSING, section(report, found.parent or "").label + "末段")
    assert [s.id for s in report.sections if CLOSING in s.text] == [tail]


def test_text_below_a_run_in_heading_and_above_its_first_child_is_the_headings(tmp_path: Path) -> None:
    report = parse(
        tmp_path, "一、回顾", "(一)工业。增长8%。", "主要有：", "1.钢铁。产钢9万吨。", "(二)农业。增长4%。", "又增收。", "(三)旅游。热。"
    )
    assert [(s.id, s.text) for s in report.sections if s.text and s.id != "meta"] == [
        ("1.1", "增长8%。\n主要有："),
        ("1.1.1", "产钢9万吨。"),
        ("1.2", "增长4%。\n又增收。"),
        ("1.3", "热。"),
    ]


def test_a_table_below_the_last_item_is_the_items(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、执法", "(一)检查。检查9次。", "(二)处罚。见表。", "领域\t件数\t金额", "1.合计\t7\t12")
    assert section(report, "1.2").text == "见表。\n领域 | 件数 | 金额\n1.合计 | 7 | 12"


def test_the_number_of_a_bulletin_is_a_particular(tmp_path: Path) -> None:
    report = parse(tmp_path, "2023年第1号（总第58号）", PREAMBLE, "一、总体", "做了甲。")
    assert section(report, "meta").text.split("\n")[-1] == "2023年第1号（总第58号）"


def test_who_gave_the_report_when_and_where_is_a_particular(tmp_path: Path) -> None:
    lines = ["——2021年1月18日在星河市第十六届人民代表大会", "常务委员会第六次会议上", "星河市人民政府市长　周 启 明"]
    report = parse(tmp_path, *lines, "主任、各位副主任、秘书长：", "请予审议。", "一、回顾", "做了甲。")
    assert section(report, "meta").text.split("\n")[-3:] == lines
    assert section(report, "0").text == "主任、各位副主任、秘书长：\n请予审议。"


@pytest.mark.parametrize(
    "title",
    [
        ["星河市审计局关于2021年度预算执行", "审计查出问题整改情况的报告"],
        ["星河市2022年预算执行情况与2023年", "预算草案的报告"],
        ["星河市审计局2021年度预算执行审计结果公告"],
        ["关于2018年度市级预算执行", "和其他财政收支的审计工作报告"],
        ["星河市人大常委会执法检查组", "关于检查《星河市预算审查监督条例》", "实施情况的报告"],
        ["星河区机关后勤服务中心", "2021年政府信息公开工作年度报告"],
    ],
    ids=["about", "place above", "notice", "and", "three lines", "a centre"],
)
def test_a_title_broken_anywhere_is_put_together(tmp_path: Path, title: list[str]) -> None:
    path = tmp_path / "report.txt"
    path.write_text(
        "\n".join(["星河市审计局文件", *title, title[-1] * (len(title) > 2), "请予审议。", "一、总体", "做了甲。"]), encoding="utf-8"
    )
    assert parse_report(path, report_id="small").title == "".join(title)


@pytest.mark.parametrize("masthead", ["星河市人民政府公报 2022年第5期（总第88期）", "星河市人民政府公报", "星河市审计局文件"])
def test_a_masthead_above_the_title_is_no_part_of_it(tmp_path: Path, masthead: str) -> None:
    path = tmp_path / "report.txt"
    path.write_text("\n".join([masthead, "星河市民政局2021年", "依法行政工作报告", "一、总体", "做了甲。"]), encoding="utf-8")
    report = parse_report(path, report_id="small")
    assert (report.title, report.year) == ("星河市民政局2021年依法行政工作报告", 2021)


def test_text_between_a_heading_and_its_first_child_belongs_to_the_heading(report: Report) -> None:
    assert section(report, "2").text == "虽然我市法治政府建设工作取得了长足进步,但仍然存在以下问题:"
    assert section(report, "1").text == ""


def test_the_body_that_the_page_prints_twice_counts_once(report: Report, report_path: Path) -> None:
    sentence = "市政府共办理行政复议案件22件"
    assert report_path.read_text(encoding="utf-8").count(sentence) == 2
    assert reassemble(report.sections).count(sentence) == 1


# --- what other reports may hold -----------------------------------------------------------------------------------


def test_a_paragraph_that_starts_with_a_decimal_is_text(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、经费", "投入如下。", "1.5亿元用于普法。")
    assert section(report, "1").text == "投入如下。\n1.5亿元用于普法。"


def test_paragraphs_that_start_with_firstly_are_text(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、总体", "(一)决策", "一是做好审查。", "二是做好公开。")
    assert section(report, "1.1").text == "一是做好审查。\n二是做好公开。"


def test_items_may_stand_right_under_a_part(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、总体", "1.甲项。做了甲。", "2.乙项。做了乙。")
    assert [(s.id, s.label, s.parent) for s in report.sections[2:]] == [("1.1", "一、1", "1"), ("1.2", "一、2", "1")]


def test_a_long_item_without_a_run_in_heading_is_all_text(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、总体", "1." + "认真做好各项工作" * 10)
    found = section(report, "1.1")
    assert (found.title, found.text) == ("", "认真做好各项工作" * 10)


def test_each_part_may_count_its_articles_anew(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、总体", "(一)甲", "二、问题", "(一)乙")
    assert [s.id for s in report.sections] == ["meta", "1", "1.1", "2", "2.1"]


def test_a_body_printed_twice_without_a_preamble_counts_once(tmp_path: Path) -> None:
    body = ["一、总体", "做了甲。", "二、问题", "还差乙。", "星河市人民政府", "2022年1月18日"]
    path = write_report(tmp_path, *body, *body)
    report = parse_report(path, report_id="small")
    assert [s.text for s in report.sections] == ["星河市人民政府\n2022年1月18日", "做了甲。", "还差乙。"]
    assert reassemble(report.sections) == source_body(path)


@pytest.mark.parametrize("date", ["2022年1月18日", "二〇二二年一月十八日", "二零二二年十二月三十一日"])
def test_the_sign_off_goes_to_the_metadata(tmp_path: Path, date: str) -> None:
    report = parse(tmp_path, PREAMBLE, "一、总体", "做了甲。", "星河市人民政府", date, "(此件主动公开)")
    assert section(report, "meta").text == f"星河市人民政府\n{date}\n(此件主动公开)"
    assert section(report, "1").text == "做了甲。"


def test_full_width_brackets_are_headings_and_labels_use_ascii(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、总体", "（一）决策", "做了甲。")
    assert section(report, "1.1").label == "一、(一)"
    assert section(report, "1.1").heading == "（一）决策"


@pytest.mark.parametrize(
    ("paragraphs", "place", "reason"),
    [
        (["没有编号的文字。"], "", "no numbered part and no paragraph of text"),
        (["一、总体", "做了甲。", "二、问题", "还差乙。", "一、另一份报告", "做了丙。"], "section 1", "same number stands twice"),
    ],
    ids=["no text", "a second document"],
)
def test_a_report_that_breaks_a_rule_is_refused_with_its_place(tmp_path: Path, paragraphs: list[str], place: str, reason: str) -> None:
    with pytest.raises(InvalidSource, match=reason) as caught:
        parse(tmp_path, *paragraphs)
    assert caught.value.path == tmp_path / "report.txt"
    assert caught.value.place == place


def test_a_report_without_a_title_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="no title"):
        parse(tmp_path, "一、总体", "做了甲。", title="首页")


@pytest.mark.parametrize(
    ("title", "place", "year"),
    [
        ("永安市人民政府关于2019年法治政府建设工作报告", "永安", 2019),
        ("大田县人民政府2020年度法治政府建设情况报告", "大田", 2020),
        ("关于法治政府建设情况的报告", "", None),
    ],
    ids=["city", "county", "neither"],
)
def test_place_and_year_are_read_from_the_title(tmp_path: Path, title: str, place: str, year: int | None) -> None:
    report = parse(tmp_path, "一、总体", "做了甲。", title=title)
    assert (report.place, report.year) == (place, year)


def test_a_date_in_the_midst_of_the_parts_is_no_sign_off(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、总体", "办结日期:", "2021年12月31日", "二、问题", "还差乙。", "星河市人民政府", "2022年1月18日")
    assert [(s.id, s.text) for s in report.sections] == [
        ("meta", "星河市人民政府\n2022年1月18日"),
        ("1", "办结日期:\n2021年12月31日"),
        ("2", "还差乙。"),
    ]


def test_all_paragraphs_below_a_heading_that_stands_alone_are_its_text(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、总体", "(一)制度", "1.听证", "甲段。", "乙段。", "2.公示", "丙段。", "丁段。", "二、问题", "还差乙。")
    assert [s.text for s in report.sections if s.id in {"1.1.1", "1.1.2"}] == ["甲段。\n乙段。", "丙段。\n丁段。"]


@pytest.mark.parametrize(
    "contents",
    [
        ["目录", "一、总体", "二、问题"],
        ["目 录", "一、总体……………1", "二、问题......12"],
        ["目次", "一、总体 1", "二、问题 -2-"],
        ["目录", "一、总体......", "二、问题......"],
    ],
    ids=["headings alone", "dots", "page numbers", "dots alone"],
)
def test_a_table_of_contents_is_not_the_body(tmp_path: Path, contents: list[str]) -> None:
    report = parse(tmp_path, *contents, "一、总体", "做了甲。", "二、问题", "还差乙。")
    assert (report.title, [(s.id, s.text) for s in report.sections[1:]]) == (TITLE, [("1", "做了甲。"), ("2", "还差乙。")])


def test_a_list_of_contents_above_the_introduction_is_not_the_body(tmp_path: Path) -> None:
    report = parse(
        tmp_path, "目录", "一、总体", "（一）甲", "二、问题", PREAMBLE, "一、总体", "（一）甲", "做了甲。", "二、问题", "还差乙。"
    )
    assert [(s.id, s.text) for s in report.sections[1:]] == [("0", PREAMBLE), ("1", ""), ("1.1", "做了甲。"), ("2", "还差乙。")]


def test_a_menu_above_the_title_is_not_the_body(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("机构职能\n一、部门预算\n二、统计\n" + TITLE + "\n一、总体\n做了甲。\n二、问题\n还差乙。\n", encoding="utf-8")
    report = parse_report(path, report_id="small")
    assert (report.title, [(s.id, s.text) for s in report.sections[1:]]) == (TITLE, [("1", "做了甲。"), ("2", "还差乙。")])


def test_a_colon_after_a_heading_is_no_part_of_its_title(tmp_path: Path) -> None:
    found = section(parse(tmp_path, "一、总体情况：", "做了甲。"), "1")
    assert (found.title, found.heading, found.text) == ("总体情况", "一、总体情况：", "做了甲。")


@pytest.mark.parametrize(
    ("paragraph", "title", "text"),
    [
        ("1、公开数量：全年公开信息97条。", "公开数量", "全年公开信息97条。"),
        ("1、坚持党建引领：打造铁军。开展培训9期。", "坚持党建引领：打造铁军", "开展培训9期。"),
        ("1、坚持党建引领：打造法治铁军", "坚持党建引领：打造法治铁军", ""),
    ],
    ids=["one sentence", "a heading with a colon", "alone"],
)
def test_a_label_before_a_colon_is_the_title_of_its_sentence(tmp_path: Path, paragraph: str, title: str, text: str) -> None:
    found = section(parse(tmp_path, "一、总体", paragraph), "1.1")
    assert (found.title, found.text) == (title, text)


def test_the_foot_of_a_saved_page_is_not_the_body(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、总体", "做了甲。", "责任编辑：王五", "【打印】【关闭】", "上一篇：关于某事的通知", "版权所有 星河市")
    assert section(report, "1").text == "做了甲。"


def test_the_place_may_stand_in_the_publishers_name(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("发布机构 星河市人民政府\n政府工作报告\n一、总体\n做了甲。\n", encoding="utf-8")
    assert parse_report(path, report_id="small").place == "星河"


# --- faults not yet mended -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "preamble",
    [["现将2021年工作报告如下:"], [PREAMBLE, "现报告如下:"]],
    ids=["one short paragraph", "a short one after a long one"],
)
def test_a_short_preamble_is_kept_and_is_not_the_title(tmp_path: Path, preamble: list[str]) -> None:
    report = parse(tmp_path, *preamble, "一、总体", "做了甲。")
    assert section(report, "0").text == "\n".join(preamble)
    assert report.title == TITLE


def test_section_ids_are_unique_when_several_items_have_a_second_paragraph(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、总体", "(一)甲", "1.子一。文一。", "又一段。", "2.子二。文二。", "再一段。")
    ids = [s.id for s in report.sections]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("paragraph", ["0.前言", "一二、三产业融合发展。"], ids=["zero", "one two"])
def test_an_odd_number_is_text_or_refused(tmp_path: Path, paragraph: str) -> None:
    with suppress(InvalidSource):
        assert paragraph in section(parse(tmp_path, "一、总体", paragraph), "1").text


def test_a_title_that_starts_with_the_province_is_about_the_city(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、总体", "做了甲。", title="福建省永安市人民政府关于2021年法治政府建设工作报告")
    assert report.place == "永安"


def test_a_county_of_one_character_is_a_place(tmp_path: Path) -> None:
    report = parse(tmp_path, "一、总体", "做了甲。", title="沙县人民政府2020年度法治政府建设情况报告")
    assert report.place in {"沙", "沙县"}
