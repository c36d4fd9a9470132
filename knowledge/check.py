"""A claim against the report: every amount, date, body and negation in it, each with its own verdict.

"Supported" is said only when what the claim names and counts lines up with one section; what lines up and differs is refuted;
what does not line up is not enough information.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import pairwise

from rapidfuzz.distance import LCSseq, Postfix, Prefix

from knowledge.entities import find_bodies, speaks_of
from knowledge.library import ReportKnowledge
from knowledge.normalize import arabic_numerals, fold, normalize_printed, strip_wrappers
from knowledge.qualifiers import section_years
from knowledge.quantity import Comparator, Quantity, agrees, find_quantities
from knowledge.quote import Quote, choose_quote
from knowledge.records import Section
from knowledge.retriever import SearchResult
from knowledge.span import MAX_QUOTE_CHARS, quote_around
from knowledge.tokenizer import character_grams
from knowledge.weights import model_weights


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
        stated: The report's own words on it, folded; empty where it has none.
    """

    words: str
    support: Support
    stated: str = ""


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim with its verdict.

    Attributes:
        support: The worst verdict of its parts.
        parts: In the order they were checked.
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
    r"[,。;]?\s*(?:是吗|对吗|对吧|对不对|是不是|是这样(?:吗|吧)?|是真的吗|真的吗|属实吗|属实吧|属实|准确吗|正确吗|没错吧|没写错吧|没说错吧|有误吗|"
    r"(?:这|那)?[两几三]个?数(?:字|据)?(?:都)?对吗|都对吗|核(?:对|实|查)?一下|查证一下|是否属实|是否正确|是否准确|对么|是么|没错|是吧|吧|吗)[?。!]*$"
)
_HEARSAY = re.compile(
    r"^(?:据说|听说|听讲|有人说|网上说|我听说|报告(?:里|中)?(?:说|写|提到|称|显示)(?:了|的)?(?:是)?|核对(?:一下)?[::]?|/check)[,:]?\s*"
)
_STATEMENT_END = re.compile(
    r"(?:对吗|对吧|对不对|属实吗|属实吧|是真的吗|没错吧|没写错吧|是否属实|准确吗|是这样吧|都对吗|是吧|[,。;]核(?:对|实)?一下)[?。!]*$"
)
_QUESTION = re.compile(
    r"\?|什么|啥|多少|几|怎么|如何|哪|谁|吗|呢|是不是|有没有|为何|咋|为什么|是否|^请|请[问你您把帮]|帮|还是|多长|多久|以及"
)
_VERB = re.compile(r"[是有为达了共]|办|调解|聘|签|抽|移送|退回|维持|撤销|终止|废止|制发|安装|配备|报|清理")
_DATE = re.compile(
    r"(?:(?P<y>(?:19|20)\d\d)年?(?:度)?)?(?:(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})[日号])?)|(?P<y2>(?:19|20)\d\d)年|(?P<iso>(?:19|20)\d\d-\d\d-\d\d)"
)
_NEGATIVE = re.compile(r"没|未|不|无|尚|正在进行|有待|难以|严禁|取消|仍然?|缺|少于")
#: Negative in form only.
_NOT_NEGATIVE = re.compile(
    r"不予受理|不断|不仅|不忘|不同|不超过|不少于|不低于|不到|没到|没有?超过|无证|不公开为例外|无异议|不动产|不足的?问题|减少|未来"
)
_UNIVERSAL = re.compile(r"全部|都|均|所有|一律|全体|统统")
_NONE = re.compile(r"(?:[一1][件个起家]|半件)?(?:也|都)?(?:没有|没|未|不曾)(?:有)?(?:被)?|零件?|0件")
_MORE_THAN = re.compile(
    r"(?P<a>[\u4e00-\u9fff]{2,12}?)(?:的)?(?:案件|案子|件数|数量|数)?(?:比|高于|多于|超过|低于|少于)(?P<b>[\u4e00-\u9fff]{2,12}?)(?:的)?(?:案件|案子|件数|数量|数)?(?:要|还)?(?P<more>多|少|高|低)?(?:[得了一些点]*)$"
)
_SPOKEN = re.compile(r"就是|一共|总共|合计|全年|数量|件数|当年|去年|今年|据|标准|折合|左右|大概|那个|这个|案子|案件|里头|里面|其中|已经|共")
_PER_HEAD = re.compile(r"人均|每人|每个人|平均")
_TOTAL = re.compile(r"总额|总计|总共|一共|合计|总数|总量")
_SUM = re.compile(r"加起来|合计|相加|总计|共计")
_NOT_COUNTED = re.compile(r"^[^,。]{0,8}(?:也|都)?(?:没|未)")
_MIN_LABEL = 2


