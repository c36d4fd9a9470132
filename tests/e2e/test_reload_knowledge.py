"""``scripts/reload_knowledge.py``: another release beside the live one, all or nothing."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from documents import write_document
from processes import PROJECT, Run, serve

from scripts.soak_reload import is_growing_on

#: Small, so that a build takes a moment.
REPORT = """文号 青政文〔2019〕1号
发布机构 青山县人民政府
标题 青山县人民政府关于2018年法治政府建设工作报告
2018年,我县全面推进法治政府建设。现将有关情况报告如下:
一、2018年工作情况
(一)健全制度
1.完善决策程序。全年召开听证会6次。
2.规范文件管理。全年制发规范性文件9件。
(二)化解纠纷
1.办理行政复议。全年办理行政复议案件35件,办结31件。
2.开展人民调解。全年调解民事纠纷420件,成功率96.5%。
"""
SWITCH_LIMIT_S = 2.0


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Two small reports, a folder each."""
    for name, place in (("qingshan-2018", "青山"), ("beihe-2018", "北河")):
        folder = tmp_path / "sources" / name
        folder.mkdir(parents=True)
        (folder / "report.txt").write_text(REPORT.replace("青山", place), encoding="utf-8")
    return tmp_path / "sources"


def snapshot(data_dir: Path) -> dict[str, bytes]:
    """Every file of a data directory but the lock, which stays behind."""
    files = (path for path in data_dir.rglob("*") if path.is_file() and path.name != "reload.lock")
    return {str(path.relative_to(data_dir)): path.read_bytes() for path in files}


def outcome(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def listed(reload_knowledge: Run, data_dir: Path) -> list[tuple[str, bool, list[str]]]:
    found = outcome(reload_knowledge("--list", "--json", data_dir=data_dir))
    return [(info["id"], info["live"], info["reports"]) for info in found["releases"]]


def test_a_reload_an_only_and_a_rollback(reload_knowledge: Run, tmp_path: Path, sources: Path) -> None:
    data_dir = tmp_path / "data"
    assert reload_knowledge("--list", data_dir=data_dir).stdout == "no release yet\n"
    both = outcome(reload_knowledge(sources, "--json", data_dir=data_dir))
    assert {"live", "built", "dry_run", "reports"} <= set(both)
    assert both["live"] == both["built"]
    assert set(both["reports"]) == {"qingshan-2018", "beihe-2018"}
    assert both["reports"]["qingshan-2018"]["figures"] > 0
    only = outcome(reload_knowledge(sources, "--only", "beihe-2018", "--json", data_dir=data_dir))
    assert set(only["reports"]) == {"beihe-2018"}
    assert only["diff"]["reports_removed"] == ["qingshan-2018"]
    assert listed(reload_knowledge, data_dir) == [
        (only["live"], True, ["beihe-2018"]),
        (both["live"], False, ["beihe-2018", "qingshan-2018"]),
    ]
    assert outcome(reload_knowledge("--rollback", "--json", data_dir=data_dir)) == {"live": both["live"]}
    assert outcome(reload_knowledge("--rollback", only["live"], "--json", data_dir=data_dir)) == {"live": only["live"]}
    assert (data_dir / "current").read_text().split()[0] == only["live"]


def test_the_list_says_who_made_what_from_which_file(reload_knowledge: Run, tmp_path: Path, sources: Path) -> None:
    data_dir = tmp_path / "data"
    reload_knowledge(sources / "beihe-2018", data_dir=data_dir)
    shown = reload_knowledge("--list", data_dir=data_dir).stdout
    digest = hashlib.sha256((sources / "beihe-2018" / "report.txt").read_bytes()).hexdigest()
    assert re.search(rf"^\* \d{{8}}-\w{{12}}  \S+  \S+\n    beihe-2018  \d+ sections, \d+ figures, file {digest[:12]}$", shown, re.M)


def test_a_dry_run_changes_nothing(reload_knowledge: Run, data_dir: Path, sources: Path) -> None:
    before = snapshot(data_dir)
    done = reload_knowledge(sources, "--dry-run", data_dir=data_dir)
    assert done.returncode == 0
    assert "nothing changed" in done.stdout
    assert snapshot(data_dir) == before


def test_a_word_file_can_be_reloaded_by_its_name(reload_knowledge: Run, tmp_path: Path) -> None:
    path = write_document(tmp_path, "docx", REPORT.splitlines()[3:], title="青山县人民政府关于2018年法治政府建设工作报告")
    path = path.rename(tmp_path / "新报告.docx")
    done = outcome(reload_knowledge(path, "--json", data_dir=tmp_path / "data"))
    assert done["reports"]["qingshan-2018"]["sections"] == 6


def no_text(folder: Path) -> str:
    (folder / "report.txt").write_text("\n", encoding="utf-8")
    return "report.txt"


def not_utf8(folder: Path) -> str:
    (folder / "report.txt").write_bytes(REPORT.encode() + b"\xff\xfe\x00")
    return "UTF-8"


def two_reports(folder: Path) -> str:
    (folder / "report.html").write_text(REPORT, encoding="utf-8")
    return "report.txt and report.html"


def wrong_span(folder: Path) -> str:
    pairs = 'sections:\n  "1.2.1":\n    - spans: ["办理行政复议案件99件"]\n      questions: ["办了几件?"]\n'
    (folder / "pairs.yaml").write_text(pairs, encoding="utf-8")
    return "pairs.yaml"


def unknown_section(folder: Path) -> str:
    (folder / "pairs.yaml").write_text('sections:\n  "9.9":\n    - questions: ["有几条?"]\n', encoding="utf-8")
    return "9.9"


def broken_yaml(folder: Path) -> str:
    (folder / "pairs.yaml").write_text("sections: [\n", encoding="utf-8")
    return "pairs.yaml"


@pytest.mark.parametrize("spoil", [no_text, not_utf8, two_reports, wrong_span, unknown_section, broken_yaml])
def test_a_rejected_source_leaves_the_live_release(reload_knowledge: Run, data_dir: Path, sources: Path, spoil: Any) -> None:
    named = spoil(sources / "qingshan-2018")
    before = snapshot(data_dir)
    done = reload_knowledge(sources, data_dir=data_dir)
    assert (done.returncode, done.stdout) == (1, "")
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert snapshot(data_dir) == before


def test_a_folder_without_a_report_is_rejected(reload_knowledge: Run, data_dir: Path, tmp_path: Path) -> None:
    done = reload_knowledge(tmp_path / "nowhere", data_dir=data_dir)
    assert done.returncode == 1
    assert "holds no report.txt" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--nosuch",),
        ("--rollback",),
        ("--rollback", "20010101-abc"),
        ("--only", "nosuch"),
        ("nosuch",),
        ("--only",),
        ("--labelled", "no.jsonl"),
    ],
    ids=" ".join,
)
def test_wrong_use_changes_nothing_and_has_a_status_of_its_own(reload_knowledge: Run, data_dir: Path, arguments: tuple[str, ...]) -> None:
    before = snapshot(data_dir)
    done = reload_knowledge(*arguments, data_dir=data_dir)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert snapshot(data_dir) == before


