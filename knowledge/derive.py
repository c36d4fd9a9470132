"""Values that the report's own figures give and it does not print: what is left, what they come to together, a share.

Only figures that belong together are reckoned with: a total and its part, parts that add up to their total, amounts that one
clause joins, amounts of the same thing in one section. Each step is shown with the figures it was made from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from knowledge.answer_type import AnswerType, asked_types
from knowledge.records import Figure, Section


class Operation(StrEnum):
    """How figures are combined."""

    DIFFERENCE = "difference"
    SUM = "sum"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Computation:
    """A value worked out from figures of one section.

    Attributes:
        operation: How.
        operands: The figures, in the order of the reckoning.
        formula: The reckoning in full, e.g. ``22件 − 20件 = 2件``.
    """

    operation: Operation
    operands: tuple[Figure, ...]
    formula: str


@dataclass(frozen=True, slots=True)
class _Bond:
    """Figures that belong together: parts of *whole*, or equals where there is none."""

    parts: tuple[Figure, ...]
    whole: Figure | None = None
    joined: bool = False


_TOTAL = re.compile(r"共|合计|总[计数]|总共")
_PART = re.compile(r"(?:^|[,，、])(?:已|其中)[^,，。]*$")
_SET_ASIDE = re.compile(r"^(?:退回|撤回|驳回|取消|剔除|作废|未通过|不合格|不予)")
_JOINED = re.compile(r"^[^,，。;；]{0,2}(?:和|与|及)")

_HOW_MANY = re.compile(r"几|多少|数")
_LEFT = re.compile(r"剩|余下|还有|还差|[没未](?:有)?(?:办|结|完|处理|审)|扣[掉除]|减[去掉]|刨[去掉]|除[去掉]|去掉")
_MORE = re.compile(r"比.{1,12}(?:多|少|高|低)(?:了|出)?(?:几|多少)|(?:相差|差)(?:了)?(?:几|多少)")
_TOGETHER = re.compile(
    r"加(?:起来|上|一[起块]|在一[起块]|总)|相加|合(?:起来|计|一块|在一[起块])|一共|总共|拢共|统共|总计|总数|共计|共多少|共几|总和"
)
#: What a question may hold beside that and still leave unsaid which figures are meant: 这两个加起来是多少件.
_UNSAID = re.compile(r"[那这两俩三2-9几个项类者样它们是有多少数件份家人次台场名点一总共呢的了吧啊呀,，?？\s]|结果|算|等于|之间|百分点")
_UNDONE = re.compile(r"[没未](?:有)?[做办处]?[完结理]|剩|余下")
_SHARE_OF = re.compile(r"占|比例|比重|百分之|百分比|几成|率")
#: What a share is reckoned on: 按办结数算.
_BASE = re.compile(r"(?:按|以|照)[^,，。]{1,10}(?:算|计|来看|为基数)")
_OF_TOTAL = re.compile(r"占(?:全部|所有|总|办理|受理|\d)|(?:总数|办理数|受理数)[^,，]{0,2}(?:算|计|为基数)")
_NOT = re.compile(r"[没未不](?:能|有)?$")
#: Asked along with one of these, the value is not what is wanted.
_OTHER_TYPES = frozenset(AnswerType) - {AnswerType.COUNT}
_MAX_LABEL = 6


def derive(text: str, section: Section, figures: Sequence[Figure]) -> Computation | None:
    """Work out what normalized *text* asks for from the figures of *section*; None when they do not give it.

    Args:
        text: The question.
        section: The section it is about.
        figures: Figures of the report, in order.
    """
    if asked_types(text) & _OTHER_TYPES:
        return None
    bonds = list(_bonds(section, [f for f in figures if f.section == section.id and f.unit != "date"]))
    if _MORE.search(text) and (difference := _difference(text, bonds)):
        return difference
    if _SHARE_OF.search(text):
        return _share(text, bonds) or _complement(text, [f for f in figures if f.section == section.id])
    if not _HOW_MANY.search(text):
        return None
    if _LEFT.search(text):
        return _difference(text, bonds)
    return _sum(text, bonds) if _TOGETHER.search(text) else None


def sums_unsaid(text: str) -> bool:
    """Whether normalized *text* asks what figures come to together, or differ by, and leaves unsaid which: 加起来多少."""
    return any(found and not _UNSAID.sub("", left) for left, found in (asked.subn("", text) for asked in (_TOGETHER, _MORE)))


def _bonds(section: Section, figures: Sequence[Figure]) -> Iterator[_Bond]:
    text = section.text
    for i, figure in enumerate(figures):
        later = [f for f in figures[i + 1 :] if f.unit == figure.unit]
        for other in later:
            if _counted(text, figure) and _counted(text, figure) == _counted(text, other):
                yield _Bond((figure, other))
        if not later:
            continue
        between = text[figure.end : later[0].start]
        if "其中" in between and _one_sentence(between.replace("。其中", "其中")) and (parts := _adding_up(figure, later)):
            yield _Bond(parts, figure)
        if not _one_sentence(between):
            continue
        if _TOTAL.search(text[max(0, figure.start - 20) : figure.start]) and _PART.search(between):
            yield _Bond((later[0],), figure)
        if _SET_ASIDE.search(later[0].subject) and _amount(later[0]) <= _amount(figure):
            yield _Bond((later[0],), figure)
        if _JOINED.search(between):
            yield _Bond((figure, later[0]), joined=True)
        if figure.unit == "%":  # two rates of one clause may be compared, though never added
            yield _Bond((figure, later[0]))


def _one_sentence(text: str) -> bool:
    return not re.search(r"[。;；\n]", text)


def _adding_up(whole: Figure, later: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures after *whole* that add up to it exactly; none when they do not."""
    total = Decimal(0)
    for count, figure in enumerate(later, 1):
        total += _amount(figure)
        if total == _amount(whole) and count > 1:
            return tuple(later[:count])
    return ()


