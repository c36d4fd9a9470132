"""Imports point one way; the pipeline stays readable in one look."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
MODULES = sorted(path for package in ("bot", "knowledge", "scripts") for path in (PROJECT / package).rglob("*.py"))
MAX_PIPELINE_LINES = 90


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    """Every module that *path* imports, anywhere in it; ``from a import b`` counts as ``a`` and as ``a.b``."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide where they point"
            found |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def breaches(inside: str, forbidden: str) -> list[str]:
    """Imports of *forbidden* in modules under *inside*, as ``importer -> imported``."""

    def under(name: str, package: str) -> bool:
        return name == package or name.startswith(f"{package}.")

    return [
        f"{name_of(path)} -> {imported}"
        for path in MODULES
        if under(name_of(path), inside)
        for imported in sorted(imports_of(path))
        if under(imported, forbidden)
    ]


def test_there_are_modules_to_look_at() -> None:
    assert {"bot.pipeline", "bot.channels.web", "knowledge.release", "scripts.reload_knowledge"} <= set(map(name_of, MODULES))
    assert "knowledge.library" in imports_of(PROJECT / "bot" / "pipeline.py")


@pytest.mark.parametrize(
    ("inside", "forbidden"),
    [
        ("knowledge", "bot"),
        ("knowledge", "scripts"),
        ("bot", "scripts"),
        ("bot.pipeline", "bot.channels"),
        ("bot.pipeline", "bot.state"),
        ("bot.conversation", "bot.channels"),
        ("bot.compose", "bot.channels"),
        ("bot.state", "bot.channels"),
        ("bot.channels", "knowledge"),
    ],
    ids=lambda name: name,
)
def test_imports_point_one_way(inside: str, forbidden: str) -> None:
    assert breaches(inside, forbidden) == []


def test_only_the_settings_read_the_environment() -> None:
    readers = [name_of(p) for p in MODULES if name_of(p) != "bot.settings" and {"os.environ", "os.getenv"} & imports_of(p)]
    words = [name_of(p) for p in MODULES if name_of(p) != "bot.settings" and ("os.environ" in (t := p.read_text("utf-8")) or "getenv" in t)]
    assert readers == words == []


def test_telegram_is_known_to_its_own_channel_alone() -> None:
    users = [name_of(path) for path in MODULES if any(name.split(".")[0] == "telegram" for name in imports_of(path))]
    assert users
    assert [name for name in users if not name.startswith("bot.channels.telegram")] == []


def test_no_module_is_named_for_nothing() -> None:
    assert [name_of(path) for path in MODULES if path.stem in {"utils", "util", "helpers", "helper", "common", "misc"}] == []


def test_the_pipeline_is_read_in_one_look() -> None:
    assert len((PROJECT / "bot" / "pipeline.py").read_text(encoding="utf-8").splitlines()) < MAX_PIPELINE_LINES


def test_every_module_says_what_it_is_for() -> None:
    undocumented = [name_of(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert undocumented == []
