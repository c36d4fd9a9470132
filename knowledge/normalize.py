"""The one text normalizer, for stored questions and queries alike. Its output is for matching, never for showing."""

from __future__ import annotations

import re
import unicodedata
import warnings
from functools import cache, lru_cache
from importlib.resources import files

import cn2an
import opencc

#: Longer input is no question; it is cut before any work is done on it.
MAX_QUERY_CHARS = 500

#: Texts whose folding is remembered: each step of an answer folds the message for itself.
_LATELY = 64

_CJK = "\u3400-\u4dbf\u4e00-\u9fff"
_GAP_IN_WORD = re.compile(rf"(?<=[{_CJK}\d])[\s·・|~*_=&+^/\\]+(?=[{_CJK}])")
_PLAIN = re.compile(rf"[{_CJK}\x20-\x7e。、“”《》〈〉〔〕—…]*")
_SPACES = re.compile(r"\s+")
_PERCENT = re.compile(r"百分之([零〇一二三四五六七八九十百点两\d.]+|百)")
_CAPITALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟〇", "一二三四五六七八九十百千零")
# One by itself may be part of a word: 队伍, 陆地, 零散.
_CAPITAL_RUN = re.compile(r"〇|[壹贰叁肆伍陆柒捌玖拾佰仟零]{2,}|[壹贰叁肆伍陆柒捌玖拾佰仟零](?=[件起个家台次名元级份项所处毛角%])")
_COUNTED = re.compile(
    r"(?<![一二三四五六七八九十第])([零一二两三四五六七八九十百千万亿点]{2,}"
    r"|[零一二两三四五六七八九十](?=[件年月日起个家台次名人元级份项所处毛角])|[二两三四五六七八九十](?=块(?![地儿头石牌])))(?!是)"
)
_PUNCTUATION = str.maketrans({"「": "“", "」": "”", "『": "“", "』": "”", "〈": "《", "〉": "》"})


@cache
def _wrappers() -> re.Pattern[str]:
    lines = files("knowledge").joinpath("data/wrappers.txt").read_text(encoding="utf-8").splitlines()
    phrases = sorted((line for line in lines if line and not line.startswith("#")), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, phrases)))


@cache
def _converters() -> tuple[opencc.OpenCC, opencc.OpenCC]:
    return opencc.OpenCC("t2s"), opencc.OpenCC("tw2sp")


@cache
def _standard_words() -> dict[str, str]:
    lines = files("knowledge").joinpath("data/dialect.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines if line and not line.startswith("#"))


@cache
def _dialect() -> re.Pattern[str]:
    return re.compile("|".join(sorted(_standard_words(), key=len, reverse=True)))


def fold(text: str) -> str:
    """Fold what only looks different: NFKC, case, Traditional characters, written dialect, invisible and decorative characters.

    Folding twice equals folding once. Input beyond ``MAX_QUERY_CHARS`` is cut.
    """
    return _fold(text[:MAX_QUERY_CHARS])


@lru_cache(maxsize=_LATELY)
def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)[:MAX_QUERY_CHARS]
    if not text.isascii():
        if not _PLAIN.fullmatch(text):
            text = "".join(map(_visible, text))
        plain, taiwan = _converters()
        if plain.convert(text) != text:
            text = taiwan.convert(text)
        text = _dialect().sub(lambda m: _standard_words()[m[0]], text)
    text = text.translate(_PUNCTUATION).lower()
    text = _GAP_IN_WORD.sub("", text)
    return _SPACES.sub(" ", text).strip()


_PIECE = re.compile(rf"(?s).{{1,{MAX_QUERY_CHARS - 100}}}(?=[。;,、\n])|.{{1,{MAX_QUERY_CHARS - 100}}}")


def pieces(text: str) -> list[str]:
    """*text* cut, at marks where it can be, into pieces that ``fold`` and ``normalize`` take whole."""
    return _PIECE.findall(text) if len(text) > MAX_QUERY_CHARS - 100 else [text] if text else []


@lru_cache(maxsize=8192)
def fold_printed(text: str) -> str:
    """``fold`` for the report's own words, which come again with every question; kept in memory."""
    return fold(text)


@lru_cache(maxsize=8192)
def normalize_printed(text: str) -> str:
    """``normalize`` for the report's own words, of any length, kept in memory."""
    return "".join(normalize(piece) for piece in pieces(text))


def _visible(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cc" and char in "\t\n\r":
        return " "
    # Format, control, private and unassigned characters vanish; pictures become a space.
    return "" if category in {"Cf", "Cc", "Co", "Cn", "Cs", "Mn"} else " " if category in {"So", "Sk"} else char


def arabic_numerals(text: str) -> str:
    """Write counted Chinese numerals with digits: 二十二件 -> 22件, 百分之九十八点七 -> 98.7%; others stay (统一, 一是)."""
    text = _CAPITAL_RUN.sub(lambda m: m[0].translate(_CAPITALS), text)
    text = _PERCENT.sub(lambda m: ("100" if m[1] == "百" else _to_digits(m[1])) + "%", text)
    return _COUNTED.sub(lambda m: _to_digits(m[1]), text)


@lru_cache(maxsize=4096)
def _to_digits(numeral: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = cn2an.cn2an(numeral, "smart")
        except (ValueError, KeyError):  # 万一, 一一, 千百: words, not numbers
            return numeral
    return f"{value:g}" if isinstance(value, float) else str(value)


@lru_cache(maxsize=_LATELY)
def strip_wrappers(text: str) -> str:
    """Take polite, rude and filler wrappings off folded *text*; what is nothing but wrapping stays as it is."""
    stripped = _SPACES.sub(" ", _wrappers().sub("", text)).strip(" ,。!?、~…")
    return stripped or text


def normalize(text: str) -> str:
    """Fold, strip wrappings and write numerals with digits; the form in which all matching is done."""
    return arabic_numerals(strip_wrappers(fold(text)))
