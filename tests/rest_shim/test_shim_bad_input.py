"""Whatever bytes come in: a clear 4xx in OpenAI's form, and the core is left alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from rest_shim.settings import ShimSettings
from tests.rest_shim.conftest import Serve
from tests.rest_shim.raw_http import connected
from tests.rest_shim.scripted_core import ScriptedCore

JSON = {"content-type": "application/json"}
PATHS = ["/v1/chat/completions", "/chat/completions", "/route", "/v1/route", "/classify"]


def error_of(response: httpx.Response) -> dict[str, Any]:
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert response.headers["x-request-id"].startswith("req_")
    return dict(error)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "empty"),
        (b"{", "not JSON"),
        (b"hello", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b'{"a":"\xff"}', "UTF-8"),
        (b'{"a":NaN}', "NaN"),
        (b"\x00", "not JSON"),
        ("{}".encode("utf-16"), "UTF-8"),
        (b"[" * 100_000, "levels"),
    ],
)
async def test_what_is_no_json_object_is_refused(
    body: bytes, message: str, client: httpx.AsyncClient, core: ScriptedCore
):
    for path in PATHS:
        response = await client.post(path, content=body, headers=JSON)
        assert response.status_code == 400
        error = error_of(response)
        assert error["code"] == "invalid_json"
        assert message in error["message"]
    assert core.seen == []


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (b'{"messages":[{"content":18446744073709551616}]}', "messages[0].content"),
        (b'{"a":{"b":1e400}}', "a.b"),
        (b'{"a":"\\ud800"}', "a"),
        (b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", "a" + "[0]" * 99),
    ],
)
async def test_json_without_one_meaning_is_refused_with_the_path(
    body: bytes, param: str, client: httpx.AsyncClient, core: ScriptedCore
):
    response = await client.post("/v1/chat/completions", content=body, headers=JSON)
    assert response.status_code == 400
    error = error_of(response)
    assert str(error["param"]).startswith(param[:100])
    assert str(error["param"]) in error["message"]
    assert core.seen == []


async def test_a_hundred_levels_are_allowed(client: httpx.AsyncClient):
    body = b'{"a":' + b"[" * 99 + b"]" * 99 + b"}"
    response = await client.post("/v1/chat/completions", content=body, headers=JSON)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json-seq",
    ],
)
async def test_other_content_types_are_refused(
    content_type: str | None, client: httpx.AsyncClient, core: ScriptedCore
):
    headers = {} if content_type is None else {"content-type": content_type}
    response = await client.post("/v1/chat/completions", content=b"{}", headers=headers)
    assert response.status_code == 415
    assert error_of(response)["code"] == "unsupported_media_type"
    assert core.seen == []


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json ;x=y"]
)
async def test_parameters_and_case_of_the_content_type_do_not_matter(
    content_type: str, client: httpx.AsyncClient
):
    headers = {"content-type": content_type}
    response = await client.post("/v1/chat/completions", content=b"{}", headers=headers)
    assert response.status_code == 200


LIMIT = 2**20  # as the client fixture sets it


async def test_body_of_just_the_limit_is_taken(client: httpx.AsyncClient):
    body = b'{"a":"' + b"x" * (LIMIT - 8) + b'"}'
    response = await client.post("/v1/chat/completions", content=body, headers=JSON)
    assert response.status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
async def test_body_over_the_limit_is_refused(
    chunked: bool, client: httpx.AsyncClient, core: ScriptedCore
):
    body = b'{"a":"' + b"x" * (LIMIT - 7) + b'"}'

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 50_000):
            yield body[start : start + 50_000]

    content = pieces() if chunked else body
    response = await client.post("/v1/chat/completions", content=content, headers=JSON)
    assert response.status_code == 413
    error = error_of(response)
    assert error["code"] == "request_too_large"
    assert str(LIMIT) in error["message"]
    assert core.seen == []


async def test_announced_size_is_refused_before_the_body_comes(client: httpx.AsyncClient):
    async with connected(client) as connection:
        await connection.send(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
        )
        assert (await connection.reader.readline()).startswith(b"HTTP/1.1 413 ")


async def test_endless_chunked_body_is_refused_while_it_comes(client: httpx.AsyncClient):
    async with connected(client) as connection:
        await connection.send(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        for _ in range(LIMIT // 0x10000 + 1):
            await connection.send(piece)
        assert (await connection.reader.readline()).startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_does_not_come_is_not_waited_for(serve: Serve, core_address: str):
    client = await serve(ShimSettings(core_address=core_address, body_timeout_s=0.05))
    async with connected(client) as connection:
        await connection.send(
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
        )
        assert b" 408 " in await connection.reader.readline()
