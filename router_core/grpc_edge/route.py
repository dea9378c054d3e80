"""RouteService: which model would answer, and why."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from llm_router.v1 import route_pb2, route_pb2_grpc
from router_core.app.explain import Explain, Explained
from router_core.app.ports import CatalogueSource, ConfigSource
from router_core.app.route import ListedModel, list_models
from router_core.decide.candidates import Candidate
from router_core.decide.estimates import Basis, Estimate
from router_core.decide.model_prices import show_price
from router_core.decide.routing import RouteReason
from router_core.decide.target import ROUTER
from router_core.grpc_edge.arrival import arrival_of
from router_core.grpc_edge.call import Call, Guard, unary_rpc
from router_core.grpc_edge.chat import read_chat
from router_core.grpc_edge.classify import classification_message
from router_core.grpc_edge.pages import page_of


class RouteServicer(route_pb2_grpc.RouteServiceServicer):
    """Checks, calls the use case, converts."""

    def __init__(
        self, guard: Guard, explain: Explain, config: ConfigSource, catalogue: CatalogueSource
    ) -> None:
        self.guard = guard
        self._explain = explain
        self._config = config
        self._catalogue = catalogue

    @unary_rpc
    async def Route(self, request: route_pb2.RouteRequest, call: Call) -> route_pb2.RouteResponse:
        """Explains the decision that Complete would take now."""
        chat = read_chat(request, call.caller)
        explained = await self._explain(chat, self._config.current(), arrival_of(call))
        return _explained_message(explained)

    @unary_rpc
    async def ListModels(
        self, request: route_pb2.ListModelsRequest, call: Call
    ) -> route_pb2.ListModelsResponse:
        """Lists what may stand in ``model``."""
        models: Sequence[ListedModel] = list(
            list_models(self._config.current(), self._catalogue.current())
        )
        page, next_page_token = page_of(models, request.page_size, request.page_token)
        return route_pb2.ListModelsResponse(
            models=map(_model_message, page), next_page_token=next_page_token
        )


REASONS: Final = {
    reason: route_pb2.RouteReason.Value(f"ROUTE_REASON_{reason.name}") for reason in RouteReason
}
"""The enum value of each reason; a reason that the protos lack fails at import."""


def _explained_message(explained: Explained) -> route_pb2.RouteResponse:
    decision, classification = explained.routed.decision, explained.routed.classification
    return route_pb2.RouteResponse(
        category=decision.category,
        model=decision.candidates[0].model.name,
        reason=REASONS[decision.reason],
        explanation=decision.explanation,
        classification=classification_message(classification) if classification else None,
        session=_session_message(explained),
        candidates=map(_candidate_message, decision.candidates, explained.estimates),
        estimate_basis=_basis_message(explained.basis),
    )


def _session_message(explained: Explained) -> route_pb2.SessionState:
    view, ongoing = explained.routed.decision.session, explained.ongoing
    state = route_pb2.SessionState(known=view.known, locked=view.locked, reason=view.reason)
    if ongoing is not None:
        state.model, state.category = ongoing.model.name, ongoing.category
        state.cache_warm = ongoing.is_warm
        if ongoing.session.tokens:
            state.history_tokens = ongoing.session.tokens
    return state


def _basis_message(basis: Basis) -> route_pb2.EstimateBasis:
    return route_pb2.EstimateBasis(
        prompt_tokens=basis.prompt_tokens,
        answer_tokens=basis.answer_tokens,
        answer_from=basis.answer_from,
    )


def _candidate_message(candidate: Candidate, estimate: Estimate) -> route_pb2.Candidate:
    return route_pb2.Candidate(
        model=candidate.model.name,
        id=candidate.model.id,
        provider=candidate.model.provider,
        eligible=candidate.eligible,
        reason=candidate.reason,
        estimated_cost_usd=_usd(estimate.cost_usd),
        expected_latency_ms=estimate.latency_ms,
        switch_cost_usd=_usd(estimate.switch_usd),
    )


def _usd(amount: Decimal | None) -> str | None:
    return None if amount is None else show_price(amount.normalize())


def _model_message(listed: ListedModel) -> route_pb2.Model:
    if listed.model is not None:
        return route_pb2.Model(
            name=listed.name,
            kind=route_pb2.MODEL_KIND_MODEL,
            id=listed.model.id,
            provider=listed.model.provider,
            context_length=listed.info.context_length,
            max_output_tokens=listed.info.max_output_tokens,
        )
    is_router = listed.name == ROUTER
    kind = route_pb2.MODEL_KIND_ROUTER if is_router else route_pb2.MODEL_KIND_CATEGORY
    return route_pb2.Model(name=listed.name, kind=kind)
