"""The last versions of the routing config: who changed what, when, and to what.

They are kept in `router.db`. What is in force is in the file alone: where a version
cannot be kept, the change holds all the same, and that is said.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from router_core.app.ports import ConfigVersion
from router_core.stores.database import Database, DatabaseUnavailable

__all__ = ["MOST_VERSIONS", "ConfigHistory"]

MOST_VERSIONS: Final = 50

_IN_MEMORY: Final = "the config's history is kept in memory alone"

_Row = tuple[int, Any, Any]
"""Number, what is told of it, and the text; whatever stands there."""


class ConfigHistory:
    """The versions, oldest first.

    Attributes:
        problem: why they cannot be kept, for a person; empty: they can.
    """

    def __init__(self, database: Database | None) -> None:
        """Reads nothing yet.

        Args:
            database: where they are kept; ``None``: in memory alone.
        """
        self.problem = ""
        self._database = database
        self._kept: deque[tuple[ConfigVersion, bytes]] = deque(maxlen=MOST_VERSIONS)

    def load(self) -> None:
        """Reads what earlier runs have left."""
        if self._database is None:
            return
        try:
            rows = self._database.transaction(_rows, writes=False)
        except DatabaseUnavailable as error:
            self.problem = f"{_IN_MEMORY}: {error}"
            return
        self._kept.extend(_read(rows))
        if spoilt := len(rows) - len(self._kept):
            self.problem = f"{spoilt} of the versions of the config cannot be read"

    def versions(self) -> tuple[ConfigVersion, ...]:
        """Newest first."""
        return tuple(version for version, _ in reversed(self._kept))

    def last(self) -> tuple[ConfigVersion, bytes] | None:
        """The newest version and its text."""
        return next(self.newest_first(), None)

    def newest_first(self) -> Iterator[tuple[ConfigVersion, bytes]]:
        """The versions and their texts."""
        return reversed(self._kept)

    def text(self, number: int) -> bytes | None:
        """The text of a version; ``None``: it is not kept."""
        return next((text for version, text in self._kept if version.number == number), None)

    def add(
        self, text: bytes, *, time: datetime, author: str, changes: tuple[str, ...], etag: str
    ) -> None:
        """Adds a version; waits for the disk, and never raises."""
        number = self._kept[-1][0].number + 1 if self._kept else 1
        version = ConfigVersion(number=number, time=time, author=author, changes=changes, etag=etag)
        new = [(version, text)]
        if self._database is not None:
            try:
                new = self._database.transaction(lambda db: _write(db, version, text))
            except DatabaseUnavailable as error:
                self.problem = f"{_IN_MEMORY}: {error}"
            else:
                self.problem = ""
        self._kept.extend(new)


def _rows(connection: sqlite3.Connection, first: int = 0) -> list[_Row]:
    """The versions from that number on, as they are kept."""
    query = "SELECT number, told, document FROM config_versions WHERE number >= ? ORDER BY number"
    return connection.execute(query, (first,)).fetchall()


def _read(rows: Iterable[_Row]) -> Iterator[tuple[ConfigVersion, bytes]]:
    """Yields what can be read: SQLite notices that a page is damaged, not that a text is."""
    for number, told, text in rows:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            yield _version(number, told), bytes(memoryview(text))


def _write(
    connection: sqlite3.Connection, version: ConfigVersion, text: bytes
) -> list[tuple[ConfigVersion, bytes]]:
    """Adds a version; returns it, after those that another router on the file has added."""
    others = _rows(connection, version.number)
    if others and others[-1][2] == text:
        return list(_read(others))  # it was the other's change; that one knows who made it
    numbered = replace(version, number=max(version.number, others[-1][0] + 1 if others else 0))
    connection.execute(
        "INSERT INTO config_versions VALUES (?, ?, ?)", (numbered.number, _told(numbered), text)
    )
    connection.execute(
        "DELETE FROM config_versions WHERE number <= ?", (numbered.number - MOST_VERSIONS,)
    )
    return [*_read(others), (numbered, text)]


def _told(version: ConfigVersion) -> str:
    return json.dumps(
        {
            "time": version.time.isoformat(),
            "author": version.author,
            "changes": version.changes,
            "etag": version.etag,
        },
        ensure_ascii=False,
    )


def _version(number: int, told: str) -> ConfigVersion:
    value = json.loads(told)
    return ConfigVersion(
        number=number,
        time=datetime.fromisoformat(value["time"]),
        author=str(value["author"]),
        changes=tuple(map(str, value["changes"])),
        etag=str(value["etag"]),
    )
