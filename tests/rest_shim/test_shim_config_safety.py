"""No page of strangers changes the config, and no body is too much."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.rest_shim.config_writes import WRITES, Write
from tests.rest_shim.raw_http import connected
from tests.rest_shim.scripted_core import ScriptedCore

pytestmark = pytest.mark.parametrize("write", WRITES, ids=str)

JSON = {"content-type": "application/json"}
LIMIT = 2**20  # as the client fixture sets it


def refused(response: httpx.Response, status: int, code: str, core: ScriptedCore) -> None:
    assert response.status_code == status
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["code"] == code
    assert not [name for name in response.headers if name.startswith("access-control")]
    assert core.seen == []


STRANGERS = [
    ("host", "evil.example", "foreign_host"),
    ("host", "127.0.0.1.evil.example:3456", "foreign_host"),
    ("origin", "http://evil.example", "foreign_origin"),
    ("origin", "null", "foreign_origin"),
    ("sec-fetch-site", "cross-site", "cross_site"),
]


async def test_strangers_are_refused(write: Write, client: httpx.AsyncClient, core: ScriptedCore):
    write.script(core)
    for header, value, code in STRANGERS:
        for prefix in ("", "/v1"):
            response = await write.send(client, prefix, headers={header: value})
            refused(response, 403, code, core)


async def test_a_preflight_is_not_answered(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    headers = {"origin": "http://localhost:1", "access-control-request-method": write.method}
    response = await client.options(write.path, headers=headers)
    refused(response, 405, "method_not_allowed", core)


async def test_other_content_types_are_refused(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    write.script(core)
    for content_type in ("", "text/plain", "application/x-www-form-urlencoded", "text/json"):
        response = await write.send(client, content=b"{}", headers={"content-type": content_type})
        refused(response, 415, "unsupported_media_type", core)
    refused(await write.send(client, content=b"{}"), 415, "unsupported_media_type", core)


async def test_a_body_over_the_limit_is_refused(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    write.script(core)
    body = b'{"a":"' + b"x" * (LIMIT - 7) + b'"}'

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 100_000):
            yield body[start : start + 100_000]

    for content in (body, pieces()):
        response = await write.send(client, content=content, headers=JSON)
        refused(response, 413, "request_too_large", core)


async def test_an_announced_size_is_refused_before_the_body_comes(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    async with connected(client) as connection:
        head = (
            f"{write.method} {write.path} HTTP/1.1\r\nHost: localhost\r\n"
            "Content-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
        )
        await connection.send(head.encode())
        assert (await connection.reader.readline()).startswith(b"HTTP/1.1 413 ")
    assert core.seen == []


async def test_who_removes_needs_no_body(
    write: Write, client: httpx.AsyncClient, core: ScriptedCore
):
    write.script(core)
    ways: list[dict[str, Any]] = [{}, {"headers": JSON}, {"json": {}}]
    for options in ways if write.body is None else ways[:1]:
        assert (await write.send(client, **options)).status_code == write.status
