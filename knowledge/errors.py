"""Faults of the knowledge side. "Nothing found" is a result, never one of these.

KnowledgeError
├── InvalidSource      a source file cannot be read or breaks a rule (path, place, reason)
├── InvalidRelease     a built release fails its checks or a release file is damaged
├── ReleaseNotFound    no release is live, or the one asked for does not exist
└── ReloadInProgress   another reload holds the lock
"""

from __future__ import annotations

from pathlib import Path


class KnowledgeError(Exception):
    """Root of every fault raised by ``knowledge``."""


class InvalidSource(KnowledgeError):
    """A source file cannot be used.

    Attributes:
        path: The file.
        place: Where in it: a line, a section id, a key. Empty for the whole file.
        reason: What is wrong and what to do.
    """

    def __init__(self, path: Path, place: str, reason: str) -> None:
        self.path = path
        self.place = place
        self.reason = reason
        where = f"{path}, {place}" if place else str(path)
        super().__init__(f"{where}: {reason}")

    def __reduce__(self) -> tuple[type[InvalidSource], tuple[Path, str, str]]:
        # Exceptions cross from a building process by their message alone unless they say otherwise.
        return type(self), (self.path, self.place, self.reason)


class InvalidRelease(KnowledgeError):
    """A release does not keep what it promises; it is never made live."""


class ReleaseNotFound(KnowledgeError):
    """There is no such release, or none is live yet."""


class ReloadInProgress(KnowledgeError):
    """Another process is building a release in the same data directory."""
