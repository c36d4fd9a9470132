"""Signals by which a claim is told borne out, contradicted or left open by a section; they know no topic."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from weakref import ref

import numpy as np
from numpy.typing import NDArray

from knowledge.claim_parts import ClaimPart, Support
from knowledge.entities import find_offices_at
from knowledge.meaning import word_vectors
from knowledge.quantity import find_quantities
from knowledge.records import PairKind
from knowledge.retriever import SearchResult
from knowledge.tokenizer import Tokenizer, character_grams
from knowledge.weights import model_weights

#: What the rules found, by kind of piece and verdict; then what the search found; then the words themselves.
FEATURE_NAMES = (
    *("amounts_supported", "amounts_refuted", "amounts_not_enough_info", "dates_supported", "dates_refuted", "dates_not_enough_info"),
    *(
        "bodies_refuted",
        "bodies_not_enough_info",
        "quantifiers_refuted",
        "lists_supported",
        "lists_refuted",
        "slots_refuted",
        "documents_refuted",
        "places_refuted",
    ),
    *("opposites", "rules_supported", "rules_refuted"),
    *("belief", "score", "lead", "stance_answer", "stance_gap", "stance_off", "unknown_section", "closest_answer", "closest_gap"),
    *("covered", "covered_clause", "same_words", "alike", "alike_clause", "worst_alike", "novel"),
    *("negative", "negative_clause", "polarity", "polarity_covered", "denies", "affirms", "universal", "partial", "only"),
    *("planned", "planned_here", "roles", "other_noun", "length", "pieces"),
)
#: Signals that speak against a claim by themselves, each with how much of it is evidence.
EVIDENCE = {
    **dict.fromkeys(("amounts_refuted", "dates_refuted", "bodies_refuted", "slots_refuted", "documents_refuted", "places_refuted"), 0.0),
    **dict.fromkeys(("quantifiers_refuted", "lists_refuted", "roles", "other_noun", "opposites"), 0.0),
    **dict.fromkeys(("denies", "affirms"), 0.5),
}

_NEGATIVE = re.compile(
    r"没有?|未曾?|并?不(?!同|断|仅|但|论|管|服|动产|忘|予受理|超过|少于|低于|到|满|止|光|只|单|错|愧)|无(?!论|缝)|非(?!诉|行政许可|法)|禁止?|严禁|拒绝?|免(?!费)|缺|排除|停止|叫停|难以|有待|尚"
)
_UNIVERSAL = re.compile(r"全部|都|均|所有|一律|全体|统统|每[个家件一]|从来|任何|完全|唯一|普遍")
_PARTIAL = re.compile(r"部分|个别|有的|有些|一些|少数|未全部|未普遍|不少")
_ONLY = re.compile(r"只|仅|唯一|单独|光是|独家|一家")
_PLANNED = re.compile(r"将(?!军)|拟|打算|准备|计划|今后|以后|接下来|下一步|明年|要(?!点|求)|会(?!议|同)")
_CLAUSE = re.compile(r"[,。;、\n]")
_PIECES = re.compile(r"[,。;\n]")
#: A word less alike than this to every word of the section is new to it.
_NEW = 0.45


def count_of(parts: Sequence[ClaimPart], support: Support) -> float:
    """How many of *parts* have that verdict; three and more count as three."""
    return float(min(3, sum(part.support is support for part in parts)))


def claim_signals(claim: str, text: str, by_rule: Mapping[str, float], result: SearchResult, tokenizer: Tokenizer) -> dict[str, float]:
    """Every signal by name.

    Args:
        claim: The folded claim.
        text: The folded text of the best candidate's section.
        by_rule: What the rules found.
        result: The search for the claim.
        tokenizer: The report's tokenizer.
    """
    first, second = (*result.candidates, None)[:2]
    here = [n for n in result.neighbours if first and n.pair.section == first.section]
    score = first.score if first else 0.0
    found = {
        "score": score,
        "lead": score - (second.score if second else 0.0),
        "stance_answer": result.stance.get("answer", 0.0),
        "stance_gap": result.stance.get("gap", 0.0),
        "stance_off": result.stance.get("off_topic", 0.0),
        "unknown_section": result.unknown["section"],
        "closest_answer": max((n.similarity for n in here if n.pair.kind is PairKind.ANSWER), default=0.0),
        "closest_gap": max((n.similarity for n in here if n.pair.kind is PairKind.GAP), default=0.0),
    }
    return {**by_rule, **found, **language_features(claim, text, tokenizer)}


@dataclass(frozen=True)
class ClaimJudge:
    """A multinomial logistic model over the signals: scaled signals times weights, plus a bias, for each verdict.

    Attributes:
        mean: Of each signal, shape (signals,).
        scale: Of each signal, same shape.
        weights: Shape (verdicts, signals), in the order of ``Support``.
        bias: Shape (verdicts,).
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def beliefs(self, signals: Mapping[str, float]) -> dict[Support, float]:
        """Belief in each verdict; they add up to 1."""
        scaled = (np.array([signals[name] for name in FEATURE_NAMES]) - self.mean) / self.scale
        logits = self.weights @ scaled + self.bias
        shares = np.exp(logits - logits.max())
        return dict(zip(Support, map(float, shares / shares.sum()), strict=True))


