"""A short run of ``scripts/load_telegram.py faults``: under faults every message is answered once, in order, from one release."""

from __future__ import annotations

import re
import subprocess
import sys

from processes import PROJECT

SCRIPT = PROJECT / "scripts" / "load_telegram.py"


def test_every_message_is_answered_once_in_order_whatever_fails() -> None:
    short = ["--messages", "100", "--chats", "20", "--reloads", "1", "--trouble", "5"]
    done = subprocess.run([sys.executable, str(SCRIPT), "faults", *short], cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "100 answered, 0 more than once, 0 chats out of order; knowledge base reloaded " in done.stdout
    counts = re.findall(r"(\d+) (\w+)", done.stdout.partition("injected: ")[2].partition("\n")[0])
    assert sum(int(count) for count, _ in counts) >= 10
