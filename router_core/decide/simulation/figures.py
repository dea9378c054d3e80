"""The figures of what was made of a world: of configs, and of the baselines beside them.

All that is compared is drawn together: a resample has the same requests for everybody, so
that what two have in common does not blur their difference.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from router_core.decide.evaluation import (
    Calls,
    Choices,
    Curve,
    Interval,
    Point,
    Trial,
    aiq,
    apgr,
    arena_score,
    at_random,
    best_single,
    by_prompt_length,
    cheapest,
    cpt,
    dearest,
    interval,
    oracle,
    point_of,
    prompt_length_sweep,
    resampled_means,
    resampled_quantiles,
    share_of,
    span,
)
from router_core.decide.simulation.engine import Played
from router_core.decide.simulation.world import World

__all__ = [
    "BASELINES",
    "BEST_SINGLE",
    "Difference",
    "Figures",
    "Latency",
    "Setting",
    "Standings",
    "baselines",
    "compared",
]

BEST_SINGLE: Final = "best-single"
BASELINES: Final = (BEST_SINGLE, "dearest", "cheapest", "random", "oracle", "prompt-length")
"""What every config is told beside; no config is called so."""
_SLOWEST: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Of the answers whose latency is known, in milliseconds."""

    mean_ms: float
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a router reaches at one position of its dial.

    Attributes:
        dial: the thrift of a config; of prompt-length the share of prompts that are taken
            for short; ``None``: it has no dial, or nobody turned it.
        point: its mean cost and quality.
        strong_share: how many requests the best single model answered.
    """

    dial: float | None
    point: Point
    strong_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one config or baseline came to.

    Attributes:
        is_baseline: whether it is one.
        cost_usd: of all requests, in dollars.
        point: the mean cost of a request, and the mean quality, 0 to 1.
        quality_in: where the latter may lie; ``None``: not resampled.
        cost_in: likewise, of the mean cost; ``None`` too for baselines but the best single.
        latency: ``None``: not known of any answer.
        shares: of the requests, by the model that answered; the largest first.
        unanswered, fell_back: how many requests.
        curve: its settings, in the order of the dial; the last one is how it stands.
        aiq, arena: as in `aiq` and `arena_score`; the range of costs is that of all
            that is compared.
        apgr, cpt_50, cpt_80: between the cheapest model and the best single one, as in
            `apgr` and `cpt`.
    """

    name: str
    is_baseline: bool
    cost_usd: float
    point: Point
    quality_in: Interval | None
    cost_in: Interval | None
    latency: Latency | None
    shares: Mapping[str, float]
    unanswered: int
    fell_back: int
    curve: tuple[Setting, ...]
    aiq: float | None
    arena: float
    apgr: float | None
    cpt_50: float | None
    cpt_80: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How a config differs from the best single model, with where that may lie.

    Attributes:
        saved: the share of its cost, below 0: it is dearer; ``None``: that costs nothing.
        quality: more of it, in the unit of 0 to 1.
        p95_ms: more of it; ``None``: some latency is not known.
    """

    name: str
    saved: float | None
    saved_in: Interval | None
    quality: float
    quality_in: Interval | None
    p95_ms: float | None
    p95_in: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings:
    """All that is compared.

    Attributes:
        configs, baselines: in order.
        differences: one for each config.
        strong, weak: the best single model, and the cheapest one.
    """

    configs: tuple[Figures, ...]
    baselines: tuple[Figures, ...]
    differences: tuple[Difference, ...]
    strong: str
    weak: str


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is compared, with the plays of its dial's positions."""

    name: str
    played: Played
    dial: tuple[tuple[float, Played], ...] = ()
    is_baseline: bool = True


@dataclass(frozen=True, slots=True)
class _Draws:
    """The means of quality and cost in each resample, by name, and the 95th percentiles."""

    quality: Mapping[str, Sequence[float]]
    cost: Mapping[str, Sequence[float]]
    p95: Mapping[str, Sequence[float]]


