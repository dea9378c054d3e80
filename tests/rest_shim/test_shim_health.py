"""Alive and ready are two things; a shim without a core is alive and says what to do."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import httpx
import pytest

import rest_shim.main
from rest_shim.main import create_app
from rest_shim.settings import ShimSettings
from tests.rest_shim import scripted_core
from tests.rest_shim.scripted_core import Context, ScriptedCore, abort, stats_pb2

HELLO = {"messages": [{"role": "user", "content": "hello"}]}


async def test_alive_calls_nothing(client: httpx.AsyncClient, core: ScriptedCore):
    response = await client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert core.seen == []


async def test_ready_passes_the_cores_warnings_on(
    client: httpx.AsyncClient, core: ScriptedCore, core_address: str
):
    info = stats_pb2.GetServerInfoResponse(version="0.1", demo=True, warnings=["no key"])
    core.answers("GetServerInfo", info)
    response = await client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "core": core_address,
        "version": "0.1",
        "start_time": None,
        "mode": "",
        "demo": True,
        "warnings": ["no key"],
    }
    assert core.seen[0].time_remaining_s <= 3  # gRPC rounds by up to a second


async def test_core_that_asks_for_a_key_is_ready(client: httpx.AsyncClient, core: ScriptedCore):
    async def refuse(request: Any, context: Context) -> Any:
        await abort(context, grpc.StatusCode.UNAUTHENTICATED, "key", reason="INVALID_API_KEY")

    core.unary["GetServerInfo"] = refuse
    response = await client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["status"] == "ready"


@pytest.mark.parametrize("code", [grpc.StatusCode.INTERNAL, grpc.StatusCode.DEADLINE_EXCEEDED])
async def test_core_that_does_not_answer_well_is_not_ready(
    code: grpc.StatusCode, client: httpx.AsyncClient, core: ScriptedCore
):
    async def refuse(request: Any, context: Context) -> Any:
        await abort(context, code, "no")

    core.unary["GetServerInfo"] = refuse
    assert (await client.get("/readyz")).status_code == 503


async def test_without_a_core_the_shim_starts_and_says_what_to_do(serve: Any, free_address: str):
    client = await serve(ShimSettings(core_address=free_address))
    assert (await client.get("/healthz")).status_code == 200
    ready = await client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["status"] == "unavailable"
    assert ready.json()["core"] == free_address
    whole = await client.post("/v1/chat/completions", json=HELLO)
    stream = await client.post("/v1/chat/completions", json=HELLO | {"stream": True})
    models = await client.get("/v1/models")
    for response in (ready, whole, stream, models):
        assert response.status_code == 503
        error = response.json()["error"]
        assert free_address in error["message"]
        assert "llm-router core" in error["message"]
        assert error["code"] == "core_unreachable"


async def test_core_that_starts_late_is_found(serve: Any, core: ScriptedCore):
    server, address = await scripted_core.start(core)
    await server.stop(None)
    client = await serve(ShimSettings(core_address=address))
    assert (await client.post("/v1/chat/completions", json=HELLO)).status_code == 503
    server, _ = await scripted_core.start(core, address)
    async with asyncio.timeout(5):
        while (await client.post("/v1/chat/completions", json=HELLO)).status_code == 503:
            pass
    await server.stop(None)


async def test_a_channel_that_is_given_is_used_and_left_open(core: ScriptedCore, core_address: str):
    async with grpc.aio.insecure_channel(core_address) as channel:
        app = create_app(channel=channel, settings=ShimSettings(core_address="unused"))
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost"
            ) as client:
                response = await client.post("/v1/chat/completions", json=HELLO)
                assert response.status_code == 200
        await channel.channel_ready()
    assert [seen.method for seen in core.seen] == ["Complete"]


async def test_unforeseen_error_shows_nothing(core: ScriptedCore, core_address: str):
    class Broken:
        """A channel whose calls fail in a way that nobody foresaw."""

        def __getattr__(self, name: str) -> Any:
            def call(*args: Any, **kwargs: Any) -> Any:
                raise RuntimeError("secret")

            def multicallable(*args: Any, **kwargs: Any) -> Any:
                return call

            return multicallable

    app = create_app(channel=Broken(), settings=ShimSettings())  # type: ignore[arg-type]  # a fake
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for path in ("/v1/chat/completions", "/route"):
            response = await client.post(path, json=HELLO)
            assert response.status_code == 500
            assert response.json()["error"]["code"] == "internal_error"
            assert "secret" not in response.text
            assert response.headers["x-request-id"].startswith("req_")


def test_uvicorn_finds_the_app_by_its_name():
    app = rest_shim.main.app
    assert app.title == "LLM Router"


def test_the_module_has_no_other_lazy_names():
    with pytest.raises(AttributeError, match="has no attribute 'application'"):
        _ = rest_shim.main.application
