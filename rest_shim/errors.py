"""Errors in OpenAI's form, from gRPC statuses and from the shim itself.

``STATUS_ROWS`` has one row for each gRPC code. Sources: google.rpc.code (HTTP
status), OpenAI's error reference (types and the four keys of the body).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import grpc
from starlette.responses import Response

from llm_router.errors import RouterClientError, error_from
from llm_router.json_text import dumps_bytes
from rest_shim.receipt import RawHeaders

__all__ = [
    "STATUS_ROWS",
    "ErrorAnswer",
    "RequestRefused",
    "StatusRow",
    "answer_for",
    "internal",
    "unreachable",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorAnswer:
    """An error as a client of OpenAI's API expects it.

    Attributes:
        status: HTTP status, 400 to 599.
        retry_after_s: seconds after which another try may help; None: not known.
        final: another try by the client cannot help; it is told so.
        decided: the headers that tell what was decided before it failed.
    """

    status: int
    type: str
    message: str
    code: str | None = None
    param: str | None = None
    retry_after_s: float | None = None
    final: bool = False
    decided: tuple[tuple[str, str], ...] = ()

    def body(self) -> dict[str, Any]:
        """The JSON object; all four keys are always there."""
        return {
            "error": {
                "message": self.message,
                "type": self.type,
                "param": self.param,
                "code": self.code,
            }
        }

    def response(self) -> Response:
        """The whole HTTP response."""
        response = Response(
            dumps_bytes(self.body()), status_code=self.status, media_type="application/json"
        )
        response.raw_headers.extend(self._retry_headers())
        response.raw_headers.extend((n.encode(), v.encode()) for n, v in self.decided)
        return response

    def _retry_headers(self) -> RawHeaders:
        headers: RawHeaders = []
        if self.retry_after_s is not None:
            headers.append((b"retry-after", b"%d" % max(1, math.ceil(self.retry_after_s))))
        if self.final:
            # Obeyed by OpenAI's clients before anything else.
            headers.append((b"x-should-retry", b"false"))
        return headers


class RequestRefused(Exception):
    """The shim itself refuses a request; ``answer`` says why."""

    def __init__(self, answer: ErrorAnswer) -> None:
        super().__init__(answer.message)
        self.answer = answer


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRow:
    """What a gRPC code becomes where the core says nothing more precise.

    Attributes:
        message: told instead of the core's own, which could show its insides.
        final: another try by the client cannot help.
    """

    status: int
    type: str
    code: str
    message: str | None = None
    final: bool = False


_INTERNAL_ROW: Final = StatusRow(
    status=500,
    type="server_error",
    code="internal_error",
    message="internal error of the router; its log has more under this request's id",
)

STATUS_ROWS: Final[Mapping[grpc.StatusCode, StatusRow]] = MappingProxyType(
    {
        grpc.StatusCode.INVALID_ARGUMENT: StatusRow(
            status=400, type="invalid_request_error", code="invalid_request"
        ),
        grpc.StatusCode.OUT_OF_RANGE: StatusRow(
            status=400, type="invalid_request_error", code="out_of_range"
        ),
        grpc.StatusCode.UNAUTHENTICATED: StatusRow(
            status=401, type="invalid_request_error", code="invalid_api_key"
        ),
        grpc.StatusCode.PERMISSION_DENIED: StatusRow(
            status=403, type="permission_error", code="permission_denied"
        ),
        grpc.StatusCode.NOT_FOUND: StatusRow(
            status=404, type="invalid_request_error", code="not_found"
        ),
        grpc.StatusCode.ALREADY_EXISTS: StatusRow(
            status=409, type="invalid_request_error", code="already_exists", final=True
        ),
        grpc.StatusCode.ABORTED: StatusRow(
            status=409, type="invalid_request_error", code="aborted", final=True
        ),
        # google.rpc.code says 400; the router means "the config's state forbids it".
        grpc.StatusCode.FAILED_PRECONDITION: StatusRow(
            status=409, type="invalid_request_error", code="failed_precondition", final=True
        ),
        grpc.StatusCode.RESOURCE_EXHAUSTED: StatusRow(
            status=429, type="rate_limit_error", code="rate_limit_exceeded"
        ),
        grpc.StatusCode.CANCELLED: StatusRow(
            status=499, type="invalid_request_error", code="request_cancelled"
        ),
        grpc.StatusCode.UNKNOWN: _INTERNAL_ROW,
        grpc.StatusCode.INTERNAL: _INTERNAL_ROW,
        grpc.StatusCode.DATA_LOSS: _INTERNAL_ROW,
        grpc.StatusCode.UNIMPLEMENTED: StatusRow(
            status=501, type="server_error", code="not_implemented", final=True
        ),
        grpc.StatusCode.UNAVAILABLE: StatusRow(
            status=503, type="service_unavailable_error", code="service_unavailable"
        ),
        grpc.StatusCode.DEADLINE_EXCEEDED: StatusRow(
            status=504, type="timeout_error", code="deadline_exceeded"
        ),
    }
)

_UPSTREAM_REJECTED: Final = "UPSTREAM_REJECTED"
_AT_A_LIMIT: Final = frozenset({"SPENDING_LIMIT_REACHED", "NO_MODEL_WITHIN_LIMITS"})
"""What the same request would be told again."""
_UPSTREAM_STATUSES: Final = frozenset({"400", "403", "413", "422"})
"""What an upstream's refusal may become. Never 401 or 402: clients would take the
router's own key for dead and drop the router."""