def looks_like_claim(text: str) -> bool:
    """Whether normalized *text* states something to be checked: a statement with figures, or one that ends in 对吗."""
    if "还是" in text:
        return False
    if _STATEMENT_END.search(text):
        return True
    return bool(find_quantities(text)) and not _QUESTION.search(text) and len(text) >= 6 and bool(_VERB.search(text))


def check_claim(text: str, known: ReportKnowledge) -> CheckedClaim | None:
    """Check the claim *text*; None when the report has nothing near it."""
    claim = strip_wrappers(_HEARSAY.sub("", _ASK_BACK.sub("", arabic_numerals(fold(text)))))
    claim = known.in_report_words(claim) or claim
    result = known.search(known.read(claim))
    if not result.candidates:
        return None
    section = known.section(result.candidates[0].section)
    if section is None:
        return None
    parts = _check_against(claim, section, result, known)
    support = max((p.support for p in parts), key=list(Support).index)
    return CheckedClaim(support, tuple(parts), section, _deciding_quote(result, section, parts), result)


def _check_against(claim: str, section: Section, result: SearchResult, known: ReportKnowledge) -> list[ClaimPart]:
    text = "\n".join(normalize_printed(line) for line in section.text.split("\n"))
    if len(claim) >= 4 and claim.strip("。, ") in text:
        return [ClaimPart(claim, Support.SUPPORTED, claim.strip("。, "))]
    stated = find_quantities(text)
    if compared := _check_comparison(claim, stated):
        return [compared]
    counted = [q for q in find_quantities(claim) if not (q.value == 1 and _NOT_COUNTED.match(q.after))]
    amounts = [_check_amount(q, claim, stated, text) for q in counted]
    dates = _check_dates(claim, text, section_years(section, known.report))
    bodies = _check_bodies(claim, text)
    quantifiers = _check_quantifiers(claim, stated)
    words = _check_words(claim, text, result, borne_out=any(p.support is Support.SUPPORTED for p in (*amounts, *quantifiers)))
    return [*amounts, *dates, *bodies, *quantifiers, words]


