"""Explains a decision: what it rests on, and what each model would cost and take.

For who asks why; answering a request estimates no more than the models that are called.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from router_core.app.expect import Expected
from router_core.app.judge import Consulted
from router_core.app.route import Route, Routed
from router_core.app.spending import Spending
from router_core.app.trace import Arrival
from router_core.decide.chat import ChatRequest
from router_core.decide.config import RoutingConfig
from router_core.decide.continuity import Ongoing
from router_core.decide.estimates import Basis, Estimate
from router_core.decide.routing import RouteDecision

__all__ = ["Explain", "Explained"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A decision, and what there is to tell of it.

    Attributes:
        routed: the decision.
        ongoing: the conversation that it goes on with; ``None``: none.
        basis: what the estimates rest on.
        estimates: one for each of the decision's candidates, in their order.
    """

    routed: Routed
    ongoing: Ongoing | None
    basis: Basis
    estimates: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class Explain:
    """The use case.

    Attributes:
        consulted: records what classifying cost.
        spending: tells what limits would make of it; ``None``: nobody does.
    """

    route: Route
    consulted: Consulted
    spending: Spending | None = None

    async def __call__(
        self, request: ChatRequest, config: RoutingConfig, arrival: Arrival
    ) -> Explained:
        """Decides as `Route` does, and estimates; calls no answering model.

        Raises:
            ModelNotFound, InvalidRequest: as `Route`.
        """
        judging = self.consulted.judging("route", config.mode, request.caller, arrival)
        with judging as judgement:
            routed = await self.route(request, config, judgement.calls)
            judgement.found, judgement.routed = routed.classification, routed
        if not routed.decision.to_call:
            routed = replace(routed, decision=_refused(routed.decision))
        expected = Expected(routed=routed, info_of=self.route.prospects.info_of)
        if self.spending is not None:
            decision = self.spending.foresee(
                request.caller, config.limits, routed.decision, expected.cost_of
            )
            routed = replace(routed, decision=decision)
        models = (candidate.model for candidate in routed.decision.candidates)
        return Explained(
            routed=routed,
            ongoing=routed.ongoing,
            basis=expected.basis,
            estimates=tuple(map(expected.of, models)),
        )


def _refused(decision: RouteDecision) -> RouteDecision:
    """Says that there is nobody to call; why is told of each candidate."""
    told = f"{decision.explanation}; it would be refused: nobody may be called"
    return replace(decision, explanation=told)
