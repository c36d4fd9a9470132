"""The amounts of a claim against the amounts of a section: bound to their labels, compared, added up, counted out."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from rapidfuzz.distance import LCSseq, Postfix, Prefix

from knowledge.claim_parts import ClaimPart, Support
from knowledge.quantity import Comparator, Quantity, agrees, find_quantities
from knowledge.weights import model_weights

_NEGATIVE = re.compile(r"没|未|不|无|尚|正在进行|有待|难以|严禁|取消|仍然?|缺|少于")
#: Negative in form only.
_NOT_NEGATIVE = re.compile(
    r"不予受理|不断|不仅|不忘|不同|不超过|不少于|不低于|不到|没到|没有?超过|无证|不公开为例外|无异议|不动产|不足的?问题|减少|未来"
)
_UNIVERSAL = re.compile(r"全部|都|均|所有|一律|全体|统统")
_NONE = re.compile(r"(?:[一1][件个起家]|半件)?(?:也|都)?(?:没有|没|未|不曾)(?:有)?(?:被)?|零件?|0件")
_NONE_AT_ALL = re.compile(r"[一1][件个起家](?:也|都)(?:没有|没|未)|零件?|0件")
_MORE_THAN = re.compile(
    r"(?P<a>[\u4e00-\u9fff]{2,12}?)(?:的)?(?:案件|案子|件数|数量|数)?(?:比|高于|多于|超过|低于|少于)(?P<b>[\u4e00-\u9fff]{2,12}?)(?:的)?(?:案件|案子|件数|数量|数)?(?:要|还)?(?P<more>多|少|高|低)?(?:[得了一些点]*)$"
)
_COUNT_WORDS = re.compile(r"的?(?:案件数|案件|案子|件数|数量|数)?$|的$")
_DIFFERENCE = re.compile(
    r"(?P<a>[\u4e00-\u9fff]{2,12}?)比(?P<b>[\u4e00-\u9fff]{2,12}?)(?:还|要)?(?P<more>多|少|高|低)(?:了|出)?(?P<by>[^,。;]{2,10})$"
)
SPOKEN = re.compile(r"就是|一共|总共|合计|全年|数量|件数|当年|去年|今年|据|标准|折合|左右|大概|那个|这个|案子|案件|里头|里面|其中|已经|共")
_PER_HEAD = re.compile(r"人均|每人|每个人|平均")
_TOTAL = re.compile(r"总额|总计|总共|一共|合计|总数|总量")
_SUM = re.compile(r"加起来|合起来|合在一起|合计|相加|总计|共计|两[批项类者](?:一)?共")
_DONE = re.compile(r"(?:办结|审结|结案|完成|办理完毕|处理完毕|整改到位)[^,。;]{0,2}$")
_MIN_LABEL = 2
_DAYS = {"日": 1, "天": 1, "月": 30, "个月": 30, "年": 365}
_PLAIN_WORDS = re.compile(
    r"人均|每人|每个人|报告|全市|市里|市政府|永安市?|进行|开展|有关|相关|情况|工作|只有|仅|仅仅|其实|实际|应该|最后|最终|结果|全年|整个|是|有|为|了|的|共|办理|办|做|搞|达到?|在"
)


def check_amount(claimed: Quantity, claim: str, stated: list[Quantity], text: str) -> ClaimPart:
    """The section's amount of the same thing must bear out the claimed one."""
    same_unit = [s for s in stated if s.unit == claimed.unit] or _as_limits(claimed, stated)
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


def _as_limits(claimed: Quantity, stated: list[Quantity]) -> list[Quantity]:
    """Time limits of other units in the claim's unit: a claim of 1个月内 against 15日内."""
    if claimed.unit not in _DAYS or not claimed.words.endswith("内"):
        return []
    limits = [s for s in stated if s.unit in _DAYS and s.words.endswith("内")]
    return [replace(s, value=s.value * _DAYS[s.unit] / _DAYS[claimed.unit]) for s in limits]


def _label_match(claimed: Quantity, stated: Quantity) -> float:
    """How well the words around two amounts agree; words that touch the amount count most: 维持9件, 15个乡镇街道."""
    mine, theirs = _label(claimed.before), _label(stated.before)
    after, their_after = SPOKEN.sub("", claimed.after).lstrip("的了"), stated.after.lstrip("的了")
    touching = max(Postfix.similarity(mine, theirs), Prefix.similarity(after, their_after), Postfix.similarity(after, theirs))
    shared = common(mine[-12:], theirs[-16:]) + common(after[:10], their_after[:10]) + 0.7 * common(after[:10], theirs[-8:])
    return 5.0 * (touching if touching >= 2 else 0) + shared


def _label(before: str) -> str:
    return SPOKEN.sub("", before.split("、")[-1]).rstrip("了有为是共达到约近的:已")


