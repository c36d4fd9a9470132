"""Which files are sources, and the id each gets."""

from __future__ import annotations

from pathlib import Path

import pytest
from documents import KINDS, write_document

from knowledge.build import build_report
from knowledge.documents import Source, find_sources, source_at
from knowledge.errors import InvalidSource

BODY = ["2021年，星河市扎实推进法治政府建设。现将有关情况报告如下：", "一、工作", "（一）制度。听证6次。", "二、问题", "力量不足。"]


def write(tmp_path: Path, name: str, **options) -> Path:
    """A bare file of that name."""
    made = write_document(tmp_path / "made", Path(name).suffix[1:].lower(), BODY, **options)
    return made.rename(tmp_path / name)


@pytest.mark.parametrize("kind", [*KINDS, "htm"])
def test_a_folder_holds_its_report_in_any_kind_of_file(tmp_path: Path, kind: str) -> None:
    path = write_document(tmp_path / "xinghe-2021", kind.removesuffix("m") + "ml" if kind == "htm" else kind, BODY)
    path = path.rename(path.with_suffix(f".{kind}"))
    assert find_sources([tmp_path]) == [Source("xinghe-2021", path, path.parent)]
    assert build_report(find_sources([path.parent])[0]).report.section("1.1").text == "听证6次。"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("xinghe-2021.docx", "xinghe-2021"),
        ("2021.txt", "2021"),
        ("新报告.docx", "xinghe-2021"),
        ("星河市2021年法治政府建设报告(定稿).pdf", "xinghe-2021"),
        ("Report Final.html", "xinghe-2021"),
        ("新报告.TXT", "xinghe-2021"),
    ],
)
def test_a_bare_file_gets_its_id_from_its_name_or_its_title(tmp_path: Path, name: str, expected: str) -> None:
    path = write(tmp_path, name)
    assert find_sources([path]) == [Source(expected, path, None)]


def test_a_file_whose_title_names_no_place_gets_its_name_in_pinyin(tmp_path: Path) -> None:
    path = write(tmp_path, "年度报告 2021.txt", title="关于法治政府建设情况的报告")
    assert source_at(path).id == "niandubaogao-2021"


def test_a_bare_file_is_built(tmp_path: Path) -> None:
    stored = build_report(source_at(write(tmp_path, "新报告.docx")))
    assert (stored.report.id, stored.report.place, stored.report.year) == ("xinghe-2021", "星河", 2021)
    assert {section.report for section in stored.report.sections} == {"xinghe-2021"}


def test_the_report_of_a_folder_may_be_named_itself(tmp_path: Path) -> None:
    path = write_document(tmp_path / "xinghe-2021", "txt", BODY)
    assert source_at(path) == source_at(path.parent)


def test_a_report_named_itself_need_not_lie_in_a_folder_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "下载"
    folder.mkdir()
    path = write(folder, "report.docx")
    assert source_at(path) == Source("xinghe-2021", path, None)


def test_one_of_two_reports_in_a_folder_can_be_named(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    paths = [write(folder, "report.txt"), write(folder, "report.docx")]
    assert [source_at(path) for path in paths] == [Source("small", path, folder) for path in paths]


def test_questions_and_terms_lie_in_the_folder(tmp_path: Path) -> None:
    path = write_document(tmp_path / "xinghe-2021", "docx", BODY)
    pairs = path.with_name("pairs.yaml")
    pairs.write_text('sections:\n  "1.1":\n    - questions: ["开了几次会"]\n', encoding="utf-8")
    source = source_at(path.parent)
    assert source.files() == [path, pairs]
    assert "开了几次会" in {pair.question for pair in build_report(source).pairs}


def test_two_reports_in_one_folder_are_refused(tmp_path: Path) -> None:
    write_document(tmp_path / "small", "txt", BODY)
    write_document(tmp_path / "small", "docx", BODY)
    with pytest.raises(InvalidSource, match=r"holds report\.txt and report\.docx; keep the one"):
        find_sources([tmp_path / "small"])


@pytest.mark.parametrize("name", ["报告.doc", "报告.wps", "报告.xlsx", "报告"])
def test_another_kind_of_file_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0 x")
    with pytest.raises(InvalidSource, match=r"is no \.txt, \.html, \.htm, \.docx or \.pdf file") as caught:
        find_sources([tmp_path / name])
    assert caught.value.path == tmp_path / name


def test_a_folder_of_loose_files_says_how_to_name_them(tmp_path: Path) -> None:
    path = write(tmp_path, "新报告.docx")
    with pytest.raises(InvalidSource, match=f"name the file itself, such as {path}"):
        find_sources([tmp_path])


def test_a_missing_path_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidSource, match="there is no such file or folder"):
        find_sources([tmp_path / "missing.docx"])


def test_two_files_of_one_place_and_year_are_refused(tmp_path: Path) -> None:
    paths = [write(tmp_path, "甲.txt"), write(tmp_path, "乙.docx")]
    with pytest.raises(InvalidSource, match="two reports have the id 'xinghe-2021'"):
        find_sources(paths)
