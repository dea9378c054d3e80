"""Distributions that are summed up exactly, and told within 1 %."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["BINS", "ZERO", "Histogram"]

_ACCURACY: Final = 0.01
_GAMMA: Final = (1 + _ACCURACY) / (1 - _ACCURACY)
_LOG_GAMMA: Final = math.log(_GAMMA)
_SMALLEST: Final = 1e-6
"""What is smaller counts as 0."""
_LARGEST: Final = 1e15
"""What is larger counts as this."""
ZERO: Final = -(2**31)
"""The bin of 0."""
BINS: Final = range(
    math.ceil(math.log(_SMALLEST) / _LOG_GAMMA), math.ceil(math.log(_LARGEST) / _LOG_GAMMA) + 1
)
"""All other bins that there can be."""


class Histogram:
    """How often each value came, in bins whose bounds grow by 2 % each.

    Two of them add up to the histogram of all their values, exactly. A quantile lies within
    1 % of a value of that rank (the bins are those of DDSketch: Masson, Rim and Lee, VLDB
    2019), and there are no more bins than some 1,500 for a microsecond to a day.
    """

    __slots__ = ("bins", "total")

    def __init__(self, bins: Mapping[int, int] | None = None, total: float = 0.0) -> None:
        """Takes what is there already.

        Args:
            bins: how many values each bin has.
            total: the sum of the values.
        """
        self.bins: dict[int, int] = dict(bins or {})
        self.total = total

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(self.bins.values())

    @property
    def mean(self) -> float | None:
        """Their mean; ``None``: there is none."""
        count = self.count
        return self.total / count if count else None

    def add(self, value: float) -> None:
        """Takes one more value; what is no number, or below 0, counts as 0."""
        self.total += min(value, _LARGEST) if value > 0 else 0.0
        bin_ = _bin(value)
        self.bins[bin_] = self.bins.get(bin_, 0) + 1

    def merge(self, other: Histogram) -> None:
        """Takes all values of another one."""
        for bin_, count in other.bins.items():
            self.bins[bin_] = self.bins.get(bin_, 0) + count
        self.total += other.total

    def quantiles(self, shares: Iterable[float]) -> list[float]:
        """The least values that such shares of all are at most; the shares from low to high.

        There is at least one value.
        """
        ordered, count = sorted(self.bins.items()), self.count
        found, seen, place = [], 0, -1
        for share in shares:
            # 0.07 * 100 is a little more than 7, and no eighth value is meant by it.
            rank = max(1, math.ceil(round(share * count, 6)))
            while seen < rank:
                place += 1
                seen += ordered[place][1]
            found.append(_middle(ordered[place][0]))
        return found


def _bin(value: float) -> int:
    if not value >= _SMALLEST:
        return ZERO
    return math.ceil(math.log(min(value, _LARGEST)) / _LOG_GAMMA)


def _middle(bin_: int) -> float:
    return 0.0 if bin_ == ZERO else 2 * _GAMMA**bin_ / (1 + _GAMMA)
