"""Several connections of one process to `router.db`: each sees what becomes of the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from router_core.stores.database import Database, DatabaseUnavailable, MemoryDatabase, damaged
from tests.stores.databases import PUT, a_database, put, stored, value
from tests.stores.sessions import ASIDE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with closing(a_database(path)) as database:
        yield database


def test_another_connection_sees_what_is_committed_and_waits_for_nobody(
    path: Path, database: Database
) -> None:
    with closing(database.another()) as another:
        put(database, b"1")
        assert value(another) == b"1"

        def meanwhile(connection: sqlite3.Connection) -> bytes | None:
            connection.execute(PUT, (b"2",))
            return another.transaction(stored, writes=False)

        assert database.transaction(meanwhile) == b"1"
        assert value(another) == b"2"


def test_where_one_connection_puts_the_file_aside_the_other_finds_the_fresh_one(
    path: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def work(connection: sqlite3.Connection) -> None:
        if another.generation == 1:
            raise damaged("for the test")

    with closing(database.another()) as another:
        put(database, b"1")
        generation = database.generation
        assert database.holds(generation)
        another.transaction(work)
        assert not database.holds(generation)
        assert value(database) is None
        assert database.holds(database.generation)
        assert not database.holds(generation)
        put(database, b"2")
        database.close()
        assert value(another) == b"2"
        put(another, b"3")

    assert value(database) == b"3"
    assert (ASIDE in another.damage, database.damage) == (True, "")
    assert len(caplog.messages) == 1


def test_another_connection_leaves_the_log_to_the_first_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = a_database(tmp_path / "gone" / "router.db")
    for one in (first.another(), first):
        with pytest.raises(DatabaseUnavailable, match="No such file or directory"):
            put(one, b"1")
    assert len(caplog.messages) == 1


def test_in_memory_there_are_the_same_tables() -> None:
    with closing(MemoryDatabase()) as database:
        put(database, b"1")
        assert value(database.another()) == b"1"
