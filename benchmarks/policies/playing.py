"""Plays made-up requests under configs, and tells in rows what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import truediv
from statistics import fmean
from typing import Final

from benchmarks.figures import Spread, percentile
from benchmarks.policies.contenders import contender
from benchmarks.policies.priors import Data
from benchmarks.policies.requests import Slowdown, rows_of
from benchmarks.tables import Row
from router_core.decide import simulation
from router_core.decide.evaluation import (
    Interval,
    interval,
    resampled_quantiles,
)
from router_core.decide.simulation import (
    Contender,
    Difference,
    Figures,
    Played,
    World,
    names_in,
    ordered,
    play,
    world_of,
)

__all__ = [
    "AGAINST_BEST",
    "FIGURES",
    "baselines",
    "differences_of",
    "figures_of",
    "mean_s",
    "p95_ratio",
    "p95_s",
    "play_in",
    "row",
    "world_for",
]

FIGURES: Final = (
    "USD/1,000",
    "points",
    "mean s",
    "p50 s",
    "p95 s",
    "AIQ",
    "arena",
    "APGR",
    "CPT 50 %",
    "CPT 80 %",
)
"""What `figures_of` tells; AIQ and arena in points of 100, CPT in percent of the calls."""
SAVED, BETTER, SLOWER = "saved %", "points more", "p95 s more"
AGAINST_BEST: Final = (SAVED, BETTER, SLOWER)
"""What `differences_of` tells."""

_SLOWEST: Final = 0.95


def world_for(data: Data, count: int, seed: int, slowdown: Slowdown | None = None) -> World:
    """So many requests, and what each model makes of each."""
    rows = ordered(rows_of(data, count, seed, slowdown))
    return world_of(rows, [contender(data, "ordered")], [row.category for row in rows])


def play_in(world: World, config: Contender) -> Played:
    """What a config makes of a world."""
    names = names_in(world.models, config, [config])
    return play(world, config, names, [None] * len(world.cases))


def baselines(world: World, seed: int) -> dict[str, Played]:
    """What the baselines make of a world, by `BASELINES`; all models can take every request."""
    return simulation.baselines(world, [case.trial for case in world.cases], seed)


def mean_s(played: Played) -> float:
    """How long an answer takes on average, in seconds."""
    return fmean(_seconds(played))


def p95_s(played: Played, part: range | None = None) -> float:
    """What 95 % of the requests, or of some of them, take at most, in seconds."""
    return percentile(_seconds(played, part), _SLOWEST)


def p95_ratio(one: Played, other: Played, part: range, *, seed: int, times: int) -> Spread:
    """The first's `p95_s` as a share of the second's, the same requests drawn for both."""
    drawn = [
        resampled_quantiles(_seconds(played, part), _SLOWEST, seed=seed, times=times)
        for played in (one, other)
    ]
    figure = p95_s(one, part) / p95_s(other, part)
    return _spread(figure, interval(list(map(truediv, *drawn))))


def row(name: str, targets: Sequence[str], values: Sequence[Spread | float | None]) -> Row:
    """A row of figures, with or without intervals; ``None``: there is none."""
    told = zip(targets, values, strict=True)
    return Row(measure=name, unit="", values={to: _told(it) for to, it in told if it is not None})


def figures_of(its: Figures) -> list[Spread | float | None]:
    """A config's or a baseline's figures."""
    latency, point = its.latency, its.point
    times = (latency.mean_ms, latency.p50_ms, latency.p95_ms) if latency else (None,) * 3
    return [
        _spread(1000 * point.cost_usd, _times(its.cost_in, 1000)),
        _spread(100 * point.quality, _times(its.quality_in, 100)),
        *(None if ms is None else ms / 1000 for ms in times),
        *(_percent(each) for each in (its.aiq, its.arena)),
        its.apgr,
        *(_percent(each) for each in (its.cpt_50, its.cpt_80)),
    ]


def differences_of(its: Difference) -> list[Spread | float | None]:
    """A config's differences from the best single model."""
    return [
        None if its.saved is None else _spread(100 * its.saved, _times(its.saved_in, 100)),
        _spread(100 * its.quality, _times(its.quality_in, 100)),
        None if its.p95_ms is None else _spread(its.p95_ms / 1000, _times(its.p95_in, 0.001)),
    ]


def _seconds(played: Played, part: range | None = None) -> list[float]:
    all_ms = played.latency_ms
    some_ms = all_ms if part is None else [all_ms[number] for number in part]
    return [ms / 1000 for ms in some_ms if ms is not None]


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _times(its: Interval | None, factor: float) -> Interval | None:
    return its and Interval(its.low * factor, its.high * factor)


def _spread(figure: float, its: Interval | None) -> Spread:
    low, high = its or (figure, figure)
    return Spread(median=figure, low=low, high=high)


def _told(value: Spread | float) -> Spread:
    return value if isinstance(value, Spread) else Spread.of([value])
