"""Pages of strangers cannot reach a local router through a visitor's browser."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from rest_shim.safety import hostname
from rest_shim.settings import ShimSettings
from tests.rest_shim.raw_http import connected
from tests.rest_shim.scripted_core import ScriptedCore

HELLO = {"messages": [{"role": "user", "content": "hello"}]}
URL = "/v1/chat/completions"


def refused(response: httpx.Response, code: str) -> None:
    assert response.status_code == 403
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["code"] == code
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST:3456",
        "127.0.0.1:1",
        "127.1.2.3",
        "[::1]",
        "[::1]:3456",
        "[0:0:0:0:0:0:0:1]:80",
        "localhost:",
    ],
)
async def test_loopback_hosts_are_served(host: str, client: httpx.AsyncClient):
    response = await client.post(URL, json=HELLO, headers={"host": host})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:3456",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.0.1",
        "0.0.0.0",
        "[::]",
        "[::1].evil.example",
        "[::1",
        "::1",
        "localhost:80@evil.example",
        "localhost@evil.example",
        "127.0.0.1:x",
        "010.0.0.1",
        "2130706433",
        "",
    ],
)
async def test_foreign_hosts_are_refused(host: str, client: httpx.AsyncClient, core: ScriptedCore):
    refused(await client.post(URL, json=HELLO, headers={"host": host}), "foreign_host")
    assert core.seen == []


async def test_no_path_is_open_to_foreign_hosts(client: httpx.AsyncClient):
    for path in ("/healthz", "/docs", "/openapi.json", "/stats", "/nowhere"):
        response = await client.get(path, headers={"host": "evil.example"})
        refused(response, "foreign_host")


async def test_a_request_without_host_is_refused(client: httpx.AsyncClient):
    async with connected(client) as connection:
        await connection.send(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert b" 403 " in await connection.reader.readline()


async def test_a_second_host_does_not_help(client: httpx.AsyncClient):
    async with connected(client) as connection:
        await connection.send(
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
        )
        status = await connection.reader.readline()
        assert b" 403 " in status or b" 400 " in status


@pytest.mark.parametrize(
    "origin", ["http://localhost:5173", "http://127.0.0.1", "https://[::1]:1", "tauri://localhost"]
)
async def test_own_origins_are_served(origin: str, client: httpx.AsyncClient):
    response = await client.post(URL, json=HELLO, headers={"origin": origin})
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "https://localhost.evil.example",
        "http://localhost@evil.example",
        "chrome-extension://abcdefgh",
        "file://",
        "localhost",
        "http://localhost/../evil",
    ],
)
async def test_foreign_origins_are_refused(
    origin: str, client: httpx.AsyncClient, core: ScriptedCore
):
    response = await client.post(URL, json=HELLO, headers={"origin": origin})
    refused(response, "foreign_origin")
    assert core.seen == []


async def test_pages_of_other_sites_are_refused_without_an_origin_too(client: httpx.AsyncClient):
    response = await client.get("/stats", headers={"sec-fetch-site": "cross-site"})
    refused(response, "cross_site")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-mode": "cors"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
    ],
)
async def test_fetch_metadata_alone_is_not_foreign(
    headers: dict[str, str], client: httpx.AsyncClient
):
    response = await client.post(URL, json=HELLO, headers=headers)
    assert response.status_code == 200


async def test_preflight_is_not_answered(client: httpx.AsyncClient):
    headers = {"origin": "http://localhost:1", "access-control-request-method": "POST"}
    response = await client.options(URL, headers=headers)
    assert response.status_code == 405
    assert not [name for name in response.headers if name.startswith("access-control")]


async def test_allowed_hosts_are_served_besides_loopback(core_address: str, serve: Any):
    settings = ShimSettings(
        core_address=core_address, allowed_hosts=frozenset({"router.lan", "10.0.0.5:3456"})
    )
    client = await serve(settings)
    for host in ("router.lan:3456", "ROUTER.lan", "10.0.0.5", "localhost"):
        headers = {"host": host, "origin": f"http://{host}"}
        response = await client.post(URL, json=HELLO, headers=headers)
        assert response.status_code == 200
    refused(await client.get("/healthz", headers={"host": "other.lan"}), "foreign_host")


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("a", "a"),
        ("a:1", "a"),
        ("a:", "a"),
        ("[::1]:1", "[::1]"),
        ("a:b", None),
        ("a:1:2", None),
        (":1", None),
        ("[::1", None),
        ("[::1]x", None),
        ("", None),
    ],
)
def test_hostname_is_the_authority_without_its_port(authority: str, host: str | None):
    assert hostname(authority) == host
