import random
import re
import time
from contextlib import suppress
from pathlib import Path

import docx
import pytest

from knowledge import documents
from knowledge.documents import read_paragraphs
from knowledge.errors import InvalidSource
from knowledge.paragraph import tidy
from knowledge.report import parse_report


@pytest.mark.parametrize(
    "raw",
    ["甲\n乙\n", "甲\r\n乙\r\n", "\ufeff甲\n乙", "\n\n  甲\t\n\u3000\u3000乙\xa0\n\n", "甲\r乙"],
    ids=["unix", "windows", "byte order mark", "white space", "old mac"],
)
def test_paragraphs_are_trimmed_and_empty_ones_left_out(tmp_path: Path, raw: str) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes(raw.encode())
    assert [paragraph.text for paragraph in read_paragraphs(path)] == ["甲", "乙"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_the_encodings_of_chinese_text_files_are_read(tmp_path: Path, encoding: str, line_end: str) -> None:
    lines = ["一、2021年工作情况", "全市“放管服”改革成效明显,办件量居全省第①位。"]
    path = tmp_path / "report.txt"
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    path.write_bytes(mark + line_end.join(lines).encode(encoding))
    assert [paragraph.text for paragraph in read_paragraphs(path)] == lines


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (bytes(range(256)) * 200, "is not UTF-8, nor GB18030"),
        (random.Random(1).randbytes(200_000), "is not UTF-8, nor GB18030"),
        (b"\x7fELF\x02\x01\x01\x00" + b"\x00" * 5_000, "is no text file"),
        ("一、工作".encode("utf-16-le"), "is no text file|is not UTF-8"),
        ("一、工作情况".encode()[:-1], "is not UTF-8"),
        (b"\xff\xfe\x00", "is not UTF-16"),
        ("雲林縣聽證會".encode("big5"), "is not UTF-8, nor GB18030"),
    ],
    ids=["every byte", "noise", "program", "utf-16 without a mark", "cut", "odd utf-16", "big5"],
)
def test_what_is_no_text_is_refused(tmp_path: Path, raw: bytes, reason: str) -> None:
    path = tmp_path / "report.txt"
    path.write_bytes(raw)
    with pytest.raises(InvalidSource, match=reason):
        read_paragraphs(path)


@pytest.mark.parametrize(
    "text",
    [
        "甲" * 1_900_000,
        "“甲\n" * 19_000,
        "（一）甲。乙。\n" * 19_000,
        "\n".join(f"{n}.甲" for n in range(1, 19_000)),
        "甲|" * 700_000,
        "附件\n" * 19_000,
    ],
    ids=["one line", "open quotes", "one number", "numbers", "cells", "attachments"],
)
def test_a_text_of_the_largest_size_is_parsed_or_refused_in_seconds(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.txt"
    path.write_text(f"星河市2021年工作报告\n一、工作\n{text}", encoding="utf-8")
    began = time.monotonic()
    with suppress(InvalidSource):
        parse_report(path, report_id="small")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("text", ["甲" * 2_000_001, "甲\n" * 20_001], ids=["characters", "lines"])
def test_more_text_than_a_report_holds_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "report.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidSource, match="more than 2,000,000 characters"):
        read_paragraphs(path)


def test_a_character_under_its_radicals_code_is_the_character() -> None:
    assert tidy("⼀、⽤⼾满意度⾼，⺠⽣⻔⼾⽹站") == "一、用户满意度高，民生门户网站"


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


PASTED = "市政府坚持把法治政府建设作为全面依法治市的重点任务和主体工程，统筹谋划、整体推进，各项工作取得新的成效，" * 4 + "完。"


@pytest.mark.parametrize("kind", ["html", "docx"])
@pytest.mark.parametrize("indent", ["\u3000\u3000", ""], ids=["indented", "not indented"])
def test_lines_pasted_as_paragraphs_are_put_together(tmp_path: Path, kind: str, indent: str) -> None:
    texts = ["一、工作", PASTED, "（一）制度。" + PASTED, "二、问题", PASTED]
    lines = [line for text in texts for line in re.findall(r".{1,29}", indent + text)]
    lines[8:8] = ["— 1 —"]
    path = tmp_path / f"report.{kind}"
    if kind == "html":
        path.write_text("<h1>某市2020年工作报告</h1>" + "".join(f"<p>{line}</p>" for line in lines), encoding="utf-8")
    else:
        document = docx.Document()
        for line in ["某市2020年工作报告", *lines]:
            document.add_paragraph(line)
        document.save(str(path))
    assert [paragraph.text for paragraph in read_paragraphs(path)[1:]] == texts
