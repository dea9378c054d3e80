"""Models that are gone: known before the first request, and told to people everywhere."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx

from llm_router import AsyncRouterClient
from router_core.bootstrap import build_core
from router_core.settings import read_settings
from tests.e2e.conftest import Router
from tests.e2e.serving import serving
from tests.e2e.test_cli import run
from tests.fakes.upstream import FakeUpstream, Reply, Stall, error, json_reply

OUT = "model aurora-alpha (openrouter/aurora-alpha) is out: not in openrouter's catalogue of "


def environment(upstream: FakeUpstream) -> dict[str, str]:
    return {"OPENROUTER_API_KEY": "sk-test", "OPENROUTER_BASE_URL": upstream.base_url}


async def warnings_of(router: Router) -> list[str]:
    async with AsyncRouterClient(router.grpc) as client:
        return list((await client.get_server_info()).warnings)


async def test_a_model_that_the_catalogue_lacks_is_told_and_one_that_it_has_is_not(
    router: Router, tmp_path: Path
) -> None:
    assert await warnings_of(router) == [
        f"{tmp_path / 'router_config.json'} was not there: it is written, with the defaults"
    ]

    router.core.start()
    await router.core.know_models()

    (out,) = (line for line in await warnings_of(router) if "is out" in line)
    assert out.startswith(OUT)
    assert "; live ones like it: " in out
    assert [request.path for request in router.upstream.requests] == ["/api/v1/models"]
    async with httpx.AsyncClient() as client:
        ready = (await client.get(f"{router.rest}/readyz")).text
    assert "aurora-alpha" in ready


async def test_a_model_that_is_gone_is_not_called(router: Router) -> None:
    router.core.start()
    await router.core.know_models()
    body = {"model": "router/reasoning", "messages": [{"role": "user", "content": "why?"}]}

    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{router.rest}/v1/chat/completions", json=body)

    called = [request.model for request in router.upstream.requests if request.model]
    assert called == ["z-ai/glm-5"]
    assert answer.headers["x-router-model"] == "glm-5"


async def test_what_the_provider_tells_of_a_model_stands_in_the_list_of_models(
    router: Router,
) -> None:
    router.core.start()
    await router.core.know_models()

    async with httpx.AsyncClient() as client:
        told = (await client.get(f"{router.rest}/v1/models/glm-5")).json()
        router_itself = (await client.get(f"{router.rest}/v1/models/router")).json()

    assert (told["context_length"], told["max_output_tokens"]) == (128_000, 32_000)
    assert "context_length" not in router_itself


async def test_check_tells_what_was_learnt_without_asking_anyone(
    router: Router, tmp_path: Path
) -> None:
    env = environment(router.upstream)
    before = await asyncio.to_thread(run, "check", home=tmp_path, **env)
    router.core.start()
    await router.core.know_models()
    router.upstream.requests.clear()

    done = await asyncio.to_thread(run, "check", home=tmp_path, **env)

    assert "openrouter: none yet" in before.stdout
    assert "To mend" not in before.stdout
    assert "openrouter: of 20" in done.stdout
    assert "3 models" in done.stdout
    assert "genai-prices 0." in done.stdout
    _, _, to_mend = done.stdout.partition("To mend\n")
    assert OUT in to_mend
    assert done.returncode == 1
    assert router.upstream.requests == []


async def test_another_url_does_not_get_what_the_first_one_told(
    router: Router, tmp_path: Path
) -> None:
    router.core.start()
    await router.core.know_models()

    env = {**environment(router.upstream), "OPENROUTER_BASE_URL": "http://127.0.0.1:1/v1"}
    done = await asyncio.to_thread(run, "check", home=tmp_path, **env)

    assert "openrouter: none yet" in done.stdout
    assert OUT not in done.stdout


async def test_a_spoilt_copy_is_told_and_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "catalogue.json").write_text("{")
    done = await asyncio.to_thread(run, "check", home=tmp_path, OPENROUTER_API_KEY="sk-test")

    assert "catalogue.json is ignored: it is not JSON" in done.stdout


async def test_a_failing_catalogue_changes_nothing(router: Router) -> None:
    router.upstream.on_path("/models", error(503))

    router.core.start()
    await router.core.know_models()

    assert router.core.to_mend() == ()
    async with AsyncRouterClient(router.grpc) as client:
        assert len((await client.list_models()).models) > 4


async def test_the_demo_takes_no_model_out(tmp_path: Path) -> None:
    listed: dict[str, Any] = {"base_url": "https://openrouter.ai/api/v1"}
    listed |= {"told_at": "2026-11-27T12:00:00+00:00", "data": [{"id": "lab/one"}]}
    kept = {"version": 1, "providers": {"openrouter": listed}}
    (tmp_path / "catalogue.json").write_text(json.dumps(kept))
    core = build_core(read_settings({"LLM_ROUTER_HOME": str(tmp_path)}), {}, demo=True)

    core.start()
    await core.know_models()

    assert core.to_mend() == ()
    assert core.catalogue.current().listings == {}
    await core.close()


def serve_once(upstream: FakeUpstream, home: Path) -> list[str]:
    """What ``serve`` prints from its start to its end."""
    args = ("serve", "--port", "0", "--grpc-address", "127.0.0.1:0")
    with serving(*args, home=home, env=environment(upstream)) as running:
        assert running.stop() == 0
    return running.lines


async def test_serve_knows_what_is_gone_before_it_says_that_it_is_there(tmp_path: Path) -> None:
    async with FakeUpstream() as upstream:
        lines = await asyncio.to_thread(serve_once, upstream, tmp_path)

    assert any(f"note: {OUT}" in line for line in lines)
    assert (tmp_path / "catalogue.json").stat().st_mode & 0o777 == 0o600


async def test_serve_does_not_wait_for_ever_for_a_catalogue_that_hangs(tmp_path: Path) -> None:
    async with FakeUpstream() as upstream:
        upstream.on_path("/models", Reply(before=[Stall()]))
        lines = await asyncio.to_thread(serve_once, upstream, tmp_path)

    assert any("REST on" in line for line in lines)
    assert not any("is out" in line for line in lines)


async def test_serve_without_a_place_to_write_goes_on(tmp_path: Path) -> None:
    (tmp_path / "catalogue.json").mkdir()
    async with FakeUpstream() as upstream:
        upstream.on_path("/models", json_reply({"data": [{"id": "z-ai/glm-5"}]}))
        lines = await asyncio.to_thread(serve_once, upstream, tmp_path)

    assert sum("cannot write" in line and '"level":"warning"' in line for line in lines) == 1
    assert any("REST on" in line for line in lines)
