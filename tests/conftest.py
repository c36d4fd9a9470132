"""What many tests share: the real release, built once a session, and a small one of a made-up report."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from knowledge.build import build_report
from knowledge.documents import SHIPPED_SOURCES, find_sources, source_at
from knowledge.library import Library, ReportKnowledge
from knowledge.records import Report
from knowledge.release import Releases
from knowledge.report import parse_report
from knowledge.store import StoredReport

# The same examples on every run: a failure seen once is seen again, and a slow machine fails nothing.
settings.register_profile("suite", deadline=None, derandomize=True, database=None)
settings.load_profile("suite")

SMALL_SOURCE = Path(__file__).parent / "data" / "small-report"


@pytest.fixture(scope="session")
def report_path() -> Path:
    """The shipped report's source."""
    return SHIPPED_SOURCES / "yongan-2019" / "report.txt"


@pytest.fixture(scope="session")
def report(report_path: Path) -> Report:
    """The shipped report, parsed."""
    return parse_report(report_path, report_id="yongan-2019")


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """A data directory where the shipped sources are live; not to be changed."""
    releases = Releases(tmp_path_factory.mktemp("data"))
    with releases.locked():
        releases.make_live(releases.build(find_sources([])))
    return releases


@pytest.fixture(scope="session")
def library(releases: Releases) -> Library:
    """The shipped sources as they are served."""
    return releases.open_live()


@pytest.fixture(scope="session")
def known(library: Library) -> ReportKnowledge:
    """The shipped report with its search."""
    return library.default


@pytest.fixture(scope="session")
def small_source() -> Path:
    """Source folder of the made-up report."""
    return SMALL_SOURCE


@pytest.fixture(scope="session")
def small_stored(small_source: Path) -> StoredReport:
    """The made-up report as a release stores it."""
    return build_report(source_at(small_source))


@pytest.fixture(scope="session")
def small_known(small_stored: StoredReport) -> ReportKnowledge:
    """The made-up report with its search."""
    return ReportKnowledge(small_stored)


@pytest.fixture(scope="session")
def small_data_dir(tmp_path_factory: pytest.TempPathFactory, small_source: Path) -> Path:
    """A data directory where the made-up report is live; to be copied, not changed."""
    data_dir = tmp_path_factory.mktemp("small-data")
    releases = Releases(data_dir)
    with releases.locked():
        releases.make_live(releases.build(find_sources([small_source])))
    return data_dir


@pytest.fixture
def data_dir(small_data_dir: Path, tmp_path: Path) -> Path:
    """A data directory of the test's own, with the made-up report live."""
    return shutil.copytree(small_data_dir, tmp_path / "data")


@pytest.fixture
def own_releases(data_dir: Path) -> Releases:
    """Releases of ``data_dir``."""
    return Releases(data_dir)
