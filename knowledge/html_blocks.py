"""The blocks of a web page in reading order: paragraphs, items with their automatic numbers, rows of tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

from knowledge.headings import join_heading
from knowledge.numbering import int_to_chinese
from knowledge.paragraph import Paragraph, make_paragraph, make_row
from knowledge.text_tables import read_lines

_BLOCK_NAMES = (
    "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header "
    "hr html li main nav ol p pre section summary table tbody td tfoot th thead tr ul ucapcontent"
)
BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_STRONG = frozenset({"b", "strong", *_HEADINGS})
_BOLD = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)
_LINK_SHARE = 0.6
_NOTE_MARK = re.compile(r"(?:[\[〔【(（]\s?\d{1,2}\s?[\]〕】)）]|\d{1,2}|[①-⑳])$")
_BETWEEN_CHINESE = re.compile(
    r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”])[ \t]*[\r\n]\s*(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef“”])"
)
#: A table of data has at least two rows and columns, and no cell as long as this.
_MAX_CELL_CHARS = 600


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of a page.

    Attributes:
        paragraph: Its text.
        is_title: Whether it stands in h1 or h2.
        is_link: Whether it is links for the most part.
    """

    paragraph: Paragraph
    is_title: bool = False
    is_link: bool = False


@dataclass(slots=True)
class _Line:
    """The paragraph being read."""

    runs: list[tuple[str, bool]] = field(default_factory=list)
    linked: int = 0
    chars: int = 0

    def add(self, text: str, *, strong: bool, linked: bool) -> None:
        self.runs.append((text, strong))
        count = len(text.strip())
        self.chars += count
        self.linked += count if linked else 0


@dataclass(frozen=True, slots=True)
class _Inside:
    """What the node being read stands in."""

    strong: bool = False
    linked: bool = False
    title: bool = False
    verbatim: bool = False


def read_blocks(root: LexborNode, *, until: LexborNode | None = None) -> list[Block]:
    """The blocks of *root* in reading order, up to the node *until*."""
    return _Reader(until).read(root)


class _Reader:
    def __init__(self, until: LexborNode | None) -> None:
        self.blocks: list[Block] = []
        self._until = until.mem_id if until is not None else None
        self._line = _Line()
        self._counts: dict[int, int] = {}
        #: Whether the line before was broken within what stands out.
        self._broken = False

    def read(self, root: LexborNode) -> list[Block]:
        # Each entry: a node to read, or the end of a block.
        stack: list[tuple[LexborNode | None, _Inside]] = [(root, _Inside())]
        while stack:
            node, inside = stack.pop()
            if node is None:
                self._end(inside)
                continue
            if node.mem_id == self._until:
                break
            tag = node.tag
            if tag == "-text":
                self._text(node, inside)
            elif tag == "br":
                self._end(inside)
                self._broken = inside.strong
            elif tag == "pre" and all(child.tag == "-text" for child in node.iter(include_text=True)):
                self._end(inside)
                self.blocks += [Block(paragraph) for paragraph in read_lines(node.text().splitlines())]
            elif tag == "table" and self._until is None and is_data_table(node):
                self._end(inside)
                self._rows(node)
            elif tag == "tr" and self._until is not None:
                self._end(inside)
                self._cells(node, stack)
            elif tag and not tag.startswith("-") and tag not in {"script", "style", "template", "noscript"} and not _is_note_mark(node):
                self._open(node, tag, inside, stack)
        self._end(_Inside())
        return self.blocks

    def _open(self, node: LexborNode, tag: str, inside: _Inside, stack: list[tuple[LexborNode | None, _Inside]]) -> None:
        strong = inside.strong or tag in _STRONG or bool(_BOLD.search(node.attributes.get("style") or ""))
        within = _Inside(strong, inside.linked or is_link(node), inside.title or tag in {"h1", "h2"}, inside.verbatim or tag == "pre")
        if tag in BLOCKS:
            self._end(inside)
            if tag == "li" and (number := self._number(node)):
                self._line.add(number, strong=strong, linked=False)
            stack.append((None, within))
        stack.extend((child, within) for child in reversed(list(node.iter(include_text=True))))

    def _text(self, node: LexborNode, inside: _Inside) -> None:
        text = node.text_content or ""
        if inside.verbatim:
            first, *further = text.split("\n")
            self._line.add(first, strong=inside.strong, linked=inside.linked)
            for line in further:
                self._end(inside)
                self._line.add(line, strong=inside.strong, linked=inside.linked)
            return
        self._line.add(text, strong=inside.strong, linked=inside.linked)

    def _end(self, inside: _Inside) -> None:
        line, self._line = self._line, _Line()
        broken, self._broken = self._broken, False
        if line.chars and (paragraph := make_paragraph(_collapsed(line.runs))):
            indented = "".join(text for text, _ in line.runs).lstrip("\r\n\t ")[:1] in {"\u3000", "\u00a0", "\u2002", "\u2003"}
            if broken and not indented and self.blocks and (joined := join_heading(self.blocks[-1].paragraph, paragraph)):
                paragraph = joined
                self.blocks.pop()
            self.blocks.append(Block(paragraph, inside.title, line.linked > _LINK_SHARE * line.chars))

    def _rows(self, table: LexborNode) -> None:
        for row in table.css("tr"):
            cells = [_cell_text(cell) for cell in row.iter() if cell.tag in {"td", "th"}]
            if paragraph := make_row(cells):
                self.blocks.append(Block(paragraph))

    def _cells(self, row: LexborNode, stack: list[tuple[LexborNode | None, _Inside]]) -> None:
        """A row in front of the article: particulars when its cells are short, otherwise part of the page's layout."""
        cells = [cell for cell in row.iter() if cell.tag in {"td", "th"}]
        texts = [_cell_text(cell) for cell in cells]
        if all(len(text) < 100 for text in texts) and not any(self._is_layout(cell) for cell in cells):
            if paragraph := make_row(texts):
                self.blocks.append(Block(paragraph))
            return
        stack.extend((cell, _Inside()) for cell in reversed(cells))

    def _is_layout(self, cell: LexborNode) -> bool:
        """Whether *cell* is, or holds, the article or a table of its own."""
        return any(node.mem_id == self._until or (node.tag == "table") for node in (cell, *cell.css("*")))

    def _number(self, item: LexborNode) -> str:
        """The number a browser prints before an item of an ordered list."""
        parent = item.parent
        if parent is None or parent.tag != "ol":
            return ""
        style = f"{parent.attributes.get('style') or ''} {item.attributes.get('style') or ''}"
        if re.search(r"list-style(?:-type)?\s*:\s*none", style):
            return ""
        given = item.attributes.get("value") or (parent.attributes.get("start") if parent.mem_id not in self._counts else None)
        number = int(given) if given and given.isdecimal() else self._counts.get(parent.mem_id, 0) + 1
        self._counts[parent.mem_id] = number
        if re.search(r"cjk-ideographic|chinese|japanese-informal", style) and number < 100:
            return f"{int_to_chinese(number)}、"
        letter = parent.attributes.get("type") or "1"
        return f"{chr(ord(letter) + number - 1)}." if letter in {"a", "A"} and number <= 26 else f"{number}."


