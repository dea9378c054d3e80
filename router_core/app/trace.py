"""What happens to one request, from receipt to its ledger row."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from router_core.app.ports import Clock, RequestRecord
from router_core.app.route import Routed
from router_core.decide.chat import JsonObject
from router_core.decide.config import ModelRef
from router_core.decide.failures import Failure
from router_core.decide.routing import RouteReason
from router_core.decide.stats import AttemptRecord, cost_of_calls, reported_cost

_log = logging.getLogger("router_core.calls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a request came in.

    Attributes:
        request_id: the router's id of it.
        received: when, in monotonic seconds.
        deadline: the caller's own, in monotonic seconds, or ``None``.
    """

    request_id: str
    received: float
    deadline: float | None = None


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
    """What a request took; times in milliseconds, the cost in USD (``None``: unknown)."""

    attempts: tuple[AttemptRecord, ...]
    cost_usd: Decimal | None
    latency_ms: float
    ttft_ms: float | None


@dataclass(slots=True)
class RequestTrace:
    """Collects what happens to one request; lives as long as the request."""

    arrival: Arrival
    clock: Clock
    mode: str
    status: str = "error"
    failures: list[tuple[ModelRef, Failure]] = field(default_factory=list)
    _attempts: list[AttemptRecord] = field(default_factory=list)
    _routed: Routed | None = None
    _calling: ModelRef | None = None
    _called_at: float = 0.0
    _sent_at: float | None = None
    _waited: float = 0.0
    _first_content_at: float | None = None
    _answered_by: ModelRef | None = None
    _usage: JsonObject = field(default_factory=dict)

    def routed(self, routed: Routed) -> None:
        """The decision was taken."""
        self._routed = routed

    def calls(self, model: ModelRef) -> None:
        """A call of ``model`` begins."""
        self._calling, self._called_at, self._usage = model, self.clock.monotonic(), {}

    def sends(self) -> None:
        """A request is about to leave; the first one ends the router's own time."""
        if self._sent_at is None:
            self._sent_at = self.clock.monotonic()

    def waits(self, seconds: float) -> None:
        """The request waited for others; until the first one leaves, not the router's time."""
        if self._sent_at is None:
            self._waited += seconds

    def shows_content(self) -> None:
        """The first content came."""
        if self._first_content_at is None:
            self._first_content_at = self.clock.monotonic()

    def reads(self, answer: JsonObject) -> None:
        """An answer or a chunk came; its usage, if it has one, is what counts so far."""
        usage = answer.get("usage")
        if isinstance(usage, dict) and usage:
            self._usage = usage

    def failed(self, failure: Failure) -> None:
        """The running call failed."""
        assert self._calling is not None
        self.failures.append((self._calling, failure))
        # Not its message: an upstream may quote the prompt in it.
        _log.warning(
            "request %s: %s at %s failed: %s, HTTP status %s, code %s",
            self.arrival.request_id,
            self._calling.id,
            self._calling.provider,
            failure.failure_class,
            failure.status or "none",
            failure.code or "none",
        )
        self._close_attempt(failure.failure_class, failure.status)

    def succeeded(self) -> None:
        """The running call answered."""
        self._answered_by = self._calling
        self._close_attempt("ok", 200)
        self.status = "ok"

    def cancelled(self) -> None:
        """The caller left, or its deadline passed."""
        self.status = "cancelled"
        if self._calling is not None:
            self._close_attempt("cancelled", None)

    @property
    def tokens(self) -> int:
        """How long the conversation is with the answer, as its usage tells; 0: it does not."""
        return sum(self.used)

    @property
    def used(self) -> tuple[int, int]:
        """The tokens of the prompt and of the answer, as its usage tells; 0: it does not."""
        prompt, answer = self._usage.get("prompt_tokens"), self._usage.get("completion_tokens")
        return _count(prompt), _count(answer)

    def decided(self) -> Decided:
        """What is known once a model is answering."""
        model = self._calling or self._answered_by
        assert model is not None
        assert self._routed is not None
        return Decided(
            request_id=self.arrival.request_id,
            category=self._routed.decision.category,
            model=model,
            reason=self._routed.decision.reason_for(model),
            attempts=len(self._attempts) + (self._calling is not None),
            overhead_ms=self._overhead_ms() or 0.0,
        )

    def ended(self) -> Ended:
        """What the request took so far."""
        return Ended(
            attempts=tuple(self._attempts),
            cost_usd=cost_of_calls(self._classifier_calls, self._attempts),
            latency_ms=self._since_receipt(self.clock.monotonic()),
            ttft_ms=self._ttft_ms(),
        )

    def record(self) -> RequestRecord:
        """The ledger's row; a call that nothing is known of ended in an error."""
        if self._calling is not None:
            self._close_attempt("error", None)
        decision = self._routed.decision if self._routed else None
        prompt_tokens, completion_tokens = self.used
        return RequestRecord(
            id=self.arrival.request_id,
            time=self.clock.now(),
            category=decision.category if decision else "",
            model=self._answered_by.name if self._answered_by else "",
            mode=self.mode,
            status=self.status,
            attempts=tuple(self._attempts),
            latency_ms=self._since_receipt(self.clock.monotonic()),
            ttft_ms=self._ttft_ms(),
            overhead_ms=self._overhead_ms(),
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            classifier_calls=self._classifier_calls,
        )

    @property
    def _classifier_calls(self) -> tuple[AttemptRecord, ...]:
        found = self._routed.classification if self._routed else None
        return found.calls if found else ()

    def _close_attempt(self, outcome: str, http_status: int | None) -> None:
        assert self._calling is not None
        self._attempts.append(
            AttemptRecord(
                model=self._calling.name,
                provider=self._calling.provider,
                outcome=outcome,
                latency_ms=(self.clock.monotonic() - self._called_at) * 1e3,
                cost_usd=reported_cost(self._usage),
                http_status=http_status,
            )
        )
        self._calling = None

    def _overhead_ms(self) -> float | None:
        return None if self._sent_at is None else self._since_receipt(self._sent_at - self._waited)

    def _ttft_ms(self) -> float | None:
        first = self._first_content_at
        return None if first is None else self._since_receipt(first)

    def _since_receipt(self, moment: float) -> float:
        return (moment - self.arrival.received) * 1e3


_MOST_TOKENS = 2**40
"""No request has more; a larger count is a mistake that no sum should hold."""


def _count(value: Any) -> int:
    known = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
    return value if known else 0
