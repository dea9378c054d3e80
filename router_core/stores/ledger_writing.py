"""Writes requests to the ledger, each of them once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from router_core.decide.records import RequestRecord
from router_core.stores.ledger_rows import Numbered, insert, micros
from router_core.stores.ledger_sums import marks
from router_core.stores.ledger_waiting import Counted

__all__ = ["Written", "last_written", "write"]

_WRITER_KEPT: Final = timedelta(days=7)
"""How long it is known what a process has written; none is in doubt about it for so long."""


@dataclass(slots=True)
class Written:
    """What became of requests.

    Attributes:
        rows: the new rows.
        places: the numbers of their rows, by their places in `Counted`.
        unstorable: how many have no place in a row.
    """

    rows: list[Numbered] = field(default_factory=list)
    places: dict[int, int] = field(default_factory=dict)
    unstorable: int = 0


def write(
    connection: sqlite3.Connection,
    writer: bytes,
    taken: Sequence[Counted],
    now: datetime,
    since: datetime,
) -> Written:
    """Writes those that are not there yet.

    Args:
        connection: the database's, in a transaction that writes.
        writer: names this process.
        taken: the requests, in order; at least one.
        now: the time of day, in UTC.
        since: when counting began, if these are the first.
    """
    last = last_written(connection, writer)
    new = [counted for counted in taken if counted[0] > last]
    if not last:
        _begin(connection, now, since)
    written = _insert(connection, new)
    statement = "INSERT OR REPLACE INTO writers VALUES (?, ?, ?)"
    connection.execute(statement, (writer, taken[-1][0], micros(now)))
    return written


def last_written(connection: sqlite3.Connection, writer: bytes) -> int:
    """The last one that a process has written, by its own count; 0: none."""
    row = connection.execute("SELECT last FROM writers WHERE id = ?", (writer,)).fetchone()
    return int(row[0]) if row else 0


def _begin(connection: sqlite3.Connection, now: datetime, since: datetime) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO meta (name, value) VALUES ('ledger_counts', ?)", (micros(since),)
    )
    connection.execute("DELETE FROM writers WHERE time < ?", (micros(now - _WRITER_KEPT),))


def _insert(connection: sqlite3.Connection, new: Sequence[Counted]) -> Written:
    connection.execute("SAVEPOINT together")
    try:
        written = Written()
        _add(connection, new, written)
    except _NO_PLACE:
        connection.execute("ROLLBACK TO together")
        written = Written()
        for counted in new:
            _insert_one(connection, counted, written)
    connection.execute("RELEASE together")
    return written


def _insert_one(connection: sqlite3.Connection, counted: Counted, written: Written) -> None:
    connection.execute("SAVEPOINT one")
    try:
        _add(connection, [counted], written)
    except _NO_PLACE:
        connection.execute("ROLLBACK TO one")
        written.unstorable += 1
    connection.execute("RELEASE one")


def _add(connection: sqlite3.Connection, new: Sequence[Counted], written: Written) -> None:
    first = _next_number(connection)
    records: list[RequestRecord] = [record for _, record in new]
    insert(connection, first, records)
    written.rows += enumerate(records, first)
    written.places |= {place: number for number, (place, _) in enumerate(new, first)}


def _next_number(connection: sqlite3.Connection) -> int:
    """One that no row has had before; those that were removed are in the sums."""
    (last,) = connection.execute("SELECT max(number) FROM requests").fetchone()
    return max(last or 0, marks(connection).summed) + 1


_NO_PLACE: Final = (
    ArithmeticError,
    AttributeError,
    TypeError,
    ValueError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)
"""What is raised where a request is not as its type says: a lone surrogate, a NaN."""
