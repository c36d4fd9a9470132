"""A claim against the report: every amount, date, body and negation in it, each with its own verdict.

"Supported" is said only when what the claim names and counts lines up with one section; what lines up and differs is refuted;
what does not line up is not enough information.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.answerable import answerable_features
from knowledge.claim_amounts import SPOKEN, check_amount, check_comparison, check_quantifiers, is_negative
from knowledge.claim_clauses import aspect_clause, closest_clause, opposite_in
from knowledge.claim_dates import check_dates
from knowledge.claim_features import EVIDENCE, claim_judge, claim_signals, count_of
from knowledge.claim_lists import check_lists
from knowledge.claim_parts import ClaimPart, Support
from knowledge.claim_slots import check_documents, check_slots
from knowledge.entities import find_bodies, names_body
from knowledge.library import ReportKnowledge
from knowledge.normalize import arabic_numerals, fold, normalize_printed, strip_wrappers
from knowledge.qualifiers import section_years
from knowledge.quantity import find_quantities
from knowledge.quote import Quote, choose_quote
from knowledge.records import Section
from knowledge.retriever import SearchResult
from knowledge.span import MAX_QUOTE_CHARS, quote_around
from knowledge.tokenizer import character_grams
from knowledge.weights import model_weights


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """A claim with its verdict.

    Attributes:
        claim: What was checked, as typed, without what people put around it.
        support: The worst verdict of its parts.
        confidence: Belief in that verdict, in [0, 1].
        parts: In the order they were checked.
        section: The section that decides it.
        quote: The words that decide it.
        result: The search behind it.
    """

    claim: str
    support: Support
    confidence: float
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
#: The two characters before the kind tell one name from another; a document's number counts with its bracket.
_NAMED = re.compile(
    r"(?![\u4e00-\u9fff]?[跟和与同是的了请聘家名位某该等所府被由])[\u4e00-\u9fff]{2}(律师事务所|镇(?!街)|街道(?!办)|日报|大学|公司)|〕\d+(号)"
)
_ACTORS = re.compile(r"市政府|人民政府|事务所|部门|单位|委员会")
#: A claim on what is left, which the amounts have decided.
_REMAINING = re.compile(r"(?:没|未|尚未|还没)(?:有)?[\u4e00-\u9fff]{0,2}(?:办|结|完|处理)")
#: Denials in form that affirm: what they come to.
_AFFIRMED = (
    (re.compile(r"[一1][件份个项条家]不[落漏少差]地?|无一例外|悉数|一个都不[能少]少?"), "全部"),
    (re.compile(r"没有?(?:任何)?[一1][件份个项条家起次例宗部]([^,。;没未不]{0,10}?)是?(?:不(?!予|受理)|没有?)"), r"\1全部"),
    (re.compile(r"不(?:止|光|单单?|仅仅?|只)(?:只?是|只?在)?(?![\d多一])"), ""),
    (re.compile(r"不得不|不能不|不可不|无不|没有?不"), ""),
    (re.compile(r"绕不[开过]|少不了|离不开|必?不可(?:或缺|缺少|少)"), "必须"),
)
#: Deeds as they are spoken of, and as reports write them.
_SPOKEN_DEEDS = (
    (re.compile(r"退了?回[来去]了?"), "退回"),
    (re.compile(r"(?<![办审完])(?:办|结)(?:完|掉)了?|(?<![办审完])结了案?"), "办结"),
)
#: 没有一件被撤销 counts nothing: it denies.
_NOT_ONE = re.compile(r"(没有?(?:任何)?|未有?)[一1][件份个项条家起次例宗部](?!\d|是?不)")
_ROUND = {"半个月": "15日", "一周": "7日", "1周": "7日", "半年": "6个月", "一打": "12个", "1打": "12个"}
_ROUND_SPANS = re.compile(rf"(?<![上下])(?:{'|'.join(_ROUND)})")
#: An amount of nothing that is named: 每年20万.
_UNCOUNTED = re.compile(r"(?<![\d.])\d+(?:\.\d+)?[万亿](?=[,。;]|$)")
#: 和市法院一起 is no count.
_TOGETHER = re.compile(r"[和跟与同][^,。]{1,10}$")
_NOT_COUNTED = re.compile(r"^[^,。]{0,8}(?:也|都)?(?:没|未)")


_MORE_LIKELY_THAN_NOT = 0.5
#: The same, where the words of the claim are judged too, whose beliefs are bolder.
_ALMOST_SURE = 0.8


def looks_like_claim(text: str) -> bool:
    """Whether normalized *text* states something to be checked: a statement with figures, or one that ends in 对吗."""
    if "还是" in text:
        return False
    if _STATEMENT_END.search(text):
        return True
    return bool(find_quantities(text)) and not _QUESTION.search(text) and len(text) >= 6 and bool(_VERB.search(text))


def check_claim(text: str, known: ReportKnowledge) -> CheckedClaim | None:
    """Check the claim *text*; None when the report has nothing near it."""
    claim = claim_text(text, known)
    result = known.search(known.read(claim))
    section = known.section(result.candidates[0].section) if result.candidates else None
    if section is None:
        return None
    found = apply_rules(claim, section, result, known)
    support, confidence = found.settled, 1.0
    if support is None:
        support, confidence = judge(found, result, known)
    parts = _agreeing(found.parts, support)
    return CheckedClaim(_bare(text), support, confidence, parts, section, _deciding_quote(result, section, parts), result)


def claim_text(text: str, known: ReportKnowledge) -> str:
    """A claim folded, in the report's words and units, without what people put around it."""
    claim = strip_wrappers(_bare(arabic_numerals(fold(text))))
    for pattern, words in _AFFIRMED:
        claim = pattern.sub(words, claim)
    claim = _NOT_ONE.sub(r"\1", claim)
    for pattern, words in _SPOKEN_DEEDS:
        claim = pattern.sub(words, claim)
    return _ROUND_SPANS.sub(lambda m: _ROUND[m[0]], known.in_report_words(claim) or claim)


