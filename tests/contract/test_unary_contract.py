"""What a caller may rely on in unary calls, on a socket and in process alike.

The two differ in how a call ends that its caller cancels: in process it is over at
once, on a socket when gRPC says so. Both raise CancelledError and tell CANCELLED.
And on a socket the initial metadata come with the response, in process when sent.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import grpc
import pytest

from llm_router.v1 import chat_pb2
from llm_router.v1.complete_pb2 import CompleteRequest, CompleteResponse, Decision
from router_core.grpc_edge.call import Call
from tests.contract.scripted import Serve, Wrapped, bare

REQUEST = CompleteRequest()


class Waiting:
    """A handler that waits for ever and tells what happens to it."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.cleaned_up = asyncio.Event()

    async def __call__(self, request: CompleteRequest, call: Call) -> CompleteResponse:
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        finally:
            self.cleaned_up.set()
        raise AssertionError("nobody wakes it")


def named(model: str) -> CompleteRequest:
    return CompleteRequest(chat=chat_pb2.ChatRequest(model=model))


async def test_the_response_comes_with_status_ok(serve: Serve) -> None:
    served = await serve(Wrapped())
    call = served.stub.Complete(named("router"))
    response = await call
    assert response.decision.model == "router"
    assert await call.code() is grpc.StatusCode.OK
    assert not await call.details()
    assert call.done()
    assert not call.cancelled()
    assert not call.cancel()


async def test_a_call_can_be_awaited_twice(serve: Serve) -> None:
    served = await serve(Wrapped())
    call = served.stub.Complete(named("router"))
    assert await call == await call


async def test_two_tasks_can_await_one_call(serve: Serve) -> None:
    served = await serve(Wrapped())
    call = served.stub.Complete(named("router"))

    async def answer() -> CompleteResponse:
        response: CompleteResponse = await call
        return response

    first, second = await asyncio.gather(answer(), answer())
    assert first == second


async def test_a_handler_runs_before_anybody_awaits(serve: Serve) -> None:
    waiting = Waiting()
    served = await serve(Wrapped(waiting))
    call = served.stub.Complete(REQUEST)
    await waiting.started.wait()
    call.cancel()


async def test_calls_run_concurrently(serve: Serve) -> None:
    arrived = 0
    all_arrived = asyncio.Event()

    async def answer(request: CompleteRequest, call: Call) -> CompleteResponse:
        nonlocal arrived
        arrived += 1
        if arrived == 50:
            all_arrived.set()
        await all_arrived.wait()
        return CompleteResponse(decision=Decision(model=request.chat.model))

    served = await serve(Wrapped(answer))
    models = [f"m{number}" for number in range(50)]
    responses = await asyncio.gather(*(served.stub.Complete(named(model)) for model in models))
    assert [response.decision.model for response in responses] == models


async def test_large_messages_pass_both_ways(serve: Serve) -> None:
    served = await serve(Wrapped())
    model = "x" * 20_000_000
    response = await served.stub.Complete(named(model))
    assert response.decision.model == model


# -- metadata --------------------------------------------------------------------


async def test_the_handler_is_told_the_metadata_but_not_the_key(serve: Serve) -> None:
    seen: list[Call] = []

    async def answer(request: CompleteRequest, call: Call) -> CompleteResponse:
        seen.append(call)
        return CompleteResponse()

    served = await serve(Wrapped(answer))
    metadata = (("x-a", "1"), ("x-a", "2"), ("x-b-bin", b"\0\xff"), ("authorization", "Bearer k"))
    await served.stub.Complete(REQUEST, metadata=metadata)
    assert seen[0].metadata["x-a"] == "1"
    assert seen[0].metadata["x-b-bin"] == b"\0\xff"
    assert "authorization" not in seen[0].metadata


async def test_a_good_request_id_is_kept_and_sent_back(serve: Serve) -> None:
    served = await serve(Wrapped())
    call = served.stub.Complete(REQUEST, metadata=(("x-router-request-id", "my-id.1"),))
    assert (await call).decision.request_id == "my-id.1"
    assert (await call.trailing_metadata())["x-router-request-id"] == "my-id.1"


@pytest.mark.parametrize("sent", ["", "a b", "x" * 129, "a/b"])
async def test_a_bad_request_id_is_replaced(serve: Serve, sent: str) -> None:
    served = await serve(Wrapped())
    call = served.stub.Complete(REQUEST, metadata=(("x-router-request-id", sent),))
    request_id = (await call).decision.request_id
    assert request_id.startswith("req_")
    assert len(request_id) == 36
    assert (await call.trailing_metadata())["x-router-request-id"] == request_id


async def test_metadata_comes_at_both_ends(serve: Serve) -> None:
    async def complete(request: CompleteRequest, context: Any) -> CompleteResponse:
        await context.send_initial_metadata((("x-first", "1"),))
        context.set_trailing_metadata((("x-last", "2"),))
        return CompleteResponse()

    served = await serve(bare(Complete=complete))
    call = served.stub.Complete(REQUEST)
    assert (await call.initial_metadata())["x-first"] == "1"
    assert (await call.trailing_metadata())["x-last"] == "2"
    await call


