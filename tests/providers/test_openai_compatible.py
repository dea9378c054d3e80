"""The HTTP provider: what it asks, how it keeps connections, and the whole answers it takes."""

from __future__ import annotations

import asyncio
import gc
import json
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from router_core.decide.failures import FailureClass
from router_core.providers.openai_compatible import OpenAICompatible
from tests.fakes.upstream import (
    Close,
    Framing,
    Pause,
    Raw,
    Reply,
    Reset,
    Send,
    Stall,
    chunk,
    completion,
    completion_body,
    completion_stream,
    endless_headers,
    error,
    error_object,
    frame,
    gigantic_body,
    gzip_bomb,
    html,
    json_reply,
    sse,
    text_reply,
)
from tests.providers.upstream_calls import BODY, DONE, KEY, both, call, chunks_of, failure_of, run


class TestRequests:
    @both
    async def test_the_body_goes_upstream_with_the_model_replaced(self, upstream, provider, how):
        body: dict[str, Any] = {
            **BODY,
            "n": 2**53 + 1,
            "x": {"y": [None, 1.0, "é", {}]},
            "seed": None,
        }

        await run(provider, how, call(body))

        sent = upstream.requests[0].json
        ours: dict[str, Any] = {"model": "z-ai/glm-5"}
        if how == "stream":
            ours |= {"stream": True, "stream_options": {"include_usage": True}}
        assert sent == {**body, **ours}
        assert body["model"] == "router"

    @both
    async def test_the_headers_are_ours(self, upstream, how):
        provider = OpenAICompatible(
            "x", upstream.base_url + "/", SecretStr(KEY), headers={"X-Team": "a"}
        )
        await run(provider, how, call())
        await provider.close()

        (request,) = upstream.requests
        assert request.path == "/api/v1/chat/completions"
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert request.headers["content-type"] == "application/json"
        assert request.headers["x-team"] == "a"
        assert "x-openrouter-title" not in request.headers

    async def test_openrouter_is_told_who_calls_and_not_asked_for_usage(self, upstream):
        provider = OpenAICompatible("openrouter", upstream.base_url, is_openrouter=True)
        await chunks_of(provider, call())
        await provider.close()

        (request,) = upstream.requests
        assert request.headers["x-openrouter-title"] == "LLM Router"
        assert request.headers["http-referer"].startswith("http://")
        assert "authorization" not in request.headers
        assert "stream_options" not in request.json

    @pytest.mark.parametrize(
        ("options", "sent"),
        [
            (None, {"include_usage": True}),
            ({}, {"include_usage": True}),
            ({"include_usage": False}, {"include_usage": True}),
            (
                {"include_obfuscation": False},
                {"include_obfuscation": False, "include_usage": True},
            ),
            ("odd", "odd"),
        ],
    )
    async def test_the_clients_stream_options_are_kept(self, upstream, provider, options, sent):
        await chunks_of(provider, call({**BODY, "stream_options": options}))

        assert upstream.requests[0].json["stream_options"] == sent

    @pytest.mark.parametrize(
        ("asked", "sent"),
        [({"stream": True}, False), ({"stream": False}, False), ({"stream": None}, None)],
    )
    async def test_complete_never_asks_for_a_stream(self, upstream, provider, asked, sent):
        await provider.complete(call({**BODY, **asked}))

        assert upstream.requests[0].json["stream"] is sent

    @both
    async def test_on_send_is_called_once_before_the_request_leaves(self, upstream, provider, how):
        seen: list[int] = []

        await run(provider, how, call(on_send=lambda: seen.append(len(upstream.requests))))

        assert seen == [0]

    @both
    async def test_proxies_of_the_environment_are_not_used(
        self, upstream, provider, how, monkeypatch
    ):
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

        assert await run(provider, how, call())

    @both
    async def test_cookies_are_not_carried_from_call_to_call(self, upstream, provider, how):
        upstream.enqueue(error(500), error(500))
        upstream.on_request(lambda _: None)
        cookie = {"Set-Cookie": "a=b; Path=/"}
        reply = completion() if how == "complete" else completion_stream()
        upstream.on_path("/chat/completions", replace(reply, headers={**reply.headers, **cookie}))
        for _ in range(2):
            await failure_of(provider, how)
        for _ in range(2):
            await run(provider, how, call())

        assert "cookie" not in upstream.requests[-1].headers

    @both
    async def test_a_redirect_is_a_failure_and_is_not_followed(self, upstream, provider, how):
        upstream.enqueue(text_reply("", 307, {"Location": f"{upstream.base_url}/elsewhere"}))

        failure = await failure_of(provider, how)

        assert (failure.failure_class, failure.status) == (FailureClass.SERVER_ERROR, 307)
        assert len(upstream.requests) == 1

    @both
    async def test_connections_are_used_again(self, upstream, provider, how):
        for _ in range(3):
            await run(provider, how, call())
            await upstream.requests[-1].answered.wait()
            await asyncio.sleep(0)

        assert upstream.total_connections == 1

    async def test_a_connection_whose_body_ends_late_is_used_again(self, upstream, provider):
        gate = asyncio.Event()
        upstream.enqueue(sse(frame(chunk("a")), DONE, Pause(gate)))
        await chunks_of(provider, call())
        gate.set()
        await upstream.requests[0].answered.wait()
        for _ in range(5):  # turns of the loop, in which the client sees the end
            await asyncio.sleep(0)

        await chunks_of(provider, call())

        assert upstream.total_connections == 1

    @both
    async def test_a_connection_that_breaks_while_idle_is_not_used_again(
        self, upstream, provider, how
    ):
        reported = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: reported.append(told))
        gate = asyncio.Event()
        reply = completion() if how == "complete" else completion_stream()
        reply = replace(reply, framing=Framing.LENGTH)
        upstream.enqueue(replace(reply, steps=[*reply.steps, Pause(gate), Reset()]))
        await run(provider, how, call())
        gate.set()
        await upstream.all_closed()
        for _ in range(5):  # turns of the loop, in which the client sees the break
            await asyncio.sleep(0)

        await run(provider, how, call())
        gc.collect()

        assert upstream.total_connections == 2
        assert reported == []


