"""A client of the fake upstream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from tests.fakes.upstream import FakeUpstream

CHAT = "/chat/completions"


def chat(model: str = "z-ai/glm-5", **fields: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "hi"}], **fields}


def data_of(stream: str) -> list[Any]:
    lines = [line[6:] for line in stream.splitlines() if line.startswith("data: ")]
    return [line if line == "[DONE]" else json.loads(line) for line in lines]


async def post(
    client: aiohttp.ClientSession,
    upstream: FakeUpstream,
    body: Any = None,
    path: str = CHAT,
    **options: Any,
) -> tuple[int, str, Mapping[str, str]]:
    async with client.post(upstream.base_url + path, json=body or chat(), **options) as response:
        return response.status, await response.text(), response.headers


async def raw_exchange(upstream: FakeUpstream, request: bytes) -> bytes:
    """Sends bytes and reads until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", upstream.port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return answer
