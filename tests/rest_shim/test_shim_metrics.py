"""GET /metrics: the core's text and the shim's own counts, as Prometheus reads them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import grpc
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from rest_shim.counting import HttpCounts
from rest_shim.receipt import StampReceipt
from rest_shim.settings import ShimSettings
from tests.rest_shim.scripted_core import Context, ScriptedCore, abort, stats_pb2

CORE_TEXT = "# HELP up Whether.\n# TYPE up gauge\nup 1.0\n"
HELLO = {"messages": [{"role": "user", "content": "hi"}]}
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    """Each sample once."""
    read: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in read
            read[key] = sample.value
    return read


def requests(told: Samples) -> dict[tuple[str, str, str], float]:
    """How many requests of each route, method and status."""
    return {
        (labels["route"], labels["method"], labels["status"]): value
        for (name, pairs), value in told.items()
        if name == "llm_router_http_requests_total" and (labels := dict(pairs))
    }


def refused(told: Samples) -> Mapping[str, float]:
    """How many requests were refused, by code."""
    return {
        dict(pairs)["code"]: value
        for (name, pairs), value in told.items()
        if name == "llm_router_http_refused_total"
    }


async def scraped(client: httpx.AsyncClient) -> Samples:
    response = await client.get("/metrics")
    assert response.status_code == 200
    return samples(response.text)


async def test_the_core_and_the_shim_are_told_in_one_text(
    client: httpx.AsyncClient, core: ScriptedCore
):
    core.answers("GetMetrics", stats_pb2.GetMetricsResponse(text=CORE_TEXT))
    response = await client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    told = samples(response.text)
    assert told["up", frozenset()] == 1
    assert told["llm_router_http_core_up", frozenset()] == 1
    assert told["llm_router_http_requests_in_progress", frozenset()] == 1  # this one


async def test_requests_are_counted_by_route_method_and_status(
    client: httpx.AsyncClient, core: ScriptedCore
):
    core.answers("GetMetrics", stats_pb2.GetMetricsResponse())
    await client.post("/v1/chat/completions", json=HELLO)
    await client.post("/chat/completions", json=HELLO)
    for name in ("a", "b/c"):  # nothing that a client chooses is a label
        await client.post(f"/stats/models/{name}/reset")
    await client.get("/healthz")
    for method in ("get", "post", "head"):
        await getattr(client, method)("/nowhere/at/all")
    await client.request("PROPFIND", "/healthz")
    assert requests(await scraped(client)) == {
        ("/v1/chat/completions", "POST", "2xx"): 1,
        ("/chat/completions", "POST", "2xx"): 1,
        ("/stats/models/{alias:path}/reset", "POST", "5xx"): 2,
        ("/healthz", "GET", "2xx"): 1,
        ("other", "GET", "4xx"): 1,
        ("other", "POST", "4xx"): 1,
        ("other", "HEAD", "4xx"): 1,
        ("/healthz", "other", "4xx"): 1,
    }


async def test_what_the_shim_refuses_is_counted_by_code(
    client: httpx.AsyncClient, core: ScriptedCore
):
    core.answers("GetMetrics", stats_pb2.GetMetricsResponse())
    core.fails_with(grpc.StatusCode.RESOURCE_EXHAUSTED)  # the core's refusal, not the shim's
    await client.post("/v1/chat/completions", json=HELLO)
    await client.get("/healthz", headers={"host": "evil.example"})
    await client.get("/healthz", headers={"host": "evil.example"})
    await client.post("/v1/chat/completions", content="{}", headers={"content-type": "text/plain"})
    await client.post("/v1/chat/completions", content=b"x" * 2**21)
    await client.post("/route", content="{", headers={"content-type": "application/json"})
    await client.get("/stats?x=1")
    await client.get("/nowhere")
    await client.get("/v1/chat/completions")
    assert refused(await scraped(client)) == {
        "foreign_host": 2,
        "unsupported_media_type": 1,
        "request_too_large": 1,
        "invalid_json": 1,
        "invalid_request": 1,
        "unknown_url": 1,
        "method_not_allowed": 1,
    }


async def test_a_client_that_leaves_has_no_status(client: httpx.AsyncClient, core: ScriptedCore):
    core.answers("GetMetrics", stats_pb2.GetMetricsResponse())

    async def never(request: Any, context: Context) -> Any:
        await asyncio.Event().wait()

    core.complete = never
    asking = asyncio.create_task(client.post("/v1/chat/completions", json=HELLO))
    await core.entered.wait()
    asking.cancel()
    await asyncio.wait([asking])
    await core.ended.wait()
    counted = requests(await scraped(client))
    assert [key[0] for key in counted] == ["/v1/chat/completions"]
    assert {key[2] for key in counted} <= {"none", "4xx"}


async def test_without_a_core_the_shim_tells_of_itself(serve: Any, free_address: str):
    client = await serve(ShimSettings(core_address=free_address))
    await client.get("/healthz")
    told = await scraped(client)
    assert told["llm_router_http_core_up", frozenset()] == 0
    assert requests(told)["/healthz", "GET", "2xx"] == 1


@pytest.mark.parametrize(
    ("code", "status"),
    [(grpc.StatusCode.UNAUTHENTICATED, 401), (grpc.StatusCode.INTERNAL, 500)],
)
async def test_a_core_that_refuses_is_heard(
    code: grpc.StatusCode, status: int, client: httpx.AsyncClient, core: ScriptedCore
):
    async def refuse(request: Any, context: Context) -> Any:
        await abort(context, code, "no", reason="NO")

    core.unary["GetMetrics"] = refuse
    assert (await client.get("/metrics")).status_code == status


async def test_an_unforeseen_error_is_counted():
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError

    counts = HttpCounts()
    scope: Any = {"type": "http", "method": "GET", "path": "/", "headers": []}
    unused: Any = None
    with pytest.raises(RuntimeError):
        await StampReceipt(broken, counts=counts)(scope, unused, unused)
    assert requests(samples(counts.text(core_up=True))) == {("other", "GET", "5xx"): 1}
