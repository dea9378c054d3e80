"""Who is called for a request, in which order: a list, its policy, the limits and the models.

    considered(models_of("code", query.config), query)

Each model is judged: whether it can take the request, is well, and is within the limits.
Those that may be called now are ordered by the category's policy, which the conversation's
model precedes where it leads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from router_core.decide.candidates import (
    Candidate,
    Chance,
    Outlook,
    Prospect,
    as_they_stand,
    candidates,
)
from router_core.decide.config import Category, ModelKey, ModelRef, RoutingConfig
from router_core.decide.demands import Demands
from router_core.decide.forecast import NOTHING_KNOWN, Expectation, Forecast
from router_core.decide.limiting import exceeding, excluding
from router_core.decide.policies import POLICIES, Option, Policy, Terms
from router_core.decide.request_limits import NO_LIMITS, RequestLimits

__all__ = [
    "Considered",
    "Models",
    "RouteQuery",
    "considered",
    "models_for_upkeep",
    "models_of",
]

_TRIAL_AFTER: Final = 10
"""After how many decisions for others a model is tried of which it is not known how fast it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteQuery:
    """One request, as far as it matters for who answers it.

    Attributes:
        demands: what it asks of a model.
        outlook: tells what is known of a model.
        limits: what it may take: the operator's limits and the caller's.
        forecast: what it is expected to take with each model; ``None``: nothing is known.
    """

    config: RoutingConfig
    demands: Demands
    outlook: Outlook
    limits: RequestLimits = NO_LIMITS
    forecast: Forecast | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """A list of models, what list that is, for a person, and what orders it.

    Attributes:
        listed: in the users' order.
        category: of which they are, or whose requests they take.
        policy: by its name.
        leader: who comes before all others whatever the policy says; ``None``: nobody.
        is_locked: whether the conversation may not leave that one now.
    """

    listed: tuple[ModelRef, ...]
    where: str
    category: Category
    policy: str
    leader: ModelRef | None = None
    is_locked: bool = False

    @property
    def in_order(self) -> tuple[ModelRef, ...]:
        """The list, the leader first."""
        if self.leader is None:
            return self.listed
        key = self.leader.key
        return (self.leader, *(each for each in self.listed if each.key != key))

    def holds(self, model: ModelRef) -> bool:
        """Whether ``model`` is in the list, under whatever name."""
        return any(each.key == model.key for each in self.listed)

    def led_by(self, model: ModelRef, *, is_locked: bool = False) -> Models:
        """The list with ``model`` before the others."""
        where = f"{self.where}, the session's model first"
        return replace(self, where=where, leader=model, is_locked=is_locked)


def models_of(name: str, config: RoutingConfig) -> Models:
    """The models of a category."""
    category = config.categories[name]
    policy = category.policy
    return Models(
        listed=category.models, where=f"{name} ({policy})", category=category, policy=policy
    )


def models_for_upkeep(category: str, config: RoutingConfig) -> Models:
    """The models for the clients' own upkeep."""
    if config.housekeeping:
        return Models(
            listed=config.housekeeping,
            where="the housekeeping list",
            category=config.categories[category],
            policy="ordered",
        )
    return models_of(category, config)


class Considered(NamedTuple):
    """The part of a decision that is the same whatever led to the list.

    Attributes:
        candidates, last_resort, holder: as in `RouteDecision`.
        chosen: how the policy chose, and whom the limits dropped, in words for a person;
            empty: the list did, and nobody.
    """

    candidates: tuple[Candidate, ...]
    last_resort: ModelRef | None
    holder: ModelRef | None
    chosen: str = ""


def considered(models: Models, query: RouteQuery) -> Considered:
    """Judges each model of a list, and the last resort after them."""
    listed, last_resort = models.in_order, query.config.last_resort
    if last_resort is not None and any(last_resort.key == model.key for model in listed):
        last_resort = None
    whole = listed if last_resort is None else (*listed, last_resort)
    policy, is_limited = POLICIES[models.policy], query.limits is not NO_LIMITS
    expected = _Expected(models.category.name, query)
    asked_twice = is_limited or policy.uses_figures
    outlook = expected.outlook if asked_twice else query.outlook
    judged = candidates(whole, models.where, query.demands, outlook)
    unsure: frozenset[ModelRef] = frozenset()
    if is_limited:
        judged, unsure = _within_limits(models, judged, query, expected)
    holder, chosen = _first_choice(listed, judged), ""
    if unsure or policy.uses_figures:
        judged, chosen = _ranked(models, judged, expected, unsure, last_resort)
        if chosen:
            holder = judged[0].model
    if last_resort is not None:
        judged = tuple(
            replace(each, reason="the last resort")
            if each.eligible and each.model == last_resort
            else each
            for each in judged
        )
    return Considered(
        candidates=judged,
        last_resort=last_resort,
        holder=holder,
        chosen="; ".join(filter(None, (chosen, _dropped(judged)))),
    )


