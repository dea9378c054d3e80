"""POST /v1/chat/completions, not streaming: what goes in, what comes out."""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

import httpx
import pytest

from llm_router.chat_json import from_json, to_json
from llm_router.v1.chat_pb2 import ChatCompletion
from rest_shim.settings import ShimSettings
from tests.rest_shim.raw_http import connected
from tests.rest_shim.scripted_core import Context, ScriptedCore, complete_pb2, decision

HELLO = {"model": "router", "messages": [{"role": "user", "content": "hello"}]}

ODD_BODY: dict[str, Any] = {
    "model": None,
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "é 漢 😀"}, {"type": "odd"}]},
        {"role": "assistant", "content": None, "tool_calls": [], "x": {"y": [1, 1.0, None, True]}},
    ],
    "temperature": 1,
    "top_p": 0.5,
    "seed": 2**53 + 1,
    "stop": [],
    "tools": [],
    "stream": False,
    "unknown": {"big": 2**64 - 1, "small": -(2**63), "empty": "", "list": [[]], "null": None},
}


def answering(completion: dict[str, Any], **summary: Any) -> complete_pb2.CompleteResponse:
    return complete_pb2.CompleteResponse(
        completion=from_json(completion, ChatCompletion),
        decision=decision(),
        summary=complete_pb2.Summary(**summary),
    )


def script_answer(core: ScriptedCore, answer: complete_pb2.CompleteResponse) -> None:
    async def complete(request: Any, context: Context) -> Any:
        return answer

    core.complete = complete


