"""What a page's own style sheets hide."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.S)
#: @media print {…} and its like: what holds only sometimes.
_SOMETIMES = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_STATEMENT = re.compile(r"@[^{};]*;")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
#: One tag, class or id, or a tag with one: nothing that depends on where an element stands or what is done to it.
_SIMPLE = re.compile(r"[a-zA-Z][\w-]*[.#][\w-]+|[.#][\w-]+")
_DISPLAY = re.compile(r"(?:^|;)\s*display\s*:\s*([\w-]+)", re.I)
_INVISIBLE = re.compile(r"(?:^|;)\s*visibility\s*:\s*hidden", re.I)
MAX_RULES = 5_000


def hidden_by_style(tree: LexborHTMLParser) -> set[int]:
    """Ids in memory of the elements that simple rules of the page's ``style`` elements hide; the last rule for an element counts."""
    hidden: set[int] = set()
    for selector, is_hidden in _rules(tree):
        found = {node.mem_id for node in tree.css(selector)}
        hidden = hidden | found if is_hidden else hidden - found
    return hidden


def _rules(tree: LexborHTMLParser) -> Iterator[tuple[str, bool]]:
    text = "\n".join(style.text() for style in tree.css("style"))
    rules = _RULE.findall(_STATEMENT.sub("", _SOMETIMES.sub("", _COMMENT.sub("", text))))
    for selectors, declarations in rules[:MAX_RULES]:
        shown = _DISPLAY.findall(declarations)
        if not shown and not _INVISIBLE.search(declarations):
            continue
        for selector in map(str.strip, selectors.split(",")):
            if _SIMPLE.fullmatch(selector):
                yield selector, not shown or shown[-1].lower() == "none"
