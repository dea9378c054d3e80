"""A client that leaves ends its call of the core, whatever the call is about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import httpx
import pytest

from llm_router.chat_json import from_json
from llm_router.v1.chat_pb2 import ChatCompletionChunk
from rest_shim.disconnect import ClientGone, cancelled_when_client_leaves
from tests.rest_shim.raw_http import connected
from tests.rest_shim.scripted_core import Context, ScriptedCore, complete_pb2, decision

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "hello"}]}
STREAM = HELLO | {"stream": True}

Event = complete_pb2.StreamCompleteResponse


async def never(*_: object) -> Any:
    await asyncio.Event().wait()


async def silent(request: Any, context: Context) -> AsyncIterator[Event]:
    await never()
    yield Event()


def watchers() -> list[asyncio.Task[Any]]:
    name = cancelled_when_client_leaves.__name__
    return [task for task in asyncio.all_tasks() if name in repr(task.get_coro())]


async def ended(core: ScriptedCore) -> None:
    async with asyncio.timeout(5):
        await core.ended.wait()
        while watchers():  # noqa: ASYNC110 - nothing tells when a task is gone
            await asyncio.sleep(0)


@pytest.mark.parametrize("body", [HELLO, STREAM], ids=["whole", "stream"])
async def test_leaving_before_the_first_event_ends_the_call(
    body: dict[str, Any], client: httpx.AsyncClient, core: ScriptedCore
):
    core.complete, core.stream = never, silent
    async with connected(client) as connection:
        await connection.post_chat(body)
        await core.entered.wait()
        assert not core.ended.is_set()
        await connection.leave()
        await ended(core)


async def test_leaving_mid_stream_ends_the_call(client: httpx.AsyncClient, core: ScriptedCore):
    async def stream(request: Any, context: Context) -> AsyncIterator[Event]:
        yield Event(decision=decision())
        yield Event(chunk=from_json({"id": "c1"}, ChatCompletionChunk))
        await never()

    core.stream = stream
    async with connected(client) as connection:
        await connection.post_chat(STREAM)
        await connection.reader.readuntil(b'data: {"id":"c1"}\n\n')
        await connection.leave()
        await ended(core)


async def test_leaving_without_reading_a_flood_ends_the_call(
    client: httpx.AsyncClient, core: ScriptedCore
):
    async def flood(request: Any, context: Context) -> AsyncIterator[Event]:
        yield Event(decision=decision())
        chunk = from_json({"id": "x" * 10_000}, ChatCompletionChunk)
        while True:
            yield Event(chunk=chunk)

    core.stream = flood
    async with connected(client) as connection:
        await connection.post_chat(STREAM)
        await connection.reader.readuntil(b"data: ")
        await connection.leave()
        await ended(core)


async def test_leaving_while_sending_the_body_calls_nothing(
    client: httpx.AsyncClient, core: ScriptedCore
):
    async with connected(client) as connection:
        await connection.send(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        await connection.leave()
    assert (await client.get("/healthz")).status_code == 200
    assert core.seen == []


async def test_nothing_is_left_behind_after_answers(client: httpx.AsyncClient, core: ScriptedCore):
    for body in (HELLO, STREAM):
        await client.post("/v1/chat/completions", json=body)
    core.fails_with(grpc.StatusCode.INVALID_ARGUMENT, reason="INVALID_REQUEST")
    for body in (HELLO, STREAM):
        await client.post("/v1/chat/completions", json=body)
    await ended(core)


class FakeCall:
    """A call that ends when it is cancelled, as gRPC's do."""

    def __init__(self) -> None:
        self.cancelled = asyncio.Event()

    def cancel(self) -> bool:
        self.cancelled.set()
        return True

    async def wait(self) -> None:
        await self.cancelled.wait()
        raise asyncio.CancelledError


async def left() -> dict[str, Any]:
    return {"type": "http.disconnect"}


async def test_departure_is_told_apart_from_being_cancelled():
    call = FakeCall()
    with pytest.raises(ClientGone):
        async with cancelled_when_client_leaves(left, call):
            await call.wait()


async def test_being_cancelled_goes_on_and_ends_the_call():
    call = FakeCall()

    async def wait() -> None:
        async with cancelled_when_client_leaves(never, call):
            await never()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert call.cancelled.is_set()
    assert watchers() == []


async def test_being_cancelled_goes_on_although_the_client_has_left_too():
    call = FakeCall()

    async def wait() -> None:
        async with cancelled_when_client_leaves(left, call):
            await never()  # a wait that the end of the call does not end

    waiting = asyncio.create_task(wait())
    await call.cancelled.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
