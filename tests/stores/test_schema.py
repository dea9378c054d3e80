"""Files of older versions: taken over as they are, with all that is in them."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from router_core.decide.figures import TimeRange
from router_core.stores.schema import VERSIONS
from router_core.stores.session_text import render
from tests.stores import sessions
from tests.stores.ledger import a_record, opened
from tests.stores.sessions import KEY, a_name, a_session, known, rows

# As they were released, to the last blank.
SESSIONS = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL)",
    """CREATE TABLE sessions (
            used INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE,
            session TEXT NOT NULL, passed INTEGER NOT NULL
        )""",
)
CONFIG = (
    """CREATE TABLE config_versions (
            number INTEGER PRIMARY KEY, told TEXT NOT NULL, document BLOB NOT NULL
        )""",
)


def test_what_was_released_is_not_changed() -> None:
    assert VERSIONS[:2] == (SESSIONS, CONFIG)


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_an_older_version_is_taken_over(version: int, tmp_path: Path) -> None:
    path = tmp_path / "router.db"
    with closing(sqlite3.connect(path)) as old:
        for statement in (*SESSIONS, *(CONFIG if version == 2 else ())):
            old.execute(statement)
        old.execute(f"PRAGMA user_version = {version}")
        old.execute("INSERT INTO meta VALUES ('sessions_key', ?)", (KEY,))
        old.execute(
            "INSERT INTO sessions (name, session, passed) VALUES (?, ?, 0)",
            (a_name(7), render(a_session())),
        )
        if version == 2:
            old.execute("INSERT INTO config_versions VALUES (3, '{}', '{}')")
        old.commit()

    with opened(path) as ledger:
        ledger.record(a_record())
        ledger.flush()
        assert (ledger.problem, len(rows(path, "SELECT * FROM requests"))) == ("", 1)
        assert asyncio.run(ledger.summed(TimeRange(), None, 1)).total.requests == 1
    with sessions.opened(path) as file:
        assert (file.key, known(file, range(9)), file.problem) == (KEY, [7], "")
    assert rows(path, "SELECT count(*) FROM config_versions") == [(version - 1,)]
    assert rows(path, "PRAGMA user_version") == [(3,)]
    assert list(tmp_path.glob("*corrupt*")) == []
