"""Which models are called for a request, in which order, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypedDict

from router_core.decide.candidates import Candidate, Chance, Outlook, candidates
from router_core.decide.classification import Classification
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.demands import Demands
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
    LAST_RESORT = "last_resort"
    """No other of the category's models answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecision:
    """What is called for a request.

    Attributes:
        category: ``""``: the caller named a model.
        candidates: at least one; in the order of calling, dropped ones last.
        explanation: the reason in words for a person.
        last_resort: which of them is there only in case all others fail.
        first_choice: whom the list would have called first, were nobody resting; who held
            the conversation, as far as anybody knows. ``None``: there is none to call.
    """

    category: str
    reason: RouteReason
    explanation: str
    candidates: tuple[Candidate, ...]
    last_resort: ModelRef | None = None
    first_choice: ModelRef | None = None

    @property
    def to_call(self) -> tuple[ModelRef, ...]:
        """The models to call, one after the other until one answers.

        Those that rest stand last: they may have recovered when their turn comes.
        """
        return tuple(each.model for each in self.candidates if each.chance <= Chance.TIGHT)

    @property
    def tight(self) -> frozenset[ModelRef]:
        """Those of them that have too little room by the estimate."""
        return frozenset(each.model for each in self.candidates if each.chance is Chance.TIGHT)

    def reason_for(self, model: ModelRef) -> RouteReason:
        """Why ``model`` answers."""
        return RouteReason.LAST_RESORT if model == self.last_resort else self.reason


def route_direct(target: Direct) -> RouteDecision:
    """The model that the caller named, and no other."""
    model = target.model
    only = Candidate(model=model, chance=Chance.ELIGIBLE, reason="the caller named it")
    return RouteDecision(
        category="",
        reason=RouteReason.DIRECT_MODEL,
        explanation=f"the caller named {model.name}",
        candidates=(only,),
        first_choice=model,
    )


def route_named(
    target: NamedCategory, config: RoutingConfig, demands: Demands, outlook: Outlook
) -> RouteDecision:
    """The models of the category that the caller named."""
    return RouteDecision(
        category=target.name,
        reason=RouteReason.NAMED_CATEGORY,
        explanation=f"the caller named the category {target.name}",
        **_considered(_of_category(target.name, config), config, demands, outlook),
    )


def route_classified(
    classification: Classification, config: RoutingConfig, demands: Demands, outlook: Outlook
) -> RouteDecision:
    """The models of the category that the request was found to be in."""
    category, verdict = classification.category, classification.verdict
    if classification.turn.kind is TurnKind.HOUSEKEEPING:
        return _route_housekeeping(category, config, demands, outlook)
    evidence = "; ".join(verdict.evidence[:3]) or "nothing spoke for another one"
    return RouteDecision(
        category=category,
        reason=RouteReason.CLASSIFIED,
        explanation=(
            f"{category} with confidence {classification.confidence:.2f}"
            f" by {verdict.source}: {evidence}"
        ),
        **_considered(_of_category(category, config), config, demands, outlook),
    )


def _route_housekeeping(
    category: str, config: RoutingConfig, demands: Demands, outlook: Outlook
) -> RouteDecision:
    if config.housekeeping:
        models = _Models(config.housekeeping, "the housekeeping list")
    else:
        models = _of_category(category, config)
    return RouteDecision(
        category=category,
        reason=RouteReason.HOUSEKEEPING,
        explanation="the client's own upkeep: nobody is waiting for a better answer",
        **_considered(models, config, demands, outlook),
    )


@dataclass(frozen=True, slots=True)
class _Models:
    """Models in the order of their policy, and what list that is, for a person."""

    in_order: tuple[ModelRef, ...]
    where: str


def _of_category(name: str, config: RoutingConfig) -> _Models:
    category = config.categories[name]
    return _Models(POLICIES[category.policy](category.models), f"{name} ({category.policy})")


class _Considered(TypedDict):
    """The part of a decision that is the same whatever led to the list."""

    candidates: tuple[Candidate, ...]
    last_resort: ModelRef | None
    first_choice: ModelRef | None


def _considered(
    models: _Models, config: RoutingConfig, demands: Demands, outlook: Outlook
) -> _Considered:
    last_resort, listed = config.last_resort, models.in_order
    if last_resort is None or any(last_resort.key == model.key for model in listed):
        considered = candidates(listed, models.where, demands, outlook)
        return _Considered(
            candidates=considered,
            last_resort=None,
            first_choice=_first_choice(listed, considered),
        )
    considered = candidates((*listed, last_resort), models.where, demands, outlook)
    return _Considered(
        candidates=tuple(
            replace(each, reason="the last resort")
            if each.eligible and each.model == last_resort
            else each
            for each in considered
        ),
        last_resort=last_resort,
        first_choice=_first_choice(listed, considered),
    )


def _first_choice(
    listed: tuple[ModelRef, ...], considered: tuple[Candidate, ...]
) -> ModelRef | None:
    first = considered[0]
    if first.eligible and first.model == listed[0]:
        return first.model
    callable_ = {each.model for each in considered if each.chance <= Chance.RESTING}
    return next((model for model in listed if model in callable_), None)