def _check_amount(claimed: Quantity, claim: str, stated: list[Quantity], text: str) -> ClaimPart:
    """The section's amount of the same thing must bear out the claimed one."""
    same_unit = [s for s in stated if s.unit == claimed.unit]
    if _SUM.search(claimed.before) and any(abs(a.value + b.value - claimed.value) < 1e-6 for a, b in pairwise(same_unit)):
        return ClaimPart(claimed.words, Support.SUPPORTED)
    if len(_label(claimed.before)) < _MIN_LABEL and len(claimed.after) < _MIN_LABEL:
        equal = next((s for s in same_unit if agrees(claimed, s)), None)
        if equal:
            return ClaimPart(claimed.words, Support.SUPPORTED, _around(text, equal))
    scored = [(_label_match(claimed, s), agrees(claimed, s), -s.start, s) for s in same_unit]
    best = max(scored, key=lambda row: row[:3], default=None)
    if best is None or best[0] < _MIN_LABEL:
        lone = len(same_unit) == 1 and len(find_quantities(claim)) == 1 and not _novel(claimed.before + claimed.after, text)
        if not lone or best is None:
            return ClaimPart(claimed.words, Support.NOT_ENOUGH_INFO)
    _, right, _, match = best
    if bool(_PER_HEAD.search(claimed.before + claimed.after)) < bool(_PER_HEAD.search(match.before)) and _TOTAL.search(claimed.before):
        return ClaimPart(claimed.words, Support.NOT_ENOUGH_INFO)  # a total is not the share of each
    if right:
        return ClaimPart(claimed.words, Support.SUPPORTED, _around(text, match))
    if rest := _rest_of(claimed, stated, match):
        return ClaimPart(claimed.words, Support.SUPPORTED if agrees(claimed, rest) else Support.REFUTED, _around(text, match))
    doubtful = _novel(claimed.before + claimed.after, text)
    return ClaimPart(claimed.words, Support.NOT_ENOUGH_INFO if doubtful else Support.REFUTED, _around(text, match))


def _label_match(claimed: Quantity, stated: Quantity) -> float:
    """How well the words around two amounts agree; words that touch the amount count most: 维持9件, 15个乡镇街道."""
    mine, theirs = _label(claimed.before), _label(stated.before)
    after, their_after = _SPOKEN.sub("", claimed.after).lstrip("的了"), stated.after.lstrip("的了")
    touching = max(Postfix.similarity(mine, theirs), Prefix.similarity(after, their_after), Postfix.similarity(after, theirs))
    shared = _common(mine[-12:], theirs[-16:]) + _common(after[:10], their_after[:10]) + 0.7 * _common(after[:10], theirs[-8:])
    return 5.0 * (touching if touching >= 2 else 0) + shared


def _label(before: str) -> str:
    return _SPOKEN.sub("", before.split("、")[-1]).rstrip("了有为是共达到约近的:已")


def _common(a: str, b: str) -> float:
    matches = LCSseq.similarity(a, b)
    return float(matches) if matches >= 2 else 0.0


def _rest_of(claimed: Quantity, stated: list[Quantity], match: Quantity) -> Quantity | None:
    """What is left of the total, for a claim on what was *not* done: 22 handled and 20 concluded leave 2."""
    if not _NEGATIVE.search(_NOT_NEGATIVE.sub("", claimed.before[-6:] + claimed.after[:8])):
        return None
    totals = [s for s in stated if s.unit == match.unit and s.start < match.start]
    if not totals or totals[-1].value < match.value:
        return None
    return replace(match, value=totals[-1].value - match.value, comparator=Comparator.EQUAL)


def _around(text: str, quantity: Quantity) -> str:
    return quantity.before[-10:] + quantity.words if (quantity.before[-10:] + quantity.words) in text else quantity.words


def _check_comparison(claim: str, stated: list[Quantity]) -> ClaimPart | None:
    """A比B多, between two amounts that the section states; None when the claim is no such comparison."""
    match = _MORE_THAN.search(claim)
    if not match or find_quantities(claim):
        return None
    sides = [_by_label(match[side], stated) for side in ("a", "b")]
    if not all(sides) or sides[0] is sides[1]:
        return None
    first, second = (s.value for s in sides if s)
    more = not (match["more"] in {"少", "低"} or "低于" in match[0] or "少于" in match[0])
    right = first > second if more else first < second
    words = [f"{s.before[-6:]}{s.words}" for s in sides if s]
    return ClaimPart(claim, Support.SUPPORTED if right else Support.REFUTED, words[0])


def _by_label(label: str, stated: list[Quantity]) -> Quantity | None:
    scored = [(_common(label[-6:], s.before[-6:]), -s.start, s) for s in stated]
    best = max(scored, key=lambda row: row[:2], default=None)
    return best[2] if best and best[0] >= _MIN_LABEL else None


