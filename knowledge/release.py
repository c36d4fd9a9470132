"""Releases: built beside the live one, checked, then made live by replacing one small file; and taken back the same way.

In the data directory: ``releases/ID.db``, the file ``current`` with the live id, ``history.jsonl``, ``reload.lock``.
A kill at any moment leaves ``current`` naming a whole release: files are written under another name and renamed.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from knowledge.documents import Source
from knowledge.errors import InvalidRelease, KnowledgeError, ReleaseNotFound, ReloadInProgress
from knowledge.history import append_entry, make_entry, read_history
from knowledge.library import Library
from knowledge.release_build import Built, Progress, build_release, quiet
from knowledge.release_file import ReleaseFile

KEPT_RELEASES = 10
_PARTIAL = ".partial"


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """A release that is kept.

    Attributes:
        id: Its id: day and content hash.
        live: Whether it answers now.
        made: When it was built, ISO time.
        by: Who built it.
        reports: Report ids, the default one first.
        sources: Hash of each report's source file.
        counts: Sections with text and figures of each report; empty for a release of an earlier version.
    """

    id: str
    live: bool
    made: str
    by: str
    reports: tuple[str, ...]
    sources: dict[str, str]
    counts: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class InService:
    """A report that is in service.

    Attributes:
        id: Its id.
        source: The folder it was built from; empty where that is not known.
        program: Hash of the program that built it; empty where it must be built again.
    """

    id: str
    source: str
    program: str


class Releases:
    """The releases of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._dir = data_dir
        self._files = data_dir / "releases"
        self._current = data_dir / "current"
        self._history = data_dir / "history.jsonl"

    def live_id(self) -> str | None:
        """Id of the live release, or None when none has been made."""
        return self._read_current()[0] or None

    def _read_current(self) -> tuple[str, str]:
        try:
            live, _, seal = self._current.read_text(encoding="utf-8").strip().partition(" ")
            return live, seal
        except FileNotFoundError:
            return "", ""
        except OSError as exc:
            raise ReleaseNotFound(f"{self._current}: cannot be read ({exc.strerror})") from exc
        except UnicodeDecodeError as exc:
            raise InvalidRelease(f"{self._current}: damaged; name a release with scripts/reload_knowledge.py --rollback RELEASE") from exc

    def path(self, release_id: str) -> Path:
        """File of a release."""
        return self._files / f"{release_id}.db"

    def open_live(self) -> Library:
        """Open the live release.

        Raises:
            ReleaseNotFound: If none has been made live.
            InvalidRelease: If its file is missing or damaged.
        """
        live, seal = self._read_current()
        if not live:
            raise ReleaseNotFound(f"no release in {self._dir}; run scripts/reload_knowledge.py")
        return Library.open(self.path(live), seal=seal)

    def open_newest(self) -> tuple[Library, str]:
        """The live release; where it cannot be opened, the newest kept one that is whole, read to the last byte.

        Returns:
            The library, and what is the matter with the live release; empty when it is the live one.

        Raises:
            ReleaseNotFound: If none has been made live.
            InvalidRelease: If none of them is whole; it says what to do.
        """
        try:
            return self.open_live(), ""
        except InvalidRelease as exc:
            fault = str(exc)
        for info in self.kept():
            if not info.live:
                try:
                    return self._open_whole(info.id), fault
                except InvalidRelease:
                    continue
        raise InvalidRelease(f"{fault}; no kept release is whole either: make one anew with scripts/reload_knowledge.py --only PATH ...")

    def is_live(self, release_id: str) -> bool:
        """Whether that release is the live one; False also where ``current`` cannot be read."""
        try:
            return self.live_id() == release_id
        except KnowledgeError:
            return False

    def _open_whole(self, release_id: str) -> Library:
        """A kept release, every byte of it read."""
        seal = next((str(entry.get("seal", "")) for entry in reversed(read_history(self._history)) if entry["id"] == release_id), "")
        library = Library.open(self.path(release_id), seal=seal)
        library.verify()
        return library

    def signature(self) -> tuple[int, int, int] | None:
        """What changes whenever a release is made live, at the cost of a look at one file; None when none has been."""
        try:
            status = self._current.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns, status.st_size

    def in_service(self) -> list[InService]:
        """The reports that the live release holds, in order; from the history where its file cannot be read."""
        live = self.live_id()
        try:
            file = ReleaseFile(self.path(live)) if live else None
        except InvalidRelease:
            entries = [entry for entry in read_history(self._history) if entry["id"] == live]
            return [InService(name, entry.get("paths", {}).get(name, ""), "") for entry in entries[-1:] for name in entry["reports"]]
        if file is None:
            return []
        found = [InService(header.report.id, header.origin.source, header.origin.program) for header in file.headers]
        file.close()
        return found

    def kept(self) -> list[ReleaseInfo]:
        """Kept releases, newest first."""
        entries: dict[str, dict[str, Any]] = {}
        for entry in read_history(self._history):  # a release built again counts from then
            entries.pop(entry["id"], None)
            entries[entry["id"]] = entry
        found = [*self._without_entry(entries.keys()), *entries.values()]
        kept = [entry for entry in sorted(found, key=lambda e: str(e["made"])) if self.path(entry["id"]).exists()]
        return [
            ReleaseInfo(
                id=entry["id"],
                live=self.is_live(entry["id"]),
                made=entry["made"],
                by=entry["by"],
                reports=tuple(entry["reports"]),
                sources=dict(entry["sources"]),
                counts=dict(entry.get("counts", {})),
            )
            for entry in reversed(kept)
        ]

    def _without_entry(self, known: Collection[str]) -> Iterator[dict[str, Any]]:
        """What the history would say of releases that it says nothing of: it was cut, or a kill came between file and entry."""
        for path in sorted(self._files.glob("*.db")):
            if path.stem in known:
                continue
            try:
                file = ReleaseFile(path)
            except InvalidRelease:
                continue
            yield make_entry(path.stem, file.headers, seal=file.seal) | {"made": file.about.get("made", ""), "by": "unknown"}
            file.close()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the data directory against a second reload, and clear what a killed one left.

        Raises:
            ReloadInProgress: If another process holds it.
            InvalidRelease: If the directory cannot be written.
        """
        try:
            self._files.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._dir / "reload.lock", os.O_CREAT | os.O_RDWR, 0o644)
        except OSError as exc:
            raise InvalidRelease(f"{self._dir}: cannot be written ({exc.strerror}); set WENBAO_DATA_DIR to a writable folder") from exc
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise ReloadInProgress(f"another reload is running in {self._dir}; try again when it has ended") from exc
            for left in self._files.glob(f"*{_PARTIAL}*"):
                left.unlink()
            yield
        finally:
            os.close(handle)

    def build(self, sources: Sequence[Source], *, carried: Sequence[str] = (), progress: Progress = quiet) -> Built:
        """Build and check a release beside the live one; call under ``locked``.

        Args:
            sources: The reports to read, as ``find_sources`` gives them.
            carried: Ids of reports of the live release to take along as they are.
            progress: Told each step.

        Raises:
            InvalidSource: If a source breaks a rule.
            InvalidRelease: If what was built does not keep its promises, or cannot be written.
        """
        path = self._files / f"{datetime.now():%Y%m%d%H%M%S}.db{_PARTIAL}"
        path.unlink(missing_ok=True)
        live = self.live_id()
        try:
            file = ReleaseFile(self.path(live)) if live else None
        except InvalidRelease:
            if carried:
                raise
            file = None  # nothing of it is needed, and what is built now puts it right
        try:
            return build_release(path, sources, live=file, carried=carried, progress=progress)
        finally:
            if file:
                file.close()

    def make_live(self, built: Built) -> None:
        """Switch to *built*: an instant, and all or nothing."""
        entry = make_entry(built.id, built.library.headers, seal=built.library.seal)
        path = self.path(built.id)
        anew = not path.exists()
        with _disk_faults(self._dir):
            try:
                built.path.replace(path)
                append_entry(self._history, entry)
                self._point_to(built.id, built.library.seal)
            except OSError:
                if anew:  # a disk that is full has no room for a release that nobody asked for
                    path.unlink(missing_ok=True)
                raise
            self._drop_old()

    def roll_back(self, release_id: str | None = None) -> str:
        """Make an earlier release live: the one named, or the newest older than the live one.

        Raises:
            ReleaseNotFound: If there is none.
            InvalidRelease: If its file is damaged; the live one goes on.
        """
        kept = self.kept()
        if release_id is None:
            place = next((i for i, info in enumerate(kept) if info.live), -1)
            older = kept[place + 1 :]
            if not older:
                raise ReleaseNotFound("there is no earlier release to go back to; see --list")
            release_id = older[0].id
        if release_id not in {info.id for info in kept}:
            raise ReleaseNotFound(f"no release {release_id!r}; see --list")
        library = self._open_whole(release_id)
        with _disk_faults(self._dir):
            self._point_to(release_id, library.seal)
        return release_id

    def _point_to(self, release_id: str, seal: str) -> None:
        partial = self._current.with_name(f"current{_PARTIAL}")
        with partial.open("w", encoding="utf-8") as file:
            file.write(f"{release_id} {seal}".strip() + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._current)

    def _drop_old(self) -> None:
        for info in self.kept()[KEPT_RELEASES:]:
            if not info.live:
                self.path(info.id).unlink(missing_ok=True)


@contextmanager
def _disk_faults(folder: Path) -> Iterator[None]:
    """Turn a disk that refuses into a fault that says what to do; the live release goes on."""
    try:
        yield
    except OSError as exc:
        raise InvalidRelease(
            f"{exc.filename or folder}: {exc.strerror}; the release was not switched, make room or mend the rights"
        ) from exc
