"""How far a figure could be off by the luck of the trace: bootstrap intervals.

B. Efron, "Bootstrap Methods: Another Look at the Jackknife", 1979; the interval is the
percentile one. A resample draws as many rows as there are, each as often as it comes; all
columns are drawn together, and those of one seed and as many rows are the same everywhere, so
that routers over one trace can be compared row by row.

Below 1,000 rows the draws are exact. From there on each row comes 0 to 5 times by itself
(the Poisson bootstrap of N. Chamandy and others, "Estimating Uncertainty for Massive Data
Streams", 2012), by one random byte: mean and variance of that are exactly 1, as those of
Poisson's distribution are, and the third moment is 4.98 in place of 5. The mean of 10,000
rows takes 0.4 ms so, about half of what drawing them takes: 0.4 s for a thousand resamples.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from operator import mul
from typing import Final, NamedTuple

from router_core.decide.evaluation.chance import below, random_bytes

__all__ = ["Interval", "interval", "resampled_means", "resampled_quantiles"]

_EXACT: Final = 1_000
"""Fewer rows than these are drawn exactly."""

_TIMES: Final = bytes(
    times for times, of_256 in enumerate((94, 95, 46, 16, 4, 1)) for _ in range(of_256)
)
"""How often a row comes, by a byte: Poisson's distribution with mean 1, in 256ths."""


class Interval(NamedTuple):
    """Where a figure may lie.

    Attributes:
        low: in the figure's unit.
        high: the same; not below ``low``.
    """

    low: float
    high: float


def interval(figures: Sequence[float | None], *, level: float = 0.95) -> Interval | None:
    """What such a share of the resampled figures lies within, as many left out on either side.

    Args:
        figures: one for each resample; ``None``: it is not defined for that one.
        level: the share, 0 to less than 1.

    Returns:
        ``None``: there is no figure, or one is not defined, so nothing can be said.
    """
    told = sorted(figure for figure in figures if figure is not None)
    if not told or len(told) < len(figures):
        return None
    # 0.025 * 1000 may be a little less than 25.
    out = min(math.floor(round((1 - level) / 2 * len(told), 6)), (len(told) - 1) // 2)
    return Interval(told[out], told[-1 - out])


def resampled_means(
    columns: Sequence[Sequence[float]], *, seed: int, times: int = 1_000
) -> list[tuple[float, ...]]:
    """The mean of each column in each resample, for any figure that is a function of means.

    Args:
        columns: a value for each row; all of one length.
        seed: of the draws.
        times: how many resamples.

    Returns:
        As many rows as resamples, each with a mean for each column; none without rows.

    Raises:
        ValueError: the columns are not of one length.
    """
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        raise ValueError("columns that are resampled together have one length")
    means = []
    for counts in _resamples(max(lengths, default=0), seed, times):
        rows = sum(counts)
        means.append(tuple(sum(map(mul, column, counts)) / rows for column in columns))
    return means


def resampled_quantiles(
    column: Sequence[float], share: float, *, seed: int, times: int = 1_000
) -> list[float]:
    """The least value that such a share of all is at most, in each resample.

    Args:
        column: a value for each row.
        share: 0 to 1, as in 0.95.
        seed: of the draws; with the same one the rows are those of `resampled_means`.
        times: how many resamples.
    """
    places = sorted(range(len(column)), key=column.__getitem__)
    quantiles = []
    for counts in _resamples(len(column), seed, times):
        seen = list(accumulate(map(counts.__getitem__, places)))
        rank = max(1, math.ceil(round(share * seen[-1], 6)))
        quantiles.append(column[places[bisect_left(seen, rank)]])
    return quantiles


def _resamples(rows: int, seed: int, times: int) -> Iterator[bytes]:
    """How often each row comes, in each resample."""
    for nth in range(times if rows else 0):
        if rows >= _EXACT:
            yield random_bytes(seed, nth, rows).translate(_TIMES)
            continue
        counts = [0] * rows
        for place in below([rows] * rows, seed, nth):
            counts[place] += 1
        yield bytes(counts)