def _check_quantifiers(claim: str, stated: list[Quantity]) -> list[ClaimPart]:
    """全部办结 against 20 of 22, 一件都没退回 against 退回1件."""
    parts = []
    for quantity in stated:
        label = quantity.before.split("、")[-1].removeprefix("其中").removeprefix("已")[-4:]
        if len(label) < 2 or label not in claim:
            continue
        place = claim.index(label)
        lead, tail = claim[max(0, place - 6) : place], claim[place + len(label) : place + len(label) + 4]
        counted = bool(re.search(r"\d", claim[max(0, place - 2) : place + len(label) + 3]))
        if not counted and _NONE.search(lead) and quantity.value > 0:
            parts.append(ClaimPart(lead + label, Support.REFUTED, quantity.before[-6:] + quantity.words))
        totals = [s for s in stated if s.unit == quantity.unit and s.start < quantity.start]
        if _UNIVERSAL.search(lead + tail) and totals and totals[-1].value > quantity.value and not _NONE.search(lead):
            parts.append(ClaimPart(lead + label, Support.REFUTED, quantity.before[-6:] + quantity.words))
    return parts


def _check_dates(claim: str, text: str, years: set[int]) -> list[ClaimPart]:
    """Each date of the claim against the date of the clause or line that speaks of the same thing."""
    stated = [(m, _date_parts(m)) for m in _DATE.finditer(text)]
    parts = []
    for match in _DATE.finditer(claim):
        wanted = _date_parts(match)
        agreeing = [m for m, have in stated if _same_date(wanted, have)]
        label = _clause_around(claim, match)
        near = max(stated, key=lambda pair: (_common(label, _clause_around(text, pair[0])), _same_date(wanted, pair[1])), default=None)
        if near is None:
            whole = wanted[1] is None and wanted[0] in years
            parts += [] if whole else [ClaimPart(match[0], Support.NOT_ENOUGH_INFO)]
        elif not _same_date(wanted, near[1]):
            bound = _common(label, _clause_around(text, near[0])) >= 2 and (wanted[1] is not None or not agreeing)
            if bound:
                parts.append(ClaimPart(match[0], Support.REFUTED, near[0][0]))
            elif not agreeing and not (wanted[1] is None and wanted[0] in years):
                parts.append(ClaimPart(match[0], Support.NOT_ENOUGH_INFO))
        elif wanted[1] is not None:
            parts.append(ClaimPart(match[0], Support.SUPPORTED, near[0][0]))
    return parts


DateParts = tuple[int | None, int | None, int | None]


def _date_parts(match: re.Match[str]) -> DateParts:
    if match["iso"]:
        year, month, day = match["iso"].split("-")
        return int(year), int(month), int(day)
    year = match["y"] or match["y2"]
    return (int(year) if year else None, int(match["m"]) if match["m"] else None, int(match["d"]) if match["d"] else None)


def _same_date(wanted: DateParts, have: DateParts) -> bool:
    return all(w is None or h is None or w == h for w, h in zip(wanted, have, strict=True)) and any(
        w is not None and w == h for w, h in zip(wanted, have, strict=True)
    )


def _clause_around(text: str, match: re.Match[str]) -> str:
    start = max((text.rfind(mark, 0, match.start()) for mark in ",。;\n"), default=-1) + 1
    ends = [e for mark in ",。;\n" if (e := text.find(mark, match.end())) >= 0]
    before = text[start : match.start()] or text[max(0, start - 12) : start]
    return before + text[match.end() : min(ends, default=len(text))]


def _check_bodies(claim: str, text: str) -> list[ClaimPart]:
    """A body that the section does not name, where the section names others in its place."""
    there = find_bodies(text)
    parts = []
    for body in find_bodies(claim):
        if speaks_of(text, body):
            continue
        parts.append(ClaimPart(body, Support.REFUTED if there else Support.NOT_ENOUGH_INFO))
    return parts


