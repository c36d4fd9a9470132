"""Pinyin typed instead of characters, and single wrong characters, put right from the report's own vocabulary.

A bigram model over the stored questions and the report decides; what it does not know is left as it was typed.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import add

from knowledge.tokenizer import plain_syllable

_RUN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z]+(?:[ '][a-z]+)*")
_LONGEST_SYLLABLE = 6
_BEAM = 12
#: Mean log probability a character, below which a decoding is noise ("banana" also splits into syllables).
_FLOOR = -6.5
_EDGE = "^"
#: Characters that stand between any others; what surrounds a wrong character must say more than these.
_FUNCTION_CHARS = frozenset("的了是在有没不也都就还又很被把给对从到向让跟比太什么哪几多少个一些吗呢吧")
#: Characters that people use as words by themselves; one of them between two words is no mistake.
_WORD_CHARS = _FUNCTION_CHARS | frozenset(
    "事指查找人里审罚打谁大做来我你他定调办管问看想要能会去用说讲写叫请装买卖花钱家县村镇街路车房水电学校病药老小新旧好坏多少快慢高低真假错对先后再又只更最才刚年月日天"
)
_MIN_WORD_COUNT = 4
#: Characters of reports that are read in two ways, 调解 and 调查, each of which may be typed. Source: 现代汉语词典.
_READ_TWO_WAYS = {
    "调": ("tiao", "diao"),
    "重": ("zhong", "chong"),
    "行": ("xing", "hang"),
    "长": ("chang", "zhang"),
    "率": ("lv", "shuai"),
    "都": ("dou", "du"),
    "会": ("hui", "kuai"),
    "还": ("hai", "huan"),
    "降": ("jiang", "xiang"),
    "参": ("can", "shen"),
    "传": ("chuan", "zhuan"),
    "乐": ("le", "yue"),
    "数": ("shu", "shuo"),
    "省": ("sheng", "xing"),
    "朝": ("chao", "zhao"),
    "没": ("mei", "mo"),
    "系": ("xi", "ji"),
    "校": ("xiao", "jiao"),
    "便": ("bian", "pian"),
    "给": ("gei", "ji"),
    "落": ("luo", "la"),
    "模": ("mo", "mu"),
    "折": ("zhe", "she"),
    "曾": ("ceng", "zeng"),
    "属": ("shu", "zhu"),
    "着": ("zhe", "zhao"),
    "了": ("le", "liao"),
    "地": ("di", "de"),
    "得": ("de", "dei"),
    "藏": ("cang", "zang"),
    "觉": ("jue", "jiao"),
    "卡": ("ka", "qia"),
}


class Spelling:
    """A character model of one report's vocabulary.

    Args:
        texts: Normalized stored questions and report text.
        is_word: Whether two characters are a word of the language; such a pair is never taken for a mistake.
        cut: Cuts a text into words, so that a character which is a word by itself is known for one; None to take none for one.
        readings: Syllable of each character, see ``read_syllables``.
    """

    def __init__(
        self,
        texts: Iterable[str],
        *,
        is_word: Callable[[str], bool],
        cut: Callable[[str], list[str]] | None = None,
        readings: Mapping[str, str],
    ) -> None:
        self._is_word = is_word
        self._cut = cut
        line = _EDGE.join(["", *_runs(texts), ""])
        self._pairs = Counter(map(add, line, line[1:]))
        triples = Counter(map("".join, zip(line, line[1:], line[2:], strict=False)))
        self._chars = Counter(line)
        del self._chars[_EDGE]
        self._total = sum(self._chars.values()) or 1
        self.readings = readings
        self._by_syllable: dict[str, list[str]] = defaultdict(list)
        for char, syllable in self.readings.items():
            for read in dict.fromkeys((syllable, *_READ_TWO_WAYS.get(char, ()))):
                self._by_syllable[read].append(char)
                if read.startswith(("lv", "nv")):  # typed lv, lu or lyu
                    self._by_syllable[read.replace("v", "u")].append(char)
        self._middles: dict[str, list[str]] = defaultdict(list)
        for triple, count in triples.items():
            if count >= 3 and _EDGE not in triple:
                self._middles[triple[0] + triple[2]].append(triple[1])

    def correct(self, text: str) -> str:
        """*text* with pinyin decoded and single wrong characters replaced where the vocabulary leaves no doubt."""
        text = _LATIN.sub(lambda m: self._decode(m[0], text[m.start() - 1 : m.start()]), text)
        if text[:1] >= "\u3400" or re.search(r"[\u3400-\u9fff]", text):
            text = self._fix_characters(text)
        return text

    def _decode(self, typed: str, before: str) -> str:
        words = typed.replace("'", " ").split()
        beams: list[tuple[float, str]] = [(0.0, before if before >= "\u3400" else _EDGE)]
        for word in words:
            beams = self._decode_word(word, beams)
            if not beams:
                return typed
        score, decoded = beams[0]
        length = len(decoded) - 1
        pairs = [decoded[i : i + 2] for i in range(1, length)]
        seen = sum(bool(self._pairs[pair]) for pair in pairs)
        return decoded[1:] if length >= 2 and score / length > _FLOOR and seen * 3 >= len(pairs) * 2 else typed

    def _decode_word(self, word: str, beams: list[tuple[float, str]]) -> list[tuple[float, str]]:
        """Best decodings of one unspaced run of letters, each continuing one of *beams*."""
        lattice: list[list[tuple[float, str]]] = [beams] + [[] for _ in word]
        for end in range(1, len(word) + 1):
            ends: dict[str, tuple[float, str]] = {}
            for start in range(max(0, end - _LONGEST_SYLLABLE), end):
                chars = self._by_syllable.get(word[start:end])
                if not chars:
                    continue
                for score, decoded in lattice[start]:
                    for char in chars:
                        new = score + self._log_probability(decoded[-1], char)
                        # Two decodings that end in the same two characters go on alike: keep the better.
                        tail = decoded[-1] + char
                        if tail not in ends or new > ends[tail][0]:
                            ends[tail] = (new, decoded + char)
            lattice[end] = sorted(ends.values(), reverse=True)[:_BEAM]
        return lattice[-1]

    def _log_probability(self, left: str, char: str) -> float:
        seen = self._chars[left] if left != _EDGE else self._total / 10
        pair = self._pairs[left + char] / seen if seen else 0.0
        return math.log(0.85 * pair + 0.15 * self._chars[char] / self._total + 1e-7)

    def _fix_characters(self, text: str) -> str:
        chars = list(text)
        words = self._words_alone(text)
        for i, char in enumerate(chars):
            if i in words or not "\u3400" <= char <= "\u9fff":
                continue
            left = chars[i - 1] if i else ""
            right = chars[i + 1] if i + 1 < len(chars) else ""
            known = self._pairs[left + char] or self._pairs[char + right]
            if not known and not self._is_word(left + char) and not self._is_word(char + right):
                chars[i] = self._better(left, char, right)
        return "".join(chars)

    def _words_alone(self, text: str) -> set[int]:
        """Places of common one-character words that stand between whole words: 事 in 这些事政府, which is not 市政府 mistyped."""
        if self._cut is None:
            return set()
        words = self._cut(text)
        whole = [len(word) > 1 or word in _WORD_CHARS or not "\u3400" <= word <= "\u9fff" for word in words]
        places = itertools.accumulate((len(word) for word in words), initial=0)
        return {
            place
            for i, (word, place) in enumerate(zip(words, places, strict=False))
            if word in _WORD_CHARS and (i == 0 or whole[i - 1]) and (i + 1 == len(words) or whole[i + 1])
        }

    def _better(self, left: str, char: str, right: str) -> str:
        """The character that makes a word of the vocabulary with a neighbour, sound-alikes first; else *char*."""
        sound = self._by_syllable.get(self.readings.get(char) or plain_syllable(char), [])
        alike = max(
            ((self._fits_both(left, c, right), self._word_count(left, c, right), c) for c in sound if c != char), default=(0, 0, char)
        )
        if alike[1] >= _MIN_WORD_COUNT:
            return alike[2]
        if {left, right} & _FUNCTION_CHARS or char in _FUNCTION_CHARS:
            return char
        middles = self._middles.get(left + right, [])
        fits = len(middles) == 1 and self._word_count(left, middles[0], right) >= _MIN_WORD_COUNT
        return middles[0] if fits else char

    def _fits_both(self, left: str, char: str, right: str) -> bool:
        return all(self._pairs[pair] for pair in (left + char, char + right) if len(pair) == 2)

    def _word_count(self, left: str, char: str, right: str) -> int:
        """How often *char* stands in the vocabulary as a word with its left or right neighbour."""
        return sum(self._pairs[pair] for pair in (left + char, char + right) if len(pair) == 2 and self._is_word(pair))


def _runs(texts: Iterable[str]) -> list[str]:
    """The runs of Chinese characters in *texts*."""
    return [run for text in texts for run in _RUN.findall(text)]


def read_syllables(texts: Iterable[str]) -> dict[str, str]:
    """Each character's commonest toneless syllable in *texts*, read by phrase (调解 is tiao jie, 协调 xie diao)."""
    from pypinyin import lazy_pinyin  # a third of a second and 30 MB, which only a build needs
    from pypinyin.seg.simpleseg import seg

    votes: dict[str, Counter[str]] = defaultdict(Counter)
    # The runs hold the same few thousand phrases over and over; each is read once.
    for phrase, count in Counter(seg("\n".join(dict.fromkeys(_runs(texts))))).items():
        if phrase == "\n":
            continue
        for char, syllable in zip(phrase, lazy_pinyin([phrase]), strict=False):
            votes[char][syllable] += count
    return {char: counter.most_common(1)[0][0] for char, counter in votes.items()}
