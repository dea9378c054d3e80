"""An operator's ways with the config over REST, before a real core."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from router_core.bootstrap import build_core
from router_core.settings import read_settings
from tests.e2e.conftest import serving_rest

MODEL = {
    "id": "lab/spare",
    "deadlines": {"first_token_s": 0.1, "idle_s": 33.3},
    "max_concurrent": 2,
    "context_length": 2**40,
    "input_modalities": ["image", "text"],
    "supported_parameters": ["tools"],
    "pricing": {"prompt": "0.1", "discount": "0.5", "overrides": [{"utc_start": "0830"}]},
}


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a demo in ``tmp_path``."""
    env = {"LLM_ROUTER_HOME": str(tmp_path)}
    core = build_core(read_settings(env), env, demo=True)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(core.close)
        url = await stack.enter_async_context(serving_rest(core))
        yield await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))


async def test_what_was_read_and_is_sent_back_changes_nothing(
    client: httpx.AsyncClient, tmp_path: Path
):
    assert (await client.put("/config/model/spare", json=MODEL)).status_code == 200
    before = (tmp_path / "router_config.json").read_bytes()
    config = (await client.get("/config")).json()
    spare = next(model for model in config["models"] if model["alias"] == "spare")
    ways = [
        ("PATCH", "/config", config),
        ("PATCH", "/config/category/code", (await client.get("/config/category/code")).json()),
        ("PUT", "/config/model/spare", spare),
    ]
    for method, path, body in ways:
        answer = await client.request(method, path, json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["change"]["changes"] == []
        again = await client.request(method, path, json=answer.json())
        assert again.json()["change"]["changes"] == []
    assert (tmp_path / "router_config.json").read_bytes() == before
    assert len((await client.get("/config/versions")).json()["versions"]) == 2


async def test_a_change_that_was_looked_at_first_is_made_of_the_same_config(
    client: httpx.AsyncClient,
):
    etag = (await client.get("/config")).headers["etag"]
    law = {"name": "law", "models": ["glm-5"], "keywords": ["court"]}
    tried = await client.post(
        "/config/category", json=law, params={"dry_run": "true"}, headers={"if-match": etag}
    )
    assert tried.status_code == 200
    assert tried.json()["change"]["replay"]["prompts"] > 0
    assert (await client.get("/config/category/law")).status_code == 404

    made = await client.post("/config/category", json=law, headers={"if-match": etag})
    assert made.status_code == 201
    assert made.json()["change"]["replay"] is None
    got = await client.get("/config/category/law")
    assert got.json() | {"change": made.json()["change"]} == made.json()
    assert got.headers["etag"] == made.headers["etag"]

    # Somebody else changed it meanwhile.
    late = await client.patch("/config", json={"mode": "keywords"}, headers={"if-match": etag})
    assert late.status_code == 409
    assert late.json()["error"]["code"] == "config_conflict"
    for weak in (f"W/{made.headers['etag']}", '""', '"*"'):
        headers = {"if-match": weak}
        stale = await client.delete("/config/category/law", headers=headers)
        assert stale.status_code == 409, weak
    own = {"if-match": made.headers["etag"]}
    assert (await client.delete("/config/category/law", headers=own)).status_code == 204


async def test_a_rollback_answers_with_the_config_as_it_was(client: httpx.AsyncClient):
    before = await client.get("/config")
    changed = await client.patch("/config", json={"deadlines": {"first_token_s": 7}})
    assert changed.json()["deadlines"]["first_token_s"] == 7
    assert changed.headers["etag"] == f'"{changed.json()["etag"]}"' != before.headers["etag"]
    back = await client.post("/config/rollback", json={"version": 1})
    assert back.headers["etag"] == before.headers["etag"]
    beside = {"change", "overrides", "problems"}
    shown = {key: value for key, value in back.json().items() if key not in beside}
    assert shown == {key: value for key, value in before.json().items() if key not in beside}


async def test_a_rollback_to_no_version_at_all_is_told_so(client: httpx.AsyncClient):
    for body in ({}, {"version": None}, {"version": 0}):
        answer = await client.post("/config/rollback", json=body)
        assert answer.status_code == 400
        error = answer.json()["error"]
        assert (error["message"], error["param"]) == ("version is missing", "version")
