"""Distributions: every quantile within 1 % of the exact one, and sums of them exact."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_core.decide.histogram import BINS, ZERO, Histogram

SHARES = [0.0, 0.01, 0.07, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0]
ACCURACY = 0.01 + 1e-9
"""At the very bound of two bins the last digit of a logarithm decides."""


def of(values: list[float]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


def exact(values: list[float], share: float) -> float:
    """The nearest rank, in whole thousandths."""
    rank = -(-round(share * 1000) * len(values) // 1000)
    return sorted(values)[max(rank, 1) - 1]


def check(values: list[float]) -> None:
    found = of(values).quantiles(SHARES)
    assert found == [
        pytest.approx(exact(values, share), rel=ACCURACY, abs=1e-6) for share in SHARES
    ]


@given(st.lists(st.floats(0.0, 1e15), min_size=1))
def test_quantiles_of_anything(values: list[float]) -> None:
    check(values)


@pytest.mark.parametrize(
    "shape",
    [
        lambda chance: chance.uniform(1e-5, 1e-3),
        lambda chance: chance.uniform(1e8, 1e12),
        lambda chance: 100.0,
        lambda chance: chance.gauss(*chance.choice([(5.0, 0.1), (9_000.0, 300.0)])),
        lambda chance: chance.paretovariate(0.5),
        lambda chance: chance.lognormvariate(7, 2),
        lambda chance: 0.0 if chance.random() < 0.6 else chance.expovariate(0.01),
        lambda chance: float(chance.randrange(1, 4)),
    ],
    ids=["tiny", "huge", "constant", "bimodal", "heavy tail", "wide", "mostly 0", "few values"],
)
@pytest.mark.parametrize("count", [1, 7, 100, 3_000])
def test_quantiles_of_any_shape_of_load(shape, count: int) -> None:
    chance = random.Random(count)
    check([min(shape(chance), 1e15) for _ in range(count)])


def test_every_rank_is_met_whatever_its_share_is_in_binary() -> None:
    for count in range(1, 500, 7):
        values = [1.03**n for n in range(count)]
        shares = [share / 100 for share in range(1, 101)]
        for share, found in zip(range(1, 101), of(values).quantiles(shares), strict=True):
            assert found == pytest.approx(values[-(-share * count // 100) - 1], rel=ACCURACY)


@given(st.lists(st.lists(st.floats(0.0, 1e15))))
def test_merged_they_are_as_if_all_came_to_one(parts: list[list[float]]) -> None:
    merged = Histogram()
    for part in parts:
        merged.merge(of(part))

    values = [value for part in parts for value in part]
    assert merged.bins == of(values).bins
    assert merged.count == len(values)
    assert merged.total == pytest.approx(math.fsum(values))


def test_the_mean_is_exact_and_of_nothing_there_is_none() -> None:
    assert of([1.0, 2.0, 6.0]).mean == 3.0
    assert Histogram().mean is None


@pytest.mark.parametrize("odd", [math.nan, -1.0, -math.inf, 1e-7])
def test_what_is_no_duration_counts_as_zero(odd: float) -> None:
    histogram = of([odd])
    assert histogram.bins == {ZERO: 1}
    assert histogram.quantiles([0.5]) == [0.0]
    assert histogram.mean == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("odd", [math.inf, 1e300])
def test_what_is_too_long_counts_as_the_longest(odd: float) -> None:
    histogram = of([odd])
    assert histogram.mean == 1e15
    assert histogram.quantiles([1.0]) == [pytest.approx(1e15, rel=ACCURACY)]


@given(st.lists(st.floats(), min_size=1))
def test_there_are_no_bins_but_those(values: list[float]) -> None:
    assert of(values).bins.keys() <= {ZERO, *BINS}
    assert len(BINS) < 2500


def test_a_microsecond_to_a_day_takes_few_bins() -> None:
    day_ms, values = 86_400_000.0, [0.001]
    while values[-1] < day_ms:
        values.append(values[-1] * 1.005)
    assert len(of(values).bins) <= 1500
