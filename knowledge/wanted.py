"""What a question wants of the very words that would be shown: names, a place, a share, an amount of some unit, a cause.

``knowledge.answer_type`` looks for a kind of answer in the whole section. A long section holds something of every kind, so what is
shown is looked at once more, and closer: 几名调解员 wants an amount of people, and 调解站2处 is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache


class Want(StrEnum):
    """Kinds of thing that the words shown must hold."""

    NAMES = "names"
    PLACE = "place"
    SHARE = "share"
    AMOUNT = "amount"
    PRICE = "price"
    CAUSE = "cause"
    WHEN = "when"
    PERSON = "person"
    KIND = "kind"
    PART = "part"
    OUTCOME = "outcome"
    DOCUMENT = "document"


WANT_NAMES = tuple(f"wants_{want.value}" for want in Want)

_COUNTED = "个家所户件座条项名位人份种部类处台辆"
_ASKS = {
    Want.NAMES: re.compile(
        rf"叫(?:什么|啥|做?什么名)|什么名|名(?:字|称)|哪(?:几|些|\d+)[{_COUNTED}]?|有哪些|是(?:谁|哪些)|(?:都|各)?有谁|分别(?:是|叫|在|为)|标题|"
        rf"名单|点名|哪一?[家所位户]|是哪一?个|逐[个一条]|列(?:出来|一下)|(?:讲|说|写)的(?:是)?(?:什么|啥)"
    ),
    Want.PLACE: re.compile(
        r"在哪(?!一?[条章节部份段])|什么(?:地方|位置)|哪一?(?:个|条)?(?:位置|地方|条?路|街|社区|镇|乡|村|园区|县)|(?:建|设|安|搬|选|放|装|停)(?:置|址)?(?:在|到)(?:了)?(?:哪|什么)|位置|去哪"
    ),
    Want.SHARE: re.compile(r"占(?:了)?(?:多少|几|比|多大)|占比|比例|比重|百分之(?:几|多少)|百分比|几成|率(?:是|有|达到?)?(?:多少|几|多高)"),
    Want.PRICE: re.compile(
        r"[几多][少]?(?:块|百|千|毛|元|万块|万元|亿元)|多少钱|什么价|(?:罚|补|赔|收费?|交|缴|领|拿|付|掏|花)(?:了|给)?(?:多少|几)(?![件个家起人户条场])|"
        r"总投资|造价|单价|[顾问]+费|工资|价(?:格|位)|(?:赔|补|罚|掏|花)(?:多少|钱)"
    ),
    Want.CAUSE: re.compile(
        r"为(?:什么|啥|何)|(?:什么|啥|哪些?)(?:原因|缘故)|原因(?:是|在)?|因为(?:什么|啥|哪|何)|凭(?:什么|啥)|怎么会|咋会|卡在|由于什么|是因为|"
        r"犯了(?:什么|啥)|理由|依据什么理由"
    ),
    Want.WHEN: re.compile(r"哪一?[天年月]|几月|几号|什么时[候间]|啥时候?|何时|几点|多久|多长时间|日期|哪个月|几时"),
    Want.PERSON: re.compile(
        r"(?:局长|主任|队长|专家|律师|当事人|负责人|领导|所长|镇长|市长|书记|民警|员工|老师|老板|司机|原告|法人|组长)[^,。?]{0,6}(?:是谁|叫什么|叫啥|姓|名字|哪位|哪[几些]|是哪个)|"
        r"哪几?位|姓(?:什么|啥)|叫什么名字"
    ),
    Want.KIND: re.compile(
        r"(?:什么|啥|哪些?|哪一?)(?:类型|种类|性质|罪名?|案由|品种|牌子|品牌|型号|类|种)|(?:都|各|分别)(?:是|属于|涉嫌|关于|卖)(?:哪一?[类种]|什么|啥)|国产|进口"
    ),
    Want.PART: re.compile(
        r"其中|里[头面边]?有(?:几|多少)|[中里](?:有)?(?:几|多少)|当中(?:有)?(?:几|多少)|里头|当中|光[\u4e00-\u9fff]{1,6}(?:的|就|有)|只算|单算|单(?:独|是)[\u4e00-\u9fff]{1,6}(?:几|多少)"
    ),
    Want.OUTCOME: re.compile(
        r"后来|最后(?:怎么|如何|结果|判|是)|结果(?:怎么|如何|是|呢)|判了?(?:几|多)|怎么(?:处理|处罚|判)的|处理结果|下场|(?:进|整改)(?:展|度)|(?:整改|改)(?:好|完)了?(?:吗|没)"
    ),
    Want.DOCUMENT: re.compile(
        r"(?:哪|什么|啥)(?:一?[部个份项条]|些)?(?P<document>条例|法(?![子官院宝])|规定|办法|文件|意见|通知|方案|纲要|规章|制度)"
    ),
}

_NAMED_BODY = re.compile(
    r"(?!(?:各|本|该|有的?|个别|部分|市直|所有|其他|上级|有关|相关)?(?:单位|部门|机关|乡镇|街道))"
    r"[\u4e00-\u9fff]{2,8}(?:局|委|院|厅|中心|事务所|公司|政府|办公室|总队|支队|大队|学校|大学|医院|协会|[^乡城]镇|小区|社区|村)"
)
_LIST = re.compile(r"[^、,。;]{2,20}(?:、[^、,。;]{2,20}){1,}|《|“|分别|即|包括")
_LOOKS: dict[Want, Callable[[str], bool]] = {
    Want.NAMES: lambda shown: bool(_LIST.search(shown) or _NAMED_BODY.search(shown)),
    Want.PLACE: lambda shown: bool(
        re.search(
            r"位于|选址|[\u4e00-\u9fff]{2,6}(?:镇|乡(?!镇)|村|街道(?!办)|社区|路|街|园区?|广场|大厅|网站|平台|报|大楼)|[\u4e00-\u9fff]{2}[市县区]",
            shown,
        )
    ),
    Want.SHARE: lambda shown: bool(re.search(r"[%‰]|百分之|[一二三四五六七八九]成|分之", shown)),
    Want.PRICE: lambda shown: bool(re.search(r"\d(?:\.\d+)?[万亿]?(?:多|余)?(?:元|角|块)", shown)),
    Want.CAUSE: lambda shown: bool(re.search(r"因|由于|原因|为了|导致|从而|难以|无法|不足|不够|短缺|缺乏|不到位|针对", shown)),
    Want.PERSON: lambda shown: bool(re.search(r"(?:同志|[\u4e00-\u9fff]{2,3}(?:任|为)(?:组长|主任))", shown)),
    Want.KIND: lambda shown: bool(re.search(r"关于[^,。;]{2,12}的|涉嫌[^,。;犯]{2,8}罪|[类型种]|、", shown)),
    Want.PART: lambda shown: bool(re.search(r"其中|包括|分别|、[^、]*\d", shown)),
    Want.OUTCOME: lambda shown: bool(re.search(r"判决|处分|罚款|追究|化解|整改|办结|完成|移送|给予|撤销|驳回|成功|同意", shown)),
    Want.DOCUMENT: lambda shown: "《" in shown,  # of the very kind, where the question names one, see ``wants_of``
}
#: Sentences of which it is remembered whether they hold a kind of thing: the same few are candidates again and again.
_SENTENCES = 1024
_HOLDS = {want: lru_cache(maxsize=_SENTENCES)(looks) for want, looks in _LOOKS.items()}
#: Grains of time, and what of that grain looks like.
_GRAINS = (
    (re.compile(r"哪一?天|几号|几月几"), re.compile(r"\d[日号]|\d{4}-\d\d?-\d")),
    (re.compile(r"哪个?月|几月"), re.compile(r"\d月|\d{4}-\d")),
    (re.compile(r"多久|多长时间"), re.compile(r"\d(?:个月|[年日天月]|小时|分钟)|期限|工作日")),
)
_ANY_TIME = re.compile(r"\d{4}年|\d月|\d日|\d{4}-\d|季度|年底|年初|期限|上半年|下半年")
#: Units that count the same sort of thing; an amount asked for in one may be stated in another.
_SORTS = (
    "人名位",
    "件起宗案份",
    "家户所",
    "元块角",
    "个项条种类处场次期台辆部座",
    "亩顷",
    "公里米",
    "吨斤",
    "张",
    "页字",
    "岁",
    "天日年月周小时",
)
_ASKED_AMOUNT = re.compile(
    r"(?:几(?=[万亿百千人名位件起宗案份家户所个项条种类处场次期台辆部座亩吨斤张页字岁公平])|多少)(?:万|亿|百|千)?"
    r"(?P<unit>[人名位件起宗案份家户所个项条种类处场次期台辆部座亩吨斤张页字岁]|公里|平方)?(?!钱|块|元)"
)


_ANY_DOCUMENT = frozenset({"文件", "规章"})
_TITLE = re.compile(r"《[^》]*》")


#: Messages of which it is remembered what they ask for: that is looked up for their candidates, and for the words shown.
_LATELY = 64

#: How to look for each kind of thing that is wanted, in normalized words.
Wants = dict[Want, Callable[[str], bool]]


@lru_cache(maxsize=_LATELY)
def wants_of(text: str) -> Wants:
    """What normalized *text* asks for; to be read only."""
    wants: Wants = {want: held for want, held in _HOLDS.items() if _ASKS[want].search(text)}
    if asked := _ASKED_AMOUNT.search(text):
        unit = asked["unit"] or "个"
        wants[Want.AMOUNT] = lambda shown: _counts(unit, shown)
    if (asked := _ASKS[Want.DOCUMENT].search(text)) and asked["document"] not in _ANY_DOCUMENT:
        kind = asked["document"]
        wants[Want.DOCUMENT] = lambda shown: any(kind in name for name in _TITLE.findall(shown))
    if _ASKS[Want.WHEN].search(text):
        grain = next((stated for asks, stated in _GRAINS if asks.search(text)), _ANY_TIME)
        wants[Want.WHEN] = lambda shown: bool(grain.search(shown))
    return wants


def holds(wants: Wants, shown: str) -> float:
    """How far the normalized words *shown* hold what is wanted, from -1, none of it, to 1, all; 0 when nothing is wanted."""
    told = [1.0 if held(shown) else -1.0 for held in wants.values()]
    return sum(told) / len(told) if told else 0.0


def wanted(text: str, shown: str) -> dict[str, float]:
    """For each kind of thing: 1 where normalized *text* asks for it and the normalized words *shown* hold it, -1 where they do not,
    0 where it is not asked for; by ``WANT_NAMES``."""
    wants = wants_of(text)
    told = dict.fromkeys(WANT_NAMES, 0.0)
    return told | {f"wants_{want.value}": 1.0 if held(shown) else -1.0 for want, held in wants.items()}


@lru_cache(maxsize=4 * _SENTENCES)
def _counts(unit: str, shown: str) -> bool:
    """Whether an amount of that sort of thing is among the words shown; 个 counts anything."""
    if unit == "个":
        return bool(re.search(r"\d|[一二两三四五六七八九十][个件家名项种级]", shown))
    sort = next((sort for sort in _SORTS if unit[0] in sort), unit[0])
    return bool(re.search(rf"(?:\d|[一二两三四五六七八九十百])[万亿]?[多余几]?个?(?:[{sort}])", shown))
