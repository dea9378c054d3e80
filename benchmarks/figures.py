"""Percentiles of one measurement, and the spread of a figure over the rounds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the least value that ``share`` of all do not exceed.

    Args:
        values: at least one, in any order.
        share: above 0, at most 1; 0.5 is the median.
    """
    ordered = sorted(values)
    return float(ordered[max(math.ceil(share * len(ordered)), 1) - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One figure over the rounds: its median, and the least and the most of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, rounds: Sequence[float]) -> Spread:
        """The spread of one value a round; at least one round."""
        return cls(median=median(rounds), low=min(rounds), high=max(rounds))
