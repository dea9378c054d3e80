"""A ledger that counts in memory: sums since the start, lost with the process."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from router_core.app.ports import RequestRecord
from router_core.decide.stats import GroupTotals, StatsSnapshot, cost_of_calls

__all__ = ["MAX_GROUPS", "OTHERS", "MemoryLedger"]

MAX_GROUPS: Final = 1000
"""Most names told apart. Callers may name any model, so names are unbounded without it."""

OTHERS: Final = "(others)"
"""The group of the names beyond `MAX_GROUPS`; no model or category can be called that."""


class MemoryLedger:
    """The `Ledger` port: constant time a record, bounded memory; for one event loop."""

    def __init__(self, *, since: datetime) -> None:
        """Counts from zero.

        Args:
            since: the time of day now, in UTC.
        """
        self._since = since
        self._all = _Sums()
        self._by_category: dict[str, _Sums] = {}
        self._by_model: dict[str, _Sums] = {}

    def record(self, record: RequestRecord) -> None:
        """Counts one request that ended."""
        cost = cost_of_calls(record.classifier_calls, record.attempts)
        self._all.add(record, cost)
        _group(self._by_category, record.category).add(record, cost)
        _group(self._by_model, record.model).add(record, cost)

    def snapshot(self) -> StatsSnapshot:
        """The sums as they are now."""
        return StatsSnapshot(
            since=self._since,
            requests=self._all.requests,
            errors=self._all.errors,
            cost_usd=self._all.cost_usd,
            unknown_cost_requests=self._all.unknown_cost_requests,
            by_category=_totals(self._by_category),
            by_model=_totals(self._by_model),
            mean_answer_tokens=self._all.answer_tokens.mean,
        )


class _Mean:
    """A running mean; ``None``: of nothing."""

    __slots__ = ("count", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0.0

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.count else None


class _Sums:
    """Running sums of one group."""

    __slots__ = (
        "answer_ms",
        "answer_tokens",
        "completion_tokens",
        "cost_usd",
        "errors",
        "latency_ms",
        "prompt_tokens",
        "requests",
        "unknown_cost_requests",
    )

    def __init__(self) -> None:
        self.requests = 0
        self.errors = 0
        self.cost_usd: Decimal | None = None
        self.unknown_cost_requests = 0
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.latency_ms = _Mean()
        self.answer_ms = _Mean()
        self.answer_tokens = _Mean()

    def add(self, record: RequestRecord, cost: Decimal | None) -> None:
        self.requests += 1
        self.errors += record.status == "error"
        self.prompt_tokens += record.prompt_tokens
        self.completion_tokens += record.completion_tokens
        if cost is None:
            self.unknown_cost_requests += 1
        else:
            self.cost_usd = cost if self.cost_usd is None else self.cost_usd + cost
        if record.status == "ok":
            self.latency_ms.add(record.latency_ms)
            if record.completion_tokens:
                self.answer_tokens.add(record.completion_tokens)
            if record.attempts:  # the last one answered
                self.answer_ms.add(record.attempts[-1].latency_ms)

    def totals(self, name: str) -> GroupTotals:
        return GroupTotals(
            name=name,
            requests=self.requests,
            errors=self.errors,
            cost_usd=self.cost_usd,
            unknown_cost_requests=self.unknown_cost_requests,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            mean_latency_ms=self.latency_ms.mean,
            mean_answer_ms=self.answer_ms.mean,
            mean_answer_tokens=self.answer_tokens.mean,
        )


def _group(groups: dict[str, _Sums], name: str) -> _Sums:
    if name not in groups:
        name = name if len(groups) < MAX_GROUPS else OTHERS
        groups.setdefault(name, _Sums())
    return groups[name]


def _totals(groups: dict[str, _Sums]) -> tuple[GroupTotals, ...]:
    totals = (sums.totals(name) for name, sums in groups.items())
    return tuple(sorted(totals, key=lambda group: (-group.requests, group.name)))
