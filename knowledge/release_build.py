"""A release file written beside the live one, report by report: built anew, or copied from where it stands built already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from knowledge.build import build_report, check_numbers
from knowledge.documents import Source
from knowledge.editions import Edition, serving_order
from knowledge.errors import InvalidRelease
from knowledge.fingerprint import fingerprint, release_hash
from knowledge.library import Library
from knowledge.release_file import ReleaseFile
from knowledge.report import parse_report
from knowledge.smoke import smoke_test
from knowledge.store import Header, Origin, ReleaseWriter

#: Told each step in a few words, and the share that is done, in [0, 1].
Progress = Callable[[str, float], None]


def quiet(step: str, done: float) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Built:
    """A release that has been built and checked, and is not live.

    Attributes:
        id: Its id: day and content hash.
        path: Its file; a temporary one until it is made live.
        library: The release opened.
    """

    id: str
    path: Path
    library: Library


def build_release(path: Path, sources: Sequence[Source], *, live: ReleaseFile | None, carried: Sequence[str], progress: Progress) -> Built:
    """Write a release to *path* and smoke-test what is new in it.

    Args:
        path: A file that does not exist yet; after a fault it does not either.
        sources: Reports to read.
        live: The release in service; reports of it that were built by this program from the same files are copied.
        carried: Ids of reports of it to copy as they are.
        progress: Told each step.

    Raises:
        InvalidSource: If a source breaks a rule.
        InvalidRelease: If what was built does not keep its promises, or cannot be written.
    """
    origins = {source.id: fingerprint(source) for source in sources}
    copied = [name for name, origin in origins.items() if live and _stands_in(live, name, origin)]
    fresh = [source for source in sources if source.id not in copied]
    if len(fresh) > 1:  # a fault in the last of a thousand is told before the first is built
        for source in fresh:
            progress(f"parsing {source.id}", 0.0)
            parse_report(source.document, report_id=source.id)
    writer = ReleaseWriter(path)
    try:
        headers = _copy(writer, live, [*carried, *copied])
        for name in copied:
            writer.note_origin(name, origins[name])
        for number, source in enumerate(fresh):
            progress(f"building {source.id} ({number + 1} of {len(fresh)})", 0.8 * number / len(fresh))
            headers.append(_build_one(writer, source, origins[source.id]))
        release_id = f"{datetime.now():%Y%m%d}-{release_hash((h.report.id, h.origin.content) for h in headers)}"
        progress("writing", 0.8)
        writer.finish(_order(headers), {"id": release_id, "made": datetime.now().isoformat(timespec="seconds")})
        library = Library.open(path)
        for number, source in enumerate(fresh):
            progress(f"smoke test of {source.id} ({number + 1} of {len(fresh)})", 0.8 + 0.2 * number / len(fresh))
            known = library.report(source.id)
            assert known is not None
            smoke_test(known)
    except BaseException:
        writer.discard()
        raise
    return Built(release_id, path, library)


def _order(headers: Sequence[Header]) -> list[str]:
    """Ids of the reports in the order in which they answer."""
    written = {header.report.id: header.written for header in headers}
    return [edition.id for edition in serving_order([Edition.of(header.report) for header in headers], written)]


def _build_one(writer: ReleaseWriter, source: Source, origin: Origin) -> Header:
    stored = build_report(source)
    check_numbers(stored)
    return writer.add(stored, origin)


def _copy(writer: ReleaseWriter, live: ReleaseFile | None, names: Sequence[str]) -> list[Header]:
    if live is None or not names:
        return []
    writer.carry(live.path, names)
    return [header for header in live.headers if header.report.id in set(names)]


def _stands_in(live: ReleaseFile, report_id: str, origin: Origin) -> bool:
    """Whether *live* holds the report as it would be built now, undamaged."""
    header = next((header for header in live.headers if header.report.id == report_id), None)
    if header is None or header.origin.content != origin.content:
        return False
    try:
        live.read(report_id)
    except InvalidRelease:
        return False
    return True
