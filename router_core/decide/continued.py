"""Routes the requests of conversations that go on: the session's model, or another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from router_core.decide.choosing import (
    Models,
    RouteQuery,
    considered,
    models_for_upkeep,
    models_of,
)
from router_core.decide.classification import Classification
from router_core.decide.config import ModelRef
from router_core.decide.continuity import (
    LEADER_USD,
    Lock,
    Ongoing,
    cold,
    rereading_elsewhere,
    stay_or_go,
    worth,
)
from router_core.decide.policies import POLICIES
from router_core.decide.rereading import Rereading
from router_core.decide.routing import (
    UPKEEP,
    RouteDecision,
    RouteReason,
    SessionView,
    classified_as,
    explained,
)
from router_core.decide.session import Topics

__all__ = ["Continued"]

_REASONS: Final = {
    Lock.TOOL_LOOP: RouteReason.TOOL_LOOP,
    Lock.REASONING: RouteReason.REASONING_LOCK,
    Lock.GOES_ON: RouteReason.SESSION_KEPT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Continued:
    """A request of a conversation that goes on, and what deciding on it takes.

    Each method is one way on; all of them tell in the decision's `SessionView` why the
    conversation stays or goes.
    """

    ongoing: Ongoing
    query: RouteQuery

    def locked(self, lock: Lock, category: str) -> RouteDecision:
        """The model may not change: it comes first, and the others only if it cannot be called."""
        model = self.ongoing.model
        return self._kept(
            models_of(category, self.query.config),
            category,
            reason=_REASONS[lock],
            why=f"{model.name} keeps the conversation: {lock.value}",
            locked=True,
        )

    def named(self, category: str, lock: Lock | None) -> RouteDecision:
        """The caller named the category: its list, led by the session's model while warm.

        Whatever it was about, it is about that now.
        """
        told = f"the caller named the category {category}"
        if lock is not None:
            decision = self.locked(lock, category)
        elif category == self.ongoing.category:
            decision = self._same(category, told)
        else:
            decision = self._afresh(category, told)
        first = self._top_of(models_of(category, self.query.config))
        leads = decision.to_call[:1] == (first,)
        named = RouteReason.NAMED_CATEGORY
        if decision.reason is RouteReason.CLASSIFIED or (leads and lock is None):
            decision = replace(decision, reason=named)
        return replace(decision, otherwise=named, topics=((category, 1.0),))

    def typed(self, classification: Classification, topics: Topics) -> RouteDecision:
        """Somebody typed: the conversation stays, or goes where the topic is.

        Args:
            classification: what the text alone was found to be.
            topics: what the conversation is about with it.
        """
        decision = self._where_it_goes(topics)
        told = f"{classified_as(classification)}; {decision.explanation}"
        return replace(decision, topics=topics, explanation=told)

    def _where_it_goes(self, topics: Topics) -> RouteDecision:
        old, (category, share) = self.ongoing.category, topics[0]
        about = f"the topic is {category} ({share:.2f})"
        if not old:
            return self._afresh(category, about)
        if category == old:
            return self._same(category, about)
        models = models_of(category, self.query.config)
        there = self._first_of(models)
        cost = self._cost_of(there)
        if self._serves_as_well(models, cost):
            model = self.ongoing.model
            why = f"{about}, which {model.name} serves as well; {worth(cost, self.ongoing, there)}"
            return self._kept(models, category, why)
        stay = stay_or_go(
            self.ongoing,
            there,
            new=topics[0],
            old_share=dict(topics).get(old, 0.0),
            cost=cost,
        )
        why = f"the topic: {stay.why}"
        return self._same(old, why) if stay.stays else self._afresh(category, why)

    def upkeep(self, category: str) -> RouteDecision:
        """The client's upkeep: its own list, unless the session's model reads it for less."""
        models = models_for_upkeep(category, self.query.config)
        if self.ongoing.is_upkeep:
            return self._kept(
                models,
                category,
                reason=RouteReason.TOOL_LOOP,
                why=f"{UPKEEP}; {Lock.TOOL_LOOP.value}",
                locked=True,
                otherwise=RouteReason.HOUSEKEEPING,
            )
        there = self._first_of(models)
        why = UPKEEP
        if self.ongoing.is_warm and there.key != self.ongoing.model.key:
            cost = self._cost_of(there)
            why = f"{why}; {worth(cost, self.ongoing, there)}"
            if cost.extra is not None and cost.extra >= 0:
                models = models.led_by(self.ongoing.model)
        return self._decision(models, category, RouteReason.HOUSEKEEPING, why)

    # -- the same topic, another one, and what both take

    def _same(self, category: str, told: str) -> RouteDecision:
        """The category stays: so does the model, while its cache is worth something."""
        ongoing, models = self.ongoing, models_of(category, self.query.config)
        if not models.holds(ongoing.model):
            return self._afresh(category, f"{told}; {ongoing.model.name} is not of its list")
        if not ongoing.is_warm:
            return self._afresh(category, f"{told}; {cold(ongoing)}")
        if POLICIES[models.policy].uses_figures:
            return self._as_the_policy_says(models, category, told)
        leads = models.listed[0].key == ongoing.model.key
        there = ongoing.model if leads else self._first_of(models)
        if there.key == ongoing.model.key:
            return self._kept(models, category, why=told)
        cost = self._cost_of(there)
        why = f"{told}; {worth(cost, ongoing, there)}"
        if cost.extra is not None and cost.extra < 0:
            return self._afresh(category, why)
        return self._kept(models, category, why=why)

    def _as_the_policy_says(self, models: Models, category: str, told: str) -> RouteDecision:
        """The policy chooses anew; what the conversation's model has read is in its sums."""
        parts = considered(models, self.query)
        if parts.candidates[0].model.key == self.ongoing.model.key:
            return self._kept(models, category, why=explained(told, parts))
        return self._afresh(category, told)

    def _serves_as_well(self, models: Models, cost: Rereading) -> bool:
        """Whether the session's model may stay for another topic, too, and money says so.

        It has to be of the topic's list, and no weaker than who leads that, as far as
        prices tell: then a switch would bring little but to have everything read again.
        """
        return (
            cost.extra is not None
            and cost.extra >= LEADER_USD
            and cost.dearer_there is False
            and self.ongoing.is_warm
            and models.holds(self.ongoing.model)
        )

    def _afresh(self, category: str, why: str) -> RouteDecision:
        """The category's own order, whoever held the conversation."""
        models = models_of(category, self.query.config)
        decision = self._decision(models, category, RouteReason.CLASSIFIED, why)
        if decision.to_call and decision.to_call[0].key != self.ongoing.model.key:
            return replace(decision, reason=RouteReason.SESSION_SWITCHED)
        return decision

    def _kept(
        self,
        models: Models,
        category: str,
        why: str,
        reason: RouteReason = RouteReason.SESSION_KEPT,
        *,
        locked: bool = False,
        otherwise: RouteReason = RouteReason.CLASSIFIED,
    ) -> RouteDecision:
        """The session's model first; where it cannot be called, the category's order."""
        model = self.ongoing.model
        models = models.led_by(model, is_locked=locked)
        decision = self._decision(models, category, reason, why)
        decision = replace(decision, otherwise=otherwise)
        held = next(each for each in decision.candidates if each.model.key == model.key)
        if held.eligible:
            return replace(decision, session=replace(decision.session, locked=locked))
        why = f"{decision.explanation}; but {model.name} is out: {held.reason}"
        return replace(
            decision,
            reason=otherwise,
            explanation=why,
            session=replace(decision.session, reason=why),
        )

    def _decision(
        self, models: Models, category: str, reason: RouteReason, why: str
    ) -> RouteDecision:
        session, model = self.ongoing.session, self.ongoing.model
        parts = considered(models, self.query)
        return RouteDecision(
            category=category,
            reason=reason,
            explanation=explained(why, parts),
            candidates=parts.candidates,
            last_resort=parts.last_resort,
            holder=model,
            foreign=self.ongoing.foreign,
            topics=session.topics,
            session=SessionView(known=True, reason=why, model=model),
        )

    def _first_of(self, models: Models) -> ModelRef:
        """Who would answer, were there no session."""
        return considered(models, self.query).candidates[0].model

    def _top_of(self, models: Models) -> ModelRef:
        """Whom the list, or its policy, has first; a list's may be out."""
        by_figures = POLICIES[models.policy].uses_figures
        return self._first_of(models) if by_figures else models.listed[0]

    def _cost_of(self, there: ModelRef) -> Rereading:
        return rereading_elsewhere(
            self.ongoing,
            there,
            self.query.outlook(self.ongoing.model).info.prices,
            self.query.outlook(there).info.prices,
        )
