"""Our own clients against the whole router: what they set reaches the upstream."""

from __future__ import annotations

import asyncio
import json

import pytest

from llm_router import AsyncRouterClient, RouterClient
from llm_router.errors import InvalidRequest, NotFound, RouterClientError
from llm_router.v1 import chat_pb2 as chat
from tests.e2e.conftest import Router
from tests.fakes.upstream import completion, error

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
SCHEMA = {"type": "object", "properties": {"ok": {"type": "boolean"}}}


def typed_request() -> chat.ChatRequest:
    return chat.ChatRequest(
        model="router/code",
        messages=[chat.ChatMessage(role="user", text="what is the weather in Lyon?")],
        temperature=0.0,
        stop_list=chat.StringList(items=["END"]),
        tools=[
            chat.Tool(
                type="function",
                function=chat.FunctionDefinition(
                    name="weather", parameters_json=json.dumps(PARAMETERS)
                ),
            )
        ],
        response_format=chat.ResponseFormat(
            type="json_schema",
            json_schema=chat.JsonSchemaFormat(name="answer", schema_json=json.dumps(SCHEMA)),
        ),
        extra_json='{"brand_new": null}',
    )


EXPECTED = {
    "model": "z-ai/glm-5",
    "messages": [{"role": "user", "content": "what is the weather in Lyon?"}],
    "temperature": 0.0,
    "stop": ["END"],
    "tools": [{"type": "function", "function": {"name": "weather", "parameters": PARAMETERS}}],
    "response_format": {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": SCHEMA},
    },
    "brand_new": None,
}


def _assert_all_arrived(router: Router) -> None:
    sent = router.upstream.requests[0].json
    assert len(sent["session_id"]) == 32, "OpenRouter is told which conversation it is"
    assert sent == {**EXPECTED, "session_id": sent["session_id"]}


async def test_the_async_client_does_everything(router: Router) -> None:
    async with AsyncRouterClient(router.grpc) as client:
        assert (await client.classify(typed_request())).category == "tools"
        assert (await client.route(typed_request())).model == "glm-5"
        done = await client.complete(typed_request())
        events = [event async for event in client.stream_complete(typed_request())]
        categories = await client.list_categories()
        stats = await client.get_stats()
    assert done.completion.choices[0].message.text == "Hello from z-ai/glm-5."
    assert [event.WhichOneof("event") for event in (events[0], events[-1])] == [
        "decision",
        "summary",
    ]
    assert [category.name for category in categories.categories][:1] == ["tools"]
    assert stats.requests == 2
    _assert_all_arrived(router)


async def test_the_sync_client_does_everything(router: Router) -> None:
    def use() -> tuple[str, list[str | None], int]:
        with RouterClient(router.grpc) as client:
            client.classify(typed_request())
            client.route(typed_request())
            done = client.complete(typed_request())
            kinds: list[str | None] = [
                event.WhichOneof("event") for event in client.stream_complete(typed_request())
            ]
            client.list_categories()
            return done.completion.choices[0].message.text, kinds, client.get_stats().requests

    text, kinds, requests = await asyncio.to_thread(use)
    assert text == "Hello from z-ai/glm-5."
    assert (kinds[0], kinds[-1], requests) == ("decision", "summary", 2)
    _assert_all_arrived(router)


async def test_a_dictionary_is_a_request_too(router: Router) -> None:
    async with AsyncRouterClient(router.grpc) as client:
        done = await client.complete({"messages": [{"role": "user", "content": "hello"}], "n": 1})
    assert done.decision.category == "conversation"
    assert router.upstream.requests[0].json["n"] == 1


async def test_what_json_cannot_say_is_refused_with_its_path(router: Router) -> None:
    request = typed_request()
    request.temperature = float("inf")
    async with AsyncRouterClient(router.grpc) as client:
        with pytest.raises(InvalidRequest) as raised:
            await client.complete(request)
    assert raised.value.param == "temperature"


async def test_an_empty_list_in_a_oneof_is_an_empty_list(router: Router) -> None:
    request = chat.ChatRequest(
        messages=[chat.ChatMessage(role="user", parts=chat.ContentParts())],
        stop_list=chat.StringList(),
    )
    async with AsyncRouterClient(router.grpc) as client:
        await client.complete(request)
    sent = router.upstream.requests[0].json
    assert (sent["messages"][0]["content"], sent["stop"]) == ([], [])


async def test_errors_are_typed(router: Router) -> None:
    async with AsyncRouterClient(router.grpc) as client:
        with pytest.raises(InvalidRequest) as invalid:
            await client.complete({"messages": []})
        assert invalid.value.param == "messages"
        with pytest.raises(NotFound):
            await client.complete(
                {"model": "gpt-nonsense", "messages": [{"role": "user", "content": "hi"}]}
            )


async def test_a_stream_that_is_left_closes_the_upstream(router: Router) -> None:
    async with AsyncRouterClient(router.grpc) as client:
        router.upstream.enqueue(completion())  # for nobody: the stream below takes it
        router.upstream.enqueue(error(500))
        with pytest.raises(RouterClientError):
            async for _ in client.stream_complete(
                {"model": "a/b", "messages": [{"role": "user", "content": "hi"}]}
            ):
                pass
