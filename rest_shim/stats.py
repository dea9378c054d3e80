"""/stats: what was served, how the models are, and back to work with one that rests."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from llm_router.projection import project
from llm_router.v1.stats_pb2 import GetStatsRequest, ResetModelRequest
from rest_shim.call import CallContext
from rest_shim.core import OPERATOR_TIMEOUT_S, core_of
from rest_shim.json_answer import json_answer
from rest_shim.openapi import MODEL_STATE_ANSWER, STATS_ANSWER

__all__ = ["router"]

router = APIRouter(tags=["stats"])


@router.get("/stats", responses=STATS_ANSWER)
async def get_stats(request: Request) -> Response:
    """Sums up the requests so far."""
    answer = await core_of(request).stats.GetStats(
        GetStatsRequest(),
        timeout=OPERATOR_TIMEOUT_S,
        metadata=CallContext.of(request).metadata(),
    )
    return json_answer(project(answer))


@router.post("/stats/models/{alias:path}/reset", responses=MODEL_STATE_ANSWER)
async def reset_model(request: Request, alias: str) -> Response:
    """Closes a model's breaker, lifts its bench, and lets its provider be called again."""
    answer = await core_of(request).stats.ResetModel(
        ResetModelRequest(model=alias),
        timeout=OPERATOR_TIMEOUT_S,
        metadata=CallContext.of(request).metadata(),
    )
    return json_answer(project(answer.state))
