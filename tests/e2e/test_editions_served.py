"""Several reports over HTTP and in the terminal: rows that say which report they are of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from editions import build_editions
from processes import Run, serve


@pytest.fixture(scope="module")
def editions_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_editions(tmp_path_factory)


@pytest.fixture(scope="module")
def client(editions_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = Path(shutil.copytree(editions_dir, tmp_path_factory.mktemp("editions") / "data"))
    with serve(folder, WENBAO_RATE_LIMIT="100000") as served, httpx.Client(base_url=served.url) as client:
        yield client


def test_reports_say_place_year_and_kind_and_which_one_is_newer(client: httpx.Client) -> None:
    reports = client.get("/api/reports").json()
    assert [report["id"] for report in reports[:3]] == ["yongan-2020", "yongan-2019", "yongan-2018"]
    by_id = {report["id"]: report for report in reports}
    assert by_id["yongan-2018"]["newer"] == by_id["yongan-2019"]["newer"] == "yongan-2020"
    assert by_id["yongan-2020"]["newer"] is by_id["sanming-2020"]["newer"] is None
    assert (by_id["yongan-gongkai-2020"]["place"], by_id["yongan-gongkai-2020"]["kind"]) == ("永安", "政府信息公开")


def test_a_section_id_is_the_default_report_s_unless_another_is_named(client: httpx.Client) -> None:
    assert client.get("/api/sections/1.4.1").json()["report"] == "yongan-2020"
    assert client.get("/api/sections/1.4.1", params={"report": "yongan-2019"}).json()["title"] == "加强行政复议工作"
    assert client.get("/api/sections/6.2.4").status_code == 404  # luxi-2019 has it
    assert client.get("/api/sections/6.2.4", params={"report": "luxi-2019"}).status_code == 200
    assert client.get("/api/sections/1.4.1", params={"report": "nowhere"}).status_code == 404


def test_figures_carry_report_year_and_place(client: httpx.Client) -> None:
    figures = client.get("/api/figures", params={"query": "复议 维持"}).json()
    stated = {(figure["report"], figure["year"], figure["place"], figure["value"]) for figure in figures}
    assert {("yongan-2018", 2018, "永安", "10"), ("yongan-2019", 2019, "永安", "9"), ("sanming-2020", 2020, "三明", "131")} <= stated
    one = client.get("/api/figures", params={"query": "复议 维持", "report": "yongan-2018"}).json()
    assert {figure["report"] for figure in one} == {"yongan-2018"}
    assert client.get("/api/figures", params={"report": "nowhere"}).status_code == 404


def test_a_conversation_moves_from_edition_to_edition(client: httpx.Client) -> None:
    cited = []
    for question in ("2018年行政复议案件多少件", "维持的呢", "那三明呢"):
        reply = client.post("/api/ask", json={"question": question, "conversation": "moves"}).json()
        cited.append((reply["citations"][0]["report"], reply["outcome"]))
    assert cited == [("yongan-2018", "answer"), ("yongan-2018", "answer"), ("sanming-2020", "answer")]


def test_the_terminal_prints_what_the_api_gives_and_names_the_report(client: httpx.Client, wenbao: Run, editions_dir: Path) -> None:
    figures = json.loads(wenbao("figures", "复议", "--json", data_dir=editions_dir).stdout)
    assert figures == client.get("/api/figures", params={"query": "复议"}).json()
    only = json.loads(wenbao("figures", "--report", "yongan-2018", "--json", data_dir=editions_dir).stdout)
    assert {figure["report"] for figure in only} == {"yongan-2018"}
