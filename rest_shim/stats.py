"""/stats: what was served, how the models are, and back to work with one that rests."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from llm_router.projection import enum_slug, project
from llm_router.v1.stats_pb2 import (
    GetStatsRequest,
    ListRequestsRequest,
    ResetModelRequest,
    StatsDimension,
)
from rest_shim.call import CallContext
from rest_shim.core import OPERATOR_TIMEOUT_S, core_of
from rest_shim.json_answer import json_answer
from rest_shim.openapi_stats import (
    MODEL_STATE_ANSWER,
    REQUESTS_ANSWER,
    REQUESTS_QUERY,
    STATS_ANSWER,
    STATS_QUERY,
)
from rest_shim.query import Query

__all__ = ["router"]

router = APIRouter(tags=["stats"])

_DIMENSIONS: Final = {
    slug: number
    for number in StatsDimension.values()
    if (slug := enum_slug(StatsDimension.DESCRIPTOR, number))
}
_STATUSES: Final = {status: status for status in ("ok", "error", "cancelled")}


@router.get("/stats", responses=STATS_ANSWER, openapi_extra=STATS_QUERY)
async def get_stats(request: Request) -> Response:
    """Sums up what was served in a range of time."""
    query = Query(request, "start", "end", "group_by", "max_groups")
    start, end = query.span()
    asked = GetStatsRequest(
        start_time=start,
        end_time=end,
        group_by=query.one_of("group_by", _DIMENSIONS, StatsDimension.STATS_DIMENSION_UNSPECIFIED),
        max_groups=query.count("max_groups"),
    )
    answer = await core_of(request).stats.GetStats(
        asked, timeout=OPERATOR_TIMEOUT_S, metadata=CallContext.of(request).metadata()
    )
    return json_answer(project(answer))


@router.get("/stats/requests", responses=REQUESTS_ANSWER, openapi_extra=REQUESTS_QUERY)
async def list_requests(request: Request) -> Response:
    """Lists the requests that ended, newest first; an operator's to see."""
    names = ("category", "model", "caller", "session", "page_token")
    query = Query(request, *names, "status", "page_size", "start", "end")
    start, end = query.span()
    asked = ListRequestsRequest(
        page_size=query.count("page_size"),
        page_token=query.text("page_token"),
        category=query.text("category"),
        model=query.text("model"),
        status=query.one_of("status", _STATUSES, ""),
        start_time=start,
        end_time=end,
        caller=query.text("caller"),
        session=query.text("session"),
    )
    answer = await core_of(request).stats.ListRequests(
        asked, timeout=OPERATOR_TIMEOUT_S, metadata=CallContext.of(request).metadata()
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
