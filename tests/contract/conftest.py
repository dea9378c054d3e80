"""One servicer behind two transports: a `grpc.aio` server on a socket, and in process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import grpc
import pytest
import pytest_asyncio

from llm_router.v1 import complete_pb2_grpc
from router_core.grpc_edge.in_process import InProcessChannel
from router_core.grpc_edge.server import GrpcServer, register
from tests.contract.scripted import Serve, Served


async def _serve_on_socket(servicer: object, stack: AsyncExitStack) -> grpc.aio.Channel:
    server = GrpcServer([servicer], address="127.0.0.1:0")
    port = await server.start()
    stack.push_async_callback(server.stop, 0)
    options = [("grpc.max_receive_message_length", -1)]
    return grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options)


async def _serve_in_process(servicer: object, stack: AsyncExitStack) -> grpc.aio.Channel:
    channel = InProcessChannel()
    register(channel, [servicer])
    return channel


_TRANSPORTS = {"socket": _serve_on_socket, "in_process": _serve_in_process}


@pytest_asyncio.fixture(params=list(_TRANSPORTS))
async def serve(request: pytest.FixtureRequest) -> AsyncIterator[Serve]:
    """Serves a servicer on the transport in question until the test ends."""
    async with AsyncExitStack() as stack:

        async def start(servicer: object) -> Served:
            channel = await _TRANSPORTS[request.param](servicer, stack)
            stack.push_async_callback(channel.close)
            return Served(complete_pb2_grpc.CompleteServiceStub(channel), channel)

        yield start
