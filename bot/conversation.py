"""What a message means in its conversation: follow-ups, corrections, returns and steps to the next section."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from knowledge.normalize import fold, strip_wrappers

#: Topics that a conversation keeps, so that one can return to an earlier one.
MAX_TOPICS = 8


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that was talked about.

    Attributes:
        report: Report id.
        section: Section id.
        question: The question that led there.
    """

    report: str
    section: str
    question: str


@dataclass(frozen=True, slots=True)
class Context:
    """What a conversation remembers, oldest topic first."""

    topics: tuple[Topic, ...] = ()

    @property
    def topic(self) -> Topic | None:
        """The topic that a follow-up refers to."""
        return self.topics[-1] if self.topics else None

    def with_topic(self, topic: Topic) -> Context:
        """The context after *topic* was talked about."""
        return replace(self, topics=(*self.topics, topic)[-MAX_TOPICS:])


class Step(StrEnum):
    """What is wanted of the section last shown."""

    TEXT = "text"
    SOURCE = "source"
    NEXT = "next"
    PREVIOUS = "previous"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A message read in its context.

    Attributes:
        text: The text to search for.
        favored: Sections that the conversation is about, each with what it adds to their belief (log odds).
        step: What is wanted of the section last shown; None for a question.
        topic: The topic that *step* applies to.
    """

    text: str
    favored: tuple[tuple[str, float], ...] = ()
    step: Step | None = None
    topic: Topic | None = None


_THAT = r"(?:那|那么|它|这|这个|这条|该条|这一条|那一条|那条|这段|它的|上面的?|刚才的?|刚才那个|再|请|把|给我|帮我|我要|我想|看看?|看一下|发|发一下|贴一下|来一?份|要)*"
_TAIL = r"(?:的|呢|吗|吧|啊|呀|看看|给我看看|发我|发给我|发一下|发来|给我|一下|看一下|念一下|贴出来|是什么|是啥|怎么写的?|怎么说的?|在哪里?|多少|是多少|一份|了|内容)*"
_STEPS = (
    (Step.NEXT, re.compile(rf"{_THAT}(?:再?下一?[条点项个节段]|下面(?:那|一)条|往下|继续往下|后一条|后面(?:那|一)条){_TAIL}")),
    (Step.PREVIOUS, re.compile(rf"{_THAT}(?:再?[上前]一[条点项个节段]|往上|前面(?:那|一)条){_TAIL}")),
    (Step.SOURCE, re.compile(
        rf"{_THAT}(?:出处|来源|依据|原?出处|(?:是)?(?:出|来)自?(?:于)?(?:报告)?(?:的)?(?:哪里?|第?几条|哪一?[条段部节点]|什么地方)|(?:是)?(?:在)?(?:报告)?(?:的)?(?:里)?(?:第几|哪一?)(?:个)?[条点段节部章](?:分)?(?:里|写|说|讲|提到|中)?(?:的)?"
        rf"|(?:写|说|讲)在(?:报告)?(?:哪里?|第几条|哪一?[条段部节])|哪一?[条段](?:里|中)?(?:写|说|讲)的|标(?:注|个)出处|在哪(?:里|儿)?(?:写|说|能查到|看到)的?|(?:是)?第几条|章节号|编号){_TAIL}"
    )),
    (Step.TEXT, re.compile(rf"{_THAT}(?:原文|全文|原话|完整(?:的)?(?:内容|原文)?|整[条段](?:内容|原文)?|(?:完整|全部)内容|念(?:给我听)?|读(?:给我听)?){_TAIL}")),
    (Step.MORE, re.compile(
        rf"{_THAT}(?:(?:能|可以)?(?:再|更)?(?:说|讲|介绍)?得?(?:更)?(?:详细|具体|仔细|细致|展开)(?:一?[点些]|说说|讲讲|介绍(?:一下)?|点说|说|讲)*|还有(?:别的|其他|其它|更多|什么|啥|哪些)?(?:的|内容|吗|没|没有)*|继续(?:说|讲)?|接着(?:说|讲)|多说(?:一)?点|然后呢|还有没有(?:别的|其他)?|(?:别的|其他)还有){_TAIL}"
    )),
)  # fmt: skip

_RETURN_FIRST = re.compile(
    r"^(?:还是|再|我们)?(?:说|回|回到|返回|问)*(?:第一个|最开始的?|最初的?|开头的?)(?:那个)?(?:问题|话题|事)[,,、。 ]*"
)
_RETURN = re.compile(
    r"^(?:那|好|对了|还是|我们|咱们|咱|再|请)*(?:说回|回到|返回|讲回|聊回|问回|回头(?:再)?(?:说|看|问)?|再(?:说说|讲讲|看看|问问|问一下|回到)|接着(?:说|问)|继续(?:说|问))(?:到)?(?:刚才|之前|前面|先前|刚刚|最初|上面|一开始)?(?:的|说的|问的|讲的|那个|那)*"
)
_CORRECTION = re.compile(
    r"(?:^|[,,。;!])\s*(?:不是|不对|错了|说错了?|搞错了?|弄错了?|我(?:说|问|指)的?不是|我没(?:有)?(?:问|说)|我不是(?:问|说|指))"
    r"(?:[^,,。;]{0,16})[,,。;!]\s*(?:而?(?:我)?(?:想|要)?(?:问|说|指|查|看|了解)?的?(?:其实)?是|(?:我)?(?:想|要)(?:问|说|指|查|了解)的?(?:其实)?(?:是)?|是(?:问|说|指)?)\s*(?P<meant>.+)$"
)
_LEAD = re.compile(
    r"^(?:那么|那|然后|所以|还有|以及|另外|至于|好的?|好吧|嗯|哦|对了|再问(?:一下|个)?|顺便(?:问(?:一下)?)?|换个问题)[,,、 ]*"
)
_PRONOUN = re.compile(
    r"它|这个|那个|这些|那些|这份|该(?!怎么|如何|不该)|其中|里面|这条|那条|这项|那项|这事|那事|这里|上述|此|这样|他们|这次|那次|这起|那起|这家|那家|这几|那几|刚才|前面|同样|分别|各自|后来|最后|结果|一共|总共|具体"
)
_ELLIPSIS = re.compile(r"^.{0,12}呢[??。!]*$")
_SHORT_CHARS = 11

#: Log odds added to the section last talked about. A fresh question leads by ten and more, so it is never dragged back.
_BOOST_MARKED, _BOOST_SHORT, _BOOST_ANY = 4.0, 2.5, 0.6
#: Share of it for the sections beside the last one, and for earlier topics.
_BESIDE, _EARLIER = 0.3, 0.35


def resolve(text: str, context: Context) -> Resolved:
    """Read *text* in *context*: what to search for, and which sections the conversation favors."""
    folded = fold(text)
    bare = strip_wrappers(folded).strip(" ,。?!、~…")
    topic = context.topic
    for step, form in _STEPS:
        if form.fullmatch(bare):
            return Resolved(text, step=step, topic=topic)
    if topic is None:
        return Resolved(text)
    if correction := _CORRECTION.search(folded):
        return Resolved(correction["meant"], _favor(context, _BOOST_ANY))
    if first := _RETURN_FIRST.match(folded):
        earliest = context.topics[0]
        rest = folded[first.end() :]
        return Resolved(rest or earliest.question, ((earliest.section, _BOOST_MARKED),), topic=earliest)
    if back := _RETURN.match(folded):
        return Resolved(folded[back.end() :] or text, tuple((t.section, _BOOST_SHORT) for t in context.topics))
    plain = _LEAD.sub("", folded) or folded
    marked = plain != folded or bool(_ELLIPSIS.match(plain)) or bool(_PRONOUN.search(plain))
    boost = _BOOST_MARKED if marked and len(bare) <= 16 else _BOOST_SHORT if marked or len(bare) <= _SHORT_CHARS else _BOOST_ANY
    return Resolved(plain, _favor(context, boost))


def _favor(context: Context, boost: float) -> tuple[tuple[str, float], ...]:
    favored = {t.section: boost * _EARLIER for t in context.topics}
    if context.topic:
        favored[context.topic.section] = boost
    return tuple(favored.items())
