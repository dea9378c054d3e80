"""The score of RouterArena, against its leaderboard and small sums."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.evaluation import Point, arena_score, thrift

qualities = st.floats(0, 1)
costs = st.floats(0, 1)


@pytest.mark.parametrize(
    ("router", "accuracy", "usd_for_1000", "score"),
    [
        ("MIRT-BERT", 66.88, 0.15, 66.89),
        ("Azure-Router", 68.09, 0.54, 66.66),
        ("NIRT-BERT", 66.34, 0.21, 66.12),
        ("GPT-5", 73.96, 10.02, 64.32),
    ],
)
def test_the_leaderboard_s_rows(
    router: str, accuracy: float, usd_for_1000: float, score: float
) -> None:
    """Of 2025-11; its costs are rounded to cents, which is 0.03 of a score at the most."""
    point = Point(usd_for_1000 / 1_000, accuracy / 100)
    assert 100 * arena_score(point) == pytest.approx(score, abs=0.04)


def test_by_hand() -> None:
    # Half way between 0.0044 and 200 on the logarithm's scale, the root of their product
    # 0.88, the thrift is 1/2. S = 1.1 * 0.8 * 0.5 / (0.1 * 0.8 + 0.5) = 0.44 / 0.58
    point = Point(0.88**0.5 / 1_000, 0.8)
    assert thrift(point) == pytest.approx(0.5)
    assert arena_score(point) == pytest.approx(0.44 / 0.58)


def test_what_is_perfect_and_costs_the_least_has_1() -> None:
    assert arena_score(Point(0.0044 / 1_000, 1.0)) == pytest.approx(1.0)


@pytest.mark.parametrize("cost", [0.0, 1e-12, 0.0044 / 1_000])
def test_what_costs_nothing_counts_as_the_least_cost(cost: float) -> None:
    assert thrift(Point(cost, 0.5)) == pytest.approx(1.0)
    # 1.1 * 0.5 / (0.05 + 1)
    assert arena_score(Point(cost, 0.5)) == pytest.approx(0.55 / 1.05)


@pytest.mark.parametrize("cost", [0.2, 0.21, 1e9])
def test_what_costs_too_much_has_0(cost: float) -> None:
    assert arena_score(Point(cost, 1.0)) == pytest.approx(0.0)
    assert arena_score(Point(cost, 0.0)) == 0.0


def test_what_answers_nothing_right_has_0() -> None:
    assert arena_score(Point(0.001, 0.0)) == 0.0
    assert arena_score(Point(0.0, 0.0)) == 0.0


@given(qualities, qualities, costs)
def test_it_grows_with_accuracy(one: float, other: float, cost: float) -> None:
    worse, better = sorted((one, other))
    assert 0 <= arena_score(Point(cost, worse)) <= arena_score(Point(cost, better)) + 1e-12


@given(costs, costs, qualities)
def test_it_falls_with_cost(one: float, other: float, quality: float) -> None:
    cheap, dear = sorted((one, other))
    assert arena_score(Point(dear, quality)) <= arena_score(Point(cheap, quality)) + 1e-12 <= 1.1


def test_it_moves_with_each_between_the_bounds() -> None:
    scores = [arena_score(Point(cost, 0.7)) for cost in (0.0001, 0.001, 0.01, 0.1)]
    assert scores == sorted(set(scores), reverse=True)
    scores = [arena_score(Point(0.001, quality)) for quality in (0.1, 0.4, 0.7, 1.0)]
    assert scores == sorted(set(scores))
