"""The clients' typed errors: one row a status, and what is told with it."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2, status_pb2

from llm_router import error_from
from llm_router import errors as client_errors

CODES = [
    ("CANCELLED", client_errors.Cancelled),
    ("UNKNOWN", client_errors.ServerError),
    ("INVALID_ARGUMENT", client_errors.InvalidRequest),
    ("DEADLINE_EXCEEDED", client_errors.DeadlineExceeded),
    ("NOT_FOUND", client_errors.NotFound),
    ("ALREADY_EXISTS", client_errors.Conflict),
    ("PERMISSION_DENIED", client_errors.PermissionDenied),
    ("RESOURCE_EXHAUSTED", client_errors.RateLimited),
    ("FAILED_PRECONDITION", client_errors.PreconditionFailed),
    ("ABORTED", client_errors.Conflict),
    ("OUT_OF_RANGE", client_errors.InvalidRequest),
    ("UNIMPLEMENTED", client_errors.Unimplemented),
    ("INTERNAL", client_errors.ServerError),
    ("UNAVAILABLE", client_errors.Unavailable),
    ("DATA_LOSS", client_errors.ServerError),
    ("UNAUTHENTICATED", client_errors.Unauthenticated),
]


def rpc_error(code: str, details: str = "x", **trailing: str | bytes) -> grpc.aio.AioRpcError:
    pairs = [(key.replace("_", "-"), value) for key, value in trailing.items()]
    return grpc.aio.AioRpcError(
        grpc.StatusCode[code], grpc.aio.Metadata(), grpc.aio.Metadata(*pairs), details
    )


@pytest.mark.parametrize(("code", "expected"), CODES)
def test_a_status_has_its_class(code: str, expected: type[client_errors.RouterClientError]) -> None:
    error = error_from(rpc_error(code, "what happened"))
    assert type(error) is expected
    assert error.code is grpc.StatusCode[code]
    assert error.message == "what happened"


def test_every_status_and_every_class_has_a_row() -> None:
    assert {code for code, _ in CODES} == {code.name for code in grpc.StatusCode} - {"OK"}
    assert {cls for _, cls in CODES} == set(client_errors.RouterClientError.__subclasses__())


def test_a_param_told_in_the_facts_counts_unless_a_field_is_told() -> None:
    info = error_details_pb2.ErrorInfo(reason="UPSTREAM_REJECTED", metadata={"param": "tools"})
    status = status_pb2.Status(code=3, message="x")
    status.details.add().Pack(info)
    error = error_from(
        rpc_error("INVALID_ARGUMENT", grpc_status_details_bin=status.SerializeToString())
    )
    assert (error.param, error.reason) == ("tools", "UPSTREAM_REJECTED")


def test_details_of_other_kinds_are_passed_over() -> None:
    status = status_pb2.Status(code=3, details=[AnyMessage(type_url="a/b.C", value=b"\xff")])
    error = error_from(
        rpc_error(
            "INVALID_ARGUMENT",
            grpc_status_details_bin=status.SerializeToString(),
            x_router_request_id="r1",
        )
    )
    assert error.request_id == "r1"
    assert not error.metadata


def test_details_that_cannot_be_read_leave_the_code_and_the_message() -> None:
    error = error_from(rpc_error("NOT_FOUND", "gone", grpc_status_details_bin=b"\xff\xff"))
    assert isinstance(error, client_errors.NotFound)
    assert error.message == "gone"


def test_an_error_without_a_message_has_one() -> None:
    assert error_from(rpc_error("UNAVAILABLE", "")).message == "the call failed: UNAVAILABLE"
