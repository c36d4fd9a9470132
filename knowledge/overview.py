"""Requests for what a report has on a matter, without asking anything particular of it: 饮用水安全怎么样, 说说双随机."""

from __future__ import annotations

import re

from knowledge.normalize import fold_printed
from knowledge.records import Section
from knowledge.tokenizer import Tokenizer

_ABOUT = r"(?:的|地)?(?:工作|方面|这一?块|这件?事|这个)?(?:都|又|现在|今年|去年|当年|全年|一年来|到底|具体)?"
_ASKED = (
    r"(?:情况|进展|成效)?(?:是)?(?:怎么样|怎样|咋样|如何)(?:了|的)?|情况|进展|成效|"
    r"(?:是)?(?:怎么|咋|如何)(?:做|搞|抓|弄|推进|开展|落实)的|(?:做|干|搞|抓|弄|推进|开展)(?:得|的)(?:怎么样|怎样|咋样|如何)|"
    r"(?:做|干|搞|抓|弄|采取|推出|落实)了?(?:些|哪些|什么|啥|些什么|些啥)(?:工作|事|措施|举措|动作|活)?|"
    r"有(?:些?什么|些?啥|哪些)(?:进展|成效|成绩|动作|措施|举措|变化|新(?:动作|进展|举措))"
)
_AFTER = re.compile(rf"^(?P<matter>.{{2,16}}?){_ABOUT}(?:{_ASKED})(?:呢|啊|呀|了|吗|没有?)*[??。!]*$")
_BEFORE = re.compile(
    r"^(?:请|麻烦|帮我)?(?:给我)?(?:说说|讲讲|谈谈|聊聊|介绍(?:一下|下)?|说一?下|讲一?下)(?P<matter>.{2,16}?)(?:的?(?:工作|方面|情况|这一?块))*[??。!]*$"
)


_NO_MATTER = re.compile(
    r"^(?:(?:这个|那个|整个|总的|总体|你们|现在|目前|具体|大概|工作|情况|进展|成效|效果|结果|方面|事情?|都|的|有|什么|啥|"
    r"怎么样|怎样|咋样|如何|呢|了|吗)[,。??! ]*)+$"
)


def names_no_matter(text: str) -> bool:
    """Whether normalized *text* asks how something is and does not say what: 情况怎么样."""
    return bool(_NO_MATTER.match(text))


def matter_of(text: str) -> str:
    """What normalized *text* asks for an overview of; empty where it asks something particular."""
    match = _AFTER.match(text) or _BEFORE.match(text)
    return match["matter"] if match else ""


def speaks_of_all(matter: str, section: Section, tokenizer: Tokenizer) -> bool:
    """Whether *section* holds every word of *matter*, one of them at least."""
    words = [word for word in tokenizer.words(matter) if len(word) > 1]
    printed = fold_printed(section.title + "\n" + section.text)
    return bool(words) and all(word in printed for word in words)