def common(a: str, b: str) -> float:
    """Characters in common and in order; 0 below two, which is chance."""
    matches = LCSseq.similarity(a, b)
    return float(matches) if matches >= 2 else 0.0


def _rest_of(claimed: Quantity, stated: list[Quantity], match: Quantity) -> Quantity | None:
    """What is left of the total, for a claim on what was *not* done: 22 handled and 20 concluded leave 2."""
    if not _NEGATIVE.search(_NOT_NEGATIVE.sub("", claimed.before[-6:] + claimed.after[:8])):
        return None
    same = [s for s in stated if s.unit == match.unit]
    if not _DONE.search(match.before) and (done := next((s for s in same if s.start > match.start and _DONE.search(s.before)), None)):
        return replace(match, value=match.value - done.value, comparator=Comparator.EQUAL) if done.value <= match.value else None
    totals = [s for s in same if s.start < match.start]
    if not totals or totals[-1].value < match.value:
        return None
    return replace(match, value=totals[-1].value - match.value, comparator=Comparator.EQUAL)


def _around(text: str, quantity: Quantity) -> str:
    return quantity.before[-10:] + quantity.words if (quantity.before[-10:] + quantity.words) in text else quantity.words


def check_comparison(claim: str, stated: list[Quantity]) -> ClaimPart | None:
    """A比B多, between two amounts that the section states; None when the claim is no such comparison."""
    if (difference := _DIFFERENCE.search(claim)) and (given := find_quantities(difference["by"])):
        return _check_difference(difference, given[0], claim, stated)
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


def _check_difference(match: re.Match[str], given: Quantity, claim: str, stated: list[Quantity]) -> ClaimPart | None:
    """A比B多五件: both amounts must be stated and differ by so much, in that direction."""
    sides = [_by_label(_COUNT_WORDS.sub("", match[side]), stated) for side in ("a", "b")]
    if not all(sides) or sides[0] is sides[1]:
        return None
    first, second = (s for s in sides if s)
    difference = first.value - second.value if match["more"] in {"多", "高"} else second.value - first.value
    words = f"{first.before[-6:]}{first.words}"
    right = agrees(given, replace(first, value=difference, comparator=Comparator.EQUAL))
    return ClaimPart(claim, Support.SUPPORTED if right else Support.REFUTED, words)


def _by_label(label: str, stated: list[Quantity]) -> Quantity | None:
    scored = [(5 * Postfix.similarity(label, _label(s.before)) + common(label[-6:], s.before[-6:]), -s.start, s) for s in stated]
    best = max(scored, key=lambda row: row[:2], default=None)
    return best[2] if best and best[0] >= _MIN_LABEL else None


def check_quantifiers(claim: str, stated: list[Quantity]) -> list[ClaimPart]:
    """全部办结 against 20 of 22, 一件都没退回 against 退回1件."""
    parts = []
    for quantity in stated:
        label = quantity.before.split("、")[-1].removeprefix("其中").removeprefix("已")[-4:]
        if len(label) < 2 or label not in claim:
            continue
        place = claim.index(label)
        lead = re.split(r"[,。;]", claim[max(0, place - 6) : place])[-1]
        tail = claim[place + len(label) : place + len(label) + 4]
        if tail.startswith("被"):  # 没有规范性文件被撤销 denies the annulment, not the documents
            continue
        counted = bool(re.search(r"\d", claim[max(0, place - 2) : place + len(label) + 3]))
        given = any(q.unit == quantity.unit and q.value != 1 for q in find_quantities(claim))
        none = _NONE_AT_ALL.search(lead) or (_NONE.search(lead) and not given)
        if not counted and none and quantity.value > 0:
            parts.append(ClaimPart(lead + label, Support.REFUTED, quantity.before[-6:] + quantity.words))
        totals = [s for s in stated if s.unit == quantity.unit and s.start < quantity.start]
        if _UNIVERSAL.search(lead + tail) and totals and totals[-1].value > quantity.value and not _NONE.search(lead):
            parts.append(ClaimPart(lead + label, Support.REFUTED, quantity.before[-6:] + quantity.words))
    return parts


def _novel(label: str, text: str) -> bool:
    """Whether the words beside an amount speak of something that the section does not."""
    bare = _PLAIN_WORDS.sub(" ", SPOKEN.sub(" ", label))
    runs: list[str] = re.findall(r"[\u4e00-\u9fff]{2,}", bare)
    grams = [run[i : i + 2] for run in runs for i in range(len(run) - 1)]
    return bool(grams) and sum(gram in text for gram in grams) / len(grams) < model_weights()["claims"]["novel"]


def is_negative(text: str) -> bool:
    """Whether a clause denies something, words negative in form only left aside."""
    return bool(_NEGATIVE.search(_NOT_NEGATIVE.sub("", text)))