def _check_words(claim: str, text: str, result: SearchResult, *, borne_out: bool) -> ClaimPart:
    """Whether the section's words cover the claim's, with the same polarity."""
    bare = _SPOKEN.sub("", claim)
    grams = set(character_grams(re.sub(r"[\d.%]+", "", bare), sizes=(2,)))
    covered = sum(gram in text for gram in grams) / max(1, len(grams))
    clause = _closest_clause(bare, text)
    limits = model_weights()["claims"]
    if opposite := _opposite(bare, clause, text):
        return ClaimPart(opposite, Support.REFUTED, clause)
    if not borne_out and covered >= limits["polarity"] and _is_negative(bare) != _is_negative(clause):
        return ClaimPart(claim, Support.REFUTED, clause)
    gap = result.stance.get("gap", 0.0) > result.stance.get("answer", 0.0)
    enough = covered >= limits["covered"] or (borne_out and covered >= limits["covered_with_figures"] and not gap)
    return ClaimPart(claim, Support.SUPPORTED if enough else Support.NOT_ENOUGH_INFO, clause if enough else "")


def _opposite(claim: str, clause: str, text: str) -> str:
    """A word of the claim whose opposite stands in the clause in its place; empty when there is none."""
    for words, opposites in _antonyms():
        said = next((word for word in words if word in claim and word not in text), "")
        if said and any(word in clause for word in opposites):
            return said
    return ""


@cache
def _antonyms() -> tuple[tuple[list[str], list[str]], ...]:
    lines = files("knowledge").joinpath("data/antonyms.txt").read_text(encoding="utf-8").splitlines()
    sides = [[side.split() for side in line.split("|")] for line in lines if line and not line.startswith("#")]
    return tuple(pair for left, right in sides for pair in ((left, right), (right, left)))


def _closest_clause(claim: str, text: str) -> str:
    grams = set(character_grams(claim, sizes=(2,)))
    pieces = [piece for piece in re.split(r"[,。;\n]", text) if piece]
    held = [grams & set(character_grams(piece, sizes=(2,))) for piece in pieces]
    count = Counter(gram for found in held for gram in found)
    # A pair that stands in every clause, such as 复议, tells none of them apart.
    scores = [sum(1 / count[gram] for gram in found) for found in held]
    return pieces[scores.index(max(scores))] if pieces else ""


def _is_negative(text: str) -> bool:
    return bool(_NEGATIVE.search(_NOT_NEGATIVE.sub("", text)))


_PLAIN_WORDS = re.compile(
    r"人均|每人|每个人|报告|全市|市里|市政府|永安市?|进行|开展|有关|相关|情况|工作|只有|仅|仅仅|其实|实际|应该|最后|最终|结果|全年|整个|是|有|为|了|的|共|办理|办|做|搞|达到?|在"
)


def _novel(label: str, text: str) -> bool:
    """Whether the words beside an amount speak of something that the section does not."""
    bare = _PLAIN_WORDS.sub(" ", _SPOKEN.sub(" ", label))
    runs: list[str] = re.findall(r"[\u4e00-\u9fff]{2,}", bare)
    grams = [run[i : i + 2] for run in runs for i in range(len(run) - 1)]
    return bool(grams) and sum(gram in text for gram in grams) / len(grams) < model_weights()["claims"]["novel"]


def _deciding_quote(result: SearchResult, section: Section, parts: list[ClaimPart]) -> Quote:
    """The words of the section around what its parts were judged by; offsets are found in the printed text."""
    places = [(at, at + len(p.stated)) for p in parts if p.stated and (at := section.text.find(p.stated)) >= 0]
    if not places:
        return choose_quote(result, section)
    wanted = (min(s for s, _ in places), max(e for _, e in places))
    if wanted[1] - wanted[0] > MAX_QUOTE_CHARS:
        wanted = places[0]
    start, end = quote_around(section.text, wanted)
    return Quote(section.text[start:end], start)
