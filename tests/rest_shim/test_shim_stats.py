"""/stats and /stats/requests: what is asked of the core, and its answers as documented JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from llm_router.v1 import complete_pb2, route_pb2
from tests.rest_shim.scripted_core import ScriptedCore, stats_pb2

MODEL = stats_pb2.ModelState(
    model="glm-5",
    state=stats_pb2.BREAKER_STATE_HALF_OPEN,
    reason="it failed",
    provider="openrouter",
)
MIDNIGHT = Timestamp(seconds=1_793_491_200)
"""2026-11-01."""


async def get(client: httpx.AsyncClient, path: str) -> Any:
    """The same with and without /v1."""
    plain, prefixed = await client.get(path), await client.get(f"/v1{path}")
    assert plain.status_code == prefixed.status_code == 200, plain.text
    assert plain.headers["content-type"] == "application/json"
    assert plain.json() == prefixed.json()
    return plain.json()


async def test_sums(client: httpx.AsyncClient, core: ScriptedCore):
    group = stats_pb2.GroupStats(
        name="glm-5",
        requests=2**53 + 1,
        cost_usd="0.1",
        errors_by_class={"timeout": 1},
        ttft_ms=stats_pb2.Percentiles(count=1, p50=1.5),
    )
    stats = stats_pb2.GetStatsResponse(
        requests=2,
        savings=stats_pb2.Savings(against_dearest_usd="0.5", unknown_requests=1),
        by_model=[group],
        models=[MODEL],
        since=MIDNIGHT,
    )
    core.answers("GetStats", stats)
    shown = await get(client, "/stats")
    assert (shown["requests"], shown["errors"], shown["cost_usd"]) == (2, 0, None)
    assert shown["since"] == "2026-11-01T00:00:00Z"
    assert shown["savings"] == {
        "against_best_single_usd": None,
        "against_dearest_usd": "0.5",
        "requests": 0,
        "unknown_requests": 1,
    }
    assert shown["by_category"] == shown["groups"] == shown["spending"] == []
    (model,) = shown["by_model"]
    assert (model["requests"], model["cost_usd"], model["errors_by_class"]) == (
        2**53 + 1,
        "0.1",
        {"timeout": 1},
    )
    assert (model["ttft_ms"]["p50"], model["latency_ms"], model["estimated_share"]) == (
        1.5,
        None,
        None,
    )
    assert shown["models"] == [
        {
            "model": "glm-5",
            "state": "half_open",
            "consecutive_failures": 0,
            "reopens_at": None,
            "reason": "it failed",
            "provider": "openrouter",
        }
    ]
    assert core.seen[0].request == stats_pb2.GetStatsRequest()


async def test_a_query_of_sums_is_handed_on(client: httpx.AsyncClient, core: ScriptedCore):
    core.answers("GetStats", stats_pb2.GetStatsResponse())
    query = "start=2026-11-01&end=2026-11-01T02:00:00%2B02:00&group_by=session&max_groups=7"
    await get(client, f"/stats?{query}")
    assert core.seen[0].request == stats_pb2.GetStatsRequest(
        start_time=MIDNIGHT,
        end_time=MIDNIGHT,
        group_by=stats_pb2.STATS_DIMENSION_SESSION,
        max_groups=7,
    )
    await get(client, "/stats?start=&end=&group_by=&max_groups=")
    assert core.seen[-1].request == stats_pb2.GetStatsRequest()


async def test_a_start_may_be_so_long_ago(client: httpx.AsyncClient, core: ScriptedCore):
    core.answers("GetStats", stats_pb2.GetStatsResponse())
    before = datetime.now(UTC)
    await client.get("/stats?start=24h")
    start = core.seen[0].request.start_time.ToDatetime(UTC) + timedelta(days=1)
    assert before <= start <= datetime.now(UTC)


async def test_requests(client: httpx.AsyncClient, core: ScriptedCore):
    record = stats_pb2.RequestRecord(
        id="req_1",
        time=MIDNIGHT,
        category="code",
        model="glm-5",
        mode="cascade",
        status="ok",
        cost_source=complete_pb2.COST_SOURCE_UNKNOWN,
        latency_ms=10.5,
        overhead_ms=0.25,
        reason=route_pb2.ROUTE_REASON_CLASSIFIED,
        attempts=[
            complete_pb2.Attempt(
                model="glm-5",
                outcome="ok",
                cost_usd="0.25",
                cost_source=complete_pb2.COST_SOURCE_ESTIMATED,
            )
        ],
    )
    answer = stats_pb2.ListRequestsResponse(requests=[record], next_page_token="t")
    core.answers("ListRequests", answer)
    shown = await get(client, "/stats/requests")
    assert shown["next_page_token"] == "t"
    (request,) = shown["requests"]
    fixed = {
        "id": "req_1",
        "time": "2026-11-01T00:00:00Z",
        "category": "code",
        "model": "glm-5",
        "mode": "cascade",
        "status": "ok",
        "cost_usd": None,
        "cost_source": "unknown",
        "latency_ms": 10.5,
        "ttft_ms": None,
        "overhead_ms": 0.25,
        "reason": "classified",
        "savings": None,
    }
    assert {key: request[key] for key in fixed} == fixed
    (attempt,) = request["attempts"]
    fixed = {"model": "glm-5", "outcome": "ok", "cost_usd": "0.25", "cost_source": "estimated"}
    assert {key: attempt[key] for key in fixed} == fixed


async def test_a_query_of_requests_is_handed_on(client: httpx.AsyncClient, core: ScriptedCore):
    core.answers("ListRequests", stats_pb2.ListRequestsResponse())
    query = {
        "page_size": "7",
        "page_token": "a.b",
        "category": "code",
        "model": "z-ai/glm-5",
        "status": "cancelled",
        "caller": "c",
        "session": "s/ü",
        "start": "2026-11-01T00:00:00Z",
        "end": "2026-11-01",
    }
    await client.get("/stats/requests", params=query)
    assert core.seen[0].request == stats_pb2.ListRequestsRequest(
        page_size=7,
        page_token="a.b",
        category="code",
        model="z-ai/glm-5",
        status="cancelled",
        caller="c",
        session="s/ü",
        start_time=MIDNIGHT,
        end_time=MIDNIGHT,
    )


@pytest.mark.parametrize(
    ("path", "param", "told"),
    [
        ("/stats?since=24h", "since", "there are start, end, group_by, max_groups"),
        ("/stats?start=24h&start=7d", "start", "twice"),
        ("/stats?start=yesterday", "start", "RFC 3339"),
        ("/stats?end=2026-11-01T00:00:00+00:00", "end", "RFC 3339"),  # a + is a space there
        ("/stats?start=2026-11-02&end=2026-11-01", "start", "start must not be after end"),
        ("/stats/requests?start=1h&end=2h", "start", "start must not be after end"),
        ("/stats?group_by=colour", "group_by", "category, model, provider, mode, caller, session"),
        ("/stats?group_by=unspecified", "group_by", "must be one of"),
        ("/stats?max_groups=-1", "max_groups", "whole number"),
        ("/stats?max_groups=1.5", "max_groups", "whole number"),
        ("/stats?max_groups=%D9%A3", "max_groups", "whole number"),
        ("/stats?max_groups=99999999999", "max_groups", "whole number"),
        ("/stats/requests?group_by=model", "group_by", "unknown parameter"),
        ("/stats/requests?page_size=x", "page_size", "whole number"),
        ("/stats/requests?status=fine", "status", "ok, error, cancelled"),
        ("/stats/requests?end=1", "end", "RFC 3339"),
        (f"/stats?{'x' * 500}=1", "x" * 80, "unknown parameter"),
    ],
)
async def test_a_query_that_is_misspelt_is_refused(
    path: str, param: str, told: str, client: httpx.AsyncClient, core: ScriptedCore
):
    response = await client.get(path)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["type"], error["code"], error["param"]) == (
        "invalid_request_error",
        "invalid_request",
        param,
    )
    assert told in error["message"]
    assert len(error["message"]) < 300
    assert core.seen == []


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/json"}])
async def test_a_model_is_reset_by_its_name(
    client: httpx.AsyncClient, core: ScriptedCore, headers: dict[str, str]
):
    closed = stats_pb2.ModelState(model="z-ai/glm-5", state=stats_pb2.BREAKER_STATE_CLOSED)
    core.answers("ResetModel", stats_pb2.ResetModelResponse(state=closed))
    answer = await client.post("/v1/stats/models/z-ai/glm-5/reset", headers=headers)
    assert (answer.status_code, answer.json()["state"]) == (200, "closed")
    assert core.seen[0].request == stats_pb2.ResetModelRequest(model="z-ai/glm-5")


async def test_the_document_names_what_may_be_asked(client: httpx.AsyncClient):
    paths = (await client.get("/openapi.json")).json()["paths"]
    asked = {
        path: {each["name"]: each["schema"] for each in paths[path]["get"]["parameters"]}
        for path in ("/stats", "/stats/requests")
    }
    assert set(asked["/stats"]) == {"start", "end", "group_by", "max_groups"}
    assert set(asked["/stats/requests"]) == {
        *("page_size", "page_token", "category", "model", "status", "caller", "session"),
        *("start", "end"),
    }
    values = stats_pb2.StatsDimension.DESCRIPTOR.values[1:]
    dimensions = [value.name.removeprefix("STATS_DIMENSION_").lower() for value in values]
    assert asked["/stats"]["group_by"]["enum"] == dimensions
