"""Paragraphs of a saved web page -> a report with its tree of sections.

A government web page prints a metadata block, the title, the body, a sign-off and navigation; some print the block
and the body twice. Each character of the body goes to exactly one section (``reassemble`` proves it).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from knowledge.documents import read_paragraphs
from knowledge.errors import InvalidSource
from knowledge.numbering import Heading, parse_heading, section_id, section_label
from knowledge.records import Report, Section, SectionKind
from knowledge.titles import find_areas, find_year, place_of

META_LABEL = "文件信息"
PREAMBLE_LABEL = "导语"
TAIL_LABEL = "末段"

_META_KEYS = ("索引号", "文号", "发布机构", "生成日期", "发布时间", "发布日期", "成文日期", "标题", "有效性", "主题词", "公开方式")
_META_NAMES = "|".join(r"\s*".join(key) for key in _META_KEYS)  # pages print 索 引 号 with spaces
_META_LINE = re.compile(rf"^({_META_NAMES})\s*[:：]?\s*(\S.*)$")
_DATE_LINE = re.compile(r"^[〇零一二三四五六七八九十\d]{4}年[一二三四五六七八九十\d]{1,3}月[一二三四五六七八九十\d]{1,3}日$")
_DISCLOSURE = re.compile(r"^[(（]?此件.*公开[)）]?$")
_KINDS = {1: SectionKind.PART, 2: SectionKind.ARTICLE, 3: SectionKind.ITEM}
#: A heading that stands alone is short; a longer paragraph has its heading run into the text.
_MAX_HEADING_CHARS = 60


def parse_report(path: Path, *, report_id: str) -> Report:
    """Parse the report in *path*.

    Raises:
        InvalidSource: If no numbered body is found or a number stands twice.
    """
    paragraphs = read_paragraphs(path)
    start, end = _body_bounds(path, paragraphs)
    body_end, sign_off = _split_sign_off(paragraphs, start, end)
    fields, meta_lines = _metadata(paragraphs[:start])
    title = fields.get("标题") or _title_before(paragraphs[:start])
    if not title:
        raise InvalidSource(path, "", "no title found before the body")
    meta = Section(report_id, "meta", META_LABEL, META_LABEL, "\n".join([*meta_lines, *sign_off]), None, SectionKind.META)
    sections = (meta, *_parse_body(path, report_id, paragraphs[start:body_end]))
    areas = find_areas(title) or find_areas(fields.get("发布机构", ""))
    return Report(
        id=report_id,
        title=title,
        document_number=fields.get("文号", ""),
        publisher=fields.get("发布机构", ""),
        place=place_of(areas[-1]) if areas else "",
        year=find_year(title),
        sections=sections,
        source_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
    )


def reassemble(sections: Sequence[Section]) -> str:
    """Put the body together again: headings and texts in printed order, without white space."""
    parts = [s.heading + s.text for s in sections if s.kind is not SectionKind.META]
    return "".join("".join(parts).split())


def source_body(path: Path) -> str:
    """The body as the source prints it (first copy), without white space; what ``reassemble`` must equal."""
    paragraphs = read_paragraphs(path)
    start, end = _body_bounds(path, paragraphs)
    body_end, _ = _split_sign_off(paragraphs, start, end)
    return "".join("".join(paragraphs[start:body_end]).split())


def _body_bounds(path: Path, paragraphs: list[str]) -> tuple[int, int]:
    """First paragraph of the body, and the one after its first copy."""
    first = next((i for i, p in enumerate(paragraphs) if (h := parse_heading(p)) and h.level == 1 and h.number == 1), None)
    if first is None:
        raise InvalidSource(path, "", 'no part "一、" found; is this a numbered report?')
    start = first
    while start and _is_prose(paragraphs[start - 1]):
        start -= 1
    opening = paragraphs[start]
    again = next((i for i in range(first + 1, len(paragraphs)) if paragraphs[i] == opening), len(paragraphs))
    return start, again


def _is_prose(paragraph: str) -> bool:
    leads_in = "如下" in paragraph or "现将" in paragraph
    return (len(paragraph) >= 40 or leads_in) and paragraph[-1] in "。:;：；" and not _META_LINE.match(paragraph)


def _split_sign_off(paragraphs: list[str], start: int, end: int) -> tuple[int, list[str]]:
    """Where the body ends, and the sign-off lines (body, date, disclosure) that follow it."""
    for i in range(start + 1, end):
        if _DATE_LINE.match("".join(paragraphs[i].split())):
            signer = i - 1 if not re.search(r"[。;:：；]$", paragraphs[i - 1]) and not parse_heading(paragraphs[i - 1]) else i
            lines = paragraphs[signer : i + 1]
            if i + 1 < end and _DISCLOSURE.match(paragraphs[i + 1]):
                lines.append(paragraphs[i + 1])
            return signer, lines
    return end, []


def _metadata(paragraphs: list[str]) -> tuple[dict[str, str], list[str]]:
    """Fields by key, and the printed lines, each field once.

    A page that prints the block twice prints one copy with several fields a line; the line with a single field wins.
    """
    fields: dict[str, str] = {}
    lines: dict[str, str] = {}
    for paragraph in paragraphs:
        if not (match := _META_LINE.match(paragraph)):
            continue
        key, value = "".join(match[1].split()), match[2]
        if any(re.search(rf"\s{other}|(?<=\d){other}", value) for other in _META_KEYS):
            continue
        if key == "有效性":  # a drop-down: the chosen value first, then all choices
            value = value.split()[0]
            paragraph = paragraph[: match.start(2)] + value
        fields.setdefault(key, value)
        lines.setdefault(key, paragraph)
    return fields, list(lines.values())


def _title_before(paragraphs: list[str]) -> str:
    return next((p for p in reversed(paragraphs) if re.search(r"报告|情况|总结|意见|要点", p) and len(p) < 80), "")


def _parse_body(path: Path, report_id: str, paragraphs: list[str]) -> list[Section]:
    tree = _Tree(path, report_id)
    for paragraph in paragraphs:
        heading = parse_heading(paragraph)
        if heading:
            tree.open(heading, paragraph)
        else:
            tree.append(paragraph)
    return tree.sections


class _Tree:
    """The sections so far and the path of the open one."""

    def __init__(self, path: Path, report_id: str) -> None:
        self.sections: list[Section] = []
        self._source = path
        self._report = report_id
        self._path: tuple[int, ...] = ()

    def open(self, heading: Heading, paragraph: str) -> None:
        self._join_continuation(heading)
        parents = (*self._path, 0, 0)[: heading.level - 1]
        self._path = (*parents, heading.number)
        new_id = section_id(tuple(n for n in self._path if n))
        if any(s.id == new_id for s in self.sections):
            raise InvalidSource(self._source, f"section {new_id}", "the same number stands twice")
        title, closing, text = _split_heading(heading.rest)
        parent = section_id(tuple(n for n in parents if n)) or None
        printed = paragraph[: len(paragraph) - len(heading.rest)] + title + closing
        label = section_label(self._path)
        self.sections.append(Section(self._report, new_id, label, title, text, parent, _KINDS[heading.level], printed))

    def _join_continuation(self, heading: Heading) -> None:
        """A paragraph between two items continues the first; only one after the last item is a tail."""
        last = self.sections[-1] if self.sections else None
        if last and last.kind is SectionKind.TAIL and heading.level == 3 and len(self._path) == 3:
            self.sections.pop()
            self._replace_last(last.text)

    def append(self, paragraph: str) -> None:
        if not self._path:
            self._extend_or_add("0", PREAMBLE_LABEL, PREAMBLE_LABEL, None, SectionKind.PREAMBLE, paragraph)
            return
        last = self.sections[-1]
        if (last.kind is SectionKind.ITEM and last.text) or last.kind is SectionKind.TAIL:
            above = last.parent if last.kind is SectionKind.ITEM else last.id.removesuffix(".tail")
            parent = next(s for s in self.sections if s.id == above)
            label = f"{parent.label}{TAIL_LABEL}"
            self._extend_or_add(f"{parent.id}.tail", label, parent.title, parent.id, SectionKind.TAIL, paragraph)
        else:
            self._replace_last(paragraph)

    def _extend_or_add(self, new_id: str, label: str, title: str, parent: str | None, kind: SectionKind, text: str) -> None:
        if self.sections and self.sections[-1].id == new_id:
            self._replace_last(text)
        else:
            self.sections.append(Section(self._report, new_id, label, title, text, parent, kind))

    def _replace_last(self, paragraph: str) -> None:
        last = self.sections[-1]
        text = f"{last.text}\n{paragraph}" if last.text else paragraph
        self.sections[-1] = Section(last.report, last.id, last.label, last.title, text, last.parent, last.kind, last.heading)


def _split_heading(rest: str) -> tuple[str, str, str]:
    """Title, closing mark and run-in text of what follows a heading's number."""
    title, mark, text = rest.partition("。")
    if mark and len(title) <= _MAX_HEADING_CHARS:
        return title, mark, text.strip()
    if len(rest) <= _MAX_HEADING_CHARS:
        return rest, "", ""
    return "", "", rest
