"""A claim against the report: every figure, date, body and negation in it, each with its own verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from knowledge.library import ReportKnowledge
from knowledge.normalize import arabic_numerals, fold
from knowledge.qualifiers import conflicts
from knowledge.quote import Quote, choose_quote
from knowledge.records import Figure, Section
from knowledge.retriever import SearchResult
from knowledge.span import MAX_QUOTE_CHARS, clauses, quote_around
from knowledge.tokenizer import character_grams


class Support(StrEnum):
    """What the report says of a claim, worst last."""

    SUPPORTED = "supported"
    NOT_ENOUGH_INFO = "not_enough_info"
    REFUTED = "refuted"


@dataclass(frozen=True, slots=True)
class ClaimPart:
    """One checkable piece of a claim.

    Attributes:
        words: The piece as claimed.
        support: Its verdict.
        stated: The report's own words on it; empty where it has none.
    """

    words: str
    support: Support
    stated: str = ""


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim with its verdict.

    Attributes:
        support: The worst verdict of its parts.
        parts: In the order of the claim.
        section: The section that decides it.
        quote: The words that decide it.
        result: The search behind it.
    """

    support: Support
    parts: tuple[ClaimPart, ...]
    section: Section
    quote: Quote
    result: SearchResult


_ASK_BACK = re.compile(
    r"[,,。;]?\s*(?:是吗|对吗|对吧|对不对|是不是|是这样(?:吗|吧)?|是真的吗|真的吗|属实吗|属实吧|准确吗|正确吗|没错吧|没写错吧|没说错吧|有误吗|两个数都对吗|都对吗|核一下|核对一下|查证一下|是否属实|是否正确|是否准确|可对|对么|是么|没错|是否)[??。!]*$"
)
_STATEMENT_END = re.compile(
    r"(?:对吗|对吧|对不对|属实吗|属实吧|是真的吗|没错吧|没写错吧|是否属实|准确吗|是这样吧|都对吗|[,,。;]核(?:对|实)?一下)[??。!]*$"
)
_QUESTION = re.compile(r"[??]|什么|啥|多少|几|怎么|如何|哪|谁|吗|呢|是不是|有没有|为何|咋|为什么|是否|请|帮")
_FIGURE = re.compile(
    r"(?P<approx>将近|接近|近|约|大约|超过|超|不到|至少|多达)?(?P<n>\d+(?:\.\d+)?)(?P<more>多|余|来)?(?P<u>万元|亿元|元|角|毛|分钱|%|件|起|个|人次|人|名|家|台|次|场|宗|部|项|处|份|年|日内|日|天内|天|月|级|倍|位|所|辆|张|支|期|条|成)"
)
_DATE = re.compile(r"(?:(?P<y>(?:19|20)\d\d)年(?:度)?)?(?:(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})[日号])?)?")
_SAME_UNIT = {
    "名": "人",
    "位": "人",
    "宗": "件",
    "天": "日",
    "天内": "日",
    "日内": "日",
    "项": "个",
    "家": "个",
    "所": "个",
    "处": "个",
    "起": "件",
}
_NEGATION = re.compile(r"没有|没|未|不|无|还没|尚未|并非|从未|取消|拒绝|一件都没|零")
_UNIVERSAL = re.compile(r"全部|都|均|所有|一律|人手|每[人个名台家]|全体")
_MIN_SUBJECT = 45.0
_COVERED = 0.72


def looks_like_claim(text: str) -> bool:
    """Whether normalized *text* states something to be checked: a statement with figures, or one that ends in 对吗."""
    if _STATEMENT_END.search(text):
        return True
    return (
        bool(_FIGURE.search(text))
        and not _QUESTION.search(text)
        and len(text) >= 8
        and bool(re.search(r"[是有为达了共]|办|调解|聘|签", text))
    )


def check_claim(text: str, known: ReportKnowledge) -> CheckedClaim | None:
    """Check the claim *text*; None when the report has nothing near it."""
    claim = _ASK_BACK.sub("", arabic_numerals(fold(text)))
    query = known.read(claim)
    result = known.search(query)
    if not result.candidates:
        return None
    section = known.section(result.candidates[0].section)
    if section is None:
        return None
    figures = [f for f in known.figures if f.section == section.id]
    parts = [*_check_figures(claim, section, figures), _check_words(claim, section)]
    differs = conflicts(known.qualifiers(query), section, known.report)
    if differs:
        parts.append(ClaimPart("、".join(differs), Support.NOT_ENOUGH_INFO))
    support = max((p.support for p in parts), key=list(Support).index)
    return CheckedClaim(support, tuple(parts), section, _deciding_quote(result, section, parts), result)


