import errno
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from builders import PREAMBLE, write_report

from knowledge.documents import SHIPPED_SOURCES, find_sources
from knowledge.errors import InvalidRelease, InvalidSource, KnowledgeError, ReleaseNotFound, ReloadInProgress
from knowledge.library import Library
from knowledge.release import KEPT_RELEASES, Built, Releases

PROJECT = Path(__file__).parents[2]

#: Reloads, and waits for ever at the named moment: at a step of the build, or between the new file and the switch.
RELOAD_AND_WAIT = """
import sys
from pathlib import Path
from knowledge.documents import find_sources
from knowledge.release import Releases

def wait(step, done=0.0):
    if step.startswith(sys.argv[3]):
        print("reached", flush=True)
        sys.stdin.read()

class Waiting(Releases):
    def _drop_old(self):
        wait("switched")
        super()._drop_old()

    def _point_to(self, release_id, seal):
        wait("switch")
        super()._point_to(release_id, seal)

import knowledge.release as module

def append(*arguments):
    wait("history")
    real(*arguments)

real, module.append_entry = module.append_entry, append
releases = Waiting(Path(sys.argv[1]))
with releases.locked():
    releases.make_live(releases.build(find_sources([Path(sys.argv[2])]), progress=wait))
"""

TRY_THE_LOCK = """
import sys
from pathlib import Path
from knowledge.release import Releases
try:
    with Releases(Path(sys.argv[1])).locked():
        print("locked")
except Exception as exc:
    print(type(exc).__name__)
"""


@pytest.fixture
def changed_source(tmp_path: Path, small_source: Path) -> Path:
    """The made-up report with one figure more than the live one has."""
    folder = shutil.copytree(small_source, tmp_path / "small-report")
    path = folder / "report.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("维持30件", "维持31件"), encoding="utf-8")
    return folder


def reload(releases: Releases, *folders: Path) -> str:
    with releases.locked():
        built = releases.build(find_sources(folders))
        releases.make_live(built)
    return built.id


def make_copies(releases: Releases, count: int) -> list[str]:
    """Make *count* releases live in turn, each a copy of the live one under an id of its own."""
    live = releases.live_id()
    assert live is not None
    content, library = releases.path(live).read_bytes(), releases.open_live()
    ids = [f"20220101-{number:012d}" for number in range(count)]
    for release_id in ids:
        partial = releases.path(f"{release_id}.copy")
        partial.write_bytes(content)
        with releases.locked():
            releases.make_live(Built(release_id, partial, library))
    return ids


def text_of(library: Library, section_id: str) -> str:
    section = library.default.section(section_id)
    assert section is not None
    return section.text


# --- build, switch, roll back --------------------------------------------------------------------------------------


def test_a_new_directory_has_no_release(tmp_path: Path) -> None:
    releases = Releases(tmp_path / "data")
    assert releases.live_id() is None
    assert releases.kept() == []
    with pytest.raises(ReleaseNotFound, match="run scripts/reload_knowledge"):
        releases.open_live()


def test_what_was_made_live_answers(own_releases: Releases) -> None:
    library = own_releases.open_live()
    assert library.release == own_releases.live_id()
    assert "维持30件" in text_of(library, "1.2.1")


def test_an_id_is_the_day_and_a_hash_of_the_sources(own_releases: Releases, changed_source: Path) -> None:
    before = own_releases.live_id()
    after = reload(own_releases, changed_source)
    assert re.fullmatch(r"\d{8}-[0-9a-f]{12}", after)
    assert before != after == own_releases.live_id()


def test_the_same_sources_give_the_same_id(own_releases: Releases, small_source: Path) -> None:
    before = own_releases.live_id()
    assert before is not None
    assert reload(own_releases, small_source).split("-")[1] == before.split("-")[1]


def test_building_changes_nothing_until_the_switch(own_releases: Releases, changed_source: Path) -> None:
    before = own_releases.live_id()
    with own_releases.locked():
        built = own_releases.build(find_sources([changed_source]))
        assert own_releases.live_id() == before
        assert "维持31件" in text_of(built.library, "1.2.1")
        own_releases.make_live(built)
    assert "维持31件" in text_of(own_releases.open_live(), "1.2.1")


