"""Which sources a reload reads, and which reports it takes along as they are: paths and ids against what is in service."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.documents import SHIPPED_SOURCES, Source, find_sources
from knowledge.errors import InvalidSource, ReleaseNotFound
from knowledge.fingerprint import program_hash
from knowledge.release import InService

_ID = re.compile(r"[a-z0-9][a-z0-9-]*")


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """What a reload reads and keeps.

    Attributes:
        sources: Sources to read, one a report.
        carried: Ids of reports in service that are taken along as they are.
        notes: What an admin should know of the choice, a sentence each.
    """

    sources: tuple[Source, ...]
    carried: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def choose_sources(named: Sequence[str], in_service: Sequence[InService], *, only: bool) -> SourceChoice:
    """Choose what to read.

    Args:
        named: Paths of sources, or ids of reports. Where some are ids of reports under the paths named, just those are taken of
            the paths. For none, the sources of every report in service are read again; the shipped ones where none is.
        in_service: The reports of the live release.
        only: Serve just what is named, instead of adding it to what is in service.

    Raises:
        InvalidSource: If a path holds no report, or the source of a report that must be built again is gone.
        ReleaseNotFound: If an id is none of a report in service, shipped or under a path named.
    """
    if not named:
        if only:
            raise ReleaseNotFound("--only needs the reports to serve: paths of sources, or ids of reports in service")
        return _again(in_service) if in_service else SourceChoice(tuple(find_sources([])))
    sources = _named(named, in_service)
    ids = {source.id for source in sources}
    if only:
        return SourceChoice(tuple(sources))
    carried, rebuilt = [], []
    for one in in_service:
        if one.id in ids:
            continue
        if one.program == program_hash():
            carried.append(one.id)
        else:
            rebuilt.append(_source_of(one))
    notes = [f"{source.id}: built again, another version of the program made what is in service" for source in rebuilt]
    return SourceChoice((*sources, *rebuilt), tuple(carried), tuple(notes))


def _again(in_service: Sequence[InService]) -> SourceChoice:
    sources, carried, notes = [], [], []
    for one in in_service:
        if one.program == program_hash() and _recorded(one) is None:
            carried.append(one.id)
            notes.append(f"{one.id}: its source {one.source or ''} is gone; it is taken along as it is in service")
        else:
            sources.append(_source_of(one))
    return SourceChoice(tuple(sources), tuple(carried), tuple(notes))


def _named(named: Sequence[str], in_service: Sequence[InService]) -> list[Source]:
    paths = [Path(name) for name in named if Path(name).exists() or not _ID.fullmatch(name)]
    ids = list(dict.fromkeys(name for name in named if Path(name) not in paths))
    found = {source.id: source for source in find_sources(paths)} if paths else {}
    chosen = {name: found[name] for name in ids if name in found} or dict(found)
    by_id = {one.id: one for one in in_service}
    for name in ids:
        if name not in chosen:
            chosen[name] = _source_of(by_id.get(name, InService(name, "", "")), known=name in by_id)
    return list(chosen.values())


def _recorded(one: InService) -> Source | None:
    """The source of a report where it was read before, or the shipped one; None when it is gone."""
    places = [Path(one.source)] if one.source else []
    for place in [*places, SHIPPED_SOURCES / one.id]:
        if place.exists() and (found := next((source for source in _sources_in(place) if source.id == one.id), None)):
            return found
    return None


def _sources_in(place: Path) -> list[Source]:
    try:
        return find_sources([place])
    except InvalidSource:
        return []


def _source_of(one: InService, *, known: bool = True) -> Source:
    if source := _recorded(one):
        return source
    if not known:
        raise ReleaseNotFound(f"{one.id}: neither a path, nor the id of a report in service or shipped; see --list")
    where = f"its source {one.source} is gone" if one.source else "where its source lies is not recorded"
    raise InvalidSource(
        Path(one.source or one.id),
        "",
        f"{one.id} must be built again, by another version of the program, and {where}; name its folder, or serve just others with --only",
    )