def _bare(text: str) -> str:
    """A claim without 听说 before it and 对吗 after it."""
    return _HEARSAY.sub("", _ASK_BACK.sub("", text)).strip()


@dataclass(frozen=True, slots=True)
class RulesFound:
    """What the rules find in a claim against a section.

    Attributes:
        claim: The claim, see ``claim_text``.
        text: The section's text, folded.
        parts: Pieces with their verdicts, the claim as a whole last.
        signals: What they come to, in numbers, see ``knowledge.claim_features``.
        settled: The verdict where the rules leave no doubt: the section says it to the letter, or two of its amounts do.
    """

    claim: str
    text: str
    parts: tuple[ClaimPart, ...]
    signals: dict[str, float]
    settled: Support | None = None


def apply_rules(claim: str, section: Section, result: SearchResult, known: ReportKnowledge) -> RulesFound:
    """Check every piece of *claim* against *section* by rule."""
    text = "\n".join(normalize_printed(line) for line in section.text.split("\n"))
    if len(claim) >= 4 and claim.strip("。, ") in text:
        whole = ClaimPart(claim, Support.SUPPORTED, claim.strip("。, "))
        return RulesFound(claim, text, (whole,), {}, Support.SUPPORTED)
    stated = find_quantities(text)
    if compared := check_comparison(claim, stated):
        return RulesFound(claim, text, (compared,), {}, compared.support)
    counted = [q for q in find_quantities(claim) if not (q.value == 1 and (_NOT_COUNTED.match(q.after) or _TOGETHER.search(q.before)))]
    amounts = [check_amount(q, claim, stated, text) for q in counted]
    settled = any(part.support is Support.SUPPORTED and _REMAINING.search(claim) for part in amounts)
    believed = known.answer_model.belief(answerable_features(result, section))
    words = _check_words(claim, text, settled=settled, believed=believed)
    groups = {
        "amounts": _once([*amounts, *(ClaimPart(match[0], Support.NOT_ENOUGH_INFO) for match in _UNCOUNTED.finditer(claim))]),
        "dates": check_dates(claim, text, section_years(section, known.report)),
        "bodies": _check_bodies(claim, text),
        "quantifiers": check_quantifiers(claim, stated),
        "lists": check_lists(claim, text),
        "slots": check_slots(claim, text),
        "documents": check_documents(claim, text),
        "places": _check_places(claim, section, known),
    }
    parts = (*(part for group in groups.values() for part in group), words)
    if believed < model_weights()["claims"]["doubted"]:  # what the section does not speak of, it neither bears out nor refutes
        parts = tuple(replace(p, support=Support.NOT_ENOUGH_INFO) if p.support is Support.REFUTED else p for p in parts)
    verdict = max((p.support for p in parts), key=list(Support).index)
    signals = {f"{name}_{support.value}": count_of(group, support) for name, group in groups.items() for support in Support}
    opposite = opposite_in(claim, aspect_clause(claim, text) or closest_clause(claim, text), text)
    signals |= {"opposites": float(bool(opposite)), "belief": believed}
    signals |= {f"rules_{support.value}": float(verdict is support) for support in Support}
    return RulesFound(claim, text, parts, signals)


