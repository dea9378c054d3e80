"""Servicers that answer as a test says."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import grpc

from llm_router.v1 import complete_pb2, complete_pb2_grpc
from router_core.grpc_edge.call import Call, Guard, stream_rpc, unary_rpc

CompleteRequest = complete_pb2.CompleteRequest
CompleteResponse = complete_pb2.CompleteResponse
StreamCompleteRequest = complete_pb2.StreamCompleteRequest
StreamCompleteResponse = complete_pb2.StreamCompleteResponse

Answer = Callable[[CompleteRequest, Call], Awaitable[CompleteResponse]]
Stream = Callable[[StreamCompleteRequest, Call], AsyncGenerator[StreamCompleteResponse, None]]


async def _echo(request: CompleteRequest, call: Call) -> CompleteResponse:
    return CompleteResponse(
        decision=complete_pb2.Decision(request_id=call.request_id, model=request.chat.model)
    )


async def _three(
    request: StreamCompleteRequest, call: Call
) -> AsyncGenerator[StreamCompleteResponse, None]:
    for number in range(3):
        yield StreamCompleteResponse(decision=complete_pb2.Decision(attempts=number))


class Wrapped(complete_pb2_grpc.CompleteServiceServicer):
    """Answers as the test says, behind the router's wrapper."""

    def __init__(
        self, answer: Answer = _echo, stream: Stream = _three, guard: Guard | None = None
    ) -> None:
        self.guard = guard or Guard()
        self._answer = answer
        self._stream = stream

    @unary_rpc
    async def Complete(self, request: CompleteRequest, call: Call) -> CompleteResponse:
        return await self._answer(request, call)

    @stream_rpc
    async def StreamComplete(
        self, request: StreamCompleteRequest, call: Call
    ) -> AsyncGenerator[StreamCompleteResponse, None]:
        async with aclosing(self._stream(request, call)) as messages:
            async for message in messages:
                yield message


def bare(**methods: Any) -> object:
    """A servicer with those methods alone, which take the transport's own context."""
    members = {name: staticmethod(method) for name, method in methods.items()}
    return type("Bare", (complete_pb2_grpc.CompleteServiceServicer,), members)()


@dataclasses.dataclass(frozen=True)
class Served:
    """A servicer that is being served.

    Attributes:
        stub: the generated one; what its calls return depends on the transport.
    """

    stub: Any
    channel: grpc.aio.Channel


Serve = Callable[[object], Awaitable[Served]]
