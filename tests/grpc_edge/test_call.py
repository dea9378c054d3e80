"""Who may call, and what a method is told of its call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

import grpc
import pytest

from llm_router.v1 import classify_pb2_grpc, complete_pb2_grpc
from llm_router.v1.classify_pb2 import ClassifyRequest, ClassifyResponse
from llm_router.v1.complete_pb2 import StreamCompleteRequest, StreamCompleteResponse
from router_core.errors import ConfigError, Unauthenticated
from router_core.grpc_edge.call import Access, Call, Guard, unary_rpc
from router_core.grpc_edge.in_process import InProcessChannel
from router_core.grpc_edge.server import register
from tests.contract.scripted import Wrapped


class Servicer(classify_pb2_grpc.ClassifyServiceServicer):
    """Remembers its calls; ``error`` is what it raises."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.guard = Guard()
        self.calls: list[Call] = []
        self._error = error

    @unary_rpc
    async def Classify(self, request: ClassifyRequest, call: Call) -> ClassifyResponse:
        self.calls.append(call)
        if self._error is not None:
            raise self._error
        return ClassifyResponse()


class AdminServicer(classify_pb2_grpc.ClassifyServiceServicer):
    """Has one method, for the operator."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard

    @unary_rpc(access=Access.OPERATOR)
    async def Classify(self, request: ClassifyRequest, call: Call) -> ClassifyResponse:
        return ClassifyResponse(category=call.caller)


async def classify(
    servicer: classify_pb2_grpc.ClassifyServiceServicer,
    timeout: float | None = None,
    **metadata: str,
) -> ClassifyResponse:
    channel = InProcessChannel()
    register(channel, [servicer])
    pairs = [(key.replace("_", "-"), value) for key, value in metadata.items()]
    stub = classify_pb2_grpc.ClassifyServiceStub(channel)
    return await stub.Classify(ClassifyRequest(), metadata=pairs, timeout=timeout)


# -- the guard -------------------------------------------------------------------


@pytest.mark.parametrize("authorization", ["", "Bearer whatever", "Basic eDp5"])
def test_without_keys_everyone_may_call(authorization: str) -> None:
    assert not Guard().admit(authorization)
    assert not Guard().admit(authorization, Access.OPERATOR)


@pytest.mark.parametrize("key", ["one", "two", "ключ"])
@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER  "])
def test_each_key_opens(key: str, scheme: str) -> None:
    assert Guard(["one", "two", "ключ"]).admit(scheme + key)


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "one",
        "Basic one",
        "Bearer",
        "Bearer ",
        "Bearer on",
        "Bearer onee",
        "Bearer \ud800",
        b"\xff",
    ],
)
def test_nothing_else_opens(authorization: str | bytes) -> None:
    with pytest.raises(Unauthenticated):
        Guard(["one", "two"]).admit(authorization)


def test_a_key_may_come_as_bytes() -> None:
    assert Guard(["one"]).admit(b"Bearer one") == Guard(["one"]).admit("Bearer one")


def test_callers_are_told_apart_by_ids_that_hide_their_keys() -> None:
    guard = Guard(["one", "two"])
    first, second = guard.admit("Bearer one"), guard.admit("Bearer two")
    assert first != second
    assert first == Guard(["one"]).admit("Bearer one")
    assert "one" not in first


def test_where_there_is_an_admin_key_the_operators_methods_take_no_other() -> None:
    guard = Guard(["one"], "root")
    assert guard.admit("Bearer root", Access.OPERATOR)
    with pytest.raises(Unauthenticated, match="admin key"):
        guard.admit("Bearer one", Access.OPERATOR)
    with pytest.raises(Unauthenticated, match="admin key"):
        guard.admit("", Access.OPERATOR)


def test_the_admin_key_opens_everything() -> None:
    assert Guard(["one"], "root").admit("Bearer root")


def test_an_admin_key_alone_leaves_the_other_methods_open() -> None:
    guard = Guard((), "root")
    assert not guard.admit("")
    with pytest.raises(Unauthenticated):
        guard.admit("", Access.OPERATOR)


def test_without_an_admin_key_a_clients_key_opens_the_operators_methods() -> None:
    guard = Guard(["one"])
    assert guard.admit("Bearer one", Access.OPERATOR)
    with pytest.raises(Unauthenticated):
        guard.admit("", Access.OPERATOR)


def test_the_refusal_never_shows_a_key() -> None:
    with pytest.raises(Unauthenticated) as caught:
        Guard(["one"]).admit("Bearer sk-secret")
    assert "sk-secret" not in str(caught.value)
    assert "one" not in str(vars(Guard(["one"])))


def test_an_empty_key_is_refused_from_the_start() -> None:
    with pytest.raises(ConfigError):
        Guard(["one", ""])


async def test_a_method_sees_the_callers_metadata_without_its_key() -> None:
    servicer = Servicer()
    servicer.guard = Guard(["one"])
    await classify(servicer, authorization="Bearer one", x_session_id="s")

    (call,) = servicer.calls
    assert call.metadata["x-session-id"] == "s"
    assert "authorization" not in call.metadata
    assert "Bearer" not in repr(call)


async def test_a_method_marked_admin_needs_the_admin_key() -> None:
    servicer = AdminServicer(Guard(["one"], "root"))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await classify(servicer, authorization="Bearer one")
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert (await classify(servicer, authorization="Bearer root")).category


# -- what a method is told -------------------------------------------------------


async def test_the_time_that_the_shim_spent_is_taken_off_the_receipt() -> None:
    servicer = Servicer()
    before = time.monotonic()
    await classify(servicer, x_router_elapsed_us="250000")
    after = time.monotonic()
    assert before - 0.25 <= servicer.calls[0].received <= after - 0.25


@pytest.mark.parametrize("elapsed", ["", "x", "-5", "1.5", "9" * 13])
async def test_an_elapsed_time_that_is_no_number_counts_as_none(elapsed: str) -> None:
    servicer = Servicer()
    before = time.monotonic()
    await classify(servicer, x_router_elapsed_us=elapsed)
    assert before <= servicer.calls[0].received <= time.monotonic()


async def test_the_deadline_is_in_monotonic_seconds() -> None:
    servicer = Servicer()
    before = time.monotonic()
    await classify(servicer, timeout=30)
    deadline = servicer.calls[0].deadline
    assert deadline is not None
    assert before + 29.9 < deadline < time.monotonic() + 30.1


async def test_request_ids_differ() -> None:
    servicer = Servicer()
    await classify(servicer)
    await classify(servicer)
    assert servicer.calls[0].request_id != servicer.calls[1].request_id


async def test_a_timeout_is_the_callers_only_when_its_deadline_has_passed() -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await classify(Servicer(TimeoutError()), timeout=30)
    assert caught.value.code() is grpc.StatusCode.INTERNAL


async def test_a_timeout_at_the_callers_deadline_is_the_callers() -> None:
    class Late(Servicer):
        @unary_rpc
        async def Classify(self, request: ClassifyRequest, call: Call) -> ClassifyResponse:
            assert call.deadline is not None
            while (left_s := call.deadline - time.monotonic()) >= 0:
                time.sleep(left_s)  # noqa: ASYNC251  # so that the channel's own timer comes second
            raise TimeoutError

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await classify(Late(), timeout=0.4)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert caught.value.details() == "the deadline of the call has passed"


async def test_a_stream_is_closed_before_its_call_ends() -> None:
    cleaned_up = False

    async def stream(
        request: StreamCompleteRequest, call: Call
    ) -> AsyncGenerator[StreamCompleteResponse, None]:
        nonlocal cleaned_up
        try:
            while True:
                yield StreamCompleteResponse()
        finally:
            for _ in range(10):
                await asyncio.sleep(0)
            cleaned_up = True

    channel = InProcessChannel()
    register(channel, [Wrapped(stream=stream)])
    call = complete_pb2_grpc.CompleteServiceStub(channel).StreamComplete(StreamCompleteRequest())
    await call.read()
    call.cancel()
    await channel.close(grace=10)
    assert cleaned_up


async def test_causes_are_logged_without_their_messages(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = RuntimeError("the answer")
    error.__cause__ = KeyError("the prompt")
    with pytest.raises(grpc.aio.AioRpcError):
        await classify(Servicer(error))
    assert "builtins.RuntimeError" in caplog.text
    assert "caused by builtins.KeyError" in caplog.text
    assert "the answer" not in caplog.text
    assert "the prompt" not in caplog.text
