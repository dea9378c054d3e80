"""AIQ: the mean quality of a router over a range of costs.

Q. J. Hu and others, "RouterBench: A Benchmark for Multi-LLM Routing System", 2024,
arXiv 2403.12031, section 3: a request can be left to either of two routers by chance, so all
on the line between two points is reached, and who pays more need not be answered worse. So
a router reaches all that is below the non-decreasing convex hull of its points; AIQ is the
integral of that hull over the costs from c_min to c_max, divided by their width.

Routers are compared over one range: what `span` has of all of them.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Iterable, Sequence
from itertools import pairwise

from router_core.decide.evaluation.points import Curve, Point

__all__ = ["aiq", "hull", "span"]


def span(curves: Iterable[Curve]) -> tuple[float, float] | None:
    """The least and the highest cost of all points, in dollars; ``None``: there is no point."""
    costs = [point.cost_usd for curve in curves for point in curve.points]
    return (min(costs), max(costs)) if costs else None


def hull(curve: Curve) -> tuple[Point, ...]:
    """The corners of the non-decreasing convex hull, from the cheapest point to the best one.

    Both cost and quality grow from each to the next, and quality ever more slowly. Beyond the
    last one the hull is level.
    """
    corners: list[Point] = []
    for point in sorted(curve.points, key=lambda each: (each.cost_usd, -each.quality)):
        if corners and point.quality <= corners[-1].quality:
            continue
        while len(corners) > 1 and _is_below(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    return tuple(corners)


def aiq(curve: Curve, low_usd: float, high_usd: float) -> float | None:
    """The mean quality from one cost a request to another, 0 to 1.

    Beyond the dearest point quality stays as it is. What costs less than the cheapest point
    is had by answering so many of the requests only, and none of the others: quality falls
    in proportion, to 0 for nothing. (RouterBench's published code counts nothing there, and
    has the range begin at 0.)

    Where both costs are equal, it is the quality at that cost. ``None``: there is no point, or
    no such range of costs.
    """
    corners = hull(curve)
    if not corners or not 0 <= low_usd <= high_usd < math.inf:
        return None
    if low_usd == high_usd:
        return _quality(corners, low_usd)
    between = (point.cost_usd for point in corners if low_usd < point.cost_usd < high_usd)
    # Between two of these the hull is straight, so its mean is that at its middle.
    bounds = [low_usd, *between, high_usd]
    return sum(
        (end - start) / (high_usd - low_usd) * _quality(corners, (start + end) / 2)
        for start, end in pairwise(bounds)
    )


def _is_below(left: Point, middle: Point, right: Point) -> bool:
    """Whether the middle one is not above the line of the others."""
    rise = (middle.quality - left.quality) * (right.cost_usd - left.cost_usd)
    return rise <= (right.quality - left.quality) * (middle.cost_usd - left.cost_usd)


def _quality(corners: Sequence[Point], cost_usd: float) -> float:
    """How high the hull is at a cost."""
    place = bisect(corners, cost_usd, key=lambda point: point.cost_usd)
    if place == len(corners):
        return corners[-1].quality
    right = corners[place]
    left = corners[place - 1] if place else Point(0.0, 0.0)
    way = (cost_usd - left.cost_usd) / (right.cost_usd - left.cost_usd)
    return left.quality + way * (right.quality - left.quality)
