"""What the suite ``gateway`` sends, what it reads off the samples, and its goals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from benchmarks.closed_loop import ClosedLoop
from benchmarks.figures import percentile
from benchmarks.load import Load
from benchmarks.samples import Sample
from benchmarks.streams import Streams
from benchmarks.targets import Target

STREAM_COUNT: Final = 50
CHUNKS_PER_SECOND: Final = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How long one measurement is.

    Attributes:
        seconds: of a closed loop, after its warm-up.
        chunks: of each stream.
    """

    seconds: float
    warmup_s: float
    chunks: int


FULL: Final = Length(seconds=1.4, warmup_s=0.3, chunks=100)
QUICK: Final = Length(seconds=0.3, warmup_s=0.15, chunks=35)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure that is read off a sample."""

    measure: str
    unit: str
    of: Callable[[Sample], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One load, and the figures that it yields."""

    load: Callable[[Target, Length], Load]
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A goal: the router compared with ``base`` in one figure, round by round."""

    name: str
    measure: str
    base: str
    compare: Callable[[float, float], float]
    unit: str
    limit: float
    at_least: bool = False


def _milliseconds(share: float) -> Callable[[Sample], float]:
    return lambda sample: percentile(sample.values_ns, share) / 1e6


def _ratio(router: float, base: float) -> float:
    return router / base


def _difference(router: float, base: float) -> float:
    return router - base


def _closed(body: str, in_flight: int) -> Callable[[Target, Length], Load]:
    return lambda target, length: ClosedLoop(
        port=target.port,
        path=target.path,
        body=body,
        in_flight=in_flight,
        seconds=length.seconds,
        warmup_s=length.warmup_s,
    )


def _streams(target: Target, length: Length) -> Load:
    start_over_s = length.chunks / CHUNKS_PER_SECOND / 4
    return Streams(
        port=target.port,
        path=target.path,
        body="openclaw",
        count=STREAM_COUNT,
        chunks=length.chunks,
        planned_s=length.chunks / CHUNKS_PER_SECOND + start_over_s,
        start_over_s=start_over_s,
    )


def _body_cases(label: str, body: str) -> tuple[Case, Case]:
    return (
        Case(
            load=_closed(body, 32),
            figures=(
                Figure(
                    measure=f"{label}, 32 in flight: throughput",
                    unit="req/s",
                    of=lambda sample: sample.per_second,
                ),
            ),
        ),
        Case(
            load=_closed(body, 1),
            figures=(
                Figure(measure=f"{label}, 1 in flight: p50", unit="ms", of=_milliseconds(0.5)),
                Figure(measure=f"{label}, 1 in flight: p99", unit="ms", of=_milliseconds(0.99)),
            ),
        ),
    )


_STREAMING: Final = f"{STREAM_COUNT} streams at {CHUNKS_PER_SECOND:g} chunks/s: chunk delay"

CASES: Final = (
    *_body_cases("small body", "small"),
    *_body_cases("OpenClaw body", "openclaw"),
    Case(
        load=_streams,
        figures=(
            Figure(measure=f"{_STREAMING} p50", unit="ms", of=_milliseconds(0.5)),
            Figure(measure=f"{_STREAMING} p99", unit="ms", of=_milliseconds(0.99)),
        ),
    ),
)

LIMITS: Final = (
    Limit(
        name="small body: throughput, router / bare",
        measure="small body, 32 in flight: throughput",
        base="bare",
        compare=_ratio,
        unit="x",
        limit=0.5,
        at_least=True,
    ),
    Limit(
        name="small body: p50, router - bare",
        measure="small body, 1 in flight: p50",
        base="bare",
        compare=_difference,
        unit="ms",
        limit=0.5,
    ),
    Limit(
        name="OpenClaw body: throughput, router / bare",
        measure="OpenClaw body, 32 in flight: throughput",
        base="bare",
        compare=_ratio,
        unit="x",
        limit=0.3,
        at_least=True,
    ),
    Limit(
        name="OpenClaw body: p50, router - bare",
        measure="OpenClaw body, 1 in flight: p50",
        base="bare",
        compare=_difference,
        unit="ms",
        limit=1.0,
    ),
    Limit(
        name="streaming: chunk delay p50, router - direct",
        measure=f"{_STREAMING} p50",
        base="direct",
        compare=_difference,
        unit="ms",
        limit=3.0,
    ),
)
