"""The HTTP side as its callers meet it: the real server, real requests."""

from __future__ import annotations

import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from openapi_schema_validator import OAS31Validator
from processes import Served, serve

REPLY_KEYS = ["reply_id", "outcome", "text", "citations", "suggestions", "verdict", "confidence", "release", "elapsed_ms"]
QUESTION = "行政复议维持了几件?"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client(service: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=10) as client:
        yield client


@pytest.fixture(scope="module")
def schema(client: httpx.Client) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/openapi.json").json()
    return document


def ask(client: httpx.Client, question: str, **fields: object) -> httpx.Response:
    return client.post("/api/ask", json={"question": question, **fields})


def is_plain_problem(response: httpx.Response) -> bool:
    detail = response.json()
    return list(detail) == ["detail"] and bool(CHINESE.search(detail["detail"])) and "Traceback" not in response.text


# ---- what each route gives


def test_a_question_is_answered_with_exactly_the_keys_of_a_reply(client: httpx.Client) -> None:
    reply = ask(client, QUESTION).json()
    assert list(reply) == REPLY_KEYS
    assert (reply["outcome"], reply["verdict"]) == ("answer", None)
    (citation,) = reply["citations"]
    assert list(citation) == ["report", "section", "label", "title", "quote"]
    assert (citation["report"], citation["section"], citation["label"]) == ("yongan-2019", "1.4.1", "一、(四)1")
    section = client.get("/api/sections/1.4.1").json()
    assert citation["quote"] in section["text"]
    assert all(list(suggestion) == ["question", "section"] for suggestion in reply["suggestions"])


def test_turns_of_one_conversation_belong_together(client: httpx.Client) -> None:
    ask(client, QUESTION, conversation="together")
    assert ask(client, "原文", conversation="together").json()["citations"][0]["section"] == "1.4.1"
    assert ask(client, "原文", conversation="apart").json()["outcome"] == "clarify"
    assert ask(client, "原文", conversation=None).json()["outcome"] == "clarify"


def test_sections_come_in_printed_order_with_their_parents(client: httpx.Client) -> None:
    sections = client.get("/api/sections").json()
    ids = [section["id"] for section in sections]
    assert ids[:4] == ["meta", "0", "1", "1.1"]
    assert ids.index("1.1.tail") == ids.index("1.1.3") + 1
    assert all(section["parent"] is None or ids.index(section["parent"]) < ids.index(section["id"]) for section in sections)
    assert all(list(section) == ["report", "id", "label", "title", "text", "parent", "kind"] for section in sections)
    assert client.get("/api/sections", params={"report": "yongan-2019"}).json() == sections


def test_figures_are_found_by_words(client: httpx.Client) -> None:
    every, some = client.get("/api/figures").json(), client.get("/api/figures", params={"query": "复议"}).json()
    assert 0 < len(some) < len(every)
    assert all(list(figure) == ["section", "label", "value", "unit", "subject", "quote"] for figure in every)
    assert ("22", "件") in {(figure["value"], figure["unit"]) for figure in some}


def test_reports_name_what_is_served(client: httpx.Client) -> None:
    (report,) = client.get("/api/reports").json()
    assert (report["id"], report["document_number"], report["year"]) == ("yongan-2019", "永政文〔2020〕4号", 2019)
    assert report["sections"] == len(client.get("/api/sections").json())


def test_feedback_is_taken_once_and_again(client: httpx.Client) -> None:
    reply_id = ask(client, QUESTION).json()["reply_id"]
    for fields in ({"helpful": True}, {"helpful": False, "comment": "不是这条"}, {"helpful": False, "comment": None}):
        response = client.post("/api/feedback", json={"reply_id": reply_id, **fields})
        assert (response.status_code, response.content) == (204, b"")


def test_a_reply_is_explained(client: httpx.Client) -> None:
    reply = ask(client, QUESTION).json()
    explanation = client.get("/api/explain", params={"reply_id": reply["reply_id"]}).json()
    assert (explanation["section"], explanation["release"]) == ("1.4.1", reply["release"])
    assert {"signals", "threshold", "matched_question"} <= explanation.keys()


