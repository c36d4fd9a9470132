"""What a built report depends on, as a hash: its source files, and the program that reads them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from knowledge.documents import Source
from knowledge.store import SCHEMA_VERSION, Origin


@lru_cache(maxsize=1)
def program_hash() -> str:
    """Hash of the program and its data: another tokenizer or other weights make another report of the same source."""
    digest = hashlib.sha256(f"schema {SCHEMA_VERSION}".encode())
    program = Path(__file__).parent
    for file in sorted([*program.glob("*.py"), *program.glob("data/*")]):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def fingerprint(source: Source) -> Origin:
    """What a report built now from *source* is built from."""
    digest = hashlib.sha256(program_hash().encode())
    for file in source.files():
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return Origin(str((source.folder or source.document).resolve()), program_hash(), digest.hexdigest())


def release_hash(reports: Iterable[tuple[str, str]]) -> str:
    """Hash of a release of these (report id, content hash), in 12 hexadecimal digits."""
    return hashlib.sha256(repr(sorted(reports)).encode()).hexdigest()[:12]
