"""A `router.db` that holds one value, for tests of what becomes of the file."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from router_core.stores.database import Database
from tests.stores.sessions import NOW

PUT = "INSERT OR REPLACE INTO meta (name, value) VALUES ('n', ?)"


def a_database(path: Path) -> Database:
    return Database(path, busy_s=0.0, now=lambda: NOW)


def put(database: Database, value: bytes) -> None:
    database.transaction(lambda connection: connection.execute(PUT, (value,)))


def stored(connection: sqlite3.Connection) -> bytes | None:
    row = connection.execute("SELECT value FROM meta WHERE name = 'n'").fetchone()
    return row[0] if row else None


def value(database: Database) -> bytes | None:
    return database.transaction(stored)
