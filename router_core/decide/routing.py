"""Which models are called for a request, in which order, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypedDict

from router_core.decide.candidates import Candidate, Chance, Outlook, candidates
from router_core.decide.classification import Classification
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.demands import Demands
from router_core.decide.policies import POLICIES
from router_core.decide.session import Topics
from router_core.decide.target import Direct
from router_core.decide.topics import begun
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
    TOOL_LOOP = "tool_loop"
    """A tool loop keeps the session's model."""
    REASONING_LOCK = "reasoning_lock"
    """Reasoning signatures bind the session to its model."""
    SESSION_KEPT = "session_kept"
    """The session keeps its model: it is about the same, or a switch would not pay."""
    SESSION_SWITCHED = "session_switched"
    """The session moved to another model: the switch pays."""
    LAST_RESORT = "last_resort"
    """No other of the category's models answered."""
    SPENDING_CAP = "spending_cap"
    """A spending limit is reached; the cheapest model that can take the request answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """What was known of the conversation.

    Attributes:
        known: whether it was seen before.
        locked: whether its model may not change now.
        reason: why it stays or goes, in words for a person.
        model: who gave its last answer; ``None``: not known, or gone from the config.
    """

    known: bool = False
    locked: bool = False
    reason: str = ""
    model: ModelRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecision:
    """What is called for a request.

    Attributes:
        category: ``""``: the caller named a model.
        candidates: at least one; in the order of calling, dropped ones last.
        explanation: the reason in words for a person.
        last_resort: which of them is there only in case all others fail.
        holder: who held the conversation last; where that is not known, whom the list
            would have called first, were nobody resting. ``None``: there is none to call.
        foreign: how many messages at its beginning the holder took over from others.
        topics: what the conversation is about with this turn; empty: nothing was learnt.
        session: what was known of the conversation.
        otherwise: the reason where another answers than the session's model.
    """

    category: str
    reason: RouteReason
    explanation: str
    candidates: tuple[Candidate, ...]
    last_resort: ModelRef | None = None
    holder: ModelRef | None = None
    foreign: int = 0
    topics: Topics = ()
    session: SessionView = SessionView()
    otherwise: RouteReason = RouteReason.CLASSIFIED

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
        """Why ``model`` answers, which need not be the one that was called first."""
        if model == self.last_resort:
            return RouteReason.LAST_RESORT
        held = self.session.model
        is_held = held is not None and held.key == model.key
        if self.reason in _KEPT and not is_held:
            return self.otherwise
        if self.reason is RouteReason.SESSION_SWITCHED and is_held:
            return RouteReason.SESSION_KEPT
        return self.reason


_KEPT: Final = frozenset(
    {RouteReason.TOOL_LOOP, RouteReason.REASONING_LOCK, RouteReason.SESSION_KEPT}
)


def route_direct(target: Direct, *, known: bool = False) -> RouteDecision:
    """The model that the caller named, and no other.

    Args:
        target: that model.
        known: whether the conversation was seen before.
    """
    model = target.model
    only = Candidate(model=model, chance=Chance.ELIGIBLE, reason="the caller named it")
    return RouteDecision(
        category="",
        reason=RouteReason.DIRECT_MODEL,
        explanation=f"the caller named {model.name}",
        candidates=(only,),
        holder=model,
        session=SessionView(known=known, locked=True, reason="the caller named the model"),
    )


def route_named(
    name: str, config: RoutingConfig, demands: Demands, outlook: Outlook
) -> RouteDecision:
    """The models of the category that the caller named; it exists."""
    return RouteDecision(
        category=name,
        reason=RouteReason.NAMED_CATEGORY,
        explanation=f"the caller named the category {name}",
        topics=((name, 1.0),),
        **considered(models_of(name, config), config, demands, outlook),
    )


def route_anew(decision: RouteDecision, *, has_answers: bool) -> RouteDecision:
    """``decision`` on a conversation that was seen before, and of which nothing can be kept.

    Args:
        decision: as if it had never been seen.
        has_answers: whether there is an answer in it; the model that gave it is gone from
            the config, and what that said is nobody's own.
    """
    if not has_answers:
        why = "there is no answer in it yet, so it begins anew"
        return replace(decision, session=SessionView(reason=why))
    why = "the model of its last answer is gone from the config"
    return replace(decision, holder=None, session=SessionView(known=True, reason=why))


def route_classified(
    classification: Classification,
    config: RoutingConfig,
    demands: Demands,
    outlook: Outlook,
    topics: Topics = (),
) -> RouteDecision:
    """The models of the category that the request was found to be in.

    Args:
        classification: what its text was found to be.
        config: the config in force.
        demands: what it asks of a model.
        outlook: tells what is known of a model.
        topics: what its conversation is about with it; empty: the text is all there is.
    """
    category, told = classification.category, classified_as(classification)
    if classification.turn.kind is TurnKind.HOUSEKEEPING:
        return _route_housekeeping(category, config, demands, outlook)
    if topics:
        category, share = topics[0]
        told = f"{told}; the topic is {category} ({share:.2f})"
    return RouteDecision(
        category=category,
        reason=RouteReason.CLASSIFIED,
        explanation=told,
        topics=topics
        or begun(classification.verdict, classification.turn.text, tuple(config.categories)),
        **considered(models_of(category, config), config, demands, outlook),
    )


def classified_as(classification: Classification) -> str:
    """What the classifier said, for a person."""
    verdict = classification.verdict
    evidence = "; ".join(verdict.evidence[:3]) or "nothing spoke for another one"
    return (
        f"{classification.category} with confidence {classification.confidence:.2f}"
        f" by {verdict.source}: {evidence}"
    )


def _route_housekeeping(
    category: str, config: RoutingConfig, demands: Demands, outlook: Outlook
) -> RouteDecision:
    return RouteDecision(
        category=category,
        reason=RouteReason.HOUSEKEEPING,
        explanation=UPKEEP,
        **considered(models_for_upkeep(category, config), config, demands, outlook),
    )


UPKEEP: Final = "the client's own upkeep: nobody is waiting for a better answer"


@dataclass(frozen=True, slots=True)
class Models:
    """Models in the order of their policy, and what list that is, for a person."""

    in_order: tuple[ModelRef, ...]
    where: str

    def holds(self, model: ModelRef) -> bool:
        """Whether ``model`` is in the list, under whatever name."""
        return any(each.key == model.key for each in self.in_order)

    def led_by(self, model: ModelRef) -> Models:
        """The list with ``model`` before the others."""
        others = (each for each in self.in_order if each.key != model.key)
        return Models((model, *others), f"{self.where}, the session's model first")


def models_of(name: str, config: RoutingConfig) -> Models:
    """The models of a category."""
    category = config.categories[name]
    return Models(POLICIES[category.policy](category.models), f"{name} ({category.policy})")


def models_for_upkeep(category: str, config: RoutingConfig) -> Models:
    """The models for the clients' own upkeep."""
    if config.housekeeping:
        return Models(config.housekeeping, "the housekeeping list")
    return models_of(category, config)


