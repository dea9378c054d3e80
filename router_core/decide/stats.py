"""Sums over the requests that were served."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from router_core.decide.chat import JsonObject

__all__ = [
    "AttemptRecord",
    "GroupTotals",
    "StatsSnapshot",
    "cost_of_calls",
    "reported_cost",
    "request_cost",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One call of a model that ended.

    Attributes:
        outcome: "ok", "cancelled" or a `FailureClass`.
        cost_usd: as the provider reported it; ``None``: unknown, which is not 0.
    """

    model: str
    provider: str
    outcome: str
    latency_ms: float
    cost_usd: Decimal | None = None
    http_status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupTotals:
    """The sums of one category or model.

    Attributes:
        name: the category, or the model that answered; ``""``: there was none.
        requests: how many ended.
        errors: how many of these ended in an error; a cancelled one is none.
        cost_usd: the sum of the known costs; ``None``: none is known.
        unknown_cost_requests: how many have no known cost.
        mean_latency_ms: from receipt to the end, of those that ended well;
            ``None``: there was none.
        mean_answer_ms: of the calls that answered alone, from the call to the end of the
            answer, without what had failed before; ``None``: there was none.
        mean_answer_tokens: how long the answers were of which that was told; ``None``:
            it was of none.
    """

    name: str
    requests: int
    errors: int
    cost_usd: Decimal | None
    unknown_cost_requests: int
    prompt_tokens: int
    completion_tokens: int
    mean_latency_ms: float | None
    mean_answer_ms: float | None = None
    mean_answer_tokens: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatsSnapshot:
    """Everything that was counted, at one moment.

    Attributes:
        since: when counting began.
        requests, errors, cost_usd, unknown_cost_requests, mean_answer_tokens: over all
            requests, as in `GroupTotals`.
        by_category, by_model: busiest first.
    """

    since: datetime
    requests: int
    errors: int
    cost_usd: Decimal | None
    unknown_cost_requests: int
    by_category: tuple[GroupTotals, ...]
    by_model: tuple[GroupTotals, ...]
    mean_answer_tokens: float | None = None


def cost_of_calls(
    classifier_calls: Iterable[AttemptRecord], attempts: Iterable[AttemptRecord]
) -> Decimal | None:
    """What a request cost with its classification; ``None``: unknown.

    A classifier that costs nothing makes no cost known.
    """
    paid = [call.cost_usd for call in classifier_calls if call.cost_usd]
    return request_cost([*paid, *(attempt.cost_usd for attempt in attempts)])


def request_cost(attempts: Iterable[Decimal | None]) -> Decimal | None:
    """What a request cost: the sum of its attempts' known costs.

    Args:
        attempts: each attempt's cost in USD; ``None``: unknown.

    Returns:
        The sum; ``None`` when no attempt's cost is known, which is not 0.
    """
    known = [cost for cost in attempts if cost is not None and cost.is_finite()]
    return sum(known, Decimal(0)) if known else None


def reported_cost(usage: JsonObject) -> Decimal | None:
    """The provider's own figure in USD, exactly as it was written; ``None``: it gave none.

    Args:
        usage: an answer's ``usage``.
    """
    cost = usage.get("cost")
    if isinstance(cost, bool) or not isinstance(cost, int | float) or cost < 0:
        return None
    return Decimal(repr(cost))
