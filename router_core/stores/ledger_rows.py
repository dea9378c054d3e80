"""Requests as rows of `router.db`, and back; every field, exactly."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final

from router_core.decide.cost import Cost, CostSource
from router_core.decide.records import AttemptRecord, Baseline, RequestRecord, Stage
from router_core.decide.usage import Usage

__all__ = [
    "Numbered",
    "insert",
    "insert_many",
    "marks_for",
    "micros",
    "moment",
    "read_after",
    "read_in",
    "read_numbers",
    "row_of",
]

Numbered = tuple[int, RequestRecord]
"""A request with the number of its row."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_REQUEST_COLUMNS: Final = 23
_ATTEMPT_COLUMNS: Final = 27
_TOGETHER: Final = (64, 8, 1)
"""How many rows one statement takes."""


def micros(moment: datetime) -> int:
    """A moment in microseconds since 1970, in UTC."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """And back."""
    return _EPOCH + timedelta(microseconds=micros)


def insert(connection: sqlite3.Connection, first: int, records: Sequence[RequestRecord]) -> None:
    """Adds rows, numbered from ``first`` on.

    Raises:
        ValueError, OverflowError, TypeError, sqlite3.Error: one of them has no place in a row.
    """
    requests, attempts = [], []
    for number, record in enumerate(records, first):
        requests.append(row_of(number, record))
        for kind, calls in (("answer", record.attempts), ("classifier", record.classifier_calls)):
            for position, call in enumerate(calls):
                attempts.append(_attempt_row(number, kind, position, call))
    insert_many(connection, "INSERT INTO requests VALUES ", _REQUEST_COLUMNS, requests)
    insert_many(connection, "INSERT INTO attempts VALUES ", _ATTEMPT_COLUMNS, attempts)


def read_numbers(connection: sqlite3.Connection, numbers: Sequence[int]) -> list[Numbered]:
    """The requests of such rows; those that make no sense are left out."""
    query = "SELECT * FROM requests WHERE number IN (SELECT value FROM json_each(?))"
    rows = connection.execute(query, (json.dumps(numbers),)).fetchall()
    return _read(connection, rows)


def read_in(connection: sqlite3.Connection, span: tuple[int, int], upto: int) -> list[Numbered]:
    """The requests of a range of time, of the rows up to a number; likewise.

    Args:
        connection: the database's.
        span: from when to when, exclusive, in microseconds.
        upto: the last number.
    """
    query = "SELECT * FROM requests WHERE time >= ? AND time < ? AND +number <= ?"
    return _read(connection, connection.execute(query, (*span, upto)).fetchall())


def read_after(connection: sqlite3.Connection, after: int, most: int = -1) -> list[Numbered]:
    """The requests of the rows after a number; likewise."""
    query = "SELECT * FROM requests WHERE number > ? ORDER BY number LIMIT ?"
    return _read(connection, connection.execute(query, (after, most)).fetchall())


def insert_many(
    connection: sqlite3.Connection, begin: str, columns: int, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Inserts rows, many with each statement: after each, other threads get their turn.

    Args:
        connection: the database's.
        begin: the statement up to its values.
        columns: how many values a row has.
        rows: the rows.
    """
    at = 0
    for together in _TOGETHER:
        statement = begin + ",".join([f"({marks_for(columns)})"] * together)
        while len(rows) - at >= together:
            some = rows[at : at + together]
            connection.execute(statement, [value for row in some for value in row])
            at += together


def marks_for(count: int) -> str:
    """As many question marks."""
    return ",".join("?" * count)


def row_of(number: int, record: RequestRecord) -> tuple[Any, ...]:
    """A request as a row, without its calls."""
    baseline = record.baseline
    return (
        number,
        record.id,
        micros(record.time),
        record.operation,
        record.category,
        record.model,
        record.provider,
        record.mode,
        record.reason,
        record.status,
        record.error_class,
        record.caller,
        record.session,
        record.streamed,
        record.latency_ms,
        record.ttft_ms,
        record.overhead_ms,
        record.agreed,
        baseline is not None,
        _text(baseline.best_single_usd) if baseline else None,
        _text(baseline.dearest_usd) if baseline else None,
        _stages_text(record.stages),
        record.traceparent,
    )


