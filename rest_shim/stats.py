"""GET /stats: what was served, and how the models are."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from llm_router.projection import project
from llm_router.v1.stats_pb2 import GetStatsRequest
from rest_shim.call import CallContext
from rest_shim.core import OPERATOR_TIMEOUT_S, core_of
from rest_shim.json_answer import json_answer
from rest_shim.openapi import STATS_ANSWER

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
