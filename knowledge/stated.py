"""Do the words shown state what a question of this form asks? 几个人 wants a number of people, 叫什么 a name; whatever its topic.

A linear model over the forms of questions (words and pairs of characters that are used of many reports), over kinds of things that
the words shown hold, and over both together. ``scripts/fit_stated.py`` fits it on questions that reports answer and on near
misses that they do not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from knowledge.records import Query
from knowledge.tokenizer import character_grams
from knowledge.wanted import wanted

_NUMBER = r"(?:\d|[一二两三四五六七八九十百])[万亿多余几]*个?"
#: Kinds of things that words may hold, looked for in normalized words.
_KINDS = {
    "number": r"\d",
    "people": rf"{_NUMBER}[人名位]",
    "cases": rf"{_NUMBER}[件起宗案份]",
    "households": rf"{_NUMBER}[家户所]",
    "money": r"\d[\d.]*[万亿]?(?:多|余)?(?:元|角|块)",
    "items": rf"{_NUMBER}[项条种类处场次期台辆部座支批]",
    "area": rf"{_NUMBER}(?:亩|顷|平方|公里|米)",
    "weight": rf"{_NUMBER}[吨斤]",
    "duration": r"\d+(?:个)?(?:工作日|小时|分钟|天|日内|个月|年内|秒)",
    "share": r"[%‰]|百分|成",
    "year": r"\d{4}年",
    "month": r"\d月",
    "day": r"\d[日号]",
    "clock": r"\d时|\d点",
    "list": r"[^、,。;]{2,20}(?:、[^、,。;]{2,20})+",
    "title": r"《",
    "quoted": r"“",
    "body": r"[局委院厅办](?![\u4e00-\u9fff]?[法理])|中心|公司|政府",
    "person": r"(?:局长|主任|书记|县长|市长|教师|律师|队长|镇长|村民)[\u4e00-\u9fff]{2,3}",
    "place": r"[\u4e00-\u9fff]{2,4}(?:镇|乡|村|街道|社区|路|园区|广场|大厅|小区)",
    "reason": r"因|由于|原因|为了|导致|针对|不足",
    "result": r"判决|处罚|罚款|追究|化解|整改|办结|完成|移送|撤销|驳回",
    "part": r"其中|包括|分别",
    "each": r"每|人均|户均|平均",
    "most": r"最|首|第[一二三]",
    "change": r"增长|上升|下降|减少|同比",
    "none": r"未|无|没有|不再",
    "contact": r"\d{7,}|电话|热线|网站|网址|平台",
}
_KIND_PATTERNS = {name: re.compile(pattern) for name, pattern in _KINDS.items()}
#: How kinds of things are asked for that few words tell; each with the kind that it is looked for among the words shown.
_ASKED = {
    "each": (re.compile(r"平均|人均|户均|每(?!天|年|月|周)|(?:一|1)[个户亩人台名家件辆套本][\u4e00-\u9fff]{0,6}(?:多少|几)"), "each"),
    "each of several": (re.compile(r"各(?:是|有|罚|多少|几|自)|分别(?:是|有|为|罚|多少|几)"), "list"),
    "most": (re.compile(r"最[多少高低大小好差早晚远近年]|第一名|排名?第几|倒数"), "most"),
    "clock": (re.compile(r"几点|钟头|上班时间|开门|关门"), "clock"),
    "contact": (re.compile(r"电话|号码|网址|地址|邮箱|二维码|公众号|怎么联系"), "contact"),
    "change": (re.compile(r"比(?:去年|上年|前年|以前|往年|上一年)|同比|涨了|降了|增长|多了多少|少了多少"), "change"),
    "the rest": (re.compile(r"另外|其余|其他[^的]{0,4}(?:是|叫|有)|剩下|除了"), "list"),
    "outcome": (re.compile(r"判了?[没几多]|后来|结果|[好完成过回清]了?[没吗]|抓[到着]|有没有[\u4e00-\u9fff]{1,4}[完成好]"), "result"),
}
_UNIT = re.compile(r"(?:几|多少)([\u4e00-\u9fff])")
#: Longer ones are somebody's telephone or card, no figure of a report.
_DIGITS = re.compile(r"(?<!\d)\d{1,6}(?!\d)")


def form_features(query: Query) -> set[str]:
    """What may be a form of question: words and pairs of characters; those that know a topic are left out by the fit."""
    return {f"c{gram}" for gram in character_grams(query.text, sizes=(2,))} | {f"w{word}" for word in query.words}


@lru_cache(maxsize=4096)  # the same words are shown for many questions
def kinds_in(shown: str) -> tuple[str, ...]:
    """Kinds of things that the normalized words *shown* hold, by name."""
    return tuple(name for name, pattern in _KIND_PATTERNS.items() if pattern.search(shown))


def matches(query: Query, shown: str) -> list[str]:
    """How what *query* wants and what the normalized words *shown* hold go together, by name: the unit asked for, numbers named."""
    found = [f"wants {name} {told > 0}" for name, told in wanted(query.text, shown).items() if told]
    kinds = set(kinds_in(shown))
    found += [f"asks {name} {kind in kinds}" for name, (pattern, kind) in _ASKED.items() if pattern.search(query.text)]
    if asked := _UNIT.search(query.text):
        is_held = bool(re.search(_NUMBER + re.escape(asked[1]), shown))
        found += [f"unit {is_held}", f"unit {asked[1]} {is_held}"]
    if numbers := _DIGITS.findall(query.text):
        found.append(f"numbers {all(number in shown for number in numbers)}")
    return [*found, f"length {min(len(query.text) // 5, 6)}"]


class StatedModel:
    """Weights of the forms, by form: alone under the empty name, and with each kind of thing shown.

    Args:
        forms: Weights of each form.
        others: Weights of the kinds, of what ``matches`` finds, and the constant under the empty name.
    """

    def __init__(self, forms: Mapping[str, Mapping[str, float]], others: Mapping[str, float]) -> None:
        self._forms = forms
        self._others = others

    def margin(self, query: Query, shown: str) -> float:
        """Log odds, some units either way, that the normalized words *shown* state what *query* asks."""
        kinds = kinds_in(shown)
        total = self._others[""] + sum(self._others.get(name, 0.0) for name in (*kinds, *matches(query, shown)))
        for feature in sorted(form_features(query) & self._forms.keys()):
            weights = self._forms[feature]
            total += weights.get("", 0.0) + sum(weights.get(kind, 0.0) for kind in kinds)
        return float(total)


@cache
def shipped_stated() -> StatedModel:
    """The shipped model."""
    stored = json.loads(files("knowledge").joinpath("data/stated.json").read_text(encoding="utf-8"))
    return StatedModel(stored["forms"], stored["others"])
