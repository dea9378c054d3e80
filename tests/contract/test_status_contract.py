"""How errors reach a caller, on a socket and in process alike."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from llm_router.json_text import JsonTextError
from llm_router.v1.complete_pb2 import CompleteRequest, CompleteResponse, StreamCompleteRequest
from router_core.errors import AllRateLimited, InvalidRequest
from router_core.grpc_edge.call import Call, Guard
from tests.contract.scripted import Serve, Wrapped, bare

REQUEST = CompleteRequest()


def raising(error: BaseException) -> Callable[[CompleteRequest, Call], Awaitable[Any]]:
    async def answer(request: CompleteRequest, call: Call) -> CompleteResponse:
        raise error

    return answer


async def failure(call: Awaitable[Any]) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


def detail(error: grpc.aio.AioRpcError, message: Any) -> Any:
    """The detail of ``message``'s type, filled in."""
    for packed in rpc_status.from_call(error).details:
        if packed.Unpack(message):
            return message
    raise AssertionError(f"no {message.DESCRIPTOR.name}")


async def test_an_error_tells_status_reason_field_and_request_id(serve: Serve) -> None:
    served = await serve(Wrapped(raising(InvalidRequest("no messages – really", "chat.messages"))))
    call = served.stub.Complete(REQUEST, metadata=(("x-router-request-id", "r1"),))
    error = await failure(call)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert error.details() == "no messages – really"
    assert error.trailing_metadata()["x-router-request-id"] == "r1"
    info = detail(error, error_details_pb2.ErrorInfo())
    assert (info.reason, info.domain) == ("INVALID_REQUEST", "llm-router")
    assert info.metadata["request_id"] == "r1"
    violation = detail(error, error_details_pb2.BadRequest()).field_violations[0]
    assert violation.field == "chat.messages"
    assert await call.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert await call.details() == "no messages – really"
    await failure(call)


async def test_an_error_tells_when_to_come_back(serve: Serve) -> None:
    served = await serve(Wrapped(raising(AllRateLimited(["glm-5: 429"], retry_after_s=2.5))))
    error = await failure(served.stub.Complete(REQUEST))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    retry = detail(error, error_details_pb2.RetryInfo()).retry_delay
    assert (retry.seconds, retry.nanos) == (2, 500_000_000)


async def test_bad_json_text_is_the_callers_error(serve: Serve) -> None:
    served = await serve(Wrapped(raising(JsonTextError("not JSON", "tools[0].parameters"))))
    error = await failure(served.stub.Complete(REQUEST))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    violation = detail(error, error_details_pb2.BadRequest()).field_violations[0]
    assert violation.field == "tools[0].parameters"


async def test_the_longest_error_fits_in_the_trailers(serve: Serve) -> None:
    served = await serve(Wrapped(raising(InvalidRequest("é" * 100_000, "p" * 100_000))))
    error = await failure(served.stub.Complete(REQUEST))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert (error.details() or "").endswith("...")
    assert detail(error, error_details_pb2.ErrorInfo()).reason == "INVALID_REQUEST"


