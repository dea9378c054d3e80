"""What the fake Ollama sends: whole answers, streams of lines, and faults."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

_CREATED: Final = "2026-11-23T12:00:00Z"
_SECONDS: Final = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Fault:
    """An answer out of turn: an error, or other bytes under any status.

    Attributes:
        dies_after: break the connection after so many bytes of the body.
    """

    status: int = 500
    error: str = "an error"
    body: bytes | None = None
    dies_after: int | None = None


def token_logprob(token: str, probability: float) -> dict[str, Any]:
    logprob = math.log(probability) if probability > 0 else -9999.0
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}


def keep_alive_s(value: Any) -> float | None:
    """A ``keep_alive`` in seconds; ``None``: not told. Below 0 means for ever."""
    if value is None:
        return None
    if isinstance(value, str):
        parts = re.findall(r"(-?[\d.]+)(ms|[smh])", value)
        value = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    return math.inf if value < 0 else float(value)


def said(is_chat: bool, text: str, thinking: str = "") -> dict[str, Any]:
    if not is_chat:
        return {"response": text}
    message = {"role": "assistant", "content": text}
    return {"message": {**message, "thinking": thinking} if thinking else message}


def whole(
    model: str, is_chat: bool, *, text: str = "", thinking: str = "", **fields: Any
) -> web.Response:
    head = {"model": model, "created_at": _CREATED, **said(is_chat, text, thinking)}
    return web.json_response({**head, "done": True, **fields})


async def streamed(
    request: web.Request, model: str, is_chat: bool, answer: Mapping[str, Any]
) -> web.StreamResponse:
    """The same as lines of JSON, which is how Ollama answers unless told otherwise."""
    rest = dict(answer)
    text, thinking = rest.pop("text"), rest.pop("thinking")
    head = {"model": model, "created_at": _CREATED}
    lines = [
        {**head, **said(is_chat, text, thinking), "done": False},
        {**head, **said(is_chat, ""), "done": True, **rest},
    ]
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    for line in lines:
        await response.write(json.dumps(line).encode() + b"\n")
    return response


async def play(fault: Fault, request: web.Request) -> web.StreamResponse:
    error = json.dumps({"error": fault.error}).encode()
    body = error if fault.body is None else fault.body
    response = web.StreamResponse(status=fault.status)
    response.content_type = "application/json"
    response.content_length = len(body)
    await response.prepare(request)
    if fault.dies_after is None:
        await response.write(body)
        return response
    await response.write(body[: fault.dies_after])
    if request.transport is not None:
        request.transport.close()
    return response
