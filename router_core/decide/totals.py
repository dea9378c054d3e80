"""Sums over requests; those of two sets add up to those of both."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from router_core.decide.cost import MONEY, CostSource
from router_core.decide.cost import total as cost_of
from router_core.decide.histogram import Histogram
from router_core.decide.records import AttemptRecord, RequestRecord
from router_core.decide.spending import counted_usd

__all__ = ["EstimateSums", "SavedSums", "Totals"]

_NOTHING: Final = Decimal(0)


@dataclass(slots=True, kw_only=True)
class SavedSums:
    """What was saved against one alternative, what classifying took off; USD.

    Attributes:
        usd: below 0: lost.
        requests: how many answered requests are in it.
        unknown: how many are not, since a price or a cost is not known.
    """

    usd: Decimal = _NOTHING
    requests: int = 0
    unknown: int = 0

    def add(self, saved_usd: Decimal | None) -> None:
        """Takes one more answered request; ``None``: what it saved is not known."""
        if saved_usd is None:
            self.unknown += 1
        else:
            self.requests += 1
            self.usd = MONEY.add(self.usd, saved_usd)

    def merge(self, other: SavedSums) -> None:
        """Takes all requests of other sums."""
        self.usd = MONEY.add(self.usd, other.usd)
        self.requests += other.requests
        self.unknown += other.unknown


@dataclass(slots=True, kw_only=True)
class EstimateSums:
    """Of answered requests with an estimate before the call and a known cost; USD.

    Attributes:
        relative: the sum of |estimate - cost| / cost over those that cost something.
        paid: how many did.
    """

    requests: int = 0
    estimated_usd: Decimal = _NOTHING
    actual_usd: Decimal = _NOTHING
    relative: float = 0.0
    paid: int = 0

    def add(self, estimated_usd: Decimal | None, actual_usd: Decimal | None) -> None:
        """Takes one more request; one without both figures is not in it."""
        if estimated_usd is None or actual_usd is None:
            return
        self.requests += 1
        self.estimated_usd = MONEY.add(self.estimated_usd, estimated_usd)
        self.actual_usd = MONEY.add(self.actual_usd, actual_usd)
        if actual_usd > 0:
            self.paid += 1
            self.relative += float(abs(estimated_usd - actual_usd) / actual_usd)

    def merge(self, other: EstimateSums) -> None:
        """Takes all requests of other sums."""
        self.requests += other.requests
        self.estimated_usd = MONEY.add(self.estimated_usd, other.estimated_usd)
        self.actual_usd = MONEY.add(self.actual_usd, other.actual_usd)
        self.relative += other.relative
        self.paid += other.paid


@dataclass(slots=True, kw_only=True)
class Totals:
    """Sums over requests; all but the money is of those whose operation is "chat".

    Attributes:
        requests: how many ended.
        errors: of these, in an error; a cancelled one is none.
        errors_by_class: these, by `RequestRecord.error_class`.
        fallbacks: answered by another model than the one called first.
        attempts: calls of models that were to answer.
        reported_usd, estimated_usd: known costs, by attempt and classifier call.
        classifier_usd: of these, for classifying.
        spent_usd: for limits: the costs, and where one is not known its estimate.
        cost_known: how many requests have a known cost.
        cost_unknown: how many may have cost something that nobody knows.
        latency_ms: of those that ended well.
        tokens_per_second: of streams that ended well, from the first content on.
        compared, agreed: requests that several classifiers judged, and judged alike.
        best_single, dearest: savings.
    """

    requests: int = 0
    errors: int = 0
    cancelled: int = 0
    errors_by_class: dict[str, int] = field(default_factory=dict)
    fallbacks: int = 0
    attempts: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    reported_usd: Decimal = _NOTHING
    estimated_usd: Decimal = _NOTHING
    classifier_usd: Decimal = _NOTHING
    spent_usd: Decimal = _NOTHING
    cost_known: int = 0
    cost_unknown: int = 0
    latency_ms: Histogram = field(default_factory=Histogram)
    ttft_ms: Histogram = field(default_factory=Histogram)
    overhead_ms: Histogram = field(default_factory=Histogram)
    tokens_per_second: Histogram = field(default_factory=Histogram)
    compared: int = 0
    agreed: int = 0
    best_single: SavedSums = field(default_factory=SavedSums)
    dearest: SavedSums = field(default_factory=SavedSums)
    estimates: EstimateSums = field(default_factory=EstimateSums)

    @property
    def cost_usd(self) -> Decimal | None:
        """The sum of the known costs; ``None``: none is known."""
        known = MONEY.add(self.reported_usd, self.estimated_usd)
        return known if self.cost_known or known else None

    def add(self, record: RequestRecord) -> None:
        """Takes one more request."""
        self._add_money(record)
        if record.operation == "chat":
            self._add_request(record)
            self._add_times(record)
            self._add_judgements(record)

    def _add_money(self, record: RequestRecord) -> None:
        self.spent_usd = MONEY.add(self.spent_usd, counted_usd(record))
        for call in record.classifier_calls:
            self._add_call(call)
            self.classifier_usd = MONEY.add(self.classifier_usd, call.cost.usd or _NOTHING)
        for call in record.attempts:
            self._add_call(call)

    def _add_call(self, call: AttemptRecord) -> None:
        usd = call.cost.usd
        if usd is None:
            return
        if call.cost.source is CostSource.REPORTED:
            self.reported_usd = MONEY.add(self.reported_usd, usd)
        else:
            self.estimated_usd = MONEY.add(self.estimated_usd, usd)

    def _add_request(self, record: RequestRecord) -> None:
        usage = record.usage
        self.requests += 1
        self.errors += record.status == "error"
        self.cancelled += record.status == "cancelled"
        if record.error_class and record.status == "error":
            by_class = self.errors_by_class
            by_class[record.error_class] = by_class.get(record.error_class, 0) + 1
        self.fallbacks += record.fell_back
        self.attempts += len(record.attempts)
        self.prompt_tokens += usage.prompt_tokens
        self.completion_tokens += usage.completion_tokens
        self.cached_tokens += usage.cached_tokens
        self.cache_write_tokens += usage.cache_write_tokens
        self.reasoning_tokens += usage.reasoning_tokens

    def _add_times(self, record: RequestRecord) -> None:
        if record.status == "ok":
            self.latency_ms.add(record.latency_ms)
        if record.ttft_ms is not None:
            self.ttft_ms.add(record.ttft_ms)
        if record.overhead_ms is not None:
            self.overhead_ms.add(record.overhead_ms)
        speed = _tokens_per_second(record)
        if speed is not None:
            self.tokens_per_second.add(speed)

    def _add_judgements(self, record: RequestRecord) -> None:
        cost_usd = record.cost.usd
        self.cost_known += cost_usd is not None
        self.cost_unknown += record.is_cost_unknown
        self.compared += record.agreed is not None
        self.agreed += record.agreed is True
        if record.baseline is not None:
            self.best_single.add(record.saved_usd(record.baseline.best_single_usd))
            self.dearest.add(record.saved_usd(record.baseline.dearest_usd))
        if record.status == "ok":
            answered = cost_of(attempt.cost for attempt in record.attempts)
            self.estimates.add(record.estimated_usd, answered.usd)

    def merge(self, other: Totals) -> None:
        """Takes all requests of other sums."""
        self._merge_money(other)
        if other.requests:
            self._merge_requests(other)
            self.latency_ms.merge(other.latency_ms)
            self.ttft_ms.merge(other.ttft_ms)
            self.overhead_ms.merge(other.overhead_ms)
            self.tokens_per_second.merge(other.tokens_per_second)
            self.best_single.merge(other.best_single)
            self.dearest.merge(other.dearest)
            self.estimates.merge(other.estimates)

    def _merge_money(self, other: Totals) -> None:
        self.reported_usd = MONEY.add(self.reported_usd, other.reported_usd)
        self.estimated_usd = MONEY.add(self.estimated_usd, other.estimated_usd)
        self.classifier_usd = MONEY.add(self.classifier_usd, other.classifier_usd)
        self.spent_usd = MONEY.add(self.spent_usd, other.spent_usd)

    def _merge_requests(self, other: Totals) -> None:
        self.requests += other.requests
        self.errors += other.errors
        self.cancelled += other.cancelled
        for error, count in other.errors_by_class.items():
            self.errors_by_class[error] = self.errors_by_class.get(error, 0) + count
        self.fallbacks += other.fallbacks
        self.attempts += other.attempts
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.cached_tokens += other.cached_tokens
        self.cache_write_tokens += other.cache_write_tokens
        self.reasoning_tokens += other.reasoning_tokens
        self.cost_known += other.cost_known
        self.cost_unknown += other.cost_unknown
        self.compared += other.compared
        self.agreed += other.agreed


def _tokens_per_second(record: RequestRecord) -> float | None:
    tokens = record.usage.completion_tokens
    if not record.streamed or record.status != "ok" or record.ttft_ms is None or tokens <= 1:
        return None
    took_ms = record.latency_ms - record.ttft_ms
    return tokens / took_ms * 1e3 if took_ms > 0 else None
