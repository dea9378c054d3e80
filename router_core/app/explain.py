"""Explains a decision: what it rests on, and what each model would cost and take.

Answering a request does none of this; it is for who asks why.
"""

from __future__ import annotations

from dataclasses import dataclass

from router_core.app.ports import Ledger
from router_core.app.route import Route, Routed
from router_core.decide.chat import ChatRequest
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.continuity import Ongoing
from router_core.decide.estimates import Basis, Estimate, basis_of, estimate

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
        ledger: tells what answers have been like so far.
    """

    route: Route
    ledger: Ledger

    async def __call__(self, request: ChatRequest, config: RoutingConfig) -> Explained:
        """Decides as `Route` does, and estimates; calls no answering model.

        Raises:
            ModelNotFound, InvalidRequest: as `Route`.
        """
        routed = await self.route(request, config)
        sessions, info_of = self.route.sessions, self.route.prospects.info_of
        ongoing = sessions.ongoing(routed.place, request, config)
        category, now = routed.decision.category, sessions.clock.now()
        basis = basis_of(request, category, ongoing, self.ledger.snapshot(), now)
        here = info_of(ongoing.model).prices if ongoing else None

        def estimated(model: ModelRef) -> Estimate:
            return estimate(basis, model, info_of(model), ongoing, here)

        models = (candidate.model for candidate in routed.decision.candidates)
        return Explained(
            routed=routed, ongoing=ongoing, basis=basis, estimates=tuple(map(estimated, models))
        )
