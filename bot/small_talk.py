"""Greetings, thanks, who are you: recognised from short messages that say nothing else."""

from __future__ import annotations

import itertools
import re
import unicodedata
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from knowledge.classifier import LinearClassifier
from knowledge.normalize import fold
from knowledge.row_memory import RowMemory
from knowledge.tokenizer import character_grams, plain_syllables


class SmallTalk(StrEnum):
    """What a message that asks nothing of the report wants."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    WHO = "who"
    CAPABILITIES = "capabilities"
    HELP = "help"
    PRAISE = "praise"


_ENDING = r"[吗呢啊呀吧哦喔哈啦了嘛哟的么~!。,.?…\s]*"
_YOU = "(?:你|您|你们|这个?机器人|这个?bot|问报)"


@cache
def _forms() -> tuple[tuple[SmallTalk, re.Pattern[str]], ...]:
    """The forms of the data file, in its order."""
    kinds: dict[SmallTalk, list[str]] = {}
    forms: list[str] = []
    for line in files("bot").joinpath("data/small_talk.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            forms = kinds.setdefault(SmallTalk(line[1:-1]), []) if line[1:-1] in set(SmallTalk) else []
        elif line and not line.startswith("#"):
            forms.append(line.replace("{you}", _YOU))
    return tuple((kind, re.compile(f"(?:{'|'.join(lines)}){_ENDING}")) for kind, lines in kinds.items())


@cache
def _words() -> tuple[dict[str, SmallTalk | None], re.Pattern[str]]:
    """Words that small talk is made of, each with its kind, None for fillers; and a pattern of them all, longest first."""
    kinds: dict[str, SmallTalk | None] = {}
    kind: SmallTalk | None = None
    listing = False
    for line in files("bot").joinpath("data/small_talk.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            listing = name == "filler" or name.startswith("words ")
            kind = SmallTalk(name.removeprefix("words ")) if name.startswith("words ") else None
        elif listing and not line.startswith("#"):
            kinds |= {word: kind for word in line.split() if word not in kinds}
    return kinds, re.compile("|".join(map(re.escape, sorted(kinds, key=len, reverse=True))))


_MAX_CHARS = 28
#: The fitted model, see ``scripts/fit_small_talk.py``.
MODEL = Path(__file__).parent / "data" / "small_talk.npz"
_NONE, _DECLINED = "none", "declined"
#: Lead over "none" from which the model is believed: one or two in a thousand questions are taken for small talk at it.
_SURE = 0.3
#: The same for what is declined, and the longest message that the model is asked about.
_SURELY_DECLINED, _MAX_DECLINED_CHARS = 0.15, 60
#: 2.1 and 一(四)1 ask for a section.
_LEAST_LETTERS = 3
_LEAST_LATIN = 4
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Messages of nothing but pictures, by what the first one of these says.
_PICTURES = {
    **dict.fromkeys("👍🌟⭐🏆💯🌹🎉❤", SmallTalk.PRAISE),
    **dict.fromkeys("👌🙏🤝🆗✅😊😄🙂", SmallTalk.THANKS),
    **dict.fromkeys("👋💤", SmallTalk.GOODBYE),
}


_PIECES = re.compile(r"[,。!?~…、\s]+")
_TWICE = re.compile(r"^(.{2,4})\1+$")
#: When a message holds several kinds, the one that wants an answer wins: "你好,你是谁".
_WEIGHT = (SmallTalk.WHO, SmallTalk.CAPABILITIES, SmallTalk.HELP, SmallTalk.GOODBYE, SmallTalk.PRAISE, SmallTalk.THANKS, SmallTalk.GREETING)


@lru_cache(maxsize=1024)  # what many people ask
def recognise_small_talk(text: str) -> SmallTalk | None:
    """The kind of small talk that *text* is as a whole; None when it says anything else."""
    folded = fold(text).strip(" ,。!?~…、.")
    if not folded:
        return next((_PICTURES[char] for char in text if char in _PICTURES), None)
    if len(folded) > _MAX_CHARS:
        return None
    if kind := _kind_of(folded):
        return kind
    pieces = [piece for piece in _PIECES.split(folded) if piece]
    kinds = [_kind_of(piece) for piece in pieces] if pieces != [folded] else []
    if kinds and None not in kinds:
        return min((k for k in kinds if k), key=_WEIGHT.index)
    return _kind_by_words(_PIECES.sub("", folded)) or small_talk_kind(folded)


def likely_small_talk(text: str) -> SmallTalk | None:
    """The kind of small talk that *text* is likelier than not, for a message on which the report has nothing."""
    folded = fold(text).strip(" ,。!?~…、.")
    return small_talk_kind(folded, 0.2) if folded and len(folded) <= _MAX_CHARS else None


def small_talk_features(text: str) -> list[str]:
    """Features the model reads: characters by ones, twos and threes, and pairs of sounds, so that 你是水 is heard as 你是谁."""
    marked = f"^{fold(text).replace(' ', '_')}$"
    sounds = plain_syllables(marked)
    grams = [f"c{gram}" for gram in character_grams(marked, sizes=(1, 2, 3))]
    return grams + [f"p{a} {b}" for a, b in itertools.pairwise(sounds)]


def small_talk_kind(text: str, sure: float = _SURE) -> SmallTalk | None:
    """The kind of small talk that the fitted model takes *text* for; None where it is none, or leads by less than *sure*."""
    if len(text) < _LEAST_LATIN and not _CHINESE.search(text):
        return None
    best, lead = _taken_for(text)
    return SmallTalk(best) if best not in {_NONE, _DECLINED} and lead > sure else None


@lru_cache(maxsize=1024)
def _taken_for(text: str) -> tuple[str, float]:
    """What the model takes *text* for, and its lead over "none"."""
    model = _model()
    rows = _rows().find(list(dict.fromkeys(small_talk_features(text))))[0]
    margins = dict(zip(model.classes, model.margins_of(rows).tolist(), strict=True))
    best = max(margins, key=lambda kind: margins[kind])
    return best, margins[best] - margins[_NONE]


@cache
def _model() -> LinearClassifier:
    with np.load(MODEL) as arrays:
        return LinearClassifier.from_arrays(dict(arrays))


@cache
def _rows() -> RowMemory:
    return RowMemory(_model().keys)


def _kind_by_words(text: str) -> SmallTalk | None:
    """The kind of a message that small talk's words make up to the last character; None when one is left over."""
    kinds, pattern = _words()
    if pattern.sub("", text):
        return None
    found = [kind for word in pattern.findall(text) if (kind := kinds[word])]
    return min(found, key=_WEIGHT.index, default=None)


