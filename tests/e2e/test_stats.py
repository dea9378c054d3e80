"""What was served, over both edges of a whole router, as callers have caused it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from decimal import Decimal
from typing import Any

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam
from prometheus_client.parser import text_string_to_metric_families

from llm_router import AsyncRouterClient
from llm_router.projection import project
from llm_router.v1 import stats_pb2 as pb
from tests.e2e.conftest import Router
from tests.fakes.upstream import error

CODE: list[ChatCompletionMessageParam] = [
    {"role": "user", "content": "Write a python function that sorts a list of numbers"}
]
HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]
COST = Decimal("0.000014")
"""What an answer of the scripted upstream costs."""


@pytest.fixture
async def rest(router: Router) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=router.rest) as client:
        yield client


async def day(router: Router) -> None:
    """An answer and a stream of code, a greeting that falls back, and a model that is none."""
    async with router.sdk() as sdk:
        await sdk.chat.completions.create(model="router", messages=CODE)
        stream = await sdk.chat.completions.create(model="router", messages=CODE, stream=True)
        assert [chunk async for chunk in stream]
        router.upstream.on_model("z-ai/glm-5", error(429, retry_after=7))
        await sdk.chat.completions.create(model="router", messages=HELLO)
        with pytest.raises(openai.NotFoundError):
            await sdk.chat.completions.create(model="gpt-nonsense", messages=HELLO)


async def test_the_sums_are_those_of_what_was_asked(
    router: Router, rest: httpx.AsyncClient
) -> None:
    await day(router)
    told = (await rest.get("/stats?group_by=provider")).raise_for_status().json()
    assert (told["requests"], told["errors"]) == (4, 1)
    assert Decimal(told["cost_usd"]) == 3 * COST
    assert Decimal(told["total"]["reported_cost_usd"]) == 3 * COST
    assert told["total"]["estimated_share"] == 0
    assert (told["total"]["fallbacks"], told["total"]["attempts"]) == (1, 4)
    assert told["total"]["errors_by_class"] == {"model_not_found": 1}
    assert told["total"]["latency_ms"]["count"] == 3
    by_category = {each["name"]: each["requests"] for each in told["by_category"]}
    assert by_category == {"code": 2, "conversation": 1, "": 1}
    by_model = {each["name"]: each["requests"] for each in told["by_model"]}
    assert by_model == {"glm-5": 2, "gpt-4o-mini": 1, "": 1}
    groups = {each["name"]: each["requests"] for each in told["groups"]}
    assert groups == {"openrouter": 3, "": 1}
    states = {each["model"]: each["state"] for each in told["models"]}
    assert states["glm-5"] == "benched"
    assert (await rest.get("/stats?start=1h")).json()["requests"] == 4
    assert (await rest.get("/stats?end=1h")).json()["requests"] == 0


async def test_both_edges_tell_the_same(router: Router, rest: httpx.AsyncClient) -> None:
    await day(router)
    async with AsyncRouterClient(router.grpc) as client:
        sums, listed = await client.get_stats(), await client.list_requests()
    for path, message in (("/stats", sums), ("/v1/stats/requests", listed)):
        shown = (await rest.get(path)).json()
        for states in (shown, expected := project(message)):
            states.pop("models", None)  # the moment at which one is back is now and so long
        assert shown == expected


async def test_single_requests_are_listed_page_by_page(
    router: Router, rest: httpx.AsyncClient
) -> None:
    await day(router)
    seen: list[dict[str, Any]] = []
    token = ""
    while True:
        path = f"/stats/requests?page_size=3&page_token={token}"
        page = (await rest.get(path)).raise_for_status().json()
        seen += page["requests"]
        token = page["next_page_token"]
        if not token:
            break
    assert [(each["category"], each["model"], each["status"]) for each in seen] == [
        ("", "", "error"),
        ("conversation", "gpt-4o-mini", "ok"),
        ("code", "glm-5", "ok"),
        ("code", "glm-5", "ok"),
    ]
    refused, fallen, streamed, _ = seen
    assert (refused["cost_usd"], refused["cost_source"], refused["ttft_ms"]) == (
        None,
        "unknown",
        None,
    )
    assert (refused["error_class"], refused["attempts"]) == ("model_not_found", [])
    assert (Decimal(fallen["cost_usd"]), fallen["cost_source"]) == (COST, "reported")
    tried = [(each["model"], each["outcome"]) for each in fallen["attempts"]]
    assert tried == [("glm-5", "rate_limited"), ("gpt-4o-mini", "ok")]
    assert streamed["streamed"]
    assert 0 < streamed["overhead_ms"] < streamed["latency_ms"]
    assert 0 < streamed["ttft_ms"] <= streamed["latency_ms"]
    for query, count in (
        ("category=code", 2),
        ("model=gpt-4o-mini", 1),
        ("status=error", 1),
        ("end=1h", 0),
        (f"session={fallen['session']}", 1),
    ):
        page = (await rest.get(f"/stats/requests?{query}")).json()
        assert len(page["requests"]) == count, query


async def test_a_request_is_watched_as_it_ends(router: Router) -> None:
    async with (
        AsyncRouterClient(router.grpc) as client,
        aclosing(client.watch_requests(category="code")) as stream,
    ):
        first = asyncio.ensure_future(anext(stream))
        while not router.core.watching.watchers:
            await asyncio.sleep(0.002)
            assert not first.done()
        await day(router)
        watched = await first
        listed = await client.list_requests(pb.ListRequestsRequest(category="code"))
    assert watched.request == listed.requests[-1]


async def test_metrics_of_both_halves_are_one_page(router: Router, rest: httpx.AsyncClient) -> None:
    await day(router)
    text = (await rest.get("/metrics")).raise_for_status().text
    families = [family.name for family in text_string_to_metric_families(text)]
    assert len(families) == len(set(families))
    assert {"llm_router_http_requests", "llm_router_requests"} <= set(families)
    for private in ("gpt-nonsense", "python function"):
        assert private not in text