def test_an_open_library_goes_on_while_another_is_made_live(own_releases: Releases, changed_source: Path) -> None:
    library = own_releases.open_live()
    reload(own_releases, changed_source)
    found = library.default.search(library.default.read("合法性审查办了几件"))
    assert found.candidates[0].section == "1.1.1"
    assert "维持30件" in text_of(library, "1.2.1")


def test_rolling_back_answers_as_before(own_releases: Releases, changed_source: Path) -> None:
    before = own_releases.live_id()
    reload(own_releases, changed_source)
    assert own_releases.roll_back() == before
    assert own_releases.live_id() == before
    assert "维持30件" in text_of(own_releases.open_live(), "1.2.1")


def test_a_release_can_be_gone_back_to_by_name_and_forward_again(own_releases: Releases) -> None:
    first, second, third = make_copies(own_releases, 3)
    assert own_releases.roll_back(first) == first
    assert own_releases.roll_back(third) == third
    assert own_releases.roll_back() == second


def test_without_an_earlier_release_there_is_nothing_to_go_back_to(own_releases: Releases) -> None:
    before = own_releases.live_id()
    with pytest.raises(ReleaseNotFound, match="no earlier release"):
        own_releases.roll_back()
    with pytest.raises(ReleaseNotFound, match="no release 'other'"):
        own_releases.roll_back("other")
    assert own_releases.live_id() == before


def test_a_damaged_release_is_not_gone_back_to(own_releases: Releases, changed_source: Path) -> None:
    before = own_releases.live_id()
    assert before is not None
    after = reload(own_releases, changed_source)
    own_releases.path(before).write_bytes(b"damaged")
    with pytest.raises(InvalidRelease):
        own_releases.roll_back()
    assert own_releases.live_id() == after


def test_sources_put_back_as_they_were_are_the_newest_release(own_releases: Releases, small_source: Path, changed_source: Path) -> None:
    changed = reload(own_releases, changed_source)
    again = reload(own_releases, small_source)
    assert own_releases.kept()[0].id == again
    assert own_releases.roll_back() == changed


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50_000])


