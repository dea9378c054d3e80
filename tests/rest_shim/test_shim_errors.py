"""What the core's errors become for a client of OpenAI's API."""

from __future__ import annotations

import json
from typing import Any

import grpc
import httpx
import pytest

from rest_shim.errors import STATUS_ROWS
from tests.rest_shim.scripted_core import Context, ScriptedCore, complete_pb2

Code = grpc.StatusCode
HELLO = {"messages": [{"role": "user", "content": "hello"}]}
URL = "/v1/chat/completions"
INTERNAL = "internal error of the router; its log has more under this request's id"

ROWS = [
    (Code.INVALID_ARGUMENT, 400, "invalid_request_error", "invalid_request"),
    (Code.OUT_OF_RANGE, 400, "invalid_request_error", "out_of_range"),
    (Code.UNAUTHENTICATED, 401, "invalid_request_error", "invalid_api_key"),
    (Code.PERMISSION_DENIED, 403, "permission_error", "permission_denied"),
    (Code.NOT_FOUND, 404, "invalid_request_error", "not_found"),
    (Code.ALREADY_EXISTS, 409, "invalid_request_error", "already_exists"),
    (Code.ABORTED, 409, "invalid_request_error", "aborted"),
    (Code.FAILED_PRECONDITION, 409, "invalid_request_error", "failed_precondition"),
    (Code.RESOURCE_EXHAUSTED, 429, "rate_limit_error", "rate_limit_exceeded"),
    (Code.CANCELLED, 499, "invalid_request_error", "request_cancelled"),
    (Code.UNKNOWN, 500, "server_error", "internal_error"),
    (Code.INTERNAL, 500, "server_error", "internal_error"),
    (Code.DATA_LOSS, 500, "server_error", "internal_error"),
    (Code.UNIMPLEMENTED, 501, "server_error", "not_implemented"),
    (Code.UNAVAILABLE, 503, "service_unavailable_error", "core_unreachable"),
    (Code.DEADLINE_EXCEEDED, 504, "timeout_error", "deadline_exceeded"),
]


def error_of(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"message", "type", "param", "code"}
    return dict(body["error"])


def test_every_grpc_code_has_a_row():
    assert set(STATUS_ROWS) == set(Code) - {Code.OK}
    assert {row[0] for row in ROWS} == set(STATUS_ROWS)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize(("code", "status", "type_", "default"), ROWS, ids=str)
async def test_status_becomes_openais_form(
    code: Code,
    status: int,
    type_: str,
    default: str,
    stream: bool,
    client: httpx.AsyncClient,
    core: ScriptedCore,
):
    core.fails_with(code)
    response = await client.post(URL, json=HELLO | {"stream": stream})
    assert response.status_code == status
    error = error_of(response)
    assert (error["type"], error["code"], error["param"]) == (type_, default, None)
    assert response.headers["x-router-request-id"] == core.seen[0].metadata["x-router-request-id"]
    assert response.headers["x-request-id"] == response.headers["x-router-request-id"]


@pytest.mark.parametrize(
    "message",
    [
        "SERVER: Received message larger than max (70000000 vs. 67108864)",
        "received metadata size exceeds hard limit (16384 vs. 16384)",
    ],
)
async def test_what_grpc_finds_too_large_is_no_rate_limit(
    message: str, client: httpx.AsyncClient, core: ScriptedCore
):
    core.fails_with(Code.RESOURCE_EXHAUSTED, message)
    response = await client.post(URL, json=HELLO)
    assert response.status_code == 413
    assert error_of(response)["code"] == "request_too_large"


async def test_reason_message_and_field_are_passed_on(
    client: httpx.AsyncClient, core: ScriptedCore
):
    core.fails_with(
        Code.INVALID_ARGUMENT, "must be a list", reason="INVALID_REQUEST", param="messages[0].role"
    )
    error = error_of(await client.post(URL, json=HELLO))
    assert error == {
        "message": "must be a list",
        "type": "invalid_request_error",
        "param": "messages[0].role",
        "code": "invalid_request",
    }


async def test_at_a_spending_limit_a_client_is_told_not_to_try_again(
    client: httpx.AsyncClient, core: ScriptedCore
):
    core.fails_with(Code.RESOURCE_EXHAUSTED, "the daily limit", reason="SPENDING_LIMIT_REACHED")
    response = await client.post(URL, json=HELLO)
    assert response.status_code == 429
    error = error_of(response)
    assert (error["type"], error["code"]) == ("rate_limit_error", "spending_limit_reached")
    assert response.headers["x-should-retry"] == "false"
    assert "retry-after" not in response.headers


async def test_unknown_model_is_openais_model_not_found(
    client: httpx.AsyncClient, core: ScriptedCore
):
    core.fails_with(Code.NOT_FOUND, "no such model", reason="MODEL_NOT_FOUND")
    response = await client.post(URL, json=HELLO)
    assert response.status_code == 404
    assert error_of(response)["code"] == "model_not_found"


@pytest.mark.parametrize("code", [Code.UNKNOWN, Code.INTERNAL, Code.DATA_LOSS])
async def test_insides_of_the_core_are_not_shown(
    code: Code, client: httpx.AsyncClient, core: ScriptedCore
):
    core.fails_with(code, "Traceback: secret", reason="INTERNAL", metadata={"code": "secret"})
    response = await client.post(URL, json=HELLO)
    assert error_of(response)["message"] == INTERNAL
    assert "secret" not in response.text