def compared(
    world: World,
    played: Mapping[str, Played],
    curves: Mapping[str, Sequence[tuple[float, Played]]],
    *,
    seed: int,
    resamples: int,
) -> Standings:
    """What the configs came to, and the baselines.

    Args:
        world: in which they were played; it has a request.
        played: what each config made of it, by name.
        curves: what it made of it at each thrift, where that was turned.
        seed: of what is drawn.
        resamples: how many.
    """
    trials = [case.trial for case in world.cases]
    strong, weak = best_single(trials), cheapest(trials)
    entries = [
        *(_Entry(name, its, tuple(curves.get(name, ())), False) for name, its in played.items()),
        *_baselines(world, trials, seed),
    ]
    draws = _draw(entries, seed, resamples)
    figures = _Judge(world, trials, entries, draws)
    rows = [figures.of(entry) for entry in entries]
    best = next(entry for entry in entries if entry.name == BEST_SINGLE)
    return Standings(
        configs=tuple(row for row in rows if not row.is_baseline),
        baselines=tuple(row for row in rows if row.is_baseline),
        differences=tuple(
            _difference(entry, best, draws) for entry in entries if not entry.is_baseline
        ),
        strong=_most(strong),
        weak=_most(weak),
    )


def baselines(world: World, trials: Sequence[Trial], seed: int) -> dict[str, Played]:
    """What the baselines make of a world, by the names of `BASELINES`; ``trials``: its cases'.

    Prompt length takes the shorter half of the prompts for short.
    """
    lengths = sorted(trial.prompt_tokens for trial in trials)
    half = lengths[(len(lengths) - 1) // 2]
    chosen = (
        best_single(trials),
        dearest(trials),
        cheapest(trials),
        at_random(trials, seed=seed),
        oracle(trials),
        by_prompt_length(trials, longest=half),
    )
    return {name: _chosen(world, choices) for name, choices in zip(BASELINES, chosen, strict=True)}


def _baselines(world: World, trials: Sequence[Trial], seed: int) -> list[_Entry]:
    sweep = prompt_length_sweep(trials)
    turned = tuple(
        (step / max(1, len(sweep) - 1), _chosen(world, choices))
        for step, choices in enumerate(sweep)
    )
    *still, by_length = (
        _Entry(name, played) for name, played in baselines(world, trials, seed).items()
    )
    return [*still, replace(by_length, dial=turned)]


def _chosen(world: World, choices: Choices) -> Played:
    """What choices come to that are made beforehand; nobody is sent where the call fails."""
    met = [
        None if model is None else case.answers[model]
        for case, model in zip(world.cases, choices, strict=True)
    ]
    return Played(
        choices=tuple(choices),
        quality=tuple(each.quality if each else 0.0 for each in met),
        cost_usd=tuple(each.cost_usd if each else 0.0 for each in met),
        latency_ms=tuple(each.latency_ms if each else None for each in met),
    )


def _point(played: Played) -> Point:
    count = len(played.choices)
    return Point(math.fsum(played.cost_usd) / count, math.fsum(played.quality) / count)


def _most(choices: Choices) -> str:
    counted = Counter(each for each in choices if each is not None)
    return min(counted, key=lambda name: (-counted[name], name), default="")


# -- drawing


def _draw(entries: Sequence[_Entry], seed: int, times: int) -> _Draws:
    """Draws what is shown: of baselines but the best single model, quality alone."""
    rivals = [each for each in entries if each.name == BEST_SINGLE or not each.is_baseline]
    quality = {each.name: each.played.quality for each in entries}
    cost = {each.name: each.played.cost_usd for each in rivals}
    # Those who chose alike have one column: each takes a third of a second for 10,000 requests.
    columns = tuple(dict.fromkeys((*quality.values(), *cost.values())))
    drawn = zip(*resampled_means(columns, seed=seed, times=times), strict=True)
    means = dict(zip(columns, drawn, strict=True)) if times else dict.fromkeys(columns, ())
    slow = {each.name: _all_known(each.played.latency_ms) for each in rivals}
    return _Draws(
        quality={name: means[column] for name, column in quality.items()},
        cost={name: means[column] for name, column in cost.items()},
        p95={
            name: resampled_quantiles(column, _SLOWEST, seed=seed, times=times)
            for name, column in slow.items()
            if column
        },
    )


def _all_known(latencies: Sequence[float | None]) -> list[float]:
    """All latencies; none where one is not known."""
    known = [each for each in latencies if each is not None]
    return known if len(known) == len(latencies) else []


def _difference(entry: _Entry, best: _Entry, draws: _Draws) -> Difference:
    own, other = _point(entry.played), _point(best.played)
    pairs = zip(draws.cost[entry.name], draws.cost[best.name], strict=True)
    saved = [_saved(mine, its) for mine, its in pairs]
    better = zip(draws.quality[entry.name], draws.quality[best.name], strict=True)
    slower = zip(draws.p95.get(entry.name, ()), draws.p95.get(best.name, ()), strict=False)
    mine, its = _all_known(entry.played.latency_ms), _all_known(best.played.latency_ms)
    return Difference(
        name=entry.name,
        saved=_saved(own.cost_usd, other.cost_usd),
        saved_in=interval(saved),
        quality=own.quality - other.quality,
        quality_in=interval([one - two for one, two in better]),
        p95_ms=_quantile(mine, _SLOWEST) - _quantile(its, _SLOWEST) if mine and its else None,
        p95_in=interval([one - two for one, two in slower]),
    )


def _saved(usd: float, of_usd: float) -> float | None:
    return 1 - usd / of_usd if of_usd > 0 else None


def _quantile(values: Sequence[float], share: float) -> float:
    """The least value that such a share of all is at most."""
    ordered = sorted(values)
    return ordered[max(1, math.ceil(round(share * len(ordered), 6))) - 1]


# -- judging


class _Judge:
    """Makes the figures of entries, by what all of them have in common."""

    def __init__(
        self, world: World, trials: Sequence[Trial], entries: Sequence[_Entry], draws: _Draws
    ) -> None:
        self._trials, self._draws = trials, draws
        self._requests = len(world.cases)
        strong, weak = best_single(trials), cheapest(trials)
        self._strong_name = _most(strong)
        self._strong = point_of(trials, strong) or Point(0.0, 0.0)
        self._weak = point_of(trials, weak) or Point(0.0, 0.0)
        self._curves = {entry.name: self._settings(entry) for entry in entries}
        points = (setting.point for curve in self._curves.values() for setting in curve)
        self._low, self._high = span([Curve(tuple(points))]) or (0.0, 0.0)

    def of(self, entry: _Entry) -> Figures:
        """The figures of one."""
        played, draws = entry.played, self._draws
        curve, point = self._curves[entry.name], _point(played)
        calls = [Calls(each.strong_share, each.point.quality) for each in curve]
        weak, strong = self._weak.quality, self._strong.quality
        answered = Counter(each for each in played.choices if each is not None)
        return Figures(
            name=entry.name,
            is_baseline=entry.is_baseline,
            cost_usd=math.fsum(played.cost_usd),
            point=point,
            quality_in=interval(draws.quality[entry.name]),
            cost_in=interval(draws.cost.get(entry.name, ())),
            latency=_latency(played.latency_ms),
            shares={
                name: count / self._requests
                for name, count in sorted(answered.items(), key=lambda it: (-it[1], it[0]))
            },
            unanswered=self._requests - answered.total(),
            fell_back=played.fell_back,
            curve=curve,
            aiq=aiq(Curve(tuple(each.point for each in curve)), self._low, self._high),
            arena=arena_score(point),
            apgr=apgr(calls, weak=weak, strong=strong),
            cpt_50=cpt(calls, 0.5, weak=weak, strong=strong),
            cpt_80=cpt(calls, 0.8, weak=weak, strong=strong),
        )

    def _settings(self, entry: _Entry) -> tuple[Setting, ...]:
        turned = (*entry.dial, (None, entry.played))
        return tuple(
            Setting(
                dial=dial,
                point=_point(played),
                strong_share=share_of(self._strong_name, played.choices) or 0.0,
            )
            for dial, played in turned
        )


def _latency(latencies: Sequence[float | None]) -> Latency | None:
    known = [each for each in latencies if each is not None]
    if not known:
        return None
    return Latency(
        mean_ms=math.fsum(known) / len(known),
        p50_ms=_quantile(known, 0.5),
        p95_ms=_quantile(known, _SLOWEST),
    )
