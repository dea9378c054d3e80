"""What happens to one request, from receipt to its ledger row."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from router_core.app.expect import Expected
from router_core.app.ports import Clock
from router_core.app.route import Routed
from router_core.app.running_call import RunningCall
from router_core.decide.answers import is_last, with_cost
from router_core.decide.chat import JsonObject
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.cost import MONEY, Cost, CostSource
from router_core.decide.failures import Failure
from router_core.decide.records import (
    AttemptRecord,
    Baseline,
    RequestRecord,
    Stage,
    cost_of_calls,
    cost_of_classifying,
)
from router_core.decide.routing import RouteReason
from router_core.decide.savings import Answered, baseline, chain_of
from router_core.decide.spending import Reservation, counted_for
from router_core.decide.usage import NO_USAGE, Usage
from router_core.errors import RouterError

__all__ = ["Arrival", "Decided", "Ended", "RequestTrace"]

_log = logging.getLogger("router_core.calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a request came in.

    Attributes:
        request_id: the router's id of it.
        received: when, in monotonic seconds.
        deadline: the caller's own, in monotonic seconds, or ``None``.
        traceparent: W3C's, of the caller's trace; empty: it sent none.
    """

    request_id: str
    received: float
    deadline: float | None = None
    traceparent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The model that answers, and how it came to that; times in milliseconds."""

    request_id: str
    category: str
    model: ModelRef
    reason: RouteReason
    attempts: int
    overhead_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a request took; times in milliseconds."""

    attempts: tuple[AttemptRecord, ...]
    cost: Cost
    classifier_cost: Cost
    latency_ms: float
    ttft_ms: float | None


