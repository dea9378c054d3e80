"""Whatever a client sends reaches the upstream with the same meaning, and back again."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from benchmarks.payloads import BODIES
from tests.clients.json_values import exact
from tests.e2e.conftest import Router
from tests.fakes.upstream import completion_body, frame, json_reply, sse

ODD = {
    "messages": [
        {"role": "developer", "content": "be brief", "name": ""},
        {"role": "user", "content": [], "x_unknown": {"deep": [None, 1, 1.0, True, ""]}},
        {"role": "user", "content": [{"type": "text", "text": "é\u0000\U0001f600", "extra": None}]},
        {
            "role": "assistant",
            "content": None,
            "reasoning_details": [{"type": "reasoning.encrypted", "data": "x", "index": 0}],
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{bad"}}
            ],
        },
        {"role": "tool", "content": "", "tool_call_id": "c1"},
    ],
    "tools": [
        {
            "type": "function",
            "function": {"name": "f", "parameters": {"$defs": {}, "minimum": -0.0, "x": []}},
            "cache_control": {"type": "ephemeral"},
        }
    ],
    "temperature": 1,
    "top_p": 0.5,
    "n": 1,
    "seed": 9007199254740993,
    "stop": [],
    "metadata": {},
    "logit_bias": {"50256": -100},
    "max_tokens": None,
    "provider": {"order": ["a"], "max_price": {"prompt": 1}},
    "extra_json": "not ours",
    "tool_choice_mode": 18446744073709551615,
    "parameters_json": {"a": -9223372036854775808},
}


def _but_for_the_session(sent: dict[str, Any]) -> dict[str, Any]:
    """Without the opaque ``session_id``, which OpenRouter alone gets (DESIGN section 8)."""
    assert re.fullmatch(r"[0-9a-f]{32}", sent["session_id"])
    return {key: value for key, value in sent.items() if key != "session_id"}


@pytest.mark.parametrize("stream", [False, True])
async def test_a_body_with_everything_odd_arrives_as_it_was(router: Router, stream: bool) -> None:
    body = {**ODD, "stream": stream, "model": "acme/any"}
    async with httpx.AsyncClient() as client:
        await client.post(f"{router.rest}/v1/chat/completions", json=body)
    sent = _but_for_the_session(json.loads(router.upstream.requests[0].body))
    assert exact(sent) == exact(body)


@pytest.mark.parametrize("stream", [False, True])
async def test_an_agents_body_arrives_as_it_was_but_for_the_model(
    router: Router, stream: bool
) -> None:
    raw = BODIES["openclaw"](0, stream=stream)
    async with httpx.AsyncClient() as client:
        await client.post(
            f"{router.rest}/chat/completions",
            content=raw,
            headers={"content-type": "application/json"},
        )
    sent = _but_for_the_session(json.loads(router.upstream.requests[0].body))
    assert exact(sent) == exact({**json.loads(raw), "model": sent["model"]})
    assert sent["model"] != "router"


async def test_an_answer_comes_back_as_it_was(router: Router) -> None:
    answer = completion_body(
        "hi",
        message={"annotations": [], "audio": None, "x": {"y": [1.0, 1]}},
        usage={"prompt_tokens": 0, "cost": 0, "prompt_tokens_details": {"cached_tokens": 0}},
        system_fingerprint=None,
        x_new=[{"big": 2**64 - 1}],
    )
    router.upstream.enqueue(json_reply(answer))
    async with httpx.AsyncClient() as client:
        got = await client.post(f"{router.rest}/v1/chat/completions", json=ODD)
    assert exact(got.json()) == exact(answer)


async def test_chunks_come_back_as_they_were(router: Router) -> None:
    chunks: list[dict[str, Any]] = [
        {"id": "g", "choices": [{"index": 0, "delta": {"content": "a", "x": None}, "y": 1.0}]},
        {"id": "g", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": None},
        {"id": "g", "choices": [], "usage": {"cost": 1e-7, "cached": {"tokens": 0}}},
    ]
    router.upstream.enqueue(sse(*map(frame, chunks), frame("[DONE]")))
    async with httpx.AsyncClient() as client:
        got = await client.post(f"{router.rest}/v1/chat/completions", json={**ODD, "stream": True})
    frames = [line.removeprefix("data: ") for line in got.text.split("\n\n") if line]
    assert frames.pop() == "[DONE]"
    assert exact([json.loads(frame) for frame in frames]) == exact(chunks)
