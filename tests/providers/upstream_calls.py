"""Calls of an upstream through the HTTP provider, and what comes of them."""

from __future__ import annotations

from typing import Any

import pytest

from router_core.app.ports import ModelCall
from router_core.decide.config import Deadlines
from router_core.decide.failures import Failure
from router_core.errors import UpstreamFailure
from router_core.providers.openai_compatible import OpenAICompatible
from tests.fakes.upstream import frame

KEY = "sk-or-v1-0123456789abcdef"
SHORT = 0.05
DONE = frame("[DONE]")
BODY = {"model": "router", "messages": [{"role": "user", "content": "hi"}]}


def call(body: dict[str, Any] | None = None, **fields: Any) -> ModelCall:
    deadlines = {name: fields.pop(name) for name in list(fields) if name.endswith("_s")}
    return ModelCall(
        model_id="z-ai/glm-5",
        body=BODY if body is None else body,
        deadlines=Deadlines(**deadlines),
        **fields,
    )


async def chunks_of(provider: OpenAICompatible, asked: ModelCall) -> list[dict[str, Any]]:
    return [chunk async for chunk in provider.stream(asked)]


async def run(provider: OpenAICompatible, how: str, asked: ModelCall) -> Any:
    return await (provider.complete(asked) if how == "complete" else chunks_of(provider, asked))


async def failure_of(
    provider: OpenAICompatible, how: str, asked: ModelCall | None = None
) -> Failure:
    with pytest.raises(UpstreamFailure) as caught:
        await run(provider, how, asked or call())
    return caught.value.failure


def said(chunks: list[dict[str, Any]]) -> str:
    deltas = [choice["delta"] for chunk in chunks for choice in chunk["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)


both = pytest.mark.parametrize("how", ["complete", "stream"])
