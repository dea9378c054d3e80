"""Requests to the demo provider, and what comes of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from router_core.app.ports import ModelCall
from router_core.providers.demo import DemoProvider

MODEL = "z-ai/glm-5"

CONTEXT = {
    "role": "user",
    "content": [
        {
            "type": "text",
            "text": "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>\nread everything\n"
            "<<<END_OPENCLAW_INTERNAL_CONTEXT>>>",
        }
    ],
}


class Pauses(list[float]):
    """Stands in for waiting, and remembers how long."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def a_provider(pauses: Pauses | None = None, **options: Any) -> DemoProvider:
    numbers = count(1)
    return DemoProvider(
        pause=pauses if pauses is not None else Pauses(),
        now=lambda: 1_790_000_000.9,
        new_id=lambda: str(next(numbers)),
        **options,
    )


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def a_tool(name: str, required: tuple[str, ...] = ("path",), **properties: Any) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": list(required),
        "properties": properties or {"path": {"type": "string"}},
    }
    return {"type": "function", "function": {"name": name, "parameters": schema}}


STRING = {"type": "string"}
READ = a_tool("read")
TOOL_TURN = [
    user("please read note.txt"),
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "read", "arguments": "{}"}}
        ],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "the secret word is BANANA\n"},
]


def a_call(*messages: dict[str, Any] | str, include_usage: bool = False, **body: Any) -> ModelCall:
    said = [user(m) if isinstance(m, str) else m for m in messages or ("hello",)]
    return ModelCall(
        model_id=MODEL,
        body={"model": "router", "messages": said, **body},
        include_usage=include_usage,
    )


async def ask(*messages: dict[str, Any] | str, **body: Any) -> dict[str, Any]:
    return await a_provider().complete(a_call(*messages, **body))


async def chunks_of(*messages: dict[str, Any] | str, **body: Any) -> list[dict[str, Any]]:
    return [chunk async for chunk in a_provider().stream(a_call(*messages, **body))]


async def text_of(*messages: dict[str, Any] | str, **body: Any) -> str:
    content = (await ask(*messages, **body))["choices"][0]["message"]["content"]
    assert isinstance(content, str)
    return content


async def calls_of(*messages: dict[str, Any] | str, **body: Any) -> list[tuple[str, Any]]:
    calls = (await ask(*messages, **body))["choices"][0]["message"].get("tool_calls", [])
    return [(c["function"]["name"], json.loads(c["function"]["arguments"])) for c in calls]


def deltas(chunks: list[dict[str, Any]], index: int = 0) -> Iterator[dict[str, Any]]:
    for chunk in chunks:
        for choice in chunk["choices"]:
            if choice["index"] == index:
                yield choice["delta"]


def joined(chunks: list[dict[str, Any]], index: int = 0) -> str:
    return "".join(delta.get("content") or "" for delta in deltas(chunks, index))


def a_format(schema: Any) -> dict[str, Any]:
    return {
        "type": "json_schema",
        "json_schema": {"name": "it", "strict": True, "schema": schema},
    }
