"""Files that are no report: each is refused with its name, what is wrong and what to do, and the live release stays."""

from __future__ import annotations

import io
import random
import runpy
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from documents import write_document
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from typer.testing import CliRunner

from knowledge.release import Releases

SCRIPT = Path(__file__).parents[2] / "scripts" / "reload_knowledge.py"
LINES = ["一、工作情况", "（一）制度。听证6次。", "二、问题", "力量不足。"]


@pytest.fixture(scope="module")
def reload_script() -> Callable[..., tuple[int, str]]:
    """The script's command, run in this process: exit status and what it prints for an administrator."""
    app = typer.Typer()
    app.command()(runpy.run_path(str(SCRIPT))["main"])

    def run(*arguments: object, data_dir: Path) -> tuple[int, str]:
        done = CliRunner().invoke(app, [str(argument) for argument in arguments], env={"WENBAO_DATA_DIR": str(data_dir)})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return run


@pytest.fixture(scope="module")
def live(reload_script: Callable[..., tuple[int, str]], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data directory with a release in service, and that release's id."""
    folder = tmp_path_factory.mktemp("live")
    path = write_document(folder, "txt", LINES)
    status, printed = reload_script("--only", path.rename(folder / "star.txt"), data_dir=folder / "data")
    assert status == 0, printed
    return folder / "data", Releases(folder / "data").live_id() or ""


def picture_pdf(*, scanned: bool, password: str = "") -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file, encrypt=StandardEncryption(password) if password else None)
    if scanned:
        canvas.drawImage(ImageReader(Image.new("RGB", (300, 400), "white")), 0, 0, 500, 700)
    canvas.rect(9, 9, 90, 90)
    canvas.showPage()
    canvas.save()
    return file.getvalue()


def zipped(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "x")
    return file.getvalue()


TITLE = "星河市2021年工作报告\n一、总体情况\n"
FILES: dict[str, tuple[str, bytes | Callable[[], bytes], str]] = {
    "a Word file that is no archive": ("report.docx", b"text " * 99, "is no .docx file or is cut short; copy it again"),
    "an archive that is no Word file": ("report.docx", lambda: zipped("a.txt"), "save it as .docx"),
    "an old Word file under a new name": ("report.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 999, "save it as .docx without one"),
    "a PDF without text": ("report.pdf", lambda: picture_pdf(scanned=False), "holds no text"),
    "a scan": ("report.pdf", lambda: picture_pdf(scanned=True), "run OCR"),
    "an encrypted PDF": ("report.pdf", lambda: picture_pdf(scanned=False, password="x"), "protected with a password; save it without one"),
    "a cut PDF": ("report.pdf", lambda: picture_pdf(scanned=False)[:300], "is damaged or cut short"),
    "a page of a hundred thousand levels": ("report.html", b"<div>" * 100_000 + "一、工作".encode(), "open the page in a browser and save"),
    "unclosed tables": ("report.html", b"<table><tr><td>" * 34_000, "nested more than 5,000 deep"),
    "fifty megabytes": ("report.txt", b"\xe4\xb8\x80" * 16_700_000, "larger than 20,000,000 bytes"),
    "a million lines": ("report.txt", (TITLE + "甲。\n" * 1_000_000).encode(), "is this one report"),
    "one very long line": ("report.txt", (TITLE + "甲" * 900_000).encode(), "put every paragraph of the report on a line of its own"),
    "nothing": ("report.txt", b"", "holds no text; copy the report into it again"),
    "only white space": ("report.txt", "\ufeff \r\n　　\n".encode(), "holds no text"),
    "noise": ("report.txt", random.Random(7).randbytes(50_000), "save it as UTF-8"),
    "a program": ("report.txt", b"\x7fELF\x02\x01\x01" + b"\0" * 999, "is no text file; name the report's"),
    "noise in a page": ("report.html", random.Random(8).randbytes(50_000), "save it as UTF-8"),
    "a Word file named as text": (
        "report.txt",
        lambda: zipped("word/document.xml"),
        "is a Word file by what it holds; rename it to report.docx",
    ),
    "a PDF file named as Word": (
        "report.docx",
        lambda: picture_pdf(scanned=False),
        "is a PDF file by what it holds; rename it to report.pdf",
    ),
    "a page named as text": ("report.txt", b"\xef\xbb\xbf\n<!DOCTYPE html><p>", "is a web page by what it holds; rename it to report.html"),
    "an old Word file": ("report.doc", b"\xd0\xcf\x11\xe0", "save it as .docx"),
    "a picture": ("report.jpg", b"\xff\xd8", "is no .txt, .html, .htm, .docx or .pdf file"),
    "a page without an article": ("report.html", "<title>首页</title><p>欢迎访问</p>".encode(), "is this the report?"),
    "no title": ("report.txt", "一、总体\n做了甲。\n".encode(), "put the report's title on a line of its own"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_report_is_refused_and_the_live_release_stays(
    reload_script: Callable[..., tuple[int, str]], live: tuple[Path, str], tmp_path: Path, name: str
) -> None:
    data_dir, release = live
    file, raw, reason = FILES[name]
    path = tmp_path / file
    path.write_bytes(raw() if callable(raw) else raw)
    status, printed = reload_script("--only", path, data_dir=data_dir)
    assert status == 1
    assert str(path) in printed
    assert reason in printed
    assert Releases(data_dir).live_id() == release
    assert not [*data_dir.rglob("*.partial")]


def test_a_folder_without_a_document_is_refused_and_the_live_release_stays(
    reload_script: Callable[..., tuple[int, str]], live: tuple[Path, str], tmp_path: Path
) -> None:
    (tmp_path / "picture.jpg").write_bytes(b"\xff\xd8")
    status, printed = reload_script("--only", tmp_path, data_dir=live[0])
    assert (status, Releases(live[0]).live_id()) == (1, live[1])
    assert f"{tmp_path}: holds no report.txt" in printed
    assert "name a file" in printed
