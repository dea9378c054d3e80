"""Requests for the tests of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from router_core.decide.config import LedgerSettings
from router_core.decide.cost import UNKNOWN, Cost, CostSource
from router_core.decide.records import AttemptRecord, Baseline, RequestRecord, Stage
from router_core.decide.totals import Totals
from router_core.decide.usage import Usage
from router_core.stores.database import Database
from router_core.stores.ledger_file import LedgerFile

NOW = datetime(2026, 11, 27, 16, 4, 5, tzinfo=UTC)


def an_attempt(usd: str | None = "0.001", **changed: Any) -> AttemptRecord:
    cost = UNKNOWN if usd is None else Cost(Decimal(usd), CostSource.REPORTED)
    fields = {"model": "glm-5", "provider": "openrouter", "outcome": "ok", "latency_ms": 80.5}
    return AttemptRecord(**{**fields, "cost": cost, **changed})


def a_record(n: int = 0, **changed: Any) -> RequestRecord:
    """The n-th request, a second after the one before it."""
    return RequestRecord(
        **{
            "id": f"r{n}",
            "time": NOW + timedelta(seconds=n),
            "mode": "cascade",
            "status": "ok",
            "latency_ms": 100.25 + n,
            "category": "code",
            "model": "glm-5",
            "provider": "openrouter",
            "attempts": (an_attempt(),),
            **changed,
        }
    )


@contextmanager
def opened(
    path: Path | None,
    *,
    keep: Callable[[], LedgerSettings] = LedgerSettings,
    now: datetime = NOW,
    interval_s: float = 3600.0,
    busy_s: float = 0.0,
) -> Iterator[LedgerFile]:
    """Writes nothing by itself, so that the tests say when."""
    if path is None:
        with closing(LedgerFile(None, keep, lambda: now, NOW, interval_s=interval_s)) as file:
            yield file
        return
    with closing(Database(path, busy_s=busy_s, now=lambda: now).another()) as database:
        ledger = LedgerFile(database, keep, lambda: now, NOW, interval_s=interval_s)
        with closing(ledger) as file:
            yield file


def tidy(file: LedgerFile) -> None:
    """Does all that is less urgent, whether or not it is due."""
    for _ in range(2):  # what is added to the sums may be to be removed
        while file.tidy(now=True):
            pass


def totals_of(records: Iterable[RequestRecord]) -> Totals:
    totals = Totals()
    for record in records:
        totals.add(record)
    return totals


money = st.decimals(0, 10, places=12) | st.sampled_from([Decimal("1E-24"), Decimal("0.10")])
durations = st.floats(0.0, 1e7)
counts = st.integers(0, 2**40)
names = st.text(max_size=6) | st.sampled_from(["code", "glm-5", "ok", "a\x00b"])
VARIED: dict[type, dict[str, st.SearchStrategy[Any]]] = {
    Usage: {
        **dict.fromkeys(
            (
                "prompt_tokens",
                "cached_tokens",
                "cached_audio_tokens",
                "cache_write_tokens",
                "cache_write_1h_tokens",
                "audio_tokens",
                "image_tokens",
                "completion_tokens",
                "reasoning_tokens",
                "audio_output_tokens",
                "image_output_tokens",
                "searches",
            ),
            counts,
        ),
        "cost_usd": st.none() | money,
    },
    Baseline: {"best_single_usd": st.none() | money, "dearest_usd": st.none() | money},
    Stage: {"name": names, "began_ms": durations, "latency_ms": durations},
}
"""What each field may be."""
costs = st.just(UNKNOWN) | st.builds(
    Cost, money, st.sampled_from([CostSource.REPORTED, CostSource.ESTIMATED])
)
usages = st.builds(Usage, **VARIED[Usage])
VARIED[AttemptRecord] = {
    "model": names,
    "provider": names,
    "outcome": names,
    "latency_ms": durations,
    "began_ms": durations,
    "cost": costs,
    "usage": usages,
    "http_status": st.none() | st.sampled_from([200, 400, 408, 429, 504]),
    "generation_id": names,
    "sent": st.booleans(),
    "estimated_usd": st.none() | money,
}
attempts = st.builds(AttemptRecord, **VARIED[AttemptRecord])
# Near the bounds of buckets of all sizes, and often the same ones again.
MOMENTS = st.builds(
    lambda day, hour, minute, micros: (
        datetime(2026, 11, 24, tzinfo=UTC)
        + timedelta(days=day, hours=hour, minutes=minute, microseconds=micros)
    ),
    st.sampled_from([0, 1, 6, 7, 8]),
    st.sampled_from([0, 1, 23]),
    st.sampled_from([0, 1, 5, 7, 15, 31]),
    st.sampled_from([0, 1, 30_000_000]),
)
VARIED[RequestRecord] = {
    "id": names,
    "time": MOMENTS,
    "mode": st.sampled_from(["cascade", "keywords"]),
    "status": st.sampled_from(["ok", "error", "cancelled"]),
    "latency_ms": durations,
    "operation": st.sampled_from(["chat", "chat", "classify"]),
    "category": st.sampled_from(["", "code", "tools"]),
    "model": names,
    "provider": names,
    "reason": names,
    "error_class": names,
    "caller": st.sampled_from(["", "alice", "bob"]),
    "session": names,
    "streamed": st.booleans(),
    "attempts": st.lists(attempts, max_size=3).map(tuple),
    "classifier_calls": st.lists(attempts, max_size=2).map(tuple),
    "ttft_ms": st.none() | durations,
    "overhead_ms": st.none() | durations,
    "agreed": st.none() | st.booleans(),
    "baseline": st.none() | st.builds(Baseline, **VARIED[Baseline]),
    "stages": st.lists(st.builds(Stage, **VARIED[Stage]), max_size=3).map(tuple),
    "traceparent": names,
}
records = st.builds(RequestRecord, **VARIED[RequestRecord])
