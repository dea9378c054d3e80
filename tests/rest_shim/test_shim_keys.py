"""Who comes in by another address than a loopback one needs a key."""

from __future__ import annotations

from typing import Any

import pytest

from rest_shim.counting import HttpCounts
from rest_shim.main import create_app
from rest_shim.receipt import StampReceipt
from rest_shim.safety import RequestSafety
from rest_shim.settings import ShimSettings

KEYS = ("k-1", "k-2")


async def status(server: tuple[str, int | None] | None, key: str, keys: tuple[str, ...]) -> int:
    """What a GET with ``key`` is answered that came in at ``server``."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    safe = RequestSafety(app, max_body_bytes=1, api_keys=keys)
    shim = StampReceipt(safe, counts=HttpCounts())
    return await status_of(shim, server, key)


async def status_of(shim: Any, server: tuple[str, int | None] | None, key: str) -> int:
    """What a GET of /healthz is answered by an ASGI app."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {key}".encode())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/healthz",
        "query_string": b"",
        "headers": headers,
        "server": server,
    }
    await shim(scope, None, send)
    answered: int = sent[0]["status"]
    return answered


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "/run/router.sock"])
async def test_by_a_local_address_the_core_judges(address: str) -> None:
    assert await status((address, 3456), "wrong", KEYS) == 200
    assert await status((address, 3456), "", ()) == 200


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7", "0.0.0.0"])
@pytest.mark.parametrize(
    ("key", "keys", "expected"),
    [("k-2", KEYS, 200), ("k-3", KEYS, 401), ("", KEYS, 401), ("", (), 401), ("k-1", (), 401)],
)
async def test_by_another_address_a_key_is_needed(
    address: str, key: str, keys: tuple[str, ...], expected: int
) -> None:
    assert await status((address, 3456), key, keys) == expected


@pytest.mark.parametrize(
    ("key", "admin_key", "expected"),
    [
        ("k-1", "operators", 200),
        ("operators", "operators", 200),
        ("x", "operators", 401),
        ("", "", 401),
        ("k-1", "", 200),
    ],
)
async def test_the_operators_key_is_one_too(key: str, admin_key: str, expected: int) -> None:
    shim = create_app(settings=ShimSettings(api_keys=KEYS, admin_key=admin_key))
    assert await status_of(shim, ("192.0.2.7", 3456), key) == expected
