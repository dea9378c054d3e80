"""The client for threads, against a real server; and the table of errors."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc_testing  # type: ignore[import-untyped]  # ships without type information
import pytest

from llm_router import RouterClient, error_from
from llm_router import errors as client_errors
from llm_router.client import chat_request
from llm_router.v1 import (
    classify_pb2,
    complete_pb2,
    config_categories_pb2,
    route_pb2,
    stats_pb2,
)
from llm_router.v1.chat_pb2 import ChatMessage, ChatRequest
from router_core.errors import AllRateLimited, InvalidRequest
from router_core.grpc_edge.call import Call, Guard
from router_core.grpc_edge.server import GrpcServer
from tests.contract.scripted import Wrapped

CHAT = {"model": "router", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}


@dataclass
class Script:
    """What the server answers, and what it saw."""

    error: Exception | None = None
    hang: bool = False
    calls: list[Call] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)

    async def answer(
        self, request: complete_pb2.CompleteRequest, call: Call
    ) -> complete_pb2.CompleteResponse:
        self.calls.append(call)
        self.requests.append(request)
        if self.hang:
            await asyncio.Event().wait()
        if self.error is not None:
            raise self.error
        return complete_pb2.CompleteResponse(
            decision=complete_pb2.Decision(request_id=call.request_id, model="glm-5")
        )

    async def stream(
        self, request: complete_pb2.StreamCompleteRequest, call: Call
    ) -> AsyncGenerator[complete_pb2.StreamCompleteResponse, None]:
        self.calls.append(call)
        try:
            for attempt in (1, 2, 3):
                yield complete_pb2.StreamCompleteResponse(
                    decision=complete_pb2.Decision(attempts=attempt)
                )
            if self.hang:
                await asyncio.Event().wait()
            if self.error is not None:
                raise self.error
        finally:
            self.left.set()


class ServerThread:
    """A server in a thread of its own, as the sync client blocks this one."""

    def __init__(self, servicer: object) -> None:
        self._servicer = servicer
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    async def _serve(self) -> None:
        server = GrpcServer([self._servicer], address="127.0.0.1:0")
        self.port = await server.start()
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._started.set()
        await self._stop.wait()
        await server.stop(0)

    def __enter__(self) -> str:
        self._thread.start()
        assert self._started.wait(10)
        return f"127.0.0.1:{self.port}"

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def address(script: Script) -> Iterator[str]:
    with ServerThread(Wrapped(script.answer, script.stream, Guard(["k"]))) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[RouterClient]:
    with RouterClient(address, api_key="k", timeout_s=20) as client:
        yield client


# -- calling ---------------------------------------------------------------------


def test_a_chat_as_json_reaches_the_router_typed(client: RouterClient, script: Script) -> None:
    response = client.complete(CHAT, session_id="s1", request_id="mine-1")
    assert (response.decision.model, response.decision.request_id) == ("glm-5", "mine-1")
    (request,) = script.requests
    assert request.session_id == "s1"
    assert request.chat == ChatRequest(
        model="router", messages=[ChatMessage(role="user", text="hi")], temperature=0.5
    )


def test_a_chat_may_be_the_message(client: RouterClient, script: Script) -> None:
    chat = ChatRequest(model="glm-5", messages=[ChatMessage(role="user", text="hi")])
    client.complete(chat)
    assert script.requests[0].chat == chat
    assert not script.requests[0].HasField("session_id")


def test_a_chat_as_json_is_left_as_it_was() -> None:
    chat: dict[str, Any] = {"messages": [], "unknown": None}
    assert chat_request(chat).extra_json
    assert chat == {"messages": [], "unknown": None}


def test_events_come_one_by_one(client: RouterClient) -> None:
    events = client.stream_complete(CHAT)
    assert [event.decision.attempts for event in events] == [1, 2, 3]


def test_every_call_has_the_clients_deadline_or_its_own(
    client: RouterClient, script: Script
) -> None:
    client.complete(CHAT)
    client.complete(CHAT, timeout_s=5)
    list(client.stream_complete(CHAT, timeout_s=5))
    deadlines = [call.deadline for call in script.calls]
    for call, seconds in zip(script.calls, (20, 5, 5), strict=True):
        assert call.deadline is not None
        assert seconds * 0.8 < call.deadline - call.received < seconds * 1.1, deadlines


def test_a_deadline_that_passes_is_told(client: RouterClient, script: Script) -> None:
    script.hang = True
    with pytest.raises(client_errors.DeadlineExceeded) as caught:
        client.complete(CHAT, timeout_s=0.1)
    assert caught.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert not caught.value.reason


def test_an_error_is_typed_and_told_in_full(client: RouterClient, script: Script) -> None:
    script.error = InvalidRequest("must be a list", "messages")
    with pytest.raises(client_errors.InvalidRequest) as caught:
        client.complete(CHAT, request_id="mine-2")
    error = caught.value
    assert str(error) == error.message == "must be a list"
    assert (error.reason, error.param, error.request_id) == (
        "INVALID_REQUEST",
        "messages",
        "mine-2",
    )
    assert error.retry_after_s is None


def test_a_stream_that_fails_raises_after_its_events(client: RouterClient, script: Script) -> None:
    script.error = AllRateLimited(["glm-5: 429"], retry_after_s=7.5)
    seen = []
    with pytest.raises(client_errors.RateLimited) as caught:
        for event in client.stream_complete(CHAT):
            seen.append(event.decision.attempts)
    assert seen == [1, 2, 3]
    assert caught.value.retry_after_s == 7.5
    assert caught.value.metadata["fallbacks_spent"] == "true"


def test_closing_a_stream_cancels_the_call(client: RouterClient, script: Script) -> None:
    script.hang = True
    events = client.stream_complete(CHAT)
    assert next(events).decision.attempts == 1
    events.close()
    assert script.left.wait(10)


def test_a_wrong_key_is_told(address: str) -> None:
    with (
        RouterClient(address, api_key="nope") as client,
        pytest.raises(client_errors.Unauthenticated),
    ):
        client.complete(CHAT)


def test_a_router_that_is_not_there_is_unavailable(address: str) -> None:
    with (
        RouterClient("127.0.0.1:1", timeout_s=20) as client,
        pytest.raises(client_errors.Unavailable) as caught,
    ):
        client.complete(CHAT)
    assert not caught.value.request_id


def test_what_a_router_does_not_serve_is_unimplemented(client: RouterClient) -> None:
    with pytest.raises(client_errors.Unimplemented):
        client.get_metrics()


def test_a_channel_that_was_given_is_left_open(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        with RouterClient(api_key="k", channel=channel) as client:
            client.complete(CHAT)
        with RouterClient(api_key="k", channel=channel) as client:
            client.complete(CHAT)


def test_a_proxy_of_the_environment_is_not_asked(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "no_grpc_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("grpc_proxy", "http://127.0.0.1:1")
    with RouterClient(address, api_key="k", timeout_s=20) as client:
        client.complete(CHAT)


def test_the_stubs_are_within_reach(client: RouterClient) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        client.complete_service.Complete(complete_pb2.CompleteRequest(), timeout=5)
    assert isinstance(error_from(caught.value), client_errors.Unauthenticated)


# -- every method calls its RPC --------------------------------------------------

PB = config_categories_pb2
METHODS: list[tuple[str, list[Any], str, Any]] = [
    ("classify", [CHAT], "ClassifyService/Classify", classify_pb2.ClassifyResponse()),
    ("route", [CHAT], "RouteService/Route", route_pb2.RouteResponse()),
    ("list_models", [], "RouteService/ListModels", route_pb2.ListModelsResponse()),
    ("complete", [CHAT], "CompleteService/Complete", complete_pb2.CompleteResponse()),
    ("get_stats", [], "StatsService/GetStats", stats_pb2.GetStatsResponse()),
    ("list_requests", [], "StatsService/ListRequests", stats_pb2.ListRequestsResponse()),
    ("reset_model", ["glm-5"], "StatsService/ResetModel", stats_pb2.ResetModelResponse()),
    ("get_server_info", [], "StatsService/GetServerInfo", stats_pb2.GetServerInfoResponse()),
    ("get_metrics", [], "StatsService/GetMetrics", stats_pb2.GetMetricsResponse()),
    ("get_category", ["code"], "ConfigCategoriesService/GetCategory", PB.GetCategoryResponse()),
    *(
        (name, [], f"ConfigCategoriesService/{rpc}", getattr(PB, f"{rpc}Response")())
        for name, rpc in (
            ("list_categories", "ListCategories"),
            ("get_config", "GetConfig"),
            ("list_config_versions", "ListConfigVersions"),
        )
    ),
    *(
        (
            name,
            [getattr(PB, f"{rpc}Request")()],
            f"ConfigCategoriesService/{rpc}",
            getattr(PB, f"{rpc}Response")(),
        )
        for name, rpc in (
            ("create_category", "CreateCategory"),
            ("update_category", "UpdateCategory"),
            ("replace_models", "ReplaceModels"),
            ("delete_category", "DeleteCategory"),
            ("update_config", "UpdateConfig"),
            ("put_model", "PutModel"),
            ("delete_model", "DeleteModel"),
            ("rollback_config", "RollbackConfig"),
        )
    ),
]


def method_descriptor(path: str) -> Any:
    service, _, method = path.partition("/")
    for module in (classify_pb2, complete_pb2, config_categories_pb2, route_pb2, stats_pb2):
        if service in module.DESCRIPTOR.services_by_name:
            return module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
    raise AssertionError(path)


@pytest.mark.parametrize(("name", "arguments", "path", "response"), METHODS)
def test_a_method_calls_its_rpc(name: str, arguments: list[Any], path: str, response: Any) -> None:
    channel = grpc_testing.channel([], grpc_testing.strict_real_time())
    client = RouterClient(api_key="k", channel=channel)
    answers: list[Any] = []
    caller = threading.Thread(target=lambda: answers.append(getattr(client, name)(*arguments)))
    caller.start()
    metadata, request, rpc = channel.take_unary_unary(method_descriptor(path))
    rpc.send_initial_metadata(())
    rpc.terminate(response, (), grpc.StatusCode.OK, "")
    caller.join(10)
    assert answers == [response]
    assert ("authorization", "Bearer k") in metadata
    assert type(request).__name__ == f"{path.partition('/')[2]}Request"


def test_watching_requests_follows_the_stream() -> None:
    channel = grpc_testing.channel([], grpc_testing.strict_real_time())
    client = RouterClient(channel=channel)
    events = client.watch_requests(category="code")
    _, request, rpc = channel.take_unary_stream(method_descriptor("StatsService/WatchRequests"))
    assert request.category == "code"
    rpc.send_response(stats_pb2.WatchRequestsResponse())
    assert next(events) == stats_pb2.WatchRequestsResponse()
    events.close()
    rpc.cancelled()  # Waits until it is.
