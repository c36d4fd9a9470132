"""Names of bodies in a text."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files


@cache
def _bodies() -> re.Pattern[str]:
    lines = files("knowledge").joinpath("data/bodies.txt").read_text(encoding="utf-8").splitlines()
    names = sorted({name for line in lines if not line.startswith("#") for name in line.split()}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, names)))


def find_bodies(text: str) -> list[str]:
    """Bodies that normalized *text* names, in order, each once."""
    return list(dict.fromkeys(_bodies().findall(text)))
