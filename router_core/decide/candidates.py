"""Which of a category's models may be called for a request, in which order, and why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from operator import attrgetter
from typing import Final

from router_core.decide.capabilities import Fit, fitting, lacks
from router_core.decide.config import ModelKey, ModelRef
from router_core.decide.demands import Demands
from router_core.decide.health import WELL, ModelHealth, Standing
from router_core.decide.model_info import ModelInfo
from router_core.decide.rates import Rates, rates_of

__all__ = ["Candidate", "Chance", "Outlook", "Prospect", "as_they_stand", "candidates"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What is known of a model when a request is routed.

    Attributes:
        absence: why its provider does not have it; ``None``: nothing speaks against it.
        rates: its prices as plain numbers; ``None``: they are not that simple, or unknown.
    """

    info: ModelInfo = field(default_factory=ModelInfo)
    absence: str | None = None
    health: ModelHealth = WELL
    rates: Rates | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Prices are read once for all requests."""
        object.__setattr__(self, "rates", rates_of(self.info.prices))

    @property
    def is_well(self) -> bool:
        """Whether it is there and is called."""
        return self.absence is None and self.health.standing is Standing.CLOSED


Outlook = Callable[[ModelRef], Prospect]
"""Tells what is known of a model."""


class Chance(IntEnum):
    """Whether a model may be called for a request; the best first."""

    ELIGIBLE = 0
    """It may."""
    RESTING = 1
    """Nothing but its health speaks against it, which may change while others are tried."""
    TIGHT = 2
    """It has too little room by the estimate, which may be wrong: better than nothing."""
    UNFIT = 3
    """It cannot take the request."""
    ABSENT = 4
    """Its provider does not have it."""
    TOO_DEAR = 5
    """A spending limit leaves cheaper ones alone."""
    OUTSIDE = 6
    """The limits of the request leave it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that was considered.

    Attributes:
        reason: why it stands where it stands, or why it is out; for a person.
    """

    model: ModelRef
    chance: Chance
    reason: str

    @property
    def eligible(self) -> bool:
        """Whether it may be called now."""
        return self.chance is Chance.ELIGIBLE


def candidates(
    models: Sequence[ModelRef], where: str, demands: Demands, outlook: Outlook
) -> tuple[Candidate, ...]:
    """``models`` by their chances; those with the same in the order in which they came.

    Args:
        models: in the order of the category's policy.
        where: what list that is, for a person.
    """
    # A model under two of its names is one.
    unique: dict[ModelKey, ModelRef] = {}
    for model in models:
        unique.setdefault(model.key, model)
    seen = [(model, outlook(model)) for model in unique.values()]
    if all(known.is_well and lacks(demands, known.info) is None for _, known in seen):
        return as_they_stand(tuple(model for model, _ in seen), where)
    fits = iter(fitting([(m, known.info) for m, known in seen if not known.absence], demands))
    judged = [
        _judge(model, known, None if known.absence else next(fits), f"number {place} of {where}")
        for place, (model, known) in enumerate(seen, start=1)
    ]
    return tuple(sorted(judged, key=_CHANCE))


_CHANCE: Final = attrgetter("chance")


@lru_cache(maxsize=256)
def as_they_stand(models: tuple[ModelRef, ...], where: str) -> tuple[Candidate, ...]:
    """The usual case: all may be called, and nothing else is to be said. So it is made once."""
    return tuple(
        Candidate(model=model, chance=Chance.ELIGIBLE, reason=f"number {place} of {where}")
        for place, model in enumerate(models, start=1)
    )


def _judge(model: ModelRef, seen: Prospect, fit: Fit | None, place: str) -> Candidate:
    if fit is None:
        return Candidate(model=model, chance=Chance.ABSENT, reason=seen.absence or "")
    if not fit.eligible:
        chance = Chance.TIGHT if fit.able else Chance.UNFIT
        return Candidate(model=model, chance=chance, reason=fit.reason or "")
    # Last of all, a model that one call may try again would not be tried.
    may_be_probed = seen.health.standing is Standing.HALF_OPEN
    if seen.health.why and not may_be_probed:
        return Candidate(model=model, chance=Chance.RESTING, reason=seen.health.why)
    reason = "; ".join(filter(None, (place, fit.reason, seen.health.why)))
    return Candidate(model=model, chance=Chance.ELIGIBLE, reason=reason)
