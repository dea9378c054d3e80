"""The one wrapper around every servicer method.

It admits the caller, gives the request its id, reads the deadline and turns errors
into statuses. It is no interceptor, so it holds in process as over a socket:

    class ClassifyServicer(classify_pb2_grpc.ClassifyServiceServicer):
        def __init__(self, guard: Guard, classify: Classify) -> None:
            self.guard = guard

        @unary_rpc
        async def Classify(self, request: ClassifyRequest, call: Call) -> ClassifyResponse: ...

Metadata that it reads: ``authorization`` ("Bearer KEY"), ``x-router-request-id``,
``x-router-elapsed-us``. Metadata that it sends, at the end of every call:
``x-router-request-id``, and with an error what was decided until then, such as
``x-router-category``.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import hmac
import logging
import re
import secrets
import time
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, NoReturn, Protocol, TypeVar, cast, overload

import grpc

from llm_router.json_text import JsonTextError
from router_core.errors import (
    ConfigError,
    DeadlineExceeded,
    InvalidRequest,
    PermissionDenied,
    RouterError,
    Unauthenticated,
)
from router_core.grpc_edge.errors import DETAILS_KEY, status_code, to_status

__all__ = ["Access", "Call", "Guard", "Guarded", "stream_rpc", "unary_rpc"]

REQUEST_ID_KEY: Final = "x-router-request-id"
ELAPSED_KEY: Final = "x-router-elapsed-us"

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
_ELAPSED_US: Final = re.compile(r"[0-9]{1,12}")
_CALLER_DIGITS: Final = 32

_log = logging.getLogger("router_core.grpc_edge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a method is told of its call.

    Attributes:
        request_id: the router's id of the request; the caller's own where it sent a
            good one.
        caller: an opaque id of the caller's key; empty when it needed none.
        deadline: the caller's own, in monotonic seconds, or ``None``.
        received: when the request came in, in monotonic seconds; the time that the
            shim had spent on it already is taken off.
        metadata: what the caller sent, without its key; of several values of one
            key the first.
    """

    request_id: str
    caller: str
    deadline: float | None
    received: float
    metadata: Mapping[str, str | bytes]


class Access(Enum):
    """Who may call a method, where there are keys at all; the admin key opens everything."""

    CLIENT = auto()
    """Who has one of the API keys, where there are any."""
    OPERATOR = auto()
    """Who has the admin key; where there is none, as a client."""
    CONFIG = auto()
    """Who has the admin key: with the config goes where the providers' keys are sent."""


class Guard:
    """Who may call.

    Without keys, everyone. With API keys, who sends one of them. The admin key opens
    everything; where there is one, a method that needs it takes no other.

    Attributes:
        has_admin: whether there is an admin key.

    Args:
        api_keys: keys of clients; none: clients need no key.
        admin_key: the operator's; empty: there is none.

    Raises:
        ConfigError: an API key is empty, which no key at all would match.
    """

    def __init__(self, api_keys: Sequence[str] = (), admin_key: str = "") -> None:
        if not all(api_keys):
            raise ConfigError("an API key is empty")
        self._clients = tuple(_digest(key.encode()) for key in api_keys)
        self._admins = (_digest(admin_key.encode()),) if admin_key else ()
        self.has_admin = bool(admin_key)

    def admit(self, authorization: str | bytes, access: Access = Access.CLIENT) -> str:
        """The opaque id of the caller's key; empty when it needed none.

        Args:
            authorization: the header's value, "Bearer KEY"; empty: it sent none.
            access: what the method needs.

        Raises:
            Unauthenticated: a key is needed, and this is not one.
            PermissionDenied: an admin key is needed, and the router has none.
        """
        needed = self._admins if access is not Access.CLIENT and self._admins else self._clients
        if not needed:
            return ""
        sent = _digest(_bearer(authorization))
        # Every key is compared, so that the time taken tells nothing about them.
        matches = [hmac.compare_digest(sent, key) for key in {*needed, *self._admins}]
        if not any(matches):
            raise Unauthenticated(_refusal(authorization, admin=needed is self._admins))
        if access is Access.CONFIG and not self._admins:
            raise PermissionDenied(
                "the keys of clients do not change the config: set LLM_ROUTER_ADMIN_KEY for"
                " the router, and send that"
            )
        return hashlib.sha256(b"llm-router caller\0" + sent).hexdigest()[:_CALLER_DIGITS]


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def _bearer(authorization: str | bytes) -> bytes:
    raw = (
        authorization.encode("utf-8", "replace")
        if isinstance(authorization, str)
        else authorization
    )
    scheme, _, key = raw.partition(b" ")
    return key.strip() if scheme.lower() == b"bearer" else b""


def _refusal(authorization: str | bytes, *, admin: bool) -> str:
    which = "admin key" if admin else "API key"
    return f"wrong {which}" if authorization else f"no {which}; send authorization: Bearer KEY"


class Guarded(Protocol):
    """A servicer whose methods can be wrapped."""

    @property
    def guard(self) -> Guard:
        """Who may call it."""


S = TypeVar("S", bound=Guarded)
Req = TypeVar("Req")
Res = TypeVar("Res")
_Unary = Callable[[S, Req, Call], Awaitable[Res]]
_UnaryRpc = Callable[[S, Req, Any], Awaitable[Res]]
_Stream = Callable[[S, Req, Call], AsyncGenerator[Res, None]]
_StreamRpc = Callable[[S, Req, Any], AsyncIterator[Res]]