@cache
def _any_form() -> re.Pattern[str]:
    """All the forms in one: most messages are none of them."""
    return re.compile("|".join(form.pattern for _, form in _forms()))


def _kind_of(phrase: str) -> SmallTalk | None:
    once = _TWICE.sub(r"\1", phrase)
    phrases = {phrase, once}
    if not any(map(_any_form().fullmatch, phrases)):
        return None
    return next((kind for kind, form in _forms() if any(map(form.fullmatch, phrases))), None)


@cache
def _declined() -> re.Pattern[str]:
    lines = files("bot").joinpath("data/declined.txt").read_text(encoding="utf-8").splitlines()
    return re.compile("|".join(f"(?:{line})" for line in lines if line and not line.startswith("#")))


#: Marks of code. A message with more of them than letters and digits is no question.
_CODE_MARKS = frozenset("{}<>$%*=\\|/#&^~[]`")


def is_declined(text: str) -> bool:
    """Whether *text* wants what this bot does for nobody: a poem, an opinion, a secret, an order to itself, a line of code."""
    folded = unicodedata.normalize("NFKC", text).lower()
    if _declined().search(folded) or sum(char in _CODE_MARKS for char in folded) > sum(map(str.isalnum, folded)):
        return True
    says_something = sum(map(str.isalpha, folded)) >= _LEAST_LETTERS and len(folded) <= _MAX_DECLINED_CHARS
    best, lead = _taken_for(fold(text).strip(" ,。!?~…、.")) if says_something else (_NONE, 0.0)
    return best == _DECLINED and lead > _SURELY_DECLINED