def _check_figures(claim: str, section: Section, figures: list[Figure]) -> list[ClaimPart]:
    """A verdict for each figure of the claim: the section's figure on the same subject must have the same value."""
    numbers = [f for f in figures if f.unit != "date"]
    parts = []
    for match in _FIGURE.finditer(claim):
        if match["u"] in {"年", "月", "日"} and (len(match["n"]) == 4 or match["u"] != "年"):
            parts.extend(_check_date(match, claim, section))
            continue
        value, unit = _in_base_unit(match["n"], match["u"])
        same_unit = [f for f in numbers if _in_base_unit(f.value, f.unit)[1] == unit]
        subject = _subject(claim, match)
        scored = [(_subject_score(subject, f, section), f) for f in same_unit]
        best = max(scored, key=lambda pair: (pair[0], _in_base_unit(pair[1].value, unit)[0] == value), default=None)
        if best is None or best[0] < _MIN_SUBJECT:
            parts.append(ClaimPart(match[0], Support.NOT_ENOUGH_INFO))
        else:
            same = _in_base_unit(best[1].value, best[1].unit)[0] == value
            parts.append(ClaimPart(match[0], Support.SUPPORTED if same else Support.REFUTED, best[1].quote))
    return parts


def _check_date(match: re.Match[str], claim: str, section: Section) -> list[ClaimPart]:
    text = arabic_numerals(fold(section.text))
    if match[0] in text or (match["u"] == "年" and match["n"] in text + section.title):
        return []
    subject = _subject(claim, match)
    near = max((fuzz.partial_ratio(subject, fold(section.text[s:e])) for s, e in clauses(section.text)), default=0.0)
    dated = bool(re.search(rf"\d+{match['u']}", text)) or "-" in text
    return [ClaimPart(match[0], Support.REFUTED if dated and near >= _MIN_SUBJECT and match["u"] != "年" else Support.NOT_ENOUGH_INFO)]


def _in_base_unit(number: str, unit: str) -> tuple[float, str]:
    try:
        value = float(number)
    except ValueError:
        return -1.0, unit
    if unit in {"角", "毛"}:
        return round(value / 10, 4), "元"
    if unit == "万元":
        return value * 10_000, "元"
    if unit == "亿元":
        return value * 100_000_000, "元"
    return value, _SAME_UNIT.get(unit, unit)


def _subject(claim: str, match: re.Match[str]) -> str:
    """What the claimed figure counts: its clause without the figure; the words before it come first."""
    start = max((claim.rfind(mark, 0, match.start()) for mark in ",,、;;。和及"), default=-1) + 1
    ends = [e for mark in ",,、;;。" if (e := claim.find(mark, match.end())) >= 0]
    before, after = claim[start : match.start()], claim[match.end() : min(ends, default=len(claim))]
    return (before + after).strip("是有为共了的") or claim


def _subject_score(subject: str, figure: Figure, section: Section) -> float:
    around = fold(section.text[max(0, figure.start - 24) : figure.end + 14])
    return max(fuzz.partial_ratio(subject, fold(figure.subject)), 0.85 * fuzz.partial_ratio(subject, around))


def _check_words(claim: str, section: Section) -> ClaimPart:
    """Whether the section's words cover the claim's, with the same polarity."""
    bare = _FIGURE.sub("", claim)
    text = fold(section.title + "。" + section.text)
    best = max(clauses(text), key=lambda r: fuzz.token_set_ratio(" ".join(bare), " ".join(text[r[0] : r[1]])), default=(0, len(text)))
    grams = set(character_grams(bare, sizes=(2,)))
    covered = sum(gram in text for gram in grams) / max(1, len(grams))
    clause = text[best[0] : best[1]]
    negated = bool(_NEGATION.search(bare)) != bool(_NEGATION.search(clause))
    if negated and covered >= 0.5:
        return ClaimPart(bare, Support.REFUTED, clause)
    return ClaimPart(bare, Support.SUPPORTED if covered >= _COVERED * 0.6 else Support.NOT_ENOUGH_INFO, clause)


def _deciding_quote(result: SearchResult, section: Section, parts: list[ClaimPart]) -> Quote:
    places = [section.text.find(p.stated) for p in parts if p.stated and p.stated in section.text]
    if not places:
        return choose_quote(result, section)
    ends = [section.text.find(p.stated) + len(p.stated) for p in parts if p.stated and p.stated in section.text]
    wanted = (min(places), max(ends))
    if wanted[1] - wanted[0] > MAX_QUOTE_CHARS:
        wanted = (places[0], ends[0])
    start, end = quote_around(section.text, wanted)
    return Quote(section.text[start:end], start)
