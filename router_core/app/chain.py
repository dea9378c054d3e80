"""One request's way through its candidates: whom to call next, for how long, and what of it.

    async for attempt in chain:
        with attempt:
            answer = await attempt.provider.complete(attempt.call)
            return answer
    raise chain.exhausted()

A call that fails ends its ``with`` block quietly, and the loop goes on: to the same
model once more, or to the next. Where no other would do better it raises instead.
Whatever ends the block, the model's slot and its breaker's pass are given back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from router_core.app.alarms import recovered, sound
from router_core.app.ports import Clock, ModelCall, Provider, Providers
from router_core.app.slots import Slot, Slots
from router_core.app.trace import RequestTrace
from router_core.app.unanswered import Unanswered
from router_core.decide.capabilities import has_larger_window
from router_core.decide.chat import ChatRequest
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.failures import EFFECTS, Failure, FailureClass, FallBack
from router_core.decide.health import Health, Leave, Refusal
from router_core.decide.limiting import limits_of
from router_core.decide.model_info import ModelInfo
from router_core.decide.portability import portable
from router_core.decide.retries import retry_pause_s
from router_core.decide.routing import RouteDecision, RouteReason
from router_core.decide.time_budget import Allowance, TimeBudget
from router_core.errors import (
    ModelNotFound,
    RouterError,
    StreamBroken,
    UpstreamFailure,
    UpstreamRejected,
)

__all__ = ["Attempt", "Calling", "Chain"]

_A_WAIT_S: Final = 0.001
"""From how many seconds on a slot was waited for."""
_LEASE_MARGIN_S: Final = 5.0
"""How much longer than its call a probe may hold its breaker's pass, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """What calling models takes, the same for all requests.

    Attributes:
        jitter: random numbers from 0 to 1.
    """

    providers: Providers
    health: Health
    slots: Slots
    clock: Clock
    jitter: Callable[[], float]


@dataclass(slots=True)
class Chain:
    """The candidates of one request, and how far it has come with them.

    Args:
        decision: whom to call, in which order.
        thread: the opaque id of the conversation; empty: there is none.
        info_of: what is known of a model.
        streams: whether the answer is wanted piece by piece.
    """

    calling: Calling
    request: ChatRequest
    config: RoutingConfig
    decision: RouteDecision
    info_of: Callable[[ModelRef], ModelInfo]
    trace: RequestTrace
    streams: bool
    thread: str = ""
    _budget: TimeBudget = field(init=False)
    _unanswered: Unanswered = field(init=False)
    _left: deque[ModelRef] = field(init=False)
    _insists: bool = field(init=False)
    _again: _Again | None = None
    _overflowed: list[ModelInfo] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begins with the first."""
        arrival = self.trace.arrival
        self._budget = TimeBudget(
            received=arrival.received,
            total_s=self.config.deadlines.total_s,
            deadline=arrival.deadline,
        )
        self._unanswered = Unanswered(self.calling.health, self._budget, self.trace.failures)
        self._left = deque(self.decision.to_call)
        # Whether a model that the caller names exists is its provider's to say, each time.
        self._insists = self.decision.reason is RouteReason.DIRECT_MODEL

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Attempt:
        if self._again is not None:
            again, self._again = self._again, None
            if again.pause_s:
                await self.calling.clock.sleep(again.pause_s)
            if attempt := await self._begin(again.model, again):
                return attempt
        while self._left and self._seconds_left() > 0:
            model = self._left.popleft()
            if self._may_fit(model) and (attempt := await self._begin(model)):
                return attempt
        raise StopAsyncIteration

    async def _begin(self, model: ModelRef, again: _Again | None = None) -> Attempt | None:
        """An attempt at ``model``; ``None``: it may not be called now."""
        calling, clock = self.calling, self.calling.clock
        if again is None and not self._would_admit(model):
            self._unanswered.rests(model, calling.health.of(model, clock.monotonic()))
            return None
        provider = calling.providers(self.config.providers[model.provider])
        body = portable(
            self.request.body,
            source=self.decision.holder,
            target=model,
            foreign=self.decision.foreign,
        )
        allowance, began = self._allow(model), clock.monotonic()
        slot = await self._take_slot(model, allowance)
        if slot is None:
            self._unanswered.is_busy(model)
            return None
        leave = calling.health.admit(
            model,
            clock.monotonic(),
            lease_s=self._seconds_left() + _LEASE_MARGIN_S,
            despite_absence=self._insists,
            despite_bench_until=again.bench_until if again else None,
        )
        if isinstance(leave, Refusal):
            slot.give_back()
            self._unanswered.rests(model, leave.health)
            return None
        if (waited_s := clock.monotonic() - began) > _A_WAIT_S:
            self.trace.waits(began, waited_s)
            allowance = self._allow(model)
        self.trace.calls(model, waives_nothing=provider.waives_nothing)
        call = ModelCall(
            model_id=model.id,
            body=body,
            include_usage=self.request.include_usage,
            thread=self.thread,
            data_policy=limits_of(self.request, self.config).data_policy,
            deadlines=allowance.deadlines,
            on_send=self.trace.sends,
            on_id=self.trace.names,
            on_spoilt=self.trace.spoils,
        )
        return Attempt(
            provider=provider,
            call=call,
            chain=self,
            leave=leave,
            slot=slot,
            began=clock.monotonic(),
            is_retry=again is not None,
            allowance=allowance,
        )

    def ended(self, attempt: Attempt, failure: Failure | None) -> None:
        """Takes note of how an attempt ended; ``None``: nobody can tell."""
        attempt.slot.give_back()
        if failure is None:
            self.calling.health.released(attempt.leave)
        else:
            self._failed(attempt, failure)

    def answered(self, attempt: Attempt) -> None:
        """Takes note of a whole answer."""
        attempt.slot.give_back()
        if self.calling.health.answered(attempt.leave):
            recovered(attempt.leave.model)

    def exhausted(self) -> RouterError:
        """What to tell the caller now that nobody is left."""
        return self._unanswered.error(self.calling.clock.monotonic())

    # -- what a failure leads to

    def _failed(self, attempt: Attempt, failure: Failure) -> None:
        """Raises where no other model would do better."""
        model, now = attempt.leave.model, self.calling.clock.monotonic()
        self.trace.failed(failure)
        if failure.is_our_timeout and self._was_hurried(attempt):
            self.calling.health.released(attempt.leave)
        else:
            sound(self.calling.health.failed(attempt.leave, failure, now), model)
        effect = EFFECTS[failure.failure_class]
        if attempt.committed:
            raise StreamBroken(failure)
        if effect.fall_back is FallBack.NO:
            raise UpstreamRejected(failure)
        if self._insists and failure.failure_class is FailureClass.MODEL_GONE:
            raise ModelNotFound(failure.message)
        if effect.fall_back is FallBack.LARGER_WINDOW:
            if model not in self.decision.tight:  # else it was likely, and no news to anybody
                self._unanswered.overflowed(failure)
            self._overflowed.append(self.info_of(model))
        if not attempt.is_retry:
            self._again = self._retry(model, failure, now - attempt.began)

    def _was_hurried(self, attempt: Attempt) -> bool:
        """Whether it was too little time, and not the model's own deadline, that passed."""
        if self._budget.is_callers and self._seconds_left() <= 0:
            return True
        spent_s = self.calling.clock.monotonic() - attempt.began
        allowance = attempt.allowance
        return allowance.cut_short and not attempt.committed and spent_s >= allowance.answer_s

    def _retry(self, model: ModelRef, failure: Failure, spent_s: float) -> _Again | None:
        to_call = self._to_call()
        pause_s = retry_pause_s(
            failure,
            jitter=self.calling.jitter(),
            spent_s=spent_s,
            left_s=self._seconds_left(),
            to_call=to_call,
            is_only=to_call == 1 and all(each == model for each, _ in self.trace.failures),
        )
        if pause_s is None:
            return None
        if failure.failure_class is FailureClass.RATE_LIMITED:
            now = self.calling.clock.monotonic()
            return _Again(model, pause_s, self.calling.health.of(model, now).back_at)
        return _Again(model, pause_s) if self._would_admit(model) else None

    # -- who may be called, and for how long

    def _may_fit(self, model: ModelRef) -> bool:
        """Whether a conversation that was too large for others may fit ``model``."""
        return all(has_larger_window(self.info_of(model), than=small) for small in self._overflowed)

    def _to_call(self) -> int:
        """How many models are still to be called, the present one included."""
        return 1 + sum(map(self._would_admit, self._left))

    def _would_admit(self, model: ModelRef) -> bool:
        now = self.calling.clock.monotonic()
        return self.calling.health.would_admit(model, now, despite_absence=self._insists)

    def _seconds_left(self) -> float:
        return self._budget.left_s(self.calling.clock.monotonic())

    def _allow(self, model: ModelRef) -> Allowance:
        now, own = self.calling.clock.monotonic(), self.config.deadlines_of(model)
        return self._budget.allow(own, now, to_call=self._to_call(), streams=self.streams)

    async def _take_slot(self, model: ModelRef, allowance: Allowance) -> Slot | None:
        limits, deadlines = self.config.limits, allowance.deadlines
        own = self.config.settings_of(model).max_concurrent
        return await self.calling.slots.take(
            model.key,
            at_once=own or limits.max_concurrent,
            queued=limits.max_queued,
            wait_s=min(deadlines.first_token_s, deadlines.total_s),
        )


@dataclass(frozen=True, slots=True)
class _Again:
    """The same model once more, after a pause in seconds.

    Attributes:
        bench_until: when the rest ends that its own failure has brought it, which does
            not count; ``None``: there is none.
    """

    model: ModelRef
    pause_s: float
    bench_until: float | None = None


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One call of a model; a context manager around it.

    Attributes:
        committed: set once a piece of the answer has gone to the caller.
        answered: set once the block has ended well.
        allowance: how long it may take.
    """

    provider: Provider
    call: ModelCall
    chain: Chain
    leave: Leave
    slot: Slot
    began: float
    is_retry: bool
    allowance: Allowance
    committed: bool = False
    answered: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Passes over an upstream's failure, so that another attempt can be made."""
        if error is None:
            self.answered = True
            self.chain.answered(self)
            return False
        failure = error.failure if isinstance(error, UpstreamFailure) else None
        self.chain.ended(self, failure)
        return failure is not None
