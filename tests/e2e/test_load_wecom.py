"""A short run of ``scripts/load_wecom.py``: what is delivered one to three times is answered once, also where the API fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from processes import PROJECT

SCRIPT = PROJECT / "scripts" / "load_wecom.py"


def test_every_callback_is_answered_once_however_often_it_comes(data_dir: Path) -> None:
    short = ["--seconds", "0.7", "--rounds", "1", "--senders", "20", "--faults", "--data-dir", str(data_dir)]
    done = subprocess.run([sys.executable, str(SCRIPT), *short], cwd=PROJECT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 not answered, 0 answered more than once" in done.stdout
    ours = next(line for line in done.stdout.splitlines() if line.startswith("| wenbao |"))
    questions, deliveries = (int(cell) for cell in ours.split("|")[2:4])
    assert deliveries > questions > 20