def _first_choice(listed: tuple[ModelRef, ...], judged: tuple[Candidate, ...]) -> ModelRef | None:
    first = judged[0]
    if first.eligible and first.model == listed[0]:
        return first.model
    callable_ = {each.model for each in judged if each.chance <= Chance.RESTING}
    return next((model for model in listed if model in callable_), None)


class _Expected:
    """What is known of each model, and what the request is expected to take with it.

    Looked up once for all who ask.
    """

    def __init__(self, category: str, query: RouteQuery) -> None:
        self.query = query
        self.forecast = query.forecast.of(category) if query.forecast is not None else None
        self.made: dict[str, Expectation] = {}
        self._seen: dict[str, Prospect] = {}

    def outlook(self, model: ModelRef) -> Prospect:
        seen = self._seen.get(model.name)
        if seen is None:
            seen = self._seen[model.name] = self.query.outlook(model)
        return seen

    def of(self, model: ModelRef) -> Expectation:
        if self.forecast is None:
            return NOTHING_KNOWN
        name = model.name
        made = self.made.get(name)
        if made is None:
            seen = self._seen.get(name) or self.outlook(model)
            made = self.made[name] = self.forecast.of(model, seen.info, seen.rates)
        return made


# -- limits


def _within_limits(
    models: Models, judged: tuple[Candidate, ...], query: RouteQuery, expected: _Expected
) -> tuple[tuple[Candidate, ...], frozenset[ModelRef]]:
    """Leaves out whom the limits leave out; and of whom they cannot tell.

    No conversation is broken in the middle of a turn because its model has become slow.
    """
    locked, limits = models.leader if models.is_locked else None, query.limits
    kept, out, unsure = [], [], []
    why_not = excluding(limits, query.config) if limits.choose_among else None
    too_much = exceeding(limits)
    patiently = exceeding(replace(limits, max_ttft_ms=None)) if locked else too_much
    for each in judged:
        is_sure, why = True, why_not(each.model) if why_not is not None else None
        if why is None and each.chance < Chance.UNFIT:
            exceeds = patiently if each.model is locked else too_much
            why, is_sure = exceeds(expected.of(each.model))
        if why is not None:
            out.append(Candidate(model=each.model, chance=Chance.OUTSIDE, reason=why))
            continue
        kept.append(each)
        if each.chance is Chance.ELIGIBLE and not is_sure:
            unsure.append(each.model)
    return (*kept, *out), frozenset(unsure)


def _dropped(judged: Sequence[Candidate]) -> str:
    """Whom the limits left out, for a person."""
    names = [each.model.name for each in judged if each.chance is Chance.OUTSIDE]
    return f"limits dropped {', '.join(names)}" if names else ""


# -- the policy


def _ranked(
    models: Models,
    judged: tuple[Candidate, ...],
    expected: _Expected,
    unsure: frozenset[ModelRef],
    last_resort: ModelRef | None,
) -> tuple[tuple[Candidate, ...], str]:
    """Those that may be called, in the policy's order, and how it chose the first.

    Args:
        unsure: of whom the limits cannot tell; they come after the others.
        last_resort: stays where it is, as the conversation's model does.
    """
    first, free, others = _parted(judged, models.leader, last_resort)
    if not free:
        return judged, ""
    policy, terms = POLICIES[models.policy], _terms(models, expected.query)
    ranked = list(policy.order(_options(models, expected, free), terms))
    peers = ranked
    floor = models.category.floor if policy.uses_figures else None
    if unsure or floor is not None:

        def behind(option: Option) -> tuple[bool, bool]:
            return option.model in unsure, floor is not None and option.quality < floor

        ranked.sort(key=behind)
        peers = [option for option in ranked if behind(option) == behind(ranked[0])]
    tried = _trial(policy, peers, terms, expected) if policy.by_time else None
    if tried is not None:
        ranked = [tried, *(each for each in ranked if each is not tried)]
    chosen = ""
    if policy.uses_figures and not first:
        chosen = f"{models.policy}: {_told(policy, ranked, terms, tried)}"
    return (*first, *_placed(ranked, free, len(first), models.where), *others), chosen


