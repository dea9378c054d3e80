"""The suite ``policies``: what the policies buy, if the priors of ``models.json`` are right.

Made-up requests of the built-in categories are decided by the router itself, with forecasts
and paces that learn as it goes. The figures are the same on every run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import Final

from benchmarks.figures import Spread
from benchmarks.options import Options
from benchmarks.policies.contenders import POLICIES, contender, name_of
from benchmarks.policies.playing import (
    AGAINST_BEST,
    BETTER,
    FIGURES,
    SAVED,
    baselines,
    differences_of,
    figures_of,
    mean_s,
    p95_ratio,
    p95_s,
    play_in,
    row,
    world_for,
)
from benchmarks.policies.priors import Data, Points, misjudged, only, read_data, told
from benchmarks.policies.requests import Slowdown, thirds
from benchmarks.progress import report
from benchmarks.tables import Goal, Row, Table
from router_core.decide.defaults import BUILT_IN_MODELS
from router_core.decide.policy_settings import PolicySettings
from router_core.decide.simulation import BEST_SINGLE, Played, Standings, World, compared

__all__ = ["against_best", "degraded", "dial", "policies", "resting"]

SEED: Final = 0
DIAL: Final = tuple(float(thrift) for thrift in range(11))
BALANCED, ORDERED = name_of("balanced"), name_of("ordered")
GOAL_SAVED, GOAL_BETTER = "balanced: saved against best-single", "balanced: points more than it"
LEAST_SAVED: Final = 40.0
MAKERS: Final = ("anthropic", "moonshotai")
"""Those whose models lead a list."""
FACTOR: Final = 8.0
HURRY_S: Final = 5.0
"""Of waiting that a point is worth to somebody in a hurry: a quarter of the default."""
OFF_BY: Final = 5.0
"""How many points the priors are off."""
INTERVALS: Final = "figure (95 % interval)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is played.

    Attributes:
        resamples: for the intervals of the main tables; ``few``: of the others.
        draws: of wrong priors, each over ``short`` requests.
    """

    requests: int
    resamples: int
    few: int
    draws: int
    short: int


