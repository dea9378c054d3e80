"""Errors of the router as gRPC tells them: one table, and the rich status.

The rich status is ``google.rpc.Status`` with ``ErrorInfo``, ``BadRequest`` and
``RetryInfo`` (AIP-193), in the trailing metadata as gRPC's status libraries put it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from router_core import errors

__all__ = ["DETAILS_KEY", "DOMAIN", "STATUS_CODES", "status_code", "to_status"]

DOMAIN: Final = "llm-router"
"""The ``ErrorInfo.domain`` of every error."""

DETAILS_KEY: Final = "grpc-status-details-bin"
"""The metadata key of the serialised status."""

STATUS_CODES: Final[Mapping[type[errors.RouterError], grpc.StatusCode]] = MappingProxyType(
    {
        errors.RouterError: grpc.StatusCode.INTERNAL,
        errors.InvalidRequest: grpc.StatusCode.INVALID_ARGUMENT,
        errors.ModelNotFound: grpc.StatusCode.NOT_FOUND,
        errors.CategoryNotFound: grpc.StatusCode.NOT_FOUND,
        errors.CategoryExists: grpc.StatusCode.ALREADY_EXISTS,
        errors.VersionNotFound: grpc.StatusCode.NOT_FOUND,
        errors.ConfigConflict: grpc.StatusCode.ABORTED,
        errors.ConfigLocked: grpc.StatusCode.FAILED_PRECONDITION,
        errors.ConfigUnwritable: grpc.StatusCode.UNAVAILABLE,
        errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
        errors.PermissionDenied: grpc.StatusCode.PERMISSION_DENIED,
        errors.UpstreamFailure: grpc.StatusCode.UNAVAILABLE,
        errors.NoCapableModel: grpc.StatusCode.INVALID_ARGUMENT,
        errors.NoModelWithinLimits: grpc.StatusCode.INVALID_ARGUMENT,
        errors.UpstreamRejected: grpc.StatusCode.INVALID_ARGUMENT,
        errors.SpendingLimitReached: grpc.StatusCode.RESOURCE_EXHAUSTED,
        errors.CandidatesExhausted: grpc.StatusCode.UNAVAILABLE,
        errors.AllRateLimited: grpc.StatusCode.RESOURCE_EXHAUSTED,
        errors.AllTimedOut: grpc.StatusCode.DEADLINE_EXCEEDED,
        errors.StreamBroken: grpc.StatusCode.UNAVAILABLE,
        errors.DeadlineExceeded: grpc.StatusCode.DEADLINE_EXCEEDED,
        errors.ConfigError: grpc.StatusCode.FAILED_PRECONDITION,
    }
)

# Trailers are metadata, of which a peer takes 8 KiB by default. The message is in
# them up to three times (percent-encoded, in the status, in BadRequest).
_MESSAGE_BYTES: Final = 1000
_DETAIL_BYTES: Final = 200


def status_code(error: errors.RouterError) -> grpc.StatusCode:
    """The gRPC status code of ``error``: its class's row, or the nearest base's."""
    return next(STATUS_CODES[cls] for cls in type(error).__mro__ if cls in STATUS_CODES)


def to_status(error: errors.RouterError, request_id: str) -> status_pb2.Status:
    """The rich status of ``error``; long messages are cut, to fit in the trailers."""
    number: int = status_code(error).value[0]
    message = _cut(error.message, _MESSAGE_BYTES)
    status = status_pb2.Status(code=number, message=message)
    metadata = {key: _cut(value, _DETAIL_BYTES) for key, value in error.details.items()}
    metadata["request_id"] = request_id
    _add(
        status,
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata),
    )
    if isinstance(error, errors.InvalidRequest | errors.NoModelWithinLimits) and error.param:
        _add(status, _bad_request(error.param, message))
    retry_after_s = _retry_after_s(error)
    if retry_after_s is not None:
        _add(status, _retry_info(retry_after_s))
    return status


def _bad_request(param: str, description: str) -> error_details_pb2.BadRequest:
    violation = error_details_pb2.BadRequest.FieldViolation(
        field=_cut(param, _DETAIL_BYTES), description=description
    )
    return error_details_pb2.BadRequest(field_violations=[violation])


def _retry_info(retry_after_s: float) -> error_details_pb2.RetryInfo:
    info = error_details_pb2.RetryInfo()
    info.retry_delay.FromNanoseconds(round(max(0.0, retry_after_s) * 1e9))
    return info


def _retry_after_s(error: errors.RouterError) -> float | None:
    if isinstance(error, errors.CandidatesExhausted | errors.SpendingLimitReached):
        return error.retry_after_s
    if isinstance(error, errors.UpstreamFailure | errors.UpstreamRejected | errors.StreamBroken):
        return error.failure.retry_after_s
    return None


def _add(status: status_pb2.Status, detail: Message) -> None:
    status.details.add().Pack(detail)


def _cut(text: str, most: int) -> str:
    """``text`` in at most ``most`` bytes of UTF-8; what UTF-8 cannot hold becomes "?"."""
    raw = text.encode("utf-8", "replace")
    if len(raw) > most:
        raw = raw[: most - 3] + b"..."
    return raw.decode("utf-8", "ignore")
