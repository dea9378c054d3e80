"""Which models are called for a request, in which order, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from router_core.decide.candidates import Candidate, Chance
from router_core.decide.choosing import (
    Considered,
    Models,
    RouteQuery,
    considered,
    models_for_upkeep,
    models_of,
)
from router_core.decide.classification import Classification
from router_core.decide.config import ModelRef
from router_core.decide.limiting import why_excluded, why_too_much
from router_core.decide.request_limits import NO_LIMITS
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
    def is_by_policy(self) -> bool:
        """Whether the category's list, by its policy, is why the first one is called."""
        return self.reason in _BY_POLICY

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


_BY_POLICY: Final = frozenset(
    {RouteReason.NAMED_CATEGORY, RouteReason.CLASSIFIED, RouteReason.SESSION_SWITCHED}
)
_KEPT: Final = frozenset(
    {RouteReason.TOOL_LOOP, RouteReason.REASONING_LOCK, RouteReason.SESSION_KEPT}
)


def route_direct(target: Direct, query: RouteQuery, *, known: bool = False) -> RouteDecision:
    """The model that the caller named, and no other; none where the limits leave it out.

    Args:
        target: that model.
        query: the request.
        known: whether the conversation was seen before.
    """
    model, explanation = target.model, f"the caller named {target.model.name}"
    only = Candidate(model=model, chance=Chance.ELIGIBLE, reason="the caller named it")
    if (why := why_outside(model, query)) is not None:
        only = Candidate(model=model, chance=Chance.OUTSIDE, reason=why)
        explanation = f"{explanation}; limits dropped {model.name}"
    return RouteDecision(
        category="",
        reason=RouteReason.DIRECT_MODEL,
        explanation=explanation,
        candidates=(only,),
        holder=model,
        session=SessionView(known=known, locked=True, reason="the caller named the model"),
    )


def why_outside(model: ModelRef, query: RouteQuery) -> str | None:
    """Why the limits leave out a model that was named, for a person; ``None``: they do not."""
    if query.limits is NO_LIMITS:
        return None
    why = why_excluded(model, query.limits, query.config)
    if why is None and query.forecast is not None:
        seen = query.outlook(model)
        expected = query.forecast.of("").of(model, seen.info, seen.rates)
        why = why_too_much(expected, query.limits)
    return why


def route_named(name: str, query: RouteQuery) -> RouteDecision:
    """The models of the category that the caller named; it exists."""
    return decided(
        models_of(name, query.config),
        query,
        category=name,
        reason=RouteReason.NAMED_CATEGORY,
        why=f"the caller named the category {name}",
        topics=((name, 1.0),),
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
    classification: Classification, query: RouteQuery, topics: Topics = ()
) -> RouteDecision:
    """The models of the category that the request was found to be in.

    Args:
        classification: what its text was found to be.
        query: the request.
        topics: what its conversation is about with it; empty: the text is all there is.
    """
    category, told = classification.category, classified_as(classification)
    if classification.turn.kind is TurnKind.HOUSEKEEPING:
        return decided(
            models_for_upkeep(category, query.config),
            query,
            category=category,
            reason=RouteReason.HOUSEKEEPING,
            why=UPKEEP,
        )
    if topics:
        category, share = topics[0]
        told = f"{told}; the topic is {category} ({share:.2f})"
    return decided(
        models_of(category, query.config),
        query,
        category=category,
        reason=RouteReason.CLASSIFIED,
        why=told,
        topics=topics
        or begun(classification.verdict, classification.turn.text, tuple(query.config.categories)),
    )


def decided(
    models: Models,
    query: RouteQuery,
    *,
    category: str,
    reason: RouteReason,
    why: str,
    topics: Topics = (),
) -> RouteDecision:
    """The decision for a list, of a request of which nothing else is known."""
    parts = considered(models, query)
    return RouteDecision(
        category=category,
        reason=reason,
        explanation=explained(why, parts),
        topics=topics,
        candidates=parts.candidates,
        last_resort=parts.last_resort,
        holder=parts.holder,
    )


def explained(why: str, parts: Considered) -> str:
    """Why that list, and how its models were ordered."""
    return f"{why}; {parts.chosen}" if parts.chosen else why


def classified_as(classification: Classification) -> str:
    """What the classifier said, for a person."""
    verdict = classification.verdict
    evidence = "; ".join(verdict.evidence[:3]) or "nothing spoke for another one"
    return (
        f"{classification.category} with confidence {classification.confidence:.2f}"
        f" by {verdict.source}: {evidence}"
    )


UPKEEP: Final = "the client's own upkeep: nobody is waiting for a better answer"