def is_link(node: LexborNode) -> bool:
    """Whether *node* leads elsewhere; an anchor without an address only marks a place."""
    return node.tag == "a" and "href" in node.attributes


def _is_note_mark(node: LexborNode) -> bool:
    """Whether *node* is the mark of a footnote: a number that leads to a place of the page."""
    return node.tag == "a" and (node.attributes.get("href") or "").startswith("#") and bool(_NOTE_MARK.match(node.text().strip()))


def is_data_table(table: LexborNode) -> bool:
    """Whether *table* holds data, not the layout of the page: several rows and columns of short cells, no table inside."""
    if any(inner.mem_id != table.mem_id for inner in table.css("table")):
        return False
    rows = [[cell for cell in row.iter() if cell.tag in {"td", "th"}] for row in table.css("tr")]
    widths = [len(row) for row in rows if row]
    short = all(len(cell.text()) <= _MAX_CELL_CHARS for row in rows for cell in row)
    return len(widths) > 1 and max(widths) > 1 and short


def _cell_text(cell: LexborNode) -> str:
    return re.sub(r"\s+", " ", _join_lines(cell.text(separator=" " if cell.css_first("p, br, div") else "")))


def _join_lines(text: str) -> str:
    """Line ends of the page's source are no spaces between Chinese characters."""
    return _BETWEEN_CHINESE.sub("", text)


def _collapsed(runs: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Runs with white space as a browser shows it: one space at most, none where the source breaks a Chinese line."""
    whole = "".join(text for text, _ in runs)
    kept = _join_lines(whole)
    collapsed = re.sub(r"[ \t\r\n\f]+", " ", kept)
    if len(runs) == 1:
        return [(collapsed, runs[0][1])]
    leading = 0
    for text, strong in runs:
        if not strong and text.strip():
            break
        leading += len("".join(text.split()))
    cut, seen = 0, 0
    while cut < len(collapsed) and seen < leading:
        seen += not collapsed[cut].isspace()
        cut += 1
    return [(collapsed[:cut], True), (collapsed[cut:], False)]