def test_a_second_reload_at_the_same_time_is_turned_away(reload_knowledge: Run, data_dir: Path, sources: Path) -> None:
    with (data_dir / "reload.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = reload_knowledge(sources, data_dir=data_dir)
    assert done.returncode == 3
    assert "another reload is running" in done.stderr
    assert reload_knowledge("--list", data_dir=data_dir).returncode == 0


def test_what_a_killed_reload_left_is_cleared(reload_knowledge: Run, data_dir: Path, sources: Path) -> None:
    left = data_dir / "releases" / "20010101-abc.db.partial"
    left.write_bytes(b"half")
    assert reload_knowledge(sources, data_dir=data_dir).returncode == 0
    assert not left.exists()


def test_a_live_service_switches_while_requests_flow(reload_knowledge: Run, data_dir: Path, sources: Path) -> None:
    with serve(data_dir, WENBAO_RATE_LIMIT="100000") as served, httpx.Client(base_url=served.url, timeout=10) as client:
        replies: list[dict[str, Any]] = []
        failures: list[str] = []
        stop = threading.Event()

        def flow() -> None:
            with httpx.Client(base_url=served.url, timeout=10) as mine:
                while not stop.is_set():
                    response = mine.post("/api/ask", json={"question": "目录"})
                    if response.status_code == 200:
                        replies.append(response.json())
                    else:
                        failures.append(response.text)

        threads = [threading.Thread(target=flow) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            old = client.get("/readyz").json()["release"]
            new = outcome(reload_knowledge(sources / "qingshan-2018", "--only", "--json", data_dir=data_dir))["live"]
            deadline = time.monotonic() + SWITCH_LIMIT_S
            while client.get("/readyz").json()["release"] != new:
                assert time.monotonic() < deadline, "not switched in time"
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        last = client.post("/api/ask", json={"question": "目录"}).json()
    assert failures == []
    named = {(reply["release"], citation["report"]) for reply in replies for citation in reply["citations"]}
    assert named <= {(old, "yongan-2019"), (new, "qingshan-2018")}
    assert (old, "yongan-2019") in named
    assert (last["release"], last["citations"][0]["report"]) == (new, "qingshan-2018")
    assert "Traceback" not in served.log


def test_lint_names_what_to_mend_and_switches_nothing(reload_knowledge: Run, tmp_path: Path, sources: Path) -> None:
    data_dir = tmp_path / "data"
    pairs = 'sections:\n  "1.2.1":\n    - questions: ["办了几件"]\n  "1.2.2":\n    - questions:\n        - "办了几件?"\n'
    (sources / "qingshan-2018" / "pairs.yaml").write_text(pairs, encoding="utf-8")
    done = reload_knowledge(sources, "--lint", data_dir=data_dir)
    assert done.returncode == 0, done.stderr
    assert (
        f"{sources / 'qingshan-2018' / 'pairs.yaml'}:6: error twice: '办了几件?' of 1.2.2 is also a question of 1.2.1 (line 3)"
        in done.stderr
    )
    assert not (data_dir / "current").exists()
    found = outcome(reload_knowledge(sources, "--lint", "--json", data_dir=data_dir))["findings"]
    assert {"file", "line", "severity", "rule", "message", "suggestion"} == set(found[0])
    shown = reload_knowledge(sources, data_dir=data_dir).stderr
    assert "error twice" in shown
    assert "--lint shows all" in shown


def test_reloads_under_people_who_ask_fail_no_answer_and_leave_nothing_behind() -> None:
    command = [sys.executable, str(PROJECT / "scripts" / "soak_reload.py"), "--reloads", "5", "--askers", "1"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert re.match(r"5 reloads, [1-9]\d* answers, 0 failed or mixed", done.stdout)


@pytest.mark.parametrize(
    ("readings", "is_growing"),
    [
        (range(200, 400), True),
        ([*range(150, 200), *[200] * 150], False),
        ([200, 204] * 100, False),
        ([200] * 150 + [207] * 50, True),
        ([200, 300], False),
    ],
    ids=["on and on", "at first", "to and fro", "late", "too few to tell"],
)
def test_a_soak_tells_growth_that_goes_on(readings: Sequence[int], is_growing: bool) -> None:
    assert is_growing_on(readings) is is_growing
