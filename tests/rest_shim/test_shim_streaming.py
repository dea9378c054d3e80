"""POST /v1/chat/completions with ``stream: true``: frames, order, time, errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import grpc
import httpx

from llm_router.chat_json import from_json, to_json
from llm_router.v1.chat_pb2 import ChatCompletionChunk
from tests.rest_shim.scripted_core import Context, ScriptedCore, abort, complete_pb2, decision

HELLO = {"messages": [{"role": "user", "content": "hello"}], "stream": True}
URL = "/v1/chat/completions"

Event = complete_pb2.StreamCompleteResponse


def decided() -> Event:
    return Event(decision=decision())


def chunk(body: dict[str, Any]) -> Event:
    return Event(chunk=from_json(body, ChatCompletionChunk))


def word(text: str) -> dict[str, Any]:
    return {"id": "c1", "choices": [{"index": 0, "delta": {"content": text}}]}


def summary() -> Event:
    return Event(summary=complete_pb2.Summary(cost_usd="0.01"))


def frames(text: str) -> list[Any]:
    """The data of each server-sent event; [DONE] as it is."""
    assert text.endswith("\n\n")
    lines = text[:-2].split("\n\n")
    assert all(line.startswith("data: ") for line in lines)
    data = [line.removeprefix("data: ") for line in lines]
    return [json.loads(item) if item.startswith("{") else item for item in data]


async def test_chunks_come_in_order_with_equal_meaning_and_done_last(
    client: httpx.AsyncClient, core: ScriptedCore
):
    bodies = [
        word("é 😀\n\ndata: "),
        {"id": "c1", "choices": [], "usage": {"cost": 1e-05, "cached": 0, "n": 2**53 + 1}},
        {"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": None}], "x": [None]},
    ]
    core.streams(decided(), *map(chunk, bodies), summary())
    response = await client.post(URL, json=HELLO)
    assert core.seen[0].method == "StreamComplete"
    assert to_json(core.seen[0].request.chat) == HELLO
    assert frames(response.text) == [*bodies, "[DONE]"]


async def test_stream_headers_tell_the_decision(client: httpx.AsyncClient, core: ScriptedCore):
    core.streams(decided(), chunk(word("a")), summary())
    response = await client.post(URL, json=HELLO)
    headers = response.headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-cache"
    assert headers["x-accel-buffering"] == "no"
    assert headers["x-router-category"] == "code"
    assert headers["x-router-model"] == "glm-5"
    assert headers["x-router-reason"] == "classified"
    assert headers["x-router-attempts"] == "2"
    assert headers["x-router-overhead-ms"] == "0.41"
    assert headers["x-router-request-id"] == core.seen[0].metadata["x-router-request-id"]
    assert headers["x-request-id"] == headers["x-router-request-id"]
    assert "x-router-cost-usd" not in headers


async def test_each_chunk_leaves_before_the_next_one_exists(
    client: httpx.AsyncClient, core: ScriptedCore
):
    gates = [asyncio.Event() for _ in range(3)]

    async def stream(request: Any, context: Context) -> AsyncIterator[Event]:
        yield decided()
        for number, gate in enumerate(gates):
            await gate.wait()
            yield chunk(word(str(number)))

    core.stream = stream
    async with client.stream("POST", URL, json=HELLO) as response:
        assert response.status_code == 200  # the head is here while the first gate is shut
        text = response.aiter_text()
        for number, gate in enumerate(gates):
            gate.set()
            assert frames(await anext(text)) == [word(str(number))]
        assert frames(await anext(text)) == ["[DONE]"]


async def test_heartbeat_before_the_decision_commits_without_its_headers(
    client: httpx.AsyncClient, core: ScriptedCore
):
    gate = asyncio.Event()

    async def stream(request: Any, context: Context) -> AsyncIterator[Event]:
        yield chunk(word(""))
        await gate.wait()
        yield decided()
        yield chunk(word("a"))

    core.stream = stream
    async with client.stream("POST", URL, json=HELLO) as response:
        assert response.status_code == 200
        assert "x-router-model" not in response.headers
        assert "x-router-request-id" in response.headers
        gate.set()
        assert frames((await response.aread()).decode()) == [word(""), word("a"), "[DONE]"]


async def test_error_before_the_first_event_is_a_plain_one(
    client: httpx.AsyncClient, core: ScriptedCore
):
    core.fails_with(
        grpc.StatusCode.RESOURCE_EXHAUSTED, reason="ALL_MODELS_RATE_LIMITED", retry_after_s=2.2
    )
    response = await client.post(URL, json=HELLO)
    assert response.status_code == 429
    assert response.headers["content-type"] == "application/json"
    assert response.headers["retry-after"] == "3"
    assert response.json()["error"]["code"] == "all_models_rate_limited"


async def test_error_after_the_commit_is_the_last_frame(
    client: httpx.AsyncClient, core: ScriptedCore
):
    async def stream(request: Any, context: Context) -> AsyncIterator[Event]:
        yield decided()
        yield chunk(word("a"))
        await abort(context, grpc.StatusCode.UNAVAILABLE, "cut off", reason="STREAM_BROKEN")

    core.stream = stream
    response = await client.post(URL, json=HELLO)
    assert response.status_code == 200
    error = {
        "message": "cut off",
        "type": "service_unavailable_error",
        "param": None,
        "code": "stream_broken",
    }
    assert frames(response.text) == [word("a"), {"error": error}]


async def test_error_after_a_heartbeat_is_told_in_the_stream(
    client: httpx.AsyncClient, core: ScriptedCore
):
    async def stream(request: Any, context: Context) -> AsyncIterator[Event]:
        yield chunk(word(""))
        await abort(context, grpc.StatusCode.DEADLINE_EXCEEDED, "slow", reason="ALL_TIMED_OUT")

    core.stream = stream
    response = await client.post(URL, json=HELLO)
    assert response.status_code == 200
    assert frames(response.text)[-1]["error"]["code"] == "all_timed_out"
    assert "[DONE]" not in response.text


async def test_malformed_json_in_a_chunk_ends_the_stream_with_an_error(
    client: httpx.AsyncClient, core: ScriptedCore
):
    core.streams(decided(), chunk(word("a")), Event(chunk=ChatCompletionChunk(extra_json="{")))
    response = await client.post(URL, json=HELLO)
    assert frames(response.text)[-1]["error"]["code"] == "internal_error"
    assert "[DONE]" not in response.text


async def test_stream_without_any_event_is_our_error(client: httpx.AsyncClient, core: ScriptedCore):
    core.streams()
    response = await client.post(URL, json=HELLO)
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal_error"


async def test_answer_without_chunks_is_an_empty_stream(
    client: httpx.AsyncClient, core: ScriptedCore
):
    core.streams(decided(), summary())
    response = await client.post(URL, json=HELLO)
    assert response.status_code == 200
    assert frames(response.text) == ["[DONE]"]