def judge(found: RulesFound, result: SearchResult, known: ReportKnowledge) -> tuple[Support, float]:
    """The verdict on a claim that the rules alone do not settle, and the belief in it in [0, 1]."""
    signals = claim_signals(found.claim, found.text, found.signals, result, known.tokenizer)
    words = known.claim_words
    beliefs = words.beliefs(signals, found.claim, found.text) if words else claim_judge().beliefs(signals)
    refuted = beliefs[Support.REFUTED]
    if refuted >= model_weights()["claims"]["contradicted"] and any(signals[name] > least for name, least in EVIDENCE.items()):
        return Support.REFUTED, refuted
    # Amounts that the section bears out are not refuted by a feeling.
    borne_out = bool(signals["rules_supported"] and signals["amounts_supported"]) and refuted < (
        _ALMOST_SURE if words else _MORE_LIKELY_THAN_NOT
    )
    best = max((s for s in Support if not (borne_out and s is Support.REFUTED)), key=lambda support: beliefs[support])
    if best is Support.SUPPORTED and (signals["amounts_refuted"] or signals["dates_refuted"]):
        best = Support.REFUTED  # a figure that differs is never affirmed, however much the words sound like a true claim's
    return best, beliefs[best]


def _agreeing(parts: tuple[ClaimPart, ...], verdict: Support) -> tuple[ClaimPart, ...]:
    """The parts with no worse verdict than the whole, and the whole, which comes last, with the verdict itself."""
    *pieces, whole = parts
    rank = list(Support).index
    kept = [
        replace(part, support=min(part.support, verdict, key=rank))
        for part in pieces
        if verdict is not Support.SUPPORTED or part.support is verdict
    ]
    refuted = any(part.support is verdict for part in kept)
    return (*kept, whole if refuted and whole.support is not verdict else replace(whole, support=verdict))


def _check_places(claim: str, section: Section, known: ReportKnowledge) -> list[ClaimPart]:
    """Places that the claim names and the section does not: 福州市委 where 三明市委 stands."""
    named = known.qualifiers(known.read(claim)).places
    return [ClaimPart(place, Support.REFUTED) for place in named if place not in section.title + section.text]


def _once(amounts: list[ClaimPart]) -> list[ClaimPart]:
    """One amount of the section bears out one amount of the claim: near 800 entered does not say that 600 passed."""
    kept: list[ClaimPart] = []
    for part in amounts:
        taken = part.support is Support.SUPPORTED and part.stated and any(k.stated == part.stated and k.words != part.words for k in kept)
        kept.append(replace(part, support=Support.NOT_ENOUGH_INFO, stated="") if taken else part)
    return kept


def _check_bodies(claim: str, text: str) -> list[ClaimPart]:
    """A body that the section does not name, where the section names others in its place."""
    there = bool(find_bodies(text) or _ACTORS.search(text))
    parts = [ClaimPart(name, Support.REFUTED) for name in _other_names(claim, text)]
    for body in find_bodies(claim):
        if names_body(text, body):
            continue
        parts.append(ClaimPart(body, Support.REFUTED if there else Support.NOT_ENOUGH_INFO))
    return parts


def _other_names(claim: str, text: str) -> list[str]:
    """Names of the claim that the section does not hold, where it holds others of their kind: 大成律师事务所, 小陶镇, 5号."""
    found = []
    for match in _NAMED.finditer(claim):
        name, kind = match[0], match[1] or match[2]
        if name not in text and any(other[1] == kind or other[2] == kind for other in _NAMED.finditer(text)):
            found.append(name)
    return found


def _check_words(claim: str, text: str, *, settled: bool, believed: float) -> ClaimPart:
    """Whether the section speaks of what the claim says, with the same polarity.

    Args:
        claim: The claim.
        text: The section.
        settled: Whether an amount has already decided what is denied.
        believed: Belief that the section states what the claim is about.
    """
    bare = SPOKEN.sub("", claim)
    grams = set(character_grams(re.sub(r"[\d.%]+", "", bare), sizes=(2,)))
    covered = sum(gram in text for gram in grams) / max(1, len(grams))
    clause = aspect_clause(bare, text) or closest_clause(bare, text)
    limits = model_weights()["claims"]
    if believed < limits["believed"] and covered < limits["covered"]:
        return ClaimPart(claim, Support.NOT_ENOUGH_INFO)
    if opposite := opposite_in(bare, clause, text):
        return ClaimPart(opposite, Support.REFUTED, clause)
    if is_negative(bare) != is_negative(clause) and not settled and covered >= limits["polarity"]:
        return ClaimPart(claim, Support.REFUTED, clause)
    return ClaimPart(claim, Support.SUPPORTED, clause)


def _deciding_quote(result: SearchResult, section: Section, parts: Sequence[ClaimPart]) -> Quote:
    """The words of the section around what its parts were judged by; offsets are found in the printed text."""
    places = [(at, at + len(p.stated)) for p in parts if p.stated and (at := section.text.find(p.stated)) >= 0]
    if not places:
        return choose_quote(result, section)
    wanted = (min(s for s, _ in places), max(e for _, e in places))
    if wanted[1] - wanted[0] > MAX_QUOTE_CHARS:
        wanted = places[0]
    start, end = quote_around(section.text, wanted)
    return Quote(section.text[start:end], start)
