"""Sums over the ledger's rows, by time and by what requests are sorted by.

They are derived: a mark says up to which row everything is in them, and moves in the
transaction that adds the rows after it. So no row is in them twice, however often a
process is killed, and however many of them write.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, NamedTuple, TypeVar

from router_core.decide.config import LedgerSettings
from router_core.decide.figures import Dimension
from router_core.decide.records import RequestRecord
from router_core.decide.totals import Totals
from router_core.stores.database import damaged
from router_core.stores.ledger_cover import (
    ALWAYS,
    DAY,
    FIVE_MINUTES,
    HOUR,
    MICROS,
    QUARTER,
    WEEK,
    Level,
    floor,
)
from router_core.stores.ledger_rows import (
    Numbered,
    insert_many,
    marks_for,
    micros,
    read_after,
)
from router_core.stores.ledger_text import Adding, render_totals

__all__ = ["ALL", "MOST_VALUES", "OTHERS", "Marks", "add_rows", "forget", "marks"]

ALL: Final = ""
"""The dimension of all requests together; its one value is empty, too."""
MOST_VALUES: Final = 1000
"""Most values of a dimension that a bucket tells apart: callers may name any model."""
OTHERS: Final = "(others)"
"""What the others are under; no model or category can be called that."""

_log = logging.getLogger("router_core.ledger")
_AnyKey = TypeVar("_AnyKey")

_KEEP_FIVES_DAYS: Final = 2
_FORGOTTEN_TOGETHER: Final = 500
_SUM_COLUMNS: Final = 7


@dataclass(frozen=True, slots=True)
class Marks:
    """How far the sums are, and from when on things are kept, in microseconds.

    Attributes:
        summed: the number of the last row that is in the sums.
        counts: since when anything is counted.
        rows: of what comes before it, the rows are gone.
        fives: likewise, the sums of five minutes.
        totals: likewise, all sums.
    """

    summed: int = 0
    counts: int | None = None
    rows: int = ALWAYS[0]
    fives: int = ALWAYS[0]
    totals: int = ALWAYS[0]

    def levels(self, dimension: str) -> tuple[Level, ...]:
        """The buckets that there are; sessions are many, and told by the day after a while."""
        with_rows = max(self.rows, self.totals)
        return (
            Level(WEEK, -floor(-self.totals, WEEK) * MICROS),
            Level(DAY, self.totals),
            Level(HOUR, with_rows if dimension == Dimension.SESSION else self.totals),
            Level(QUARTER, with_rows),
            Level(FIVE_MINUTES, max(with_rows, self.fives)),
        )


class _Key(NamedTuple):
    seconds: int
    dimension: str
    bucket: int
    value: str


_Sums = dict[_Key, Totals]


def marks(connection: sqlite3.Connection) -> Marks:
    """The marks as they are.

    Raises:
        sqlite3.DatabaseError: they make no sense.
    """
    query = "SELECT name, value FROM meta WHERE name LIKE 'ledger_%'"
    found = {name.removeprefix("ledger_"): value for name, value in connection.execute(query)}
    if not all(type(value) is int for value in found.values()):
        raise damaged("its marks make no sense")
    return Marks(**{name: found[name] for name in found.keys() & set(Marks.__slots__)})


def mark(connection: sqlite3.Connection, name: str, value: int) -> None:
    """Moves one mark."""
    statement = "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)"
    connection.execute(statement, (f"ledger_{name}", value))


def add_rows(connection: sqlite3.Connection, known: Sequence[Numbered], most: int) -> int:
    """Adds the rows after the mark to the sums, and moves it.

    Args:
        connection: the database's, in a transaction that writes.
        known: rows that need not be read, by number.
        most: how many rows.

    Returns:
        How many rows it took; fewer than ``most``: there are no more.
    """
    at = marks(connection)
    query = """SELECT count(*), max(number) FROM
        (SELECT number FROM requests WHERE number > ? ORDER BY number LIMIT ?)"""
    count, last = connection.execute(query, (at.summed, most)).fetchone()
    if not count:
        return 0
    rows = [row for row in known if at.summed < row[0] <= last]
    if len(rows) != count:
        rows = read_after(connection, at.summed, most)
        if len(rows) != count:
            _log.warning("%d requests made no sense: they are in no sum", count - len(rows))
    _store(connection, _kept(_summed((record for _, record in rows), at), at))
    mark(connection, "summed", last)
    return int(count)


def forget(
    connection: sqlite3.Connection, keep: LedgerSettings, now: datetime, most: int | None = None
) -> bool:
    """Removes some of what is older than it is to be kept, and moves the marks first.

    Args:
        connection: the database's, in a transaction that writes.
        keep: for how long.
        now: the time of day, in UTC.
        most: how many rows are kept at most.

    Returns:
        Whether there is more to remove.
    """
    at = marks(connection)
    today = floor(micros(now), DAY)
    since = {
        "rows": today - keep.keep_requests_days * DAY,
        "fives": today - _KEEP_FIVES_DAYS * DAY,
        "totals": today - keep.keep_totals_days * DAY,
    }
    for name, second in since.items():
        if second * MICROS > getattr(at, name):
            mark(connection, name, second * MICROS)
    return _forget_rows(connection, most) | _forget_sums(connection)


def _forget_rows(connection: sqlite3.Connection, most: int | None) -> bool:
    at = marks(connection)
    query = "SELECT number FROM requests WHERE time < ? AND +number <= ? ORDER BY time LIMIT ?"
    found = connection.execute(query, (at.rows, at.summed, _FORGOTTEN_TOGETHER)).fetchall()
    if most is not None:
        query = "SELECT number FROM requests WHERE number <= ? ORDER BY number LIMIT ?"
        found += connection.execute(query, (at.summed - most, _FORGOTTEN_TOGETHER)).fetchall()
    numbers = [number for (number,) in found]
    if not numbers:
        return False
    told = (json.dumps(numbers),)
    connection.execute(
        "DELETE FROM attempts WHERE request IN (SELECT value FROM json_each(?))", told
    )
    connection.execute(
        "DELETE FROM requests WHERE number IN (SELECT value FROM json_each(?))", told
    )
    return True


def _forget_sums(connection: sqlite3.Connection) -> bool:
    """Removes the oldest buckets that are kept no more, some of each kind."""
    at, more = marks(connection), False
    for dimension in (ALL, *Dimension):
        for level in at.levels(dimension):
            removed = connection.execute(
                """DELETE FROM sums WHERE (seconds, dimension, bucket, value) IN (
                    SELECT seconds, dimension, bucket, value FROM sums
                    WHERE seconds = ? AND dimension = ? AND bucket < ? LIMIT ?
                )""",
                (level.seconds, dimension, level.since // MICROS, _FORGOTTEN_TOGETHER),
            )
            more = more or removed.rowcount > 0
    return more


def _summed(records: Iterable[RequestRecord], at: Marks) -> _Sums:
    """The sums over rows, of every size of buckets and by every dimension."""
    alike: dict[tuple[int, int, str, str, str, str, str], Totals] = {}
    sums: _Sums = {}
    for record in records:
        moment = micros(record.time)
        size = QUARTER if moment < at.fives else FIVE_MINUTES
        bucket = floor(moment, size)
        same = (
            size,
            bucket,
            record.category,
            record.model,
            record.provider,
            record.mode,
            record.caller,
        )
        _of(alike, same).add(record)
        _of(sums, _Key(size, Dimension.SESSION, bucket, record.session)).add(record)
    for (size, bucket, *values), totals in alike.items():
        for dimension, value in zip((ALL, *_SMALL), (ALL, *values), strict=True):
            _of(sums, _Key(size, dimension, bucket, value)).merge(totals)
    for size, larger in pairwise((FIVE_MINUTES, QUARTER, HOUR, DAY, WEEK)):
        for key, totals in [item for item in sums.items() if item[0].seconds == size]:
            bucket = key.bucket // larger * larger
            _of(sums, _Key(larger, key.dimension, bucket, key.value)).merge(totals)
    return sums


_SMALL: Final = tuple(dimension for dimension in Dimension if dimension is not Dimension.SESSION)


def _kept(sums: _Sums, at: Marks) -> _Sums:
    """Without the buckets that are kept no more; rows may come late."""
    since = {
        (level.seconds, dimension): level.since // MICROS
        for dimension in (ALL, *Dimension)
        for level in at.levels(dimension)
    }
    return {
        key: totals
        for key, totals in sums.items()
        if key.bucket >= since[key.seconds, key.dimension]
    }


def _store(connection: sqlite3.Connection, sums: _Sums) -> None:
    buckets: dict[tuple[int, str, int], dict[str, Totals]] = {}
    for key, totals in sums.items():
        buckets.setdefault(key[:3], {})[key.value] = totals
    rows: list[tuple[Any, ...]] = []
    for bucket, by_value in buckets.items():
        for value, totals in _merged(connection, bucket, by_value).items():
            text = render_totals(totals)
            rows.append((*bucket, value, totals.requests, str(totals.spent_usd), text))
    insert_many(connection, "INSERT OR REPLACE INTO sums VALUES ", _SUM_COLUMNS, rows)


def _merged(
    connection: sqlite3.Connection, bucket: tuple[int, str, int], by_value: Mapping[str, Totals]
) -> dict[str, Totals]:
    """What a bucket has for these values from now on."""
    there = _stored(connection, bucket, [*by_value, OTHERS])
    room = MOST_VALUES - _values(connection, bucket) if by_value.keys() - there.keys() else 0
    changed: dict[str, Totals] = {}
    for value, totals in by_value.items():
        name = value
        if value not in there:
            name = value if room > 0 else OTHERS
            room -= 1
        if name not in changed:
            changed[name] = there.get(name) or Totals()
        changed[name].merge(totals)
    return changed


def _stored(
    connection: sqlite3.Connection, bucket: tuple[int, str, int], values: Sequence[str]
) -> dict[str, Totals]:
    query = f"""SELECT value, totals FROM sums WHERE seconds = ? AND dimension = ?
        AND bucket = ? AND value IN ({marks_for(len(values))})"""  # noqa: S608  # marks alone
    found = connection.execute(query, (*bucket, *values)).fetchall()
    stored: dict[str, Totals] = {}
    for value, text in found:
        adding = Adding()
        adding.add(text)
        stored[value] = adding.totals()
    return stored


def _values(connection: sqlite3.Connection, bucket: tuple[int, str, int]) -> int:
    query = "SELECT count(*) FROM sums WHERE seconds = ? AND dimension = ? AND bucket = ?"
    (count,) = connection.execute(query, bucket).fetchone()
    return int(count)


def _of(sums: dict[_AnyKey, Totals], key: _AnyKey) -> Totals:
    found = sums.get(key)
    if found is None:
        found = sums[key] = Totals()
    return found
