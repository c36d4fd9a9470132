"""Bodies that a text names, and whether a section speaks of them."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


@cache
def _table() -> tuple[re.Pattern[str], dict[str, str], dict[str, tuple[str, ...]]]:
    """A pattern of all names, name -> body, and body -> words that stand for it in a section."""
    body_of: dict[str, str] = {}
    stands_for: dict[str, tuple[str, ...]] = {}
    for line in files("knowledge").joinpath("data/bodies.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        names, _, others = line.partition("|")
        first, *aliases = names.split()
        body_of |= dict.fromkeys((first, *aliases), first)
        stands_for[first] = (first, *aliases, *others.split())
    pattern = re.compile("|".join(map(re.escape, sorted(body_of, key=len, reverse=True))))
    return pattern, body_of, stands_for


def find_bodies(text: str) -> list[str]:
    """Bodies that normalized *text* names, in order, each once, each under its first name."""
    pattern, body_of, _ = _table()
    return list(dict.fromkeys(body_of[name] for name in pattern.findall(text)))


def find_bodies_at(text: str) -> list[tuple[str, int]]:
    """Each mention of a body in normalized *text* with its offset, under its first name."""
    pattern, body_of, _ = _table()
    return [(body_of[match[0]], match.start()) for match in pattern.finditer(text)]


_OFFICE = re.compile(
    r"[\u4e00-\u9fff]{0,6}?(?:政府办公室|政府办|政府|市委办|市委|县委|区委|党委|人大|政协|法院|检察院|委员会|机关|[\u4e00-\u9fff]{2}局|[\u4e00-\u9fff]{1,2}厅|"
    r"事务所|总队|支队|大队|调解中心|乡镇街道|街道|市直部门|企业)"
)


def find_offices_at(text: str) -> list[tuple[str, int]]:
    """Each mention of an office of any name with its offset, those of the table under their first name."""
    named = find_bodies_at(text)
    taken = {place for body, start in named for place in range(start, start + len(body))}
    others = [(m[0][-3:], m.end() - 1) for m in _OFFICE.finditer(text) if m.end() - 1 not in taken]
    return sorted([*named, *others], key=lambda pair: pair[1])


def speaks_of(text: str, body: str) -> bool:
    """Whether the section text speaks of *body*, by any of its names or by what stands for it."""
    return any(word in text for word in _table()[2][body])


def names_body(text: str, body: str) -> bool:
    """Whether the section text names *body* itself."""
    return body in find_bodies(text)
