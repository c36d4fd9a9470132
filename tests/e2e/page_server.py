"""A small real HTTP server for the chat page: its static files under the product's own policy, and canned replies.

The replies have the shapes of the real service, so the page's tests run against either.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

WEB_ROOT = Path(__file__).parents[2] / "bot" / "web"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
STATIC_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/static/styles.css": ("styles.css", "text/css; charset=utf-8"),
    "/static/app.js": ("app.js", "text/javascript; charset=utf-8"),
    "/static/icon.svg": ("icon.svg", "image/svg+xml"),
}

REPORT = "yongan-2019"
TITLE = "永安市人民政府关于2019年法治政府建设工作报告"

#: id, label, title, parent, kind, text: an excerpt of the shipped report.
_SECTION_ROWS: list[tuple[str, str, str, str | None, str, str]] = [
    ("meta", "文件信息", "文件信息", None, "meta", f"标题 {TITLE}\n文号 永政文〔2020〕4号\n发布机构 永安市人民政府\n生成日期 2020-01-14"),
    ("0", "导语", "导语", None, "preamble", "2019年,我市在三明市委、市政府的领导下,全面开展法治政府建设。现将有关情况报告如下:"),
    ("1", "一、", "2019年法治政府建设工作开展情况", None, "part", ""),
    ("1.1", "一、(一)", "推进行政决策科学化、民主化、法治化", "1", "article", ""),
    (
        "1.1.2",
        "一、(一)2",
        "强化政府行政规范性文件管理",
        "1.1",
        "item",
        "由决策承办单位于发布之日起15日内通过市司法局报三明市政府、本级人大备案审查。2019年以来,市政府和市政府办制发规范性文件4件。",
    ),
    (
        "1.1.tail",
        "一、(一)末段",
        "推进行政决策科学化、民主化、法治化",
        "1.1",
        "tail",
        "此外,还要求各乡镇街道、市直各部门单位也积极参照《重大行政决策程序暂行条例》有关程序进行决策,进一步提高了全市依法行政水平。",
    ),
    ("1.2", "一、(二)", "依法全面优化和履行行政管理职能", "1", "article", ""),
    (
        "1.2.2",
        "一、(二)2",
        "相对集中行政许可权",
        "1.2",
        "item",
        "市政府在“大部制”机构改革中,积极推动相对集中行政许可权,对行政审批事项,探索目录化、编码化管理,全面推行一个窗口办理、并联办理、"
        "限时办理、规范办理、透明办理、网上办理。并认真开展全市行政审批事项清理工作,要求各乡镇街道、市直各部门单位依法建立行政审批事项清单。",
    ),
    ("1.4", "一、(四)", "依法有效化解社会矛盾纠纷", "1", "article", ""),
    (
        "1.4.1",
        "一、(四)1",
        "加强行政复议工作",
        "1.4",
        "item",
        "提高行政复议工作人员素质,健全行政复议案件审理机制,提高行政复议办案质量,增强行政复议的专业性、透明度和公信力。2019年,市政府共办理"
        "行政复议案件22件,已办结20件,其中维持9件、撤销2件、终止7件、调解1件、不予受理1件,均做到“案结事了”,取得了显著成效。",
    ),
    (
        "1.4.3",
        "一、(四)3",
        "构建矛盾纠纷“大调解”工作机制",
        "1.4",
        "item",
        "建立健全同行政管理活动密切相关的民事纠纷行政调解制度。\n2019年,全市各调解组织共调解民事纠纷1048件,调解率100%,调解成功率98.7%。",
    ),
    ("2", "二、", "存在问题", None, "part", "虽然我市法治政府建设工作取得了长足进步,但仍然存在以下问题:"),
    (
        "2.1",
        "二、(一)",
        "程序意识有待进一步提高",
        "2",
        "article",
        "近年来虽然全力推进法治政府建设,出台和施行了一系列依法行政制度,但部分单位程序意识不强,为了提高效率,未严格按程序进行,导致行政行为"
        "程序违法,从而降低了行政效率,增加了行政成本。",
    ),
    ("2.2", "二、(二)", "法治政府的相关制度有待进一步完善", "2", "article", "政府履职方面的权力清单、责任清单制度的落实监督措施有待提高。"),
    ("3", "三、", "2020年法治政府建设工作意见", None, "part", "我市将继续认真按照省、三明市法治政府建设工作的总体要求,抓好各项工作。"),
    ("3.1", "三、(一)", "进一步提升公务员的法治素养,增强依法行政意识和能力", "3", "article", ""),
    ("3.2", "三、(二)", "完善行政执法体制,规范行政执法行为", "3", "article", ""),
]
SECTIONS = [
    {"report": REPORT, "id": row[0], "label": row[1], "title": row[2], "parent": row[3], "kind": row[4], "text": row[5]}
    for row in _SECTION_ROWS
]
REPORTS = [
    {
        "id": REPORT,
        "title": TITLE,
        "document_number": "永政文〔2020〕4号",
        "publisher": "永安市人民政府",
        "year": 2019,
        "sections": len(SECTIONS),
    }
]


def make_citation(section_id: str, quote: str) -> dict[str, str]:
    section = next(section for section in SECTIONS if section["id"] == section_id)
    return {"report": REPORT, "section": section_id, "label": str(section["label"]), "title": str(section["title"]), "quote": quote}


def make_reply(outcome: str, text: str, *citations: dict[str, str], **changes: Any) -> dict[str, Any]:
    """A Reply as the service gives it; *changes* replace its fields."""
    reply = {
        "reply_id": f"01J-{outcome}",
        "outcome": outcome,
        "text": text,
        "citations": list(citations),
        "suggestions": [],
        "verdict": None,
        "confidence": 0.97,
        "release": "20200116-canned",
        "elapsed_ms": 0.8,
    }
    return reply | changes


def _suggest(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"question": question, "section": section} for question, section in pairs]


_REVIEW_QUOTE = "2019年,市政府共办理行政复议案件22件,已办结20件"
_MEDIATION_QUOTE = "2019年,全市各调解组织共调解民事纠纷1048件,调解率100%,调解成功率98.7%。"
#: The reply to the first key that the question holds, in this order.
CANNED_REPLIES = {
    "30件": make_reply("check", f"报告写的是:{_REVIEW_QUOTE}。", make_citation("1.4.1", _REVIEW_QUOTE), verdict="refuted"),
    "2018年": make_reply(
        "related",
        "报告说的是2019年,没有说到2018年。相近的条款在下面。",
        make_citation("1.4.1", _REVIEW_QUOTE),
        suggestions=_suggest(("2019年办结了多少件行政复议案件?", "1.4.1")),
    ),
    "调解": make_reply("answer", _MEDIATION_QUOTE, make_citation("1.4.3", _MEDIATION_QUOTE)),
    "行政复议": make_reply(
        "answer",
        f"“{_REVIEW_QUOTE}”\n——《{TITLE}》一、(四)1 加强行政复议工作\n另有条款也提到行政复议,见目录。",
        make_citation("1.4.1", _REVIEW_QUOTE),
        suggestions=_suggest(("调解成功率是多少?", "1.4.3"), ("存在哪些问题?", "2")),
    ),
    "窗口": make_reply(
        "answer",
        "全面推行一个窗口办理、并联办理、限时办理、规范办理、透明办理、网上办理。",
        make_citation("1.2.2", "全面推行一个窗口办理、并联办理、限时办理、规范办理、透明办理、网上办理。"),
    ),
    "问题": make_reply("section", "虽然我市法治政府建设工作取得了长足进步,但仍然存在以下问题:", make_citation("2", "存在问题")),
    "打算": make_reply(
        "clarify",
        "报告有几处说到2020年的工作:",
        suggestions=_suggest(("公务员的法治素养怎么提升?", "3.1"), ("行政执法体制怎么完善?", "3.2")),
    ),
    "目录": make_reply("contents", "一、2019年法治政府建设工作开展情况\n二、存在问题\n三、2020年法治政府建设工作意见"),
    "你好": make_reply("smalltalk", "您好,请问您想了解报告的哪方面?"),
}
REFUSAL = make_reply("refuse", "这个问题不在报告的范围里,答不了。", confidence=0.1, suggestions=_suggest(("存在哪些问题?", "2")))
EXPLANATION = {
    "question": "2019年办理了多少件行政复议案件?",
    "matched_question": "2019年办理行政复议案件多少件",
    "section": "1.4.1",
    "score": 0.9712,
    "signals": {"similarity": 0.953, "rank": 1},
}


def canned_reply(question: str) -> dict[str, Any]:
    return next((reply for key, reply in CANNED_REPLIES.items() if key in question), REFUSAL)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path in STATIC_FILES:
            name, content_type = STATIC_FILES[url.path]
            self._send(200, (WEB_ROOT / name).read_bytes(), content_type)
        elif url.path == "/api/reports":
            self._send_json(200, REPORTS)
        elif url.path == "/api/sections":
            wanted = parse_qs(url.query).get("report", [REPORT])
            self._send_json(200, [section for section in SECTIONS if section["report"] in wanted])
        elif url.path == "/api/explain":
            self._send_json(200, EXPLANATION)
        else:
            self._send_json(404, {"detail": "Not Found"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/ask":
            self._send_json(200, canned_reply(body["question"]))
        elif self.path == "/api/feedback":
            self._send(204, b"", "application/json")
        else:
            self._send_json(404, {"detail": "Not Found"})

    def _send_json(self, status: int, content: Any) -> None:
        self._send(status, json.dumps(content, ensure_ascii=False).encode(), "application/json")

    def _send(self, status: int, content: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if status != 204:  # RFC 9110, 8.6: no Content-Length on a 204
            self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test output quiet."""


@contextmanager
def serve_page() -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 and give the base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


if __name__ == "__main__":  # to look at the page without the service
    with serve_page() as url:
        print(url, flush=True)
        threading.Event().wait()