def alter(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update sections set text = '改过'")


DAMAGES = pytest.mark.parametrize("damage", [Path.unlink, cut, alter], ids=["deleted", "cut", "altered"])


@DAMAGES
def test_for_a_damaged_live_release_the_newest_whole_one_is_opened(
    own_releases: Releases, changed_source: Path, damage: Callable[[Path], None]
) -> None:
    make_copies(own_releases, 1)
    whole = reload(own_releases, changed_source)
    broken, live = make_copies(own_releases, 2)
    for release_id in (live, broken):
        damage(own_releases.path(release_id))
    library, fault = own_releases.open_newest()
    assert library.release == whole
    assert "维持31件" in text_of(library, "1.2.1")
    assert str(own_releases.path(live)) in fault
    assert own_releases.live_id() == live


def test_a_whole_live_release_is_opened_without_a_word(own_releases: Releases) -> None:
    library, fault = own_releases.open_newest()
    assert (library.release, fault) == (own_releases.live_id(), "")


@DAMAGES
def test_where_no_release_is_whole_it_says_what_to_do(own_releases: Releases, damage: Callable[[Path], None]) -> None:
    for info in own_releases.kept():
        damage(own_releases.path(info.id))
    with pytest.raises(InvalidRelease, match=r"no kept release is whole either: make one anew with scripts/reload_knowledge\.py"):
        own_releases.open_newest()


def test_where_it_cannot_be_read_which_is_live_the_newest_is_opened_and_can_be_gone_back_to(own_releases: Releases, data_dir: Path) -> None:
    [newest] = make_copies(own_releases, 1)
    (data_dir / "current").write_bytes(b"\xff\xfe\x00")
    assert "current: damaged" in own_releases.open_newest()[1]
    assert own_releases.roll_back() == newest
    assert own_releases.open_newest()[1] == ""


# --- history -------------------------------------------------------------------------------------------------------


def test_kept_releases_stand_newest_first_with_what_they_hold(own_releases: Releases) -> None:
    first = own_releases.live_id()
    copies = make_copies(own_releases, 2)
    kept = own_releases.kept()
    assert [info.id for info in kept] == [copies[1], copies[0], first]
    assert [info.live for info in kept] == [True, False, False]
    assert kept[0].reports == ("small-report",)
    assert list(kept[0].sources) == ["small-report"]
    assert kept[0].by
    assert re.match(r"\d{4}-\d\d-\d\dT", kept[0].made)


def test_the_last_ten_releases_are_kept(own_releases: Releases, data_dir: Path) -> None:
    ids = make_copies(own_releases, KEPT_RELEASES + 2)
    assert KEPT_RELEASES == 10
    assert [info.id for info in own_releases.kept()] == ids[:1:-1]
    assert len(list((data_dir / "releases").glob("*.db"))) == KEPT_RELEASES


def test_a_history_line_cut_by_a_kill_is_passed_over(own_releases: Releases, data_dir: Path) -> None:
    before = own_releases.kept()
    with (data_dir / "history.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "2022')
    assert own_releases.kept() == before


def test_the_release_after_a_cut_history_line_is_listed(own_releases: Releases, data_dir: Path) -> None:
    with (data_dir / "history.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "2022')
    [made] = make_copies(own_releases, 1)
    assert own_releases.kept()[0].id == made


# --- sources that are refused --------------------------------------------------------------------------------------


def test_a_refused_source_leaves_the_live_release_and_no_file(own_releases: Releases, data_dir: Path, changed_source: Path) -> None:
    before = own_releases.live_id()
    (changed_source / "pairs.yaml").write_text('sections: {"9.9": [{questions: [甲]}]}', encoding="utf-8")
    with pytest.raises(InvalidSource, match="no such section"):
        reload(own_releases, changed_source)
    assert own_releases.live_id() == before
    assert [file.name for file in (data_dir / "releases").iterdir()] == [f"{before}.db"]


def test_a_short_report_with_a_preamble_can_go_live(tmp_path: Path) -> None:
    write_report(tmp_path / "short", PREAMBLE, "一、总体情况", "共办理案件22件。", "二、存在问题", "执法力量不足。")
    reload(Releases(tmp_path / "data"), tmp_path / "short")


def test_a_report_without_questions_of_its_own_can_go_live(tmp_path: Path, small_source: Path) -> None:
    folder = shutil.copytree(small_source, tmp_path / "small-report", ignore=shutil.ignore_patterns("pairs.yaml"))
    reload(Releases(tmp_path / "data"), folder)


# --- sources -------------------------------------------------------------------------------------------------------


def test_the_shipped_sources_are_taken_for_none() -> None:
    assert [source.folder for source in find_sources([])] == [SHIPPED_SOURCES / "yongan-2019"]


def test_a_folder_of_sources_gives_each_of_them(tmp_path: Path) -> None:
    for name in ("b-2020", "a-2021"):
        write_report(tmp_path / name, "一、总体", "做了甲。")
    (tmp_path / "notes").mkdir()
    assert [source.folder for source in find_sources([tmp_path])] == [tmp_path / "a-2021", tmp_path / "b-2020"]
    assert [source.folder for source in find_sources([tmp_path / "b-2020"])] == [tmp_path / "b-2020"]


@pytest.mark.parametrize("name", ["missing", "empty"])
def test_a_path_without_a_report_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidSource, match=r"holds no report\.txt"):
        find_sources([tmp_path / name])


def test_two_reports_of_one_id_are_refused(tmp_path: Path) -> None:
    for parent in ("one", "two"):
        write_report(tmp_path / parent / "small", "一、总体", "做了甲。")
    with pytest.raises(InvalidSource, match="two reports have the id 'small'"):
        find_sources([tmp_path / "one", tmp_path / "two"])


# --- the lock, and kills -------------------------------------------------------------------------------------------


def test_a_second_process_is_told_that_a_reload_is_running(own_releases: Releases, data_dir: Path) -> None:
    command = [sys.executable, "-c", TRY_THE_LOCK, str(data_dir)]
    with own_releases.locked():
        refused = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    free = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert (refused.stdout.strip(), free.stdout.strip()) == ("ReloadInProgress", "locked")


def test_the_lock_is_free_again_after_a_fault(own_releases: Releases) -> None:
    with pytest.raises(KnowledgeError, match="a fault"), own_releases.locked():
        raise KnowledgeError("a fault")
    with own_releases.locked(), pytest.raises(ReloadInProgress), own_releases.locked():
        pass


def test_a_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(InvalidRelease, match="set WENBAO_DATA_DIR"), Releases(tmp_path / "data").locked():
        pass


@pytest.mark.parametrize("moment", ["building", "writing", "smoke test", "history", "switch"])
def test_a_reload_killed_at_any_moment_leaves_the_live_release_answering(
    own_releases: Releases, data_dir: Path, changed_source: Path, moment: str
) -> None:
    before = own_releases.live_id()
    command = [sys.executable, "-c", RELOAD_AND_WAIT, str(data_dir), str(changed_source), moment]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reloading:
        assert reloading.stdout is not None
        reached = reloading.stdout.readline()
        with pytest.raises(ReloadInProgress), own_releases.locked():
            pass
        reloading.kill()
    assert reached == "reached\n"
    assert own_releases.live_id() == before
    library = own_releases.open_live()
    assert library.default.search(library.default.read("合法性审查办了几件")).candidates[0].section == "1.1.1"
    with own_releases.locked():
        assert list(data_dir.rglob("*.partial*")) == []


def test_a_reload_killed_before_its_switch_leaves_files_that_the_next_one_clears(
    own_releases: Releases, data_dir: Path, changed_source: Path
) -> None:
    command = [sys.executable, "-c", RELOAD_AND_WAIT, str(data_dir), str(changed_source), "smoke test"]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reloading:
        assert reloading.stdout is not None
        assert reloading.stdout.readline() == "reached\n"
        reloading.kill()
    assert list(data_dir.rglob("*.partial*")) != []
    made = reload(own_releases, changed_source)
    assert list(data_dir.rglob("*.partial*")) == []
    assert own_releases.live_id() == made
    assert [json.loads(line)["id"] for line in (data_dir / "history.jsonl").read_text(encoding="utf-8").splitlines()][-1] == made


def test_a_release_whose_bytes_were_altered_is_not_opened(own_releases: Releases, small_source: Path) -> None:
    made = reload(own_releases, small_source)
    path = own_releases.path(made)
    content = path.read_bytes()
    place = content.find("58件".encode())
    assert place > 0
    path.write_bytes(content[:place] + b"9" + content[place + 1 :])
    with pytest.raises(InvalidRelease, match="altered"):
        own_releases.open_live()


# --- disks, and files that others touch ------------------------------------------------------------------------------

RELOAD_ON_A_SMALL_DISK = """
import resource, sys
from pathlib import Path
from knowledge.documents import find_sources
from knowledge.errors import KnowledgeError
from knowledge.release import Releases

releases = Releases(Path(sys.argv[1]))
with releases.locked():
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
    try:
        releases.make_live(releases.build(find_sources([Path(sys.argv[2])])))
    except KnowledgeError as exc:
        print(exc)
"""


@pytest.mark.parametrize("room", [4096, 200_000], ids=["for nothing", "for a part"])
def test_a_full_disk_leaves_the_live_release_and_no_file(own_releases: Releases, data_dir: Path, changed_source: Path, room: int) -> None:
    before = {path: path.read_bytes() for path in data_dir.rglob("*") if path.is_file()}
    command = [sys.executable, "-c", RELOAD_ON_A_SMALL_DISK, str(data_dir), str(changed_source), str(room)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "cannot be written" in done.stdout
    assert {path: path.read_bytes() for path in data_dir.rglob("*") if path.is_file() and path.name != "reload.lock"} == {
        path: content for path, content in before.items() if path.name != "reload.lock"
    }
    assert "维持30件" in text_of(own_releases.open_live(), "1.2.1")


@pytest.mark.parametrize("step", ["os.fsync", "knowledge.release.append_entry", "pathlib.Path.replace"])
def test_a_disk_that_is_full_at_the_switch_leaves_the_live_release_and_no_file(
    own_releases: Releases, changed_source: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    before = own_releases.live_id()

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with own_releases.locked():
        built = own_releases.build(find_sources([changed_source]))
        monkeypatch.setattr(step, full)
        with pytest.raises(InvalidRelease, match="No space left on device"):
            own_releases.make_live(built)
    monkeypatch.undo()
    assert own_releases.live_id() == before
    assert [path.name for path in (data_dir / "releases").glob("*.db")] == [f"{before}.db"]
    assert "维持30件" in text_of(own_releases.open_live(), "1.2.1")
    assert reload(own_releases, changed_source) == own_releases.live_id()


def test_a_kill_right_after_the_switch_leaves_the_new_release_live(own_releases: Releases, data_dir: Path, changed_source: Path) -> None:
    command = [sys.executable, "-c", RELOAD_AND_WAIT, str(data_dir), str(changed_source), "switched"]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reloading:
        assert reloading.stdout is not None
        assert reloading.stdout.readline() == "reached\n"
        reloading.kill()
    assert "维持31件" in text_of(own_releases.open_live(), "1.2.1")


def test_releases_that_the_history_lost_are_listed_and_can_be_gone_back_to(
    own_releases: Releases, data_dir: Path, changed_source: Path
) -> None:
    before = own_releases.live_id()
    after = reload(own_releases, changed_source)
    (data_dir / "history.jsonl").write_bytes(b'{"id": "2022')
    kept = own_releases.kept()
    assert {(info.id, info.by) for info in kept} == {(before, "unknown"), (after, "unknown")}
    assert own_releases.roll_back(before) == before
    reload(own_releases, changed_source)
    assert own_releases.kept()[0].by != "unknown"


@pytest.fixture
def two_reports(own_releases: Releases, small_source: Path, tmp_path: Path) -> Releases:
    """A live release of the made-up report and a copy of it of another year."""
    other = shutil.copytree(small_source, tmp_path / "other-2020")
    path = other / "report.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("2021", "2020"), encoding="utf-8")
    reload(own_releases, small_source, other)
    return own_releases


def test_reports_are_opened_on_first_use_even_when_the_file_has_been_deleted(two_reports: Releases) -> None:
    library = two_reports.open_live()
    assert [header.report.id for header in library.headers] == ["small-report", "other-2020"]
    two_reports.path(library.release).unlink()
    other = library.report("other-2020")
    assert other is not None
    assert other.search(other.read("合法性审查办了几件")).candidates[0].section == "1.1.1"


def test_a_library_closes_its_file_when_nobody_uses_it(two_reports: Releases) -> None:
    def open_files() -> int:
        return sum(path.resolve().suffix == ".db" for path in Path("/proc/self/fd").iterdir())

    before = open_files()
    library = two_reports.open_live()
    assert open_files() == before + 1
    del library
    assert open_files() == before


def test_damage_in_a_report_shows_when_it_is_opened_and_at_a_rollback(two_reports: Releases) -> None:
    live = two_reports.live_id() or ""
    with closing(sqlite3.connect(two_reports.path(live))) as connection, connection:
        connection.execute("update sections set text = '改过' where report = 'other-2020' and id = '1.2.1'")
    library = two_reports.open_live()
    assert library.default.report.id == "small-report"
    with pytest.raises(InvalidRelease, match="other-2020 was altered"):
        library.report("other-2020")
    with pytest.raises(InvalidRelease, match="other-2020 was altered"):
        two_reports.roll_back(live)


def test_the_headers_are_sealed(two_reports: Releases) -> None:
    live = two_reports.live_id() or ""
    with closing(sqlite3.connect(two_reports.path(live))) as connection, connection:
        connection.execute("update reports set year = 1999 where id = 'other-2020'")
    with pytest.raises(InvalidRelease, match="altered"):
        two_reports.open_live()


def test_a_report_taken_along_is_the_same_to_the_byte(two_reports: Releases, changed_source: Path) -> None:
    before = two_reports.open_live()
    with two_reports.locked():
        two_reports.make_live(two_reports.build(find_sources([changed_source]), carried=["other-2020"]))
    after = two_reports.open_live()
    assert [header.digest for header in after.headers if header.report.id == "other-2020"] == [before.headers[1].digest]
    assert before.headers[0].digest != after.headers[0].digest
    after.verify()