_Parts = tuple[Candidate, ...]


def _parted(
    judged: _Parts, leader: ModelRef | None, last_resort: ModelRef | None
) -> tuple[_Parts, _Parts, _Parts]:
    """Who comes first whatever a policy says, whom it orders, and who comes after them."""
    count = len(judged)
    while count and judged[count - 1].chance is not Chance.ELIGIBLE:
        count -= 1
    first = 1 if leader is not None and count and judged[0].model == leader else 0
    if last_resort is not None and count > first and judged[count - 1].model == last_resort:
        count -= 1
    return judged[:first], judged[first:count], judged[count:]


def _placed(
    ranked: Sequence[Option], free: _Parts, before: int, where: str
) -> tuple[Candidate, ...]:
    """The candidates in that order, each with its place; what else was said of it stays."""
    models = tuple([option.model for option in ranked])
    if not before and not any("; " in each.reason for each in free):
        return as_they_stand(models, where)
    told = {each.model.name: each.reason.partition("; ")[2] for each in free}
    reasons = (f"number {place} of {where}" for place in range(before + 1, before + 1 + len(free)))
    return tuple(
        Candidate(
            model=model,
            chance=Chance.ELIGIBLE,
            reason=f"{reason}; {told[model.name]}" if told[model.name] else reason,
        )
        for model, reason in zip(models, reasons, strict=True)
    )


def _options(models: Models, expected: _Expected, free: _Parts) -> list[Option]:
    forecast, category, config = expected.forecast, models.category, expected.query.config
    leader = forecast.leader() if forecast else None
    switching, holder = _switching(expected)
    qualities = config.qualities(models.listed, category)
    places = {model.name: place for place, model in enumerate(models.listed)}
    made = expected.made
    options = []
    for candidate in free:
        model = candidate.model
        place, key = places[model.name], model.key
        points = qualities[place]
        usd, first_ms, last_ms = made.get(model.name) or expected.of(model)
        switch = switching(model) if switching else 0.0
        leads, holds = key == leader, key == holder
        told = (model, place, points, usd, first_ms, last_ms, switch, leads, holds)
        options.append(tuple.__new__(Option, told))  # half the time of its constructor
    return options


def _switching(
    expected: _Expected,
) -> tuple[Callable[[ModelRef], float] | None, ModelKey | None]:
    """What it costs more to have the history read by another than by who has it cached; and who.

    ``None``: there is no cache.
    """
    forecast = expected.query.forecast
    ongoing = forecast.ongoing if forecast else None
    if ongoing is None or not ongoing.is_warm or not ongoing.session.tokens:
        return None, None
    tokens, cached = ongoing.session.tokens, {each.model: each.tokens for each in ongoing.warm}

    def history_usd(model: ModelRef) -> float | None:
        rates = expected.outlook(model).rates
        return None if rates is None else rates.prompt_usd(tokens, cached.get(model.key, 0))

    here = history_usd(ongoing.model)

    def extra_usd(model: ModelRef) -> float:
        there = history_usd(model)
        return 0.0 if here is None or there is None else there - here

    return extra_usd, ongoing.model.key


def _terms(models: Models, query: RouteQuery) -> Terms:
    settings, own = query.config.policies, models.category.thrift
    return Terms(settings, settings.thrift if own is None else own)


def _trial(
    policy: Policy, ranked: Sequence[Option], terms: Terms, expected: _Expected
) -> Option | None:
    """A model of which it is not known how fast it is, and whose turn it is to show it.

    So that it is not left alone for ever; only where it would be chosen were it as quick as
    can be.
    """
    forecast = expected.forecast
    if forecast is None or any(option.holds for option in ranked):
        return None
    for option in ranked[1:]:
        if option.last_ms is not None or forecast.waited(option.model) < _TRIAL_AFTER:
            continue
        at_best = option._replace(first_ms=0.0, last_ms=0.0)
        others = (each for each in ranked if each is not option)
        if policy.order((at_best, *others), terms)[0] is at_best:
            return option
    return None


def _told(policy: Policy, ranked: Sequence[Option], terms: Terms, tried: Option | None) -> str:
    """How the policy chose, with its numbers."""
    first = ranked[0]
    told = f"{first.model.name} {policy.figure(first, terms)}"
    if tried is not None:
        told = f"{first.model.name}, to see how fast it is,"
    if len(ranked) == 1:
        return f"{told}, the only one"
    second = ranked[1]
    return f"{told} against {second.model.name} {policy.figure(second, terms)}"
