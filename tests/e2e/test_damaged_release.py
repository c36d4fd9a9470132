"""A service whose live release file is damaged or gone when it starts."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from processes import Run, serve

from knowledge.documents import find_sources
from knowledge.release import Releases

SWITCH_LIMIT_S = 5.0


@pytest.fixture
def two_releases(small_data_dir: Path, small_source: Path, tmp_path: Path) -> Releases:
    """Two releases of the made-up report, the live one with a figure changed."""
    source = Path(shutil.copytree(small_source, tmp_path / "small-report"))
    path = source / "report.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("维持30件", "维持31件"), encoding="utf-8")
    releases = Releases(Path(shutil.copytree(small_data_dir, tmp_path / "data")))
    with releases.locked():
        releases.make_live(releases.build(find_sources([source])))
    return releases


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50_000])


def alter(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update sections set text = '改过'")


def ready_with(client: httpx.Client, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + SWITCH_LIMIT_S
    while not wanted(found := client.get("/readyz").json()):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return dict(found)


@pytest.mark.parametrize("damage", [Path.unlink, alter], ids=["deleted", "altered"])
def test_the_newest_whole_release_answers_and_says_so_until_another_is_live(
    two_releases: Releases, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    live = two_releases.live_id() or ""
    older = two_releases.kept()[1].id
    path = two_releases.path(live)
    kept = path.read_bytes()
    damage(path)
    with serve(tmp_path / "data") as served, httpx.Client(base_url=served.url, timeout=10) as client:
        found = ready_with(client, lambda found: "fault" in found)
        assert found["release"] == older
        assert str(path) in found["fault"]
        reply = client.post("/api/ask", json={"question": "复议维持了多少件"}).json()
        assert "维持30件" in reply["text"]
        assert f"answering from the newest one that is whole, {older}" in served.log
        assert str(path) in served.log
        path.unlink(missing_ok=True)
        path.write_bytes(kept)
        assert "fault" not in ready_with(client, lambda found: found["release"] == live)
        path.unlink()  # under a service that answers from it
        assert "维持31件" in client.post("/api/ask", json={"question": "复议维持了多少件"}).json()["text"]
        assert "fault" not in client.get("/readyz").json()
    assert "Traceback" not in served.log


def test_without_a_whole_release_the_service_says_what_to_do(two_releases: Releases, tmp_path: Path, wenbao: Run) -> None:
    for info in two_releases.kept():
        cut(two_releases.path(info.id))
    done = wenbao("serve", data_dir=tmp_path / "data", WENBAO_PORT="0")
    assert done.returncode == 1
    assert "no kept release is whole either: make one anew with scripts/reload_knowledge.py" in done.stderr
    assert "Traceback" not in done.stderr
