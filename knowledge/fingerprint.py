"""What a built report depends on, as a hash: its source files, and the program that reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from knowledge.store import SCHEMA_VERSION, Origin


@lru_cache(maxsize=1)
def program_hash() -> str:
    """Hash of the program and its data: another tokenizer or other weights make another report of the same source."""
    digest = hashlib.sha256(f"schema {SCHEMA_VERSION}".encode())
    program = Path(__file__).parent
    for file in sorted([*program.glob("*.py"), *program.glob("data/*")]):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def fingerprint(folder: Path) -> Origin:
    """What a report built now from *folder* is built from."""
    digest = hashlib.sha256(program_hash().encode())
    for file in source_files(folder):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return Origin(str(folder.resolve()), program_hash(), digest.hexdigest())


def source_files(folder: Path) -> list[Path]:
    """The files of a source folder."""
    return sorted(path for path in folder.iterdir() if path.is_file())


def release_hash(reports: Iterable[tuple[str, str]]) -> str:
    """Hash of a release of these (report id, content hash), in 12 hexadecimal digits."""
    return hashlib.sha256(repr(sorted(reports)).encode()).hexdigest()[:12]
