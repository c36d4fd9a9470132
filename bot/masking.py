"""Personal particulars out of what people type, before any of it is kept.

What is looked for: mobile and landline numbers, ID card and bank card numbers, e-mail addresses, licence plates, WeChat and QQ
numbers, and names that are given as such (我叫…, 姓名:…, 我是…). Written full-width, with spaces or dashes, or in Chinese numerals,
they are found as well. Figures and document numbers of a report stay: they are no particulars of anyone. It errs towards masking,
and it is no promise: a name that is merely mentioned (王某某的案子) cannot be told from any other word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from importlib.resources import files

PHONE, ID_CARD, BANK_CARD, EMAIL = "[电话]", "[身份证号]", "[银行卡号]", "[邮箱]"
PLATE, ACCOUNT, NAME = "[车牌号]", "[账号]", "[姓名]"
PLACEHOLDERS = (PHONE, ID_CARD, BANK_CARD, EMAIL, PLATE, ACCOUNT, NAME)

Range = tuple[int, int]
#: A finder gives the ranges of what it knows in a folded text.
Finder = Callable[[str], Iterator[Range]]

_CHINESE_DIGITS = str.maketrans("零〇一二三四五六七八九两幺壹贰叁肆伍陆柒捌玖", "0012345678921123456789")
#: What may stand between the digits of one number. Not a comma, a colon or 、: those part numbers from each other.
_GAP = r"[ \-_·.~/()]{0,2}"


def _digits(pattern: str) -> str:
    """*pattern* of single digits with room between them: ``1[3-9]`` and nine more."""
    return _GAP.join(re.findall(r"\[[^\]]+\]|\d", pattern))


_D = "[0-9]"
_MOBILE_FORM = rf"(?:\+?86{_GAP})?{_digits('1[3-9]' + _D * 9)}"
#: Numbers of a service (0598-12345) are as public as the report, and shorter than any private one.
_LANDLINE_FORM = rf"\(?0{_GAP}[1-9]{_GAP}\d{_GAP}\d?{_GAP}[2-9](?:{_GAP}\d){{6,7}}"
_END = rf"(?!\d|{_GAP}\d)"
_PHONES = tuple(re.compile(form) for form in (rf"(?<!\d){_MOBILE_FORM}{_END}", rf"(?<![\d.-]){_LANDLINE_FORM}{_END}"))
#: In Chinese numerals a word may follow at once: 一三八…零一直没人接.
_SPELT_PHONES = tuple(re.compile(form) for form in (_MOBILE_FORM, _LANDLINE_FORM))
_LOCAL = re.compile(r"(?:电话|座机|手机|号码|联系方式|联系我|打给我|致电|传真)[^\d]{0,4}([2-9]\d{2,3}[ -]?\d{4})(?!\d)")
_MONTH_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_ID_18 = re.compile(rf"[1-9]\d{{5}}(?:18|19|20)\d{{2}}{_MONTH_DAY}\d{{3}}[\dx]")
_ID_15 = re.compile(rf"[1-9]\d{{7}}{_MONTH_DAY}\d{{3}}")
_RUN = re.compile(rf"(?<![a-z\d])\d(?:{_GAP}\d){{14,18}}(?:{_GAP}x)?(?![a-z\d])")
#: No figure of a report is this long; a number that is, mistyped or not, is somebody's.
_LONG = re.compile(r"\d{15,}x?")
_EMAIL = re.compile(r"[a-z0-9][\w.+-]*\s?@\s?[a-z0-9-]+(?:\s?\.\s?[a-z0-9-]+)+", re.ASCII)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z][ ·-]?(?=[a-z\d]{0,5}\d)[a-z\d]{5,6}(?![a-z\d])|"
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z][ ·-]?(?=[a-z\d]{0,4}\d)[a-z\d]{4}[挂学警港澳]"
)
_ACCOUNT = re.compile(
    r"(?:微信|wx|vx|v信|薇信|威信|weixin|wechat)(?:号码?|id)?\s?(?:是|为|[::])?\s?([a-z][\w-]{5,19}|\d{5,11})"
    r"|(?:qq|扣扣|企鹅)(?:号码?)?\s?(?:是|为|[::])?\s?(\d{5,11})(?!\d)",
    re.ASCII,
)


@lru_cache(maxsize=1024)  # a message is kept, and so is the topic that it opens; many people ask the same
def mask(text: str) -> str:
    """*text* with every personal particular replaced by what kind it is: 我叫张三 -> 我叫[姓名]. Masking twice equals once."""
    if text.isascii() and not any(char.isdigit() or char == "@" for char in text):
        return text
    folded, origins = _fold(text)
    for finder, placeholder in _finders():
        ranges = _apart(finder(folded))
        for start, end in reversed(ranges):  # from the end, so that nothing before it moves
            text = text[: origins[start]] + placeholder + text[origins[end - 1] + 1 :]
        if ranges:
            folded, origins = _fold(text)
    return text


def _apart(ranges: Iterator[Range]) -> list[Range]:
    """*ranges* in order, those left out that begin inside another."""
    apart: list[Range] = []
    for start, end in sorted(ranges):
        if not apart or start >= apart[-1][1]:
            apart.append((start, end))
    return apart


@cache
def _finders() -> tuple[tuple[Finder, str], ...]:
    return (
        (_all(_EMAIL), EMAIL),
        (_accounts, ACCOUNT),
        (_all(_PLATE), PLATE),
        (_id_cards, ID_CARD),
        (_spelt(_id_cards), ID_CARD),
        (_bank_cards, BANK_CARD),
        (_spelt(_bank_cards), BANK_CARD),
        (_phones, PHONE),
        (_spelt(_spelt_phones), PHONE),
        (_names, NAME),
    )


def _fold(text: str) -> tuple[str, list[int]]:
    """*text* as it is compared, and the place in *text* of each of its characters."""
    folded: list[str] = []
    origins: list[int] = []
    for place, char in enumerate(text):
        if char.isascii() or "\u4e00" <= char <= "\u9fff":
            seen = char.lower()
        elif unicodedata.category(char) in {"Cf", "Mn", "Cc"}:  # a zero-width space parts no number
            continue
        else:
            seen = unicodedata.normalize("NFKC", char).lower()
            seen = " " if seen.isspace() else "-" if unicodedata.category(seen[0]) == "Pd" else seen
        folded.extend(seen)
        origins.extend([place] * len(seen))
    return "".join(folded), origins


def _all(pattern: re.Pattern[str]) -> Finder:
    return lambda folded: (match.span() for match in pattern.finditer(folded))


def _spelt(finder: Finder) -> Finder:
    """*finder* for numbers with Chinese numerals among their digits."""

    def find(folded: str) -> Iterator[Range]:
        digits = folded.translate(_CHINESE_DIGITS)
        found = finder(digits) if digits != folded else iter(())
        return ((start, end) for start, end in found if folded[start:end] != digits[start:end])

    return find


def _phones(folded: str) -> Iterator[Range]:
    for pattern in _PHONES:
        yield from (match.span() for match in pattern.finditer(folded))
    yield from (match.span(1) for match in _LOCAL.finditer(folded))


def _spelt_phones(digits: str) -> Iterator[Range]:
    for pattern in _SPELT_PHONES:
        yield from (match.span() for match in pattern.finditer(digits))
    yield from (match.span(1) for match in _LOCAL.finditer(digits))


def _accounts(folded: str) -> Iterator[Range]:
    for match in _ACCOUNT.finditer(folded.translate(_CHINESE_DIGITS)):
        yield match.span(1 if match[1] else 2)


def _id_cards(folded: str) -> Iterator[Range]:
    for match in (*_RUN.finditer(folded), *_LONG.finditer(folded)):
        number = re.sub(r"[^\dx]", "", match[0])
        if _ID_18.fullmatch(number) or _ID_15.fullmatch(number):
            yield match.span()


def _bank_cards(folded: str) -> Iterator[Range]:
    yield from (match.span() for match in _LONG.finditer(folded))
    for match in _RUN.finditer(folded):
        number = re.sub(r"\D", "", match[0])
        # Years in a row (2018-2019 2019-2020) are as long; no card begins with 1 or 2, and its last digit checks the others.
        if len(number) >= 16 and number[0] in "345689" and _luhn(number):
            yield match.span()


def _luhn(number: str) -> bool:
    """Source: ISO/IEC 7812-1, annex B."""
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(number))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


#: What comes after a name of one given character: 我叫张三想问.
_AFTER = "想要问是的在来去有个住家和跟今请您你我他她它不没就也都很从到对于为把被让给能会可应该因这那怎什么吗呢啊吧了电手身男女联微地年"
#: Who someone is by trade or by right, no name: 施工方, 安置户.
_ROLES = "人户方员者商民工主的业队组生家地"
_GIVEN_AS_NAME = re.compile(
    r"(?:我 ?的? ?名字? ?(?:是|叫做?)|我 ?(?:就|本人)? ?叫做?|本人(?:姓名|名叫|叫)|姓 ?名 ?(?:是|为|叫|[::])?|名字(?:是|叫|[::])|鄙人"
    r"|(?:联系|申请|投诉|举报|当事|经办|法定代表)人(?:姓名)?(?:叫|[::]))[\s::,，]{0,2}"
)
_SAID_TO_BE = re.compile(r"(?:我 ?就? ?是|本人(?:是)?|这里是|这边是)[\s::,，]{0,2}")
_SURNAME_ONLY = re.compile(r"(?:我|本人|免贵)姓\s?([\u4e00-\u9fff])")
_NO_NAME = re.compile(r"什么|啥|不|了|的|个|他|她|它|你|您|谁|一|车|人|救|停|外|过|来|是|为|有|没|怎|吗|呢|住|在|和|、|及|等")
_FOREIGN = re.compile(r"[a-z]{2,20}(?: [a-z]{2,20}){0,2}|[\u4e00-\u9fff]{2,5}(?:[·•.][\u4e00-\u9fff]{1,6})+")
_UNKNOWN_NAME = re.compile(rf"[\u4e00-\u9fff](?:[^\W\da-z_{_AFTER}]{{1,2}})")


def _names(folded: str) -> Iterator[Range]:
    found: list[Range] = []
    for match in _GIVEN_AS_NAME.finditer(folded):
        place = match.end()
        name = _FOREIGN.match(folded, place) or _name_form().match(folded, place)
        if name is None and re.search("[叫是::]", match[0]) and not _NO_NAME.match(folded, place):
            name = _UNKNOWN_NAME.match(folded, place)
        if name:
            found.append(name.span())
    for match in _SAID_TO_BE.finditer(folded):
        name = _name_form().match(folded, match.end())
        if name and not _is_ordinary(folded, name):
            found.append(name.span())
    found += [match.span(1) for match in _SURNAME_ONLY.finditer(folded) if match[1] in _surnames()]
    return iter(found)


def _is_ordinary(folded: str, name: re.Match[str]) -> bool:
    """Whether what looks like a name after 我是 is a word (高中生), or the beginning of one (李家村的)."""
    bare = name[0].replace(" ", "")
    if bare[1] in _AFTER and bare[1] not in "家想在有":
        return True
    if bare[:2] not in _surname_words() and bare[:3] not in _surname_words():
        return bool(re.match(r"[村县市镇乡区街路局]", folded[name.end() :])) or bare[-1] in "村县市镇乡区街路局"
    ends = not re.match(r"[\u4e00-\u9fff\w]", folded[name.end() :])
    return len(bare) == 2 or bare[-1] in _ROLES or not ends


def _words_of(name: str) -> frozenset[str]:
    lines = files("bot").joinpath(f"data/{name}").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def _surnames() -> frozenset[str]:
    return _words_of("surnames.txt")


@cache
def _surname_words() -> frozenset[str]:
    return _words_of("surname_words.txt")


@cache
def _name_form() -> re.Pattern[str]:
    """A family name, and one or two characters more; spaces may stand between them."""
    family = "|".join(sorted(_surnames(), key=lambda name: (-len(name), name)))
    return re.compile(rf"(?:{family}) ?[\u4e00-\u9fff](?: ?(?![{_AFTER}])[\u4e00-\u9fff])?")
