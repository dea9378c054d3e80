"""The client for asyncio, against a real server and in process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from typing import Any

import grpc
import pytest
import pytest_asyncio

from llm_router import AsyncRouterClient, RouterClient, errors
from llm_router.v1 import classify_pb2, config_categories_pb2, route_pb2, stats_pb2
from llm_router.v1.complete_pb2 import (
    CompleteRequest,
    CompleteResponse,
    Decision,
    StreamCompleteRequest,
    StreamCompleteResponse,
)
from router_core.errors import InvalidRequest
from router_core.grpc_edge.call import Call, Guard
from router_core.grpc_edge.in_process import InProcessChannel
from router_core.grpc_edge.server import GrpcServer, register
from tests.contract.scripted import Wrapped

CHAT = {"model": "router", "messages": [{"role": "user", "content": "hi"}]}

Connect = Callable[..., Awaitable[AsyncRouterClient]]


@pytest_asyncio.fixture(params=["socket", "in_process"])
async def connect(request: pytest.FixtureRequest) -> AsyncIterator[Connect]:
    """Makes a client of a servicer, on one transport and on the other."""
    async with AsyncExitStack() as stack:

        async def run(servicer: object, **options: Any) -> AsyncRouterClient:
            if request.param == "in_process":
                channel = InProcessChannel()
                register(channel, [servicer])
                return AsyncRouterClient(channel=channel, **options)
            server = GrpcServer([servicer], address="127.0.0.1:0")
            port = await server.start()
            stack.push_async_callback(server.stop, 0)
            client = AsyncRouterClient(f"127.0.0.1:{port}", **options)
            return await stack.enter_async_context(client)

        yield run


class Endless:
    """Streams one event and then nothing; tells when its caller left."""

    def __init__(self) -> None:
        self.left = asyncio.Event()

    async def __call__(
        self, request: StreamCompleteRequest, call: Call
    ) -> AsyncGenerator[StreamCompleteResponse, None]:
        try:
            yield StreamCompleteResponse(decision=Decision(attempts=1))
            await asyncio.Event().wait()
        finally:
            self.left.set()


async def test_a_chat_as_json_is_answered(connect: Connect) -> None:
    client = await connect(Wrapped())
    response = await client.complete(CHAT, request_id="mine-1")
    assert (response.decision.model, response.decision.request_id) == ("router", "mine-1")


async def test_events_come_one_by_one(connect: Connect) -> None:
    client = await connect(Wrapped())
    events = client.stream_complete(CHAT)
    assert [event.decision.attempts async for event in events] == [0, 1, 2]


async def test_the_key_is_sent(connect: Connect) -> None:
    client = await connect(Wrapped(guard=Guard(["k"])), api_key="k")
    await client.complete(CHAT)


async def test_a_wrong_key_is_told(connect: Connect) -> None:
    client = await connect(Wrapped(guard=Guard(["k"])))
    with pytest.raises(errors.Unauthenticated) as caught:
        await client.complete(CHAT)
    assert caught.value.reason == "INVALID_API_KEY"


async def test_an_error_is_typed_and_told_in_full(connect: Connect) -> None:
    async def answer(request: CompleteRequest, call: Call) -> CompleteResponse:
        raise InvalidRequest("must be a list", "messages")

    client = await connect(Wrapped(answer))
    with pytest.raises(errors.InvalidRequest) as caught:
        await client.complete(CHAT, request_id="mine-2")
    error = caught.value
    assert (error.message, error.param, error.request_id) == (
        "must be a list",
        "messages",
        "mine-2",
    )


async def test_a_stream_that_fails_raises_after_its_events(connect: Connect) -> None:
    async def stream(
        request: StreamCompleteRequest, call: Call
    ) -> AsyncGenerator[StreamCompleteResponse, None]:
        yield StreamCompleteResponse(decision=Decision(attempts=1))
        raise InvalidRequest("too much")

    client = await connect(Wrapped(stream=stream))
    seen = []
    with pytest.raises(errors.InvalidRequest, match="too much"):
        async for event in client.stream_complete(CHAT):
            seen.append(event.decision.attempts)
    assert seen == [1]


async def test_every_call_has_the_clients_deadline_or_its_own(connect: Connect) -> None:
    budgets: list[float] = []

    async def answer(request: CompleteRequest, call: Call) -> CompleteResponse:
        assert call.deadline is not None
        budgets.append(call.deadline - call.received)
        return CompleteResponse()

    client = await connect(Wrapped(answer), timeout_s=20)
    await client.complete(CHAT)
    await client.complete(CHAT, timeout_s=5)
    assert budgets == [pytest.approx(20, rel=0.1), pytest.approx(5, rel=0.1)]


async def test_a_deadline_that_passes_is_told(connect: Connect) -> None:
    endless = Endless()
    client = await connect(Wrapped(stream=endless))
    with pytest.raises(errors.DeadlineExceeded):
        async for _ in client.stream_complete(CHAT, timeout_s=0.1):
            pass
    await endless.left.wait()


async def test_closing_a_stream_cancels_the_call(connect: Connect) -> None:
    endless = Endless()
    client = await connect(Wrapped(stream=endless))
    async with aclosing(client.stream_complete(CHAT)) as events:
        async for _ in events:
            break
    await endless.left.wait()


async def test_cancelling_the_caller_cancels_the_call(connect: Connect) -> None:
    started, left = asyncio.Event(), asyncio.Event()

    async def answer(request: CompleteRequest, call: Call) -> CompleteResponse:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        raise AssertionError("nobody wakes it")

    client = await connect(Wrapped(answer))
    task = asyncio.create_task(client.complete(CHAT))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await left.wait()


async def test_a_router_that_is_not_there_is_unavailable() -> None:
    async with AsyncRouterClient("127.0.0.1:1") as client:
        with pytest.raises(errors.Unavailable):
            await client.complete(CHAT)


# -- every method calls its RPC --------------------------------------------------

PB = config_categories_pb2


class Recording(grpc.GenericRpcHandler):
    """Answers every method with an empty message, and writes down its path."""

    def __init__(self) -> None:
        self.paths: list[str] = []

    def service(self, handler_call_details: Any) -> Any:
        path = handler_call_details.method

        async def unary(request: Any, context: Any) -> Any:
            self.paths.append(path)
            name = type(request).__name__.removesuffix("Request") + "Response"
            for module in (classify_pb2, PB, route_pb2, stats_pb2):
                if hasattr(module, name):
                    return getattr(module, name)()
            return CompleteResponse()

        async def stream(request: Any, context: Any) -> AsyncGenerator[Any, None]:
            self.paths.append(path)
            yield stats_pb2.WatchRequestsResponse()

        if path.endswith("/WatchRequests"):
            return grpc.unary_stream_rpc_method_handler(stream)
        return grpc.unary_unary_rpc_method_handler(unary)


ARGUMENTS: dict[str, list[Any]] = {
    "classify": [CHAT],
    "route": [CHAT],
    "complete": [CHAT],
    "get_category": ["code"],
    "create_category": [PB.CreateCategoryRequest()],
    "update_category": [PB.UpdateCategoryRequest()],
    "replace_models": [PB.ReplaceModelsRequest()],
    "delete_category": [PB.DeleteCategoryRequest()],
    "update_config": [PB.UpdateConfigRequest()],
    "put_model": [PB.PutModelRequest()],
    "delete_model": [PB.DeleteModelRequest()],
    "rollback_config": [PB.RollbackConfigRequest()],
    "reset_model": ["glm-5"],
    "list_models": [],
    "list_categories": [],
    "get_config": [],
    "list_config_versions": [],
    "get_stats": [],
    "list_requests": [],
    "get_server_info": [],
    "get_metrics": [],
}


def public_methods(client_type: type) -> set[str]:
    return {name for name in vars(client_type) if not name.startswith("_")}


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_a_method_calls_its_rpc(name: str) -> None:
    channel, handler = InProcessChannel(), Recording()
    channel.add_generic_rpc_handlers([handler])
    response = await getattr(AsyncRouterClient(channel=channel), name)(*ARGUMENTS[name])
    (path,) = handler.paths
    rpc = path.rpartition("/")[2]
    assert rpc == "".join(word.title() for word in name.split("_"))
    assert type(response).__name__ == f"{rpc}Response"


async def test_watching_requests_follows_the_stream() -> None:
    channel, handler = InProcessChannel(), Recording()
    channel.add_generic_rpc_handlers([handler])
    events = AsyncRouterClient(channel=channel).watch_requests(category="code")
    assert [event async for event in events] == [stats_pb2.WatchRequestsResponse()]


def test_both_clients_have_the_same_methods_and_each_is_tested() -> None:
    streams = {"stream_complete", "watch_requests"}
    assert public_methods(AsyncRouterClient) == public_methods(RouterClient)
    assert public_methods(AsyncRouterClient) == {*ARGUMENTS, *streams, "close"}
