"""What only the in-process channel promises; the rest is in ``tests/contract``."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncGenerator
from typing import Any

import grpc
import pytest

from llm_router.v1.complete_pb2 import (
    CompleteRequest,
    CompleteResponse,
    StreamCompleteRequest,
    StreamCompleteResponse,
)
from llm_router.v1.complete_pb2_grpc import CompleteServiceStub
from router_core.grpc_edge.in_process import InProcessChannel
from router_core.grpc_edge.in_process_rpc import BUFFERED_MESSAGES
from router_core.grpc_edge.server import register
from tests.contract.scripted import bare


def serve(**methods: Any) -> tuple[InProcessChannel, Any]:
    channel = InProcessChannel()
    register(channel, [bare(**methods)])
    return channel, CompleteServiceStub(channel)


class Stream:
    """A stream of which the tests see how far it came, and its end."""

    def __init__(self, messages: int) -> None:
        self.sent = 0
        self.waiting = asyncio.Event()
        self.cleaned_up = asyncio.Event()
        self._messages = messages

    async def __call__(
        self, request: StreamCompleteRequest, context: Any
    ) -> AsyncGenerator[StreamCompleteResponse, None]:
        try:
            for _ in range(self._messages):
                yield StreamCompleteResponse()
                self.sent += 1
            self.waiting.set()
            await asyncio.Event().wait()
        finally:
            self.cleaned_up.set()


async def turns(count: int = 50) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_messages_are_handed_over_by_reference() -> None:
    seen: list[CompleteRequest] = []
    response = CompleteResponse()

    async def complete(request: CompleteRequest, context: Any) -> CompleteResponse:
        seen.append(request)
        return response

    _, stub = serve(Complete=complete)
    request = CompleteRequest()
    assert await stub.Complete(request) is response
    assert seen[0] is request


async def test_servicers_may_register_after_the_stub_was_made() -> None:
    async def complete(request: CompleteRequest, context: Any) -> CompleteResponse:
        return CompleteResponse()

    channel = InProcessChannel()
    stub = CompleteServiceStub(channel)
    register(channel, [bare(Complete=complete)])
    assert await stub.Complete(CompleteRequest()) == CompleteResponse()


async def test_a_generic_handler_is_asked_last() -> None:
    class Generic(grpc.GenericRpcHandler):
        def service(self, handler_call_details: Any) -> Any:
            async def complete(request: CompleteRequest, context: Any) -> CompleteResponse:
                return CompleteResponse()

            if handler_call_details.method.endswith("/Complete"):
                return grpc.unary_unary_rpc_method_handler(complete)
            return None

    channel = InProcessChannel()
    channel.add_generic_rpc_handlers([Generic()])
    stub = CompleteServiceStub(channel)
    assert await stub.Complete(CompleteRequest()) == CompleteResponse()
    with pytest.raises(grpc.aio.AioRpcError):
        await stub.StreamComplete(StreamCompleteRequest()).read()


async def test_a_producer_is_held_at_the_size_of_the_buffer() -> None:
    stream = Stream(1000)
    _, stub = serve(StreamComplete=stream)
    call = stub.StreamComplete(StreamCompleteRequest())
    await turns()
    assert stream.sent == BUFFERED_MESSAGES - 1
    await call.read()
    await turns()
    assert stream.sent == BUFFERED_MESSAGES


async def test_a_dropped_stream_is_cancelled() -> None:
    stream = Stream(1)
    _, stub = serve(StreamComplete=stream)
    call = stub.StreamComplete(StreamCompleteRequest())
    await call.read()
    await stream.waiting.wait()
    del call
    await stream.cleaned_up.wait()


async def test_a_stream_left_by_break_is_cancelled() -> None:
    stream = Stream(1000)
    _, stub = serve(StreamComplete=stream)
    async for _ in stub.StreamComplete(StreamCompleteRequest()):
        break
    await stream.cleaned_up.wait()
    assert stream.sent < 1000


@pytest.mark.parametrize("messages", [0, 1])
async def test_cancelling_the_task_that_reads_cancels_the_call(messages: int) -> None:
    stream = Stream(messages)
    _, stub = serve(StreamComplete=stream)
    call = stub.StreamComplete(StreamCompleteRequest())

    async def read_all() -> None:
        async for _ in call:
            pass

    task = asyncio.create_task(read_all())
    await stream.waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await stream.cleaned_up.wait()
    assert await call.code() is grpc.StatusCode.CANCELLED


async def test_nothing_is_read_after_a_cancel() -> None:
    _, stub = serve(StreamComplete=Stream(1000))
    call = stub.StreamComplete(StreamCompleteRequest())
    await turns()
    assert call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call.read()


async def test_a_stream_is_over_when_its_last_message_is_read() -> None:
    async def stream(request: StreamCompleteRequest, context: Any) -> None:
        await context.write(StreamCompleteResponse())

    _, stub = serve(StreamComplete=stream)
    call = stub.StreamComplete(StreamCompleteRequest())
    assert await call.code() is grpc.StatusCode.OK
    assert not call.done()
    await call.read()
    assert call.done()
    left = stub.StreamComplete(StreamCompleteRequest())
    await left.code()
    assert left.cancel()
    assert await left.code() is grpc.StatusCode.CANCELLED


async def test_a_handler_never_starts_after_its_deadline() -> None:
    stream = Stream(1)
    _, stub = serve(StreamComplete=stream)
    call = stub.StreamComplete(StreamCompleteRequest(), timeout=0)
    assert call.done()
    await turns()
    assert stream.sent == 0


async def test_a_call_that_ended_is_forgotten_before_its_deadline() -> None:
    contexts: list[weakref.ref[Any]] = []

    async def complete(request: CompleteRequest, context: Any) -> CompleteResponse:
        contexts.append(weakref.ref(context))
        return CompleteResponse()

    _, stub = serve(Complete=complete)
    await stub.Complete(CompleteRequest(), timeout=600)
    await turns()
    gc.collect()
    assert contexts[0]() is None


async def test_a_handler_that_goes_on_after_the_end_is_stopped_at_its_next_message() -> None:
    ended = asyncio.Event()

    async def stream(request: StreamCompleteRequest, context: Any) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            with pytest.raises(asyncio.CancelledError):
                await context.write(StreamCompleteResponse())
            ended.set()

    _, stub = serve(StreamComplete=stream)
    call = stub.StreamComplete(StreamCompleteRequest())
    await turns()
    call.cancel()
    await ended.wait()
    assert await call.code() is grpc.StatusCode.CANCELLED


async def test_closing_with_grace_lets_running_calls_end() -> None:
    started, release = asyncio.Event(), asyncio.Event()

    async def complete(request: CompleteRequest, context: Any) -> CompleteResponse:
        started.set()
        await release.wait()
        return CompleteResponse()

    channel, stub = serve(Complete=complete)
    call = stub.Complete(CompleteRequest())
    await started.wait()
    closing = asyncio.create_task(channel.close(grace=30))
    await channel.wait_for_state_change(grpc.ChannelConnectivity.READY)
    with pytest.raises(grpc.aio.UsageError):
        stub.Complete(CompleteRequest())
    release.set()
    await closing
    assert await call == CompleteResponse()


async def test_the_handler_sees_the_end_of_its_call() -> None:
    contexts: asyncio.Queue[Any] = asyncio.Queue()
    ended: asyncio.Queue[Any] = asyncio.Queue()

    async def complete(request: CompleteRequest, context: Any) -> CompleteResponse:
        context.add_done_callback(ended.put_nowait)
        contexts.put_nowait(context)
        await asyncio.Event().wait()
        raise AssertionError("nobody wakes it")

    _, stub = serve(Complete=complete)
    call = stub.Complete(CompleteRequest(), timeout=60)
    context = await contexts.get()
    assert not context.done()
    assert 0 < context.time_remaining() <= 60
    assert context.peer() == "in-process"
    call.cancel()
    assert await ended.get() is context
    assert context.done()
    assert context.cancelled()


async def test_a_stream_of_requests_is_refused() -> None:
    channel = InProcessChannel()
    for kind in (channel.stream_unary, channel.stream_stream):
        with pytest.raises(grpc.aio.UsageError, match="stream of requests"):
            kind("/a.B/C")