def _attempt_row(request: int, kind: str, position: int, call: AttemptRecord) -> tuple[Any, ...]:
    return (
        request,
        kind,
        position,
        call.model,
        call.provider,
        call.outcome,
        call.began_ms,
        call.latency_ms,
        _text(call.cost.usd),
        call.cost.source,
        call.http_status,
        call.generation_id,
        call.sent,
        _text(call.estimated_usd),
        *_usage_row(call.usage),
    )


_COUNTS: Final = tuple(field.name for field in fields(Usage) if field.name != "cost_usd")
_counts: Final = attrgetter(*_COUNTS)


def _usage_row(usage: Usage) -> tuple[Any, ...]:
    return (*_counts(usage), _text(usage.cost_usd))


def _read(connection: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]) -> list[Numbered]:
    calls = _calls_of(connection, [row[0] for row in rows])
    found: list[Numbered] = []
    for row in rows:
        try:
            found.append((row[0], _request(row, calls.get(row[0], []))))
        except (ValueError, TypeError, ArithmeticError, LookupError):
            continue
    return found


def _calls_of(
    connection: sqlite3.Connection, numbers: Sequence[int]
) -> dict[int, list[tuple[Any, ...]]]:
    """The rows of the calls of requests, in order, by the requests' numbers."""
    if not numbers:
        return {}
    low, high = min(numbers), max(numbers)
    if high - low < 2 * len(numbers):  # rather some too many than each on its own
        query = "SELECT * FROM attempts WHERE request BETWEEN ? AND ?"
        rows = connection.execute(query, (low, high))
    else:
        query = "SELECT * FROM attempts WHERE request IN (SELECT value FROM json_each(?))"
        rows = connection.execute(query, (json.dumps(numbers),))
    calls: dict[int, list[tuple[Any, ...]]] = {}
    for row in sorted(rows.fetchall(), key=lambda row: row[:3]):
        calls.setdefault(row[0], []).append(row)
    return calls


def _request(row: tuple[Any, ...], calls: Iterable[tuple[Any, ...]]) -> RequestRecord:
    answers: list[AttemptRecord] = []
    classifiers: list[AttemptRecord] = []
    for call in calls:
        (answers if call[1] == "answer" else classifiers).append(_attempt(call))
    return RequestRecord(
        id=row[1],
        time=moment(row[2]),
        operation=row[3],
        category=row[4],
        model=row[5],
        provider=row[6],
        mode=row[7],
        reason=row[8],
        status=row[9],
        error_class=row[10],
        caller=row[11],
        session=row[12],
        streamed=bool(row[13]),
        latency_ms=row[14],
        ttft_ms=row[15],
        overhead_ms=row[16],
        agreed=None if row[17] is None else bool(row[17]),
        baseline=Baseline(best_single_usd=_money(row[19]), dearest_usd=_money(row[20]))
        if row[18]
        else None,
        stages=tuple(_stages(row[21])),
        traceparent=row[22],
        attempts=tuple(answers),
        classifier_calls=tuple(classifiers),
    )


def _attempt(row: tuple[Any, ...]) -> AttemptRecord:
    return AttemptRecord(
        model=row[3],
        provider=row[4],
        outcome=row[5],
        began_ms=row[6],
        latency_ms=row[7],
        cost=Cost(_money(row[8]), CostSource(row[9])),
        http_status=row[10],
        generation_id=row[11],
        sent=bool(row[12]),
        estimated_usd=_money(row[13]),
        usage=_usage(row[14:]),
    )


def _usage(row: tuple[Any, ...]) -> Usage:
    return Usage(**dict(zip(_COUNTS, row, strict=False)), cost_usd=_money(row[len(_COUNTS)]))


def _text(usd: Decimal | None) -> str | None:
    return None if usd is None else str(usd)


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _stages_text(stages: Iterable[Stage]) -> str:
    return json.dumps([(stage.name, stage.began_ms, stage.latency_ms) for stage in stages])


def _stages(text: str) -> Iterator[Stage]:
    for name, began_ms, latency_ms in json.loads(text) if text != "[]" else ():
        yield Stage(name=name, began_ms=began_ms, latency_ms=latency_ms)