@cache
def claim_judge() -> ClaimJudge:
    """The shipped model; ``scripts/fit_claims.py`` writes it.

    Raises:
        ValueError: If it was fitted for other signals.
    """
    stored = model_weights()["claims"]["judge"]
    if tuple(stored["features"]) != FEATURE_NAMES:
        raise ValueError("knowledge/data/weights.json was fitted for other signals of claims; run scripts/fit_claims.py")
    return ClaimJudge(*(np.array(stored[name]) for name in ("mean", "scale", "weights", "bias")))


def language_features(claim: str, text: str, tokenizer: Tokenizer) -> dict[str, float]:
    """Signals from the words of a folded claim and a folded section."""
    words = _content(claim, tokenizer)
    there = _content(text, tokenizer)
    clauses = [piece for piece in _PIECES.split(text) if piece]
    grams = set(character_grams(re.sub(r"[\d.%]+", "", claim), sizes=(2,)))
    held = [sum(gram in piece for gram in grams) / max(1, len(grams)) for piece in clauses]
    alike = _alike(words, there)
    each = alike.max(1) if alike.size else np.zeros(len(words))
    weights = np.array([tokenizer.rarity(word) for word in words]) if words else np.ones(0)
    weights = weights / weights.sum() if len(words) else weights
    by_clause = [_covering(words, _content(piece, tokenizer), weights) for piece in clauses]
    best = int(np.argmax(by_clause)) if by_clause else 0
    nearest = clauses[best] if clauses else ""
    measured = _without_amounts(claim)  # 没到99% denies nothing
    negative, negative_there = is_denied(measured), is_denied(_without_amounts(nearest))
    return {
        "covered": sum(gram in text for gram in grams) / max(1, len(grams)),
        "covered_clause": max(held, default=0.0),
        "same_words": float(weights @ (each > 0.999)) if words else 0.0,
        "alike": float(weights @ each) if words else 0.0,
        "alike_clause": max(by_clause, default=0.0),
        "worst_alike": float(each.min()) if words else 0.0,
        "novel": float((weights * (each < _NEW)).sum()) if words else 1.0,
        "negative": float(negative),
        "negative_clause": float(negative_there),
        "polarity": float(negative != negative_there),
        "polarity_covered": float(negative != negative_there) * max(by_clause, default=0.0),
        **denials(measured, [clauses[i] for i in np.argsort(by_clause)[::-1][:2]] if clauses else [], tokenizer),
        "universal": float(bool(_UNIVERSAL.search(claim))),
        "partial": float(bool(_PARTIAL.search(nearest))),
        "only": float(bool(_ONLY.search(claim))),
        "planned": float(bool(_PLANNED.search(claim))),
        "planned_here": float(bool(_PLANNED.search(nearest))),
        "roles": float(swaps_roles(claim, text)),
        "other_noun": float(counts_others(claim, text)),
        "length": min(len(claim), 60) / 60,
        "pieces": min(4, len([p for p in _PIECES.split(claim) if p])) / 4,
    }


def _without_amounts(text: str) -> str:
    for quantity in reversed(find_quantities(text)):
        text = text[: quantity.start] + text[quantity.end :]
    return text


def denials(claim: str, near: Sequence[str], tokenizer: Tokenizer) -> dict[str, float]:
    """How far the claim denies what the clauses *near* it affirm, and affirms what they deny; each in [0, 1]."""
    denied, affirmed = _by_polarity([claim], tokenizer)
    denied_there, affirmed_there = _by_polarity(near, tokenizer)
    return {
        "denies": max((_nearest(w, affirmed_there) - _nearest(w, denied_there) for w in denied), default=0.0),
        "affirms": max((_nearest(w, affirmed) - _nearest(w, denied) for w in denied_there), default=0.0),
    }


def _nearest(word: str, others: Sequence[str]) -> float:
    alike = _alike([word], others)
    return float(alike.max()) if alike.size else 0.0


#: Content words after a denial that it reaches; all of its clause, where it denies that anything happened: 没有出现异议审查及被撤销的现象.
_REACH = 3
_HAPPENED = re.compile(r"(?:再|有|过)?(?:出现|发生|存在|发现|产生)")


def _by_polarity(texts: Sequence[str], tokenizer: Tokenizer) -> tuple[list[str], list[str]]:
    """Content words that a denial in their clause reaches, and the others."""
    denied: list[str] = []
    affirmed: list[str] = []
    for clause in (piece for text in texts for piece in _CLAUSE.split(text) if piece):
        place = 0
        reaching = 0
        for denial in [*_NEGATIVE.finditer(clause), None]:
            words = list(_cached_words(clause[place : denial.start() if denial else len(clause)], tokenizer))
            denied += words[:reaching]
            affirmed += words[reaching:]
            if denial:
                place = denial.end()
                reaching = len(clause) if _HAPPENED.match(clause, place) else _REACH
    return denied, affirmed


