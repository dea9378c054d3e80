"""The two forms of a chat completion's answer, as ASGI responses.

Both call the core when they are sent, and watch the connection until they are
done. An error before the status has left is raised, for the app's handlers; one
after it becomes the last frame of the stream.
"""

from __future__ import annotations

import asyncio
from typing import Final, Generic, TypeVar

import grpc
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from llm_router.chat_json import to_json
from llm_router.json_text import JsonTextError, dumps_bytes
from llm_router.projection import enum_slug
from llm_router.v1.complete_pb2 import (
    CompleteRequest,
    CompleteResponse,
    Decision,
    StreamCompleteRequest,
    StreamCompleteResponse,
)
from llm_router.v1.route_pb2 import RouteReason
from rest_shim.call import CallContext, printable
from rest_shim.core import Core
from rest_shim.disconnect import ClientGone, cancelled_when_client_leaves
from rest_shim.draining import STOPPING
from rest_shim.errors import ErrorAnswer, RequestRefused, answer_for, internal
from rest_shim.receipt import RawHeaders

__all__ = ["StreamedAnswer", "WholeAnswer"]

_STREAM_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),  # a proxy between must not hold chunks back
)


R = TypeVar("R")


class _CoreAnswer(Response, Generic[R]):
    """An answer that is not there yet; FastAPI passes on what is a `Response`."""

    def __init__(self, core: Core, request: R, context: CallContext) -> None:
        # Not Response.__init__, which would render a body; the server needs none of it.
        self.background = None
        self._core = core
        self._request = request
        self._context = context


class WholeAnswer(_CoreAnswer[CompleteRequest]):
    """Answers at once: one JSON object."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = self._core.complete.Complete(
            self._request, timeout=self._context.timeout_s, metadata=self._context.metadata()
        )
        try:
            async with cancelled_when_client_leaves(receive, call):
                answer = await call
        except ClientGone:
            return
        body = dumps_bytes(to_json(answer.completion))
        headers = self._answer_headers(answer, body)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    def _answer_headers(self, answer: CompleteResponse, body: bytes) -> RawHeaders:
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            *_decision_headers(answer.decision),
        ]
        if answer.summary.HasField("cost_usd"):
            headers.append((b"x-router-cost-usd", printable(answer.summary.cost_usd).encode()))
        return headers


class StreamedAnswer(_CoreAnswer[StreamCompleteRequest]):
    """Answers piece by piece: server-sent events."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = self._core.complete.StreamComplete(
            self._request, timeout=self._context.timeout_s, metadata=self._context.metadata()
        )
        events = _EventStream(send)
        try:
            async with cancelled_when_client_leaves(receive, call):
                async for event in call:
                    await events.send(event)
        except ClientGone:
            return
        except asyncio.CancelledError:  # the server stops
            if events.started:
                await events.fail(STOPPING)
            raise
        except grpc.aio.AioRpcError as error:
            if not events.started:
                raise
            await events.fail(answer_for(error, self._core.settings.core_address))
        except JsonTextError:
            if not events.started:
                raise
            await events.fail(internal())
        else:
            if not events.started:  # the core ended the call well, but has sent nothing
                raise RequestRefused(internal())
            await events.finish()


class _EventStream:
    """Server-sent events on their way out; the status leaves with the first event."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def send(self, event: StreamCompleteResponse) -> None:
        kind = event.WhichOneof("event")
        if kind == "chunk":
            if not self.started:  # a heartbeat: who will answer is not known yet
                await self._start(None)
            await self._write(_frame(to_json(event.chunk)), more=True)
        elif kind == "decision" and not self.started:
            await self._start(event.decision)

    async def finish(self) -> None:
        await self._write(b"data: [DONE]\n\n", more=False)

    async def fail(self, answer: ErrorAnswer) -> None:
        await self._write(_frame(answer.body()), more=False)

    async def _start(self, decision: Decision | None) -> None:
        headers = [*_STREAM_HEADERS]
        if decision is not None:
            headers += _decision_headers(decision)
        self.started = True
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _write(self, frame: bytes, *, more: bool) -> None:
        await self._send({"type": "http.response.body", "body": frame, "more_body": more})


def _frame(value: object) -> bytes:
    return b"data: %b\n\n" % dumps_bytes(value)


def _decision_headers(decision: Decision) -> RawHeaders:
    reason = enum_slug(RouteReason.DESCRIPTOR, decision.reason) or "unspecified"
    headers = [
        (b"x-router-model", printable(decision.model).encode()),
        (b"x-router-reason", reason.encode()),
        (b"x-router-attempts", b"%d" % decision.attempts),
        (b"x-router-overhead-ms", b"%.2f" % decision.overhead_ms),
    ]
    if decision.category:
        headers.append((b"x-router-category", printable(decision.category).encode()))
    return headers
