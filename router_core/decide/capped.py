"""The decision on a request for which a spending limit leaves the cheapest models alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from router_core.decide.candidates import Candidate, Chance
from router_core.decide.config import ModelRef
from router_core.decide.routing import RouteDecision, RouteReason

__all__ = ["CostOf", "cheapest_of", "is_free"]

CostOf = Callable[[ModelRef], Decimal | None]
"""What a request is expected to cost with a model, in USD; ``None``: not known."""


def is_free(decision: RouteDecision, cost_of: CostOf) -> bool:
    """Whether every model that may be called for it costs nothing."""
    return all(cost_of(model) == 0 for model in decision.to_call)


def cheapest_of(decision: RouteDecision, cost_of: CostOf, told: str) -> RouteDecision:
    """``decision`` with the cheapest model that can take the request first.

    Of the others those are left that cost no more. Health and room go before the price: a
    model that rests is no choice as long as another can be called. What is not known to be
    cheap is the last choice.

    Args:
        decision: with somebody to call.
        cost_of: what the request is expected to cost.
        told: which limit it is, for a person.
    """
    callable_ = [each for each in decision.candidates if each.chance <= Chance.TIGHT]
    in_order = sorted(callable_, key=lambda each: (each.chance, *_price(cost_of(each.model))))
    first = in_order[0]
    most = _price(cost_of(first.model))
    kept = [each for each in in_order if _price(cost_of(each.model)) <= most]
    dropped = [_too_dear(each, first.model, told) for each in in_order if each not in kept]
    is_upkeep = decision.reason is RouteReason.HOUSEKEEPING
    others = [each for each in decision.candidates if each.chance > Chance.TIGHT]
    return replace(
        decision,
        candidates=(replace(first, reason=f"the cheapest: {told}"), *kept[1:], *dropped, *others),
        reason=RouteReason.SPENDING_CAP,
        explanation=f"{decision.explanation}; {told}, so the cheapest model answers",
        last_resort=None,
        otherwise=RouteReason.HOUSEKEEPING if is_upkeep else decision.otherwise,
        session=replace(decision.session, locked=False, reason=told),
    )


def _price(usd: Decimal | None) -> tuple[bool, Decimal]:
    """By which prices are compared: the unknown ones come last."""
    return (usd is None, usd or Decimal(0))


def _too_dear(candidate: Candidate, first: ModelRef, told: str) -> Candidate:
    return replace(
        candidate, chance=Chance.TOO_DEAR, reason=f"dearer than {first.name}, and {told}"
    )
