"""Counters and histograms that cost next to nothing to count on.

Those of `prometheus_client` take locks and look through all buckets, which makes 20 us a
request; these make a quarter of that. One thread counts, any may read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from router_core.telemetry.labels import OTHER

__all__ = ["Counter", "Gauge", "Histogram", "Labels"]

Labels = tuple[str, ...]
"""The values of a metric's labels, in the order of their names."""

NAMES: Final = frozenset(
    {
        *("category", "model", "provider", "error_class"),
        *("gen_ai_provider_name", "gen_ai_request_model"),
    }
)
"""Labels whose values are names; those of the others are from short enumerations."""


class _Bounded:
    """Keeps labels to so many sets of values: from then on new ones have `OTHER` for names."""

    def __init__(self, labels: Labels, most: int) -> None:
        self._places = [label in NAMES for label in labels]
        self._most = most

    def room(self, values: Labels, taken: int) -> Labels:
        """Under which labels to count what has new ``values``."""
        if taken < self._most:
            return values
        return tuple(
            OTHER if is_name else value for is_name, value in zip(self._places, values, strict=True)
        )


class Counter(Collector):
    """Sums by labels; of what only grows."""

    _family: type[CounterMetricFamily | GaugeMetricFamily] = CounterMetricFamily

    def __init__(self, name: str, told: str, labels: Labels, most: int) -> None:
        """Begins at nothing.

        Args:
            name: without its suffix.
            told: what it counts, for a person.
            labels: their names.
            most: how many sets of labels' values there may be, about.
        """
        self._name, self._told, self._labels = name, told, labels
        self._bounded = _Bounded(labels, most)
        self._sums: dict[Labels, float] = {}

    def add(self, values: Labels, amount: float = 1.0) -> None:
        """Counts ``amount`` on what has these labels."""
        sums = self._sums
        if values not in sums:
            values = self._bounded.room(values, len(sums))
        sums[values] = sums.get(values, 0.0) + amount

    def collect(self) -> Iterator[Metric]:
        """The metric as it is now."""
        family = self._family(self._name, self._told, labels=self._labels)
        for values, amount in tuple(self._sums.items()):
            family.add_metric(values, amount)
        yield family


class Gauge(Counter):
    """Sums by labels; of what may fall."""

    _family = GaugeMetricFamily


@dataclass(slots=True)
class _Spread:
    """How often each bucket was met, the last one for what is above all bounds."""

    counts: list[int]
    total: float = 0.0


class Histogram(Collector):
    """How often amounts were seen, by labels and size."""

    def __init__(
        self, name: str, told: str, labels: Labels, *, bounds: Sequence[float], most: int
    ) -> None:
        """Begins at nothing; ``bounds``: the upper ones of its buckets, rising."""
        self._name, self._told, self._labels = name, told, labels
        self._bounds = tuple(bounds)
        self._shown = (*map(floatToGoString, self._bounds), "+Inf")
        self._bounded = _Bounded(labels, most)
        self._spreads: dict[Labels, _Spread] = {}

    def add(self, values: Labels, amount: float) -> None:
        """Counts one amount."""
        spread = self._spreads.get(values)
        if spread is None:
            values = self._bounded.room(values, len(self._spreads))
            spread = self._spreads.setdefault(values, _Spread([0] * len(self._shown)))
        spread.counts[bisect_left(self._bounds, amount)] += 1
        spread.total += amount

    def collect(self) -> Iterator[Metric]:
        """The metric as it is now."""
        family = HistogramMetricFamily(self._name, self._told, labels=self._labels)
        for values, spread in tuple(self._spreads.items()):
            buckets = zip(self._shown, accumulate(tuple(spread.counts)), strict=True)
            family.add_metric(values, [(bound, float(n)) for bound, n in buckets], spread.total)
        yield family
