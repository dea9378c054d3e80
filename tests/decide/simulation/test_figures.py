"""The figures of three requests and two models, worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from router_core.decide.simulation import (
    BASELINES,
    Contender,
    Figures,
    Row,
    Standings,
    compared,
    names_in,
    play,
)
from tests.decide.simulation.worlds import (
    GOOD,
    SMALL,
    THREE,
    a_config,
    a_row,
    a_world,
    contender,
    failing,
    told,
)

SPLIT = contender(a_config({"conversation": (SMALL,), "code": (GOOD,)}), name="split")
LISTED = contender(name="listed")
CHEAPEST = contender(a_config(policy="cheapest"), name="thrifty")


def standings(
    *contenders: Contender,
    rows: Sequence[Row] = THREE,
    dials: Sequence[Contender] = (),
    seed: int = 0,
    resamples: int = 200,
) -> Standings:
    """What configs come to; ``dials``: settings of the first of them."""
    world = a_world(rows, *contenders)
    nothing = [None] * len(world.cases)

    def of(each: Contender):
        return play(world, each, names_in(world.models, each, contenders), nothing)

    curves = {contenders[0].name: [(float(n), of(each)) for n, each in enumerate(dials)]}
    return compared(
        world, {each.name: of(each) for each in contenders}, curves, seed=seed, resamples=resamples
    )


def by_name(told: Standings) -> dict[str, Figures]:
    return {each.name: each for each in (*told.configs, *told.baselines)}


def test_cost_quality_latency_and_shares() -> None:
    (its,) = standings(SPLIT).configs
    # small, good, good: 0.01 + 0.03 + 0.03 dollars; quality 1, 1, 0.5; 1, 3 and 6 seconds
    assert its.cost_usd == pytest.approx(0.07)
    assert its.point.cost_usd == pytest.approx(0.07 / 3)
    assert its.point.quality == pytest.approx(2.5 / 3)
    assert its.latency is not None
    assert its.latency.mean_ms == pytest.approx(10_000 / 3)
    assert (its.latency.p50_ms, its.latency.p95_ms) == (3000.0, 6000.0)
    assert its.shares == pytest.approx({"good": 2 / 3, "small": 1 / 3})
    assert list(its.shares) == ["good", "small"], "the largest first"


def test_the_scores_of_a_config_that_equals_the_oracle() -> None:
    found = by_name(standings(SPLIT))
    its, oracle = found["split"], found["oracle"]
    # Between 0.01 (all small) and 0.03 (all good) dollars a request; the only point is
    # (0.07 / 3, 2.5 / 3), below which quality falls in proportion, to 0.01 / (0.07 / 3) of it.
    at_low = 2.5 / 3 * 0.01 / (0.07 / 3)
    share = (0.07 / 3 - 0.01) / 0.02
    assert its.aiq == pytest.approx(share * (at_low + 2.5 / 3) / 2 + (1 - share) * 2.5 / 3)
    # Weak 1/3, strong 2.5/3; all of the gap is recovered with 2/3 of the calls.
    assert its.apgr == pytest.approx(2 / 3 / 2 + 1 / 3)
    assert its.cpt_50 == pytest.approx(0.5 * 2 / 3)
    assert its.cpt_80 == pytest.approx(0.8 * 2 / 3)
    # C = log2(200 / (1000 * 0.07 / 3)) / log2(200 / 0.0044)
    thrift = math.log2(200 / (70 / 3)) / math.log2(200 / 0.0044)
    accuracy = 2.5 / 3
    assert its.arena == pytest.approx(1.1 * accuracy * thrift / (0.1 * accuracy + thrift))
    assert its.point == oracle.point
    assert (its.aiq, its.arena, its.apgr) == (oracle.aiq, oracle.arena, oracle.apgr)


def test_a_config_that_equals_the_best_single_model_differs_by_nothing() -> None:
    told = standings(LISTED)
    found = by_name(told)
    assert told.strong == "good"
    assert told.weak == "small"
    assert found["listed"].point == found["best-single"].point
    (difference,) = told.differences
    assert (difference.saved, difference.quality, difference.p95_ms) == (0.0, 0.0, 0.0)
    assert difference.saved_in == difference.quality_in == difference.p95_in == (0.0, 0.0)


def test_a_config_of_the_cheapest_saves_two_thirds_in_every_resample() -> None:
    told = standings(CHEAPEST)
    (difference,) = told.differences
    assert difference.saved == pytest.approx(2 / 3)
    assert difference.saved_in == pytest.approx((2 / 3, 2 / 3)), "paired: 0.01 to 0.03 in each row"
    assert difference.quality == pytest.approx(-0.5)
    assert difference.p95_ms == -4000.0
    low, high = difference.quality_in or (0.0, 0.0)
    assert -1.0 <= low < -0.5 < high <= 0.0


def test_every_baseline_stands_beside_whatever_is_compared() -> None:
    told = standings(LISTED, CHEAPEST)
    assert [each.name for each in told.configs] == ["listed", "thrifty"]
    assert tuple(each.name for each in told.baselines) == BASELINES
    found = by_name(told)
    assert found["dearest"].cost_usd == pytest.approx(0.09)
    assert found["cheapest"].cost_usd == pytest.approx(0.03)
    assert found["oracle"].cost_usd == pytest.approx(0.07)
    # Prompts of 10 and 20 tokens are short, that of 30 is not.
    assert found["prompt-length"].shares == pytest.approx({"small": 2 / 3, "good": 1 / 3})


def test_a_dial_is_a_curve_of_which_the_config_is_a_point() -> None:
    (its,) = standings(SPLIT, dials=[LISTED, CHEAPEST]).configs
    assert [each.dial for each in its.curve] == [0.0, 1.0, None]
    assert [each.strong_share for each in its.curve] == pytest.approx([1.0, 0.0, 2 / 3])
    assert its.curve[-1].point == its.point
    # With (0.01, 1/3), (0.07 / 3, 2.5 / 3) and (0.03, 2.5 / 3) the hull begins at its range.
    share = (0.07 / 3 - 0.01) / 0.02
    assert its.aiq == pytest.approx(share * (1 / 3 + 2.5 / 3) / 2 + (1 - share) * 2.5 / 3)


def test_who_fails_is_paid_for_by_configs_and_known_to_baselines() -> None:
    rows = [
        a_row(0, good=failing(0.001), small=told(0.5, 0.01)),
        a_row(1, good=told(), small=told()),
    ]
    found = by_name(standings(LISTED, rows=rows))
    assert found["listed"].cost_usd == pytest.approx(0.011 + 0.01)
    assert found["listed"].fell_back == 1
    assert found["best-single"].cost_usd == pytest.approx(0.02)


def test_requests_without_an_answer_are_counted() -> None:
    rows = [a_row(0, other=told(0.9)), a_row(1, good=told(), other=told(0.9))]
    found = by_name(standings(LISTED, rows=rows))
    assert found["listed"].unanswered == 1
    assert found["listed"].point.quality == 0.5
    assert found["listed"].shares == {"good": 0.5}


def test_where_no_latency_is_known_there_is_none_to_tell() -> None:
    rows = [a_row(0, good=told(ms=None), small=told(ms=None))]
    told_ = standings(LISTED, rows=rows)
    (its,), (difference,) = told_.configs, told_.differences
    assert (its.latency, difference.p95_ms, difference.p95_in) == (None, None, None)
    assert by_name(told_)["best-single"].latency is None


def test_the_same_seed_draws_the_same_and_another_something_else() -> None:
    rows = [
        a_row(n, good=told(n % 7 / 7, 0.03, 100.0 * n), small=told(n % 3 / 3, 0.01, 50.0 * n))
        for n in range(30)
    ]
    same, again, other = (standings(CHEAPEST, rows=rows, seed=seed) for seed in (1, 1, 2))
    assert same == again
    assert by_name(same)["random"].shares != by_name(other)["random"].shares
    assert same.configs[0].quality_in != other.configs[0].quality_in


def test_nobodys_figures_depend_on_who_else_is_compared() -> None:
    alone, beside = standings(SPLIT), standings(SPLIT, CHEAPEST)
    assert beside.configs[0] == alone.configs[0]
    assert beside.differences[0] == alone.differences[0]


def test_without_resamples_there_are_no_intervals() -> None:
    told = standings(LISTED, resamples=0)
    (its,), (difference,) = told.configs, told.differences
    assert (its.quality_in, its.cost_in, difference.quality_in) == (None, None, None)
    assert difference.saved == 0.0