class TestComplete:
    async def test_the_answer_comes_as_it_was_sent(self, upstream, provider):
        body = completion_body("é", new_field={"a": [1, None, 2**60]})
        upstream.enqueue(json_reply(body))

        assert await provider.complete(call()) == body

    @pytest.mark.parametrize("kind", ["text/plain", "text/html", "application/octet-stream", "x"])
    async def test_json_counts_whatever_its_content_type(self, upstream, provider, kind):
        answer = json.dumps(completion_body())
        upstream.enqueue(text_reply(answer, headers={"Content-Type": kind}))

        assert await provider.complete(call()) == completion_body()

    @pytest.mark.parametrize(
        "reply",
        [
            text_reply(""),
            text_reply("  \n\n"),
            text_reply("", 204),
            html(200),
            text_reply("{'choices': []}"),
            text_reply('{"choices": [{"message"'),
            text_reply("[]"),
            text_reply("null"),
            text_reply(b'{"choices": [{"x": "\xff"}]}'),
            json_reply({}),
            json_reply({"choices": []}),
            json_reply({"choices": {}}),
            json_reply({"choices": [None]}),
            json_reply({"choices": [{}, 1]}),
            completion_stream(),
            Reply(steps=[Send(b'{"choices"'), Close()]),
            Reply(steps=[Send(b'{"choices"'), Reset()]),
            Reply(steps=[Send(b"{}"), Close()], framing=Framing.LENGTH, length=99),
            Reply(200, {"Content-Encoding": "gzip"}, steps=[Send(b"not gzip")]),
            Reply(steps=[Send(b"{}"), Raw(b"not a chunk size\r\n"), Stall()]),
            Reply(before=[Raw(b"SSH-2.0-OpenSSH\r\n\r\n")]),
            endless_headers(),
        ],
    )
    async def test_an_answer_that_is_none_is_invalid(self, upstream, provider, reply):
        upstream.enqueue(reply)

        failure = await failure_of(provider, "complete")

        assert failure.failure_class is FailureClass.INVALID_ANSWER
        assert 0 < len(failure.message) < 100

    @pytest.mark.parametrize("reply", [gigantic_body(80 << 20), gzip_bomb(100 << 20)])
    async def test_an_answer_is_read_to_a_limit(self, upstream, provider, reply):
        upstream.enqueue(reply)

        failure = await failure_of(provider, "complete")

        assert failure.failure_class is FailureClass.INVALID_ANSWER
        assert "bytes" in failure.message
        await upstream.requests[0].closed.wait()

    async def test_an_error_of_a_choice_with_content_is_kept_as_an_answer(self, upstream, provider):
        upstream.enqueue(completion("half", finish_reason="error"))

        answer = await provider.complete(call())

        assert answer["choices"][0]["finish_reason"] == "error"

    @pytest.mark.parametrize("text", [None, ""])
    async def test_an_error_of_a_choice_without_content_is_a_failure(
        self, upstream, provider, text
    ):
        body = completion_body(text, finish_reason="error")
        body["choices"][0]["error"] = error_object(429, "busy")
        upstream.enqueue(json_reply(body))

        failure = await failure_of(provider, "complete")

        assert failure.failure_class is FailureClass.RATE_LIMITED
