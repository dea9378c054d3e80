"""Answers a request: decide, call, fall back, record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from router_core.app.chain import Attempt, Calling, Chain
from router_core.app.expect import Expected
from router_core.app.heartbeat import with_heartbeats
from router_core.app.ports import ConfigSource, Recorder
from router_core.app.replay import Replay
from router_core.app.route import Route, Routed
from router_core.app.spending import Spending
from router_core.app.trace import Arrival, Decided, Ended, RequestTrace
from router_core.decide.answers import (
    commits,
    ended_blank,
    explains_emptiness,
    is_empty,
    is_usage_only,
)
from router_core.decide.candidates import Chance
from router_core.decide.chat import ChatRequest
from router_core.decide.config import RoutingConfig
from router_core.decide.demands import estimated_tokens
from router_core.decide.exhausted import DEFAULT_WAIT_S
from router_core.decide.failures import Failure, FailureClass
from router_core.decide.request_limits import NO_LIMITS
from router_core.decide.routing import RouteDecision
from router_core.decide.said import Said
from router_core.decide.target import ROUTER
from router_core.errors import (
    CandidatesExhausted,
    DeadlineExceeded,
    NoCapableModel,
    NoModelWithinLimits,
    RouterError,
    UpstreamFailure,
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

    Attributes:
        replay: sees what was decided and answered; ``None``: nobody does.
        spending: holds what is spent within limits; ``None``: nobody does.

    Raises:
        InvalidRequest, ModelNotFound: as `Route`.
        NoCapableModel: no model can take the request.
        NoModelWithinLimits: its limits leave no model that can.
        SpendingLimitReached: a spending limit has no room for it.
        UpstreamRejected: a model refused the request as such.
        CandidatesExhausted: none answered.
        DeadlineExceeded: the caller's own deadline passed.
        StreamBroken: the answering model failed in the middle of a stream.
    """

    route: Route
    config: ConfigSource
    calling: Calling
    recorder: Recorder
    replay: Replay | None = None
    spending: Spending | None = None

    async def __call__(self, request: ChatRequest, arrival: Arrival) -> Completed:
        """Returns the whole answer."""
        config = self.config.current()
        with self._traced(request, arrival, config, streams=False) as trace:
            routed = await self._routed(request, config, trace)
            chain = self._chain(request, config, routed, trace)
            async for attempt in chain:
                with attempt:
                    completion = await attempt.provider.complete(attempt.call)
                    trace.reads(completion)
                    if is_empty(completion):
                        raise _emptiness([completion], trace)
                    trace.shows_content()
                    decided, priced = trace.decided(), trace.priced(completion)
                    trace.succeeded()
                    if said := routed.place.listener():
                        said.reads(completion)
                    self._remember(request, routed, attempt, trace, said)
                    return Completed(completion=priced, decided=decided, ended=trace.ended())
            raise chain.exhausted()

    def stream(self, request: ChatRequest, arrival: Arrival) -> AsyncGenerator[Event]:
        """Yields the answer piece by piece.

        Nothing of it is yielded before the commit, the first piece of content: until
        then another model may take over, afterwards never. While that takes long there
        are chunks with an empty delta.
        """
        return with_heartbeats(
            self._stream(request, arrival),
            chunk_id=f"chatcmpl-{arrival.request_id}",
            model=request.model or ROUTER,
            clock=self.calling.clock,
        )

    async def _stream(self, request: ChatRequest, arrival: Arrival) -> AsyncGenerator[Event]:
        config = self.config.current()
        with self._traced(request, arrival, config, streams=True) as trace:
            routed = await self._routed(request, config, trace)
            chain = self._chain(request, config, routed, trace)
            async for attempt in chain:
                said = routed.place.listener()
                with attempt:
                    async with aclosing(_answer(attempt, request, trace, said)) as events:
                        async for event in events:
                            attempt.committed = True
                            yield event
                    trace.succeeded()
                if attempt.answered:
                    self._remember(request, routed, attempt, trace, said)
                    yield trace.ended()
                    return
            raise chain.exhausted()

    @contextmanager
    def _traced(
        self, request: ChatRequest, arrival: Arrival, config: RoutingConfig, *, streams: bool
    ) -> Iterator[RequestTrace]:
        """A trace that ends in the ledger, whatever happens."""
        trace = RequestTrace(
            arrival=arrival,
            clock=self.calling.clock,
            config=config,
            caller=request.caller,
            streamed=streams,
        )
        try:
            yield trace
        except (asyncio.CancelledError, GeneratorExit):
            trace.cancelled()
            raise
        except DeadlineExceeded as error:
            trace.cancelled(error.reason.lower())
            error.decided = trace.so_far()
            raise
        except RouterError as error:
            trace.fails(error)
            error.decided = trace.so_far()
            raise
        finally:
            if trace.reserved is not None:
                trace.reserved.give_back()
            self.recorder.record(trace.record())

    async def _routed(
        self, request: ChatRequest, config: RoutingConfig, trace: RequestTrace
    ) -> Routed:
        """The decision, with somebody to call."""
        began = self.calling.clock.monotonic()
        routed = await self.route(request, config, trace.classifier_calls)
        expected = Expected(routed=routed, info_of=self.route.prospects.info_of)
        trace.routed(routed, expected, began)
        _require_candidates(routed.decision, request)
        if self.spending is not None and config.limits.cap_spending:
            routed = self._within_spending(self.spending, request, routed, expected, trace)
        decision = routed.decision
        self.route.paces.begins(decision.category, decision.to_call[0], free=decision.is_by_policy)
        return routed

    def _within_spending(
        self,
        spending: Spending,
        request: ChatRequest,
        routed: Routed,
        expected: Expected,
        trace: RequestTrace,
    ) -> Routed:
        """The decision, with what it is expected to cost reserved."""
        decision, reserved = spending.admit(
            request.caller,
            trace.config.limits,
            routed.decision,
            expected.cost_of,
            trace.classifier_usd,
        )
        routed = replace(routed, decision=decision)
        trace.reserves(reserved, routed)
        return routed

    def _remember(
        self,
        request: ChatRequest,
        routed: Routed,
        attempt: Attempt,
        trace: RequestTrace,
        said: Said | None,
    ) -> None:
        """The conversation goes on from this answer, with the model that gave it.

        The decision may be replayed under another config.
        """
        if self.replay is not None:
            self.replay.saw(request, routed, trace.used)
        self.route.sessions.remember(
            routed.place,
            routed.decision,
            attempt.leave.model,
            trace.tokens or estimated_tokens(request.prompt_bytes),
            said,
        )

    def _chain(
        self,
        request: ChatRequest,
        config: RoutingConfig,
        routed: Routed,
        trace: RequestTrace,
    ) -> Chain:
        return Chain(
            calling=self.calling,
            request=request,
            config=config,
            decision=routed.decision,
            thread=routed.place.thread,
            info_of=self.route.prospects.info_of,
            trace=trace,
            streams=trace.streamed,
        )


