"""Word files: paragraphs with the numbers Word prints, tables as rows in their place.

Headers, footers, footnotes, comments, deleted and hidden text are not the report's; text boxes follow the paragraph they hang on.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docx
from docx.oxml.ns import qn

from knowledge.docx_numbers import ListNumbers
from knowledge.errors import InvalidSource
from knowledge.headings import join_heading
from knowledge.paragraph import Paragraph, make_paragraph, make_row
from knowledge.wrapped_lines import join_wrapped_paragraphs

if TYPE_CHECKING:
    from docx.document import Document

#: What the text and its styles may unpack to, and everything with pictures.
MAX_UNPACKED_BYTES = 80_000_000
MAX_WITH_PICTURES_BYTES = 300_000_000
#: A legacy Word file, or a docx that is protected with a password.
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_NOT_PRINTED = {
    qn(f"w:{tag}")
    for tag in ("del", "moveFrom", "instrText", "delText", "rPr", "pPr", "footnoteReference", "endnoteReference", "commentReference")
}
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MAX_CELL_CHARS = 600


def read_docx(path: Path, raw: bytes) -> list[Paragraph]:
    """Paragraphs of a Word file.

    Raises:
        InvalidSource: If it is no Word file, is damaged, or unpacks to more than ``MAX_UNPACKED_BYTES``.
    """
    document = _open(path, raw)
    try:
        return join_wrapped_paragraphs(list(_Reader(document).read(document.element.body)))
    except Exception as exc:  # a part that Word would mend
        raise _damaged(path, exc) from exc


def _open(path: Path, raw: bytes) -> Document:
    if raw.startswith(_COMPOUND_FILE):
        raise InvalidSource(path, "", "is an old Word file or protected with a password; save it as .docx without one")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            pictures = sum(info.file_size for info in archive.infolist() if info.filename.startswith("word/media/"))
            text = sum(info.file_size for info in archive.infolist()) - pictures
            if text > MAX_UNPACKED_BYTES or text + pictures > MAX_WITH_PICTURES_BYTES or len(archive.infolist()) > 10_000:
                raise InvalidSource(path, "", f"unpacks to {text + pictures:,} bytes; is this the report?")
            if "word/document.xml" not in archive.namelist():
                raise InvalidSource(path, "", "is no Word file (it holds no word/document.xml); save it as .docx with Word or WPS")
        return docx.Document(io.BytesIO(raw))
    except InvalidSource:
        raise
    except zipfile.BadZipFile as exc:
        raise InvalidSource(path, "", "is no .docx file or is cut short; copy it again, or save it as .docx with Word or WPS") from exc
    except Exception as exc:  # python-docx and lxml raise whatever the damage leads to
        raise _damaged(path, exc) from exc


def _damaged(path: Path, exc: Exception) -> InvalidSource:
    return InvalidSource(path, "", f"is damaged ({type(exc).__name__}); open and save it with Word or WPS")


class _Reader:
    def __init__(self, document: Document) -> None:
        self._styles = {style.get(qn("w:styleId")): style for style in document.styles.element.iter(qn("w:style"))}
        self._numbers = ListNumbers(document, self._styles)

    def read(self, container: Any) -> Iterator[Paragraph]:
        """Paragraphs and rows of the body, a cell or a text box, in order."""
        carried: list[tuple[str, bool]] = []
        for child in container.iterchildren():
            if child.tag == qn("w:p"):
                if child.find(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn('w:del')}") is not None:  # what ends it is deleted: it goes on in the next
                    carried += self._line(child, [])
                    continue
                yield from self._paragraph(child, carried)
                carried = []
            elif child.tag == qn("w:tbl"):
                yield from self._table(child)
            elif child.tag in {qn("w:sdt"), qn("w:sdtContent"), qn("w:customXml"), qn("w:ins"), qn("w:smartTag")}:
                yield from () if _is_contents(child) else self.read(child)

    def _paragraph(self, element: Any, carried: list[tuple[str, bool]]) -> Iterator[Paragraph]:
        boxes: list[Any] = []
        line: list[tuple[str, bool]] = []
        above: Paragraph | None = None
        for text, strong in [*carried, *self._line(element, boxes), ("\n", False)]:
            if text != "\n":
                line.append((text, strong))
                continue
            if found := make_paragraph(line):
                found = replace(found, is_indented=found.is_indented or _is_indented(element))
                if above and (joined := join_heading(above, found)):
                    above = joined
                else:
                    yield from [above] if above else []
                    above = found
            line = []
        yield from [above] if above else []
        for box in boxes:
            yield from self.read(box)

    def _line(self, element: Any, boxes: list[Any]) -> list[tuple[str, bool]]:
        """The number Word prints before a paragraph and its text, run by run; its text boxes are added to *boxes*."""
        style = self._style_chain(element)
        names = [(s.find(qn("w:name")).get(qn("w:val")) or "").lower() for s in style if s.find(qn("w:name")) is not None]
        if any(name.startswith("toc ") for name in names):
            return []
        is_heading = any(name.startswith(("heading", "标题", "title")) for name in names)
        bold = any(_is_on(s.find(f"{qn('w:rPr')}/{qn('w:b')}")) for s in style if s.find(f"{qn('w:rPr')}/{qn('w:b')}") is not None)
        number = self._numbers.next(element, style)
        runs = list(self._runs(element, boxes, is_heading or bold))
        is_cell = element.getparent().tag == qn("w:tc")  # there a number may stand alone
        if not number or not (is_cell or any(text.strip() for text, _ in runs)):
            return runs
        return [(f"{number} " if number[-1].isdecimal() else number, True), *runs]

    def _runs(self, element: Any, boxes: list[Any], strong: bool) -> Iterator[tuple[str, bool]]:
        """Printed text of a paragraph, run by run; a line break is ``\\n``."""
        stack = [(child, strong) for child in reversed(list(element))]
        while stack:
            node, stands_out = stack.pop()
            tag = node.tag
            if tag == qn("w:t"):
                yield node.text or "", stands_out
            elif tag in {qn("w:br"), qn("w:cr")}:
                if node.get(qn("w:type")) != "page":
                    yield "\n", False
            elif tag == qn("w:tab") and node.getparent().tag == qn("w:r"):
                yield " ", stands_out
            elif tag == qn("w:noBreakHyphen"):
                yield "-", stands_out
            elif tag == qn("w:txbxContent"):
                boxes.append(node)
            elif tag == _FALLBACK or tag in _NOT_PRINTED or not isinstance(tag, str):
                continue
            else:
                if tag == qn("w:r"):
                    properties = node.find(qn("w:rPr"))
                    if properties is not None and _is_on(properties.find(qn("w:vanish"))):
                        continue
                    mark = properties.find(qn("w:b")) if properties is not None else None
                    stands_out = strong if mark is None else _is_on(mark)
                stack.extend((child, stands_out) for child in reversed(list(node)))

    def _table(self, table: Any) -> Iterator[Paragraph]:
        rows = [[cell for cell in row.iter(qn("w:tc")) if _row_of(cell) is row] for row in table.iterchildren(qn("w:tr"))]
        contents = [[list(self.read(cell)) for cell in row] for row in rows]
        lengths = [sum(len(p.text) for p in cell) for row in contents for cell in row]
        if max(map(len, rows), default=0) < 2 or max(lengths, default=0) > _MAX_CELL_CHARS:  # a frame around text
            for row in contents:
                for cell in row:
                    yield from cell
            return
        for row in contents:
            if found := make_row([" ".join(p.text for p in cell) for cell in row]):
                yield found

    def _style_chain(self, element: Any) -> list[Any]:
        """The paragraph's style and those it is based on, nearest first."""
        properties = element.find(qn("w:pPr"))
        named = properties.find(qn("w:pStyle")) if properties is not None else None
        chain: list[Any] = []
        name = named.get(qn("w:val")) if named is not None else None
        while name in self._styles and len(chain) < 20:
            chain.append(self._styles[name])
            based = chain[-1].find(qn("w:basedOn"))
            name = based.get(qn("w:val")) if based is not None else None
        return chain


def _is_indented(element: Any) -> bool:
    indent = element.find(f"{qn('w:pPr')}/{qn('w:ind')}")
    return indent is not None and any((indent.get(qn(f"w:{name}")) or "0").strip("0") for name in ("firstLine", "firstLineChars"))


def _is_on(mark: Any) -> bool:
    return mark is not None and mark.get(qn("w:val")) not in {"0", "false", "off"}


def _row_of(cell: Any) -> Any:
    """The row a cell stands in, through content controls."""
    parent = cell.getparent()
    while parent is not None and parent.tag != qn("w:tr"):
        parent = parent.getparent()
    return parent


def _is_contents(control: Any) -> bool:
    """Whether a content control is Word's table of contents."""
    gallery = control.find(f"{qn('w:sdtPr')}/{qn('w:docPartObj')}/{qn('w:docPartGallery')}")
    return gallery is not None and gallery.get(qn("w:val")) == "Table of Contents"
