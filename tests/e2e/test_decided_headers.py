"""An error tells what was decided until then: over REST, in process and over a socket."""

from __future__ import annotations

import re
from typing import Any

import grpc
import httpx
import pytest

from llm_router.chat_json import from_json
from llm_router.v1.chat_pb2 import ChatRequest
from llm_router.v1.complete_pb2 import CompleteRequest, StreamCompleteRequest
from llm_router.v1.complete_pb2_grpc import CompleteServiceStub
from rest_shim.core import Core
from rest_shim.main import create_app
from rest_shim.settings import ShimSettings
from router_core.decide.failures import FailureClass
from router_core.grpc_edge.call import Guard
from router_core.grpc_edge.complete import CompleteServicer
from router_core.grpc_edge.in_process import InProcessChannel
from router_core.grpc_edge.server import GrpcServer, register
from tests.app.rig import CHAIN, Rig, Script
from tests.fakes.provider import completion, failure

BODY = {"model": "router/code", "messages": [{"role": "user", "content": "hello"}]}
REFUSED: Script = {f"lab/{name}": failure(FailureClass.RATE_LIMITED, status=429) for name in CHAIN}
DECIDED = {
    "x-router-category": "code",
    "x-router-reason": "named_category",
    "x-router-attempts": "3",
}


def servicer(script: Script) -> CompleteServicer:
    complete = Rig(script).complete
    return CompleteServicer(Guard(), complete)


async def over_rest(script: Script, body: dict[str, Any]) -> httpx.Response:
    channel = InProcessChannel()
    register(channel, [servicer(script)])
    app = create_app(settings=ShimSettings(core_address="in process"))
    app.state.core = Core.over(channel, ShimSettings(core_address="in process"))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:3456") as http:
        return await http.post("/v1/chat/completions", json=body)


@pytest.mark.parametrize("stream", [False, True])
async def test_every_header_that_is_known_comes_with_an_error(stream: bool) -> None:
    response = await over_rest(REFUSED, {**BODY, "stream": stream})
    assert response.status_code == 429
    assert {name: response.headers.get(name) for name in DECIDED} == DECIDED
    # The rig's clock stands still, and is not the one by which requests come in.
    assert re.fullmatch(r"-?\d+\.\d\d", response.headers["x-router-overhead-ms"])
    assert "x-router-model" not in response.headers
    assert "x-router-cost-usd" not in response.headers


async def test_what_the_failed_calls_cost_is_told_too() -> None:
    empty = completion("", usage={"prompt_tokens": 1, "cost": 0.25})
    response = await over_rest({f"lab/{name}": empty for name in CHAIN}, BODY)
    assert response.status_code == 503
    assert response.headers["x-router-cost-usd"] == "1.50"
    assert response.headers["x-router-attempts"] == "6"


async def test_before_a_decision_nothing_is_told() -> None:
    response = await over_rest(REFUSED, {**BODY, "model": "nobody"})
    assert response.status_code == 404
    assert not DECIDED.keys() & response.headers.keys()


@pytest.mark.parametrize("stream", [False, True])
async def test_over_a_socket_it_is_in_the_trailing_metadata(stream: bool) -> None:
    server = GrpcServer([servicer(REFUSED)], address="127.0.0.1:0")
    port = await server.start()
    chat = from_json(BODY, ChatRequest)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = CompleteServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            if stream:
                async for _ in stub.StreamComplete(StreamCompleteRequest(chat=chat)):
                    pass
            else:
                await stub.Complete(CompleteRequest(chat=chat))
    await server.stop(0)
    trailing = {str(key): value for key, value in caught.value.trailing_metadata() or ()}
    assert {name: trailing.get(name) for name in DECIDED} == DECIDED
