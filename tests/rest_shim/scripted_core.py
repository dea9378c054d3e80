"""A core that does what a test tells it, behind a real gRPC server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import (
    BadRequest,
    ErrorInfo,
    RetryInfo,
)
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from llm_router.v1 import (
    classify_pb2,
    classify_pb2_grpc,
    complete_pb2,
    complete_pb2_grpc,
    config_categories_pb2,
    config_categories_pb2_grpc,
    route_pb2,
    route_pb2_grpc,
    stats_pb2,
    stats_pb2_grpc,
)

Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """A call as it came in."""

    method: str
    request: Any
    metadata: Mapping[str, str | bytes]
    time_remaining_s: float


@dataclass(slots=True)
class ScriptedCore:
    """What each method does; a test replaces what it cares about.

    Attributes:
        seen: every call, in order.
        entered: set when the first call comes in.
        ended: set when a scripted completion has been left, however it ended.
    """

    complete: Callable[[Any, Context], Awaitable[Any]]
    stream: Callable[[Any, Context], AsyncIterator[Any]]
    unary: dict[str, Callable[[Any, Context], Awaitable[Any]]]
    seen: list[Seen] = field(default_factory=list)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def idle(cls) -> ScriptedCore:
        """One that gives empty answers."""

        async def complete(request: Any, context: Context) -> Any:
            return complete_pb2.CompleteResponse()

        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            yield complete_pb2.StreamCompleteResponse(decision=decision())

        return cls(complete=complete, stream=stream, unary={})

    def fails_with(self, code: grpc.StatusCode, message: str = "said by the core", **details: Any):
        """Makes both ways of completing fail; ``details`` as of `abort`."""

        async def complete(request: Any, context: Context) -> Any:
            await abort(context, code, message, **details)

        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            await abort(context, code, message, **details)
            yield  # pragma: no cover - makes this a generator

        self.complete, self.stream = complete, stream

    def streams(self, *events: Any) -> None:
        """Makes StreamComplete send ``events``."""

        async def stream(request: Any, context: Context) -> AsyncIterator[Any]:
            for event in events:
                yield event

        self.stream = stream

    def answers(self, method: str, answer: Message) -> None:
        """Makes a method other than the completing ones answer."""

        async def unary(request: Any, context: Context) -> Any:
            return answer

        self.unary[method] = unary

    def note(self, method: str, request: Any, context: Context) -> None:
        """Records a call."""
        metadata = dict(context.invocation_metadata() or ())
        self.seen.append(Seen(method, request, metadata, context.time_remaining()))
        self.entered.set()


async def abort(
    context: Context,
    code: grpc.StatusCode,
    message: str,
    *,
    reason: str = "",
    metadata: Mapping[str, str] | None = None,
    param: str = "",
    retry_after_s: float | None = None,
) -> None:
    """Ends a call with rich details, as the core does."""
    details: list[Message] = []
    if reason:
        details.append(ErrorInfo(reason=reason, domain="llm-router", metadata=metadata or {}))
    if param:
        violation = BadRequest.FieldViolation(field=param, description=message)
        details.append(BadRequest(field_violations=[violation]))
    if retry_after_s is not None:
        retry = RetryInfo()
        retry.retry_delay.FromMicroseconds(round(retry_after_s * 1e6))
        details.append(retry)
    if not details:
        await context.abort(code, message)
    status = Status(code=code.value[0], message=message)
    for detail in details:
        packed = AnyMessage()
        packed.Pack(detail)
        status.details.append(packed)
    await context.abort_with_status(rpc_status.to_status(status))


def decision(**changes: Any) -> complete_pb2.Decision:
    """A decision as the core sends it."""
    facts: dict[str, Any] = {
        "category": "code",
        "model": "glm-5",
        "model_id": "z-ai/glm-5",
        "provider": "openrouter",
        "reason": route_pb2.ROUTE_REASON_CLASSIFIED,
        "attempts": 2,
        "overhead_ms": 0.41234,
    }
    return complete_pb2.Decision(**facts | changes)


class Complete(complete_pb2_grpc.CompleteServiceServicer):
    def __init__(self, script: ScriptedCore) -> None:
        self._script = script

    async def Complete(self, request, context):
        self._script.note("Complete", request, context)
        try:
            return await self._script.complete(request, context)
        finally:
            self._script.ended.set()

    async def StreamComplete(self, request, context):
        self._script.note("StreamComplete", request, context)
        try:
            async for event in self._script.stream(request, context):
                yield event
        finally:
            self._script.ended.set()


def _scripted(base: type, *methods: str) -> type:
    """A servicer whose unary methods ask the script; the others are not built."""

    def method(name: str) -> Callable[..., Awaitable[Any]]:
        async def call(self: Any, request: Any, context: Context) -> Any:
            self.script.note(name, request, context)
            if name not in self.script.unary:
                await abort(context, grpc.StatusCode.UNIMPLEMENTED, "no script", reason="NOT_BUILT")
            return await self.script.unary[name](request, context)

        return call

    def init(self: Any, script: ScriptedCore) -> None:
        self.script = script

    return type("Scripted", (base,), {"__init__": init} | {name: method(name) for name in methods})


Classify = _scripted(classify_pb2_grpc.ClassifyServiceServicer, "Classify")
Route = _scripted(route_pb2_grpc.RouteServiceServicer, "Route", "ListModels")
_CONFIG_SERVICE = config_categories_pb2.DESCRIPTOR.services_by_name["ConfigCategoriesService"]
Config = _scripted(
    config_categories_pb2_grpc.ConfigCategoriesServiceServicer,
    *(method.name for method in _CONFIG_SERVICE.methods),
)
_STATS_RPCS = ("GetStats", "ListRequests", "GetServerInfo", "GetMetrics", "ResetModel")
Stats = _scripted(stats_pb2_grpc.StatsServiceServicer, *_STATS_RPCS)


async def start(script: ScriptedCore, address: str = "127.0.0.1:0") -> tuple[grpc.aio.Server, str]:
    """Serves ``script``; returns the server and its address."""
    limits = (("grpc.max_receive_message_length", 2**27), ("grpc.so_reuseport", 0))
    server = grpc.aio.server(options=limits)
    complete_pb2_grpc.add_CompleteServiceServicer_to_server(Complete(script), server)
    classify_pb2_grpc.add_ClassifyServiceServicer_to_server(Classify(script), server)
    route_pb2_grpc.add_RouteServiceServicer_to_server(Route(script), server)
    config_categories_pb2_grpc.add_ConfigCategoriesServiceServicer_to_server(Config(script), server)
    stats_pb2_grpc.add_StatsServiceServicer_to_server(Stats(script), server)
    port = server.add_insecure_port(address)
    await server.start()
    return server, f"127.0.0.1:{port}"


__all__ = [
    "Context",
    "ScriptedCore",
    "Seen",
    "abort",
    "classify_pb2",
    "complete_pb2",
    "config_categories_pb2",
    "decision",
    "route_pb2",
    "start",
    "stats_pb2",
]