def _require_candidates(decision: RouteDecision, request: ChatRequest) -> None:
    """Raises where the request cannot be served, or the category cannot."""
    if decision.to_call:
        return
    told = [f"{each.model.name}: {each.reason}" for each in decision.candidates]
    chances = {each.chance for each in decision.candidates}
    if Chance.OUTSIDE in chances:
        param = "" if request.limits is NO_LIMITS else "router"
        raise NoModelWithinLimits(f"no model is within the limits: {'; '.join(told)}", param)
    if Chance.UNFIT in chances:
        raise NoCapableModel(f"no model can take this request: {'; '.join(told)}")
    raise CandidatesExhausted(told, DEFAULT_WAIT_S)


async def _answer(
    attempt: Attempt, request: ChatRequest, trace: RequestTrace, said: Said | None
) -> AsyncGenerator[Event]:
    """Streams one model's answer, held back until it commits."""
    withhold_usage = not (request.include_usage or attempt.provider.always_reports_usage)
    held: list[dict[str, Any]] = []
    committed = may_be_empty = False
    async with aclosing(attempt.provider.stream(attempt.call)) as chunks:
        async for chunk in chunks:
            trace.reads(chunk)
            if said is not None:
                said.reads(chunk)
            if withhold_usage and is_usage_only(chunk):
                continue
            if not committed:
                may_be_empty = may_be_empty or explains_emptiness(chunk)
                held.append(trace.priced(chunk))
                if not commits(chunk):
                    continue
                committed = True
                trace.shows_content()
                yield trace.decided()
                for held_chunk in held:
                    yield held_chunk
            else:
                yield trace.priced(chunk)
    if committed:
        return
    if not may_be_empty:
        raise _emptiness(held, trace)
    yield trace.decided()
    for held_chunk in held:
        yield held_chunk


def _emptiness(answers: list[dict[str, Any]], trace: RequestTrace) -> UpstreamFailure:
    """What an answer without content is, in pieces or whole."""
    if ended_blank(answers):
        trace.comes_to_nothing()
    return UpstreamFailure(EMPTY_ANSWER)
