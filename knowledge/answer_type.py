"""What kind of answer a question wants, and whether a section holds anything of that kind.

A clause about a hotline does not answer "what is its number"; a clause on a contract does not answer "what does it cost".
"""

from __future__ import annotations

import re
from enum import StrEnum


class AnswerType(StrEnum):
    """Kinds of answer that can be told from the question's words and looked for in a text."""

    PERSON = "person"
    PHONE = "phone"
    ADDRESS = "address"
    PROCEDURE = "procedure"
    CHANGE = "change"
    RANK = "rank"
    MONEY = "money"
    REASON = "reason"
    TIME = "time"
    COUNT = "count"
    IDENTITY = "identity"
    LIST = "list"
    KIND = "kind"


_ASKS = {
    AnswerType.PERSON: re.compile(
        r"(?:局长|主任|队长|专家|律师|当事人|负责人|领导|所长|镇长|市长|书记|干警|民警|员工|案主|带头人|一把手)[^,。?]{0,6}"
        r"(?:是谁|叫什么|叫啥|姓什么|姓啥|名字|哪位|哪几位|姓名|是哪个)|哪几?位|姓什么|姓啥|尊姓|叫什么名字"
    ),
    AnswerType.PHONE: re.compile(r"电话(?:是?多少|号码?|几号)|号码|联系方式|打哪个|打几|拨打?(?:多少|哪个|几)|邮箱(?:是|地址)|微信号"),
    AnswerType.ADDRESS: re.compile(r"地址|网址|链接|怎么走|几楼|在什么路|哪条路|办公地点|哪里上班|几点上班|坐几路"),
    AnswerType.PROCEDURE: re.compile(
        r"(?:怎么|如何|怎样|去哪里?|上哪|在哪里?|找谁|可以)(?:去|才能)?(?:申请|报名|投诉|举报|办证|申报|预约|领取?|缴费?|交钱?|交罚)"
        r"|流程|步骤|(?:什么|哪些|啥|带|准备)材料|什么手续|啥手续|申请表|怎么收费|要带什么|要带啥"
    ),
    AnswerType.CHANGE: re.compile(
        r"同比|环比|比(?:去年|上年|前年|往年|上一年|20\d\d年)|增长率|增长(?:了)?(?:多少|几)|(?:增加|减少|下降|上升|提高)了?(?:多少|几)|涨幅|降幅"
    ),
    AnswerType.RANK: re.compile(r"排名|排第几|第几名|排行|最后一名|倒数|哪[个家]?.{0,6}最(?:差|好|多|少|高|低|严重)|不及格|优秀的?是哪"),
    AnswerType.MONEY: re.compile(
        r"多少钱|费用|花了?多少|花费|总额|收费|工资|补贴|奖金|经费(?:是|一共|总共|合计)?多少|几万|多少万|多少元|几块|几毛|罚款多少|罚了多少|报酬|造价|总投资"
    ),
    AnswerType.REASON: re.compile(r"为什么|为啥|为何|原因|凭什么|怎么会|咋会|缘由|理由是"),
    AnswerType.TIME: re.compile(r"几月几?[号日]?|哪天|什么时候|啥时候|何时|几点|哪年|哪一年|几号|多久|多长时间|什么时间|日期|截止"),
    AnswerType.COUNT: re.compile(
        r"(?<!号是)(?<!号)多少(?!钱)|几[个件人家名台次起张位条份项场期所处套辆]|人数|数量|占比|比例|百分之几|比率"
    ),
    AnswerType.IDENTITY: re.compile(
        r"哪(?:一)?(?:个|家|几个|几家|些|所)(?:单位|部门|局|乡镇|镇|公司|企业|机关|街道|村|医院|学校)|到底是(?:谁|哪家|哪个)|点(?:了|过)?(?:谁的)?名"
    ),
    AnswerType.KIND: re.compile(
        r"(?:什么|啥|哪些?)(?:类型|种类|性质|罪名?|案由|品种|牌子)|(?:都|各|分别)(?:是|属于|涉嫌|关于)(?:哪一?[类种]|什么|啥)|哪一?[类种]的?(?:最|多|案)"
    ),
    AnswerType.LIST: re.compile(r"名单|清单在哪|哪\d+(?:个|家|件|项|份|人|名|位)|分别是(?:谁|哪|什么)|逐[个一条]|列出来|都有谁"),
}

