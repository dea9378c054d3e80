"""AIQ as RouterBench defines it, against areas computed by hand."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.evaluation import Curve, Point, aiq, hull, span

points = st.builds(
    Point,
    cost_usd=st.integers(1, 1_000).map(lambda cents: cents / 100),
    quality=st.integers(0, 100).map(lambda percent: percent / 100),
)
curves = st.lists(points, min_size=1, max_size=10).map(lambda found: Curve(tuple(found)))


def curve(*found: tuple[float, float]) -> Curve:
    return Curve(tuple(Point(cost_usd, quality) for cost_usd, quality in found))


def corners(*found: tuple[float, float]) -> list[tuple[float, float]]:
    return [(point.cost_usd, point.quality) for point in hull(curve(*found))]


def own(found: Curve) -> tuple[float, float]:
    whole = span([found])
    assert whole is not None
    return whole


def test_two_points_have_the_mean_of_the_line_between_them() -> None:
    # (0.4 + 0.8) / 2
    assert aiq(curve((1, 0.4), (3, 0.8)), 1, 3) == pytest.approx(0.6)


def test_a_point_above_the_line_raises_the_hull() -> None:
    # (1, 0.4) to (2, 0.7): mean 0.55 over 1; (2, 0.7) to (5, 0.8): 0.75 over 3.
    # (0.55 * 1 + 0.75 * 3) / 4 = 2.8 / 4
    assert aiq(curve((5, 0.8), (1, 0.4), (2, 0.7)), 1, 5) == pytest.approx(0.7)


def test_a_point_below_the_line_is_passed_over() -> None:
    assert corners((1, 0.4), (2, 0.45), (3, 0.8)) == [(1, 0.4), (3, 0.8)]
    assert aiq(curve((1, 0.4), (2, 0.45), (3, 0.8)), 1, 3) == pytest.approx(0.6)


def test_who_pays_more_need_not_be_answered_worse() -> None:
    # (1, 0.2) to (3, 0.6): mean 0.4 over 2; then level, 0.6 over 2. (0.8 + 1.2) / 4
    assert corners((1, 0.2), (3, 0.6), (5, 0.1)) == [(1, 0.2), (3, 0.6)]
    assert aiq(curve((1, 0.2), (3, 0.6), (5, 0.1)), 1, 5) == pytest.approx(0.5)


def test_several_corners_fall_at_once_to_a_point_above_them() -> None:
    assert corners((1, 0.1), (2, 0.2), (3, 0.29), (4, 0.9)) == [(1, 0.1), (4, 0.9)]


def test_of_points_at_one_cost_the_best_counts() -> None:
    assert corners((1, 0.3), (1, 0.5), (1, 0.4)) == [(1, 0.5)]


def test_beyond_the_dearest_point_quality_stays() -> None:
    # (1, 0.4) to (3, 0.8): 0.6 over 2; level: 0.8 over 2. (1.2 + 1.6) / 4
    assert aiq(curve((1, 0.4), (3, 0.8)), 1, 5) == pytest.approx(0.7)


def test_for_less_than_the_cheapest_point_some_requests_are_answered() -> None:
    # From nothing to (2, 0.8): mean 0.4 over 2; level: 0.8 over 2. (0.8 + 1.6) / 4
    assert aiq(curve((2, 0.8)), 0, 4) == pytest.approx(0.6)
    # At 0.5 a quarter of 0.8, at 1.5 three quarters of it: 0.2 and 0.6.
    assert aiq(curve((2, 0.8)), 0.5, 1.5) == pytest.approx(0.4)


def test_a_part_of_the_range_is_cut_out_of_a_piece() -> None:
    # On the line from (1, 0.4) to (3, 0.8): at 1.5 it is 0.5, at 2 it is 0.6.
    assert aiq(curve((1, 0.4), (3, 0.8)), 1.5, 2) == pytest.approx(0.55)
    # Two corners are below it: from (2, 0.7) to (5, 0.8) at 3.5 it is 0.75, at 5 it is 0.8.
    assert aiq(curve((1, 0.4), (2, 0.7), (5, 0.8)), 3.5, 5) == pytest.approx(0.775)


def test_at_one_cost_it_is_the_quality_there() -> None:
    assert aiq(curve((1, 0.4), (3, 0.8)), 2, 2) == pytest.approx(0.6)
    assert aiq(curve((3, 0.8)), 3, 3) == 0.8
    assert aiq(curve((0, 0.5)), 0, 0) == 0.5


@pytest.mark.parametrize(
    ("low", "high"), [(2, 1), (-1, 1), (math.nan, 1), (0, math.nan), (0, math.inf)]
)
def test_of_no_range_there_is_none(low: float, high: float) -> None:
    assert aiq(curve((1, 0.4)), low, high) is None


def test_without_points_there_is_none() -> None:
    assert aiq(curve(), 0, 1) is None
    assert hull(curve()) == ()
    assert span([curve(), curve()]) is None


def test_the_span_is_that_of_all_routers() -> None:
    assert span([curve((2, 0.1), (3, 0.2)), curve(), curve((1, 0.9))]) == (1, 3)


@given(curves)
def test_over_its_own_span_it_is_between_the_least_and_the_best_quality(found: Curve) -> None:
    figure = aiq(found, *own(found))
    qualities = [point.quality for point in found.points]
    assert figure is not None
    assert min(qualities) - 1e-9 <= figure <= max(qualities) + 1e-9


@given(curves, points)
def test_a_dominated_point_changes_nothing(found: Curve, spare: Point) -> None:
    low, high = own(found)
    best_for_it = aiq(found, spare.cost_usd, spare.cost_usd)
    more = Curve((*found.points, spare))
    if best_for_it is not None and spare.cost_usd >= low and spare.quality <= best_for_it:
        assert aiq(more, low, high) == pytest.approx(aiq(found, low, high))
    elif spare.cost_usd <= high:
        before, after = aiq(found, low, high), aiq(more, low, high)
        assert before is not None
        assert after is not None
        assert after >= before - 1e-9


@given(curves, st.randoms(use_true_random=False))
def test_the_order_of_points_does_not_matter(found: Curve, chance) -> None:
    shuffled = list(found.points)
    chance.shuffle(shuffled)
    assert hull(Curve(tuple(shuffled))) == hull(found)


@given(curves)
def test_the_hull_grows_ever_more_slowly_and_no_point_is_above_it(found: Curve) -> None:
    front = hull(found)
    slopes = [
        (right.quality - left.quality) / (right.cost_usd - left.cost_usd)
        for left, right in pairwise(front)
    ]
    assert all(slope > 0 for slope in slopes)
    assert all(before > after - 1e-9 for before, after in pairwise(slopes))
    assert set(front) <= set(found.points)
    for point in found.points:
        height = aiq(found, point.cost_usd, point.cost_usd)
        assert height is not None
        assert point.quality <= height + 1e-9
