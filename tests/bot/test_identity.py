"""Ids as keyed hashes, and the key that makes them."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import StateError
from bot.identity import KEY_FILE, Identities, load_identities


def test_an_id_is_known_again_and_not_shown() -> None:
    identities = Identities(b"k" * 32)
    hashed = identities.sender("telegram", 123456789)
    assert hashed == identities.sender("telegram", 123456789) == identities.sender("telegram", "123456789")
    assert len(hashed) == 32
    assert "123456789" not in hashed


def test_people_chats_channels_and_keys_are_told_apart() -> None:
    one, other = Identities(b"k" * 32), Identities(b"l" * 32)
    hashes = [
        one.sender("telegram", 1),
        one.sender("wecom", 1),
        one.conversation("telegram", 1),
        one.conversation("telegram", 1, None),
        one.conversation("telegram", 1, 23),
        one.conversation("telegram", 12, 3),
        other.sender("telegram", 1),
    ]
    assert len(set(hashes)) == len(hashes)


def test_the_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first = load_identities(tmp_path / "new" / "folder").sender("telegram", 1)
    assert load_identities(tmp_path / "new" / "folder").sender("telegram", 1) == first
    (key,) = (tmp_path / "new" / "folder").iterdir()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_a_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        hashes = set(threads.map(lambda _: load_identities(tmp_path).sender("telegram", 1), range(32)))
    assert len(hashes) == 1


def test_a_damaged_key_is_named(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"short")
    with pytest.raises(StateError, match=KEY_FILE):
        load_identities(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="file"):
        load_identities(tmp_path / "file")