@dataclass(slots=True)
class RequestTrace:
    """Collects what happens to one request; lives as long as the request.

    Attributes:
        failures: the calls that failed, in order.
        classifier_calls: those of models that classified it, as they end.
    """

    arrival: Arrival
    clock: Clock
    config: RoutingConfig
    caller: str = ""
    streamed: bool = False
    status: str = "error"
    reserved: Reservation | None = None
    failures: list[tuple[ModelRef, Failure]] = field(default_factory=list)
    classifier_calls: list[AttemptRecord] = field(default_factory=list)
    _error_class: str = ""
    _attempts: list[AttemptRecord] = field(default_factory=list)
    _stages: list[Stage] = field(default_factory=list)
    _routed: Routed | None = None
    _expected: Expected | None = None
    _running: RunningCall | None = None
    _sent_at: float | None = None
    _waited: float = 0.0
    _first_content_at: float | None = None
    _answered_by: ModelRef | None = None

    def routed(self, routed: Routed, expected: Expected, began: float) -> None:
        """The decision was taken, which began at ``began``, in monotonic seconds."""
        self._routed, self._expected = routed, expected
        found = routed.classification
        if found is not None and found.began is not None:
            self._stage("classify", found.began, found.elapsed_us / 1e6)
        self._stage("route", began, self.clock.monotonic() - began)

    def reserves(self, reserved: Reservation, routed: Routed) -> None:
        """Its cost is reserved; a limit may have changed the decision."""
        self.reserved, self._routed = reserved, routed

    def calls(self, model: ModelRef, *, waives_nothing: bool) -> None:
        """A call of ``model`` begins.

        Args:
            waives_nothing: whether its provider takes nothing for an answer of nothing.
        """
        assert self._routed is not None
        assert self._expected is not None
        self._running = RunningCall(
            model=model,
            began=self.clock.monotonic(),
            when=self._expected.when,
            images=self._routed.demands.images,
            prices=self._expected.prices_of(model),
            estimated_usd=self._expected.cost_usd(model),
            waives_nothing=waives_nothing,
        )
        if self.reserved is not None and self._attempts:
            before = counted_for((*self.classifier_calls, *self._attempts))
            self.reserved.covers(MONEY.add(before, self._running.estimated_usd or 0))

    def sends(self) -> None:
        """A request is about to leave; the first one ends the router's own time."""
        if self._running is not None:
            self._running.is_sent = True
        if self._sent_at is None:
            self._sent_at = self.clock.monotonic()

    def waits(self, began: float, seconds: float) -> None:
        """The request waited for others; until the first one leaves, not the router's time."""
        self._stage("slot", began, seconds)
        if self._sent_at is None:
            self._waited += seconds

    def shows_content(self) -> None:
        """The first content came."""
        if self._first_content_at is None:
            self._first_content_at = self.clock.monotonic()

    def names(self, generation_id: str) -> None:
        """The upstream has named the running call's answer, before it came."""
        if self._running is not None:
            self._running.names(generation_id)

    def reads(self, answer: JsonObject) -> None:
        """An answer or a chunk of the running call came."""
        if self._running is not None:
            self._running.reads(answer)

    def spoils(self, answer: JsonObject) -> None:
        """An answer or a chunk came that tells of a failure, and perhaps of what it cost."""
        self.reads(answer)
        self.comes_to_nothing()

    def comes_to_nothing(self) -> None:
        """The running call's answer has nothing in it, and does not say why."""
        if self._running is not None:
            self._running.comes_to_nothing()

    def priced(self, answer: dict[str, Any]) -> dict[str, Any]:
        """What the caller gets of an answer or a chunk: with its cost, where only we tell that.

        Only of the last usage: until then it grows.
        """
        running, usage = self._running, answer.get("usage")
        if running is None or not isinstance(usage, dict) or not usage or not is_last(answer):
            return answer
        _, cost = running.costs
        if cost.source is not CostSource.ESTIMATED or cost.usd is None:
            return answer
        return with_cost(answer, cost.usd)

    def failed(self, failure: Failure) -> None:
        """The running call failed."""
        assert self._running is not None
        model = self._running.model
        self.failures.append((model, failure))
        # Not its message: an upstream may quote the prompt in it.
        _log.warning(
            "request %s: %s at %s failed: %s, HTTP status %s, code %s",
            self.arrival.request_id,
            model.id,
            model.provider,
            failure.failure_class,
            failure.status or "none",
            failure.code or "none",
        )
        if failure.unsent:
            self._running.is_sent = False
        self._close_attempt(failure.failure_class, failure.status)

    def succeeded(self) -> None:
        """The running call answered."""
        assert self._running is not None
        self._answered_by = self._running.model
        self._close_attempt("ok", 200)
        self.status = "ok"

    def cancelled(self, why: str = "cancelled") -> None:
        """The caller left, or its deadline passed; after the whole answer, nothing of it counts.

        Args:
            why: the record's ``error_class``.
        """
        if self.status == "ok":
            return
        self.status, self._error_class = "cancelled", why
        if self._running is not None:
            self._close_attempt("cancelled", None)

    def fails(self, error: RouterError) -> None:
        """The request ends in an error; one model's failure names it where that was the end."""
        failure = getattr(error, "failure", None)
        told = failure.failure_class if isinstance(failure, Failure) else error.reason.lower()
        self._error_class = str(told)

    @property
    def tokens(self) -> int:
        """How long the conversation is with the answer, as its usage tells; 0: it does not."""
        return sum(self.used)

    @property
    def used(self) -> tuple[int, int]:
        """The tokens of the prompt and of the answer, as its usage tells; 0: it does not."""
        usage = self._usage
        return usage.prompt_tokens, usage.completion_tokens

    def decided(self) -> Decided:
        """What is known once a model is answering."""
        model = self._running.model if self._running else self._answered_by
        assert model is not None
        assert self._routed is not None
        return Decided(
            request_id=self.arrival.request_id,
            category=self._routed.decision.category,
            model=model,
            reason=self._routed.decision.reason_for(model),
            attempts=len(self._attempts) + (self._running is not None),
            overhead_ms=self._overhead_ms() or 0.0,
        )

    def so_far(self) -> dict[str, str]:
        """What is known of a request that gets no answer, by the headers that tell it."""
        routed, overhead_ms = self._routed, self._overhead_ms()
        if routed is None:
            return {}
        cost = self.ended().cost
        told = {
            "x-router-category": routed.decision.category,
            "x-router-reason": str(routed.decision.reason),
            "x-router-attempts": str(len(self._attempts)),
            "x-router-overhead-ms": "" if overhead_ms is None else f"{overhead_ms:.2f}",
            "x-router-cost-usd": "" if cost.usd is None else f"{cost.usd:f}",
        }
        return {name: value for name, value in told.items() if value}

    def ended(self) -> Ended:
        """What the request took so far."""
        attempts = tuple(self._attempts)
        return Ended(
            attempts=attempts,
            cost=cost_of_calls(self.classifier_calls, attempts),
            classifier_cost=cost_of_classifying(self.classifier_calls),
            latency_ms=self._since_receipt(self.clock.monotonic()),
            ttft_ms=self._ttft_ms(),
        )

    def record(self) -> RequestRecord:
        """The ledger's row; a call that nothing is known of ended in an error."""
        if self._running is not None:
            self._close_attempt("error", None)
        if self.status == "error" and not self._error_class:
            self._error_class = RouterError.reason.lower()
        routed, answered_by = self._routed, self._answered_by
        decision = routed.decision if routed else None
        found = routed.classification if routed else None
        latency_ms = self._since_receipt(self.clock.monotonic())
        return RequestRecord(
            id=self.arrival.request_id,
            time=self.clock.now() - timedelta(milliseconds=latency_ms),
            category=decision.category if decision else "",
            model=answered_by.name if answered_by else "",
            provider=answered_by.provider if answered_by else "",
            mode=self.config.mode,
            reason=self._reason(),
            status=self.status,
            error_class=self._error_class,
            caller=self.caller,
            session=routed.place.thread if routed else "",
            streamed=self.streamed,
            attempts=tuple(self._attempts),
            latency_ms=latency_ms,
            ttft_ms=self._ttft_ms(),
            overhead_ms=self._overhead_ms(),
            classifier_calls=tuple(self.classifier_calls),
            agreed=found.agreed if found else None,
            baseline=self._baseline(),
            stages=tuple(self._stages),
            traceparent=self.arrival.traceparent,
        )

    def _baseline(self) -> Baseline | None:
        """For savings; ``None`` where it was not answered, or there was no choice."""
        routed, expected = self._routed, self._expected
        if self.status != "ok" or self._answered_by is None or not routed or not expected:
            return None
        answered = Answered(
            model=self._answered_by,
            attempts=tuple(self._attempts),
            ongoing=routed.ongoing,
            images=routed.demands.images,
            when=expected.when,
        )
        chain = chain_of(routed.decision, self.config)
        if not chain:
            return None
        prices = {model: expected.prices_of(model) for model in chain}
        return Baseline.later(partial(baseline, chain, answered, prices.get))

    @property
    def _usage(self) -> Usage:
        return self._attempts[-1].usage if self._attempts else NO_USAGE

    def _reason(self) -> str:
        if self._routed is None:
            return ""
        decision = self._routed.decision
        return decision.reason_for(self._answered_by) if self._answered_by else decision.reason

    @property
    def classifier_usd(self) -> Decimal:
        """What classifying it has cost, as far as that is known."""
        return cost_of_calls(self.classifier_calls, ()).usd or Decimal(0)

    def _close_attempt(self, outcome: str, http_status: int | None) -> None:
        running, self._running = self._running, None
        assert running is not None
        self._attempts.append(
            running.closed(
                outcome,
                http_status,
                began_ms=self._since_receipt(running.began),
                latency_ms=(self.clock.monotonic() - running.began) * 1e3,
            )
        )

    def _stage(self, name: str, began: float, seconds: float) -> None:
        began_ms = self._since_receipt(began)
        self._stages.append(Stage(name=name, began_ms=began_ms, latency_ms=seconds * 1e3))

    def _overhead_ms(self) -> float | None:
        return None if self._sent_at is None else self._since_receipt(self._sent_at - self._waited)

    def _ttft_ms(self) -> float | None:
        first = self._first_content_at
        return None if first is None else self._since_receipt(first)

    def _since_receipt(self, moment: float) -> float:
        return (moment - self.arrival.received) * 1e3
