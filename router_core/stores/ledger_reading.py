"""What the ledger is asked: sums over a range, requests one by one, what was spent."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from router_core.app.ports import Summed
from router_core.decide.cost import MONEY
from router_core.decide.figures import Dimension, TimeRange, Wanted
from router_core.decide.records import RequestRecord
from router_core.decide.totals import Totals
from router_core.stores.ledger_cover import ALWAYS, Cover, cover
from router_core.stores.ledger_rows import (
    Numbered,
    marks_for,
    micros,
    moment,
    read_after,
    read_in,
    read_numbers,
)
from router_core.stores.ledger_sums import ALL, Marks, marks
from router_core.stores.ledger_text import Adding, read_money

__all__ = ["Sheet", "list_rows", "newest", "summed_of"]

_TOGETHER: Final = 500
"""How many names one query takes."""


def _bounds(span: TimeRange) -> tuple[int, int]:
    """A range in microseconds."""
    start = ALWAYS[0] if span.start is None else micros(span.start)
    end = ALWAYS[1] if span.end is None else micros(span.end)
    return start, max(start, end)


@dataclass(slots=True)
class Sheet:
    """One range of time at one moment of the database, with what waits to be written.

    Attributes:
        waiting: requests that are not in the database.
    """

    connection: sqlite3.Connection
    span: TimeRange
    waiting: Sequence[RequestRecord]
    _marks: Marks = field(init=False)
    _late: list[RequestRecord] = field(init=False)
    _singles: dict[int, Totals] = field(default_factory=dict)
    _rows: dict[tuple[tuple[int, int], ...], list[RequestRecord]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Reads what is not in the sums yet."""
        self._marks = marks(self.connection)
        rows = read_after(self.connection, self._marks.summed)
        late = (*(record for _, record in rows), *self.waiting)
        self._late = [record for record in late if record.time in self.span]

    def since(self, otherwise: datetime) -> datetime:
        """From when on there is anything; ``otherwise``: where nothing was ever written."""
        at = self._marks
        counts = otherwise if at.counts is None else moment(at.counts)
        kept = min(at.totals, at.rows)
        if at.counts is not None and kept > at.counts:
            counts = moment(kept)
        return counts if self.span.start is None else max(counts, self.span.start)

    def whole(self) -> Totals:
        """The sums over all of it."""
        return self._merged(ALL, None)[ALL]

    def groups(self, dimension: Dimension, most: int) -> tuple[dict[str, Totals], int]:
        """The sums by one dimension, busiest first, and how many groups are left out."""
        counts = self._counts(dimension)
        ordered = sorted(counts, key=lambda value: (-counts[value], value))
        shown = ordered[:most]
        merged = self._merged(dimension, shown if len(ordered) > most else None)
        return {value: merged[value] for value in shown}, len(ordered) - len(shown)

    def spent(self) -> dict[str, Decimal]:
        """What each caller spent."""
        spent: dict[str, Decimal] = {}
        query = """SELECT value, spent_usd FROM sums WHERE seconds = ? AND dimension = ?
            AND bucket >= ? AND bucket < ?"""
        for seconds, low, high in self._cover(Dimension.CALLER).buckets:
            found = self.connection.execute(query, (seconds, Dimension.CALLER, low, high))
            for caller, text in found.fetchall():
                spent[caller] = MONEY.add(spent.get(caller, Decimal(0)), read_money(text))
        for record in self._records(Dimension.CALLER):
            usd = self._single(record).spent_usd
            spent[record.caller] = MONEY.add(spent.get(record.caller, Decimal(0)), usd)
        return spent

    def _counts(self, dimension: Dimension) -> Counter[str]:
        """How many requests each value has."""
        counts: Counter[str] = Counter()
        query = """SELECT value, sum(requests) FROM sums WHERE seconds = ? AND dimension = ?
            AND bucket >= ? AND bucket < ? GROUP BY value"""
        for seconds, low, high in self._cover(dimension).buckets:
            found = self.connection.execute(query, (seconds, dimension, low, high)).fetchall()
            for value, count in found:
                counts[value] += count
        for record in self._records(dimension):
            counts[getattr(record, dimension)] += record.operation == "chat"
        return counts

    def _merged(self, dimension: str, values: Sequence[str] | None) -> defaultdict[str, Totals]:
        """The sums by one dimension, of these values alone; ``None``: of all."""
        adding: defaultdict[str, Adding] = defaultdict(Adding)
        for seconds, low, high in self._cover(dimension).buckets:
            bounds = (seconds, dimension, low, high)
            for value, texts in _read_sums(self.connection, bounds, values):
                adding[value].add(texts)
        merged = defaultdict(Totals, {name: added.totals() for name, added in adding.items()})
        wanted = None if values is None else set(values)
        for record in self._records(dimension):
            value = getattr(record, dimension) if dimension else ALL
            if wanted is None or value in wanted:
                merged[value].merge(self._single(record))
        return merged

    def _single(self, record: RequestRecord) -> Totals:
        """The sums over one request, which are needed by each dimension."""
        found = self._singles.get(id(record))
        if found is None:
            found = self._singles[id(record)] = Totals()
            found.add(record)
        return found

    def _records(self, dimension: str) -> list[RequestRecord]:
        """The requests that are not in the buckets."""
        spans = tuple(self._cover(dimension).rows)
        if spans not in self._rows:
            found = list(self._late)
            for span in spans:
                rows = read_in(self.connection, span, self._marks.summed)
                found.extend(record for _, record in rows)
            self._rows[spans] = found
        return self._rows[spans]

    def _cover(self, dimension: str) -> Cover:
        return cover(*_bounds(self.span), self._marks.levels(dimension), self._marks.rows)


