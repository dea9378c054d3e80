"""Intervals: as wide as theory has them, and the same for the same seed."""

from __future__ import annotations

import random
from collections import Counter
from statistics import NormalDist, fmean, pvariance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router_core.decide.evaluation import interval, resampled_means, resampled_quantiles
from router_core.decide.evaluation.bootstrap import _TIMES

MANY = 1_200
"""Rows that are drawn by the byte."""


def normal(rows: int, seed: int = 0) -> list[float]:
    """Values as a normal distribution with deviation 1 has them, in any order."""
    values = [NormalDist().inv_cdf((row + 0.5) / rows) for row in range(rows)]
    random.Random(seed).shuffle(values)
    return values


def means_of(values: list[float], *, seed: int = 7, times: int = 1_000) -> list[float]:
    return [mean for (mean,) in resampled_means([values], seed=seed, times=times)]


def test_a_row_comes_as_often_as_poisson_has_it() -> None:
    # 95 + 46 * 2 + 16 * 3 + 4 * 4 + 5 = 256; 95 + 46 * 4 + 16 * 9 + 4 * 16 + 25 = 512.
    assert len(_TIMES) == 256
    assert fmean(_TIMES) == 1
    assert pvariance(_TIMES) == 1


@pytest.mark.parametrize("rows", [400, MANY])
def test_a_mean_is_as_uncertain_as_theory_has_it(rows: int) -> None:
    found = interval(means_of(normal(rows)))
    # 95 % of a normal distribution are within 1.96 deviations, here of 1 / sqrt(rows).
    # A thousand resamples tell either bound within some 5 %; 12 % is more than two of that.
    assert found is not None
    assert found.high == pytest.approx(1.96 / rows**0.5, rel=0.12)
    assert found.low == pytest.approx(-1.96 / rows**0.5, rel=0.12)


def test_two_rows_come_both_or_one_of_them_twice() -> None:
    counts = Counter(means_of([0.0, 1.0], times=4_000))
    # 1/4, 1/2, 1/4 of 4,000; deviations sqrt(4,000 * 3/16) = 27.4 and sqrt(1,000) = 31.6.
    assert counts[0.0] == pytest.approx(1_000, abs=4 * 27.4)
    assert counts[0.5] == pytest.approx(2_000, abs=4 * 31.6)
    assert counts[1.0] == pytest.approx(1_000, abs=4 * 27.4)
    assert counts.total() == counts[0.0] + counts[0.5] + counts[1.0]


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    chance, held, traces = random.Random(5), 0, 200
    for seed in range(traces):
        trace = [float(chance.random() < 0.7) for _ in range(40)]
        found = interval(means_of(trace, seed=seed, times=100), level=0.9)
        assert found is not None
        held += found.low <= 0.7 <= found.high
    # Binomial: 180 of 200, deviation 4.2; with few rows a little less is known of it.
    assert 165 <= held <= 193


@pytest.mark.parametrize("rows", [50, MANY])
def test_columns_are_drawn_together(rows: int) -> None:
    one = normal(rows)
    other = [value + 0.25 for value in one]
    pairs = resampled_means([one, other], seed=3, times=50)
    assert [second - first for first, second in pairs] == [pytest.approx(0.25)] * 50
    assert len({round(first, 9) for first, _ in pairs}) > 40
    assert [first for first, _ in pairs] == means_of(one, seed=3, times=50)


@pytest.mark.parametrize("rows", [50, MANY])
def test_the_same_seed_draws_the_same(rows: int) -> None:
    values = normal(rows)
    assert means_of(values, seed=1, times=20) == means_of(values, seed=1, times=20)
    assert means_of(values, seed=1, times=20)[:5] == means_of(values, seed=1, times=5)
    assert means_of(values, seed=1, times=20) != means_of(values, seed=2, times=20)


def test_the_draws_are_the_same_on_every_machine() -> None:
    assert means_of([0.0, 1.0, 2.0, 3.0], seed=1, times=4) == [1.75, 1.5, 1.25, 0.5]


@pytest.mark.parametrize("rows", [400, MANY])
def test_a_quantile_is_as_uncertain_as_theory_has_it(rows: int) -> None:
    found = interval(resampled_quantiles(normal(rows), 0.5, seed=2))
    # A normal median's deviation is sqrt(pi / 2) = 1.2533 of the mean's.
    bound = 1.96 * 1.2533 / rows**0.5
    assert found is not None
    assert found.high == pytest.approx(bound, rel=0.15)
    assert found.low == pytest.approx(-bound, rel=0.15)


def test_a_quantile_is_a_value_of_that_rank() -> None:
    # Ten equal rows of each of 0 to 99: however they are drawn, the highest share is the top.
    values = [float(value) for value in range(100) for _ in range(10)]
    assert interval(resampled_quantiles(values, 1.0, seed=0, times=50)) == (99.0, 99.0)
    assert interval(resampled_quantiles(values, 0.0, seed=0, times=50)) == (0.0, 0.0)
    found = interval(resampled_quantiles(values, 0.95, seed=0, times=200))
    # The 950th of 1,000, deviation sqrt(1,000 * 0.95 * 0.05) = 6.9 rows: 1.96 of it are 1.35.
    assert found is not None
    assert found.low == pytest.approx(94 - 1.35, abs=1)
    assert found.high == pytest.approx(94 + 1.35, abs=1)


def test_a_row_that_was_not_drawn_is_no_quantile() -> None:
    least = Counter(resampled_quantiles([0.0, 1.0], 0.0, seed=0, times=400))
    # 1 is the least where it was drawn twice: a quarter of 400, deviation sqrt(400 * 3/16) = 8.7.
    assert least[1.0] == pytest.approx(100, abs=4 * 8.7)


def test_the_percentiles_leave_as_many_out_on_either_side() -> None:
    figures: list[float | None] = [float(value) for value in range(1_000)]
    random.Random(1).shuffle(figures)
    # 2.5 % of 1,000 are 25: 0 to 24, and 975 to 999.
    assert interval(figures) == (25.0, 974.0)
    assert interval(figures, level=0.5) == (250.0, 749.0)
    assert interval([3.0]) == (3.0, 3.0)
    assert interval([1.0, 2.0], level=0.0) == (1.0, 2.0)
    assert interval([1.0, 2.0, 3.0], level=0.0) == (2.0, 2.0)


def test_what_is_not_defined_in_a_resample_has_no_interval() -> None:
    assert interval([1.0, None, 2.0]) is None
    assert interval([]) is None


def test_without_rows_there_is_nothing_to_draw() -> None:
    assert resampled_means([[], []], seed=0) == []
    assert resampled_means([], seed=0) == []
    assert resampled_quantiles([], 0.5, seed=0) == []


def test_columns_of_two_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        resampled_means([[1.0], [1.0, 2.0]], seed=0)


@settings(max_examples=50)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers())
def test_no_mean_is_beyond_the_values(values: list[float], seed: int) -> None:
    for mean in means_of(values, seed=seed, times=5):
        assert min(values) - 1e-9 <= mean <= max(values) + 1e-9
    assert set(resampled_quantiles(values, 0.9, seed=seed, times=5)) <= set(values)
