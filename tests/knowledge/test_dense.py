from pathlib import Path

import numpy as np
import pytest

from knowledge.build import build_report, make_tokenizer
from knowledge.dense import DenseIndex, load_encoder, shipped_encoder
from knowledge.documents import source_at
from knowledge.errors import InvalidRelease
from knowledge.library import ReportKnowledge
from knowledge.quote import choose_quote
from knowledge.span import sentences

TEXT = """标题 临禾县人民政府关于2021年法治政府建设情况的报告
文号 临政〔2022〕5号
发布机构 临禾县人民政府

临禾县人民政府关于2021年法治政府建设情况的报告

2021年,我县扎实推进法治政府建设。现将有关情况报告如下:

一、工作开展情况

(一)加强食品安全执法。全年检查餐饮单位640家次,立案查处食品违法案件52件,罚没款38万元。公布典型案例6个。

(二)做好行政应诉工作。全年办理行政诉讼案件31件,其中败诉4件,败诉率12.9%。行政机关负责人出庭应诉27件。

(三)化解矛盾纠纷。各级人民调解组织受理民间纠纷1260件。调解成功率98%。聘请专职调解员45名。

二、存在问题

基层司法所人员不足,部分执法人员业务能力有待提高。

三、下一步打算

继续开展执法人员培训,充实基层司法所力量。
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> ReportKnowledge:
    """A made-up report that nobody has written questions for."""
    folder = tmp_path_factory.mktemp("dense") / "linhe-2021"
    folder.mkdir()
    (folder / "report.txt").write_text(TEXT, encoding="utf-8")
    return ReportKnowledge(build_report(source_at(folder)))


def index(known: ReportKnowledge) -> DenseIndex:
    return DenseIndex(known.report, make_tokenizer(()), shipped_encoder())


@pytest.mark.parametrize(
    ("asked", "section"),
    [("老百姓告政府,法院判政府输了几回", "1.2"), ("邻居吵架有人来劝和吗", "1.3"), ("饭馆卖的东西不干净被查了几家", "1.1")],
)
def test_a_question_in_other_words_points_to_the_sentence_that_answers_it(bare: ReportKnowledge, asked: str, section: str) -> None:
    scores = index(bare).search(make_tokenizer(()).query(asked))
    names = [s.id for s in bare.report.sections if s.text or s.title]
    assert names[int(scores.sections.argmax())] == section


def test_scores_are_cosines_and_a_section_has_one_for_each_of_its_sentences(bare: ReportKnowledge) -> None:
    dense = index(bare)
    scores = dense.search(make_tokenizer(()).query("调解了多少件纠纷"))
    assert np.abs(scores.sentences).max() <= 1 + 1e-5
    for section in bare.report.sections:
        if section.text:
            assert len(dense.of_section(scores, section.id)) == len(sentences(section.text))


def test_nothing_known_is_as_far_from_every_section(bare: ReportKnowledge) -> None:
    assert not index(bare).search(make_tokenizer(()).query("")).sections.any()


def test_the_words_shown_are_those_that_answer(bare: ReportKnowledge) -> None:
    result = bare.search(bare.read("劝和成了的占几成"))
    section = bare.section(result.candidates[0].section)
    assert section is not None
    assert "98%" in choose_quote(result, section).text


def test_a_report_with_written_questions_has_no_use_for_it(known: ReportKnowledge) -> None:
    assert all(candidate.signals["dense"] == 0.0 for candidate in known.search(known.read("复议案件办了多少")).candidates)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    damaged = tmp_path / "encoder.bin"
    damaged.write_bytes(b"nothing of the kind")
    with pytest.raises(InvalidRelease, match=r"encoder\.bin"):
        load_encoder(damaged)