class Considered(TypedDict):
    """The part of a decision that is the same whatever led to the list."""

    candidates: tuple[Candidate, ...]
    last_resort: ModelRef | None
    holder: ModelRef | None


def considered(
    models: Models, config: RoutingConfig, demands: Demands, outlook: Outlook
) -> Considered:
    """Judges each model of a list, and the last resort after them."""
    last_resort, listed = config.last_resort, models.in_order
    if last_resort is None or any(last_resort.key == model.key for model in listed):
        judged = candidates(listed, models.where, demands, outlook)
        return Considered(
            candidates=judged,
            last_resort=None,
            holder=_first_choice(listed, judged),
        )
    judged = candidates((*listed, last_resort), models.where, demands, outlook)
    return Considered(
        candidates=tuple(
            replace(each, reason="the last resort")
            if each.eligible and each.model == last_resort
            else each
            for each in judged
        ),
        last_resort=last_resort,
        holder=_first_choice(listed, judged),
    )


def _first_choice(listed: tuple[ModelRef, ...], judged: tuple[Candidate, ...]) -> ModelRef | None:
    first = judged[0]
    if first.eligible and first.model == listed[0]:
        return first.model
    callable_ = {each.model for each in judged if each.chance <= Chance.RESTING}
    return next((model for model in listed if model in callable_), None)