FULL: Final = Size(requests=10_000, resamples=500, few=200, draws=20, short=2_500)
QUICK: Final = Size(requests=300, resamples=50, few=20, draws=2, short=150)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything with the data as stated.

    Attributes:
        played: by the configs' names.
        turned: `BALANCED` at each thrift.
    """

    data: Data
    world: World
    played: Mapping[str, Played]
    turned: Sequence[tuple[float, Played]]
    standings: Standings


def _size(options: Options) -> Size:
    return QUICK if options.quick else FULL


@lru_cache(maxsize=1)
def stage(size: Size) -> Stage:
    """Plays the main part, once for all tables."""
    report(f"policies: {size.requests:,} requests, and the dial")
    data = read_data()
    world = world_for(data, size.requests, SEED)
    played = {name_of(policy): play_in(world, contender(data, policy)) for policy in POLICIES}
    turned = [(thrift, _weighed(data, world, PolicySettings(thrift=thrift))) for thrift in DIAL]
    report(f"policies: {size.resamples} resamples")
    return Stage(
        data=data,
        world=world,
        played=played,
        turned=turned,
        standings=compared(world, played, {BALANCED: turned}, seed=SEED, resamples=size.resamples),
    )


def _weighed(data: Data, world: World, settings: PolicySettings) -> Played:
    return play_in(world, contender(data, "balanced", settings=settings))


def policies(options: Options) -> Table:
    """The policies and the baselines, each by itself."""
    its = stage(_size(options))
    rows = (*its.standings.configs, *its.standings.baselines)
    return Table(
        title=f"policies: {len(its.world.cases):,} requests, priors as stated",
        spread=INTERVALS,
        targets=FIGURES,
        rows=tuple(row(each.name, FIGURES, figures_of(each)) for each in rows),
        notes=(
            *_notes(its.standings),
            *(f"{name}: {_shares(played)}" for name, played in its.played.items()),
        ),
    )


def _notes(standings: Standings) -> tuple[str, ...]:
    weak, strong = standings.weak, standings.strong
    reach = "others have one point, and reach lower costs by leaving requests unanswered"
    return (
        f"made up with seed {SEED}; benchmarks/policies/README.md tells of what, and from where",
        "points: mean of the priors of who answered, no coin thrown; all rests on them",
        "policies know the prices and the priors; how fast models are they find out",
        f"{ORDERED}: the best by the priors first, in each category",
        f"AIQ of {BALANCED} and prompt-length: of the whole dial; {reach}",
        f"APGR, CPT: of the gap from {weak} to {strong}; other models recover it without a call",
    )


def against_best(options: Options) -> Table:
    """The policies against the best single model, request by request."""
    its = stage(_size(options)).standings
    rows = {each.name: differences_of(each) for each in its.differences}
    saved, better, _ = map(_as_spread, rows[BALANCED])
    return Table(
        title=f"policies: against {BEST_SINGLE}, which is {its.strong}",
        spread=INTERVALS,
        targets=AGAINST_BEST,
        rows=tuple(row(name, AGAINST_BEST, values) for name, values in rows.items()),
        goals=(
            Goal(name=GOAL_SAVED, value=saved, unit="%", limit=LEAST_SAVED, at_least=True),
            Goal(name=GOAL_BETTER, value=better, unit="points", limit=0.0, at_least=True),
        ),
    )


def dial(options: Options) -> Table:
    """`balanced` at each thrift."""
    its = stage(_size(options))
    targets = ("USD/1,000", SAVED, "points", "mean s", "p95 s")
    best = baselines(its.world, SEED)[BEST_SINGLE]
    hurry = PolicySettings(seconds_per_point=HURRY_S)
    hurried = _weighed(its.data, its.world, hurry)

    def figures(played: Played) -> list[float]:
        saved, _ = _saved_and_better(played, best)
        quality = 100 * fmean(played.quality)
        return [1000 * fmean(played.cost_usd), saved, quality, mean_s(played), p95_s(played)]

    return Table(
        title="policies: the dial of balanced, 0 (quality) to 10 (thrift)",
        spread="thrift",
        targets=targets,
        rows=(
            *(row(f"{at:g}", targets, figures(played)) for at, played in its.turned),
            row(f"5, and {hurry.seconds_per_point:g} s a point", targets, figures(hurried)),
        ),
        notes=(f"the default: 5, and {PolicySettings().seconds_per_point:g} s a point",),
    )


def degraded(options: Options) -> Table:
    """One maker's models are slow in the middle third."""
    size, data = _size(options), read_data()
    parts = dict(zip(("before", "while", "after"), thirds(size.requests), strict=True))
    slow = parts["while"]
    targets = (*(f"p95 s {name}" for name in parts), "p95 s all", "points while", "USD/1,000 while")
    rows: list[Row] = []
    goals: list[Goal] = []
    for maker in MAKERS:
        report(f"policies: {maker} slow")
        slowdown = Slowdown(maker=maker, factor=FACTOR, during=slow)
        world = world_for(data, size.requests, SEED, slowdown)
        played = {
            name_of(policy): play_in(world, contender(data, policy))
            for policy in ("ordered", "balanced", "fastest")
        }
        for name, its in (played | baselines(world, SEED)).items():
            p95s = [*(p95_s(its, part) for part in parts.values()), p95_s(its)]
            points = 100 * fmean(its.quality[number] for number in slow)
            usd = 1000 * fmean(its.cost_usd[number] for number in slow)
            rows.append(row(f"{maker}: {name}", targets, [*p95s, points, usd]))
        ratio = p95_ratio(played[BALANCED], played[ORDERED], slow, seed=SEED, times=size.few)
        goal = f"{maker} slow: p95 of balanced to that of ordered, while"
        goals.append(Goal(name=goal, value=ratio, unit="x", limit=1.0, at_least=False))
    return Table(
        title=f"policies: one maker's models take {FACTOR:g} times as long in the middle third",
        spread="maker: who chooses",
        targets=targets,
        rows=tuple(rows),
        goals=tuple(goals),
        notes=(f"goals: {INTERVALS}",),
    )


