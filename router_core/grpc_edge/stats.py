"""StatsService: what was served, and how this router is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Final

from llm_router.v1 import stats_pb2, stats_pb2_grpc
from router_core import __version__
from router_core.app.stats import Stats
from router_core.app.watching import Watching
from router_core.decide.figures import Wanted
from router_core.grpc_edge.call import Access, Call, Guard, stream_rpc, unary_rpc
from router_core.grpc_edge.stats_messages import (
    model_state_message,
    record_message,
    seen_message,
    spending_message,
    summed_message,
    timestamp,
)
from router_core.grpc_edge.stats_requests import (
    dimension_of,
    most_of,
    page_token,
    place_of,
    span_of,
    wanted_of,
)

_GROUPS: Final = 100
_PAGE: Final = 50


class StatsServicer(stats_pb2_grpc.StatsServiceServicer):
    """Checks, calls the use cases, converts."""

    def __init__(
        self, guard: Guard, stats: Stats, watching: Watching, metrics: Callable[[], str]
    ) -> None:
        """Makes one.

        Args:
            guard: who may call.
            stats: what was served, and how the models are.
            watching: what has just ended.
            metrics: writes them in Prometheus' text format; it may take a while.
        """
        self.guard = guard
        self._stats = stats
        self._watching = watching
        self._metrics = metrics

    @unary_rpc
    async def GetStats(
        self, request: stats_pb2.GetStatsRequest, call: Call
    ) -> stats_pb2.GetStatsResponse:
        """Sums up a range of time."""
        most = most_of(request.max_groups, _GROUPS, "max_groups")
        summed = await self._stats.summed(span_of(request), dimension_of(request.group_by), most)
        response = summed_message(summed)
        response.models.extend(map(model_state_message, self._stats.models()))
        response.spending.extend(map(spending_message, self._stats.spending()))
        return response

    # Whoever sees single requests sees when every caller asked for what.
    @unary_rpc(access=Access.OPERATOR)
    async def ListRequests(
        self, request: stats_pb2.ListRequestsRequest, call: Call
    ) -> stats_pb2.ListRequestsResponse:
        """Lists requests, newest first."""
        most = most_of(request.page_size, _PAGE, "page_size")
        page = await self._stats.listed(wanted_of(request), most, place_of(request))
        return stats_pb2.ListRequestsResponse(
            requests=map(record_message, page.records),
            next_page_token=page_token(page.next, request),
        )

    @stream_rpc(access=Access.OPERATOR)
    async def WatchRequests(
        self, request: stats_pb2.WatchRequestsRequest, call: Call
    ) -> AsyncGenerator[stats_pb2.WatchRequestsResponse]:
        """Follows requests as they end, until the caller leaves or the server stops."""
        wanted = Wanted(category=request.category or None, model=request.model or None)
        async with aclosing(self._watching.follow(wanted)) as ended:
            async for seen in ended:
                yield seen_message(seen)

    @unary_rpc
    async def GetMetrics(
        self, request: stats_pb2.GetMetricsRequest, call: Call
    ) -> stats_pb2.GetMetricsResponse:
        """The metrics in Prometheus' text format."""
        return stats_pb2.GetMetricsResponse(text=await asyncio.to_thread(self._metrics))

    @unary_rpc
    async def GetServerInfo(
        self, request: stats_pb2.GetServerInfoRequest, call: Call
    ) -> stats_pb2.GetServerInfoResponse:
        """Tells which router this is."""
        info = self._stats.server_info()
        return stats_pb2.GetServerInfoResponse(
            version=__version__,
            start_time=timestamp(info.started),
            mode=info.mode,
            demo=info.demo,
            warnings=info.warnings,
        )

    @unary_rpc(access=Access.OPERATOR)
    async def ResetModel(
        self, request: stats_pb2.ResetModelRequest, call: Call
    ) -> stats_pb2.ResetModelResponse:
        """Closes a model's breaker and lifts its bench."""
        state = self._stats.reset_model(request.model)
        return stats_pb2.ResetModelResponse(state=model_state_message(state))
