"""A range of time as whole buckets of sums, and the rows at its edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

__all__ = [
    "ALWAYS",
    "DAY",
    "FIVE_MINUTES",
    "HOUR",
    "MICROS",
    "WEEK",
    "Cover",
    "Level",
    "cover",
    "floor",
]

FIVE_MINUTES: Final = 300
QUARTER: Final = 900
HOUR: Final = 3600
DAY: Final = 86_400
WEEK: Final = 7 * DAY
MICROS: Final = 1_000_000
ALWAYS: Final = (-WEEK * 10**6 * MICROS, WEEK * 10**6 * MICROS)
"""Whatever a `datetime` can say is in it, in microseconds."""


@dataclass(frozen=True, slots=True)
class Level:
    """One size of buckets.

    Attributes:
        seconds: how long one is.
        since: the first moment of the first one that is kept, in microseconds; where a
            day begins.
    """

    seconds: int
    since: int = ALWAYS[0]


@dataclass(slots=True)
class Cover:
    """What adds up to a range.

    Attributes:
        buckets: the length of buckets, the start of the first one, the end of the last one;
            in seconds.
        rows: from when to when, exclusive, in microseconds.
    """

    buckets: list[tuple[int, int, int]] = field(default_factory=list)
    rows: list[tuple[int, int]] = field(default_factory=list)


def cover(start: int, end: int, levels: Sequence[Level], rows_since: int) -> Cover:
    """Covers a range without overlap, with the largest buckets that there are.

    Where an edge is older than the rows, the bucket that it is in is taken whole.

    Args:
        start: the first moment, in microseconds.
        end: the moment after the last one.
        levels: the largest buckets first; each a multiple of the next.
        rows_since: the first moment of which the rows are kept; where a day begins.
    """
    found = Cover()
    cuts = {cut for cut in (rows_since, *(level.since for level in levels)) if start < cut < end}
    for low, high in pairwise(sorted({start, end} | cuts)):
        kept = [level for level in levels if level.since <= low]
        _cover(found, (low, high), kept, widens=high <= rows_since)
    return found


def floor(micros: int, seconds: int) -> int:
    """The start of the bucket that a moment is in, in seconds."""
    return micros // (seconds * MICROS) * seconds


def _cover(found: Cover, span: tuple[int, int], levels: list[Level], *, widens: bool) -> None:
    start, end = span
    if start >= end:
        return
    if not levels:
        if not widens:
            found.rows.append(span)
        return
    level, *rest = levels
    size = level.seconds
    if widens and not rest:
        found.buckets.append((size, floor(start, size), -floor(-end, size)))
        return
    low, high = -floor(-start, size), floor(end, size)
    if low >= high:
        _cover(found, span, rest, widens=widens)
        return
    found.buckets.append((size, low, high))
    _cover(found, (start, low * MICROS), rest, widens=widens)
    _cover(found, (high * MICROS, end), rest, widens=widens)
