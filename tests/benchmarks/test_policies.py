"""What the policies buy: the made-up requests are as stated, and the figures are sums of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from statistics import fmean, median, stdev

import pytest

import benchmarks.policies
from benchmarks.figures import Spread
from benchmarks.options import Options
from benchmarks.policies import suite
from benchmarks.policies.contenders import POLICIES, contender, name_of
from benchmarks.policies.playing import (
    FIGURES,
    baselines,
    differences_of,
    p95_ratio,
    p95_s,
    play_in,
    world_for,
)
from benchmarks.policies.priors import Points, Shape, misjudged, only, read_data, told
from benchmarks.policies.requests import Slowdown, rows_of, thirds
from router_core.decide.simulation import BASELINES, BEST_SINGLE, Difference, Played, Row, World

QUICK = Options(rounds=1, quick=True)
DATA = read_data()
README = (Path(benchmarks.policies.__file__).parent / "README.md").read_text(encoding="utf-8")
OPUS, KIMI, MINI = "claude-opus-4.6", "kimi-k2.5", "gpt-4o-mini"
SEVERAL = 4_200
"""Requests, so that what is drawn comes near to what it is drawn from."""


@cache
def several(*names: str) -> list[Row]:
    return rows_of(only(DATA, names), SEVERAL, seed=7)


@cache
def small_world() -> World:
    return world_for(DATA, 300, seed=0)


def in_seconds(*seconds: float) -> Played:
    """Answers of so many seconds each, and of nothing else."""
    count = len(seconds)
    return Played(
        choices=("m",) * count,
        quality=(1.0,) * count,
        cost_usd=(1.0,) * count,
        latency_ms=tuple(1000 * each for each in seconds),
    )


def near(shape: Shape, values: Sequence[float]) -> bool:
    """Whether values look like drawn from a lognormal."""
    sigma = stdev(map(math.log, values))
    return math.isclose(median(values), shape.median, rel_tol=0.1) and math.isclose(
        sigma, shape.sigma, rel_tol=0.1
    )


# -- the requests


def test_categories_come_by_their_shares():
    rows = several(MINI)
    for name, kind in DATA.kinds.items():
        share = sum(row.category == name for row in rows) / SEVERAL
        assert share == pytest.approx(kind.share, abs=0.02)


@pytest.mark.parametrize("category", DATA.kinds)
def test_lengths_are_those_of_the_category(category):
    rows = [row for row in several(MINI) if row.category == category]
    kind = DATA.kinds[category]
    assert near(kind.prompt_tokens, [row.prompt_tokens or 0 for row in rows])
    # This model does not think: it writes the answer's tokens, and no others.
    assert near(kind.answer_tokens, [row.told[MINI].completion_tokens or 0 for row in rows])


def test_who_thinks_writes_more_for_the_same_answer():
    for row in several(MINI, KIMI)[:50]:
        factor = DATA.models[KIMI].verbosity[row.category]
        tokens = [row.told[name].completion_tokens or 0 for name in (KIMI, MINI)]
        assert tokens[0] == pytest.approx(tokens[1] * factor, abs=factor)


@pytest.mark.parametrize("name", [MINI, KIMI])
def test_times_are_those_of_the_model(name):
    told_of = [row.told[name] for row in several(MINI, KIMI)]
    speeds = [
        1000 * (each.completion_tokens or 0) / ((each.latency_ms or 0) - (each.ttft_ms or 0))
        for each in told_of
    ]
    assert near(DATA.models[name].ttft_ms, [each.ttft_ms or 0 for each in told_of])
    assert near(DATA.models[name].tokens_per_s, speeds)


def test_a_slow_minute_is_slow_for_all_of_its_requests():
    logs = [math.log(row.told[MINI].ttft_ms or 0) for row in several(MINI)]
    minutes = [fmean(logs[at : at + 60]) for at in range(0, SEVERAL, 60)]
    # Half of the variance is the minute's; were there no minutes, it were a sixtieth.
    assert stdev(minutes) ** 2 / stdev(logs) ** 2 == pytest.approx(0.5, abs=0.15)


def test_quality_is_the_prior_itself():
    row = several(MINI, KIMI)[0]
    for name in (MINI, KIMI):
        assert row.told[name].quality == DATA.models[name].points[row.category] / 100


def test_what_one_model_draws_hangs_on_no_other_and_on_the_seed():
    both, alone = several(MINI, KIMI), several(KIMI)
    assert [row.told[KIMI] for row in both] == [row.told[KIMI] for row in alone]
    assert rows_of(only(DATA, [KIMI]), SEVERAL, seed=7) == alone
    assert rows_of(only(DATA, [KIMI]), SEVERAL, seed=8) != alone


def test_one_maker_is_slow_for_a_while_and_nobody_else():
    while_slow = thirds(90)[1]
    slowdown = Slowdown(maker="anthropic", factor=8.0, during=while_slow)
    before, after = (rows_of(DATA, 90, 0, slow) for slow in (None, slowdown))
    for number, (well, slow) in enumerate(zip(before, after, strict=True)):
        for name, its in well.told.items():
            factor = 8.0 if number in while_slow and name.startswith("claude-") else 1.0
            now = slow.told[name]
            assert now.latency_ms == pytest.approx(factor * (its.latency_ms or 0))
            assert now.ttft_ms == pytest.approx(factor * (its.ttft_ms or 0))
            assert now.completion_tokens == its.completion_tokens


def test_thirds_are_all_requests_once():
    assert [number for part in thirds(10) for number in part] == list(range(10))
    assert [len(part) for part in thirds(9)] == [3, 3, 3]


# -- what is believed


def test_other_points_replace_those_of_one_category():
    changed = told(DATA, "code", {MINI: 99.0})
    assert changed.points[MINI] == {**DATA.points[MINI], "code": 99.0}
    assert changed.points[KIMI] == DATA.points[KIMI]


def test_wrong_priors_are_off_by_so_much_either_way_within_the_scale():
    wrong = misjudged(DATA.points, 5.0, seed=1)
    off = [wrong[name][at] - its[at] for name, its in DATA.points.items() for at in its]
    assert {round(each, 9) for each in off} == {5.0, -5.0}
    assert wrong == misjudged(DATA.points, 5.0, seed=1) != misjudged(DATA.points, 5.0, seed=2)
    low: Points = {f"m{number}": {"code": 3.0} for number in range(20)}
    assert {its["code"] for its in misjudged(low, 5.0, seed=0).values()} == {0.0, 8.0}


def test_the_lists_have_the_best_first_by_what_is_believed():
    names = [model.name for model in contender(DATA, "ordered").config.categories["tools"].models]
    assert names == sorted(DATA.points, key=lambda name: -DATA.points[name]["tools"])
    believed = {name: {**its, "tools": -its["tools"]} for name, its in DATA.points.items()}
    turned = contender(DATA, "ordered", priors=believed).config.categories["tools"]
    assert [model.name for model in turned.models] == names[::-1]
    assert turned.quality == {name: its["tools"] for name, its in believed.items()}


def test_without_priors_the_lists_stay_and_nothing_else_is_told():
    told_all = contender(DATA, "balanced")
    silent = contender(DATA, "balanced", priors={})
    assert silent.config.categories["code"].models == told_all.config.categories["code"].models
    assert not silent.config.categories["code"].quality


# -- the figures


@pytest.mark.slow
def test_balanced_costs_two_fifths_less_and_is_no_worse_over_10_000_requests():
    world = world_for(DATA, suite.FULL.requests, suite.SEED)
    balanced = play_in(world, contender(DATA, "balanced"))
    best = baselines(world, suite.SEED)[BEST_SINGLE]
    saved = 100 * (1 - sum(balanced.cost_usd) / sum(best.cost_usd))
    better = 100 * (fmean(balanced.quality) - fmean(best.quality))
    assert saved >= suite.LEAST_SAVED
    assert better >= 0
    assert f"| as stated | {saved:.1f} % (" in README
    assert f"at {better:.2f} points (" in README


@pytest.mark.slow
@pytest.mark.parametrize("maker", suite.MAKERS)
def test_balanced_has_the_lower_p95_while_a_maker_is_slow(maker):
    slow = thirds(suite.FULL.requests)[1]
    slowdown = Slowdown(maker=maker, factor=suite.FACTOR, during=slow)
    world = world_for(DATA, suite.FULL.requests, suite.SEED, slowdown)
    ordered, balanced = (
        p95_s(play_in(world, contender(DATA, policy)), slow) for policy in ("ordered", "balanced")
    )
    assert balanced < ordered
    shown = {"anthropic": "of `balanced` is {:.2f} (", "moonshotai": "while Moonshot is, {:.2f} ("}
    assert shown[maker].format(balanced / ordered) in README


def test_the_best_single_model_costs_and_is_worth_the_sum_of_its_answers():
    table = suite.policies(QUICK)
    rows = rows_of(DATA, suite.QUICK.requests, suite.SEED)
    usd = sum(
        5e-6 * (row.prompt_tokens or 0) + 25e-6 * (row.told[OPUS].completion_tokens or 0)
        for row in rows
    )
    points = fmean(DATA.points[OPUS][row.category] for row in rows)
    seconds = fmean(row.told[OPUS].latency_ms or 0 for row in rows) / 1000
    shown = next(row.values for row in table.rows if row.measure == BEST_SINGLE)
    assert shown["USD/1,000"].median == pytest.approx(1000 * usd / len(rows))
    assert shown["points"].median == pytest.approx(points)
    assert shown["mean s"].median == pytest.approx(seconds)
    assert suite.against_best(QUICK).title.endswith(OPUS)


def test_the_policies_stand_beside_every_baseline():
    table = suite.policies(QUICK)
    names = [row.measure for row in table.rows]
    assert names == [*map(name_of, POLICIES), *BASELINES]
    by_name = {row.measure: row.values for row in table.rows}
    for name in names[: len(POLICIES) + 1]:
        figures = by_name[name]
        assert figures.keys() == set(FIGURES)
        for target in ("USD/1,000", "points"):
            assert figures[target].low < figures[target].median < figures[target].high
    usd, points = (
        {name: by_name[name][target].median for name in names} for target in ("USD/1,000", "points")
    )
    assert usd["cheapest"] == min(usd[name] for name in BASELINES)
    assert usd["dearest"] == max(usd.values())
    assert points["oracle"] == max(points.values())
    chance = fmean(fmean(its.values()) for its in DATA.points.values())
    assert points["random"] == pytest.approx(chance, abs=5)


def test_balanced_is_as_good_and_much_cheaper():
    saved, better = suite.against_best(QUICK).goals
    assert saved.met
    assert better.value.median > -0.5  # 300 requests tell it no better


def test_the_dial_goes_from_quality_to_thrift():
    *rows, hurried = suite.dial(QUICK).rows
    assert [row.measure for row in rows] == [str(thrift) for thrift in range(11)]
    cost = [row.values["USD/1,000"].median for row in rows]
    assert cost == sorted(cost, reverse=True)
    assert rows[0].values["points"].median > rows[-1].values["points"].median
    balanced = next(row for row in suite.policies(QUICK).rows if row.measure == suite.BALANCED)
    assert rows[5].values["USD/1,000"].median == balanced.values["USD/1,000"].median
    assert hurried.values["mean s"].median < rows[5].values["mean s"].median


def test_a_slow_maker_slows_those_who_call_it_while_it_is():
    table = suite.degraded(QUICK)
    by_name = {row.measure: row.values for row in table.rows}
    opus = by_name[f"anthropic: {BEST_SINGLE}"]
    assert opus["p95 s while"].median > 4 * opus["p95 s before"].median
    assert opus["p95 s after"].median < 2 * opus["p95 s before"].median
    other = by_name[f"moonshotai: {BEST_SINGLE}"]
    assert other["p95 s while"].median < 2 * other["p95 s before"].median
    assert {name.split(": ")[1] for name in by_name} >= set(BASELINES)
    assert len(table.goals) == len(suite.MAKERS)


def test_what_rests_on_the_priors_is_told_beside_baselines():
    rows = {row.measure: row.values for row in suite.resting(QUICK).rows}
    stated = rows["as stated"]
    against = next(
        row.values for row in suite.against_best(QUICK).rows if row.measure == suite.BALANCED
    )
    assert stated["saved %"] == against["saved %"]
    assert len(rows) == 7
    assert all(values.keys() == stated.keys() for values in rows.values())
    wrong = rows["priors wrong by 5 points"]
    assert wrong["points more"].low < wrong["points more"].high
    # Nothing beats the oracle, and Opus alone is no oracle.
    for values in rows.values():
        assert values["oracle: points more"].median >= values["points more"].median - 1e-9
        assert values["oracle: points more"].median > 0


def test_baselines_are_those_of_the_engine():
    world = small_world()
    shown = {row.measure: row.values for row in suite.policies(QUICK).rows}
    for name, played in baselines(world, suite.SEED).items():
        assert 100 * fmean(played.quality) == pytest.approx(shown[name]["points"].median)
        assert 1000 * fmean(played.cost_usd) == pytest.approx(shown[name]["USD/1,000"].median)
        assert p95_s(played) == pytest.approx(shown[name]["p95 s"].median)


def test_p95_is_that_of_the_part():
    played = in_seconds(*range(1, 101), *range(1001, 1101))
    assert p95_s(played, range(100)) == 95
    assert p95_s(played, range(100, 200)) == 1095
    assert p95_s(played) == 1090


def test_the_ratio_of_two_that_are_drawn_alike_does_not_spread():
    one, half = in_seconds(*range(2, 202, 2)), in_seconds(*range(1, 101))
    ratio = p95_ratio(half, one, range(100), seed=0, times=20)
    assert (ratio.low, ratio.median, ratio.high) == (0.5, 0.5, 0.5)


def test_differences_are_in_percent_points_and_seconds():
    told_of = differences_of(
        Difference(
            name="m",
            saved=0.25,
            saved_in=None,
            quality=-0.015,
            quality_in=None,
            p95_ms=1500.0,
            p95_in=None,
        )
    )
    assert [Spread.of([it]) for it in (25.0, -1.5, 1.5)] == told_of


def test_who_knows_one_model_alone_calls_it():
    data = only(DATA, [KIMI])
    world = world_for(data, 30, seed=0)
    played = play_in(world, contender(data, "balanced"))
    assert set(played.choices) == {KIMI}
    assert played.cost_usd == baselines(world, 0)[BEST_SINGLE].cost_usd
