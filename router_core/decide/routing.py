"""Which models are called for a request, in which order, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from router_core.decide.classification import Classification
from router_core.decide.config import Category, ModelRef, RoutingConfig
from router_core.decide.policies import POLICIES
from router_core.decide.target import Direct, NamedCategory
from router_core.decide.turn import TurnKind

HOUSEKEEPING_FALLBACK = "conversation"
"""The category whose models do the clients' upkeep when the config lists none."""


class RouteReason(StrEnum):
    """Why a model was chosen; the slugs of ``x-router-reason``."""

    DIRECT_MODEL = "direct_model"
    """The caller named the model."""
    NAMED_CATEGORY = "named_category"
    """The caller named the category."""
    CLASSIFIED = "classified"
    """The request was classified."""
    HOUSEKEEPING = "housekeeping"
    """The client's own upkeep goes to the housekeeping list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A model that was considered, and why it stands where it stands."""

    model: ModelRef
    eligible: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecision:
    """What is called for a request.

    Attributes:
        category: ``""``: the caller named a model.
        candidates: at least one; in the order of calling, dropped ones last.
        explanation: the reason in words for a person.
    """

    category: str
    reason: RouteReason
    explanation: str
    candidates: tuple[Candidate, ...]

    @property
    def to_call(self) -> tuple[ModelRef, ...]:
        """The models to call, one after the other until one answers."""
        return tuple(candidate.model for candidate in self.candidates if candidate.eligible)


def route_direct(target: Direct) -> RouteDecision:
    """The model that the caller named, and no other."""
    model = target.model
    only = Candidate(model=model, eligible=True, reason="the caller named it")
    return RouteDecision(
        category="",
        reason=RouteReason.DIRECT_MODEL,
        explanation=f"the caller named {model.name}",
        candidates=(only,),
    )


def route_named(target: NamedCategory, config: RoutingConfig) -> RouteDecision:
    """The models of the category that the caller named."""
    category = config.categories[target.name]
    return RouteDecision(
        category=category.name,
        reason=RouteReason.NAMED_CATEGORY,
        explanation=f"the caller named the category {category.name}",
        candidates=_candidates(category),
    )


def route_classified(classification: Classification, config: RoutingConfig) -> RouteDecision:
    """The models of the category that the request was found to be in."""
    category = config.categories[classification.category]
    if classification.turn.kind is TurnKind.HOUSEKEEPING:
        return _route_housekeeping(category, config)
    evidence = "; ".join(classification.verdict.evidence[:3]) or "nothing spoke for another one"
    return RouteDecision(
        category=category.name,
        reason=RouteReason.CLASSIFIED,
        explanation=(
            f"{category.name} with confidence {classification.confidence:.2f}"
            f" by {classification.verdict.source}: {evidence}"
        ),
        candidates=_candidates(category),
    )


def _route_housekeeping(category: Category, config: RoutingConfig) -> RouteDecision:
    if config.housekeeping:
        candidates = _in_order(config.housekeeping, "the housekeeping list")
    else:
        candidates = _candidates(category)
    return RouteDecision(
        category=category.name,
        reason=RouteReason.HOUSEKEEPING,
        explanation="the client's own upkeep: nobody is waiting for a better answer",
        candidates=candidates,
    )


def _candidates(category: Category) -> tuple[Candidate, ...]:
    models = POLICIES[category.policy](category.models)
    return _in_order(models, f"{category.name} ({category.policy})")


def _in_order(models: tuple[ModelRef, ...], where: str) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(model=model, eligible=True, reason=f"number {place} of {where}")
        for place, model in enumerate(models, start=1)
    )
