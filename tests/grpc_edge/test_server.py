"""The gRPC server: its address, its health, its limits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import grpc
import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from llm_router.v1.complete_pb2 import CompleteRequest, CompleteResponse
from llm_router.v1.complete_pb2_grpc import CompleteServiceStub
from router_core.errors import ConfigError
from router_core.grpc_edge.call import Call
from router_core.grpc_edge.in_process import InProcessChannel
from router_core.grpc_edge.server import MIN_RECEIVE_BYTES, GrpcServer, register
from tests.contract.scripted import Wrapped

Start = Callable[..., Awaitable[tuple[GrpcServer, grpc.aio.Channel, int]]]


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a server with a channel to it, until the test ends."""
    async with AsyncExitStack() as stack:

        async def run(*servicers: object, **options: Any) -> tuple[Any, Any, int]:
            server = GrpcServer(servicers, address="127.0.0.1:0", **options)
            port = await server.start()
            stack.push_async_callback(server.stop, 0)
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
            stack.push_async_callback(channel.close)
            return server, channel, port

        yield run


async def test_a_taken_port_is_told_in_one_line(start: Start) -> None:
    _, _, port = await start(Wrapped())
    with pytest.raises(ConfigError, match=f"cannot listen on 127.0.0.1:{port}: the port is taken"):
        await GrpcServer([Wrapped()], address=f"127.0.0.1:{port}").start()


@pytest.mark.parametrize("service", ["", "llm_router.v1.CompleteService"])
async def test_it_is_healthy_while_it_serves(start: Start, service: str) -> None:
    _, channel, _ = await start(Wrapped())
    stub = health_pb2_grpc.HealthStub(channel)
    answer = await stub.Check(health_pb2.HealthCheckRequest(service=service))
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_it_tells_that_it_stops_before_it_does(start: Start) -> None:
    server, channel, _ = await start(Wrapped())
    watch = health_pb2_grpc.HealthStub(channel).Watch(
        health_pb2.HealthCheckRequest(service="llm_router.v1.CompleteService")
    )
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
    stopping = asyncio.create_task(server.stop(30))
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
    watch.cancel()
    await stopping


async def test_running_calls_end_within_the_grace(start: Start) -> None:
    started, release = asyncio.Event(), asyncio.Event()

    async def answer(request: CompleteRequest, call: Call) -> CompleteResponse:
        started.set()
        await release.wait()
        return CompleteResponse()

    server, channel, _ = await start(Wrapped(answer))
    call = CompleteServiceStub(channel).Complete(CompleteRequest())
    await started.wait()
    stopping = asyncio.create_task(server.stop(30))
    health = health_pb2_grpc.HealthStub(channel)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        while True:
            await health.Check(health_pb2.HealthCheckRequest())
    # A call that arrives at the very moment is cancelled rather than refused.
    assert refused.value.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}
    release.set()
    assert await call == CompleteResponse()
    await stopping


async def test_reflection_lists_the_services(start: Start) -> None:
    _, channel, _ = await start(Wrapped())
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    requests = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    names = set()
    async for answer in stub.ServerReflectionInfo(requests):
        names = {service.name for service in answer.list_services_response.service}
    assert names == {
        "llm_router.v1.CompleteService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }


async def test_requests_may_be_larger_than_usual_where_that_is_asked_for(start: Start) -> None:
    async def answer(request: CompleteRequest, call: Call) -> CompleteResponse:
        return CompleteResponse()

    _, channel, _ = await start(Wrapped(answer), max_receive_bytes=MIN_RECEIVE_BYTES + 4096)
    stub = CompleteServiceStub(channel)
    await stub.Complete(CompleteRequest(session_id="x" * (MIN_RECEIVE_BYTES + 1)))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.Complete(CompleteRequest(session_id="x" * (MIN_RECEIVE_BYTES + 8192)))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_many_calls_at_once_are_all_served(start: Start) -> None:
    _, channel, _ = await start(Wrapped())
    stub = CompleteServiceStub(channel)
    answers = await asyncio.gather(*(stub.Complete(CompleteRequest()) for _ in range(2500)))
    assert len(answers) == 2500


def test_only_servicers_of_the_contract_register() -> None:
    with pytest.raises(TypeError, match="object serves no service"):
        register(InProcessChannel(), [object()])
