"""The documents say what is there: commands run, settings exist, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import describe_settings
from knowledge.library import Library
from knowledge.release import Releases

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [path for pattern in ("*.md", "docs/**/*.md", "knowledge/**/*.md") for path in ROOT.glob(pattern) if ".venv" not in path.parts]


def session() -> list[tuple[str, str]]:
    """Commands of the README's terminal session, each with what it prints."""
    block = re.search(r"```console\n(.*?)```", README, re.S)
    assert block
    parts = re.split(r"^\$ ", block[1], flags=re.M)[1:]
    return [(command, output.strip()) for command, _, output in (part.partition("\n") for part in parts)]


@pytest.mark.parametrize(("command", "output"), session(), ids=[command for command, _ in session()])
def test_the_terminal_session_of_the_readme_is_what_is_printed(command: str, output: str, library: Library, releases: Releases) -> None:
    words = shlex.split(command)
    assert words[0] == "wenbao"
    environ = {**os.environ, "WENBAO_DATA_DIR": str(releases.path(library.release).parents[1])}
    done = subprocess.run([sys.executable, "-m", "bot", *words[1:]], capture_output=True, text=True, cwd=ROOT, env=environ, check=True)
    assert done.stdout.strip() == output


def test_the_readme_and_the_example_file_list_every_setting_with_its_default() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name, default, help_text in describe_settings():
        shown = f"`{default}`" if default else ""
        assert f"| `{name}` | {shown} | {help_text} |" in README
        assert f"# {help_text}\n{name}={default}\n" in example


def test_no_document_names_a_setting_that_does_not_exist() -> None:
    known = {name for name, _, _ in describe_settings()}
    for path in DOCUMENTS:
        assert set(re.findall(r"WENBAO_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8"))) <= known, path


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z-]+)\b", README)) - {"sure"}))
def test_every_make_target_of_the_readme_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_to_files(path: Path) -> None:
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / link).exists(), link


def test_files_named_in_the_architecture_exist() -> None:
    for row in re.findall(r"^\| `((?:bot|knowledge)/[^`]+)` \|", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.M):
        folder = row.split("/")[0]
        for name in row.split():
            assert (ROOT / (name if "/" in name and name.split("/")[0] in {"bot", "knowledge"} else f"{folder}/{name}")).exists(), name
