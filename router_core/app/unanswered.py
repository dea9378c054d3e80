"""Why a request found no model to answer it, and what its caller is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from router_core.app.alarms import shed
from router_core.decide.config import ModelRef
from router_core.decide.exhausted import Exhaustion, Unserved, exhaustion, least_wait_s
from router_core.decide.failures import Failure, FailureClass
from router_core.decide.health import Health, ModelHealth, Standing
from router_core.decide.time_budget import TimeBudget
from router_core.errors import (
    AllRateLimited,
    AllTimedOut,
    CandidatesExhausted,
    DeadlineExceeded,
    RouterError,
    UpstreamRejected,
)

__all__ = ["Unanswered"]

BUSY_S: Final = 1.0
"""When to come back to a router that is at its own limit, in seconds."""


@dataclass(frozen=True, slots=True)
class _NotCalled:
    """A model that was not called: how it fares, or that the router's limit is reached."""

    model: ModelRef
    cause: Standing | FailureClass
    why: str
    back_in_s: float | None = None


@dataclass(slots=True)
class Unanswered:
    """What kept a request's candidates from answering, as far as it has come.

    Attributes:
        failures: the calls that failed, in order.
    """

    health: Health
    budget: TimeBudget
    failures: Sequence[tuple[ModelRef, Failure]]
    _not_called: list[_NotCalled] = field(default_factory=list)
    _overflow: Failure | None = None

    def rests(self, model: ModelRef, health: ModelHealth) -> None:
        """``model`` is not called: it rests."""
        self._not_called.append(_NotCalled(model, health.standing, health.why))

    def is_busy(self, model: ModelRef) -> None:
        """``model`` is not called: as many calls of it run and wait as may."""
        busy = _NotCalled(model, FailureClass.BUSY, "as many calls run and wait as may", BUSY_S)
        self._not_called.append(busy)
        shed(model)

    def overflowed(self, failure: Failure) -> None:
        """The conversation was too large for a model's window."""
        self._overflow = failure

    def error(self, now: float) -> RouterError:
        """What to tell the caller now that nobody is left."""
        if self._overflow is not None:  # clients shorten the conversation when they see it
            return UpstreamRejected(self._overflow)
        tried = self._tried()
        if self.budget.is_callers and self.budget.left_s(now) <= 0:
            return DeadlineExceeded(f"no time was left; tried: {'; '.join(tried) or '-'}")
        unserved = self._unserved(now)
        match exhaustion(unserved):
            case Exhaustion.RATE_LIMITED:
                return AllRateLimited(tried, least_wait_s(unserved))
            case Exhaustion.TIMED_OUT:
                return AllTimedOut(tried)
            case Exhaustion.FAILED:
                return CandidatesExhausted(tried, least_wait_s(unserved))

    def _tried(self) -> list[str]:
        """A line for each call that failed, and for each model that was not called."""
        failed = (describe(model, failure) for model, failure in self.failures)
        not_called = (
            f"{each.model.name} ({each.model.provider}): {each.cause}, {each.why}"
            for each in self._not_called
        )
        return [*failed, *not_called]

    def _unserved(self, now: float) -> list[Unserved]:
        failed = (
            Unserved(
                cause=f.failure_class, back_in_s=self._back_in_s(model, now) or f.retry_after_s
            )
            for model, f in self.failures
        )
        not_called = (
            Unserved(cause=each.cause, back_in_s=self._back_in_s(each.model, now) or each.back_in_s)
            for each in self._not_called
        )
        return [*failed, *not_called]

    def _back_in_s(self, model: ModelRef, now: float) -> float | None:
        back_at = self.health.of(model, now).back_at
        return None if back_at is None else back_at - now


def describe(model: ModelRef, failure: Failure) -> str:
    """One failed call in words, such as ``glm-5 (openrouter): no_access, HTTP 401: bad key``."""
    return f"{model.name} ({model.provider}): {failure.failure_class}, {failure.message}"
