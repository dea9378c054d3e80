"""What a client sees of a request, the same for REST and gRPC."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Final

import httpx
from fastapi import FastAPI

from llm_router.errors import RouterClientError
from rest_shim.core import Core as ShimCore
from rest_shim.main import create_app
from rest_shim.settings import ShimSettings
from tests.faults.rig import CATEGORY, Rig

PATIENCE_S: Final = 30.0
"""How long the clients wait: longer than the router may take."""


class Client(StrEnum):
    """Who asks."""

    REST = "rest"
    GRPC = "grpc"


@dataclass(kw_only=True)
class Seen:
    """What came.

    Attributes:
        text: the content, all pieces of it.
        whole: the answer came to its proper end.
        beats: how many empty chunks came first, as signs of life.
        ids: what the chunks call themselves.
        status: HTTP status; over gRPC the code's name.
        model, attempts: as they are told; ``None``: not told.
        error: the error body, or over gRPC what stands in the status.
        told_attempts: the outcomes in gRPC's summary.
        raw: all that could be read, to look for what must not be in it.
    """

    status: int | str
    text: str = ""
    whole: bool = False
    beats: int = 0
    ids: set[str] = field(default_factory=set)
    model: str | None = None
    attempts: int | None = None
    error: dict[str, Any] | None = None
    retry_after_s: float | None = None
    final: bool = False
    told_attempts: list[tuple[str, str]] | None = None
    raw: str = ""
    faults: list[str] = field(default_factory=list)


async def ask(rig: Rig, client: Client, *, stream: bool, patience_s: float = PATIENCE_S) -> Seen:
    """Sends one request and reads the answer to its end.

    Args:
        patience_s: the client's own deadline, which it tells the router.
    """
    body = {
        "model": f"router/{CATEGORY}",
        "messages": [{"role": "user", "content": "hello"}],
    }
    if client is Client.REST:
        return await _rest(rig, {**body, "stream": stream}, patience_s)
    return await (_grpc_stream if stream else _grpc)(rig, body, patience_s)


# -- REST


@cache
def _app() -> FastAPI:
    """One app for all cells: it is slow to make."""
    return create_app(None, _SETTINGS)


_SETTINGS: Final = ShimSettings(core_address="in process")


async def _rest(rig: Rig, body: dict[str, Any], patience_s: float) -> Seen:
    app = _app()
    app.state.core = ShimCore.over(rig.client.channel, _SETTINGS)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3456") as http:
        headers = {"x-stainless-timeout": str(patience_s)}
        response = await http.post("/v1/chat/completions", json=body, headers=headers)
    seen = Seen(status=response.status_code, raw=f"{response.headers} {response.text}")
    seen.model = response.headers.get("x-router-model")
    attempts = response.headers.get("x-router-attempts")
    seen.attempts = None if attempts is None else int(attempts)
    wait = response.headers.get("retry-after")
    seen.retry_after_s = None if wait is None else float(wait)
    seen.final = response.headers.get("x-should-retry") == "false"
    if "x-router-request-id" not in response.headers:
        seen.faults.append("no x-router-request-id")
    if response.headers["content-type"].startswith("text/event-stream"):
        _read_frames(response.text, seen)
    else:
        _read_object(response.json(), seen)
    return seen


def _read_object(answer: Any, seen: Seen) -> None:
    if "error" in answer:
        seen.error = _error_of(answer, seen)
    else:
        seen.text = answer["choices"][0]["message"]["content"] or ""
        seen.whole = True


def _read_frames(text: str, seen: Seen) -> None:
    *frames, rest = text.split("\n\n")
    if rest:
        seen.faults.append(f"a frame without an end: {rest!r}")
    for number, data in enumerate(frame.removeprefix("data: ") for frame in frames):
        if data == "[DONE]":
            seen.whole = True
        elif "error" in (chunk := json.loads(data)):
            seen.error = _error_of(chunk, seen)
        else:
            _read_chunk(chunk, seen)
            continue
        if number != len(frames) - 1:
            seen.faults.append(f"more after {data!r}")


def _error_of(answer: dict[str, Any], seen: Seen) -> dict[str, Any]:
    error: dict[str, Any] = answer["error"]
    if set(answer) != {"error"} or set(error) != {"message", "type", "param", "code"}:
        seen.faults.append(f"not OpenAI's form: {answer}")
    return error


def _read_chunk(chunk: dict[str, Any], seen: Seen) -> None:
    deltas = [choice.get("delta", {}) for choice in chunk["choices"]]
    seen.ids.add(chunk["id"])
    seen.text += "".join(delta.get("content") or "" for delta in deltas)
    seen.beats += deltas == [{}] and not seen.text and not chunk["choices"][0]["finish_reason"]


# -- gRPC


async def _grpc(rig: Rig, body: dict[str, Any], patience_s: float) -> Seen:
    seen = Seen(status="OK")
    try:
        answer = await rig.client.complete(body, timeout_s=patience_s)
    except RouterClientError as error:
        _read_status(error, seen)
        return seen
    seen.text = answer.completion.choices[0].message.text
    seen.whole = True
    seen.model, seen.attempts = answer.decision.model, answer.decision.attempts
    seen.told_attempts = [(one.model, one.outcome) for one in answer.summary.attempts]
    seen.raw = str(answer)
    return seen


async def _grpc_stream(rig: Rig, body: dict[str, Any], patience_s: float) -> Seen:
    seen = Seen(status="OK")
    order: list[str] = []
    try:
        async for event in rig.client.stream_complete(body, timeout_s=patience_s):
            order.append(event.WhichOneof("event") or "nothing")
            seen.raw += str(event)
            if order[-1] == "decision":
                seen.model, seen.attempts = event.decision.model, event.decision.attempts
            elif order[-1] == "chunk":
                seen.beats += "decision" not in order
                seen.ids.add(event.chunk.id)
                seen.text += "".join(choice.delta.content for choice in event.chunk.choices)
            else:
                seen.whole = True
                seen.told_attempts = [(one.model, one.outcome) for one in event.summary.attempts]
    except RouterClientError as error:
        _read_status(error, seen)
    if order[seen.beats :] and order[seen.beats :].count("decision") != 1:
        seen.faults.append(f"there is not one decision: {order}")
    if order.count("summary") != seen.whole or (seen.whole and order[-1] != "summary"):
        seen.faults.append(f"the summary is not last: {order}")
    return seen


def _read_status(error: RouterClientError, seen: Seen) -> None:
    seen.status = error.code.name
    seen.retry_after_s = error.retry_after_s
    seen.final = error.metadata.get("fallbacks_spent") == "true"
    seen.error = {
        "message": error.message,
        "code": error.metadata.get("code", error.reason.lower()),
        "reason": error.reason,
        "upstream_status": error.metadata.get("upstream_status"),
    }
    seen.raw += f"{error.message} {dict(error.metadata)}"
    if not error.request_id:
        seen.faults.append("no request id")


async def settled(rig: Rig) -> bool:
    """Whether every call of the upstream has come to its end, or does so within a second."""
    try:
        async with asyncio.timeout(1.5):
            for request in rig.upstream.requests:
                ends = [asyncio.ensure_future(e.wait()) for e in (request.answered, request.closed)]
                try:
                    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for end in ends:
                        end.cancel()
    except TimeoutError:
        return False
    return True
