"""What operators watch, made of the settings: the log, metrics, traces."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

from router_core import __version__
from router_core.app.ports import ConfigSource, Recorder
from router_core.app.stats import Stats
from router_core.settings import Settings
from router_core.telemetry.metrics import Metrics
from router_core.telemetry.request_line import RequestLog
from router_core.telemetry.states import LedgerState, ModelStanding, Spent, States
from router_core.telemetry.trace_settings import TraceSettings, read_trace_settings

__all__ = ["Telemetry", "log_to_stderr", "open_telemetry", "states_of"]

_NOT_INSTALLED: Final = (
    "traces are wanted (OTEL_EXPORTER_OTLP_ENDPOINT) but not sent:"
    " what sends them is not installed (`make otel`, or pip install llm-router[otel])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """What takes note of each request for operators.

    Attributes:
        recorders: metrics, the log, and traces where they are wanted.
        metrics: Prometheus' text.
        to_mend: what does not work, a line each, for a person.
    """

    recorders: tuple[Recorder, ...]
    metrics: Callable[[], str]
    to_mend: Callable[[], tuple[str, ...]]


def log_to_stderr(settings: Settings) -> Callable[[], None]:
    """Begins to log; returns what writes the rest and ends it."""
    from router_core.telemetry.logs import (  # noqa: PLC0415  # a quarter second, and most commands log nothing
        start_logging,
    )

    is_terminal = sys.stderr.isatty()
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not is_terminal)
    colours = is_terminal and not os.environ.get("NO_COLOR")
    return start_logging(settings.log_level, as_json=as_json, colours=colours).stop


def open_telemetry(
    env: Mapping[str, str], config: ConfigSource, states: States, stores: ExitStack
) -> Telemetry:
    """Begins to count, to log requests and, where the environment wants it, to trace them.

    Args:
        env: with OpenTelemetry's variables.
        config: whose names may be labels.
        states: tells what is so at the moment of asking; asked only by `Telemetry.metrics`.
        stores: closed at the end; what waits is sent then.
    """
    metrics = Metrics(config, states)
    recorders: tuple[Recorder, ...] = (metrics, RequestLog())
    settings = read_trace_settings(env)
    if settings is None:
        return Telemetry(recorders=recorders, metrics=metrics.text, to_mend=tuple)
    try:
        traces, problem = _open_traces(settings, stores)
    except ImportError:
        return Telemetry(
            recorders=recorders, metrics=metrics.text, to_mend=lambda: (_NOT_INSTALLED,)
        )
    return Telemetry(
        recorders=(*recorders, traces),
        metrics=metrics.text,
        to_mend=lambda: tuple(filter(None, (settings.problem, problem()))),
    )


def _open_traces(settings: TraceSettings, stores: ExitStack) -> tuple[Recorder, Callable[[], str]]:
    """What sends traces, and what tells how that goes; `ImportError`: the extra is missing."""
    from router_core.telemetry.traces import Traces  # noqa: PLC0415  # an optional extra

    traces = Traces(settings, __version__)
    stores.callback(traces.stop)
    return traces, lambda: traces.problem


class LedgerHealth(Protocol):
    """What tells how a ledger is."""

    @property
    def failure(self) -> str:
        """Why nothing is written; empty: it is."""

    @property
    def pending(self) -> int:
        """How many requests wait to be written."""

    @property
    def lost(self) -> int:
        """How many never were."""


class Limit(Protocol):
    """How far spending has come towards one limit."""

    @property
    def caller(self) -> str:
        """Whose limit it is; empty: that of all together."""

    @property
    def period(self) -> str:
        """Such as "day"."""

    @property
    def spent_usd(self) -> Decimal:
        """What is spent."""

    @property
    def limit_usd(self) -> Decimal:
        """What may be."""


def states_of(
    stats: Callable[[], Stats],
    notes: Callable[[], tuple[str, ...]],
    limits: Callable[[], Iterable[Limit]] = tuple,
    ledger: LedgerHealth | None = None,
) -> States:
    """Who tells the metrics what is so; the functions are asked no earlier than that.

    Args:
        stats: tells how models stand, and what to warn of.
        notes: which of that works all the same.
        limits: of spending; those of single callers are no metric.
        ledger: ``None``: it cannot fail.
    """
    return States(
        version=__version__,
        models=lambda: _standings(stats()),
        spending=lambda: _spent(limits()),
        ledger=lambda: _ledger_state(ledger),
        problems=lambda: _problems(stats(), notes()),
        log_lines_lost=_lines_lost,
    )


def _problems(stats: Stats, notes: tuple[str, ...]) -> int:
    return sum(line not in notes for line in stats.server_info().warnings)


def _spent(limits: Iterable[Limit]) -> tuple[Spent, ...]:
    return tuple(
        Spent(limit.period, limit.spent_usd, limit.limit_usd)
        for limit in limits
        if not limit.caller
    )


def _ledger_state(ledger: LedgerHealth | None) -> LedgerState:
    if ledger is None:
        return LedgerState()
    return LedgerState(is_up=not ledger.failure, pending=ledger.pending, lost=ledger.lost)


def _standings(stats: Stats) -> tuple[ModelStanding, ...]:
    """How the models of the config stand."""
    return tuple(
        ModelStanding(state.model.name, state.model.provider, state.health.standing)
        for state in stats.models()
    )


def _lines_lost() -> int:
    """How many lines of the log were thrown away; 0 where there is none of ours."""
    logs = sys.modules.get("router_core.telemetry.logs")
    return logs.lines_lost() if logs else 0
