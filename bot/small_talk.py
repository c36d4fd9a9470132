"""Greetings, thanks, who are you: recognised from short messages that say nothing else."""

from __future__ import annotations

import re
from enum import StrEnum

from knowledge.normalize import fold


class SmallTalk(StrEnum):
    """What a message that asks nothing of the report wants."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    WHO = "who"
    CAPABILITIES = "capabilities"
    HELP = "help"
    PRAISE = "praise"


_ENDING = r"[吗呢啊呀吧哦喔哈啦了嘛哟的么~!。,.?…\s]*"
_YOU = r"(?:你|您|你们|这个?机器人|这个?bot|问报)"
_FORMS = (
    (
        SmallTalk.WHO,
        rf"(?:请问|那|所以|话说)?{_YOU}(?:到底|究竟)?(?:是|算)(?:谁|什么|啥|哪位|个?什么(?:东西|人|程序|机器人)|真人|人工|机器人|机器|ai|人工智能|程序|活人|人还是机器).{{0,10}}"
        rf"|{_YOU}(?:叫|的名字(?:叫|是)?|怎么称呼|贵姓).{{0,6}}|(?:自我介绍|介绍一下?自己|介绍一下?你自己).{{0,3}}|who are you|are you (?:a )?(?:human|robot|bot).{{0,6}}"
        rf"|{_YOU}(?:是不是|难道是|是)(?:chatgpt|gpt|ai|人工智能|机器人|真人|政府|工作人员|官方|客服|公务员|人工).{{0,8}}|{_YOU}(?:是|属于)?(?:哪个?|什么)(?:单位|公司|部门|地方)?(?:的|开发|做|造|家公司).{{0,6}}"
        rf"|是?(?:人工|真人)在(?:回复|回答|说话|和我聊).{{0,3}}|转人工.{{0,3}}|.{{0,4}}(?:找|要|接|转)人工(?:客服|服务)?.{{0,2}}"
        rf"|(?:是|我在跟?|我是在?跟?)?(?:真人|机器人|人工)(?:在?(?:说话|聊天|回答|回复|客服))?(?:还是.{{1,6}})?|谁(?:做|开发|写|造)的?{_YOU}|{_YOU}(?:是)?谁(?:做|开发|写|造).{{0,4}}",
    ),
    (
        SmallTalk.CAPABILITIES,
        rf"{_YOU}?(?:都)?(?:能|会|可以)(?:帮我|为我|给我)?(?:干|做|回答|答|查|问)(?:些|到|出)?(?:什么|啥|哪些|点什么|点啥)(?:问题|事|事情|内容|用|活)?"
        rf"|(?:我)?(?:能|可以)(?:跟你|问你|向你)?(?:问|查)(?:你)?(?:些|点)?(?:什么|啥|哪些)(?:问题|内容)?|{_YOU}(?:有)?(?:什么|啥|哪些)(?:功能|本事|用处?|作用)|{_YOU}(?:知道|懂|了解)(?:些)?(?:什么|啥|哪些).{{0,4}}|what can you do",
    ),
    (
        SmallTalk.HELP,
        rf"(?:请?帮助|使用说明|说明书|使用方法|help|/help|/start|用法|怎么(?:用|使用|操作|提问|问|查)(?:{_YOU})?|{_YOU}?怎么(?:用|使用|操作)|如何(?:使用|操作|提问)|教我怎么用|帮助一下|指令|菜单|命令列表|有(?:哪些|什么)命令|(?:有)?使用说明(?:有吗)?|教?教?我?(?:该)?怎么(?:提问|问|用)|(?:这个)?怎么(?:玩|弄)|第一次用.{0,6}|我?(?:该|应该)?从哪里?开始问?)",
    ),
    (
        SmallTalk.THANKS,
        r"(?:不客气|没关系|不用谢|别客气)|(?:好的?|嗯+|行|ok|哦|喔|那|真是|太|非常|十分|万分|实在)*[,,。!\s]*(?:谢谢|多谢|感谢|谢了|谢啦|谢谢了|辛苦|thanks?|thank you|thx|麻烦(?:你|您)了|3q|蟹蟹|有劳|劳驾)(?:你|您|你们|啦|了|哈|啊|呀|哦|帮忙|解答|回答|你的|您的|回复|耐心|帮助|大家|一下|很多|非常|万分)*"
        r"(?:[,,。!\s]*(?:谢谢|辛苦|明白|知道|再见|拜拜|好的|我?(?:知道|明白|懂)了|很有用|帮大忙了?|帮了大忙)(?:你|您|了)*)*|(?:好的?|嗯+|行|ok|哦|知道|明白|懂|了解|收到|清楚|可以|没问题|没事|不用|没有?|没别的)+(?:了|啦)?(?:[,,。\s]*(?:知道|明白|懂|了解|清楚)了)?|(?:这下|我)?(?:清楚|明白|懂|知道)了?",
    ),
    (
        SmallTalk.GOODBYE,
        r"(?:好的?|那|行|嗯|没事了?|就这样|谢谢)*[,,。!\s]*(?:再见|拜拜|拜|bye ?bye|bye|回见|回头见|下次(?:再)?(?:聊|见|问|来)|晚安|走了|我走了|先走了|告辞|88|886|不聊了|先这样|就(?:先)?这样|到此为止|改天再.{1,3}|那?我?先?走了|明天见|我下了|下线了|先撤了?|没(?:有)?别的(?:问题|事)了?)",
    ),
    (
        SmallTalk.GREETING,
        r"(?:你|您|大家|各位|机器人|小编|领导|同志|问报)*(?:好|早上好|上午好|中午好|下午好|晚上好|早安|早|午安|晚好)|hi|hello|嗨|哈喽|哈罗|喂+|在(?:吗|不|不在|么|线吗)?|有人(?:在)?(?:吗|不)|(?:你|您)好.{0,4}|hey|嘿|在不在|你好在吗|新年好|(?:节日|中秋|国庆|元旦|春节|端午|周末|新年|元宵|五一)(?:快乐|好|愉快)|好久不见|初次见面|请?多(?:多)?关照|(?:老师|客服|小助手|同学|师傅|亲)(?:你|您)?好?|(?:老师|客服|小助手|师傅)在(?:线)?吗?|吃了(?:吗|没)",
    ),
    (
        SmallTalk.PRAISE,
        rf"(?:{_YOU})?(?:真|很|太|好|挺|蛮|还|非常|回答得|答得|说得|讲得)+(?:不错|棒|厉害|聪明|好用|有用|好|牛|清楚|专业|方便|贴心|给力|可爱|快)(?:的)?|厉害|牛|点赞|赞|给你点赞|不错|可以的|good|nice|回答得?(?:真|很)(?:好|清楚|快)",
    ),
)
_COMPILED = [(kind, re.compile(f"(?:{form}){_ENDING}")) for kind, form in _FORMS]
_MAX_CHARS = 28


_PIECES = re.compile(r"[,,。!!??~…、\s]+")
_TWICE = re.compile(r"^(.{2,4})\1+$")
#: When a message holds several kinds, the one that wants an answer wins: "你好,你是谁".
_WEIGHT = (SmallTalk.WHO, SmallTalk.CAPABILITIES, SmallTalk.HELP, SmallTalk.GOODBYE, SmallTalk.PRAISE, SmallTalk.THANKS, SmallTalk.GREETING)


def recognise_small_talk(text: str) -> SmallTalk | None:
    """The kind of small talk that *text* is as a whole; None when it says anything else."""
    folded = fold(text).strip(" ,。!?~…、.")
    if not folded or len(folded) > _MAX_CHARS:
        return None
    if kind := _kind_of(folded):
        return kind
    kinds = [_kind_of(piece) for piece in _PIECES.split(folded) if piece]
    return None if not kinds or None in kinds else min((k for k in kinds if k), key=_WEIGHT.index)


def _kind_of(phrase: str) -> SmallTalk | None:
    once = _TWICE.sub(r"\1", phrase)
    return next((kind for kind, form in _COMPILED if form.fullmatch(phrase) or form.fullmatch(once)), None)
