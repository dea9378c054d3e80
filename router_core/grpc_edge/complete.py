"""CompleteService: answers, whole or piece by piece."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from llm_router.chat_json import fill_from_json
from llm_router.v1 import complete_pb2, complete_pb2_grpc
from router_core.app.complete import Complete, Event
from router_core.app.trace import Arrival, Decided, Ended
from router_core.decide.stats import AttemptRecord
from router_core.errors import InvalidRequest
from router_core.grpc_edge.call import Call, Guard, stream_rpc, unary_rpc
from router_core.grpc_edge.chat import read_chat, wants_stream
from router_core.grpc_edge.route import REASONS


class CompleteServicer(complete_pb2_grpc.CompleteServiceServicer):
    """Checks, calls the use case, converts."""

    def __init__(self, guard: Guard, complete: Complete) -> None:
        self.guard = guard
        self._complete = complete

    @unary_rpc
    async def Complete(
        self, request: complete_pb2.CompleteRequest, call: Call
    ) -> complete_pb2.CompleteResponse:
        """Answers at once."""
        chat = read_chat(request, call.caller)
        if wants_stream(chat):
            raise InvalidRequest("Complete does not stream; StreamComplete does", "stream")
        done = await self._complete(chat, _arrival(call))
        response = complete_pb2.CompleteResponse(
            decision=_decision_message(done.decided), summary=_summary_message(done.ended)
        )
        fill_from_json(done.completion, response.completion)
        return response

    @stream_rpc
    async def StreamComplete(
        self, request: complete_pb2.StreamCompleteRequest, call: Call
    ) -> AsyncGenerator[complete_pb2.StreamCompleteResponse]:
        """Answers piece by piece."""
        chat = read_chat(request, call.caller)
        wants_stream(chat)
        async with aclosing(self._complete.stream(chat, _arrival(call))) as events:
            async for event in events:
                yield _event_message(event)


def _arrival(call: Call) -> Arrival:
    return Arrival(request_id=call.request_id, received=call.received, deadline=call.deadline)


def _event_message(event: Event) -> complete_pb2.StreamCompleteResponse:
    if isinstance(event, Decided):
        return complete_pb2.StreamCompleteResponse(decision=_decision_message(event))
    if isinstance(event, Ended):
        return complete_pb2.StreamCompleteResponse(summary=_summary_message(event))
    response = complete_pb2.StreamCompleteResponse()
    response.chunk.SetInParent()
    fill_from_json(event, response.chunk)
    return response


def _decision_message(decided: Decided) -> complete_pb2.Decision:
    return complete_pb2.Decision(
        request_id=decided.request_id,
        category=decided.category,
        model=decided.model.name,
        model_id=decided.model.id,
        provider=decided.model.provider,
        reason=REASONS[decided.reason],
        attempts=decided.attempts,
        overhead_ms=decided.overhead_ms,
    )


def _summary_message(ended: Ended) -> complete_pb2.Summary:
    return complete_pb2.Summary(
        attempts=map(_attempt_message, ended.attempts),
        cost_usd=None if ended.cost_usd is None else f"{ended.cost_usd:f}",
        cost_source=_cost_source(known=ended.cost_usd is not None),
        latency_ms=ended.latency_ms,
        ttft_ms=ended.ttft_ms,
    )


def _attempt_message(attempt: AttemptRecord) -> complete_pb2.Attempt:
    return complete_pb2.Attempt(
        model=attempt.model,
        provider=attempt.provider,
        outcome=attempt.outcome,
        cost_usd=None if attempt.cost_usd is None else f"{attempt.cost_usd:f}",
        cost_source=_cost_source(known=attempt.cost_usd is not None),
        latency_ms=attempt.latency_ms,
        http_status=attempt.http_status,
    )


def _cost_source(*, known: bool) -> complete_pb2.CostSource.ValueType:
    return complete_pb2.COST_SOURCE_REPORTED if known else complete_pb2.COST_SOURCE_UNKNOWN
