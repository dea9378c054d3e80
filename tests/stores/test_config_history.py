"""The last versions of the config, in router.db."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from router_core.app.ports import ConfigVersion
from router_core.stores.config_history import MOST_VERSIONS, ConfigHistory
from router_core.stores.database import Database

THEN = datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "router.db"


def opened(path: Path) -> ConfigHistory:
    history = ConfigHistory(Database(path))
    history.load()
    return history


def add(history: ConfigHistory, number: int) -> None:
    history.add(
        b"text %d" % number,
        time=THEN + timedelta(seconds=number),
        author="admin",
        changes=(f"change {number}", "öä"),
        etag=f"etag {number}",
    )


def numbers(history: ConfigHistory) -> list[int]:
    return [version.number for version in history.versions()]


def test_a_restart_knows_them(path: Path) -> None:
    history = opened(path)
    assert (history.last(), history.versions(), history.text(1)) == (None, (), None)
    add(history, 1)
    add(history, 2)

    again = opened(path)
    assert again.versions() == history.versions()
    assert again.versions()[0] == ConfigVersion(
        number=2,
        time=THEN + timedelta(seconds=2),
        author="admin",
        changes=("change 2", "öä"),
        etag="etag 2",
    )
    assert again.last() == (again.versions()[0], b"text 2")
    assert (again.text(1), again.text(3)) == (b"text 1", None)


def test_the_last_fifty_are_kept_and_numbers_go_on(path: Path) -> None:
    history = opened(path)
    for number in range(1, MOST_VERSIONS + 11):
        add(history, number)

    expected = list(range(MOST_VERSIONS + 10, 10, -1))
    assert numbers(history) == numbers(opened(path)) == expected
    assert len(expected) == MOST_VERSIONS == 50
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM config_versions").fetchone() == (50,)


def test_two_routers_on_one_file_share_the_numbers(path: Path) -> None:
    one, other = opened(path), opened(path)
    add(one, 1)
    add(other, 2)
    add(one, 3)

    assert numbers(opened(path)) == [3, 2, 1]
    assert (numbers(one), numbers(other)) == ([3, 2, 1], [2, 1])
    assert one.text(2) == b"text 2"


def test_what_two_routers_see_of_one_file_is_one_version(path: Path) -> None:
    one, other = opened(path), opened(path)
    add(one, 1)
    other.add(b"text 1", time=THEN, author="file", changes=("by another",), etag="etag 1")

    assert numbers(opened(path)) == [1]
    assert other.versions() == one.versions()
    assert other.versions()[0].author == "admin"


@pytest.mark.parametrize(
    "spoilt",
    ["told = '{'", "told = '[]'", "told = '{}'", "told = x'ff'", "document = 'a text'"],
)
def test_a_version_that_is_spoilt_is_lost_alone(path: Path, spoilt: str) -> None:
    history = opened(path)
    add(history, 1)
    add(history, 2)
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(f"UPDATE config_versions SET {spoilt} WHERE number = 1")

    again = opened(path)
    assert numbers(again) == [2]
    assert again.problem == "1 of the versions of the config cannot be read"
    add(again, 3)
    assert numbers(again) == [3, 2]


def test_without_a_database_they_are_kept_in_memory() -> None:
    history = ConfigHistory(None)
    history.load()
    add(history, 1)
    add(history, 2)

    assert (numbers(history), history.problem) == ([2, 1], "")
    for number in range(3, MOST_VERSIONS + 11):
        add(history, number)
    assert numbers(history) == list(range(MOST_VERSIONS + 10, 10, -1))


def test_where_the_database_cannot_be_used_that_is_said_and_they_go_on(tmp_path: Path) -> None:
    history = opened(tmp_path / "nowhere" / "router.db")
    assert "the config's history is kept in memory alone" in history.problem
    add(history, 1)

    assert numbers(history) == [1]
    (tmp_path / "nowhere").mkdir()
    add(history, 2)
    assert (numbers(history), history.problem) == ([2, 1], "")
