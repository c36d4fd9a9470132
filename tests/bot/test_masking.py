"""Personal particulars are masked however they are typed; what the report prints stays."""

from __future__ import annotations

import pytest
import yaml

from bot.masking import mask
from knowledge.documents import SHIPPED_SOURCES
from knowledge.records import Report


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("我叫张三,电话13800138000", "我叫[姓名],电话[电话]"),
        ("打一三八零零一三八零零零一直没人接", "打[电话]一直没人接"),
        ("138-0013-8000或者1 3 9 0 0 1 3 9 0 0 0", "[电话]或者[电话]"),
        ("+86 138 0013 8000", "[电话]"),
        ("１３８００１３８０００打不通", "[电话]打不通"),
        ("138\u200b00138000", "[电话]"),
        ("家里(0598)3632222,单位0598-3633333", "家里[电话],单位[电话]"),
        ("〇五九八三六三二二二二", "[电话]"),
        ("电话:3632222", "电话:[电话]"),
        ("身份证350481199001011234是我", "身份证[身份证号]是我"),
        ("３５０４８１１９９００１０１１２３Ｘ", "[身份证号]"),
        ("350481 19900101 123x", "[身份证号]"),
        ("三五零四八一一九九零零一零一一二三四", "[身份证号]"),
        ("老身份证350481900101123", "老身份证[身份证号]"),
        ("卡号6222 0212 3456 7890 128", "卡号[银行卡号]"),
        ("6222021234567890128", "[银行卡号]"),
        ("发到zhang.san@qq.com吧", "发到[邮箱]吧"),
        ("ｚｓ＠ｑｑ．ｃｏｍ", "[邮箱]"),
        ("闽G12345和闽ＧD12345", "[车牌号]和[车牌号]"),
        ("微信号abc_123456,qq 12345678", "微信号[账号],qq [账号]"),
        ("我是张三,想问复议", "我是[姓名],想问复议"),
        ("我叫张三想问复议几件", "我叫[姓名]想问复议几件"),
        ("我 叫 张 三", "我 叫 [姓名]"),
        ("我叫張三豐", "我叫[姓名]"),
        ("本人王道明,来问问", "本人[姓名],来问问"),
        ("姓名:欧阳小明 电话:3632222", "姓名:[姓名] 电话:[电话]"),
        ("我叫买买提·艾力", "我叫[姓名]"),
        ("我叫Tom Smith", "我叫[姓名]"),
        ("我叫小明", "我叫[姓名]"),
        ("我是陈先生", "我是[姓名]"),
        ("免贵姓王", "免贵姓[姓名]"),
    ],
    ids=lambda text: text[:12],
)
def test_what_is_somebodys_own_is_masked(typed: str, kept: str) -> None:
    assert mask(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "永政文〔2020〕4号里2019年的1048件",
        "索引号SM03100-1200-2020-00001",
        "2018-2019 2019-2020",
        "2019-01-16 10:30发布",
        "打12345热线,110和12348呢",
        "罚款1000000元,1,234,567元",
        "我是高中生,有什么政策",
        "我是农民,我是安置户",
        "我是李家村的",
        "我是永安市民",
        "我是于2019年提的复议",
        "我叫什么",
        "申请人是谁,姓名是什么",
        "有没有当事人为此上访",
        "微信公众号上能看吗",
        "",
    ],
    ids=lambda text: text[:10],
)
def test_figures_and_trades_stay(typed: str) -> None:
    assert mask(typed) == typed


def test_nothing_that_the_report_prints_is_masked(report: Report) -> None:
    printed = [report.title, report.document_number, *(line for s in report.sections for line in (s.title, *s.text.split("\n")))]
    assert [line for line in printed if mask(line) != line] == []


def test_the_questions_people_wrote_for_the_report_stay() -> None:
    source = yaml.load((SHIPPED_SOURCES / "yongan-2019" / "pairs.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    questions = [q for key in ("sections", "gaps") for entries in source[key].values() for e in entries for q in e.get("questions", [])]
    assert len(questions) > 10_000
    assert [question for question in questions if mask(question) != question] == []
