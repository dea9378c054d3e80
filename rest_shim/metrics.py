"""GET /metrics: what the core counts, and what this shim does."""

from __future__ import annotations

from typing import Final, cast

import grpc
from fastapi import APIRouter, Request, Response

from llm_router.v1.stats_pb2 import GetMetricsRequest
from rest_shim.call import CallContext
from rest_shim.core import core_of
from rest_shim.counting import CONTENT_TYPE, HttpCounts
from rest_shim.openapi_stats import METRICS_ANSWER

__all__ = ["router"]

router = APIRouter(tags=["stats"])

_TIMEOUT_S: Final = 5.0
"""Less than the 10 seconds for which Prometheus waits."""
_AWAY: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


@router.get("/metrics", responses=METRICS_ANSWER, response_class=Response)
async def get_metrics(request: Request) -> Response:
    """The metrics for Prometheus; without a core, those of the shim alone."""
    counts = cast("HttpCounts", request.app.state.counts)
    try:
        answer = await core_of(request).stats.GetMetrics(
            GetMetricsRequest(),
            timeout=_TIMEOUT_S,
            metadata=CallContext.of(request).metadata(),
        )
    except grpc.aio.AioRpcError as error:
        if error.code() not in _AWAY:
            raise
        text = counts.text(core_up=False)
    else:
        text = answer.text + counts.text(core_up=True)
    return Response(text, headers={"content-type": CONTENT_TYPE})
