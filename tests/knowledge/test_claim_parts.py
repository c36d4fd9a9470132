"""The pieces of a claim against a section: document numbers, dates of the same grain, lists."""

from __future__ import annotations

import pytest

from knowledge.claim_dates import check_dates
from knowledge.claim_lists import check_lists
from knowledge.claim_parts import Support
from knowledge.claim_slots import check_documents

META = "文号 临政文〔2022〕7号\n标题 临江市关于2021年工作的报告\n发布日期 2022-02-18"
CARE = "养老服务由民政局、财政局、卫健局承办。其他事项另行安排。"


@pytest.mark.parametrize(
    ("claim", "refuted"),
    [
        ("报告的文号是临政文〔2022〕7号", []),
        ("临政文〔2022〕7号", []),
        ("报告的文号是临政文〔2022〕8号", ["文号是临政文〔2022〕8号"]),
        ("报告的文号是江政文〔2022〕7号", ["文号是江政文〔2022〕7号"]),
    ],
)
def test_a_document_number_is_read_from_the_organ_on(claim: str, refuted: list[str]) -> None:
    assert [part.words for part in check_documents(claim, META)] == refuted


@pytest.mark.parametrize(("claim", "support"), [("2022年2月18日发布的", Support.SUPPORTED), ("2022年2月28日发布的", Support.REFUTED)])
def test_a_day_is_told_by_days_and_not_by_the_year_of_a_title(claim: str, support: Support) -> None:
    assert [part.support for part in check_dates(claim, META, {2022})] == [support]


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("养老服务由3家承办", [("3家", Support.SUPPORTED)]),
        ("养老服务由4家承办", []),
        ("民政局独家承办养老服务", [("独家", Support.REFUTED)]),
        ("养老服务由民政局、财政局承办,只有这些", []),
        ("河道由3家管", []),
    ],
)
def test_a_count_is_borne_out_by_what_the_section_lists(claim: str, found: list[tuple[str, Support]]) -> None:
    assert [(part.words, part.support) for part in check_lists(claim, CARE)] == found