def test_the_page_and_its_files_are_served(client: httpx.Client) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert files
    assert {client.get(file).status_code for file in files} == {200}


def test_health_and_readiness(client: httpx.Client) -> None:
    assert client.get("/healthz").text == "ok\n"
    ready = client.get("/readyz").json()
    assert ready == {"ready": True, "release": ask(client, "你好").json()["release"], "reports": ["yongan-2019"]}


def test_metrics_count_replies(client: httpx.Client) -> None:
    ask(client, "你好")
    metrics = client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert re.search(r'^wenbao_replies_total\{channel="web",outcome="smalltalk"\} [1-9]', metrics.text, re.M)


# ---- the schema


def call(client: httpx.Client, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
    return client.request(method, path, **request)


CALLS: list[tuple[str, str, str, dict[str, Any], int]] = [
    ("post", "/api/ask", "/api/ask", {"json": {"question": QUESTION}}, 200),
    ("post", "/api/ask", "/api/ask", {"json": {"question": "/check 调解成功率97.8%", "conversation": "schema"}}, 200),
    ("post", "/api/ask", "/api/ask", {"json": {"question": "目录"}}, 200),
    ("post", "/api/ask", "/api/ask", {"json": {"question": "今天天气怎么样"}}, 200),
    ("post", "/api/ask", "/api/ask", {"json": {}}, 422),
    ("post", "/api/ask", "/api/ask", {"content": b"x" * 100_000, "headers": JSON}, 413),
    ("get", "/api/sections", "/api/sections", {}, 200),
    ("get", "/api/sections", "/api/sections", {"params": {"report": "nope"}}, 404),
    ("get", "/api/sections", "/api/sections", {"params": {"report": "x" * 65}}, 422),
    ("get", "/api/sections/{section_id}", "/api/sections/1.1.tail", {}, 200),
    ("get", "/api/sections/{section_id}", "/api/sections/9.9", {}, 404),
    ("get", "/api/figures", "/api/figures", {"params": {"query": "调解"}}, 200),
    ("get", "/api/figures", "/api/figures", {"params": {"query": "x" * 201}}, 422),
    ("get", "/api/reports", "/api/reports", {}, 200),
    ("post", "/api/feedback", "/api/feedback", {"json": {"reply_id": "nobody", "helpful": True}}, 404),
    ("post", "/api/feedback", "/api/feedback", {"json": {"reply_id": "nobody"}}, 422),
    ("get", "/api/explain", "/api/explain", {"params": {"reply_id": "nobody"}}, 404),
    ("get", "/api/explain", "/api/explain", {}, 422),
]


@pytest.mark.parametrize(("method", "route", "path", "request_", "status"), CALLS, ids=lambda part: str(part)[:40])
def test_a_response_is_what_the_schema_says(
    client: httpx.Client, schema: dict[str, Any], method: str, route: str, path: str, request_: dict[str, Any], status: int
) -> None:
    response = call(client, method, path, request_)
    assert response.status_code == status
    declared = schema["paths"][route][method]["responses"][str(status)]
    shape = declared["content"]["application/json"]["schema"] | {"components": schema["components"]}
    assert [error.message for error in OAS31Validator(shape).iter_errors(response.json())] == []
    if status >= 400:
        assert is_plain_problem(response)


def test_every_route_below_api_is_in_the_schema(schema: dict[str, Any]) -> None:
    called = {(route, method) for method, route, *_ in CALLS}
    described = {(path, method) for path, methods in schema["paths"].items() for method in methods}
    assert described == called


def test_a_request_without_a_length_is_in_the_schema(client: httpx.Client, schema: dict[str, Any]) -> None:
    status = client.post("/api/ask", content=iter([b'{"question": "x"}']), headers=JSON).status_code
    assert str(status) in schema["paths"]["/api/ask"]["post"]["responses"]


# ---- what is wrong is told in words


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "x",
        5,
        None,
        {"question": None},
        {"question": 5},
        {"question": ["a"]},
        {"question": {"a": 1}},
        {"question": True},
        {"question": ""},
        {"question": "x", "conversation": 5},
        {"question": "x", "conversation": "c" * 129},
        {"question": "x", "surplus": 1},
        {"question": "啊" * 2001},
        {"question": "a" * 60_000},
    ],
    ids=lambda body: json.dumps(body)[:30],
)
def test_a_wrong_field_is_told_in_chinese(client: httpx.Client, body: object) -> None:
    response = client.post("/api/ask", json=body)
    assert response.status_code == 422
    assert is_plain_problem(response)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"question=x", b'{"question": "x"', b'{"question": "\\ud800"}', b"[" * 500],
    ids=["empty", "cut", "form", "unclosed", "half a pair", "nested"],
)
def test_broken_json_is_told_in_chinese(client: httpx.Client, content: bytes) -> None:
    response = client.post("/api/ask", content=content, headers=JSON)
    assert response.status_code == 422
    assert is_plain_problem(response)