def answer_for(error: grpc.aio.AioRpcError, core_address: str) -> ErrorAnswer:
    """The answer to a request whose call of the core ended in ``error``.

    ``core_address`` is named where the core cannot be reached.
    """
    told = error_from(error)
    row = STATUS_ROWS[told.code]
    if told.code is grpc.StatusCode.UNAVAILABLE and not told.reason:
        # The core gives a reason with every error: this one comes from the channel.
        return unreachable(core_address)
    if not told.reason and any(words in told.message for words in _TOO_LARGE):
        return _TOO_LARGE_FOR_THE_CORE
    if row.message is not None:
        return internal()
    return ErrorAnswer(
        status=_status(told, row),
        type=told.metadata.get("type") or row.type,
        message=told.message,
        code=told.metadata.get("code") or (told.reason or row.code).lower(),
        param=told.param or None,
        retry_after_s=told.retry_after_s,
        final=row.final or _is_final(told),
        decided=_decided(error),
    )


_DECIDED: Final = frozenset(
    f"x-router-{what}" for what in ("category", "reason", "attempts", "overhead-ms", "cost-usd")
)


def _decided(error: grpc.aio.AioRpcError) -> tuple[tuple[str, str], ...]:
    pairs: Iterable[Any] = error.trailing_metadata() or ()
    return tuple((name, value) for name, value in iter(pairs) if name in _DECIDED)


_TOO_LARGE: Final = ("message larger than max", "metadata size exceeds")
"""How gRPC itself tells what is over its limits, under the code of an overload."""

_TOO_LARGE_FOR_THE_CORE: Final = ErrorAnswer(
    status=413,
    type="invalid_request_error",
    code="request_too_large",
    message="the body or the headers are larger than the core takes",
)


def internal() -> ErrorAnswer:
    """The answer where the cause is nobody's business but the operator's."""
    row = _INTERNAL_ROW
    return ErrorAnswer(status=row.status, type=row.type, message=row.message or "", code=row.code)


def _is_final(told: RouterClientError) -> bool:
    return told.reason in _AT_A_LIMIT or told.metadata.get("fallbacks_spent") == "true"


def _status(told: RouterClientError, row: StatusRow) -> int:
    if told.reason != _UPSTREAM_REJECTED:
        return row.status
    status = told.metadata.get("upstream_status", "")
    return int(status) if status in _UPSTREAM_STATUSES else 400


def unreachable(core_address: str) -> ErrorAnswer:
    """The answer where there is no core; it says what to do."""
    return ErrorAnswer(
        status=503,
        type="service_unavailable_error",
        code="core_unreachable",
        message=(
            f"the router's core cannot be reached at {core_address}; start it with"
            " `llm-router core`, or both halves with `llm-router serve`"
        ),
    )
