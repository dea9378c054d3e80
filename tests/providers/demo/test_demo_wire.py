"""The demo's answers in OpenAI's form: completions, chunks, logprobs, usage."""

from __future__ import annotations

import json
from typing import Any

from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.providers.demo.asking import (
    MODEL,
    READ,
    STRING,
    a_tool,
    ask,
    calls_of,
    chunks_of,
    deltas,
    joined,
)


async def test_a_completion_has_openais_form() -> None:
    answer = await ask("Why?")

    assert answer["id"] == "chatcmpl-demo-1"
    assert answer["object"] == "chat.completion"
    assert answer["created"] == 1_790_000_000
    assert answer["model"] == MODEL
    assert answer["system_fingerprint"] == "demo"
    parsed = ChatCompletion.model_validate(answer, strict=True)
    assert parsed.choices[0].finish_reason == "stop"
    assert parsed.choices[0].message.refusal is None


async def test_a_completion_with_tool_calls_has_openais_form_and_ids_of_its_own() -> None:
    answer = await ask("read and search", tools=[READ, a_tool("search")])
    calls = ChatCompletion.model_validate(answer, strict=True).choices[0].message.tool_calls

    assert calls is not None
    assert len({call.id for call in calls}) == 2
    assert all(call.id.startswith("call_demo_") for call in calls)


async def test_usage_counts_four_bytes_a_token_and_costs_nothing_as_the_demo() -> None:
    answer = await ask("é" * 40)
    usage = answer["usage"]
    said = answer["choices"][0]["message"]["content"].encode()

    assert usage["prompt_tokens"] == 20
    assert usage["completion_tokens"] == -(-len(said) // 4)
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert (usage["cost"], usage["demo"]) == (0.0, True)


async def test_tools_and_parts_count_as_prompt_tokens() -> None:
    plain = (await ask("hello"))["usage"]["prompt_tokens"]
    parts = {"role": "user", "content": [{"type": "text", "text": "hello"}]}

    assert (await ask(parts))["usage"]["prompt_tokens"] == plain
    assert (await ask("hello", tools=[READ]))["usage"]["prompt_tokens"] > plain + 10


async def test_a_stream_begins_with_the_role_and_ends_with_the_reason_and_the_usage() -> None:
    chunks = await chunks_of("Why?")

    first, *middle, last, usage = chunks
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": "", "refusal": None}
    assert all(list(chunk["choices"][0]["delta"]) == ["content"] for chunk in middle)
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in [first, *middle])
    assert (last["choices"][0]["delta"], last["choices"][0]["finish_reason"]) == ({}, "stop")
    assert usage["choices"] == []
    whole = await ask("Why?")
    assert usage["usage"] == whole["usage"]
    assert joined(chunks) == whole["choices"][0]["message"]["content"]


async def test_a_stream_has_openais_form() -> None:
    chunks = await chunks_of("Why?", n=2, logprobs=True)

    for chunk in chunks:
        ChatCompletionChunk.model_validate(chunk, strict=True)
        assert chunk["id"] == "chatcmpl-demo-1"
        assert chunk["created"] == 1_790_000_000
        assert (chunk["object"], chunk["model"]) == ("chat.completion.chunk", MODEL)
        assert chunk["system_fingerprint"] == "demo"


async def test_other_chunks_have_a_null_usage_only_where_the_client_asked_for_usage() -> None:
    asked = await chunks_of("Why?", include_usage=True)
    not_asked = await chunks_of("Why?")

    assert all(chunk["usage"] is None for chunk in asked[:-1])
    assert all("usage" not in chunk for chunk in not_asked[:-1])
    assert not_asked[-1]["usage"]["total_tokens"] > 0


async def test_tool_calls_are_streamed_in_fragments_that_join_by_index() -> None:
    search = a_tool("search", ("query", "limit"), query=STRING, limit={"type": "integer"})
    body = {"tools": [READ, search]}
    chunks = await chunks_of("read a.txt and search", **body)
    whole = await calls_of("read a.txt and search", **body)

    calls: dict[int, dict[str, Any]] = {}
    for delta in deltas(chunks):
        for part in delta.get("tool_calls", []):
            if "id" in part:
                calls[part["index"]] = {"name": part["function"]["name"], "text": ""}
            calls[part["index"]]["text"] += part["function"]["arguments"]
    assert [(c["name"], json.loads(c["text"])) for c in calls.values()] == whole
    assert chunks[0]["choices"][0]["delta"]["content"] is None
    assert chunks[-2]["choices"][0]["finish_reason"] == "tool_calls"
    assert len(chunks) > 8


async def test_logprobs_are_told_for_each_word_with_alternatives() -> None:
    choice = (await ask("Why?", logprobs=True, top_logprobs=3))["choices"][0]
    tokens = choice["logprobs"]["content"]

    assert "".join(token["token"] for token in tokens) == choice["message"]["content"]
    for token in tokens:
        assert bytes(token["bytes"]).decode() == token["token"]
        assert token["logprob"] < 0
        alternatives = token["top_logprobs"]
        assert len({alternative["token"] for alternative in alternatives}) == 3
        assert alternatives[0]["token"] == token["token"]
        assert alternatives[0]["logprob"] > alternatives[1]["logprob"]


async def test_logprobs_stay_away_unless_they_are_asked_for() -> None:
    assert (await ask("Why?"))["choices"][0]["logprobs"] is None
    assert (await ask("Why?", logprobs=True))["choices"][0]["logprobs"]["content"][0][
        "top_logprobs"
    ] == []


async def test_streamed_logprobs_are_those_of_the_whole_answer() -> None:
    body = {"logprobs": True, "top_logprobs": 2}
    whole = (await ask("Why?", **body))["choices"][0]["logprobs"]["content"]
    chunks = await chunks_of("Why?", **body)

    streamed = [
        token
        for chunk in chunks
        for choice in chunk["choices"]
        if choice["logprobs"]
        for token in choice["logprobs"]["content"]
    ]
    assert streamed == whole
