import pytest

from knowledge.titles import find_areas, find_kind, find_year, place_of


@pytest.mark.parametrize(
    ("title", "areas", "year", "kind"),
    [
        ("永安市人民政府关于2019年法治政府建设工作报告", ("永安市",), 2019, "法治政府建设"),
        ("永安市人民政府关于2020年度法治政府建设情况的报告", ("永安市",), 2020, "法治政府建设"),
        ("三明市永安市2020年法治政府建设年度报告", ("三明市", "永安市"), 2020, "法治政府建设"),
        ("福建省三明市永安市人民政府2020年政府信息公开工作年度报告", ("福建省", "三明市", "永安市"), 2020, "政府信息公开"),
        ("沙县人民政府关于2013年依法行政工作情况的报告", ("沙县",), 2013, "法治政府建设"),
        ("永安市人民政府2021年政府工作报告", ("永安市",), 2021, "政府工作"),
        ("2021年政府工作报告", (), 2021, "政府工作"),
        ("永安市城市管理局2020年法治政府建设年度报告", ("永安市",), 2020, "城市管理局法治政府建设"),
        ("永安市燕南街道办事处2020年政府信息公开工作年度报告", ("永安市", "燕南街道"), 2020, "政府信息公开"),
        ("2020年永安市法治政府建设工作报告", ("永安市",), 2020, "法治政府建设"),
        ("广西壮族自治区南宁市2020年法治政府建设报告", ("广西壮族自治区", "南宁市"), 2020, "法治政府建设"),
        ("南浦县人民政府关于2023年优化营商环境工作情况的报告", ("南浦县",), 2023, "优化营商环境"),
        ("工作总结", (), None, ""),
    ],
)
def test_a_title_says_place_year_and_kind(title: str, areas: tuple[str, ...], year: int | None, kind: str) -> None:
    assert (find_areas(title), find_year(title), find_kind(title)) == (areas, year, kind)


@pytest.mark.parametrize(("area", "place"), [("永安市", "永安"), ("沙县", "沙县"), ("燕南街道", "燕南"), ("永安", "永安"), ("", "")])
def test_a_place_is_called_without_its_level_unless_it_is_one_character(area: str, place: str) -> None:
    assert place_of(area) == place
