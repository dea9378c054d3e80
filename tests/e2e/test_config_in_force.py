"""What a change of the config does to requests: those to come, and those under way."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from llm_router import AsyncRouterClient
from llm_router.v1.config_categories_pb2 import (
    Category,
    CreateCategoryRequest,
    DeleteCategoryRequest,
    Provider,
    ReplaceModelsRequest,
    RouterConfig,
    UpdateConfigRequest,
)
from tests.e2e.conftest import Router
from tests.fakes.upstream import FakeUpstream, Pause, completion, error

HAIKU = {"model": "router", "messages": [{"role": "user", "content": "a haiku, please"}]}


async def ask(router: Router, body: Any = None) -> tuple[int, dict[str, str], Any]:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{router.rest}/v1/chat/completions", json=body or HAIKU) as answer,
    ):
        return answer.status, dict(answer.headers), await answer.json()


async def answered_by(router: Router) -> str:
    _, headers, _ = await ask(router)
    return headers["x-router-model"]


@pytest.fixture
async def operator(router: Router) -> Any:
    async with AsyncRouterClient(router.grpc) as client:
        yield client


def poetry(*models: str) -> CreateCategoryRequest:
    category = Category(name="poetry", models=models, keywords=["haiku"])
    return CreateCategoryRequest(category=category)


async def test_a_new_category_counts_from_the_next_request_on(
    router: Router, operator: AsyncRouterClient
) -> None:
    _, before, _ = await ask(router)
    await operator.create_category(poetry("lab/poet"))
    status, after, _ = await ask(router)

    assert (status, after["x-router-category"]) == (200, "poetry")
    assert before["x-router-category"] != "poetry"
    assert router.upstream.requests[-1].json["model"] == "lab/poet"
    await operator.delete_category(DeleteCategoryRequest(name="poetry"))
    assert (await ask(router))[1]["x-router-category"] == before["x-router-category"]


async def test_a_request_under_way_keeps_the_config_that_it_began_with(
    router: Router, operator: AsyncRouterClient
) -> None:
    await operator.create_category(poetry("lab/first", "lab/second"))
    gate, called = asyncio.Event(), asyncio.Event()
    router.upstream.on_request(lambda _: called.set())
    failing = error(500, "no")
    router.upstream.on_model("lab/first", failing, failing.interrupt(0, Pause(gate)))
    router.upstream.on_model("lab/second", completion("an old pond"))
    asking = asyncio.create_task(ask(router))
    await called.wait()
    await operator.replace_models(ReplaceModelsRequest(category="poetry", models=["lab/other"]))
    await operator.delete_category(DeleteCategoryRequest(name="poetry"))
    gate.set()
    status, headers, body = await asking

    assert status == 200
    assert headers["x-router-category"] == "poetry"
    assert body["choices"][0]["message"]["content"] == "an old pond"


async def test_a_new_provider_is_called_with_its_own_address(
    router: Router, operator: AsyncRouterClient
) -> None:
    async with FakeUpstream() as lab:
        lab.on_model("poet", completion("an old pond"))
        known = (await operator.get_config()).config.providers
        added = Provider(name="lab", base_url=lab.base_url)
        config = RouterConfig(providers=[*known, added])
        await operator.update_config(UpdateConfigRequest(config=config))
        await operator.create_category(poetry("lab:poet"))
        status, _, body = await ask(router)

        assert status == 200
        assert body["choices"][0]["message"]["content"] == "an old pond"
        assert router.upstream.requests == []


async def test_a_model_that_was_gone_and_is_listed_anew_gets_another_chance(
    router: Router, operator: AsyncRouterClient
) -> None:
    def listed(*models: str) -> ReplaceModelsRequest:
        return ReplaceModelsRequest(category="poetry", models=models)

    await operator.create_category(poetry("lab/poet"))
    router.upstream.on_model("lab/poet", error(404, "no such model"), completion("an old pond"))
    assert [await answered_by(router) for _ in range(2)] == ["gpt-4o-mini"] * 2
    called = [request.json["model"] for request in router.upstream.requests]
    assert called.count("lab/poet") == 1
    await operator.replace_models(listed("lab/other"))
    await operator.replace_models(listed("lab/poet"))

    assert await answered_by(router) == "lab/poet"


async def test_what_was_gone_at_another_address_gets_another_chance(
    router: Router, operator: AsyncRouterClient
) -> None:
    async with FakeUpstream() as wrong, FakeUpstream() as lab:
        wrong.on_model("poet", error(404, "no such model"))
        lab.on_model("poet", completion("an old pond"))
        known = (await operator.get_config()).config.providers

        def at(base_url: str) -> UpdateConfigRequest:
            providers = [*known, Provider(name="lab", base_url=base_url)]
            return UpdateConfigRequest(config=RouterConfig(providers=providers))

        await operator.update_config(at(wrong.base_url))
        await operator.create_category(poetry("lab:poet"))
        assert await answered_by(router) == "gpt-4o-mini"
        await operator.update_config(at(lab.base_url))

        assert await answered_by(router) == "lab:poet"
