"""The demo provider as a provider: its pace, its end, and bodies without sense."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from router_core.app.ports import ModelCall, Provider
from router_core.providers.demo import DemoProvider
from tests.providers.demo.asking import MODEL, Pauses, a_call, a_provider, joined, user
from tests.providers.demo.odd_values import ODD


async def test_on_send_is_called_once_both_ways() -> None:
    sent: list[str] = []
    call = ModelCall(
        model_id=MODEL, body={"messages": [user("hi")]}, on_send=lambda: sent.append("now")
    )
    await a_provider().complete(call)
    assert sent == ["now"]
    async for _ in a_provider().stream(call):
        assert sent == ["now", "now"]


async def test_the_stream_pauses_before_every_word_and_not_before_the_role() -> None:
    pauses = Pauses()
    seen = []
    async for chunk in a_provider(pauses, pace_s=0.25).stream(a_call("Why?")):
        seen.append((chunk["choices"] and chunk["choices"][0]["delta"], len(pauses)))

    assert seen[0][1] == 0
    assert [waited for _, waited in seen] == list(range(len(seen)))
    assert set(pauses) == {0.25}


async def test_a_stream_that_is_left_early_ends_quietly() -> None:
    pauses = Pauses()
    stream = a_provider(pauses).stream(a_call("Why?"))
    await anext(stream)
    await stream.aclose()

    assert pauses == []


async def test_the_demo_works_with_its_real_clock_and_ids() -> None:
    provider: Provider = DemoProvider(pace_s=0)
    one, other = await provider.complete(a_call()), await provider.complete(a_call())
    chunks = [chunk async for chunk in provider.stream(a_call())]
    await provider.close()

    assert one["id"] != other["id"]
    assert one["created"] > 1_700_000_000
    assert joined(chunks).startswith("Hello!")


KEYS = [
    "messages", "tools", "tool_choice", "response_format", "n", "logprobs", "top_logprobs",
    "max_tokens", "stop", "parallel_tool_calls",
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(KEYS), ODD))
async def test_whatever_the_body_the_answer_has_openais_form(body: dict[str, Any]) -> None:
    call = ModelCall(model_id=MODEL, body=body)

    ChatCompletion.model_validate(await a_provider().complete(call), strict=True)
    async for chunk in a_provider().stream(call):
        ChatCompletionChunk.model_validate(chunk, strict=True)
