from pathlib import Path

import pytest

from knowledge import documents
from knowledge.documents import read_paragraphs
from knowledge.errors import InvalidSource


@pytest.mark.parametrize(
    "raw",
    ["甲\n乙\n", "甲\r\n乙\r\n", "\ufeff甲\n乙", "\n\n  甲\t\n\u3000\u3000乙\xa0\n\n", "甲\r乙"],
    ids=["unix", "windows", "byte order mark", "white space", "old mac"],
)
def test_paragraphs_are_trimmed_and_empty_ones_left_out(tmp_path: Path, raw: str) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes(raw.encode())
    assert [paragraph.text for paragraph in read_paragraphs(path)] == ["甲", "乙"]


@pytest.mark.parametrize(
    ("raw", "place", "reason"),
    [
        (b"", "", "holds no text"),
        ("\n \u3000\n".encode(), "", "holds no text"),
        ("甲乙丙丁".encode("big5"), "byte 0", "not UTF-8"),
        ("甲".encode() + b"\xff", "byte 3", "not UTF-8"),
    ],
    ids=["empty", "only white space", "gbk", "one bad byte"],
)
def test_a_file_without_readable_text_is_refused_with_its_place(tmp_path: Path, raw: bytes, place: str, reason: str) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes(raw)
    with pytest.raises(InvalidSource, match=reason) as caught:
        read_paragraphs(path)
    assert (caught.value.path, caught.value.place) == (path, place)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("name", ["missing.txt", "."], ids=["missing", "a folder"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidSource, match="cannot be read"):
        read_paragraphs(tmp_path / name)


def test_a_file_too_large_for_a_report_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    with path.open("wb") as file:
        file.truncate(documents.MAX_SOURCE_BYTES[".txt"] + 1)
    with pytest.raises(InvalidSource, match="larger than"):
        read_paragraphs(path)