def summed_of(sheet: Sheet, group_by: Dimension | None, most: int, since: datetime) -> Summed:
    """What a sheet sums up to; ``since``: where nothing was ever written."""
    categories, _ = sheet.groups(Dimension.CATEGORY, most)
    models, _ = sheet.groups(Dimension.MODEL, most)
    groups, left_out = sheet.groups(group_by, most) if group_by else ({}, 0)
    return Summed(
        since=sheet.since(since),
        total=sheet.whole(),
        by_category=categories,
        by_model=models,
        groups=groups,
        left_out=left_out,
    )


def list_rows(
    connection: sqlite3.Connection, wanted: Wanted, most: int, before: int | None
) -> list[Numbered]:
    """The newest requests that are wanted, of the rows before a number; ``None``: of all."""
    conditions, values = ["number < ?"], [2**62 if before is None else before]
    for name in ("category", "model", "status", "caller", "session"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(f"{name} = ?")
            values.append(value)
    if wanted.span != TimeRange():
        low, high = _bounds(wanted.span)
        query = "SELECT min(number), max(number) FROM requests WHERE time >= ? AND time < ?"
        first, last = connection.execute(query, (low, high)).fetchone()
        conditions.append("number BETWEEN ? AND ? AND +time >= ? AND +time < ?")
        values += [first, last, low, high]
    query = (
        f"SELECT number FROM requests WHERE {' AND '.join(conditions)}"  # noqa: S608  # as above
        " ORDER BY number DESC LIMIT ?"
    )
    numbers = [number for (number,) in connection.execute(query, (*values, most))]
    rows = read_numbers(connection, numbers)
    return sorted(rows, key=lambda row: -row[0])


def newest(connection: sqlite3.Connection, most: int) -> list[RequestRecord]:
    """The newest requests, oldest first."""
    (last,) = connection.execute("SELECT max(number) FROM requests").fetchone()
    rows = read_after(connection, (last or 0) - most)
    return [record for _, record in rows]


def _read_sums(
    connection: sqlite3.Connection, bounds: tuple[Any, ...], values: Sequence[str] | None
) -> list[tuple[str, str]]:
    """The sums of a range of buckets, by value, with commas between them."""
    select = """SELECT value, group_concat(totals) FROM sums
        WHERE seconds = ? AND dimension = ? AND bucket >= ? AND bucket < ?"""
    if values is None:
        return connection.execute(f"{select} GROUP BY value", bounds).fetchall()
    found: list[tuple[str, str]] = []
    for at in range(0, len(values), _TOGETHER):
        some = values[at : at + _TOGETHER]
        query = f"{select} AND value IN ({marks_for(len(some))}) GROUP BY value"
        found += connection.execute(query, (*bounds, *some)).fetchall()
    return found
