"""Whatever ends a request early, in OpenAI's form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import grpc
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from rest_shim.core import core_of
from rest_shim.counting import note_refusal
from rest_shim.errors import ErrorAnswer, RequestRefused, answer_for, internal
from rest_shim.receipt import receipt_of

__all__ = ["HANDLERS", "add_error_handlers"]

Handler = Callable[[Request, Any], Awaitable[Response]]

_HTTP_CODES: Final = {404: "unknown_url", 405: "method_not_allowed"}


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefused)
    note_refusal(request.scope, error.answer.code)
    return error.answer.response()


async def _call_failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, grpc.aio.AioRpcError)
    answer = answer_for(error, core_of(request).settings.core_address)
    return answer.response()


async def _http_error(request: Request, error: Exception) -> Response:
    """Starlette's own: no such path, or not with this method."""
    assert isinstance(error, HTTPException)
    answer = ErrorAnswer(
        status=error.status_code,
        type="invalid_request_error",
        code=_HTTP_CODES.get(error.status_code),
        message=f"{error.detail}: {request.method} {request.url.path}; /docs lists what is served",
    )
    note_refusal(request.scope, answer.code)
    response = answer.response()
    response.headers.update(error.headers or {})
    return response


async def _client_left(request: Request, error: Exception) -> Response:
    """The client left while it sent its body; nobody reads this but the access log."""
    answer = ErrorAnswer(
        status=499,
        type="invalid_request_error",
        code="request_cancelled",
        message="the client closed the connection",
    )
    return answer.response()


async def _unforeseen(request: Request, error: Exception) -> Response:
    """Any other; the server logs it with its traceback."""
    response = internal().response()
    # Starlette sends this one outside all middleware.
    response.raw_headers.extend(receipt_of(request.scope).headers())
    return response


HANDLERS: Final[Mapping[type[Exception], Handler]] = MappingProxyType(
    {
        RequestRefused: _refused,
        grpc.aio.AioRpcError: _call_failed,
        ClientDisconnect: _client_left,
    }
)
"""The errors that a route of ours raises on purpose."""


def add_error_handlers(app: FastAPI) -> None:
    """Gives ``app`` a handler for each kind of error that a route can raise."""
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unforeseen)
