"""What an answer would have cost, had one model of the chain answered everything.

The chain is the list that the request was routed by: the category's own, or that of the
clients' upkeep; of it, those that could take the request. Whether one was resting does not
matter, and the last resort is no part of it.

- The best single model is the first of the chain: the order of a list is its writer's
  judgement of quality, and the only one that there is.
- The dearest is the one that would have cost the most.

What the answer used is taken to be the same with each of them, but for the cache: with one
model alone, that would have read the whole conversation before. The model that answered
costs what it did cost, calls of it that failed included; only where the conversation came
to it from another model just now, it is reckoned as the others are. So a router that always
picks one model saves nothing, to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from router_core.decide.candidates import Chance
from router_core.decide.choosing import models_for_upkeep, models_of
from router_core.decide.config import ModelKey, ModelRef, RoutingConfig
from router_core.decide.continuity import Ongoing
from router_core.decide.cost import billed, total
from router_core.decide.model_info import Prices
from router_core.decide.records import AttemptRecord, Baseline
from router_core.decide.routing import RouteDecision, RouteReason
from router_core.decide.usage import Usage

__all__ = ["Answered", "baseline", "chain_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A request that was answered.

    Attributes:
        model: who answered.
        attempts: all calls that were made; the last one answered.
        ongoing: the conversation as it was before; ``None``: there was none.
        images: in the prompt.
        when: the moment, with its time zone.
    """

    model: ModelRef
    attempts: Sequence[AttemptRecord]
    ongoing: Ongoing | None
    images: int
    when: datetime


def chain_of(decision: RouteDecision, config: RoutingConfig) -> tuple[ModelRef, ...]:
    """The models that could have taken a request, in the order of their list.

    Empty: the caller named a model, or none could.
    """
    if decision.category not in config.categories:
        return ()
    of_upkeep = RouteReason.HOUSEKEEPING in (decision.reason, decision.otherwise)
    models = (models_for_upkeep if of_upkeep else models_of)(decision.category, config)
    if tuple(each.model for each in decision.candidates) == models.listed == decision.to_call:
        return models.listed
    out = (Chance.UNFIT, Chance.ABSENT, Chance.OUTSIDE)
    able = {each.model.key for each in decision.candidates if each.chance not in out}
    unique: dict[ModelKey, ModelRef] = {}
    for model in models.listed:  # under two of its names it stands where the first one does
        if model.key in able:
            unique.setdefault(model.key, model)
    return tuple(unique.values())


def baseline(
    chain: Sequence[ModelRef],
    answered: Answered,
    prices_of: Callable[[ModelRef], Prices | None],
) -> Baseline:
    """What it would have cost with one model for everything.

    Args:
        chain: of `chain_of`; at least one.
        answered: the request.
        prices_of: the prices of a model, as far as they are known.
    """
    usage = _had_it_all(answered.attempts[-1].usage, answered.ongoing)
    costs = [_with(model, answered, usage, prices_of) for model in chain]
    known = [usd for usd in costs if usd is not None]
    return Baseline(
        best_single_usd=costs[0], dearest_usd=max(known) if len(known) == len(costs) else None
    )


def _with(
    model: ModelRef,
    answered: Answered,
    usage: Usage,
    prices_of: Callable[[ModelRef], Prices | None],
) -> Decimal | None:
    """What the answer would have cost with ``model``; ``usage``: had that had it all along."""
    ongoing = answered.ongoing
    if model.key == answered.model.key and (ongoing is None or ongoing.model.key == model.key):
        return _did_cost(answered)
    prices = prices_of(model)
    if prices is None or not usage.is_told:
        return None
    return billed(prices, usage, answered.when, answered.images)


def _did_cost(answered: Answered) -> Decimal | None:
    """What the calls of the model that answered did cost; not known where the last one's is not."""
    last = answered.attempts[-1].cost.usd
    if last is None or len(answered.attempts) == 1:
        return last
    own = (
        each.cost
        for each in answered.attempts
        if (each.model, each.provider) == (answered.model.name, answered.model.provider)
    )
    return total(own).usd


def _had_it_all(usage: Usage, ongoing: Ongoing | None) -> Usage:
    """A usage with the history in the model's cache, while the provider keeps it."""
    if ongoing is None or not ongoing.is_warm or ongoing.session.tokens <= usage.cached_tokens:
        return usage
    return replace(usage, cached_tokens=min(ongoing.session.tokens, usage.prompt_tokens))
