"""`router.db`: whatever becomes of the file, the router goes on, and says what is lost."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from router_core.stores.database import Database, DatabaseUnavailable
from tests.stores.databases import PUT, a_database, put, value
from tests.stores.sessions import ASIDE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with closing(a_database(path)) as database:
        yield database


def write(path: Path, value: bytes) -> None:
    with closing(a_database(path)) as database:
        put(database, value)


def fails(database: Database) -> str:
    with pytest.raises(DatabaseUnavailable) as caught:
        put(database, b"new")
    assert str(caught.value) == database.failure
    return database.failure


def test_what_was_written_is_there_at_the_next_start(path: Path, database: Database) -> None:
    write(path, b"1")

    assert value(database) == b"1"
    assert (database.failure, database.damage, database.generation) == ("", "", 1)


def test_it_writes_ahead(path: Path, database: Database) -> None:
    put(database, b"1")

    def pragmas(connection: sqlite3.Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "user_version")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    assert database.transaction(pragmas) == ["wal", 1, 3]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_its_files_are_their_owners_alone(umask: int, path: Path, database: Database) -> None:
    before = os.umask(umask)
    try:
        put(database, b"1")
    finally:
        os.umask(before)

    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["router.db", "router.db-shm", "router.db-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_work_that_fails_leaves_nothing(database: Database) -> None:
    put(database, b"1")

    def half(connection: sqlite3.Connection) -> None:
        connection.execute(PUT, (b"2",))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.transaction(half)

    assert value(database) == b"1"


def spoil(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    if how == "garbage":
        content = bytearray(b"\x00garbage" * 500)
    elif how == "half a header":
        del content[50:]
    elif how == "half a file":
        del content[len(content) // 2 :]
    else:  # each page's kind
        content[100] ^= 0xFF
        for page in range(4096, len(content), 4096):
            content[page] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("how", ["garbage", "half a header", "half a file", "flipped bytes"])
def test_a_damaged_file_is_put_aside_at_the_start(
    how: str, path: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    write(path, b"1" * 9000)
    spoil(path, how)
    damaged = path.read_bytes()

    with caplog.at_level(logging.WARNING, "router_core.database"):
        assert value(database) is None
        put(database, b"2")

    assert value(database) == b"2"
    assert database.failure == ""
    assert f"{path} was damaged: it is put aside as {ASIDE}" in database.damage
    assert caplog.messages == [database.damage]
    assert (path.parent / ASIDE).read_bytes() == damaged
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_damaged_while_it_runs_is_put_aside(path: Path, database: Database) -> None:
    put(database, b"1")
    connection = database._connection
    assert connection is not None
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    spoil(path, "flipped bytes")
    connection.execute("PRAGMA shrink_memory")  # what it has read it would not read again

    put(database, b"2")

    assert value(database) == b"2"
    assert ASIDE in database.damage
    assert (path.parent / ASIDE).exists()
    assert database.generation == 2


def test_work_that_meets_damage_is_done_again_on_the_fresh_file(
    path: Path, database: Database
) -> None:
    generations = []

    def work(connection: sqlite3.Connection) -> None:
        generations.append(database.generation)
        if len(generations) == 1:
            raise damage()
        connection.execute(PUT, (b"2",))

    put(database, b"1")
    database.transaction(work)

    assert generations == [1, 2]
    assert value(database) == b"2"


def damage() -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT | 1 << 8
    return error


def test_a_disk_that_spoils_everything_is_not_filled(path: Path, database: Database) -> None:
    def work(connection: sqlite3.Connection) -> None:
        raise damage()

    for _ in range(6):
        with pytest.raises(DatabaseUnavailable, match="malformed"):
            database.transaction(work)

    names = {aside.name for aside in path.parent.glob("router.db.corrupt-*")}
    assert {name for name in names if "-wal" not in name and "-shm" not in name} == {
        ASIDE,
        f"{ASIDE}-2",
        f"{ASIDE}-3",
    }


def test_tables_that_are_not_as_they_should_be_are_damage(path: Path, database: Database) -> None:
    write(path, b"1")
    with closing(sqlite3.connect(path)) as other:
        other.execute("ALTER TABLE meta RENAME COLUMN value TO walue")

    put(database, b"2")

    assert ASIDE in database.damage


def test_tables_that_others_added_do_no_harm(path: Path, database: Database) -> None:
    write(path, b"1")
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE replicated (a)")

    assert value(database) == b"1"


@pytest.mark.parametrize("version", [4, 99, -1])
def test_a_newer_routers_file_is_left_alone(version: int, path: Path, database: Database) -> None:
    write(path, b"1")
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA user_version = {version}")
    before = path.read_bytes()

    assert fails(database) == f"cannot use {path} (a newer version of LLM Router made it)"
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.glob("*corrupt*")] == []


def test_a_file_that_a_newer_router_took_over_is_written_no_more(
    path: Path, database: Database
) -> None:
    put(database, b"1")
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 4")

    assert "another version of LLM Router has changed it" in fails(database)
    assert "a newer version of LLM Router made it" in fails(database)


def test_a_file_of_another_program_is_left_alone(path: Path, database: Database) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE notes (a)")

    assert "it is not of LLM Router" in fails(database)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("notes",)]


def test_while_another_process_holds_it_it_cannot_be_used(path: Path, database: Database) -> None:
    put(database, b"1")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert fails(database) == f"cannot use {path} (database is locked)"

    assert value(database) == b"1"
    assert (database.failure, database.generation) == ("", 1)


def test_a_full_disk_is_told_once_and_over_when_there_is_room(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    put(database, b"1")
    connection = database._connection
    assert connection is not None
    connection.execute("PRAGMA max_page_count = 1")

    with caplog.at_level(logging.WARNING, "router_core.database"):
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable, match="database or disk is full"):
                put(database, b"2" * 100_000)

    assert len(caplog.records) == 1
    connection.execute("PRAGMA max_page_count = 1000")
    put(database, b"2" * 100_000)
    assert database.failure == ""


def test_without_its_folder_it_cannot_be_used_until_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "router.db"
    with closing(a_database(path)) as database:
        assert fails(database) == f"cannot use {path} (No such file or directory)"
        path.parent.mkdir()
        put(database, b"1")

        assert database.failure == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_in_a_read_only_folder_it_cannot_be_used(path: Path, database: Database) -> None:
    path.parent.chmod(0o500)
    try:
        assert "Permission denied" in fails(database)
    finally:
        path.parent.chmod(0o700)
    put(database, b"1")


def test_a_file_that_may_not_be_written_is_kept_and_used_again_when_it_may(
    path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(path, b"1")
    read_only = f"file:{path}?mode=ro"
    connect = sqlite3.connect

    def connect_read_only(name: object, **options: object) -> sqlite3.Connection:
        if name != path:
            return connect(":memory:", isolation_level=None)
        return connect(read_only, uri=True, isolation_level=None, check_same_thread=False)

    with monkeypatch.context() as patched:
        patched.setattr(sqlite3, "connect", connect_read_only)
        assert "readonly database" in fails(database)

    assert value(database) == b"1"
    assert database.failure == ""


def test_a_folder_in_its_place_is_no_damage(path: Path, database: Database) -> None:
    path.mkdir()

    assert fails(database) == f"cannot use {path} (unable to open database file)"


def test_a_file_that_was_removed_is_made_anew(path: Path, database: Database) -> None:
    put(database, b"1")
    path.unlink()

    assert value(database) is None
    put(database, b"2")
    database.close()
    assert value(database) == b"2"
    assert database.damage == ""


def test_what_another_process_put_aside_is_not_put_aside_again(
    path: Path, database: Database
) -> None:
    def work(connection: sqlite3.Connection) -> None:
        if database.generation == 1:
            for suffix in ("-wal", "-shm", ""):
                Path(f"{path}{suffix}").rename(path.parent / f"aside{suffix}")
            write(path, b"theirs")
            raise damage()

    put(database, b"1")
    database.transaction(work)

    assert value(database) == b"theirs"
    assert database.damage == ""


def test_two_make_the_file_at_once(path: Path, database: Database) -> None:
    with closing(a_database(path)) as other:
        put(database, b"1")
        put(other, b"2")
        assert value(database) == b"2"
        database.close()
        put(other, b"3")

    assert value(database) == b"3"


@given(st.lists(st.tuples(st.integers(0, 2**15), st.integers(1, 255)), min_size=1, max_size=20))
@example([(3899, 128)])  # SQLite's own error message is no UTF-8
@example([(18, 1)])  # a file that is said to be read-only
def test_whatever_byte_is_flipped_it_goes_on(
    tmp_path_factory: pytest.TempPathFactory, flips: list[tuple[int, int]]
) -> None:
    path = tmp_path_factory.mktemp("flipped") / "router.db"
    write(path, b"1" * 9000)
    content = bytearray(path.read_bytes())
    for at, mask in flips:
        content[at % len(content)] ^= mask
    path.write_bytes(content)

    with closing(a_database(path)) as database:
        try:
            put(database, b"2")
        except DatabaseUnavailable:
            assert database.failure
        else:
            assert value(database) == b"2"
