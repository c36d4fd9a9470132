"""The editions that a message names: 2019年, 三明, 信息公开年报, or a whole title."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from knowledge.editions import Edition, Editions, Wanted
from knowledge.normalize import arabic_numerals, fold, fold_printed

#: A year, unless it belongs to a document's number: 永政文〔2020〕4号.
_YEAR = r"(?<![\d.〔\[【])(?:19|20)\d\d(?![\d.〕\]】件人元%号])"
_NAMED_YEAR = re.compile(rf"(?P<long>{_YEAR})年?度?|(?<!\d)(?P<short>[12]\d)年(?![内来以])度?")
_SPAN = re.compile(rf"(?P<first>{_YEAR})年?度?(?:到|至|—|-|~)(?P<last>{_YEAR})(?:年度?(?!\d)|(?!\d|年))")
_EVERY_YEAR = re.compile(
    r"历年来?|历届|各年度?|逐年|每一年|几年来|这几年|近[两2-5几]年来?|[哪那][一1]?年(?:度|的)?(?=.{0,14}(?:最|更|比较)?[多少高低大小快好])"
)
_NEWEST = re.compile(
    r"最新(?:[一1][期份年版])?(?:的|那)?[份本个]?(?:报告|年报)?(?:里面?|中|上)?的?|最近[一1][期份年]的?(?:报告|年报)?(?:里面?|中|上)?的?"
)
_REPORT = r"(?:的|那|这)?[份本个]?(?:的)?(?:工作|年度|情况)?(?:的)?(?:总结)?(?:报告|年报)(?:里面?|中|上)?(?:的)?"
_OF_KIND = re.compile(rf"([\u4e00-\u9fff、]{{2,24}}?){_REPORT}")
_MONTH = re.compile(r"\d{1,2}月")
_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,8}[〔\[(](?:19|20)\d\d[〕\])]\d+号")
#: A report spoken of with nothing that names it, once year and place are taken away.
_BARE_REPORT = re.compile(rf"^{_REPORT}|^(?:的|那|这)[份本个]")
#: What stands between two places that are both asked about; 永安在三明市 is about one.
_JOINS = "、和与跟及同比较,;。 "
_WITHIN = re.compile(r"市?各|市?内|全市范围")
_BEFORE_BODY = tuple("报向受经给送")
#: What follows a place whose level belongs to the next word: 三明市政府.
_BODY = re.compile(r"市?(?:人民政府|政府|委(?!托))|人大|政协|法院|检察|局|纪委")
_LEVELS = tuple("省市县区镇乡")
#: Words that any kind of report has in its name.
_COMMON = frozenset({"政府", "工作", "年度", "情况", "这份", "那份", "一份", "报告"})
_MIN_KIND_CHARS = 2


def read_names(text: str, editions: Editions, *, cut: Callable[[str], Sequence[str]], is_word: Callable[[str], bool]) -> Wanted:
    """Read which of *editions* the message *text* names.

    Args:
        text: As typed; any input is fine.
        editions: What there is.
        cut: Cuts a text into words; tells 青山 the county from 绿水青山.
        is_word: Whether a text is a word of the dictionary.
    """
    name, found, left = fold(text).partition("报告")
    if begun := editions.named(name + found):
        return _meaning(begun, left.strip())
    rest = arabic_numerals(fold(text))
    if titled := _titled(rest, editions):
        names = (f"《{fold_printed(titled.title)}》", fold_printed(titled.title), fold_printed(titled.number))
        return _meaning(titled, _without(rest, *filter(None, names)))
    without_documents = re.sub(r"《[^》]*》", lambda m: "《" * len(m[0]), rest)
    spans = _years_in(without_documents)
    years = tuple(dict.fromkeys(year for _, _, found in spans for year in found))
    every = [match.span() for match in _EVERY_YEAR.finditer(without_documents)] if not years else []
    newest = [match.span() for match in _NEWEST.finditer(without_documents)]
    places = _places_in(without_documents, editions, cut=cut, is_word=is_word)
    kind_spans, kinds = _kinds_in(without_documents, editions)
    areas = tuple(dict.fromkeys(area for _, _, area in places))
    dates = {start for start, end, _ in spans if _MONTH.match(without_documents, end)}  # 2019年9月 is more than a year
    named = [(s, e) for s, e, _ in spans if s not in dates] + [(s, e) for s, e, _ in places] + every + newest + kind_spans
    for start, end in sorted(_merged(named), reverse=True):
        rest = rest[:start] + rest[end:]
    return Wanted(years, areas, kinds, bool(every), bool(newest), _BARE_REPORT.sub("", rest).strip(" 的") if named or dates else rest)


def _meaning(edition: Edition, rest: str) -> Wanted:
    return Wanted((edition.year,) if edition.year else (), (edition.area,), (edition.kind,), rest=rest)


def _titled(text: str, editions: Editions) -> Edition | None:
    """The edition whose whole title *text* is or holds in 《》, or whose document number it names; None for any other text."""
    names = [text.strip(), *re.findall(r"《([^》]+)》", text), *_NUMBER.findall(text)]
    return next((found for name in names if (found := editions.named(name))), None)


def _without(text: str, *names: str) -> str:
    for name in names:
        text = text.replace(name, "")
    return text.strip()


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _years_in(text: str) -> list[tuple[int, int, tuple[int, ...]]]:
    """Places in *text* that name years, with the years; 2018到2020年 names three."""
    found = []
    for match in _SPAN.finditer(text):
        first, last = int(match["first"]), int(match["last"])
        if 0 < last - first < 10:
            found.append((*match.span(), tuple(range(first, last + 1))))
    for match in _NAMED_YEAR.finditer(text):
        if not any(s <= match.start() < e for s, e, _ in found):
            year = int(match["long"]) if match["long"] else 2000 + int(match["short"])
            found.append((*match.span(), (year,)))
    return sorted(found)


def _places_in(
    text: str, editions: Editions, *, cut: Callable[[str], Sequence[str]], is_word: Callable[[str], bool]
) -> list[tuple[int, int, str]]:
    """Places in *text* that there are reports of; of 三明市永安市 only the last, which the others only lead to."""
    longest = max(map(len, editions.names), default=0)
    found: list[tuple[int, int, str]] = []
    at = 0
    while at < len(text):
        length = next((n for n in range(min(longest, len(text) - at), 0, -1) if text[at : at + n] in editions.names), 0)
        if length and _is_place(text, at, at + length, cut=cut, is_word=is_word):
            area = editions.names[text[at : at + length]]
            end = at + length - (1 if _BODY.match(text, at + length) and len(area) == length else 0)
            if found and found[-1][1] == at:
                found[-1] = (found[-1][0], end, area)
            elif not _is_part_of_sentence(text, at, at + length) and (not found or text[at - 1] in _JOINS):
                found.append((at, end, area))
        at += length or 1
    return found


def _is_part_of_sentence(text: str, start: int, end: int) -> bool:
    """Whether a place does something in the sentence, and is not the one asked about: 报三明市政府备案, 在三明各县中."""
    before = text[start - 1 : start]
    return before in _BEFORE_BODY or (before == "在" and bool(_BODY.match(text, end))) or bool(_WITHIN.match(text, end))


def _is_place(text: str, start: int, end: int, *, cut: Callable[[str], Sequence[str]], is_word: Callable[[str], bool]) -> bool:
    """Whether the name that stands there is meant as one: a word of the text, a name no dictionary has, or one with its level."""
    name = text[start:end]
    if name.endswith(_LEVELS):
        return True
    if text[end : end + 1] in _LEVELS:  # 永安镇 is not 永安市
        return False
    return start == 0 or not is_word(name) or name in cut(text)


def _kinds_in(text: str, editions: Editions) -> tuple[list[tuple[int, int]], tuple[str, ...]]:
    """Where *text* names a kind of report, and the kinds it may mean; nothing when it may mean any."""
    for match in _OF_KIND.finditer(text):
        name = match[1].rstrip("的、")
        for start in range(len(name) - _MIN_KIND_CHARS + 1):
            words = name[start:]
            kinds = tuple(kind for kind in editions.kinds if words in kind or kind in words)
            if kinds and words not in _COMMON and len(kinds) < max(2, len(editions.kinds)):
                kinds = tuple(kind for kind in kinds if kind in words) or kinds
                begin = match.start(1) + start
                return [(begin, match.end())], kinds
    return [], ()