_BESIDE: Final = ("random", "prompt-length", "oracle")
"""The baselines whose differences from the best single model stand beside those of `BALANCED`."""


def resting(options: Options) -> Table:
    """How much rests on the priors: `balanced` against the best single model, with others."""
    size, data = _size(options), read_data()
    targets = (SAVED, BETTER, *(f"{name}: {it}" for name in _BESIDE for it in (SAVED, BETTER)))
    as_stated, notes = stage(size), list[str]()
    rows = [_resting_row("as stated", as_stated.world, as_stated.standings, targets)]
    for name, changed, priors in _variants(data):
        report(f"policies: {name}")
        world = world_for(changed, size.requests, SEED)
        played = {BALANCED: play_in(world, contender(changed, "balanced", priors=priors))}
        its = compared(world, played, {}, seed=SEED, resamples=size.few)
        rows.append(_resting_row(name, world, its, targets))
        notes.append(f"{name}: {BEST_SINGLE} is {its.strong}; {_shares(played[BALANCED])}")
    wrong = f"priors wrong by {OFF_BY:g} points"
    report(f"policies: {wrong}")
    rows.append(row(wrong, targets, _misjudged(data, size)))
    return Table(
        title=f"policies: what rests on the priors; balanced against {BEST_SINGLE}",
        spread=INTERVALS,
        targets=targets,
        rows=tuple(rows),
        notes=(*notes, _told_of_draws(wrong, size)),
    )


def _told_of_draws(name: str, size: Size) -> str:
    return (
        f"{name}: each up or down by a coin, in what the router believes; the median (the least.."
        f"the most) of {size.draws} draws, each over {size.short:,} requests"
    )


def _variants(data: Data) -> Iterator[tuple[str, Data, Points | None]]:
    """Data, and what the router believes of them; ``None``: what is so."""
    yield "tools by tau2-Bench", told(data, "tools", data.tools_otherwise), None
    yield "deepseek-v3.2 has 60 in code", told(data, "code", {"deepseek-v3.2": 60.0}), None
    yield "without kimi-k2.5", only(data, data.models.keys() - {"kimi-k2.5"}), None
    yield "the built-in models alone", only(data, BUILT_IN_MODELS), None
    yield "no priors told: places in the lists", data, {}


def _resting_row(name: str, world: World, its: Standings, targets: Sequence[str]) -> Row:
    """Of `BALANCED` with intervals, and of the baselines beside it."""
    mine = next(each for each in its.differences if each.name == BALANCED)
    return row(name, targets, [*differences_of(mine)[:2], *_beside(world)])


def _beside(world: World) -> Iterator[float]:
    theirs = baselines(world, SEED)
    for name in _BESIDE:
        yield from _saved_and_better(theirs[name], theirs[BEST_SINGLE])


def _misjudged(data: Data, size: Size) -> list[Spread | float | None]:
    """The cells of wrong priors: the spread over all draws of them."""
    world = world_for(data, size.short, SEED)
    best = baselines(world, SEED)[BEST_SINGLE]
    drawn = []
    for draw in range(size.draws):
        priors = misjudged(data.points, OFF_BY, draw)
        played = play_in(world, contender(data, "balanced", priors=priors))
        drawn.append(_saved_and_better(played, best))
    return [*map(Spread.of, zip(*drawn, strict=True)), *_beside(world)]


def _saved_and_better(played: Played, best: Played) -> tuple[float, float]:
    """The share of its cost that is saved, in percent, and the points more."""
    saved = 100 * (1 - sum(played.cost_usd) / sum(best.cost_usd))
    return saved, 100 * (fmean(played.quality) - fmean(best.quality))


def _shares(played: Played) -> str:
    """Who answered how much."""
    counted = Counter(played.choices).most_common()
    return ", ".join(f"{name} {100 * its / len(played.choices):.0f} %" for name, its in counted)


def _as_spread(value: Spread | float | None) -> Spread:
    if value is None:
        raise ValueError("there is no figure")
    return value if isinstance(value, Spread) else Spread.of([value])
