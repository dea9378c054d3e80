"""The official ``openai`` package, unmodified, against the whole router."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam
from pydantic import BaseModel

from tests.e2e.conftest import Router
from tests.fakes.upstream import (
    Pause,
    Reply,
    chunk,
    completion,
    completion_stream,
    error,
    frame,
    openai_error,
    sse,
    tool_call,
)

HELLO: list[ChatCompletionMessageParam] = [{"role": "user", "content": "hello"}]
CHAIN = ("z-ai/glm-5", "openai/gpt-4o-mini", "openrouter/aurora-alpha")
"""The models of conversation, in order."""


async def test_create_answers_and_says_who_answered(router: Router) -> None:
    async with router.sdk() as sdk:
        answer = await sdk.chat.completions.create(model="router", messages=HELLO)
    assert answer.choices[0].message.content == "Hello from z-ai/glm-5."
    assert answer.model == "z-ai/glm-5"
    assert router.upstream.requests[0].json["model"] == "z-ai/glm-5"


async def test_raw_response_has_the_routers_headers(router: Router) -> None:
    async with router.sdk() as sdk:
        raw = await sdk.chat.completions.with_raw_response.create(model="router", messages=HELLO)
    told = {key: value for key, value in raw.headers.items() if key.startswith("x-router-")}
    assert told["x-router-category"] == "conversation"
    assert told["x-router-model"] == "glm-5"
    assert told["x-router-reason"] == "classified"
    assert told["x-router-attempts"] == "1"
    assert told["x-router-cost-usd"] == "0.000014"
    assert float(told["x-router-overhead-ms"]) > 0
    assert raw.request_id == told["x-router-request-id"]


async def test_a_stream_comes_piece_by_piece_with_usage_last(router: Router) -> None:
    options: Any = {"include_usage": True}
    async with router.sdk() as sdk:
        stream = await sdk.chat.completions.create(
            model="router", messages=HELLO, stream=True, stream_options=options
        )
        chunks = [chunk async for chunk in stream]
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == "Hello from z-ai/glm-5."
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.model_dump()["cost"] == 0.000014
    assert {c.id for c in chunks} == {"gen-1780000000-fake"}


async def test_the_first_chunk_arrives_before_the_second_is_sent(router: Router) -> None:
    gate = asyncio.Event()
    router.upstream.enqueue(completion_stream(["one", Pause(gate), "two"]))
    async with router.sdk() as sdk:
        stream = await sdk.chat.completions.create(model="router", messages=HELLO, stream=True)
        words: list[str] = []
        async for piece in stream:
            if piece.choices and piece.choices[0].delta.content:
                words.append(piece.choices[0].delta.content)
                gate.set()  # only now may the upstream go on
    assert words == ["one", "two"]


async def test_tools_in_parallel_stream_whole(router: Router) -> None:
    def piece(index: int, arguments: str) -> dict[str, Any]:
        return {"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}

    first = {"tool_calls": [{"index": 0, **tool_call("read", "", "call_a")}]}
    second = {"tool_calls": [{"index": 1, **tool_call("ls", "", "call_b")}]}
    deltas = [first, piece(0, '{"path":'), second, piece(1, "{}"), piece(0, '"a"}')]
    router.upstream.enqueue(completion_stream(deltas, finish_reason="tool_calls"))
    function: Any = {"name": "read", "parameters": {"type": "object", "properties": {}}}
    tools: Any = [{"type": "function", "function": function}]
    async with router.sdk() as sdk:
        stream = await sdk.chat.completions.create(
            model="router",
            messages=HELLO,
            stream=True,
            tools=tools,
        )
        calls = {0: "", 1: ""}
        async for received in stream:
            for call in (received.choices and received.choices[0].delta.tool_calls) or []:
                assert call.function is not None
                calls[call.index] += call.function.arguments or ""
    assert calls == {0: '{"path":"a"}', 1: "{}"}
    assert router.upstream.requests[0].json["tools"] == tools


async def test_a_json_schema_is_passed_on_and_parsed(router: Router) -> None:
    class City(BaseModel):
        name: str
        people: int

    router.upstream.enqueue(completion('{"name": "Lyon", "people": 520000}'))
    async with router.sdk() as sdk:
        parsed = await sdk.chat.completions.parse(
            model="router", messages=HELLO, response_format=City
        )
    assert parsed.choices[0].message.parsed == City(name="Lyon", people=520000)
    sent = router.upstream.requests[0].json["response_format"]
    assert sent["json_schema"]["schema"]["properties"].keys() == {"name", "people"}


async def test_an_image_reaches_the_model(router: Router) -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    content: Any = [{"type": "text", "text": "what is this?"}, image]
    async with router.sdk() as sdk:
        await sdk.chat.completions.create(
            model="router",
            messages=[{"role": "user", "content": content}],
        )
    assert router.upstream.requests[0].json["messages"][0]["content"] == content


async def test_several_choices_and_logprobs_come_back(router: Router) -> None:
    token = {"token": "Hi", "logprob": -0.25, "bytes": [72, 105], "top_logprobs": []}
    choices = [
        {
            "index": i,
            "message": {"role": "assistant", "content": "Hi"},
            "finish_reason": "stop",
            "logprobs": {"content": [token], "refusal": None},
        }
        for i in range(2)
    ]
    router.upstream.enqueue(completion(choices=choices))
    async with router.sdk() as sdk:
        answer = await sdk.chat.completions.create(
            model="router", messages=HELLO, n=2, logprobs=True, top_logprobs=1
        )
    assert [c.index for c in answer.choices] == [0, 1]
    assert answer.choices[1].logprobs is not None
    assert answer.choices[1].logprobs.model_dump()["content"] == [token]
    assert router.upstream.requests[0].json["n"] == 2


async def test_models_are_listed(router: Router) -> None:
    async with router.sdk() as sdk:
        ids = [model.id async for model in sdk.models.list()]
        one = await sdk.models.retrieve("router/code")
    assert ids[:2] == ["router", "router/tools"]
    assert {"glm-5", "router/code"} <= set(ids)
    assert one.id == "router/code"


async def test_extra_body_reaches_the_model(router: Router) -> None:
    extra = {"provider": {"only": ["x"]}, "new": [None, 9007199254740993, 1.0, ""]}
    async with router.sdk() as sdk:
        await sdk.chat.completions.create(model="router", messages=HELLO, extra_body=extra)
    sent = router.upstream.requests[0].json
    assert {key: sent[key] for key in extra} == extra
    assert isinstance(sent["new"][1], int)


@pytest.mark.parametrize("model", ["acme/never-heard-of", "glm-5", "openrouter:a/b"])
async def test_a_named_model_is_called_as_it_is(router: Router, model: str) -> None:
    async with router.sdk() as sdk:
        raw = await sdk.chat.completions.with_raw_response.create(model=model, messages=HELLO)
    assert raw.headers["x-router-reason"] == "direct_model"
    expected = {"glm-5": "z-ai/glm-5", "openrouter:a/b": "a/b"}.get(model, model)
    assert router.upstream.requests[0].json["model"] == expected


async def test_a_named_category_is_taken_at_its_word(router: Router) -> None:
    async with router.sdk() as sdk:
        raw = await sdk.chat.completions.with_raw_response.create(
            model="router/reasoning", messages=HELLO
        )
    assert raw.headers["x-router-category"] == "reasoning"
    assert raw.headers["x-router-model"] == "aurora-alpha"


async def test_a_failing_model_is_replaced_unseen(router: Router) -> None:
    router.upstream.on_model("z-ai/glm-5", error(503))
    async with router.sdk() as sdk:
        raw = await sdk.chat.completions.with_raw_response.create(model="router", messages=HELLO)
        stream = await sdk.chat.completions.create(model="router", messages=HELLO, stream=True)
        streamed = [piece.model async for piece in stream]
    assert raw.headers["x-router-model"] == "gpt-4o-mini"
    assert raw.headers["x-router-attempts"] == "3"
    assert set(streamed) == {"openai/gpt-4o-mini"}


@pytest.mark.parametrize(
    ("reply", "raised", "code"),
    [
        (error(400, "too long", error_type="context_length_exceeded"), openai.BadRequestError, 400),
        (error(403, "flagged", reasons=["x"]), openai.PermissionDeniedError, 403),
        (openai_error(422, "no", param="top_p"), openai.UnprocessableEntityError, 422),
        (error(429, retry_after=7), openai.RateLimitError, 429),
        (error(401), openai.InternalServerError, 503),
        (error(402), openai.InternalServerError, 503),
        (error(404), openai.InternalServerError, 503),
        (error(500), openai.InternalServerError, 503),
        (error(504), openai.InternalServerError, 504),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Reply) else None,
)
@pytest.mark.parametrize("stream", [False, True])
async def test_an_upstreams_error_is_the_right_exception(
    router: Router, reply: Reply, raised: type[openai.APIStatusError], code: int, stream: bool
) -> None:
    for model in CHAIN:
        router.upstream.on_model(model, reply)
    async with router.sdk() as sdk:
        with pytest.raises(openai.APIStatusError) as error_info:
            await sdk.chat.completions.create(model="router", messages=HELLO, stream=stream)
    assert type(error_info.value) is raised
    assert error_info.value.status_code == code
    assert error_info.value.body is not None


async def test_the_upstreams_own_code_and_param_are_passed_on(router: Router) -> None:
    router.upstream.enqueue(error(400, "too long", error_type="context_length_exceeded"))
    async with router.sdk() as sdk:
        with pytest.raises(openai.BadRequestError) as raised:
            await sdk.chat.completions.create(model="router", messages=HELLO)
    assert raised.value.code == "context_length_exceeded"
    assert "too long" in raised.value.message


async def test_spent_fallbacks_tell_the_client_not_to_try_again(router: Router) -> None:
    for model in CHAIN:
        router.upstream.on_model(model, error(429, retry_after=7))
    async with router.sdk(max_retries=2) as sdk:
        with pytest.raises(openai.RateLimitError) as raised:
            await sdk.chat.completions.create(model="router", messages=HELLO)
    assert raised.value.response.headers["retry-after"] == "7"
    assert len(router.upstream.requests) == len(CHAIN)


async def test_a_broken_stream_ends_in_an_error_after_what_came(router: Router) -> None:
    broken = frame({"error": {"code": 502, "message": "gone"}})
    router.upstream.enqueue(sse(frame(chunk("Hel")), broken))
    async with router.sdk() as sdk:
        stream = await sdk.chat.completions.create(model="router", messages=HELLO, stream=True)
        words: list[str | None] = []
        with pytest.raises(openai.APIError):
            async for piece in stream:
                words.append(piece.choices[0].delta.content)
    assert words == ["Hel"]
    assert len(router.upstream.requests) == 1


@pytest.mark.parametrize(
    ("model", "raised"),
    [("gpt-nonsense", openai.NotFoundError), ("router/poems", openai.NotFoundError)],
)
async def test_an_unknown_name_is_not_found(
    router: Router, model: str, raised: type[openai.APIStatusError]
) -> None:
    async with router.sdk() as sdk:
        with pytest.raises(raised) as error_info:
            await sdk.chat.completions.create(model=model, messages=HELLO)
    assert error_info.value.code == "model_not_found"
    assert router.upstream.requests == []


async def test_a_20_mb_image_goes_through(router: Router) -> None:
    url = "data:image/png;base64," + "A" * 20_000_000
    image: Any = {"type": "image_url", "image_url": {"url": url}}
    async with router.sdk() as sdk:
        await sdk.chat.completions.create(
            model="router", messages=[{"role": "user", "content": [image]}]
        )
    sent = json.loads(router.upstream.requests[0].body)
    assert sent["messages"][0]["content"][0]["image_url"]["url"] == url
