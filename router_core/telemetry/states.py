"""Metrics of what is so at the moment of asking: models, spending, the ledger, the process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from router_core.decide.health import Standing

__all__ = ["LedgerState", "ModelStanding", "Spent", "States", "StatesCollector"]

_MOST_MODELS: Final = 300
_STANDINGS: Final = tuple(standing.value for standing in Standing)


@dataclass(frozen=True, slots=True)
class ModelStanding:
    """How a model of the config stands."""

    model: str
    provider: str
    standing: str


@dataclass(frozen=True, slots=True)
class Spent:
    """How far spending by all has come towards one limit; ``period``: "day" or "month"."""

    period: str
    spent_usd: Decimal
    limit_usd: Decimal


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How the ledger is.

    Attributes:
        is_up: whether it writes.
        pending: requests that are not on the disk yet.
        lost: requests that never will be.
    """

    is_up: bool = True
    pending: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """Who tells what is so; each may be asked from any thread.

    Attributes:
        version: of the router.
        problems: how many things do not work as configured.
        log_lines_lost: log lines that were thrown away, since nobody read them.
    """

    version: str
    models: Callable[[], Iterable[ModelStanding]] = tuple
    spending: Callable[[], Iterable[Spent]] = tuple
    ledger: Callable[[], LedgerState] = LedgerState
    problems: Callable[[], int] = int
    log_lines_lost: Callable[[], int] = int


class StatesCollector(Collector):
    """Asks at each scrape."""

    def __init__(self, states: States) -> None:
        self._states = states

    def describe(self) -> Iterable[Metric]:
        """Nothing: the names are known, and nobody is ready to be asked yet."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        states = self._states
        yield _gauge("build_info", "The router's version.", 1, version=states.version)
        yield _gauge(
            "problems",
            "Things that do not work as configured; /readyz says which.",
            states.problems(),
        )
        yield self._models()
        yield from self._spending()
        yield from self._ledger()
        yield _counter(
            "log_lines_lost", "Log lines that nobody took in time.", states.log_lines_lost()
        )

    def _models(self) -> Metric:
        family = GaugeMetricFamily(
            "llm_router_model_state",
            "1 for the state that a model of the config is in.",
            labels=("model", "provider", "state"),
        )
        for each in islice(self._states.models(), _MOST_MODELS):
            for standing in _STANDINGS:
                is_it = float(standing == each.standing)
                family.add_metric((each.model, each.provider, standing), is_it)
        return family

    def _spending(self) -> Iterator[Metric]:
        spent = GaugeMetricFamily(
            "llm_router_spent_usd", "Spent in the running period.", labels=("period",)
        )
        limit = GaugeMetricFamily(
            "llm_router_spending_limit_usd", "What may be spent in a period.", labels=("period",)
        )
        for each in self._states.spending():
            spent.add_metric((each.period,), float(each.spent_usd))
            limit.add_metric((each.period,), float(each.limit_usd))
        yield spent
        yield limit

    def _ledger(self) -> Iterator[Metric]:
        ledger = self._states.ledger()
        yield _gauge("ledger_up", "1: what is recorded gets to the disk.", ledger.is_up)
        yield _gauge(
            "ledger_pending_requests", "Requests that are not on the disk yet.", ledger.pending
        )
        yield _counter("ledger_lost_requests", "Requests that never got to the disk.", ledger.lost)


def _gauge(name: str, told: str, value: float, **labels: str) -> Metric:
    family = GaugeMetricFamily(f"llm_router_{name}", told, labels=tuple(labels))
    family.add_metric(tuple(labels.values()), float(value))
    return family


def _counter(name: str, told: str, value: float) -> Metric:
    family = CounterMetricFamily(f"llm_router_{name}", told)
    family.add_metric((), float(value))
    return family
