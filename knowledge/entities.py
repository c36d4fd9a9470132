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


def speaks_of(text: str, body: str) -> bool:
    """Whether the section text speaks of *body*, by any of its names or by what stands for it."""
    return any(word in text for word in _table()[2][body])


def names_body(text: str, body: str) -> bool:
    """Whether the section text names *body* itself."""
    return body in find_bodies(text)
