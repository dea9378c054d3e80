"""What it costs a request that note is taken of it: ledger, metrics, log, traces.

Processor time of the thread that records, which is the event loop's, the median of many
runs: each sink alone, then all together as a router has them. What threads do later, and
wait for, is a figure of its own. The yardstick is to write a request's line as JSON.
"""

from __future__ import annotations

import json
import logging
import platform
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from statistics import median
from time import process_time_ns, thread_time_ns
from typing import Final

from benchmarks.figures import Spread
from benchmarks.noise import ForeignTime
from benchmarks.options import Options
from benchmarks.progress import report
from benchmarks.tables import Goal, Table
from benchmarks.yards import TARGETS, yard_row
from router_core.app.ports import Recorder
from router_core.app.recording import Recording
from router_core.decide.config import LedgerSettings, RoutingConfig
from router_core.decide.cost import Cost, CostSource
from router_core.decide.defaults import default_config
from router_core.decide.pace import Paces
from router_core.decide.records import AttemptRecord, Baseline, RequestRecord, Stage
from router_core.decide.usage import Usage
from router_core.decide.usual import Usual
from router_core.stores.ledger_file import LedgerFile
from router_core.telemetry.logs import start_logging
from router_core.telemetry.metrics import Metrics
from router_core.telemetry.request_line import RequestLog, line_of
from router_core.telemetry.states import States
from router_core.telemetry.trace_settings import TraceSettings
from router_core.telemetry.traces import Traces

GOAL_US: Final = 30.0
"""The most that all sinks together should cost the event loop, in microseconds a request."""

ALL, ALL_TRACED = "all, traces off", "all, traces on"
THREADS: Final = "all, traces off, with what threads do"

_RUNS: Final = 3_000
_QUICK_RUNS: Final = 100
_NOBODY: Final = "http://127.0.0.1:9/v1/traces"
"""No collector: what it takes of a thread's time to send is not the question here."""


def run(options: Options) -> Table:
    """Measures everything once a round."""
    runs = _QUICK_RUNS if options.quick else _RUNS
    foreign = ForeignTime()
    figures: dict[str, list[float]] = {}
    yards: list[float] = []
    for number in range(options.rounds):
        report(f"accounting: round {number + 1} of {options.rounds}")
        yards.append(_yard_us(runs))
        with _sinks() as sinks:
            for name, us in _alone_and_together(sinks, runs).items():
                figures.setdefault(name, []).append(us)
        with _sinks() as sinks:
            figures.setdefault(THREADS, []).append(_with_threads_us(sinks, runs))
    figures["yardstick"] = yards
    share = foreign.share()
    return Table(
        title="accounting: processor time of taking note of one request",
        targets=TARGETS,
        rows=tuple(yard_row(name, took, yards) for name, took in figures.items()),
        goals=tuple(
            Goal(
                name=name,
                value=Spread.of(figures[name]),
                unit="us",
                limit=GOAL_US,
                at_least=False,
            )
            for name in (ALL, ALL_TRACED)
        ),
        notes=(
            f"{options.rounds} rounds; the median of {runs} runs each, on the recording thread",
            f"{THREADS}: the mean of {runs} requests, until the last line is written",
            "the request: a stream that one model answered, its cost reported",
            "the yardstick writes its log line with json.dumps",
            *(
                []
                if share is None
                else [f"other processes took {share:.0%} of the processors' time"]
            ),
            f"Python {platform.python_version()}",
        ),
    )


def _alone_and_together(sinks: Mapping[str, Recorder], runs: int) -> dict[str, float]:
    untraced = tuple(sink for name, sink in sinks.items() if name != "traces")
    measured = {name: Recording((sink,)) for name, sink in sinks.items()}
    measured |= {
        "nothing": Recording(()),
        ALL: Recording(untraced),
        ALL_TRACED: Recording((*untraced, sinks["traces"])),
    }
    return {name: _cost_us(recording, runs) for name, recording in measured.items()}


def _cost_us(recording: Recording, runs: int) -> float:
    """Microseconds of this thread for one request, each another one."""
    records = [replace(_RECORD, id=f"req_{number}") for number in range(runs)]
    recording.record(_RECORD)
    took = []
    for record in records:
        began = thread_time_ns()
        recording.record(record)
        took.append(thread_time_ns() - began)
    return median(took) / 1_000


def _with_threads_us(sinks: Mapping[str, Recorder], runs: int) -> float:
    """Microseconds of the whole process for one request, its log line written."""
    recording = Recording(tuple(sink for name, sink in sinks.items() if name != "traces"))
    began = process_time_ns()
    for number in range(runs):
        recording.record(replace(_RECORD, id=f"req_{number}"))
    for handler in logging.getLogger().handlers:
        handler.flush()
    return (process_time_ns() - began) / runs / 1_000


def _yard_us(runs: int) -> float:
    row = line_of(_RECORD)
    took = []
    for _ in range(runs):
        began = thread_time_ns()
        json.dumps(row)
        took.append(thread_time_ns() - began)
    return median(took) / 1_000


@contextmanager
def _sinks() -> Iterator[dict[str, Recorder]]:
    """Every sink that a router has, by name."""
    with ExitStack() as stack:
        log = start_logging("INFO", as_json=True, write=_discard)
        stack.callback(log.stop)
        traces = Traces(TraceSettings(endpoint=_NOBODY), "0")
        stack.callback(traces.stop, 0.1)
        yield {
            "what is usual": Usual(),
            "how fast models are": Paces(),
            "ledger": LedgerFile(None, LedgerSettings, lambda: _RECORD.time, _RECORD.time),
            "metrics": Metrics(_Config(), States(version="0")),
            "log": RequestLog(),
            "traces": traces,
        }


def _discard(_line: str) -> None:
    """As a file would take it, but for the disk's time."""


class _Config:
    """The default config, for ever."""

    etag = ""
    overrides = ()

    def __init__(self) -> None:
        self._config = default_config()

    def current(self) -> RoutingConfig:
        return self._config

    def category_etag(self, name: str) -> str:
        return name


_USAGE: Final = Usage(prompt_tokens=15_000, cached_tokens=12_000, completion_tokens=400)
_RECORD: Final = RequestRecord(
    id="req_0",
    time=datetime(2026, 11, 27, 12, tzinfo=UTC),
    mode="cascade",
    status="ok",
    latency_ms=4_803.25,
    category="code",
    model="glm-5",
    provider="openrouter",
    reason="classified",
    caller="c0ffee",
    session="0123456789abcdef",
    streamed=True,
    attempts=(
        AttemptRecord(
            model="glm-5",
            provider="openrouter",
            outcome="ok",
            began_ms=0.4,
            latency_ms=4_802.0,
            cost=Cost(Decimal("0.01234567"), CostSource.REPORTED),
            usage=_USAGE,
            http_status=200,
            generation_id="gen-1795818166-0123456789abcdefghij",
            estimated_usd=Decimal("0.0131"),
        ),
    ),
    ttft_ms=812.5,
    overhead_ms=0.25,
    baseline=Baseline(best_single_usd=Decimal("0.0124"), dearest_usd=Decimal("0.0456")),
    stages=(
        Stage(name="classify", began_ms=0.05, latency_ms=0.1),
        Stage(name="route", began_ms=0.15, latency_ms=0.05),
    ),
)
