"""CompleteService: answers, whole or piece by piece."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from llm_router.chat_json import fill_from_json
from llm_router.v1 import complete_pb2, complete_pb2_grpc
from router_core.app.complete import Complete, Event
from router_core.app.trace import Decided, Ended
from router_core.decide.cost import CostSource
from router_core.decide.records import AttemptRecord
from router_core.errors import InvalidRequest
from router_core.grpc_edge.arrival import arrival_of
from router_core.grpc_edge.call import Call, Guard, stream_rpc, unary_rpc
from router_core.grpc_edge.chat import read_chat, wants_stream
from router_core.grpc_edge.money import usd
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
        done = await self._complete(chat, arrival_of(call))
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
        async with aclosing(self._complete.stream(chat, arrival_of(call))) as events:
            async for event in events:
                yield _event_message(event)


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
        attempts=map(attempt_message, ended.attempts),
        cost_usd=usd(ended.cost.usd),
        cost_source=SOURCES[ended.cost.source],
        classifier_cost_usd=usd(ended.classifier_cost.usd),
        latency_ms=ended.latency_ms,
        ttft_ms=ended.ttft_ms,
    )


def attempt_message(attempt: AttemptRecord) -> complete_pb2.Attempt:
    """One call of a model."""
    usage = attempt.usage
    return complete_pb2.Attempt(
        model=attempt.model,
        provider=attempt.provider,
        outcome=attempt.outcome,
        cost_usd=usd(attempt.cost.usd),
        cost_source=SOURCES[attempt.cost.source],
        latency_ms=attempt.latency_ms,
        http_status=attempt.http_status,
        generation_id=attempt.generation_id,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        estimated_cost_usd=usd(attempt.estimated_usd),
    )


SOURCES: Final = {
    source: complete_pb2.CostSource.Value(f"COST_SOURCE_{source.name}") for source in CostSource
}
"""The enum value of each source; one that the protos lack fails at import."""
