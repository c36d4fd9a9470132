"""Which processes use a state file: each holds a lock on a file of its own, which the system lets go of however the process ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from ulid import ULID


class Presence:
    """This process among those that use the state file *path*; ``name`` tells it from all others, also after it has ended.

    The locked files lie beside the state file, empty. Those of processes that were killed are removed by the next one.

    Raises:
        OSError: If the folder cannot be written to.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        for other in path.parent.glob(f"{path.name}-process-*"):
            self.is_gone(other.name.removeprefix(f"{path.name}-process-"))
        self.name, self._lock = self._take()
        self._closed = False

    def is_gone(self, name: str) -> bool:
        """Whether the process *name* has ended, or never was."""
        try:
            handle = os.open(self._file(name), os.O_RDWR)
        except OSError:
            return True
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._file(name).unlink(missing_ok=True)
        except BlockingIOError:
            return False
        finally:
            os.close(handle)
        return True

    def close(self) -> None:
        """Be gone."""
        if not self._closed:
            self._closed = True
            with contextlib.suppress(OSError):
                self._file(self.name).unlink(missing_ok=True)
            os.close(self._lock)

    def _file(self, name: str) -> Path:
        return self._path.with_name(f"{self._path.name}-process-{name}")

    def _take(self) -> tuple[str, int]:
        while True:
            name = str(ULID())
            handle = os.open(self._file(name), os.O_RDWR | os.O_CREAT, 0o600)
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self._file(name).exists():  # between making and locking it, another may have taken it for that of a killed process
                    return name, handle
            os.close(handle)
