"""The errors of a call, one tree.

    RouterClientError
    ├── InvalidRequest        malformed, or refused as such by the model
    ├── Unauthenticated       no key, or a wrong one
    ├── PermissionDenied      the key does not open this
    ├── NotFound              no such model or category
    ├── Conflict              it exists already, or was changed meanwhile
    ├── PreconditionFailed    the router is not in a state for it
    ├── RateLimited           too much at once, here or upstream
    ├── Unavailable           no connection, or no model answers
    ├── DeadlineExceeded      it took too long
    ├── Cancelled             the call was cancelled, by its caller or an overloaded server
    ├── Unimplemented         this router does not have it
    └── ServerError           the router failed

`error_from` makes one of what gRPC raised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

__all__ = [
    "Cancelled",
    "Conflict",
    "DeadlineExceeded",
    "InvalidRequest",
    "NotFound",
    "PermissionDenied",
    "PreconditionFailed",
    "RateLimited",
    "RouterClientError",
    "ServerError",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "error_from",
]

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class RouterClientError(Exception):
    """A call failed.

    Attributes:
        message: for a person.
        code: the gRPC status code.
        reason: the kind of error, an UPPER_SNAKE word; empty: gRPC itself failed.
        param: the path of the request's field at fault; empty: none.
        request_id: the router's id of the request; empty: it never got there.
        retry_after_s: how long to wait before the next try, in seconds, or ``None``.
        metadata: further facts of the router, such as ``upstream_status``.
    """

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode,
        reason: str = "",
        param: str = "",
        request_id: str = "",
        retry_after_s: float | None = None,
        metadata: Mapping[str, str] = _NOTHING,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.param = param
        self.request_id = request_id
        self.retry_after_s = retry_after_s
        self.metadata = metadata


class InvalidRequest(RouterClientError):
    """The request is malformed, or refused as such by the model."""


class Unauthenticated(RouterClientError):
    """No key, or a wrong one."""


class PermissionDenied(RouterClientError):
    """The key does not open this."""


class NotFound(RouterClientError):
    """There is no such model or category."""


class Conflict(RouterClientError):
    """It exists already, or was changed meanwhile (``etag``)."""


class PreconditionFailed(RouterClientError):
    """The router is not in a state for it; a built-in category cannot be removed, say."""


class RateLimited(RouterClientError):
    """Every model is rate limited, or the router serves as many calls as it may."""


class Unavailable(RouterClientError):
    """There is no connection, or no model answers."""


class DeadlineExceeded(RouterClientError):
    """The call's deadline has passed, or every model was too slow."""


class Cancelled(RouterClientError):
    """The call was cancelled: by its caller, or by a server with too many waiting."""


class Unimplemented(RouterClientError):
    """This router does not have that."""


class ServerError(RouterClientError):
    """The router failed."""


_CLASSES: Final[Mapping[grpc.StatusCode, type[RouterClientError]]] = MappingProxyType(
    {
        grpc.StatusCode.CANCELLED: Cancelled,
        grpc.StatusCode.UNKNOWN: ServerError,
        grpc.StatusCode.INVALID_ARGUMENT: InvalidRequest,
        grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
        grpc.StatusCode.NOT_FOUND: NotFound,
        grpc.StatusCode.ALREADY_EXISTS: Conflict,
        grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
        grpc.StatusCode.RESOURCE_EXHAUSTED: RateLimited,
        grpc.StatusCode.FAILED_PRECONDITION: PreconditionFailed,
        grpc.StatusCode.ABORTED: Conflict,
        grpc.StatusCode.OUT_OF_RANGE: InvalidRequest,
        grpc.StatusCode.UNIMPLEMENTED: Unimplemented,
        grpc.StatusCode.INTERNAL: ServerError,
        grpc.StatusCode.UNAVAILABLE: Unavailable,
        grpc.StatusCode.DATA_LOSS: ServerError,
        grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    }
)


def error_from(error: grpc.RpcError) -> RouterClientError:
    """What ``error``, raised by a stub of either kind, tells of the failed call."""
    pairs: Iterable[Any] = error.trailing_metadata() or ()
    trailing: dict[str, Any] = dict(iter(pairs))  # of aio's Metadata, dict() would want keys
    facts: dict[str, Any] = {"request_id": trailing.get("x-router-request-id", "")}
    for read, detail in _details(trailing.get("grpc-status-details-bin")):
        facts.update(read(detail))
    message = error.details() or f"the call failed: {error.code().name}"
    return _CLASSES[error.code()](message, code=error.code(), **facts)


def _details(serialised: Any) -> Iterable[tuple[Callable[[Any], dict[str, Any]], Any]]:
    """The known details of a serialised ``google.rpc.Status``, each with its reader."""
    if not isinstance(serialised, bytes):
        return
    try:
        for packed in status_pb2.Status.FromString(serialised).details:
            known = _READERS.get(packed.type_url.rpartition("/")[2])
            if known is not None:
                message_type, read = known
                yield read, message_type.FromString(packed.value)
    except DecodeError:
        return  # The code and the message stand without their details.


def _read_error_info(info: Any) -> dict[str, Any]:
    facts = {"reason": info.reason, "metadata": dict(info.metadata)}
    param = facts["metadata"].get("param")
    return {**facts, "param": param} if param else facts


def _read_bad_request(bad_request: Any) -> dict[str, Any]:
    violations = bad_request.field_violations
    return {"param": violations[0].field} if violations else {}


def _read_retry_info(info: Any) -> dict[str, Any]:
    return {"retry_after_s": info.retry_delay.ToNanoseconds() / 1e9}


_READERS: Final[Mapping[str, tuple[Any, Callable[[Any], dict[str, Any]]]]] = MappingProxyType(
    {
        message_type.DESCRIPTOR.full_name: (message_type, read)
        for message_type, read in (
            (error_details_pb2.ErrorInfo, _read_error_info),
            (error_details_pb2.BadRequest, _read_bad_request),
            (error_details_pb2.RetryInfo, _read_retry_info),
        )
    }
)
