"""Does the report use a word at all? A full-text count, with places; and what it says where it uses a term first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.library import ReportKnowledge
from knowledge.normalize import fold_printed
from knowledge.records import Section
from knowledge.span import sentences, trimmed

#: Longer than this it is a question in other words, not a word to look up.
MAX_WORD_CHARS = 12

_REPORT = (
    r"(?:(?:这份|这个|那份|该|你们?的?|整[个份篇]|政府)?(?:工作)?(?:报告|文件|材料|文章|全文|正文|通篇|原文)"
    r"(?:全文|里面?|中|上|内)?(?:头)?(?:都|到底|究竟)?)"
)
_SAYS = r"(?:提到|提及|提过|写到|写了|写过|讲到|讲过|说到|说过|出现|涉及|谈到|谈及|提|写)(?:过|了|有)?"
_END = (
    r"(?:这个词|这个|这几个字|这两个字|这四个字|字眼|一词|二字|几个字|的?字样|的内容|的事情?|方面)?"
    r"(?:没有|了没有|了没|没|吗|么|不|否|呢|嘛)?[??。!]*"
)
_HOW_OFTEN = r"(?:一共|总共|共)?(?:出现|提到|提及|提|写|说)(?:过|了)?(?:几|多少)[次遍回处]"
_ASKED = (
    re.compile(rf"^{_REPORT}?(?:有没有|有无|是否|是不是|有)?(?:没)?{_SAYS}(?:关于)?(?P<word>.+?){_END}$"),
    re.compile(rf"^(?P<word>.+?)(?:这个词|一词|二字)?(?:在)?{_REPORT}(?:有没有|有无|是否|有)?{_SAYS}{_END}$"),
    re.compile(rf"^{_REPORT}(?:有没有|有无|有)(?P<word>[^有]+?)(?:这个词|一词|二字|字眼|字样|的内容){_END}$"),
    re.compile(rf"^(?P<word>.+?)(?:这个词|一词|二字)?(?:在{_REPORT})?{_HOW_OFTEN}[??]*$"),
    re.compile(rf"^{_REPORT}{_HOW_OFTEN}(?P<word>.+?)[??]*$"),
)
_NO_WORD = re.compile(r"什么|啥|哪|谁|多少|几[个件次条]|怎么|如何|为何|[,。;:]|的人|问题")
_QUOTES = "“”\"'‘’《》 "
_MEANING = (
    re.compile(r"^(?:什么|啥)(?:是|叫做?)(?P<word>.+?)(?:啊|呀|呢)?[??]*$"),
    re.compile(r"^(?:何谓|何为)(?P<word>.+?)[??]*$"),
    re.compile(
        r"^(?P<word>.+?)(?:这个词|这个说法|一词)?(?:是|指)?(?:的)?(?:是)?(?:什么|啥|什么个|哪样)(?:意思|含义|东西|概念)?(?:啊|呀|呢)?[??]*$"
    ),
    re.compile(r"^(?P<word>.+?)(?:怎么理解|如何理解|怎么解释|作何解释|的(?:意思|含义|定义))(?:是什么|是啥|呢)?[??]*$"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A section that uses a word.

    Attributes:
        section: The section.
        count: How often its heading and text use the word, at least 1.
        start: Offset of the first sentence with it in the text; -1 where only the heading has it.
        end: Offset after that sentence.
    """

    section: Section
    count: int
    start: int
    end: int

    @property
    def sentence(self) -> str:
        """The first sentence with the word, as printed; the heading where the text has none."""
        return self.section.text[self.start : self.end] if self.start >= 0 else self.section.title


@dataclass(frozen=True, slots=True)
class Mentions:
    """Where the report uses a word.

    Attributes:
        word: The word as asked.
        places: In printed order; empty when the report never uses it.
        other: Other words for it that were looked for too.
        other_places: Where the report uses one of those, as (word, place).
    """

    word: str
    places: tuple[Place, ...]
    other: tuple[str, ...]
    other_places: tuple[tuple[str, Place], ...]

    @property
    def count(self) -> int:
        """How often the report uses the word."""
        return sum(place.count for place in self.places)


def asked_mention(text: str) -> str:
    """The word that folded *text* asks after: 报告提到社保吗 -> 社保; empty when it asks for no such thing."""
    return _asked(text, _ASKED)


def asked_meaning(text: str) -> str:
    """The word whose meaning folded *text* asks for: 什么是裁执分离 -> 裁执分离; empty when it asks for none."""
    return _asked(text, _MEANING)


def _asked(text: str, patterns: Sequence[re.Pattern[str]]) -> str:
    for pattern in patterns:
        if match := pattern.match(text):
            word = match["word"].strip(_QUOTES).removesuffix("了")
            if 2 <= len(word) <= MAX_WORD_CHARS and not _NO_WORD.search(word):
                return word
    return ""


def find_mentions(word: str, known: ReportKnowledge) -> Mentions:
    """Count *word* in the whole report, headings and text, and the other words for it."""
    other = tuple(name for name in known.other_names(word) if name not in word and word not in name)
    found = [(name, place) for name in other for place in _places(name, known)]
    return Mentions(word, tuple(_places(word, known)), other, tuple(found))


def _places(word: str, known: ReportKnowledge) -> list[Place]:
    wanted = fold_printed(word).replace(" ", "")
    found = []
    for section in known.report.sections:
        title = "" if section.title == section.label else section.title
        inside = _folded(section.text).count(wanted)
        count = inside + _folded(title).count(wanted)
        if count:
            ranges = [r for r in sentences(section.text) if wanted in _folded(section.text[r[0] : r[1]])] if inside else []
            start, end = trimmed(section.text, ranges[0]) if ranges else (-1, -1)
            found.append(Place(section, count, start, end))
    return found


def _folded(printed: str) -> str:
    return fold_printed(printed).replace(" ", "")
