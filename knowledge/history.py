"""``history.jsonl``: who made which release when, and from what; a line each, the newest last."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from knowledge.errors import InvalidRelease
from knowledge.store import Header

_NEEDED = {"id", "made", "by", "reports", "sources"}


def make_entry(release_id: str, headers: Sequence[Header], *, seal: str) -> dict[str, Any]:
    """What the history says of a release made now."""
    return {
        "id": release_id,
        "made": datetime.now().isoformat(timespec="seconds"),
        "by": _who(),
        "reports": [header.report.id for header in headers],
        "seal": seal,
        "sources": {header.report.id: header.report.source_sha256 for header in headers},
        "paths": {header.report.id: header.origin.source for header in headers},
        "counts": {header.report.id: {"sections": header.with_text, "figures": header.figures} for header in headers},
    }


def read_history(path: Path) -> list[dict[str, Any]]:
    """Entries, oldest first; lines that a kill cut are passed over, and none for a missing file.

    Raises:
        InvalidRelease: If the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    except OSError as exc:
        raise InvalidRelease(f"{path}: cannot be read ({exc.strerror})") from exc
    entries = []
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:  # empty, or cut by a kill
            continue
        if isinstance(entry, dict) and set(entry) >= _NEEDED:
            entries.append(entry)
    return entries


def append_entry(path: Path, entry: dict[str, Any]) -> None:
    """Add a line; one that a kill has cut stays by itself."""
    with path.open("a+b") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            cut = file.read() != b"\n"
        else:
            cut = False
        file.write((b"\n" if cut else b"") + json.dumps(entry, ensure_ascii=False).encode() + b"\n")


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