_HOLDS = {
    AnswerType.PERSON: re.compile(r"(?!)"),
    AnswerType.PHONE: re.compile(r"\d{3,4}-?\d{7,8}|\d{5,}"),
    AnswerType.ADDRESS: re.compile(r"https?://|www\.|路\d+号|\d+楼"),
    AnswerType.PROCEDURE: re.compile(r"申请(?:人|材料|流程|表)|可以申请|向.{2,10}申请"),
    AnswerType.CHANGE: re.compile(r"同比|环比|比上年|比去年|增长|下降\d|上升\d"),
    AnswerType.RANK: re.compile(r"排名|位居|名列|第[一二三四五六七八九十\d]+[名位]"),
    AnswerType.MONEY: re.compile(r"\d元|万元|亿元|\d角"),
    AnswerType.REASON: re.compile(r"因为|由于|原因|为了|因此|导致|从而|难以|无法"),
    AnswerType.TIME: re.compile(r"\d{4}年|\d{4}-\d|\d月|\d日|期限"),
    AnswerType.COUNT: re.compile(r"\d+(?:\.\d+)?[件人个家台名次起%元级所]|[一二两三四五六七八九十]+[起件级年个]"),
    AnswerType.IDENTITY: re.compile(
        r"(?!(?:各|本|该|有的?|个别|部分|市直|所有|其他|上级)?(?:单位|部门|机关|乡镇|街道))"
        r"[\u4e00-\u9fff]{2,8}(?:局|委|院|厅|中心|事务所|公司|政府|办公室|办公厅|总队|支队|大队|学校|医院|[^乡城]镇)"
    ),
    AnswerType.KIND: re.compile(r"关于[^,。;]{2,12}的|涉嫌[^,。;犯]{2,8}罪|[^,。;、]{2,10}(?:类|型)案件"),
    AnswerType.LIST: re.compile(r"[^、,。;]{2,20}(?:、[^、,。;]{2,20}){2,}"),
}

#: What each kind is called when it is missing.
NAMES = {
    AnswerType.PERSON: "姓名",
    AnswerType.PHONE: "电话或联系方式",
    AnswerType.ADDRESS: "地址",
    AnswerType.PROCEDURE: "办理流程",
    AnswerType.CHANGE: "增减变化",
    AnswerType.RANK: "排名",
    AnswerType.MONEY: "金额",
    AnswerType.REASON: "原因",
    AnswerType.TIME: "时间",
    AnswerType.COUNT: "数量",
    AnswerType.IDENTITY: "是哪一家",
    AnswerType.LIST: "名单",
    AnswerType.KIND: "种类",
}

#: Types that are seldom stated and easily told apart; asking for one that the section lacks weighs most.
HARD_TYPES = frozenset({AnswerType.PERSON, AnswerType.PHONE, AnswerType.ADDRESS, AnswerType.PROCEDURE, AnswerType.CHANGE, AnswerType.RANK})


def asked_types(text: str) -> frozenset[AnswerType]:
    """Kinds of answer that normalized *text* asks for; empty when it cannot be told."""
    return frozenset(kind for kind, pattern in _ASKS.items() if pattern.search(text))


def missing_types(text: str, section_text: str) -> frozenset[AnswerType]:
    """Kinds of answer that *text* asks for and *section_text* holds nothing of."""
    return frozenset(kind for kind in asked_types(text) if not _HOLDS[kind].search(section_text))