async def test_an_error_of_ours_tells_nothing_but_the_request_id(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    served = await serve(Wrapped(raising(ValueError("the prompt"))))
    with caplog.at_level(logging.ERROR, "router_core.grpc_edge"):
        call = served.stub.Complete(REQUEST, metadata=(("x-router-request-id", "r2"),))
        error = await failure(call)
    assert error.code() is grpc.StatusCode.INTERNAL
    assert error.details() == "internal error; the router's log has it as r2"
    assert detail(error, error_details_pb2.ErrorInfo()).reason == "INTERNAL"
    (record,) = [each for each in caplog.records if each.name == "router_core.grpc_edge"]
    assert "r2" in record.getMessage()
    assert "builtins.ValueError" in record.getMessage()
    assert "in answer" in record.getMessage()
    assert "the prompt" not in caplog.text


async def test_an_error_that_was_not_caught_is_unknown(serve: Serve) -> None:
    async def complete(request: CompleteRequest, context: Any) -> CompleteResponse:
        raise KeyError("x")

    served = await serve(bare(Complete=complete))
    error = await failure(served.stub.Complete(REQUEST))
    assert error.code() is grpc.StatusCode.UNKNOWN
    assert error.details() == "Unexpected <class 'KeyError'>: 'x'"


async def test_a_handlers_own_cancelled_error_is_no_hang(serve: Serve) -> None:
    served = await serve(Wrapped(raising(asyncio.CancelledError())))
    error = await failure(served.stub.Complete(REQUEST, timeout=30))
    assert error.code() is grpc.StatusCode.INTERNAL


async def test_an_unknown_method_is_unimplemented(serve: Serve) -> None:
    served = await serve(Wrapped())
    for method in ("/llm_router.v1.CompleteService/Nope", "/nobody.Home/Complete"):
        call = served.channel.unary_unary(
            method,
            request_serializer=CompleteRequest.SerializeToString,
            response_deserializer=CompleteResponse.FromString,
        )
        error = await failure(call(REQUEST))
        assert error.code() is grpc.StatusCode.UNIMPLEMENTED
        assert error.details() == "Method not found!"


async def test_an_unknown_stream_is_unimplemented(serve: Serve) -> None:
    served = await serve(Wrapped())
    call = served.channel.unary_stream(
        "/llm_router.v1.CompleteService/Nope",
        request_serializer=StreamCompleteRequest.SerializeToString,
        response_deserializer=CompleteResponse.FromString,
    )
    error = await failure(call(StreamCompleteRequest()).read())
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_what_a_servicer_leaves_out_is_unimplemented(serve: Serve) -> None:
    served = await serve(bare())
    error = await failure(served.stub.Complete(REQUEST))
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "Method not implemented!" in (error.details() or "")
    error = await failure(served.stub.StreamComplete(StreamCompleteRequest()).read())
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_an_abort_ends_the_call(serve: Serve) -> None:
    async def complete(request: CompleteRequest, context: Any) -> CompleteResponse:
        context.set_trailing_metadata((("x-last", "kept"),))
        await context.abort(grpc.StatusCode.ABORTED, "enough")
        raise AssertionError("abort returned")

    served = await serve(bare(Complete=complete))
    error = await failure(served.stub.Complete(REQUEST))
    assert (error.code(), error.details()) == (grpc.StatusCode.ABORTED, "enough")
    assert error.trailing_metadata()["x-last"] == "kept"


async def test_an_abort_with_a_rich_status_ends_the_call(serve: Serve) -> None:
    async def complete(request: CompleteRequest, context: Any) -> CompleteResponse:
        status = status_pb2.Status(code=grpc.StatusCode.NOT_FOUND.value[0], message="gone")
        await context.abort_with_status(rpc_status.to_status(status))
        raise AssertionError("abort returned")

    served = await serve(bare(Complete=complete))
    error = await failure(served.stub.Complete(REQUEST))
    assert rpc_status.from_call(error).message == "gone"


async def test_a_code_that_was_set_discards_the_response(serve: Serve) -> None:
    async def complete(request: CompleteRequest, context: Any) -> CompleteResponse:
        context.set_code(grpc.StatusCode.DATA_LOSS)
        context.set_details("lost")
        return CompleteResponse()

    served = await serve(bare(Complete=complete))
    error = await failure(served.stub.Complete(REQUEST))
    assert (error.code(), error.details()) == (grpc.StatusCode.DATA_LOSS, "lost")


async def test_callers_need_a_key_where_there_are_some(serve: Serve) -> None:
    served = await serve(Wrapped(guard=Guard(["k1", "k2"])))
    error = await failure(served.stub.Complete(REQUEST))
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert detail(error, error_details_pb2.ErrorInfo()).reason == "INVALID_API_KEY"
    assert "x-router-request-id" in error.trailing_metadata()
    await served.stub.Complete(REQUEST, metadata=(("authorization", "Bearer k2"),))
    stream = served.stub.StreamComplete(StreamCompleteRequest())
    error = await failure(stream.read())
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