def is_denied(text: str) -> bool:
    """Whether a clause denies something; two denials cancel out."""
    return len(_NEGATIVE.findall(text)) % 2 == 1


def swaps_roles(claim: str, text: str) -> bool:
    """Whether a deed of the claim is done by another body in the section: 公安局制定 against 市场监管局制定."""
    for body, deed in _deeds(claim):
        doers = {other for other, done in _deeds(text) if done == deed}
        if doers and body not in doers:
            return True
    return False


#: Deeds, each under the name that a section is likeliest to give it.
_DEEDS_NAMED = {
    "制定": "制定|订(?:立|了|的)|制订|起草",
    "印发": "印发|发(?:布|文|的文)|公布|下发",
    "移送": "移送|移交|送交",
    "退回": "退回|退了?回来?",
    "审查": "审查|审核",
    "备案": "备案|报备",
    "承办": "承办|经办",
    "牵头": "牵头|带头",
    "组织": "组织",
    "抽取": "抽取|抽查",
    "聘请": "聘请?|请(?:的|了|来)",
    "建立": "建立|成立|设立|组建|建(?:的|了|起)|办起",
    "领导": "领导",
    "推动": "推动",
    "执行": "执行",
    "配合": "配合",
    "采用": "采用|采纳",
    "肯定": "肯定|认可|表扬",
    "清理": "清理",
    "监督": "监督|督察",
    "联合": "联合|合办",
    "配备": "配备|配(?:的|了|上)",
    "安装": "安装|装(?:的|了|上)",
    "调解": "调解",
}
_DEEDS = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _DEEDS_NAMED.items()))


_COUNTED = re.compile(r"(\d+(?:\.\d+)?)([件个家名人起项份台])的?([\u4e00-\u9fff]{2,6})")


def counts_others(claim: str, text: str) -> bool:
    """Whether the claim counts other things by a number of the section: 12个乡镇 against 12个市直部门."""
    stated = {(n, unit): noun for n, unit, noun in _COUNTED.findall(text)}
    for number, unit, noun in _COUNTED.findall(claim):
        other = stated.get((number, unit))
        if other and not any(noun[i : i + 2] in other for i in range(len(noun) - 1)) and noun[:2] not in text:
            return True
    return False


_SENTENCE_END = re.compile(r"[。;\n]")
_OBJECT = re.compile(r"[向给对为把将与和同跟][^,。;]{0,6}$")
_PASSIVE = re.compile(r"[被由受][^,。;]{0,6}$")


def _deeds(text: str) -> list[tuple[str, str]]:
    """(body, deed) for each deed with a body before it in its clause, or after 由 and 被; else with the body its sentence began with."""
    found = []
    for sentence in _SENTENCE_END.split(text):
        subject = ""
        for clause in _PIECES.split(sentence):
            offices = find_offices_at(clause)
            for deed in _DEEDS.finditer(clause):
                before = [(body, place) for body, place in offices if place < deed.start()]
                doers = [body for body, place in before if _PASSIVE.search(clause[:place])]
                doers = doers or [body for body, place in before if not _OBJECT.search(clause[:place])]
                doer = doers[-1] if doers else "" if before else subject
                if doer:
                    found.append((doer, deed.lastgroup or deed[0]))
            subject = next((body for body, place in offices if not _OBJECT.search(clause[:place])), subject)
    return found


def _content(text: str, tokenizer: Tokenizer) -> list[str]:
    return list(dict.fromkeys(_cached_words(text, tokenizer)))


def _cached_words(text: str, tokenizer: Tokenizer) -> tuple[str, ...]:
    return _words_by(ref(tokenizer), text)


@lru_cache(maxsize=4096)
def _words_by(weak: ref[Tokenizer], text: str) -> tuple[str, ...]:
    """Content words; by a weak reference, lest the tokenizer, and its dictionary, outlive the release that it is of."""
    tokenizer = weak()
    assert tokenizer is not None, "whoever asks holds it"
    return tuple(word for word in tokenizer.words(text) if not _NEGATIVE.fullmatch(word) and not word[0].isdigit())


def _alike(words: Sequence[str], there: Sequence[str]) -> NDArray[np.float32]:
    """How alike each word of the claim is to each of the section; the very words count 1 where no vector is known."""
    vectors = word_vectors()
    nothing = np.zeros(vectors.size, dtype=np.float32)
    mine = np.array([v if (v := vectors.vector(w)) is not None else nothing for w in words], dtype=np.float32).reshape(
        len(words), vectors.size
    )
    theirs = np.array([v if (v := vectors.vector(w)) is not None else nothing for w in there], dtype=np.float32).reshape(
        len(there), vectors.size
    )
    alike: NDArray[np.float32] = np.maximum(mine @ theirs.T, 0)
    for i, word in enumerate(words):
        for j, other in enumerate(there):
            if word == other:
                alike[i, j] = 1.0
    return alike


def _covering(words: Sequence[str], there: Sequence[str], weights: NDArray[np.float64]) -> float:
    alike = _alike(words, there)
    return float(weights @ alike.max(1)) if alike.size else 0.0