def _counted(text: str, figure: Figure) -> str:
    """What a figure counts, where it stands right after it: 12件规范性文件."""
    match = re.match(r"[\u4e00-\u9fff]{2,8}?(?=[,，。;；、和与及进已]|$)", text[figure.end :])
    return match[0] if match else ""


def _amount(figure: Figure) -> Decimal:
    return Decimal(figure.value)


def _named(text: str, figure: Figure) -> bool:
    """Whether the question names what the figure is of: 维持, 拟再废止、失效及修改."""
    label = figure.subject[-_MAX_LABEL:]
    return any(label[i : i + 2] in text for i in range(len(label) - 1)) if len(label) > 1 else label in text


def _difference(text: str, bonds: Sequence[_Bond]) -> Computation | None:
    if _MORE.search(text):
        pairs = [named for b in bonds if not b.joined and len(named := [f for f in b.parts if _named(text, f)]) == 2]
        return _subtract(*sorted(pairs[0], key=_amount, reverse=True)) if pairs else None
    # What is left when a part is taken off its whole: what is not yet 办结, what remains after 退回.
    options = [(b.whole, b.parts[0]) for b in bonds if b.whole and len(b.parts) == 1]
    scored = [(_shared(text, part.subject), _shared(text, whole.subject), whole, part) for whole, part in options]
    best = max(scored, key=lambda row: row[:2], default=None)
    return _subtract(best[2], best[3]) if best and (best[0] or _UNDONE.search(text)) else None


def _shared(text: str, label: str) -> int:
    return sum(char in text for char in label[-_MAX_LABEL:])


def _subtract(more: Figure, less: Figure) -> Computation:
    result = _amount(more) - _amount(less)
    unit = "个百分点" if more.unit == "%" else more.unit  # what two rates differ by is no rate
    return Computation(Operation.DIFFERENCE, (more, less), f"{_shown(more)} − {_shown(less)} = {result}{unit}")


def _sum(text: str, bonds: Sequence[_Bond]) -> Computation | None:
    for bond in (b for b in bonds if b.parts[0].unit != "%"):
        named = [f for f in bond.parts if _named(text, f)]
        if len(named) >= 2 and (bond.whole is None or len(named) < len(bond.parts)):
            return _add(named)
    for bond in bonds:
        if bond.joined and _speaks_of(text, bond):
            return _add(bond.parts)
    return None


def _speaks_of(text: str, bond: _Bond) -> bool:
    """Whether the question is on what the joining clause does with all of them: 全面清理."""
    tail = bond.parts[-1].quote.rpartition(_shown(bond.parts[-1]))[2]
    deed = re.sub(r"进行|规范性文件|案件|[的了]", "", tail)
    return any(deed[i : i + 2] in text for i in range(len(deed) - 1))


def _add(figures: Sequence[Figure]) -> Computation:
    result = sum((_amount(f) for f in figures), Decimal(0))
    return Computation(Operation.SUM, tuple(figures), f"{' + '.join(map(_shown, figures))} = {result}{figures[0].unit}")


def _share(text: str, bonds: Sequence[_Bond]) -> Computation | None:
    asked = _BASE.sub("", text)
    for bond in sorted(bonds, key=lambda b: len(b.parts)):
        named = [f for f in bond.parts if bond.whole and _share_named(asked, f)]
        if len(named) == 1 and bond.whole:
            total = next((b.whole for b in bonds if b.whole and bond.whole in b.parts), None)
            return _divide(named[0], total if total and _OF_TOTAL.search(text) else bond.whole)
    return None


def _share_named(text: str, figure: Figure) -> bool:
    """Whether the question asks for the share of *figure*: 维持率, 撤销占多少."""
    label = figure.subject[-_MAX_LABEL:]
    place = text.find(label)
    return place >= 0 and not _NOT.search(text[:place]) and bool(re.search(r"率|占|比例|比重|百分|几成", text[place + len(label) :]))


def _divide(part: Figure, whole: Figure) -> Computation | None:
    if not _amount(whole):
        return None
    share = (_amount(part) * 100 / _amount(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    sign = "=" if share * _amount(whole) == _amount(part) * 100 else "≈"
    return Computation(Operation.SHARE, (part, whole), f"{_shown(part)} ÷ {_shown(whole)} {sign} {share.normalize():f}%")


def _complement(text: str, figures: Sequence[Figure]) -> Computation | None:
    """The rest to 100 % of a rate, for a question on what did not: 没成功的比例."""
    for figure in figures:
        label = figure.subject.removesuffix("率")[-2:]
        place = text.find(label)
        if figure.unit == "%" and figure.subject.endswith("率") and place > 0 and _NOT.search(text[:place]) and _amount(figure) < 100:
            return Computation(Operation.DIFFERENCE, (figure,), f"100% − {_shown(figure)} = {100 - _amount(figure)}%")
    return None


def _shown(figure: Figure) -> str:
    return f"{figure.value}{figure.unit}"
