"""StatsService: what was served, and how this router is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.v1 import stats_pb2, stats_pb2_grpc
from router_core import __version__
from router_core.app.stats import ModelState, Stats
from router_core.decide.health import Standing
from router_core.decide.stats import GroupTotals
from router_core.errors import NotBuilt
from router_core.grpc_edge.call import Access, Call, Guard, unary_rpc
from router_core.grpc_edge.not_built import not_built, not_built_stream


class StatsServicer(stats_pb2_grpc.StatsServiceServicer):
    """Checks, calls the use case, converts."""

    def __init__(self, guard: Guard, stats: Stats) -> None:
        self.guard = guard
        self._stats = stats

    @unary_rpc
    async def GetStats(
        self, request: stats_pb2.GetStatsRequest, call: Call
    ) -> stats_pb2.GetStatsResponse:
        """Sums up all that was served since the start."""
        if request.HasField("start_time") or request.HasField("end_time"):
            raise NotBuilt("this version sums up all since its start; ranges of time come later")
        totals = self._stats.totals()
        return stats_pb2.GetStatsResponse(
            requests=totals.requests,
            errors=totals.errors,
            cost_usd=_usd(totals.cost_usd),
            unknown_cost_requests=totals.unknown_cost_requests,
            savings=stats_pb2.Savings(),
            by_category=map(_group, totals.by_category),
            by_model=map(_group, totals.by_model),
            models=map(_model_state, self._stats.models()),
            since=_timestamp(totals.since),
        )

    @unary_rpc
    async def GetServerInfo(
        self, request: stats_pb2.GetServerInfoRequest, call: Call
    ) -> stats_pb2.GetServerInfoResponse:
        """Tells which router this is."""
        info = self._stats.server_info()
        return stats_pb2.GetServerInfoResponse(
            version=__version__,
            start_time=_timestamp(info.started),
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
        return stats_pb2.ResetModelResponse(state=_model_state(state))

    ListRequests = not_built
    WatchRequests = not_built_stream
    GetMetrics = not_built


def _group(group: GroupTotals) -> stats_pb2.GroupStats:
    return stats_pb2.GroupStats(
        name=group.name,
        requests=group.requests,
        errors=group.errors,
        cost_usd=_usd(group.cost_usd),
        unknown_cost_requests=group.unknown_cost_requests,
        prompt_tokens=group.prompt_tokens,
        completion_tokens=group.completion_tokens,
        mean_latency_ms=group.mean_latency_ms,
    )


def _model_state(state: ModelState) -> stats_pb2.ModelState:
    health = state.health
    return stats_pb2.ModelState(
        model=state.model.name,
        provider=state.model.provider,
        state=_STANDINGS[health.standing],
        consecutive_failures=health.consecutive_failures,
        reopens_at=_timestamp(state.back_at) if state.back_at else None,
        reason=health.why,
    )


_STANDINGS: Final = {
    standing: stats_pb2.BreakerState.Value(f"BREAKER_STATE_{standing.name}")
    for standing in Standing
}
"""The enum value of each standing; one that the protos lack fails at import."""


def _usd(cost: Decimal | None) -> str | None:
    return None if cost is None else f"{cost:f}"


def _timestamp(moment: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(moment)
    return timestamp
