"""What keeping a ledger costs, and how long its figures take over a million requests.

`record()` is what a request pays on the event loop; the rest goes on in a thread. The
questions are asked of a ledger of thirty days, as `GetStats` asks them: whole, the last
day, a range with odd ends, and by each dimension.
"""

from __future__ import annotations

import asyncio
import json
import platform
import random
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter, process_time_ns
from typing import Final

from benchmarks.figures import Spread
from benchmarks.noise import ForeignTime
from benchmarks.options import Options
from benchmarks.progress import report
from benchmarks.tables import Goal, Row, Table
from router_core.decide.config import LedgerSettings
from router_core.decide.cost import Cost, CostSource
from router_core.decide.figures import Dimension, TimeRange
from router_core.decide.records import AttemptRecord, Baseline, RequestRecord
from router_core.decide.usage import Usage
from router_core.stores.database import Database
from router_core.stores.ledger_file import LedgerFile
from router_core.stores.ledger_rows import row_of
from router_core.stores.ledger_sums import add_rows

GOAL_RECORD_US: Final = 30.0
"""The most that a request may pay for all of accounting."""
GOAL_QUESTION_MS: Final = 100.0

_REQUESTS: Final = 1_000_000
_QUICK_REQUESTS: Final = 20_000
_DAYS: Final = 30
_TOGETHER: Final = 50_000
_SESSION_REQUESTS: Final = 10
_RECORDED: Final = 5_000
_NOW: Final = datetime(2026, 11, 27, 16, 4, 5, tzinfo=UTC)
_TARGET: Final = "router.db"
_CATEGORIES: Final = ("code", "conversation", "reasoning", "tools", "")
_MODELS: Final = tuple(f"model-{n}" for n in range(12))


def run(options: Options) -> Table:
    """Fills a ledger once, and asks it everything once a round."""
    foreign = ForeignTime()
    count = _QUICK_REQUESTS if options.quick else _REQUESTS
    with tempfile.TemporaryDirectory() as folder, closing(_database(folder)) as database:
        ledger = LedgerFile(database, _keep, lambda: _NOW, _NOW, interval_s=3600.0)
        with closing(ledger):
            filled = _fill(ledger, database, count)
            asked = _ask(ledger, options.rounds)
        size = Path(database.path).stat().st_size
    recorded, appended, dumped = _record(options.rounds)
    share = foreign.share()
    rows = [
        _row("record(), on the event loop", "us", recorded),
        _row("yardstick: append to a deque", "us", appended),
        _row("yardstick: json.dumps of the row", "us", dumped),
        _row("rows written", "1/s", [filled[0]]),
        _row("rows added to the sums", "1/s", [filled[1]]),
        _row("size of a request in the file", "B", [size / count]),
        *(_row(f"sums, {name}", "ms", took) for name, took in asked.items()),
    ]
    return Table(
        title=f"ledger: {count:,} requests of {_DAYS} days",
        targets=(_TARGET,),
        rows=tuple(rows),
        goals=(
            _goal("record(), on the event loop", "us", recorded, GOAL_RECORD_US),
            *(_goal(f"sums, {name}", "ms", took, GOAL_QUESTION_MS) for name, took in asked.items()),
        ),
        notes=(
            f"{options.rounds} rounds; the ledger is filled once",
            f"{len(_MODELS)} models, {len(_CATEGORIES)} categories, 20 callers",
            f"conversations of {_SESSION_REQUESTS} requests",
            "record(), the yardsticks and the filling: processor time of this process",
            *([] if share is None else [f"other processes took {share:.0%} of the processors"]),
            f"Python {platform.python_version()}",
        ),
    )


def _database(folder: str) -> Database:
    return Database(Path(folder) / "router.db")


def _keep() -> LedgerSettings:
    return LedgerSettings(keep_requests_days=400)


def _fill(ledger: LedgerFile, database: Database, count: int) -> tuple[float, float]:
    """Rows written a second, and rows added to the sums."""
    wrote = summed = 0.0
    records = _records(count)
    ledger.tidy(now=True)
    for number in range(0, count, _TOGETHER):
        for _ in range(min(_TOGETHER, count - number)):
            ledger.record(next(records))
        began = process_time_ns()
        ledger.flush()
        between = process_time_ns()
        database.transaction(lambda connection: add_rows(connection, (), _TOGETHER))
        wrote, summed = wrote + between - began, summed + process_time_ns() - between
        report(f"ledger: {number + _TOGETHER:,} of {count:,} requests")
    return count / wrote * 1e9, count / summed * 1e9


