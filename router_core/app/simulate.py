"""Replays a trace under several configs, and compares what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from router_core.app.classify import Classify
from router_core.decide.chat import ChatRequest
from router_core.decide.classification import Classification
from router_core.decide.config import Mode, ModelKey, RoutingConfig
from router_core.decide.config_uses import lists_of
from router_core.decide.config_warnings import several
from router_core.decide.policies import POLICIES
from router_core.decide.simulation import (
    Contender,
    Played,
    Row,
    Standings,
    Unplayable,
    World,
    compared,
    names_in,
    ordered,
    play,
    world_of,
)
from router_core.errors import ConfigError

__all__ = ["Simulate", "Simulation"]

_DIAL: Final = tuple(float(thrift) for thrift in range(11))

_Classified = Sequence[Classification | None]
"""What each request was found to be; ``None``: its category is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What a replay came to.

    Attributes:
        requests, answers: how many there are.
        by_priors: of how many answers the quality is not measured, but the config's prior.
        models: the trace's names of them.
        notes: what to know before the figures are believed, a line each, for a person.
    """

    requests: int
    answers: int
    by_priors: int
    models: tuple[str, ...]
    seed: int
    resamples: int
    standings: Standings
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Simulate:
    """The use case.

    Attributes:
        classify: over the classifiers that need nothing outside this process.
        says: told what is going on, a line each, for a person who waits.
    """

    classify: Classify
    says: Callable[[str], None] = lambda _: None

    async def __call__(
        self,
        rows: Sequence[Row],
        contenders: Sequence[Contender],
        *,
        seed: int,
        resamples: int,
        turns_dial: bool,
    ) -> Simulation:
        """Replays, and compares.

        Args:
            rows: of the trace; at least one.
            contenders: the configs, each of another name; at least one.
            seed: of all that is drawn.
            resamples: how many, for the intervals.
            turns_dial: whether configs that have a thrift are played at all of it.

        Raises:
            ConfigError: the trace and a config do not go together.
        """
        rows = ordered(rows)
        found = [await self._classified(rows, each) for each in contenders]
        first = [
            row.category if its is None else its.category
            for row, its in zip(rows, found[0], strict=True)
        ]
        try:
            world = world_of(rows, contenders, first)
        except Unplayable as error:
            raise ConfigError(str(error)) from None
        played: dict[str, Played] = {}
        curves: dict[str, list[tuple[float, Played]]] = {}
        all_names = [names_in(world.models, each, contenders) for each in contenders]
        for each, classified, names in zip(contenders, found, all_names, strict=True):
            self.says(f"playing {each.name}")
            played[each.name] = play(world, each, names, classified)
            if turns_dial and _has_dial(each.config):
                curves[each.name] = [
                    (thrift, play(world, _turned(each, thrift), names, classified))
                    for thrift in _DIAL
                ]
        self.says(f"drawing {resamples} resamples")
        return Simulation(
            requests=len(world.cases),
            answers=world.answers,
            by_priors=world.by_priors,
            models=world.models,
            seed=seed,
            resamples=resamples,
            standings=compared(world, played, curves, seed=seed, resamples=resamples),
            notes=(
                *_notes(world, contenders, found, played),
                *_notes_on_models(world, contenders, found, all_names),
            ),
        )

    async def _classified(self, rows: Sequence[Row], contender: Contender) -> _Classified:
        config, name = contender.config, contender.name
        mode = _mode_here(config)
        found: list[Classification | None] = []
        for row in rows:
            if not row.category:
                request = ChatRequest(messages=row.messages, body={})
                found.append(await self.classify(request, config, mode))
            elif row.category in config.categories:
                found.append(None)
            else:
                raise ConfigError(f"{row.where}: {name} has no category {row.category!r}")
        return found


def _mode_here(config: RoutingConfig) -> Mode:
    """The part of a config's mode that needs nothing outside this process."""
    return Mode.KEYWORDS if config.mode is Mode.KEYWORDS else Mode.EMBEDDED


def _has_dial(config: RoutingConfig) -> bool:
    return any(POLICIES[category.policy].by_quality for category in config.categories.values())


def _turned(contender: Contender, thrift: float) -> Contender:
    """A config with every category at one thrift."""
    config = contender.config
    categories = {
        name: replace(category, thrift=None) for name, category in config.categories.items()
    }
    policies = replace(config.policies, thrift=thrift)
    return replace(contender, config=replace(config, categories=categories, policies=policies))


def _notes_on_models(
    world: World,
    contenders: Sequence[Contender],
    found: Sequence[_Classified],
    all_names: Sequence[Mapping[ModelKey, str]],
) -> Iterator[str]:
    """Which models the trace or the configs have alone: a name may be misspelt."""
    reached, absent = set[str](), list[str]()
    for each, classified, names in zip(contenders, found, all_names, strict=True):
        listed = {model.key for models in lists_of(each.config).values() for model in models}
        reached |= {names[key] for key in listed & names.keys()}
        met = {
            its.category if its else case.category
            for case, its in zip(world.cases, classified, strict=True)
        }
        lists = (its.models for name, its in each.config.categories.items() if name in met)
        lacking = dict.fromkeys(
            model.name for models in lists for model in models if model.key not in names
        )
        if lacking:
            absent.append(
                f"{each.name}: never called, as the trace lacks them: {several(list(lacking))}"
            )
    if alone := [name for name in world.models if name not in reached]:
        yield f"in no list of a config, so that baselines alone call them: {several(alone)}"
    yield from absent


def _notes(
    world: World,
    contenders: Sequence[Contender],
    found: Sequence[_Classified],
    played: Mapping[str, Played],
) -> Iterator[str]:
    if world.by_priors:
        some = f" of {world.by_priors} of {world.answers} answers"
        of = "" if world.by_priors == world.answers else some
        whose = f" ({contenders[0].name})" if len(contenders) > 1 else ""
        yield f"quality{of} by the priors of the config{whose}, not measured"
    for each, classified in zip(contenders, found, strict=True):
        mode = _mode_here(each.config)
        if any(classified) and mode is not each.config.mode:
            yield f"{each.name}: classified by {mode} alone, not {each.config.mode}"
        told = played[each.name]
        if lost := told.choices.count(None):
            yield f"{each.name}: {lost} requests got no answer, which counts as quality 0"
        untimed = sum(
            ms is None and by is not None
            for ms, by in zip(told.latency_ms, told.choices, strict=True)
        )
        if untimed:
            yield f"{each.name}: of {untimed} answers the latency is not known"