@pytest.mark.parametrize(
    "content", [b'{"question": "\xff\xfe"}', '{"question": "复议"}'.encode("gbk"), b"[" * 30_000], ids=["bytes", "gbk", "deep"]
)
def test_a_body_that_cannot_be_decoded_is_told_in_chinese(client: httpx.Client, content: bytes) -> None:
    response = client.post("/api/ask", content=content, headers=JSON)
    assert is_plain_problem(response)
    assert response.status_code == 422


@pytest.mark.parametrize("path", ["/nope", "/api/nope", "/static/nope.js", "/static/%2e%2e/settings.py"])
def test_an_unknown_address_is_not_found(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(("method", "path"), [("get", "/api/nope"), ("get", "/api/ask")], ids=["unknown", "method"])
def test_an_unknown_address_is_told_in_chinese(client: httpx.Client, method: str, path: str) -> None:
    assert is_plain_problem(client.request(method, path))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/feedback", {"reply_id": "x", "helpful": True, "comment": "长" * 1001}),
        ("/api/ask", {"question": "x", "conversation": "c" * 129}),
    ],
    ids=["comment", "conversation"],
)
def test_a_field_that_is_too_long_is_named(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    assert "问题" not in client.post(path, json=body).json()["detail"]


@pytest.mark.parametrize("size", [65_537, 100_000, 1_000_000])
def test_a_large_body_is_turned_away(client: httpx.Client, size: int) -> None:
    response = client.post("/api/ask", content=b'{"question": "' + b"a" * size + b'"}', headers=JSON)
    assert response.status_code == 413
    assert is_plain_problem(response)


def test_a_hundred_thousand_characters_are_turned_away(client: httpx.Client) -> None:
    response = ask(client, "复" * 100_000)
    assert response.status_code == 413
    assert is_plain_problem(response)


def test_a_large_body_is_turned_away_unread(service: Served) -> None:
    address = urlsplit(service.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(b"POST /api/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_of_unknown_length_is_turned_away(client: httpx.Client) -> None:
    response = client.post("/api/ask", content=iter([b'{"question": "x"}']), headers=JSON)
    assert response.status_code == 411
    assert is_plain_problem(response)


@pytest.mark.parametrize(
    ("question", "outcome"),
    [
        ("行政\u200b复议\u200d维持了\ufeff几件", "answer"),
        ("\x00行政复议\x01维持了几件\x7f", "answer"),
        ("\u202e行政复议维持了几件", "answer"),
        ("😀😀", "refuse"),
        ("复" * 500, None),
        ("' or 1=1; drop table replies; --", None),
        ("<script>alert(1)</script>", None),
        ("{example}%s${7*7}", None),
    ],
    ids=["zero width", "control", "right to left", "pictures", "longest", "sql", "html", "format"],
)
def test_odd_characters_do_no_harm(client: httpx.Client, question: str, outcome: str | None) -> None:
    response = ask(client, question, conversation=question[:40])
    assert response.status_code == 200
    assert outcome in {None, response.json()["outcome"]}
    assert ask(client, QUESTION).json()["outcome"] == "answer"


@pytest.mark.parametrize("question", ["\u200b\u2060", "\x00", "  \t "], ids=["zero width", "nul", "white space"])
def test_a_question_without_a_visible_character_is_turned_away(client: httpx.Client, question: str) -> None:
    response = ask(client, question)
    assert response.status_code == 422
    assert is_plain_problem(response)


@pytest.mark.parametrize("path", ["/api/sections/%ff%fe", "/api/figures?query=%ff%fe", "/api/explain?reply_id=%00%ed%a0%80"])
def test_an_address_that_cannot_be_decoded_does_no_harm(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code in {200, 404, 422}


# ---- headers, load, limits


@pytest.mark.parametrize(
    ("method", "path", "request_"),
    [
        ("get", "/", {}),
        ("get", "/static/app.js", {}),
        ("get", "/healthz", {}),
        ("get", "/metrics", {}),
        ("get", "/openapi.json", {}),
        ("get", "/api/sections", {}),
        ("get", "/nope", {}),
        ("get", "/api/ask", {}),
        ("post", "/api/ask", {"json": {"question": "你好"}}),
        ("post", "/api/ask", {"json": {}}),
        ("post", "/api/ask", {"content": b"{", "headers": JSON}),
        ("post", "/api/ask", {"content": b"x" * 100_000, "headers": JSON}),
    ],
    ids=lambda part: str(part)[:30],
)
def test_every_response_has_the_security_headers(client: httpx.Client, method: str, path: str, request_: dict[str, Any]) -> None:
    headers = call(client, method, path, request_).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_fifty_at_once_are_all_answered_each_in_its_own_conversation(service: Served) -> None:
    questions = [(QUESTION, "1.4.1"), ("调解成功率是多少", "1.4.3"), ("普法经费人均多少钱", "1.6.4")]

    def hold(number: int) -> tuple[str, str]:
        question, section = questions[number % 3]
        with httpx.Client(base_url=service.url, timeout=30) as client:
            for turn in (question, "原文"):
                response = ask(client, turn, conversation=f"parallel-{number}")
                response.raise_for_status()
        return response.json()["citations"][0]["section"], section

    with ThreadPoolExecutor(50) as pool:
        assert [found for found in pool.map(hold, range(50)) if found[0] != found[1]] == []


def test_what_people_type_is_not_logged(service: Served, client: httpx.Client) -> None:
    ask(client, "谜语人的秘密问题")
    assert "answered channel=web" in service.log
    assert "谜语人" not in service.log
    assert "Traceback" not in service.log


def test_a_sender_who_asks_too_often_is_told_to_wait(data_dir: Path) -> None:
    with serve(data_dir, WENBAO_RATE_LIMIT="3") as served, httpx.Client(base_url=served.url) as client:
        assert [ask(client, "你好").status_code for _ in range(4)] == [200, 200, 200, 429]
        response = ask(client, "你好")
        assert is_plain_problem(response)
        assert 0 < int(response.headers["retry-after"]) <= 61
        assert client.get("/healthz").status_code == 200
        declared = client.get("/openapi.json").json()["paths"]["/api/ask"]["post"]["responses"]
        assert "429" in declared


@pytest.fixture(scope="module")
def apology(shipped_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> httpx.Response:
    """What a service says whose database has lost a table."""
    import shutil

    folder = Path(shutil.copytree(shipped_dir, tmp_path_factory.mktemp("broken") / "data"))
    with serve(folder) as served, httpx.Client(base_url=served.url) as client:
        ask(client, "你好")
        database = sqlite3.connect(folder / "state.db")
        database.execute("drop table replies")
        database.commit()
        database.close()
        response = ask(client, "你好")
        assert client.get("/healthz").status_code == 200
    return response


def test_a_fault_inside_is_an_apology_without_a_traceback(apology: httpx.Response) -> None:
    assert apology.status_code == 500
    assert is_plain_problem(apology)
    assert "sqlite" not in apology.text


def test_an_apology_has_the_security_headers(apology: httpx.Response) -> None:
    assert "content-security-policy" in apology.headers
    assert apology.headers["x-content-type-options"] == "nosniff"


def test_who_is_apologised_to_is_told_that_the_connection_ends(apology: httpx.Response) -> None:
    assert apology.headers["connection"] == "close"
