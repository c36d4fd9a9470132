"""Paragraphs of a document -> a report with its tree of sections.

Each character of the body goes to exactly one section (``reassemble`` proves it).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from knowledge.documents import read_paragraphs
from knowledge.errors import InvalidSource
from knowledge.headings import find_headings
from knowledge.numbering import Heading
from knowledge.outline import Place, place_headings
from knowledge.page_parts import PageParts, split_page
from knowledge.paragraph import Paragraph, fold_space
from knowledge.particulars import read_particulars
from knowledge.records import Report, Section, SectionKind
from knowledge.title_lines import find_title, read_subtitle
from knowledge.titles import place_and_year

META_LABEL = "文件信息"
PREAMBLE_LABEL = "导语"
TAIL_LABEL = "末段"

#: A heading that stands alone is short; a longer paragraph has its heading run into the text.
_MAX_HEADING_CHARS = 60
#: Paragraphs in which a quotation that was opened must be closed; beyond it the mark is taken for a misprint.
_MAX_QUOTED_PARAGRAPHS = 12
#: 公开数量：全年公开信息97条。 is one sentence with its heading before the colon.
_LABEL = re.compile(r"([^，。；：:,;“《（(]{2,12})([：:])([^。！？：:]{6,}[。；;]|[^：:]{30,}[。；;])$")
_QUOTES = (("“", "”"), ("「", "」"), ("『", "』"))


def parse_report(path: Path, *, report_id: str) -> Report:
    """Parse the report in *path*, a text, web page, Word or PDF file.

    Raises:
        InvalidSource: If it cannot be read, holds no body or title, or the numbers of its parts start over.
    """
    parts = split_page(path, read_paragraphs(path))
    fields, meta_lines = read_particulars(parts.head)
    title = fields.get("标题") or find_title(parts.head)
    if not title:
        raise InvalidSource(path, "", "no title found before the body; put the report's title on a line of its own above the text")
    meta = Section(
        report_id,
        "meta",
        META_LABEL,
        META_LABEL,
        "\n".join([*meta_lines, *read_subtitle(parts.head), *parts.sign_off]),
        None,
        SectionKind.META,
    )
    place, year = place_and_year(title)
    return Report(
        id=report_id,
        title=title,
        document_number=fields.get("文号", ""),
        publisher=fields.get("发布机构", ""),
        place=place or place_and_year(fields.get("发布机构", ""))[0],
        year=year,
        sections=(meta, *_parse_body(path, report_id, parts)),
        source_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def reassemble(sections: Sequence[Section]) -> str:
    """Put the body together again: headings and texts in printed order, without white space."""
    return fold_space("".join(s.heading + s.text for s in sections if s.kind is not SectionKind.META))


def source_body(path: Path) -> str:
    """The body as the source prints it (first copy), without white space; what ``reassemble`` must equal."""
    return fold_space("".join(p.text for p in split_page(path, read_paragraphs(path)).body))


def _parse_body(path: Path, report_id: str, parts: PageParts) -> list[Section]:
    body = parts.body
    quoted = _quoted(body)
    headings = [None if i in quoted else heading for i, heading in enumerate(find_headings(body))]
    tree = _Tree(report_id)
    for paragraph, heading, place in zip(body, headings, place_headings(path, headings), strict=True):
        if heading and place:
            tree.open(heading, place, paragraph)
        else:
            tree.append(paragraph)
    return tree.sections


def _quoted(body: Sequence[Paragraph]) -> set[int]:
    """Paragraphs that begin inside a quotation which an earlier one has opened; a number there belongs to what is quoted."""
    inside: set[int] = set()
    for opening, closing in _QUOTES:
        left_open = [p.text.count(opening) - p.text.count(closing) for p in body]
        for i, depth in enumerate(left_open):
            if depth > 0 and i not in inside:
                near = range(i + 1, min(len(body), i + 1 + _MAX_QUOTED_PARAGRAPHS))
                end = next((j for j in near if left_open[j] < 0), i)
                inside |= set(range(i + 1, end + 1))
    return inside


class _Tree:
    """The sections so far."""

    def __init__(self, report_id: str) -> None:
        self.sections: list[Section] = []
        self._report = report_id
        self._labels: dict[str, Section] = {}
        #: Whether the open heading's paragraph is complete in itself, so that one below it may belong to the heading above.
        self._complete = False

    def open(self, heading: Heading, place: Place, paragraph: Paragraph) -> None:
        self._join_continuation(place)
        start = len(paragraph.text) - len(heading.rest)
        title, closing, text = _split_heading(heading.rest, paragraph.emphasis - start)
        printed = paragraph.text[:start] + title + closing
        section = Section(self._report, place.id, place.label, title, text, place.parent, place.kind, printed)
        self._complete = bool(text) or self._is_listed(section, title + closing)
        self._labels[place.id] = section
        self.sections.append(section)

    def _is_listed(self, section: Section, printed: str) -> bool:
        """Whether a heading without text is an item of a list: it ends like one, or like the item before it, which has no text either."""
        if printed.endswith(("；", ";")):
            return True
        before = self.sections[-1] if self.sections else None
        if before is None or before.parent != section.parent or before.text:
            return False
        return printed.endswith("。") and before.heading.endswith(("。", "；", ";"))

    def _join_continuation(self, place: Place) -> None:
        """A paragraph between two items, or an item and what is below it, continues the first; only one after the last is a tail."""
        last = self.sections[-1] if self.sections else None
        if last and last.kind is SectionKind.TAIL and place.parent in {last.parent, self.sections[-2].id}:
            self.sections.pop()
            self._extend_last(last.text)

    def append(self, paragraph: Paragraph) -> None:
        text = paragraph.text
        last = self.sections[-1] if self.sections else None
        if last is None:
            self.sections.append(Section(self._report, "0", PREAMBLE_LABEL, PREAMBLE_LABEL, text, None, SectionKind.PREAMBLE))
        elif last.parent and last.kind is not SectionKind.TAIL and self._complete and not paragraph.is_row:
            above = self._labels[last.parent]
            label = f"{above.label}{TAIL_LABEL}"
            self.sections.append(Section(self._report, f"{above.id}.tail", label, above.title, text, above.id, SectionKind.TAIL))
        else:
            self._extend_last(text)

    def _extend_last(self, paragraph: str) -> None:
        last = self.sections[-1]
        self.sections[-1] = replace(last, text=f"{last.text}\n{paragraph}" if last.text else paragraph)


def _split_heading(rest: str, emphasis: int) -> tuple[str, str, str]:
    """Title, closing mark and run-in text of what follows a heading's number.

    Args:
        rest: What follows the number.
        emphasis: How many of its characters stand out; 0 or less where the document does not say.
    """
    title, mark, text = rest.partition("。")
    if 0 < emphasis < len(rest.rstrip()) and emphasis < len(title) and emphasis <= _MAX_HEADING_CHARS:
        end = len(rest[:emphasis].rstrip(" \u3000:："))
        after = re.match(r"\s*[:：]?\s*", rest[end:])
        cut = end + (after.end() if after else 0)
        return rest[:end], rest[end:cut].rstrip(), rest[cut:].strip()
    if labelled := _LABEL.match(rest):
        return labelled[1], labelled[2], labelled[3]
    if mark and len(title) <= _MAX_HEADING_CHARS:
        return title, mark, text.strip()
    if rest[-1:] in {"：", ":"} and len(rest) <= _MAX_HEADING_CHARS:
        return rest[:-1], rest[-1], ""
    if len(rest) <= _MAX_HEADING_CHARS or (emphasis >= len(rest) and len(rest) <= 2 * _MAX_HEADING_CHARS and not mark):
        return rest, "", ""
    return "", "", rest
