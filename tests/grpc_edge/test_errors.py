"""The table of errors, and what a rich status tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from router_core import errors
from router_core.decide.failures import Failure, FailureClass
from router_core.grpc_edge.errors import STATUS_CODES, status_code, to_status

FAILURE = Failure(
    failure_class=FailureClass.REJECTED,
    message="the model said no",
    status=422,
    code="bad_tool",
    param="tools",
    retry_after_s=3.0,
)

ROWS: list[tuple[errors.RouterError, str, str]] = [
    (errors.RouterError("x"), "INTERNAL", "INTERNAL"),
    (errors.InvalidRequest("x", "messages"), "INVALID_ARGUMENT", "INVALID_REQUEST"),
    (errors.ModelNotFound("x"), "NOT_FOUND", "MODEL_NOT_FOUND"),
    (errors.CategoryNotFound("x"), "NOT_FOUND", "CATEGORY_NOT_FOUND"),
    (errors.CategoryExists("x"), "ALREADY_EXISTS", "CATEGORY_EXISTS"),
    (errors.VersionNotFound("x"), "NOT_FOUND", "CONFIG_VERSION_NOT_FOUND"),
    (errors.ConfigConflict("x"), "ABORTED", "CONFIG_CONFLICT"),
    (errors.ConfigLocked("x"), "FAILED_PRECONDITION", "CONFIG_LOCKED"),
    (errors.ConfigUnwritable("x"), "UNAVAILABLE", "CONFIG_UNWRITABLE"),
    (errors.Unauthenticated("x"), "UNAUTHENTICATED", "INVALID_API_KEY"),
    (errors.PermissionDenied("x"), "PERMISSION_DENIED", "ADMIN_KEY_NEEDED"),
    (errors.NoCapableModel("x"), "INVALID_ARGUMENT", "NO_CAPABLE_MODEL"),
    (errors.NoModelWithinLimits("x"), "INVALID_ARGUMENT", "NO_MODEL_WITHIN_LIMITS"),
    (errors.UpstreamFailure(FAILURE), "UNAVAILABLE", "UPSTREAM_FAILURE"),
    (errors.UpstreamRejected(FAILURE), "INVALID_ARGUMENT", "UPSTREAM_REJECTED"),
    (errors.SpendingLimitReached("x", {}), "RESOURCE_EXHAUSTED", "SPENDING_LIMIT_REACHED"),
    (errors.CandidatesExhausted(["a: 500"]), "UNAVAILABLE", "ALL_MODELS_FAILED"),
    (errors.AllRateLimited(["a: 429"]), "RESOURCE_EXHAUSTED", "ALL_MODELS_RATE_LIMITED"),
    (errors.AllTimedOut(["a: slow"]), "DEADLINE_EXCEEDED", "ALL_MODELS_TIMED_OUT"),
    (errors.StreamBroken(FAILURE), "UNAVAILABLE", "STREAM_BROKEN"),
    (errors.DeadlineExceeded("x"), "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"),
    (errors.ConfigError("x", "categories.code"), "FAILED_PRECONDITION", "CONFIG_INVALID"),
]


def tree(cls: type[errors.RouterError]) -> Iterator[type[errors.RouterError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from tree(child)


def details(status: status_pb2.Status, message_type: Any) -> list[Any]:
    found = []
    for packed in status.details:
        message = message_type()
        if packed.Unpack(message):
            found.append(message)
    return found


@pytest.mark.parametrize(("error", "code", "reason"), ROWS, ids=lambda value: type(value).__name__)
def test_an_error_has_its_code_and_reason(
    error: errors.RouterError, code: str, reason: str
) -> None:
    status = to_status(error, "r1")
    assert status_code(error) is grpc.StatusCode[code]
    assert status.code == grpc.StatusCode[code].value[0]
    assert status.message == error.message
    (info,) = details(status, error_details_pb2.ErrorInfo)
    assert (info.reason, info.domain) == (reason, "llm-router")
    assert info.metadata["request_id"] == "r1"


def test_every_class_of_the_tree_has_a_row_here_and_there() -> None:
    ours = {cls for cls in tree(errors.RouterError) if cls.__module__ == errors.__name__}
    assert ours == set(STATUS_CODES)
    assert ours == {type(error) for error, _, _ in ROWS}


def test_a_class_without_a_row_has_its_bases_code() -> None:
    class Special(errors.ModelNotFound):
        pass

    assert status_code(Special("x")) is grpc.StatusCode.NOT_FOUND


def test_the_errors_own_details_are_told() -> None:
    (info,) = details(
        to_status(errors.UpstreamRejected(FAILURE), "r1"), error_details_pb2.ErrorInfo
    )
    assert dict(info.metadata) == {
        "upstream_status": "422",
        "code": "bad_tool",
        "param": "tools",
        "request_id": "r1",
    }


def test_the_field_at_fault_is_told_where_there_is_one() -> None:
    for kind in (errors.InvalidRequest, errors.NoModelWithinLimits):
        (bad_request,) = details(
            to_status(kind("no", "messages"), "r1"), error_details_pb2.BadRequest
        )
        (violation,) = bad_request.field_violations
        assert (violation.field, violation.description) == ("messages", "no")
        assert not details(to_status(kind("no"), "r1"), error_details_pb2.BadRequest)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.AllRateLimited(["a"], retry_after_s=0.25), 0.25),
        (errors.CandidatesExhausted(["a"], retry_after_s=300), 300),
        (errors.CandidatesExhausted(["a"], retry_after_s=-1), 0),
        (errors.SpendingLimitReached("x", {}, retry_after_s=60), 60),
        (errors.StreamBroken(FAILURE), 3),
        (errors.UpstreamRejected(FAILURE), 3),
    ],
)
def test_the_time_to_wait_is_told_where_it_is_known(
    error: errors.RouterError, seconds: float
) -> None:
    (info,) = details(to_status(error, "r1"), error_details_pb2.RetryInfo)
    assert info.retry_delay.ToNanoseconds() / 1e9 == seconds


def test_no_time_to_wait_is_invented() -> None:
    for error in (
        errors.CandidatesExhausted(["a"]),
        errors.SpendingLimitReached("x", {}),
        errors.ModelNotFound("x"),
    ):
        assert not details(to_status(error, "r1"), error_details_pb2.RetryInfo)


@pytest.mark.parametrize("letter", ["a", "é", "€", "🙂"])
def test_long_texts_are_cut_between_characters(letter: str) -> None:
    error = errors.InvalidRequest(letter * 5000, letter * 5000)
    status = to_status(error, "r1")
    assert len(status.message.encode()) <= 1000
    assert status.message.endswith(letter + "...")
    assert len(status.SerializeToString()) < 3000


def test_text_that_utf8_cannot_hold_is_replaced() -> None:
    assert to_status(errors.ModelNotFound("no model \ud800"), "r1").message == "no model ?"