@overload
def unary_rpc(method: _Unary[S, Req, Res]) -> _UnaryRpc[S, Req, Res]: ...
@overload
def unary_rpc(*, access: Access) -> Callable[[_Unary[S, Req, Res]], _UnaryRpc[S, Req, Res]]: ...
def unary_rpc(method: Any = None, *, access: Access = Access.CLIENT) -> Any:
    """Makes a servicer's method of ``method``, which takes a `Call` and answers once.

    Args:
        method: raises a `RouterError` for what the caller shall know.
        access: who may call it.
    """
    if method is None:
        return functools.partial(unary_rpc, access=access)

    @functools.wraps(method)
    async def rpc(self: Guarded, request: Any, context: _Context) -> Any:
        metadata = _read_metadata(context)
        request_id = _request_id(metadata)
        try:
            call = _admit(self.guard, metadata, request_id, context, access=access)
            return await method(self, request, call)
        except (Exception, asyncio.CancelledError) as error:
            await _fail(context, request_id, error)

    return rpc


@overload
def stream_rpc(method: _Stream[S, Req, Res]) -> _StreamRpc[S, Req, Res]: ...
@overload
def stream_rpc(*, access: Access) -> Callable[[_Stream[S, Req, Res]], _StreamRpc[S, Req, Res]]: ...
def stream_rpc(method: Any = None, *, access: Access = Access.CLIENT) -> Any:
    """As `unary_rpc`, for an async generator that answers piece by piece.

    A caller that leaves is a CancelledError where the generator awaits, and a
    GeneratorExit where it yields; it is closed before the call ends, either way.
    """
    if method is None:
        return functools.partial(stream_rpc, access=access)

    # It writes rather than yields: of a generator of ours, grpc.aio would leave the
    # closing to the garbage collector.
    @functools.wraps(method)
    async def rpc(self: Guarded, request: Any, context: _Context) -> None:
        metadata = _read_metadata(context)
        request_id = _request_id(metadata)
        try:
            call = _admit(self.guard, metadata, request_id, context, access=access)
            async with aclosing(method(self, request, call)) as messages:
                async for message in messages:
                    await context.write(message)
        except (Exception, asyncio.CancelledError) as error:
            await _fail(context, request_id, error)

    return rpc


_Context = grpc.aio.ServicerContext[Any, Any]


def _read_metadata(context: _Context) -> dict[str, str | bytes]:
    metadata: dict[str, str | bytes] = {}
    for key, value in context.invocation_metadata() or ():
        metadata.setdefault(key, value)
    return metadata


def _request_id(metadata: Mapping[str, str | bytes]) -> str:
    sent = metadata.get(REQUEST_ID_KEY)
    if isinstance(sent, str) and _REQUEST_ID.fullmatch(sent):
        return sent
    return f"req_{secrets.token_hex(16)}"


def _admit(
    guard: Guard,
    metadata: dict[str, str | bytes],
    request_id: str,
    context: _Context,
    *,
    access: Access,
) -> Call:
    now = time.monotonic()
    context.set_trailing_metadata(((REQUEST_ID_KEY, request_id),))
    caller = guard.admit(metadata.pop("authorization", ""), access)
    remaining = _time_remaining(context)
    return Call(
        request_id=request_id,
        caller=caller,
        deadline=None if remaining is None else now + remaining,
        received=now - _elapsed_s(metadata),
        metadata=metadata,
    )


def _elapsed_s(metadata: Mapping[str, str | bytes]) -> float:
    elapsed = metadata.get(ELAPSED_KEY)
    if isinstance(elapsed, str) and _ELAPSED_US.fullmatch(elapsed):
        return int(elapsed) / 1e6
    return 0.0


def _time_remaining(context: _Context) -> float | None:
    # The stubs leave out that it is None where there is no deadline.
    return cast("float | None", context.time_remaining())


async def _fail(
    context: _Context, request_id: str, error: Exception | asyncio.CancelledError
) -> NoReturn:
    """Ends the call with the status of ``error``, which is being handled."""
    if isinstance(error, asyncio.CancelledError) and _is_cancelled():
        raise error
    told = _translate(error, context)
    if told is None:
        _log.error("request %s failed inside the router: %s", request_id, _where(error))
        told = RouterError(f"internal error; the router's log has it as {request_id}")
    status = to_status(told, request_id)
    trailing = (
        (DETAILS_KEY, status.SerializeToString()),
        (REQUEST_ID_KEY, request_id),
        *told.decided.items(),
    )
    await context.abort(status_code(told), status.message, trailing)


def _is_cancelled() -> bool:
    """Whether this task was cancelled, rather than something that it awaited.

    A handler that ends by a CancelledError of its own gets no status from grpc.aio,
    and its caller would wait for its deadline.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _translate(error: BaseException, context: _Context) -> RouterError | None:
    """What the caller is told; ``None``: the error is the router's own."""
    if isinstance(error, RouterError):
        return error
    if isinstance(error, JsonTextError):
        return InvalidRequest(str(error), error.path)
    if isinstance(error, TimeoutError) and _time_remaining(context) == 0:
        return DeadlineExceeded("the deadline of the call has passed")
    return None


def _where(error: BaseException) -> str:
    """The types and places of ``error`` and its causes; messages may quote a request."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(lines) < 5:
        frames = "".join(traceback.format_tb(cause.__traceback__))
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}\n{frames}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return "caused by ".join(lines)