def _ask(ledger: LedgerFile, rounds: int) -> dict[str, list[float]]:
    """How long each question took, in milliseconds, a round."""
    day = TimeRange(start=_NOW - timedelta(days=1))
    odd = TimeRange(
        start=_NOW - timedelta(days=17, hours=3, minutes=31, seconds=7),
        end=_NOW - timedelta(days=4, hours=9, minutes=27, seconds=31),
    )
    asked: dict[str, list[float]] = {}
    for _ in range(rounds):
        for span_name, span in (("all", TimeRange()), ("last 24 h", day), ("odd range", odd)):
            for dimension in (None, *Dimension):
                began = perf_counter()
                asyncio.run(ledger.summed(span, dimension, 100))
                name = f"{span_name} by {dimension}" if dimension else span_name
                asked.setdefault(name, []).append((perf_counter() - began) * 1e3)
    return asked


def _record(rounds: int) -> tuple[list[float], list[float], list[float]]:
    """Microseconds of one `record()`, one append and one `json.dumps`, a round."""
    some = list(_records(_RECORDED))
    rows = [row_of(0, record) for record in some]
    figures: tuple[list[float], list[float], list[float]] = ([], [], [])
    for _ in range(rounds):
        plain: deque[RequestRecord] = deque()
        with tempfile.TemporaryDirectory() as folder, closing(_database(folder)) as database:
            ledger = LedgerFile(database, _keep, lambda: _NOW, _NOW, interval_s=3600.0)
            figures[0].append(_each_us(ledger.record, some))
            ledger.close()
        figures[1].append(_each_us(plain.append, some))
        figures[2].append(_each_us(json.dumps, rows))
    return figures


def _each_us(work: Callable[..., object], values: Sequence[object]) -> float:
    took = []
    for value in values:
        began = process_time_ns()
        work(value)
        took.append(process_time_ns() - began)
    return median(took) / 1e3


def _records(count: int) -> Iterator[RequestRecord]:
    """Requests of thirty days, the last of them now; the same ones each time."""
    chance = random.Random(7)
    apart = timedelta(days=_DAYS) / count
    for number in range(count):
        yield _one(chance, number, _NOW - apart * (count - number))


def _one(chance: random.Random, number: int, time: datetime) -> RequestRecord:
    model, ok = chance.choice(_MODELS), chance.random() < 0.97
    usage = Usage(
        prompt_tokens=chance.randrange(50, 30_000),
        completion_tokens=chance.randrange(5, 2_000),
        cost_usd=Decimal(chance.randrange(1, 10**6)).scaleb(-8),
    )
    took, first = chance.lognormvariate(8, 0.8), chance.lognormvariate(6, 0.5)
    attempt = AttemptRecord(
        model=model,
        provider="openrouter",
        outcome="ok" if ok else "timeout",
        latency_ms=took,
        cost=Cost(usage.cost_usd, CostSource.REPORTED),
        usage=usage,
        http_status=200,
        generation_id=f"gen-{number:012}",
        estimated_usd=Decimal(chance.randrange(1, 10**6)).scaleb(-8),
    )
    return RequestRecord(
        id=f"{number:032x}",
        time=time,
        mode="cascade",
        status="ok" if ok else "error",
        latency_ms=first + took,
        category=chance.choice(_CATEGORIES),
        model=model if ok else "",
        provider="openrouter" if ok else "",
        reason="category",
        error_class="" if ok else "timeout",
        caller=f"key-{chance.randrange(20)}",
        session=f"{number // _SESSION_REQUESTS // 40:x}-{number % 40:x}",
        streamed=True,
        attempts=(attempt,),
        ttft_ms=first,
        overhead_ms=chance.lognormvariate(-1, 0.5),
        baseline=Baseline(best_single_usd=Decimal("0.01"), dearest_usd=Decimal("0.05")),
    )


def _row(name: str, unit: str, values: list[float]) -> Row:
    return Row(measure=name, unit=unit, values={_TARGET: Spread.of(values)})


def _goal(name: str, unit: str, values: list[float], limit: float) -> Goal:
    return Goal(name=name, value=Spread.of(values), unit=unit, limit=limit, at_least=False)
