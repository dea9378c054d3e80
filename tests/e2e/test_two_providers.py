"""A chain over two providers: OpenRouter's shape, and a local one of Ollama's under /v1."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from llm_router import AsyncRouterClient
from llm_router.v1.stats_pb2 import BREAKER_STATE_CLOSED, BREAKER_STATE_OUT, ModelState
from router_core.bootstrap import build_core
from router_core.settings import read_settings
from tests.fakes.upstream import (
    Dialect,
    FakeUpstream,
    Pause,
    Reply,
    Stall,
    completion,
    completion_stream,
    error,
    openai_error,
)

HELLO: dict[str, Any] = {"messages": [{"role": "user", "content": "hello"}]}


@dataclass
class Pair:
    """A router before both, as the calls of a program see it."""

    client: AsyncRouterClient
    remote: FakeUpstream
    local: FakeUpstream

    async def answering_model(self, model: str = "router", *, streams: bool = False) -> str:
        """Which model answers a greeting."""
        asked = HELLO | {"model": model}
        if not streams:
            return (await self.client.complete(asked)).decision.model
        async for event in self.client.stream_complete(asked):
            if event.HasField("decision"):
                return event.decision.model
        raise AssertionError("nobody answered")

    async def state(self, model: str) -> ModelState:
        """How a model fares."""
        rows = (await self.client.get_stats()).models
        return next(row for row in rows if row.model == model)


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with contextlib.AsyncExitStack() as stack:
        remote = await stack.enter_async_context(FakeUpstream(api_key="sk-test"))
        local = await stack.enter_async_context(
            FakeUpstream(dialect=Dialect.OPENAI, models=("qwen3:8b",), base_path="/v1")
        )
        models = ["z-ai/glm-5", "openai/gpt-4o-mini", "local:qwen3:8b"]
        config = {
            "providers": {
                "openrouter": {"base_url": remote.base_url, "api_key_env": "OPENROUTER_API_KEY"},
                "local": {"base_url": local.base_url, "deadlines": {"first_token_s": 60}},
            },
            "categories": {"conversation": {"models": models}},
            "deadlines": {"first_token_s": 0.05, "total_s": 60},
        }
        (tmp_path / "router_config.json").write_text(json.dumps(config))
        env = {"OPENROUTER_API_KEY": "sk-test", "LLM_ROUTER_HOME": str(tmp_path)}
        core = build_core(read_settings(env), env, jitter=lambda: 0.0)
        stack.push_async_callback(core.close)
        client = AsyncRouterClient(channel=core.in_process_channel())
        yield Pair(await stack.enter_async_context(client), remote, local)


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize("refusal", [error(401), error(402, "no credit left")], ids=["401", "402"])
async def test_a_refused_key_goes_to_the_other_provider(
    pair: Pair, refusal: Reply, streams: bool
) -> None:
    pair.remote.on_path("/chat/completions", refusal)
    for _ in range(2):
        assert await pair.answering_model(streams=streams) == "local:qwen3:8b"
    assert len(pair.remote.requests) == 1, "all its models are out after the first refusal"
    for model in ("z-ai/glm-5", "openai/gpt-4o-mini"):
        state = await pair.state(model)
        assert state.state == BREAKER_STATE_OUT
        assert "HTTP 40" in state.reason
    warnings = (await pair.client.get_server_info()).warnings
    assert any("openrouter refuses us" in line for line in warnings)


async def test_the_key_of_one_provider_is_not_shown_to_the_other(pair: Pair) -> None:
    pair.remote.on_path("/chat/completions", error(429))
    await pair.answering_model()
    (asked,) = pair.local.requests
    assert "authorization" not in asked.headers
    assert asked.json["model"] == "qwen3:8b"


async def test_a_local_model_may_load_for_as_long_as_its_own_deadline_says(pair: Pair) -> None:
    loaded = asyncio.Event()
    pair.local.on_model(
        "qwen3:8b",
        Reply(
            200,
            {"Content-Type": "text/event-stream"},
            before=[Pause(loaded)],
            steps=completion_stream(["hi"], dialect=Dialect.OPENAI).steps,
        ),
    )
    loading = asyncio.create_task(pair.answering_model("local:qwen3:8b", streams=True))
    await pair.local.request()
    # Meanwhile another model has run into the deadline that holds for all.
    pair.remote.on_model("z-ai/glm-5", Reply(before=[Stall()]))
    assert await pair.answering_model(streams=True) == "openai/gpt-4o-mini"
    assert not loading.done()
    loaded.set()
    assert await loading == "local:qwen3:8b"
    state = await pair.state("local:qwen3:8b")
    assert (state.state, state.consecutive_failures) == (BREAKER_STATE_CLOSED, 0)
    assert (await pair.state("z-ai/glm-5")).consecutive_failures == 2


async def test_an_error_in_ollamas_form_is_understood(pair: Pair) -> None:
    pair.remote.on_path("/chat/completions", error(429))
    pair.local.on_model(
        "qwen3:8b",
        openai_error(503, "server busy, please try again", "api_error"),
        completion("hi", dialect=Dialect.OPENAI),
    )
    assert await pair.answering_model() == "local:qwen3:8b"
    pair.local.on_model("qwen3:8b", openai_error(404, "model not found", "not_found_error"))
    pair.remote.on_path("/chat/completions", completion("hi"))
    with pytest.raises(Exception, match="model not found"):
        await pair.answering_model("local:qwen3:8b")
    assert (await pair.state("local:qwen3:8b")).state == BREAKER_STATE_OUT
