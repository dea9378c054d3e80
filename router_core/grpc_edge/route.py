"""RouteService: which model would answer, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from llm_router.v1 import route_pb2, route_pb2_grpc
from router_core.app.ports import CatalogueSource, ConfigSource
from router_core.app.route import ListedModel, Route, Routed, list_models
from router_core.decide.candidates import Candidate
from router_core.decide.routing import RouteReason
from router_core.decide.target import ROUTER
from router_core.grpc_edge.call import Call, Guard, unary_rpc
from router_core.grpc_edge.chat import read_chat
from router_core.grpc_edge.classify import classification_message
from router_core.grpc_edge.pages import page_of


class RouteServicer(route_pb2_grpc.RouteServiceServicer):
    """Checks, calls the use case, converts."""

    def __init__(
        self, guard: Guard, route: Route, config: ConfigSource, catalogue: CatalogueSource
    ) -> None:
        self.guard = guard
        self._route = route
        self._config = config
        self._catalogue = catalogue

    @unary_rpc
    async def Route(self, request: route_pb2.RouteRequest, call: Call) -> route_pb2.RouteResponse:
        """Explains the decision that Complete would take now."""
        chat = read_chat(request, call.caller)
        return _routed_message(await self._route(chat, self._config.current()))

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


def _routed_message(routed: Routed) -> route_pb2.RouteResponse:
    decision, classification = routed.decision, routed.classification
    return route_pb2.RouteResponse(
        category=decision.category,
        model=decision.candidates[0].model.name,
        reason=REASONS[decision.reason],
        explanation=decision.explanation,
        classification=classification_message(classification) if classification else None,
        session=route_pb2.SessionState(
            known=decision.session.known,
            locked=decision.session.locked,
            reason=decision.session.reason,
        ),
        candidates=map(_candidate_message, decision.candidates),
    )


def _candidate_message(candidate: Candidate) -> route_pb2.Candidate:
    return route_pb2.Candidate(
        model=candidate.model.name,
        id=candidate.model.id,
        provider=candidate.model.provider,
        eligible=candidate.eligible,
        reason=candidate.reason,
    )


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