def same(left: object, right: object) -> bool:
    """Equal as JSON, types told apart; key order is free."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions"])
async def test_body_reaches_the_core_and_the_answer_the_client_with_equal_meaning(
    path: str, client: httpx.AsyncClient, core: ScriptedCore
):
    async def echo(request: Any, context: Context) -> Any:
        return answering({"echo": to_json(request.chat), "id": "c1", "choices": [], "usage": None})

    core.complete = echo
    response = await client.post(path, json=ODD_BODY)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    expected: dict[str, Any] = {"echo": ODD_BODY, "id": "c1", "choices": [], "usage": None}
    assert same(response.json(), expected)


async def test_answer_says_what_the_router_did(client: httpx.AsyncClient, core: ScriptedCore):
    script_answer(core, answering({"id": "c1"}, cost_usd="0.000125"))
    response = await client.post("/v1/chat/completions", json=HELLO)
    told = {
        key: value for key, value in response.headers.items() if key.startswith(("x-router", "x-r"))
    }
    request_id = core.seen[0].metadata["x-router-request-id"]
    assert told == {
        "x-router-category": "code",
        "x-router-model": "glm-5",
        "x-router-reason": "classified",
        "x-router-attempts": "2",
        "x-router-overhead-ms": "0.41",
        "x-router-cost-usd": "0.000125",
        "x-router-request-id": request_id,
        "x-request-id": request_id,
    }


async def test_what_is_not_known_is_left_out_of_the_headers(
    client: httpx.AsyncClient, core: ScriptedCore
):
    answer = answering({"id": "c1"})
    answer.decision.category = ""
    script_answer(core, answer)
    response = await client.post("/v1/chat/completions", json=HELLO)
    assert "x-router-category" not in response.headers
    assert "x-router-cost-usd" not in response.headers


async def test_header_values_stay_printable_ascii(client: httpx.AsyncClient, core: ScriptedCore):
    answer = answering({"id": "c1"})
    answer.decision.model = "x/é\r\nset-cookie: a=b"
    script_answer(core, answer)
    response = await client.post("/v1/chat/completions", json=HELLO)
    assert response.headers["x-router-model"] == "x/%C3%A9%0D%0Aset-cookie: a=b"
    assert "set-cookie" not in response.headers


async def test_each_request_has_an_id_of_its_own(client: httpx.AsyncClient, core: ScriptedCore):
    for _ in range(2):
        await client.post("/v1/chat/completions", json=HELLO)
    first, second = (seen.metadata["x-router-request-id"] for seen in core.seen)
    assert isinstance(first, str)
    assert first != second
    assert first.startswith("req_")
    assert len(first) == len("req_") + 32


async def test_key_and_trace_go_along_and_other_headers_do_not(
    client: httpx.AsyncClient, core: ScriptedCore
):
    headers = {
        "Authorization": "Bearer sk-1",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "x-router-elapsed-us": "7",
        "x-other": "1",
    }
    await client.post("/v1/chat/completions", json=HELLO, headers=headers)
    metadata = core.seen[0].metadata
    assert metadata["authorization"] == "Bearer sk-1"
    assert metadata["traceparent"] == headers["traceparent"]
    assert "x-other" not in metadata
    elapsed = metadata["x-router-elapsed-us"]
    assert isinstance(elapsed, str)
    assert 7 < int(elapsed) < 1_000_000


async def test_a_key_that_is_no_ascii_is_no_crash(client: httpx.AsyncClient, core: ScriptedCore):
    headers = [(b"authorization", "Bearer clé".encode())]
    response = await client.post("/v1/chat/completions", json=HELLO, headers=headers)
    assert response.status_code == 200
    assert core.seen[0].metadata["authorization"] == "Bearer cl%C3%A9"


@pytest.mark.parametrize(
    ("headers", "session_id"),
    [
        ({"x-session-id": "a", "session_id": "b", "x-session-affinity": "c"}, "a"),
        ({"session_id": "b", "x-session-affinity": "c"}, "b"),
        ({"x-session-id": "", "x-session-affinity": "c:0"}, "c:0"),
    ],
)
async def test_first_session_header_names_the_conversation(
    headers: dict[str, str], session_id: str, client: httpx.AsyncClient, core: ScriptedCore
):
    await client.post("/v1/chat/completions", json=HELLO, headers=headers)
    assert core.seen[0].request.session_id == session_id


async def test_first_of_two_equal_headers_counts(client: httpx.AsyncClient, core: ScriptedCore):
    headers = [("x-session-id", "first"), ("x-session-id", "second")]
    await client.post("/v1/chat/completions", json=HELLO, headers=headers)
    assert core.seen[0].request.session_id == "first"


async def test_wait_for_a_slow_clients_body_is_not_the_routers_own_time(
    client: httpx.AsyncClient, core: ScriptedCore
):
    body = json.dumps(HELLO).encode()
    async with connected(client) as connection:
        await connection.send(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
            b"application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        )
        await client.get("/healthz")  # by now the head above has been received, too
        received_s = perf_counter()
        while perf_counter() < received_s + 0.3:
            await client.get("/healthz")
        await connection.send(body)
        assert b" 200 " in await connection.reader.readline()
    assert int(core.seen[0].metadata["x-router-elapsed-us"]) < 300_000


async def test_without_a_session_header_the_session_is_unset(
    client: httpx.AsyncClient, core: ScriptedCore
):
    await client.post("/v1/chat/completions", json=HELLO | {"session_id": "in the body"})
    assert not core.seen[0].request.HasField("session_id")
    assert core.seen[0].request.chat.session_id == "in the body"


@pytest.mark.parametrize(
    ("header", "expected_s"),
    [
        ("30", 30),
        ("2.5", 2.5),
        ("99999", 3600),
        (None, 600),
        ("0", 600),
        ("-1", 600),
        ("nan", 600),
        ("inf", 600),
        ("soon", 600),
    ],
)
async def test_deadline_is_the_clients_own_timeout(
    header: str | None, expected_s: float, client: httpx.AsyncClient, core: ScriptedCore
):
    headers = {} if header is None else {"x-stainless-timeout": header}
    await client.post("/v1/chat/completions", json=HELLO, headers=headers)
    # gRPC rounds up what it sends: by a second, of an hour by ten.
    assert expected_s - 2 < core.seen[0].time_remaining_s <= expected_s * 1.003 + 1


@pytest.mark.parametrize(
    ("header", "expected_s"), [("6", 600.0), ("1800", 1800.0), ("5", 5.0), ("2.5", 2.5)]
)
async def test_a_stream_may_outlast_the_wait_for_its_pieces(
    header: str, expected_s: float, client: httpx.AsyncClient, core: ScriptedCore
):
    body, headers = HELLO | {"stream": True}, {"x-stainless-timeout": header}
    await client.post("/v1/chat/completions", json=body, headers=headers)
    # gRPC rounds up what it sends: by a second, of half an hour by ten.
    assert expected_s - 2 < core.seen[0].time_remaining_s <= expected_s * 1.006 + 1


@pytest.mark.parametrize("stream", [False, None, 1, "true", [], 0])
async def test_any_stream_but_true_is_judged_by_the_core(
    stream: object, client: httpx.AsyncClient, core: ScriptedCore
):
    await client.post("/v1/chat/completions", json=HELLO | {"stream": stream})
    assert core.seen[0].method == "Complete"
    assert same(to_json(core.seen[0].request.chat), HELLO | {"stream": stream})


async def test_body_beyond_grpcs_default_limit_works(
    core: ScriptedCore, core_address: str, serve: Any
):
    client = await serve(ShimSettings(core_address=core_address))

    async def echo_length(request: Any, context: Context) -> Any:
        text = request.chat.messages[0].text
        return answering({"length": len(text), "text": text})

    core.complete = echo_length
    big = {"messages": [{"role": "user", "content": "x" * 20_000_000}]}
    response = await client.post("/v1/chat/completions", json=big)
    assert response.json()["length"] == 20_000_000