async def test_initial_metadata_is_empty_where_none_is_sent(serve: Serve) -> None:
    served = await serve(Wrapped())
    assert not list(await served.stub.Complete(REQUEST).initial_metadata())


@pytest.mark.parametrize("pair", [("X-Upper", "1"), ("x-a", "é"), ("x-a", "a\nb"), ("x a", "1")])
async def test_metadata_that_http2_cannot_hold_is_refused(
    serve: Serve, pair: tuple[str, str]
) -> None:
    served = await serve(Wrapped())
    with pytest.raises(grpc.aio.InternalError):
        await served.stub.Complete(REQUEST, metadata=(pair,))


# -- deadlines -------------------------------------------------------------------


async def test_an_expired_deadline_is_told_at_once(serve: Serve) -> None:
    served = await serve(Wrapped(Waiting()))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await served.stub.Complete(REQUEST, timeout=-1)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert caught.value.details() == "Deadline Exceeded"


async def test_a_deadline_that_passes_cancels_the_handler(serve: Serve) -> None:
    waiting = Waiting()
    served = await serve(Wrapped(waiting))
    call = served.stub.Complete(REQUEST, timeout=0.05)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await waiting.cancelled.wait()
    await waiting.cleaned_up.wait()
    assert await call.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert call.done()
    assert not call.cancelled()


async def test_both_sides_know_the_deadline(serve: Serve) -> None:
    told: list[float | None] = []

    async def answer(request: CompleteRequest, call: Call) -> CompleteResponse:
        told.append(call.deadline)
        return CompleteResponse()

    served = await serve(Wrapped(answer))
    before = time.monotonic()
    call = served.stub.Complete(REQUEST, timeout=100)
    remaining = call.time_remaining()
    assert remaining is not None
    assert 90 < remaining <= 100.1
    await call
    await served.stub.Complete(REQUEST)
    assert told[0] is not None
    # On the wire, gRPC rounds a deadline up by some percent.
    assert before + 90 < told[0] < time.monotonic() + 105
    assert told[1] is None


# -- cancellation ----------------------------------------------------------------


async def test_cancelled_before_the_start_the_handler_never_runs(serve: Serve) -> None:
    waiting = Waiting()
    served = await serve(Wrapped(waiting))
    call = served.stub.Complete(REQUEST)
    assert call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await call.code() is grpc.StatusCode.CANCELLED
    assert call.cancelled()
    assert not waiting.started.is_set()


async def test_cancelled_while_waiting_the_handler_cleans_up(serve: Serve) -> None:
    waiting = Waiting()
    served = await serve(Wrapped(waiting))
    call = served.stub.Complete(REQUEST)
    await waiting.started.wait()
    assert call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await call.code() is grpc.StatusCode.CANCELLED
    assert await call.details() == "Locally cancelled by application!"
    await waiting.cancelled.wait()
    await waiting.cleaned_up.wait()
    assert not call.cancel()


async def test_cancelling_the_task_that_awaits_cancels_the_call(serve: Serve) -> None:
    waiting = Waiting()
    served = await serve(Wrapped(waiting))
    call = served.stub.Complete(REQUEST)

    async def answer() -> None:
        await call

    task = asyncio.create_task(answer())
    await waiting.started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await waiting.cleaned_up.wait()
    assert await call.code() is grpc.StatusCode.CANCELLED


async def test_a_dropped_call_runs_on(serve: Serve) -> None:
    release, finished = asyncio.Event(), asyncio.Event()

    async def answer(request: CompleteRequest, call: Call) -> CompleteResponse:
        await release.wait()
        finished.set()
        return CompleteResponse()

    served = await serve(Wrapped(answer))
    served.stub.Complete(REQUEST)
    release.set()
    await finished.wait()


async def test_callbacks_are_called_at_the_end(serve: Serve) -> None:
    served = await serve(Wrapped())
    ended: asyncio.Queue[Any] = asyncio.Queue()
    call = served.stub.Complete(REQUEST)
    call.add_done_callback(ended.put_nowait)
    assert await ended.get() is call
    call.add_done_callback(ended.put_nowait)
    assert await ended.get() is call


# -- the channel -----------------------------------------------------------------


async def test_no_call_is_taken_by_a_closed_channel(serve: Serve) -> None:
    served = await serve(Wrapped())
    await served.channel.close()
    assert served.channel.get_state() is grpc.ChannelConnectivity.SHUTDOWN
    with pytest.raises(grpc.aio.UsageError):
        await served.stub.Complete(REQUEST)


async def test_closing_a_channel_cancels_what_runs(serve: Serve) -> None:
    waiting = Waiting()
    served = await serve(Wrapped(waiting))
    call = served.stub.Complete(REQUEST)
    await waiting.started.wait()
    await served.channel.close()
    await waiting.cleaned_up.wait()
    assert await call.code() is grpc.StatusCode.CANCELLED


async def test_a_channel_becomes_ready(serve: Serve) -> None:
    served = await serve(Wrapped())
    await served.channel.channel_ready()
    assert served.channel.get_state() is grpc.ChannelConnectivity.READY
