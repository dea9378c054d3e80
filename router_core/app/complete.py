"""Answers a request: decide, call, fall back, record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from router_core.app.ports import Clock, ConfigSource, Ledger, ModelCall, Provider, Providers
from router_core.app.route import Route
from router_core.app.trace import Arrival, Decided, Ended, RequestTrace
from router_core.decide.answers import commits, explains_emptiness, is_empty, is_usage_only
from router_core.decide.chat import ChatRequest
from router_core.decide.config import ModelRef, RoutingConfig
from router_core.decide.failures import FALLS_BACK, Failure, FailureClass
from router_core.errors import (
    AllRateLimited,
    AllTimedOut,
    CandidatesExhausted,
    DeadlineExceeded,
    ModelNotFound,
    StreamBroken,
    UpstreamFailure,
    UpstreamRejected,
)

EMPTY_ANSWER = Failure(
    failure_class=FailureClass.INVALID_ANSWER, message="the answer was empty", status=200
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A whole answer, as the upstream wrote it, and what it took."""

    completion: dict[str, Any]
    decided: Decided
    ended: Ended


Event = Decided | dict[str, Any] | Ended
"""Of a stream: the decision at the commit, the chunks as the upstream wrote them, the end."""


@dataclass(frozen=True, slots=True)
class Complete:
    """The use case; both ways call the candidates one after the other until one answers.

    Raises:
        InvalidRequest, ModelNotFound: as `Route`.
        UpstreamRejected: a model refused the request as such.
        CandidatesExhausted: none answered.
        DeadlineExceeded: the caller's own deadline passed.
        StreamBroken: the answering model failed in the middle of a stream.
    """

    route: Route
    config: ConfigSource
    providers: Providers
    ledger: Ledger
    clock: Clock

    async def __call__(self, request: ChatRequest, arrival: Arrival) -> Completed:
        """Returns the whole answer."""
        config = self.config.current()
        with self._traced(arrival, config) as trace:
            for model in await self._candidates(request, config, trace):
                provider, call = self._begin(model, request, config, trace)
                try:
                    completion = await provider.complete(call)
                    trace.reads(completion)
                    if is_empty(completion):
                        raise UpstreamFailure(EMPTY_ANSWER)
                except UpstreamFailure as error:
                    self._fall_back(error.failure, trace)
                    continue
                trace.shows_content()
                decided = trace.decided()
                trace.succeeded()
                return Completed(completion=completion, decided=decided, ended=trace.ended())
            raise exhausted(trace.failures)

    async def stream(self, request: ChatRequest, arrival: Arrival) -> AsyncGenerator[Event]:
        """Yields the answer piece by piece.

        Nothing is yielded before the commit, the first piece of content: until
        then another model may take over, afterwards never.
        """
        config = self.config.current()
        with self._traced(arrival, config) as trace:
            for model in await self._candidates(request, config, trace):
                committed = False
                try:
                    async with aclosing(self._attempt(model, request, config, trace)) as events:
                        async for event in events:
                            committed = True
                            yield event
                except UpstreamFailure as error:
                    if committed:
                        trace.failed(error.failure)
                        raise StreamBroken(error.failure) from error
                    self._fall_back(error.failure, trace)
                    continue
                trace.succeeded()
                yield trace.ended()
                return
            raise exhausted(trace.failures)

    async def _attempt(
        self, model: ModelRef, request: ChatRequest, config: RoutingConfig, trace: RequestTrace
    ) -> AsyncGenerator[Event]:
        """Streams one model's answer, held back until it commits."""
        provider, call = self._begin(model, request, config, trace)
        withhold_usage = not (request.include_usage or provider.always_reports_usage)
        held: list[dict[str, Any]] = []
        committed = may_be_empty = False
        async with aclosing(provider.stream(call)) as chunks:
            async for chunk in chunks:
                trace.reads(chunk)
                if withhold_usage and is_usage_only(chunk):
                    continue
                if not committed:
                    may_be_empty = may_be_empty or explains_emptiness(chunk)
                    held.append(chunk)
                    if not commits(chunk):
                        continue
                    committed = True
                    trace.shows_content()
                    yield trace.decided()
                    for held_chunk in held:
                        yield held_chunk
                else:
                    yield chunk
        if committed:
            return
        if not may_be_empty:
            raise UpstreamFailure(EMPTY_ANSWER)
        yield trace.decided()
        for held_chunk in held:
            yield held_chunk

    @contextmanager
    def _traced(self, arrival: Arrival, config: RoutingConfig) -> Iterator[RequestTrace]:
        """A trace that ends in the ledger, whatever happens."""
        trace = RequestTrace(arrival=arrival, clock=self.clock, mode=config.mode)
        try:
            yield trace
        except (asyncio.CancelledError, GeneratorExit, DeadlineExceeded):
            trace.cancelled()
            raise
        finally:
            self.ledger.record(trace.record())

    async def _candidates(
        self, request: ChatRequest, config: RoutingConfig, trace: RequestTrace
    ) -> tuple[ModelRef, ...]:
        routed = await self.route(request, config)
        trace.routed(routed)
        return routed.decision.to_call

    def _begin(
        self, model: ModelRef, request: ChatRequest, config: RoutingConfig, trace: RequestTrace
    ) -> tuple[Provider, ModelCall]:
        deadlines = config.deadlines
        give_up_at = trace.arrival.received + deadlines.total_s
        if trace.arrival.deadline is not None:
            give_up_at = min(give_up_at, trace.arrival.deadline)
        left = give_up_at - self.clock.monotonic()
        if left <= 0:
            tried = "; ".join(describe(*failed) for failed in trace.failures)
            raise DeadlineExceeded(f"no time was left to call {model.name}; tried: {tried or '-'}")
        trace.calls(model)
        call = ModelCall(
            model_id=model.id,
            body=request.body,
            include_usage=request.include_usage,
            deadlines=replace(deadlines, total_s=left),
            on_send=trace.sends,
        )
        return self.providers[model.provider], call

    @staticmethod
    def _fall_back(failure: Failure, trace: RequestTrace) -> None:
        """Goes on to the next candidate, or raises where no other would do better."""
        trace.failed(failure)
        if failure.failure_class not in FALLS_BACK:
            raise UpstreamRejected(failure)
        if trace.is_direct and failure.failure_class is FailureClass.MODEL_GONE:
            raise ModelNotFound(failure.message)


DEFAULT_WAIT_S = 15.0
"""When to come back, in seconds, where no upstream said: as long as a model rests after a 429."""


def exhausted(failures: list[tuple[ModelRef, Failure]]) -> CandidatesExhausted:
    """What to tell the caller once no candidate is left."""
    tried = [describe(model, failure) for model, failure in failures]
    waits = [f.retry_after_s for _, f in failures if f.retry_after_s is not None]
    classes = {failure.failure_class for _, failure in failures}
    if classes == {FailureClass.TIMEOUT}:
        return AllTimedOut(tried)
    retry_after_s = min(waits, default=DEFAULT_WAIT_S)
    if classes == {FailureClass.RATE_LIMITED}:
        return AllRateLimited(tried, retry_after_s)
    return CandidatesExhausted(tried, retry_after_s)


def describe(model: ModelRef, failure: Failure) -> str:
    """One failed call in words, such as ``glm-5 (openrouter): no_access, HTTP 401: bad key``."""
    return f"{model.name} ({model.provider}): {failure.failure_class}, {failure.message}"
