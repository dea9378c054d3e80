"""What goes with a request to the core besides the request itself."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, TypeVar
from urllib.parse import quote

from fastapi import Request

from llm_router.chat_json import fill_from_json, remember
from llm_router.json_text import JsonTextError, loads
from llm_router.v1.classify_pb2 import ClassifyRequest
from llm_router.v1.complete_pb2 import CompleteRequest, StreamCompleteRequest
from llm_router.v1.route_pb2 import RouteRequest
from rest_shim.core import core_of
from rest_shim.errors import ErrorAnswer, RequestRefused
from rest_shim.receipt import Receipt, receipt_of

__all__ = ["CallContext", "Metadata", "printable", "read_json_object"]

MAX_TIMEOUT_S: Final = 3600.0
"""Longest time that a client may ask for."""

SIGN_OF_LIFE_S: Final = 5.0
"""After how many seconds the core gives the first sign of life in a stream."""

_SESSION_HEADERS: Final = (b"x-session-id", b"session_id", b"x-session-affinity")
_FORWARDED_HEADERS: Final = (b"authorization", b"traceparent")
_PRINTABLE_ASCII: Final = "".join(map(chr, range(0x20, 0x7F)))

Metadata = tuple[tuple[str, str], ...]
Ask = TypeVar("Ask", ClassifyRequest, RouteRequest, CompleteRequest, StreamCompleteRequest)
"""The requests that carry a chat completion request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """What one request brings to its call of the core.

    Attributes:
        receipt: the request's id and when it came in.
        timeout_s: time for the call, in seconds.
        session_id: the client's name for the conversation, from the headers.
        forwarded: headers that the core reads, as metadata.
        waited_s: time spent on waiting for the client's own bytes, in seconds.
    """

    receipt: Receipt
    timeout_s: float
    session_id: str | None
    forwarded: Metadata
    waited_s: float = 0.0

    @classmethod
    def of(cls, request: Request, *, waited_s: float = 0.0, streams: bool = False) -> CallContext:
        """Reads the headers of ``request``.

        Args:
            waited_s: as the attribute.
            streams: whether a stream is asked for. What OpenAI's clients tell of one is
                how long they wait for its head and between its pieces; once there are
                signs of life, it is no deadline.
        """
        headers = dict(reversed(request.scope["headers"]))  # the first of its name counts
        default_s = core_of(request).settings.timeout_s
        timeout_s = _timeout_s(headers.get(b"x-stainless-timeout"), default_s)
        if streams and timeout_s > SIGN_OF_LIFE_S:
            timeout_s = max(timeout_s, default_s)
        session = next(filter(None, map(headers.get, _SESSION_HEADERS)), None)
        return cls(
            receipt=receipt_of(request.scope),
            timeout_s=timeout_s,
            session_id=None if session is None else session.decode("latin-1"),
            forwarded=tuple(
                (name.decode(), printable(headers[name]))
                for name in _FORWARDED_HEADERS
                if name in headers
            ),
            waited_s=waited_s,
        )

    def request(self, message_type: type[Ask], body: dict[str, Any]) -> Ask:
        """``body`` as a request to the core: a message with ``chat`` and ``session_id``."""
        request = message_type(session_id=self.session_id)
        chat = request.chat
        chat.SetInParent()
        fill_from_json(body, chat)
        remember(chat, body)
        return request

    def metadata(self) -> Metadata:
        """The call's metadata; to be read just before the call."""
        elapsed_s = perf_counter() - self.receipt.time_s - self.waited_s
        return (
            ("x-router-request-id", self.receipt.request_id),
            ("x-router-elapsed-us", str(max(0, round(elapsed_s * 1e6)))),
            *self.forwarded,
        )


async def read_json_object(
    request: Request, *, optional: bool = False
) -> tuple[dict[str, Any], float]:
    """The request's body, and how many seconds were spent on waiting for it.

    Args:
        optional: whether there may be none, which is an empty object then.

    Raises:
        RequestRefused: it is not one JSON object with one meaning.
    """
    start_s = perf_counter()
    try:
        async with asyncio.timeout(core_of(request).settings.body_timeout_s):
            body = await request.body()
    except TimeoutError:
        raise _refused(408, "request_timeout", "the body did not come in time") from None
    waited_s = perf_counter() - start_s
    if not body and optional:
        return {}, waited_s
    if not body:
        raise _bad_body("the body is empty; it must be a JSON object")
    try:
        value = loads(body)
    except JsonTextError as error:
        raise _bad_body(str(error), error.path) from None
    if type(value) is not dict:
        raise _bad_body("the body must be a JSON object")
    return value, waited_s


def printable(text: str | bytes) -> str:
    """``text`` as a header or metadata value: what is not printable ASCII percent-encoded."""
    if text.isascii():
        plain = text.decode() if isinstance(text, bytes) else text
        if plain.isprintable():
            return plain
    return quote(text, safe=_PRINTABLE_ASCII)


def _timeout_s(header: bytes | None, default_s: float) -> float:
    """``x-stainless-timeout`` as OpenAI's clients send it: seconds."""
    try:
        asked_s = float(header) if header is not None else math.nan
    except ValueError:
        asked_s = math.nan
    return min(asked_s, MAX_TIMEOUT_S) if 0 < asked_s < math.inf else default_s


def _bad_body(message: str, param: str = "") -> RequestRefused:
    return _refused(400, "invalid_json", message, param)


def _refused(status: int, code: str, message: str, param: str = "") -> RequestRefused:
    return RequestRefused(
        ErrorAnswer(
            status=status,
            type="invalid_request_error",
            code=code,
            message=message,
            param=param or None,
        )
    )
