"""The fake upstream answers as scripted, and else as OpenRouter and OpenAI do."""

from __future__ import annotations

import json

import aiohttp
import pytest

from tests.fakes.upstream import (
    PROCESSING,
    Dialect,
    FakeUpstream,
    completion,
    error,
    error_chunk,
    frame,
    html,
    openai_error,
    sse,
    text_reply,
    tool_call,
)
from tests.fakes.upstream_client import CHAT, chat, data_of, post


class TestUnscripted:
    async def test_completes_as_openrouter_does(self, upstream, client):
        status, text, headers = await post(client, upstream)

        answer = json.loads(text)
        assert (status, answer["model"]) == (200, "z-ai/glm-5")
        assert answer["choices"][0]["message"]["content"] == "Hello from z-ai/glm-5."
        assert answer["usage"]["cost"] > 0
        assert headers["X-Generation-Id"] == answer["id"]

    async def test_streams_as_openrouter_does(self, upstream, client):
        _, text, headers = await post(client, upstream, chat(stream=True))

        assert headers["Content-Type"] == "text/event-stream"
        assert text.startswith(PROCESSING.decode())
        *chunks, usage, done = data_of(text)
        said = "".join(c["choices"][0]["delta"].get("content", "") for c in chunks)
        assert said == "Hello from z-ai/glm-5."
        assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
        assert usage["choices"] == []
        assert usage["usage"]["cost"] > 0
        assert done == "[DONE]"

    @pytest.mark.parametrize("asked", [True, False])
    async def test_streams_as_openai_does(self, client, asked):
        async with FakeUpstream(dialect=Dialect.OPENAI, base_path="/v1") as upstream:
            body = chat(stream=True, stream_options={"include_usage": asked})
            _, text, _ = await post(client, upstream, body)

        *chunks, done = data_of(text)
        assert done == "[DONE]"
        assert ("usage" in chunks[0]) is asked
        assert (chunks[-1]["choices"] == []) is asked
        assert "provider" not in chunks[0]
        assert "OPENROUTER" not in text

    async def test_lists_models_with_prices_and_pages(self, upstream, client):
        async with client.get(f"{upstream.base_url}/models?offset=1&limit=1") as response:
            page = await response.json()

        assert [model["id"] for model in page["data"]] == ["moonshotai/kimi-k2.5"]
        assert page["total_count"] == 3
        assert page["links"]["next"] == "?offset=2"
        assert isinstance(page["data"][0]["pricing"]["prompt"], str)

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/model/z-ai/glm-5", 200),
            ("/models/z-ai/glm-5", 200),
            ("/key", 200),
            ("/generation?id=gen-1780000000-fake", 200),
            ("/generation?id=other", 404),
            ("/nowhere", 404),
        ],
    )
    async def test_answers_the_other_endpoints(self, upstream, client, path, status):
        async with client.get(upstream.base_url + path) as response:
            assert response.status == status
            assert await response.json()

    async def test_wants_its_key_where_it_has_one(self, client):
        async with FakeUpstream(api_key="right") as upstream:
            wrong = {"Authorization": "Bearer wrong"}
            right = {"Authorization": "Bearer right"}
            assert (await post(client, upstream, headers=wrong))[0] == 401
            assert (await post(client, upstream, headers=right))[0] == 200

    async def test_refuses_a_request_without_messages(self, upstream, client):
        status, text, _ = await post(client, upstream, {"model": "m"})

        assert status == 400
        assert json.loads(text)["error"]["code"] == 400


class TestScripts:
    async def test_a_model_has_its_replies_in_order_and_the_last_stays(self, upstream, client):
        upstream.on_model("m", error(429, retry_after=3), completion("fine"))

        answers = [await post(client, upstream, chat("m")) for _ in range(3)]

        assert [status for status, _, _ in answers] == [429, 200, 200]
        assert answers[0][2]["Retry-After"] == "3"
        assert (await post(client, upstream, chat("other")))[1].count("Hello from other.") == 1

    async def test_a_queue_comes_first_then_a_function_then_a_path(self, upstream, client):
        upstream.on_path(CHAT, text_reply("path"))
        upstream.on_request(
            lambda request: text_reply("function") if request.json.get("n") == 1 else None
        )
        upstream.enqueue(text_reply("queue"))

        bodies = [chat(), chat(n=1), chat()]
        texts = [(await post(client, upstream, body))[1] for body in bodies]

        assert texts == ["queue", "function", "path"]

    async def test_errors_have_the_documented_forms(self, upstream, client):
        upstream.enqueue(
            error(404, "gone", error_type="not_found", availability="model_deprecated"),
            openai_error(400, "no", code="bad", param="messages"),
            html(502),
        )

        first, second, third = [await post(client, upstream) for _ in range(3)]

        assert json.loads(first[1])["error"] == {
            "code": 404,
            "message": "gone",
            "metadata": {"error_type": "not_found"},
            "availability": {"code": "model_deprecated"},
        }
        assert json.loads(second[1])["error"] == {
            "message": "no",
            "type": "invalid_request_error",
            "param": "messages",
            "code": "bad",
        }
        assert (third[0], third[2]["Content-Type"]) == (502, "text/html; charset=utf-8")

    async def test_an_error_in_a_stream_has_the_documented_form(self, upstream, client):
        failing = frame(error_chunk(502, "gone", error_type="provider_unavailable"))
        upstream.enqueue(sse(failing))

        told = data_of((await post(client, upstream, chat(stream=True)))[1])[0]

        assert told["error"]["code"] == 502
        assert told["error"]["metadata"] == {"error_type": "provider_unavailable"}
        assert told["choices"][0]["finish_reason"] == "error"

    async def test_tool_calls_go_into_an_answer(self, upstream, client):
        upstream.enqueue(completion(None, message={"tool_calls": [tool_call("f", '{"a":1}')]}))

        message = json.loads((await post(client, upstream))[1])["choices"][0]["message"]

        assert message["content"] is None
        assert message["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"a":1}'}

    async def test_a_fault_of_a_script_fails_the_test(self):
        def broken(request):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            async with FakeUpstream() as upstream, aiohttp.ClientSession() as client:
                upstream.on_request(broken)
                with pytest.raises(aiohttp.ClientError):
                    await post(client, upstream)
