"""What a message means in its conversation: follow-ups, corrections, returns and steps to the next section."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from knowledge.derive import sums_unsaid
from knowledge.normalize import arabic_numerals, fold, strip_wrappers
from knowledge.qualifiers import find_qualifiers

#: Topics that a conversation keeps, so that one can return to an earlier one.
MAX_TOPICS = 8


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that was talked about.

    Attributes:
        report: Report id.
        section: Section id.
        question: The question that led there.
        whole: Whether the whole section was shown, not only the words that answer.
    """

    report: str
    section: str
    question: str
    whole: bool = False


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
    CONTINUE = "continue"
    ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A message read in its context.

    Attributes:
        text: The text to search for.
        favored: Sections that the conversation is about, each with what it adds to their belief (log odds).
        step: What is wanted of the section last shown; None for a question.
        topic: The topic that *step* applies to.
        number: With ``Step.ORDINAL``: which one, from 1; -1 for the last.
        wider: The text with what it leaves unsaid, for a message that is no whole question; empty for one that is.
        report: Report that *favored* and *wider* are about, where there are several; empty where there is one.
        earlier: What was talked about last, for a message that may lean on it.
        about: A step and the words that say of which section it is wanted (复议那条的原文); None where there is none.
        whole: Whether it asks by itself, if it names a topic: it is rather long, and no word of it leans on what came before.
    """

    text: str
    favored: tuple[tuple[str, float], ...] = ()
    step: Step | None = None
    topic: Topic | None = None
    number: int = 0
    wider: str = ""
    report: str = ""
    earlier: Topic | None = None
    about: tuple[Step, str] | None = None
    whole: bool = False


#: What the words for the section after, or before, one are made of: 紧跟着的一条, 它后头那条, 往前一条, 挨着它下面的那段.
_UNIT = "[条点项个节段]"
_GO = "(?:再|又|还|接着|紧接着|紧跟着|跟着|继续|接下去|接下来|挨着|紧挨着|顺着|往|翻到|翻回|翻|回到|退到|倒到|看|说|讲|到|的|它|其)"
_AFTER = "(?:(?:下|后)(?:面|头|边|方)?|底下|接下去|接下来|紧?接着|紧?跟着)"
_BEFORE = "(?:前|上)(?:面|头|边|方)?"
_BESIDE_IT = "(?:(?:接|跟|挨|连)着?|的|那|这|是|哪|又|再|一|紧)*"
#: What each step is asked with; the rest of the message may hold nothing but ``_AROUND_STEP``.
_STEPS = (
    (Step.NEXT, re.compile(rf"{_GO}*{_AFTER}{_BESIDE_IT}{_UNIT}|(?:再|接着|继续|接)+(?:着|续)?往[下后]|往[下后](?:看|翻|接着)?|再下面|接下去|紧接着|紧跟着|(?:紧?挨着|紧?跟着|紧?接着)(?:它|这条|这里)?(?:下|后)(?:面|头|边)的?$")),
    (Step.PREVIOUS, re.compile(rf"{_GO}*{_BEFORE}{_BESIDE_IT}{_UNIT}|(?:再|接着|接)*往[上前](?:看|翻)?|再上面|倒回去|退回去")),
    (Step.SOURCE, re.compile(
        r"出处|来源|出自|(?:在|是)?(?:报告)?(?:的)?(?:第几|哪一?)(?:个)?(?:大)?(?:条|点|段|节|部分|章)|(?:写|说|讲)在(?:报告)?(?:的)?哪里?|在哪里?(?:写|说)的|章节号"
    )),
    (Step.TEXT, re.compile(r"原文|全文|原话|完整(?:的)?(?:内容|一段|那段)?|整[条段]|念(?:给我听|一下|出来)?|读(?:给我听|一下|出来)?|贴出来")),
    (Step.MORE, re.compile(
        r"(?:再|更)?(?:说|讲|介绍)?得?(?:再|更)?(?:详细|具体|仔细|细致|展开|清楚|多说)(?:一?[点些])?|还有(?:别的|其他|其它|更多|什么|啥|哪些)?|然后呢?|别的呢?|其他的?呢?|还有呢"
    )),
    (Step.CONTINUE, re.compile(r"继续(?:往下)?(?:说|讲|来|念|读|看)?|接着(?:往下)?(?:说|讲|来|念|读|看)?|往下(?:说|讲|念|读)")),
)  # fmt: skip
_AROUND_STEP = re.compile(
    r"来着|还想|还要|还|又|再|是哪|翻|挨着|啥|说说看|你(?:刚才|刚刚|刚)?(?:念|说|讲|读|答)的?|算了|行了?|好[的吧]|[这那]?一?[条项点段节句]|那么?|它|这个?|该|上面|刚才|刚刚|再|请|把|给我|帮我|我要|我想|想|看看?|瞧瞧|发我?|贴|来一?份?|要|的|呢|吗|吧|啊|呀|了|一下|一点|点|些|下|是什么|是啥|[讲说写]的?(?:是|了)?(?:什么|啥)|讲了?什么|讲啥|说了?什么|说啥|怎么写|怎么说|怎么讲|"
    r"在?哪里?|多少|是|一份|内容|写|说|讲|讲讲|说说|标|注明?|明|清楚|句话|句|段话|段|话|条|报告|第几|哪一?|都|全部|全|完整|出来|听|给|能|可以|不|具体|详细|吗|个|里|里面|中|都有|有|没有|没|和|、|,|:|的话|到底|自|于|我|标出|标一下|准确"
)
_ORDINAL = re.compile(
    r"^(?:那|再)?(?:看看|说说|讲讲)?(?:第(?P<n>[一二三四五六七八九1-9])|(?P<last>最后一|末一|最末一))(?:个|条|点|项|方面)(?:问题|意见|内容|措施)?(?P<rest>.{0,8})$"
)

#: Steps that a message may want of a section that it describes, and how they are asked for there.
_STEPS_ABOUT = (
    (Step.SOURCE, re.compile(r"出处|来源")),
    (Step.TEXT, re.compile(r"原文|全文|原话|完整(?:的)?(?:内容|一段|那段)?(?:念|读|说)?(?:一遍)?|说全|全念|整[条段](?:原文|全文)?")),
    (Step.NEXT, re.compile(rf"(?:它的?)?{_AFTER}{_BESIDE_IT}{_UNIT}")),
    (Step.PREVIOUS, re.compile(rf"(?:它的?)?{_BEFORE}{_BESIDE_IT}{_UNIT}")),
)
_POINTED_AT = re.compile(r"(?:的|[这那]一?(?:个|条|段|句|节|块|部分|大?部分)|里|再|[,、 ])+$")
_POINTING = re.compile(r"^(?:刚才|刚刚|刚|前面|之前|上面|那个|那|这个|讲|说的?|把|再|请|给我|[,、 ])+")

#: "X在哪一条": answered by finding X.
_WHERE = re.compile(
    r"^(?P<what>.{3,20}?)(?:是|写|讲|说|规定|提到)?(?:在|出自|属于|归在?)(?:报告)?(?:的)?(?:里)?(?:第几|哪一?|什么)个?(?:条|点|段|节|部分|章|地方)(?:里|中|写|说|讲|的|呢|啊)*[??。]*$"
)
_RETURN_FIRST = re.compile(
    r"^(?:还是|再|我们)?(?:说|回|回到|返回|问)*(?:第一个|最开始的?|最初的?|开头的?)(?:那个)?(?:问题|话题|事)[,,、。 ]*"
)
_RETURN = re.compile(
    r"^(?:那|好|对了|还是|我们|咱们|咱|再|请)*(?:说回|回到|返回|讲回|聊回|问回|回头(?:再)?(?:说|看|问)?|再(?:说说|讲讲|看看|问问|问一下|回到)|接着(?:说|问)|继续(?:说|问))(?:到)?(?:刚才|之前|前面|先前|刚刚|最初|上面|一开始)?(?:的|说的|问的|讲的|那个|那)*"
)
_CORRECTION = re.compile(
    r"(?:^|[,,。;!])\s*(?:不是|不对|错了|说错了?|搞错了?|弄错了?|我(?:说|问|指)的?不是|我没(?:有)?(?:问|说)|我不是(?:问|说|指))"
    r"(?:[^,,。;]{0,16})[,,。;!]\s*(?:我?(?:刚才)?[问说打写]错了[,,。;!]\s*)?(?:而?(?:我)?(?:想|要)?(?:问|说|指|查|看|了解)?的?(?:其实)?是|(?:我)?(?:想|要)(?:问|说|指|查|了解)的?(?:其实)?(?:是)?|是(?:问|说|指)?)\s*(?P<meant>.+)$"
)
#: What announces another topic; what follows leans on nothing.
_FRESH = re.compile(
    r"^(?:那|好|好的|嗯)?[,, ]*(?:(?:跟|和|与|同)(?:这个?|那个?|上面|刚才|前面)(?:的|那个|问题|事)*(?:都)?(?:无关|没关系|不相干|没啥关系)|"
    r"(?:我)?换(?:一)?个(?:问题|话题|事|方面)(?:问问?)?|(?:再|我)?(?:另外|想)?(?:再)?问(?:一)?(?:个|点)别的(?:事)?|不(?:说|问|聊|谈)这个了?|说(?:点|个)别的)[,,。:!、 ]+"
)
_LEAD = re.compile(r"^(?:那么|那|然后|所以|还有|以及|另外|至于|好的?|好吧|嗯|哦|对了|再问(?:一下|个)?|顺便(?:问(?:一下)?)?)[,,、 ]*")
_PRONOUN = re.compile(
    r"它|这个|那个|这些|那些|这份|该(?!怎么|如何|不该)|其中|里面|这条|那条|这项|那项|这事|那事|这里|上述|此|这样|他们|这次|那次|这起|那起|这家|那家|这几|那几|刚才|前面|同样|分别|各自|后来|最后|结果|一共|总共|具体"
)
_ELLIPSIS = re.compile(r"^.{0,12}呢[??。!]*$")
_PARTICLES = re.compile(r"那么?|呢|的|吗|年度?|市|县|区|省|镇|情况|怎么样?|如何|啊|又|有|是|在|换成|改成|如果")
_NEAR_YEAR = re.compile(r"明年|来年|下一年|前年")
_ANY_YEAR = re.compile(rf"(?:19|20)\d\d年?度?|{_NEAR_YEAR.pattern}|二[〇零]一[一二三四五六七八九]年")
#: What asks by itself, so that a 呢 behind it is only polite.
_ASKING = re.compile(r"什么|啥|多少|几|哪|谁|怎|如何|为何|吗|是否|有没有|是不是")
#: What leans on what came before, besides the pronouns: 是哪几个单位 has no subject of its own.
_LEANING = re.compile(r"^[是都]|[这那]一?[段块件句部边些种]|同一|又|也")
#: Words that in a message of this length go with what it says itself: 调解委员会和调解员一共有多少.
_OF_ITS_OWN, _OWN_CHARS = re.compile(r"分别|各自|具体|一共|总共|最后|后来"), 12
_SHORT_CHARS = 11
#: From this length on a message that names a topic, and leans on nothing, is no follow-up. In the conversations of tests/data/dev that
#: costs no answer, and of the 1,757 single questions asked one after the other it keeps a dozen from being answered by the one before.
_WHOLE_CHARS = 10
#: Shorter words describe no section.
_MIN_DESCRIBED = 2

#: Log odds added to the section last talked about. A fresh question leads by ten and more, so it is never dragged back.
_BOOST_MARKED, _BOOST_SHORT, _BOOST_ANY = 4.0, 4.0, 0.6
#: Share of it for the sections beside the last one, and for earlier topics.
_BESIDE, _EARLIER = 0.3, 0.35


@lru_cache(maxsize=16)  # what is kept of a message needs it as well
def resolve(text: str, context: Context) -> Resolved:
    """Read *text* in *context*: what to search for, and which sections the conversation favors."""
    folded = fold(text)
    bare = strip_wrappers(folded).strip(" ,。?!、~…")
    topic = context.topic
    if step := _step_in(bare):
        return Resolved(text, step=step, topic=topic)
    if where := _WHERE.match(folded):
        return Resolved(where["what"])
    if about := _step_about(bare):
        return replace(_resolve_question(text, folded, bare, context), about=about)
    return _resolve_question(text, folded, bare, context)


def _resolve_question(text: str, folded: str, bare: str, context: Context) -> Resolved:
    topic = context.topic
    if topic is None:
        return Resolved(text)
    if fresh := _FRESH.match(folded):
        return Resolved(folded[fresh.end() :] or text)
    if correction := _CORRECTION.search(folded):
        meant = correction["meant"]
        return Resolved(_with_other_qualifiers(meant, topic.question) or meant, _favor(context, _BOOST_ANY))
    if first := _RETURN_FIRST.match(folded):
        earliest = context.topics[0]
        rest = folded[first.end() :]
        return Resolved(rest or earliest.question, ((earliest.section, _BOOST_MARKED),), topic=earliest)
    if back := _RETURN.match(folded):
        return Resolved(folded[back.end() :] or text, tuple((t.section, _BOOST_SHORT) for t in context.topics))
    if ordinal := _ORDINAL.match(bare):
        number = -1 if ordinal["last"] else "一二三四五六七八九".find(ordinal["n"]) + 1 or int(ordinal["n"])
        return Resolved(text, step=Step.ORDINAL, topic=topic, number=number)
    plain = _LEAD.sub("", folded) or folded
    if asked_anew := _with_other_qualifiers(plain, topic.question):
        # Another year may be told of in another part; another place is told of nowhere, which the same section shows.
        return Resolved(asked_anew, () if _ANY_YEAR.search(asked_anew) else _favor(context, _BOOST_MARKED))
    marked = plain != folded or bool(_ELLIPSIS.match(plain)) or bool(_PRONOUN.search(plain))
    boost = _BOOST_MARKED if marked and len(bare) <= 16 else _BOOST_SHORT if marked or len(bare) <= _SHORT_CHARS else _BOOST_ANY
    wider = f"{_meant_by(plain, context)} {plain}" if boost > _BOOST_ANY else ""
    elliptic = bool(_ELLIPSIS.match(plain)) and not _ASKING.search(plain)
    said = _OF_ITS_OWN.sub("", plain) if len(bare) >= _OWN_CHARS else plain
    leaning = elliptic or plain != folded or bool(_PRONOUN.search(said)) or bool(_LEANING.search(said))
    return Resolved(plain, _favor(context, boost), wider=wider, earlier=topic, whole=not leaning and len(bare) >= _WHOLE_CHARS)


def _meant_by(text: str, context: Context) -> str:
    """The earlier question that *text* leans on: the last one; 加起来 leans on the last two, where both were on one section."""
    last = context.topics[-1]
    if not sums_unsaid(text):
        return last.question
    return " ".join(t.question for t in context.topics[-2:] if t.section == last.section)


def _with_other_qualifiers(text: str, question: str) -> str:
    """The last *question* asked of another year or place, when *text* names nothing but that (那2018年呢); else empty."""
    left = arabic_numerals(text)
    named = find_qualifiers(left, home="", cut=lambda text: [text])
    years = [*(f"{year}年" for year in named.years), *_NEAR_YEAR.findall(left)]
    for words in (*(year.removesuffix("年") for year in years), *named.periods, *named.places):
        left = left.replace(words, "")
    if not (named or years) or _PARTICLES.sub("", left).strip(" ,。?!、"):
        return ""
    if years:
        question = _ANY_YEAR.sub("", question)
    return "".join([*named.places, *years, *named.periods, question])


def _step_in(bare: str) -> Step | None:
    """The step that *bare* asks for, when it asks for nothing else."""
    for step, core in _STEPS:
        left, found = core.subn("", bare)
        if found and len(_AROUND_STEP.sub("", left).strip(" ,。?!、:")) == 0:
            return step
    return None


def _step_about(bare: str) -> tuple[Step, str] | None:
    """The step that *bare* ends in and the words before it that describe a section; None when it is not so made."""
    for step, core in _STEPS_ABOUT:
        for match in core.finditer(bare):
            before, after = bare[: match.start()], bare[match.end() :]
            beside = step in {Step.NEXT, Step.PREVIOUS}
            if _AROUND_STEP.sub("", after).strip(" ,。?!、:") or not (beside or _POINTED_AT.search(before)):
                continue
            words = _POINTING.sub("", _POINTED_AT.sub("", before))
            if len(words) >= _MIN_DESCRIBED:
                return step, words
    return None


def _favor(context: Context, boost: float) -> tuple[tuple[str, float], ...]:
    favored = {t.section: boost * _EARLIER for t in context.topics}
    if context.topic:
        favored[context.topic.section] = boost
    return tuple(favored.items())
