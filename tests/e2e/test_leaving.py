"""A client that leaves closes the upstream's connection within a second, whatever went before."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from llm_router import AsyncRouterClient
from llm_router.client import chat_request
from llm_router.v1.complete_pb2 import CompleteRequest, StreamCompleteRequest
from llm_router.v1.complete_pb2_grpc import CompleteServiceStub
from router_core.app.heartbeat import FIRST_BEAT_S
from router_core.app.recording import Recording
from router_core.clock import SystemClock
from router_core.decide.records import RequestRecord
from tests.e2e.conftest import Router
from tests.fakes.upstream import (
    PROCESSING,
    Mark,
    Recorded,
    Reply,
    Send,
    Stall,
    Step,
    chunk,
    completion,
    completion_stream,
    error,
    frame,
    sse,
)
from tests.rest_shim.raw_http import Connection

LIMIT_S = 1.0
"""What DESIGN section 6 allows."""

HELLO: dict[str, Any] = {"model": "router", "messages": [{"role": "user", "content": "hello"}]}
FIRST, SECOND = "z-ai/glm-5", "openai/gpt-4o-mini"
"""The models of a conversation, in order."""

on_every_surface = pytest.mark.parametrize(
    "surface",
    [
        "rest",
        "grpc",
        # The same connections as gRPC, left in two other ways.
        pytest.param("client", marks=pytest.mark.slow),
        pytest.param("hang-up", marks=pytest.mark.slow),
    ],
)
both_ways = pytest.mark.parametrize("streaming", [False, True], ids=["whole", "stream"])


@contextlib.asynccontextmanager
async def rest(router: Router, body: dict[str, Any], *, streaming: bool) -> AsyncIterator[None]:
    """A REST client; it leaves by closing its connection."""
    host, port = router.rest.removeprefix("http://").split(":")
    connection = Connection(*await asyncio.open_connection(host, int(port)))
    await connection.post_chat(body | {"stream": streaming})
    yield
    await connection.leave()


@contextlib.asynccontextmanager
async def stub(router: Router, body: dict[str, Any], *, streaming: bool) -> AsyncIterator[None]:
    """The generated stub; its call is cancelled."""
    async with grpc.aio.insecure_channel(router.grpc) as channel:
        call = stub_call(channel, body, streaming=streaming)
        yield
        call.cancel()


@contextlib.asynccontextmanager
async def hang_up(router: Router, body: dict[str, Any], *, streaming: bool) -> AsyncIterator[None]:
    """The generated stub; its whole channel is closed."""
    channel = grpc.aio.insecure_channel(router.grpc)
    call = stub_call(channel, body, streaming=streaming)
    yield
    await channel.close()
    assert call.done()


def stub_call(channel: grpc.aio.Channel, body: dict[str, Any], *, streaming: bool) -> Any:
    complete: Any = CompleteServiceStub(channel)
    chat = chat_request(body)
    if streaming:
        return complete.StreamComplete(StreamCompleteRequest(chat=chat))
    return complete.Complete(CompleteRequest(chat=chat))


@contextlib.asynccontextmanager
async def client(router: Router, body: dict[str, Any], *, streaming: bool) -> AsyncIterator[None]:
    """Our own client; the task that waits for it is cancelled."""

    async def wait() -> None:
        if not streaming:
            await caller.complete(body)
            return
        async for _ in caller.stream_complete(body):
            pass

    async with AsyncRouterClient(router.grpc) as caller:
        waiting = asyncio.create_task(wait())
        yield
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting


SURFACES: dict[str, Callable[..., contextlib.AbstractAsyncContextManager[None]]] = {
    "rest": rest,
    "grpc": stub,
    "client": client,
    "hang-up": hang_up,
}


@dataclass
class Rows:
    """What the ledger was told."""

    rows: list[RequestRecord] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def record(self, row: RequestRecord) -> None:
        self.rows.append(row)
        self.came.set()


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Rows:
    rows = Rows()
    monkeypatch.setattr(Recording, "record", lambda _self, row: rows.record(row))
    return rows


Stage = Callable[[Step, bool], Reply]


def silent(then: Step, _streaming: bool) -> Reply:
    return Reply(before=[then, Stall()])


def headers_alone(then: Step, streaming: bool) -> Reply:
    return sse(then, Stall()) if streaming else Reply(steps=[then, Stall()])


def no_token_yet(then: Step, streaming: bool) -> Reply:
    role = frame(chunk({"role": "assistant", "content": ""}))
    whole = Reply(steps=[Send(b" "), then, Stall()])
    return sse(PROCESSING, role, PROCESSING, then, Stall()) if streaming else whole


def mid_answer(then: Step, streaming: bool) -> Reply:
    if streaming:
        return completion_stream(["a", then, Stall()])
    return completion().interrupt(90, then, Stall())


STAGES: list[Stage] = [silent, headers_alone, no_token_yet, mid_answer]


async def left(request: Recorded, ledger: Rows) -> RequestRecord:
    """What must hold once the client has left; returns the one row."""
    async with asyncio.timeout(LIMIT_S):
        await request.closed.wait()
        await ledger.came.wait()
    assert not request.answered.is_set()
    (row,) = ledger.rows
    assert row.status == "cancelled"
    assert row.attempts[-1].outcome == "cancelled"
    return row


@on_every_surface
@both_ways
@pytest.mark.parametrize("stage", STAGES)
async def test_leaving_closes_the_upstream(
    router: Router, ledger: Rows, surface: str, streaming: bool, stage: Stage
) -> None:
    reached = asyncio.Event()
    router.upstream.on_model(FIRST, stage(Mark(reached), streaming))
    async with SURFACES[surface](router, HELLO, streaming=streaming):
        await reached.wait()
        (request,) = router.upstream.requests
        assert not request.closed.is_set()
    row = await left(request, ledger)
    assert len(row.attempts) == len(router.upstream.requests) == 1


@on_every_surface
@both_ways
@pytest.mark.parametrize("stage", [silent, no_token_yet])
async def test_leaving_while_a_second_model_is_called_closes_the_upstream(
    router: Router, ledger: Rows, surface: str, streaming: bool, stage: Stage
) -> None:
    reached = asyncio.Event()
    router.upstream.on_model(FIRST, error(500))
    router.upstream.on_model(SECOND, stage(Mark(reached), streaming))
    async with SURFACES[surface](router, HELLO, streaming=streaming):
        await reached.wait()
        request = router.upstream.requests[-1]
        assert not request.closed.is_set()
    row = await left(request, ledger)
    assert [attempt.model for attempt in row.attempts][-1] == "gpt-4o-mini"
    assert request is router.upstream.requests[-1]


@on_every_surface
@both_ways
async def test_leaving_in_a_retrys_pause_ends_the_request(
    router: Router, ledger: Rows, surface: str, streaming: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pausing = asyncio.Event()

    async def sleep(_self: SystemClock, seconds: float) -> None:
        if seconds > FIRST_BEAT_S:
            pausing.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(SystemClock, "sleep", sleep)
    router.upstream.on_model(FIRST, error(429, retry_after=20), completion())
    named = HELLO | {"model": FIRST}  # there is no other, so this one is asked again
    async with SURFACES[surface](router, named, streaming=streaming):
        await pausing.wait()
    async with asyncio.timeout(LIMIT_S):
        await ledger.came.wait()
    (row,) = ledger.rows
    assert row.status == "cancelled"
    assert [attempt.outcome for attempt in row.attempts] == ["rate_limited"]
    assert len(router.upstream.requests) == 1


@on_every_surface
async def test_leaving_after_signs_of_life_closes_the_upstream(
    router: Router, ledger: Rows, surface: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    beating = asyncio.Semaphore(0)

    done_within = SystemClock.done_within

    async def soon(clock: SystemClock, future: asyncio.Future[Any], _seconds: float) -> bool:
        beating.release()
        return await done_within(clock, future, 0.001)

    monkeypatch.setattr(SystemClock, "done_within", soon)
    router.upstream.on_model(FIRST, Reply(before=[Stall()]))
    async with SURFACES[surface](router, HELLO, streaming=True):
        request = await router.upstream.request()
        for _ in range(5):
            await beating.acquire()
        assert not request.closed.is_set()
    await left(request, ledger)
