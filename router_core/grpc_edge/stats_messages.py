"""What was served, as messages; an amount that is not known is left out, and never 0."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from itertools import starmap
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.v1 import route_pb2, stats_pb2
from router_core.app.ports import Summed
from router_core.app.stats import ModelState
from router_core.app.watching import Seen
from router_core.decide.health import Standing
from router_core.decide.histogram import Histogram
from router_core.decide.records import RequestRecord
from router_core.decide.routing import RouteReason
from router_core.decide.spending import SpendingState
from router_core.decide.totals import EstimateSums, SavedSums, Totals
from router_core.grpc_edge.complete import SOURCES, attempt_message
from router_core.grpc_edge.money import usd
from router_core.grpc_edge.route import REASONS

__all__ = [
    "model_state_message",
    "record_message",
    "seen_message",
    "spending_message",
    "summed_message",
    "timestamp",
]

_SHARES: Final = (0.5, 0.9, 0.95, 0.99)
_REASONS: Final = {str(reason): REASONS[reason] for reason in RouteReason}


def timestamp(moment: datetime) -> Timestamp:
    """A time of day in UTC."""
    message = Timestamp()
    message.FromDatetime(moment)
    return message


# -- sums ------------------------------------------------------------------------------


def summed_message(summed: Summed) -> stats_pb2.GetStatsResponse:
    """What was served in a range of time; nothing of how the router is now."""
    totals = summed.total
    return stats_pb2.GetStatsResponse(
        requests=totals.requests,
        errors=totals.errors,
        cost_usd=usd(totals.cost_usd),
        unknown_cost_requests=totals.cost_unknown,
        savings=_savings_message(totals.best_single, totals.dearest),
        by_category=starmap(_group_message, summed.by_category.items()),
        by_model=starmap(_group_message, summed.by_model.items()),
        since=timestamp(summed.since),
        total=_group_message("", totals),
        groups=starmap(_group_message, summed.groups.items()),
        groups_left_out=summed.left_out,
    )


def _group_message(name: str, totals: Totals) -> stats_pb2.GroupStats:
    return stats_pb2.GroupStats(
        name=name,
        requests=totals.requests,
        errors=totals.errors,
        cost_usd=usd(totals.cost_usd),
        unknown_cost_requests=totals.cost_unknown,
        prompt_tokens=totals.prompt_tokens,
        completion_tokens=totals.completion_tokens,
        mean_latency_ms=totals.latency_ms.mean,
        errors_by_class=totals.errors_by_class,
        cancelled=totals.cancelled,
        fallbacks=totals.fallbacks,
        attempts=totals.attempts,
        cached_tokens=totals.cached_tokens,
        cache_write_tokens=totals.cache_write_tokens,
        reasoning_tokens=totals.reasoning_tokens,
        reported_cost_usd=None if totals.cost_usd is None else usd(totals.reported_usd),
        estimated_cost_usd=None if totals.cost_usd is None else usd(totals.estimated_usd),
        classifier_cost_usd=usd(totals.classifier_usd or None),
        estimated_share=_share(totals.estimated_usd, totals.cost_usd),
        latency_ms=_percentiles_message(totals.latency_ms),
        ttft_ms=_percentiles_message(totals.ttft_ms),
        overhead_ms=_percentiles_message(totals.overhead_ms),
        tokens_per_second=_percentiles_message(totals.tokens_per_second),
        cache_hit_share=_share(totals.cached_tokens, totals.prompt_tokens),
        classifiers_compared=totals.compared,
        classifier_agreement=_share(totals.agreed, totals.compared),
        savings=_savings_message(totals.best_single, totals.dearest),
        estimates=_estimates_message(totals.estimates),
    )


def _share(part: Decimal | int, whole: Decimal | int | None) -> float | None:
    return float(part / whole) if whole else None


def _percentiles_message(values: Histogram) -> stats_pb2.Percentiles | None:
    if not values.count:
        return None
    p50, p90, p95, p99 = values.quantiles(_SHARES)
    return stats_pb2.Percentiles(count=values.count, p50=p50, p90=p90, p95=p95, p99=p99)


def _savings_message(best_single: SavedSums, dearest: SavedSums) -> stats_pb2.Savings:
    return stats_pb2.Savings(
        against_best_single_usd=usd(best_single.usd) if best_single.requests else None,
        against_dearest_usd=usd(dearest.usd) if dearest.requests else None,
        requests=best_single.requests,
        unknown_requests=best_single.unknown,
    )


def _estimates_message(sums: EstimateSums) -> stats_pb2.EstimateError | None:
    if not sums.requests:
        return None
    return stats_pb2.EstimateError(
        requests=sums.requests,
        estimated_usd=f"{sums.estimated_usd:f}",
        actual_usd=f"{sums.actual_usd:f}",
        mean_relative_error=sums.relative / sums.paid if sums.paid else None,
    )


# -- requests --------------------------------------------------------------------------


def record_message(record: RequestRecord) -> stats_pb2.RequestRecord:
    """One request that ended."""
    usage, cost = record.usage, record.cost
    return stats_pb2.RequestRecord(
        id=record.id,
        time=timestamp(record.time),
        category=record.category,
        model=record.model,
        mode=record.mode,
        status=record.status,
        cost_usd=usd(cost.usd),
        cost_source=SOURCES[cost.source],
        attempts=map(attempt_message, record.attempts),
        latency_ms=record.latency_ms,
        ttft_ms=record.ttft_ms,
        overhead_ms=record.overhead_ms,
        provider=record.provider,
        caller=record.caller,
        session=record.session,
        reason=_REASONS.get(record.reason, route_pb2.ROUTE_REASON_UNSPECIFIED),
        error_class=record.error_class,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        estimated_cost_usd=usd(record.estimated_usd),
        classifier_calls=map(attempt_message, record.classifier_calls),
        streamed=record.streamed,
        operation=record.operation,
        savings=_saved_message(record),
    )


def _saved_message(record: RequestRecord) -> stats_pb2.Savings | None:
    baseline = record.baseline
    if baseline is None:
        return None
    best_single, dearest = SavedSums(), SavedSums()
    best_single.add(record.saved_usd(baseline.best_single_usd))
    dearest.add(record.saved_usd(baseline.dearest_usd))
    return _savings_message(best_single, dearest)


def seen_message(seen: Seen) -> stats_pb2.WatchRequestsResponse:
    """One request that has just ended."""
    return stats_pb2.WatchRequestsResponse(request=record_message(seen.record), missed=seen.missed)


# -- now -------------------------------------------------------------------------------


def model_state_message(state: ModelState) -> stats_pb2.ModelState:
    """How a model is."""
    health = state.health
    return stats_pb2.ModelState(
        model=state.model.name,
        provider=state.model.provider,
        state=_STANDINGS[health.standing],
        consecutive_failures=health.consecutive_failures,
        reopens_at=timestamp(state.back_at) if state.back_at else None,
        reason=health.why,
    )


_STANDINGS: Final = {
    standing: stats_pb2.BreakerState.Value(f"BREAKER_STATE_{standing.name}")
    for standing in Standing
}
"""The enum value of each standing; one that the protos lack fails at import."""


def spending_message(state: SpendingState) -> stats_pb2.SpendingState:
    """What is spent of one limit."""
    return stats_pb2.SpendingState(
        caller=state.caller,
        period=state.period,
        spent_usd=f"{state.spent_usd:f}",
        reserved_usd=f"{state.reserved_usd:f}",
        limit_usd=f"{state.limit_usd:f}",
        resets_at=timestamp(state.resets_at),
    )
