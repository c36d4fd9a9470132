"""Groups of questions as a table for a spreadsheet."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from bot.errors import BotError
from bot.review import Group

COLUMNS = ("asked", "question", "other wordings", "why", "comments", "report", "section", "title", "clause", "first day", "last day")
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n]")


def export_groups(path: Path, groups: Sequence[Group]) -> None:
    """Write *groups* to *path*, ``.csv`` or ``.xlsx``, one row a group.

    Raises:
        BotError: If the name ends otherwise or the file cannot be written.
    """
    rows = [_row(group) for group in groups]
    try:
        if path.suffix.lower() == ".csv":
            _write_csv(path, rows)
        elif path.suffix.lower() == ".xlsx":
            _write_xlsx(path, rows)
        else:
            raise BotError(f"{path}: name a file that ends in .csv or .xlsx")
    except OSError as exc:
        raise BotError(f"{path}: cannot be written ({exc.strerror})") from exc


def _row(group: Group) -> tuple[str | int, ...]:
    first = group.proposals[0] if group.proposals else None
    return (
        group.asked,
        group.questions[0],
        "\n".join(group.questions[1:]),
        "; ".join(f"{reason.value} {count}" for reason, count in group.reasons.items()),
        "\n".join(group.comments),
        group.report,
        first.section if first else "",
        first.heading if first else "",
        " / ".join(first.spans) if first else "",
        *group.days,
    )


def _plain(cell: str | int) -> str | int:
    """*cell* without control characters, which no workbook may hold."""
    return "".join(char for char in cell if char == "\n" or char.isprintable()) if isinstance(cell, str) else cell


def _safe(cell: str | int) -> str | int:
    """*cell* as text that no spreadsheet takes for a formula when it opens a CSV file. Source: OWASP, "CSV Injection"."""
    plain = _plain(cell)
    return f"'{plain}" if isinstance(plain, str) and _FORMULA.match(plain) else plain


def _write_csv(path: Path, rows: Sequence[tuple[str | int, ...]]) -> None:
    # Without the byte order mark Excel takes UTF-8 for the machine's own code page.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([_safe(cell) for cell in row] for row in rows)


def _write_xlsx(path: Path, rows: Sequence[tuple[str | int, ...]]) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active or book.create_sheet()
    sheet.title = "questions"
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([_plain(cell) for cell in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDEFGHIJK", (7, 44, 44, 22, 30, 16, 12, 24, 44, 12, 12), strict=True):
        sheet.column_dimensions[letter].width = width
        for cell in sheet[letter]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if isinstance(cell.value, str):
                cell.data_type = "s"  # as it stands, never a formula
    sheet.freeze_panes = "A2"
    book.save(path)
