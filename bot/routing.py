"""Which of several reports a message goes to: the newest of the home place, unless it or its conversation means another."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.compose import compose_address, compose_contents
from bot.conversation import Context, Resolved
from bot.edition_answers import compose_editions, with_missing_line
from bot.edition_search import answer_best, choose_one, first_section
from bot.messages import Answer, Outcome
from bot.one_report import answer_from, find_in
from bot.side_by_side import answer_side_by_side, check_named, names_several
from knowledge.addressing import Address, resolve_address
from knowledge.check import looks_like_claim
from knowledge.decide import AnswerStatus
from knowledge.editions import Edition, Wanted
from knowledge.library import Library
from knowledge.normalize import fold
from knowledge.records import SectionKind

_LIST = re.compile(
    r"(?:有|收录|能查|可以查|包括|收)(?:了|的)?(?:哪些|哪几[份个年]?|几[份个年]|多少[份个]|什么)(?:年份?|年度|地方|地区)?的?(?:政府)?(?:工作)?(?:报告|年报)(?:呢|啊|吗|可以?查|能查)?[??]?$"
    r"|^.{0,6}(?:报告|年报)(?:列表|清单|都?有(?:哪些|哪几份|几份|多少份))"
)
_EARLIER = re.compile(r"(?:再|更)?(?:[上前][一1]?年|[上前][一1](?:年度|份|期)|去年)度?")
#: What may stand around the name of an edition in a message that says nothing else: 那2018年呢, 换成三明的.
_AROUND_NAME = re.compile(
    r"那么?|呢|的|吗|啊|呀|又|也|再|有|是|在|看看?|换成|改成|如果|情况|怎么样?|如何|里|中|市|县|区|报告|说|写|一下|和|与|跟|[,。?!、\s]"
)
_ELLIPSIS = re.compile(r"呢[。?!]*$")
_NOTHING = re.compile(r"[的,。?!、\s]*")


def answer_from_editions(text: str, resolved: Resolved, library: Library, context: Context) -> tuple[Answer, str]:
    """Answer a message from the editions that it means.

    Args:
        text: The message as typed.
        resolved: The same in its conversation.
        library: The live release, of two reports or more.
        context: The conversation.

    Returns:
        The answer, and the question that it answers.
    """
    if _LIST.search(fold(text)):
        return compose_editions(library.editions), text
    talked_of = library.editions.get(context.topic.report) if context.topic else None
    near, wanted = None, library.read_names(text)
    titled = library.editions.named(fold(text).strip("《》 "))  # a report chosen from the list, not a follow-up
    if talked_of and not titled and (again := _asked_again(wanted, context, talked_of, library)):
        resolved, near = again, talked_of
    wanted = library.read_names(resolved.text)
    if answer := _address(resolved.text, wanted, talked_of, near, library):
        return answer, resolved.text
    fresh = resolved if near else _about(resolved, context)
    if not wanted and (answer := _go_on(text, fresh, context, library)):
        return answer, resolved.text
    if looks_like_claim(library.default.read(resolved.text).text):
        return check_named(fresh.text, wanted, near, library), fresh.text
    answer_with = answer_side_by_side if names_several(wanted) else answer_best
    return answer_with(fresh, wanted, near, library), fresh.text


def _asked_again(wanted: Wanted, context: Context, talked_of: Edition, library: Library) -> Resolved | None:
    """The last question put to the edition that a message names and says nothing else (那2018年呢, 三明呢, 前一年呢); else None."""
    left = wanted.rest
    if not wanted and (match := _EARLIER.search(left)) and (earlier := library.editions.before(talked_of)) and earlier.year:
        left, wanted = left.replace(match[0], ""), Wanted(years=(earlier.year,))
    if not wanted or _AROUND_NAME.sub("", left):
        return None
    last, *earlier_topics = reversed(context.topics)
    before = library.read_names(last.question)
    years, areas, kinds = wanted.years or before.years, wanted.areas or before.areas, wanted.kinds or before.kinds
    names = ["、".join(areas), "、".join(f"{year}年" for year in years), f"{kinds[0]}报告里" if kinds else ""]
    # 撤销的呢 said only a part of its question: the rest stands in the one before.
    whole = next((t.question for t in earlier_topics if t.report == last.report), "") if _ELLIPSIS.search(fold(last.question)) else ""
    wider = f"{library.read_names(whole).rest} {before.rest}" if whole else ""
    return Resolved("".join(names) + before.rest, wider=wider)


def _address(text: str, wanted: Wanted, talked_of: Edition | None, near: Edition | None, library: Library) -> Answer | None:
    """A section or the contents, of the edition that is named, else of the one talked about; None for a question."""
    editions = library.editions
    edition = editions.default
    if not wanted:
        if (address := _numbered(text, talked_of, library)) and talked_of:
            edition = talked_of
        else:
            address = resolve_address(text, library.default.report)
    else:
        choice = choose_one(wanted, near, library)
        edition = (*choice.editions, choice.main)[0]
        whole = _NOTHING.fullmatch(wanted.rest)
        address = Address(contents=True) if whole else resolve_address(wanted.rest, library.open_edition(edition).report)
        if address and not choice.editions:
            return with_missing_line(Answer(Outcome.RELATED, "", report=edition.id), edition, choice.missing, editions)
    if address is None:
        return None
    known = library.open_edition(edition)
    if not address.contents:
        return compose_address(address, known)
    # A number that is asked for after the contents of another edition is one of that edition.
    first = "" if edition is editions.default else next((s.id for s in known.report.sections if s.kind is SectionKind.PART), "")
    return replace(compose_contents(known.report), topic=first)


def _numbered(text: str, talked_of: Edition | None, library: Library) -> Address | None:
    """A section of the edition talked about, asked for by its number."""
    address = resolve_address(text, library.open_edition(talked_of).report) if talked_of else None
    return address if address and address.by_number else None


def _about(resolved: Resolved, context: Context) -> Resolved:
    """*resolved* with what the conversation favors in the report talked about last, or returned to; sections of others left out."""
    topic = resolved.topic or context.topic
    if topic is None:
        return resolved
    sections = {t.section for t in context.topics if t.report == topic.report}
    favored = tuple((section, boost) for section, boost in resolved.favored if section in sections)
    return replace(resolved, favored=favored, report=topic.report)


def _go_on(text: str, resolved: Resolved, context: Context, library: Library) -> Answer | None:
    """The answer of the edition talked about, to a message that goes on about it; None for a fresh question."""
    known = library.report(resolved.report) if resolved.wider or resolved.topic else None
    if known is None:
        return None
    if not (resolved.topic or _ELLIPSIS.search(fold(text)) or resolved.text != fold(text)) and known.names_topic(known.read(resolved.text)):
        # 撤销几件: short, and perhaps a question of its own; it goes on if by itself it leads to what was talked about
        alone = find_in(known, Resolved(resolved.text))
        section = first_section(alone)
        sections = {topic.section for topic in context.topics if topic.report == resolved.report}
        if section is None or section.id not in sections or alone.decision.status is not AnswerStatus.ANSWER:
            return None
    return answer_from(known, resolved)
