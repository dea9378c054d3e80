"""What a caller may rely on in streams, on a socket and in process alike.

Whoever stops reading early cancels the call, in a ``finally``. Only in process does
dropping the call do, or cancelling the task that reads: on a socket, grpc.aio (1.85)
holds on to a dropped call, and forgets a cancellation that comes before the first
message.

The two differ too in how far a producer may run ahead of its reader: 16 messages in
process, some 64 KiB and what HTTP/2's window holds on a socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import grpc
import pytest

from llm_router.v1.complete_pb2 import (
    CompleteRequest,
    Decision,
    StreamCompleteRequest,
    StreamCompleteResponse,
)
from router_core.errors import InvalidRequest
from router_core.grpc_edge.call import Call
from tests.contract.scripted import Serve, Wrapped, bare

Messages = AsyncGenerator[StreamCompleteResponse, None]
REQUEST = StreamCompleteRequest()


def numbered(number: int, padding: str = "") -> StreamCompleteResponse:
    return StreamCompleteResponse(decision=Decision(attempts=number, model=padding))


def number_of(message: StreamCompleteResponse) -> int:
    return message.decision.attempts


class Endless:
    """A stream that sends a message or none, waits, and tells what happens to it."""

    def __init__(self, messages_first: int = 1) -> None:
        self._messages_first = messages_first
        self.waiting = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.cleaned_up = asyncio.Event()

    async def __call__(self, request: StreamCompleteRequest, call: Call) -> Messages:
        try:
            for number in range(self._messages_first):
                yield numbered(number)
            self.waiting.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        finally:
            self.cleaned_up.set()


class Flood:
    """A stream that sends as fast as it may; it counts what it sent."""

    def __init__(self, padding: str = "") -> None:
        self.sent = 0
        self.cleaned_up = asyncio.Event()
        self._padding = padding

    async def __call__(self, request: StreamCompleteRequest, call: Call) -> Messages:
        try:
            for number in range(2000):
                yield numbered(number, self._padding)
                self.sent += 1
        finally:
            self.cleaned_up.set()


async def test_messages_come_in_order_then_the_end(serve: Serve) -> None:
    served = await serve(Wrapped())
    call = served.stub.StreamComplete(REQUEST)
    assert [number_of(message) async for message in call] == [0, 1, 2]
    assert await call.code() is grpc.StatusCode.OK
    assert "x-router-request-id" in await call.trailing_metadata()
    assert call.done()


async def test_messages_can_be_read_one_by_one(serve: Serve) -> None:
    served = await serve(Wrapped())
    call = served.stub.StreamComplete(REQUEST)
    assert [number_of(await call.read()) for _ in range(3)] == [0, 1, 2]
    assert await call.read() is grpc.aio.EOF
    assert await call.read() is grpc.aio.EOF


async def test_reading_and_iterating_do_not_mix(serve: Serve) -> None:
    served = await serve(Wrapped(stream=Endless()))
    call = served.stub.StreamComplete(REQUEST)
    await call.read()
    with pytest.raises(grpc.aio.UsageError):
        aiter(call)
    call.cancel()


async def test_a_message_arrives_before_the_next_is_made(serve: Serve) -> None:
    received = asyncio.Event()

    async def stream(request: StreamCompleteRequest, call: Call) -> Messages:
        yield numbered(0)
        await received.wait()
        yield numbered(1)

    served = await serve(Wrapped(stream=stream))
    call = served.stub.StreamComplete(REQUEST)
    assert number_of(await call.read()) == 0
    received.set()
    assert number_of(await call.read()) == 1


async def test_an_empty_stream_just_ends(serve: Serve) -> None:
    async def stream(request: StreamCompleteRequest, call: Call) -> Messages:
        for number in range(0):
            yield numbered(number)

    served = await serve(Wrapped(stream=stream))
    call = served.stub.StreamComplete(REQUEST)
    assert [message async for message in call] == []
    assert not list(await call.initial_metadata())


async def test_a_large_message_passes(serve: Serve) -> None:
    async def stream(request: StreamCompleteRequest, call: Call) -> Messages:
        yield numbered(0, "x" * 20_000_000)

    served = await serve(Wrapped(stream=stream))
    message = await served.stub.StreamComplete(REQUEST).read()
    assert len(message.decision.model) == 20_000_000


async def test_handlers_may_write_instead_of_yielding(serve: Serve) -> None:
    async def stream(request: StreamCompleteRequest, context: Any) -> None:
        await context.send_initial_metadata((("x-first", "1"),))
        for number in range(40):
            await context.write(numbered(number))

    served = await serve(bare(StreamComplete=stream))
    call = served.stub.StreamComplete(REQUEST)
    assert [number_of(message) async for message in call] == list(range(40))
    assert (await call.initial_metadata())["x-first"] == "1"


async def test_initial_metadata_comes_before_the_first_message(serve: Serve) -> None:
    read = asyncio.Event()

    async def stream(request: StreamCompleteRequest, context: Any) -> Messages:
        await context.send_initial_metadata((("x-first", "1"),))
        await read.wait()
        yield numbered(0)

    served = await serve(bare(StreamComplete=stream))
    call = served.stub.StreamComplete(REQUEST)
    assert (await call.initial_metadata())["x-first"] == "1"
    read.set()
    assert number_of(await call.read()) == 0


async def test_bare_generators_are_streams_too(serve: Serve) -> None:
    async def stream(request: StreamCompleteRequest, context: Any) -> Messages:
        for number in range(40):
            yield numbered(number)

    served = await serve(bare(StreamComplete=stream))
    call = served.stub.StreamComplete(REQUEST)
    assert [number_of(message) async for message in call] == list(range(40))


# -- failing ---------------------------------------------------------------------


async def test_what_was_sent_arrives_before_the_error(serve: Serve) -> None:
    async def stream(request: StreamCompleteRequest, call: Call) -> Messages:
        for number in range(5):
            yield numbered(number)
        raise InvalidRequest("it broke", "chat.messages")

    served = await serve(Wrapped(stream=stream))
    call = served.stub.StreamComplete(REQUEST)
    seen = []
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for message in call:
            seen.append(number_of(message))
    assert seen == [0, 1, 2, 3, 4]
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "it broke"
    assert await call.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_an_error_before_the_first_message_is_raised_by_read(serve: Serve) -> None:
    async def stream(request: StreamCompleteRequest, call: Call) -> Messages:
        if not request.session_id:
            raise InvalidRequest("no session")
        yield numbered(0)

    served = await serve(Wrapped(stream=stream))
    call = served.stub.StreamComplete(REQUEST)
    for _ in range(2):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


# -- deadlines, cancellation, abandonment ----------------------------------------


async def test_an_expired_deadline_is_told_at_once(serve: Serve) -> None:
    served = await serve(Wrapped(stream=Endless()))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await served.stub.StreamComplete(REQUEST, timeout=-1).read()
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_deadline_ends_a_stream_that_waits(serve: Serve) -> None:
    endless = Endless()
    served = await serve(Wrapped(stream=endless))
    call = served.stub.StreamComplete(REQUEST, timeout=0.2)
    seen = []
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        async for message in call:
            seen.append(number_of(message))
    assert seen == [0]
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await endless.cancelled.wait()
    await endless.cleaned_up.wait()


async def test_cancelled_before_the_start_nothing_is_sent(serve: Serve) -> None:
    flood = Flood()
    served = await serve(Wrapped(stream=flood))
    call = served.stub.StreamComplete(REQUEST)
    assert call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call.read()
    assert await call.code() is grpc.StatusCode.CANCELLED
    assert flood.sent == 0


async def test_cancelled_in_midstream_the_handler_cleans_up(serve: Serve) -> None:
    endless = Endless()
    served = await serve(Wrapped(stream=endless))
    call = served.stub.StreamComplete(REQUEST)
    messages = aiter(call)
    assert number_of(await anext(messages)) == 0
    await endless.waiting.wait()
    assert call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await anext(messages)
    assert await call.code() is grpc.StatusCode.CANCELLED
    assert call.cancelled()
    await endless.cancelled.wait()
    await endless.cleaned_up.wait()


@pytest.mark.parametrize("messages_first", [0, 1])
async def test_a_reader_whose_task_is_cancelled_takes_the_handler_along(
    serve: Serve, messages_first: int
) -> None:
    endless = Endless(messages_first)
    served = await serve(Wrapped(stream=endless))
    call = served.stub.StreamComplete(REQUEST)
    received: asyncio.Queue[StreamCompleteResponse] = asyncio.Queue()

    async def read_all() -> None:
        try:
            async for message in call:
                received.put_nowait(message)
        finally:
            call.cancel()

    task = asyncio.create_task(read_all())
    await endless.waiting.wait()
    for _ in range(messages_first):
        await received.get()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await endless.cancelled.wait()
    await endless.cleaned_up.wait()
    assert await call.code() is grpc.StatusCode.CANCELLED


async def test_a_handler_that_waits_for_its_reader_is_cancelled_too(serve: Serve) -> None:
    flood = Flood(padding="x" * 100_000)
    served = await serve(Wrapped(stream=flood))
    call = served.stub.StreamComplete(REQUEST)
    await call.read()
    call.cancel()
    await flood.cleaned_up.wait()
    assert flood.sent < 2000


async def test_an_iteration_left_by_break_takes_the_handler_along(serve: Serve) -> None:
    endless = Endless()
    served = await serve(Wrapped(stream=endless))
    call = served.stub.StreamComplete(REQUEST)
    try:
        async for message in call:
            assert number_of(message) == 0
            break
    finally:
        call.cancel()
    await endless.cleaned_up.wait()


# -- back pressure ---------------------------------------------------------------


async def test_a_producer_does_not_run_away_from_its_reader(serve: Serve) -> None:
    flood = Flood(padding="x" * 100_000)
    served = await serve(Wrapped(stream=flood))
    call = served.stub.StreamComplete(REQUEST)
    await call.read()
    for _ in range(100):
        await served.stub.Complete(CompleteRequest())
    assert flood.sent < 200
    for _ in range(300):
        await call.read()
    assert 300 <= flood.sent < 500
    call.cancel()


async def test_a_slow_reader_gets_everything(serve: Serve) -> None:
    flood = Flood()
    served = await serve(Wrapped(stream=flood))
    call = served.stub.StreamComplete(REQUEST)
    await call.read()
    await served.stub.Complete(CompleteRequest())
    assert [number_of(message) for message in [await call.read() for _ in range(1999)]] == list(
        range(1, 2000)
    )
    assert await call.read() is grpc.aio.EOF


async def test_streams_run_concurrently(serve: Serve) -> None:
    started = 0
    all_started = asyncio.Event()

    async def stream(request: StreamCompleteRequest, call: Call) -> Messages:
        nonlocal started
        started += 1
        if started == 20:
            all_started.set()
        await all_started.wait()
        for number in range(20):
            yield numbered(number, request.session_id)

    served = await serve(Wrapped(stream=stream))

    async def read_all(session_id: str) -> list[tuple[int, str]]:
        call = served.stub.StreamComplete(StreamCompleteRequest(session_id=session_id))
        return [(number_of(message), message.decision.model) async for message in call]

    sessions = [f"s{number}" for number in range(20)]
    for session, seen in zip(sessions, await asyncio.gather(*map(read_all, sessions)), strict=True):
        assert seen == [(number, session) for number in range(20)]