@pytest.mark.parametrize(
    ("upstream_status", "status"),
    [
        ("400", 400),
        ("403", 403),
        ("413", 413),
        ("422", 422),
        ("401", 400),
        ("402", 400),
        ("404", 400),
        ("500", 400),
        ("odd", 400),
        (None, 400),
    ],
)
async def test_upstreams_refusal_keeps_its_status_where_that_cannot_mislead(
    upstream_status: str | None, status: int, client: httpx.AsyncClient, core: ScriptedCore
):
    metadata = {} if upstream_status is None else {"upstream_status": upstream_status}
    core.fails_with(Code.INVALID_ARGUMENT, reason="UPSTREAM_REJECTED", metadata=metadata)
    response = await client.post(URL, json=HELLO)
    assert response.status_code == status
    assert error_of(response)["code"] == "upstream_rejected"


async def test_what_the_upstream_told_replaces_our_words(
    client: httpx.AsyncClient, core: ScriptedCore
):
    told = {"code": "context_length_exceeded", "type": "upstream_type", "param": "messages"}
    core.fails_with(Code.INVALID_ARGUMENT, "too long", reason="UPSTREAM_REJECTED", metadata=told)
    error = error_of(await client.post(URL, json=HELLO))
    assert error == {"message": "too long"} | told


async def test_upstream_status_counts_only_where_the_upstream_refused(
    client: httpx.AsyncClient, core: ScriptedCore
):
    metadata = {"upstream_status": "403"}
    core.fails_with(Code.UNAVAILABLE, reason="ALL_MODELS_FAILED", metadata=metadata)
    assert (await client.post(URL, json=HELLO)).status_code == 503


@pytest.mark.parametrize(
    ("delay_s", "header"), [(2.0, "2"), (2.001, "3"), (0.2, "1"), (0.0, "1"), (None, None)]
)
@pytest.mark.parametrize("code", [Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED])
async def test_time_to_wait_becomes_whole_seconds(
    code: Code,
    delay_s: float | None,
    header: str | None,
    client: httpx.AsyncClient,
    core: ScriptedCore,
):
    core.fails_with(code, reason="ALL_MODELS_FAILED", retry_after_s=delay_s)
    response = await client.post(URL, json=HELLO)
    assert response.headers.get("retry-after") == header


@pytest.mark.parametrize(
    ("code", "metadata", "header"),
    [
        (Code.UNAVAILABLE, {"fallbacks_spent": "true"}, "false"),
        (Code.UNAVAILABLE, {"fallbacks_spent": "false"}, None),
        (Code.UNAVAILABLE, {}, None),
        (Code.UNIMPLEMENTED, {}, "false"),
    ],
)
async def test_client_is_told_when_another_try_is_useless(
    code: Code,
    metadata: dict[str, str],
    header: str | None,
    client: httpx.AsyncClient,
    core: ScriptedCore,
):
    core.fails_with(code, reason="SOMETHING", metadata=metadata)
    response = await client.post(URL, json=HELLO)
    assert response.headers.get("x-should-retry") == header


@pytest.mark.parametrize("reason", ["SPENDING_LIMIT_REACHED", "NO_MODEL_WITHIN_LIMITS"])
async def test_at_a_limit_another_try_is_useless(
    reason: str, client: httpx.AsyncClient, core: ScriptedCore
):
    core.fails_with(Code.INVALID_ARGUMENT, reason=reason)
    response = await client.post(URL, json=HELLO)
    assert response.headers["x-should-retry"] == "false"
    assert error_of(response)["code"] == reason.lower()


async def test_malformed_details_leave_code_and_message(
    client: httpx.AsyncClient, core: ScriptedCore
):
    async def complete(request: Any, context: Context) -> Any:
        garbage = (("grpc-status-details-bin", b"\xff\xff\xff"),)
        await context.abort(Code.NOT_FOUND, "gone", garbage)

    core.complete = complete
    response = await client.post(URL, json=HELLO)
    assert response.status_code == 404
    assert error_of(response)["message"] == "gone"


async def test_deadline_of_the_client_ends_the_call_with_504(
    client: httpx.AsyncClient, core: ScriptedCore
):
    async def complete(request: Any, context: Context) -> Any:
        await core.ended.wait()

    core.complete = complete
    response = await client.post(URL, json=HELLO, headers={"x-stainless-timeout": "0.05"})
    assert response.status_code == 504
    await core.ended.wait()


async def test_malformed_json_of_the_core_is_our_error(
    client: httpx.AsyncClient, core: ScriptedCore
):
    async def complete(request: Any, context: Context) -> Any:
        answer = complete_pb2.CompleteResponse()
        answer.completion.extra_json = "{"
        return answer

    core.complete = complete
    response = await client.post(URL, json=HELLO)
    assert response.status_code == 500
    assert error_of(response)["message"] == INTERNAL


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "unknown_url"),
        ("POST", "/v1/chat/completions/", 404, "unknown_url"),
        ("GET", "/v1/chat/completions", 405, "method_not_allowed"),
        ("HEAD", "/v1/models", 405, "method_not_allowed"),
        ("OPTIONS", "/v1/chat/completions", 405, "method_not_allowed"),
        ("DELETE", "/config", 405, "method_not_allowed"),
    ],
)
async def test_unknown_paths_and_methods(
    method: str, path: str, status: int, code: str, client: httpx.AsyncClient
):
    response = await client.request(method, path, headers={"content-type": "application/json"})
    assert response.status_code == status
    if method != "HEAD":
        assert error_of(response)["code"] == code
    assert ("allow" in response.headers) == (status == 405)
    assert "access-control-allow-origin" not in response.headers


async def test_errors_are_json_even_where_the_path_is_odd(client: httpx.AsyncClient):
    response = await client.get("/%ff%00%0a%22")
    assert response.status_code == 404
    assert json.loads(response.content)["error"]["type"] == "invalid_request_error"
