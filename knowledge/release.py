"""Releases: built beside the live one, checked, then made live by replacing one small file; and taken back the same way.

In the data directory: ``releases/ID.db``, the file ``current`` with the live id, ``history.jsonl``, ``reload.lock``.
A kill at any moment leaves ``current`` naming a whole release: files are written under another name and renamed.
"""

from __future__ import annotations

import fcntl
import getpass
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from knowledge.build import build_report, check_numbers
from knowledge.documents import Source
from knowledge.editions import Edition, serving_order
from knowledge.errors import InvalidRelease, ReleaseNotFound, ReloadInProgress
from knowledge.library import Library, file_sha256
from knowledge.smoke import smoke_test
from knowledge.store import SCHEMA_VERSION, StoredReport, write_release

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
    """

    id: str
    live: bool
    made: str
    by: str
    reports: tuple[str, ...]
    sources: dict[str, str]


@dataclass(frozen=True, slots=True)
class Built:
    """A release that has been built and checked, and is not live.

    Attributes:
        id: Its id.
        path: Its file; a temporary one until it is made live.
        library: The release opened.
    """

    id: str
    path: Path
    library: Library


class Releases:
    """The releases of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._dir = data_dir
        self._files = data_dir / "releases"
        self._current = data_dir / "current"
        self._history = data_dir / "history.jsonl"

    def live_id(self) -> str | None:
        """Id of the live release, or None when none has been made."""
        try:
            return self._current.read_text(encoding="utf-8").partition(" ")[0].strip() or None
        except FileNotFoundError:
            return None
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
        live = self.live_id()
        if live is None:
            raise ReleaseNotFound(f"no release in {self._dir}; run scripts/reload_knowledge.py")
        return Library.open(self.path(live), sha256=self._current.read_text(encoding="utf-8").strip().partition(" ")[2])

    def kept(self) -> list[ReleaseInfo]:
        """Kept releases, newest first."""
        live = self.live_id()
        entries: dict[str, dict[str, Any]] = {}
        for entry in self._read_history():  # a release built again counts from then
            entries.pop(entry["id"], None)
            entries[entry["id"]] = entry
        kept = [entry for entry in entries.values() if self.path(entry["id"]).exists()]
        return [ReleaseInfo(e["id"], e["id"] == live, e["made"], e["by"], tuple(e["reports"]), dict(e["sources"])) for e in reversed(kept)]

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

    def build(self, sources: Sequence[Source], *, progress: Callable[[str], None] = lambda _: None) -> Built:
        """Build and check a release beside the live one; call under ``locked``.

        Args:
            sources: The reports to read, as ``find_sources`` gives them.
            progress: Told each step in a few words.

        Raises:
            InvalidSource: If a source breaks a rule.
            InvalidRelease: If what was built does not keep its promises, or cannot be written.
        """
        stored = []
        for number, source in enumerate(sources, 1):
            progress(f"building {source.id} ({number} of {len(sources)})")
            stored.append(build_report(source))
        stored = _in_serving_order(stored)
        release_id = f"{datetime.now():%Y%m%d}-{_content_hash(sources)}"
        path = self._files / f"{release_id}.db{_PARTIAL}"
        path.unlink(missing_ok=True)
        progress("checking every figure against its section")
        for report in stored:
            check_numbers(report)
        progress("writing")
        write_release(path, stored, about=self._about(release_id, stored))
        progress("smoke test")
        library = Library.open(path)
        for known in library.reports:
            smoke_test(known)
        return Built(release_id, path, library)

    def make_live(self, built: Built) -> None:
        """Switch to *built*: an instant, and all or nothing."""
        final = self.path(built.id)
        with _disk_faults(self._dir):
            built.path.replace(final)
        entry: dict[str, Any] = {
            "id": built.id,
            "made": datetime.now().isoformat(timespec="seconds"),
            "by": _who(),
            "reports": [known.report.id for known in built.library.reports],
            "sha256": file_sha256(final),
            "sources": {known.report.id: known.report.source_sha256 for known in built.library.reports},
        }
        with _disk_faults(self._dir):
            with self._history.open("a", encoding="utf-8") as file:
                file.write(("\n" if self._line_was_cut() else "") + json.dumps(entry, ensure_ascii=False) + "\n")
            self._point_to(built.id, str(entry["sha256"]))
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
        sha256 = next((str(entry.get("sha256", "")) for entry in reversed(self._read_history()) if entry["id"] == release_id), "")
        Library.open(self.path(release_id), sha256=sha256)
        with _disk_faults(self._dir):
            self._point_to(release_id, sha256)
        return release_id

    def _point_to(self, release_id: str, sha256: str) -> None:
        partial = self._current.with_name(f"current{_PARTIAL}")
        with partial.open("w", encoding="utf-8") as file:
            file.write(f"{release_id} {sha256}".strip() + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._current)

    def _drop_old(self) -> None:
        for info in self.kept()[KEPT_RELEASES:]:
            if not info.live:
                self.path(info.id).unlink(missing_ok=True)

    def _line_was_cut(self) -> bool:
        """Whether a kill cut the last line of the history; a new entry must not be joined to it."""
        with self._history.open("rb") as file:
            file.seek(0, os.SEEK_END)
            if not file.tell():
                return False
            file.seek(-1, os.SEEK_END)
            return file.read() != b"\n"

    def _read_history(self) -> list[dict[str, Any]]:
        try:
            lines = self._history.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as exc:
            raise InvalidRelease(f"{self._history}: cannot be read ({exc})") from exc
        entries = []
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:  # empty, or cut by a kill
                continue
            if isinstance(entry, dict) and {"id", "made", "by", "reports", "sources"} <= set(entry):
                entries.append(entry)
        return entries

    def _about(self, release_id: str, stored: Sequence[StoredReport]) -> dict[str, str]:
        return {"id": release_id, "reports": ",".join(s.report.id for s in stored), "made": datetime.now().isoformat(timespec="seconds")}


def _in_serving_order(stored: Sequence[StoredReport]) -> list[StoredReport]:
    by_id = {report.report.id: report for report in stored}
    written = {name: sum(pair.origin == "curated" for pair in report.pairs) for name, report in by_id.items()}
    return [by_id[edition.id] for edition in serving_order([Edition.of(report.report) for report in stored], written)]


@contextmanager
def _disk_faults(folder: Path) -> Iterator[None]:
    """Turn a disk that refuses into a fault that says what to do; the live release goes on."""
    try:
        yield
    except OSError as exc:
        raise InvalidRelease(
            f"{exc.filename or folder}: {exc.strerror}; the release was not switched, make room or mend the rights"
        ) from exc


def _content_hash(sources: Sequence[Source]) -> str:
    digest = hashlib.sha256(f"schema {SCHEMA_VERSION}".encode())
    program = Path(__file__).parent  # another tokenizer or other weights make another release of the same sources
    for file in sorted([*program.glob("*.py"), *program.glob("data/*")]):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    for source in sorted(sources, key=lambda s: s.id):
        for file in source.files():
            digest.update(f"{source.id}/{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
