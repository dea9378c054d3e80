"""Files that are replaced as a whole."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from router_core.stores.atomic_file import alone_in, aside, sweep, write_atomically

NOON = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_atomically(path, b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.getuid() != 0, reason="only root may give files away")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    os.chown(path, 12, 34)
    write_atomically(path, b"new")

    assert (path.stat().st_uid, path.stat().st_gid) == (12, 34)


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"new")

    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_a_folder_that_another_locks_is_given_up(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with (
            pytest.raises(OSError, match="another process locks its folder"),
            alone_in(tmp_path, 0),
        ):
            pass
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        with alone_in(tmp_path, 0):
            pass
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(("number", "fails"), [(errno.EINVAL, False), (errno.EIO, True)])
def test_not_every_file_system_makes_a_folder_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, fails: bool
) -> None:
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    if fails:
        with pytest.raises(OSError, match=os.strerror(number)):
            write_atomically(tmp_path / "file", b"new")
    else:
        assert write_atomically(tmp_path / "file", b"new")


def is_locked(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def test_what_holds_something_else_than_expected_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"one")

    assert not write_atomically(path, b"three", expected=b"two")
    assert path.read_bytes() == b"one"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]
    assert write_atomically(path, b"three", expected=b"one")
    assert path.read_bytes() == b"three"


def test_what_is_written_and_where_is_forced_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "a.json", []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        held = os.fstat(descriptor).st_ino == tmp_path.stat().st_ino
        synced.append(("folder" if held else "file", path.exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    write_atomically(path, b"one")
    assert synced == [("file", False), ("folder", True)]


def test_what_a_killed_writer_left_is_swept_away_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"one")
    others = (".a.json.swp", "a.json.stale-1", ".b.json.1.tmp")
    for name in (*others, ".a.json.x1_y.tmp", ".a.json.z.tmp"):
        (tmp_path / name).touch()
    sweep(path)
    sweep(tmp_path / "nowhere" / "a.json")

    assert {entry.name for entry in tmp_path.iterdir()} == {"a.json", *others}


def test_a_folder_is_one_routers_at_a_time(tmp_path: Path) -> None:
    with alone_in(tmp_path):
        assert is_locked(tmp_path)
    assert not is_locked(tmp_path)


def test_copies_that_are_put_aside_are_named_by_the_time_in_utc_and_told_apart(
    tmp_path: Path,
) -> None:
    path, there = tmp_path / "a.json", NOON.astimezone(timezone(timedelta(hours=5)))
    names = []
    for _ in range(3):
        kept = aside(path, "stale", there)
        kept.touch()
        names.append(kept.name)

    assert names == [
        "a.json.stale-20261127T120000Z",
        "a.json.stale-20261127T120000Z-2",
        "a.json.stale-20261127T120000Z-3",
    ]
