"""Values with sensible defaults; a test overrides by keyword what it is about."""

from __future__ import annotations

from pathlib import Path

from knowledge.numbering import section_label
from knowledge.records import PairKind, QAPair, Report, Section, SectionKind

TITLE = "星河市人民政府关于2021年法治政府建设情况的报告"
#: Long enough to be read as prose that opens a report.
PREAMBLE = "2021年,星河市人民政府坚持依法行政,认真落实上级关于法治政府建设的部署,各项工作稳步推进。现将有关情况报告如下:"

_KINDS = {1: SectionKind.PART, 2: SectionKind.ARTICLE, 3: SectionKind.ITEM}


def make_section(section_id: str = "1.4.1", text: str = "共办理行政复议案件22件。", *, title: str = "加强行政复议工作") -> Section:
    """A numbered section of the report ``small``."""
    path = tuple(map(int, section_id.split(".")))
    parent = section_id.rpartition(".")[0] or None
    return Section("small", section_id, section_label(path), title, text, parent, _KINDS[len(path)])


def make_report(*sections: Section, report_id: str = "small", place: str = "星河", year: int | None = 2021) -> Report:
    """A report of the *sections*, or of one when none is given."""
    return Report(report_id, TITLE, "", "", place, year, sections or (make_section(),))


def make_pair(question: str = "办了多少件", section: str = "1.4.1", *spans: str, kind: PairKind = PairKind.ANSWER) -> QAPair:
    """A curated pair."""
    return QAPair(question, section, kind, spans)


def write_report(folder: Path, *paragraphs: str, title: str = TITLE) -> Path:
    """Write ``report.txt`` of a title and *paragraphs* into *folder*; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.txt"
    path.write_text("\n".join([title, *paragraphs]) + "\n", encoding="utf-8")
    return path
