"""The HTTP provider's deadlines: connection, first token, silence, the whole call."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest

from router_core.decide.failures import FailureClass
from router_core.providers.openai_compatible import OpenAICompatible
from tests.fakes.upstream import (
    PROCESSING,
    Pause,
    Raw,
    Repeat,
    Reply,
    Send,
    Stall,
    chunk,
    completion,
    completion_stream,
    frame,
    sse,
)
from tests.providers.upstream_calls import SHORT, both, call, chunks_of, failure_of, said


@pytest.fixture
async def unanswered_port() -> AsyncIterator[int]:
    """A port where connections wait: the queue of those to be accepted is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = []
        for _ in range(3):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
            waiting.append(one)
        yield listener.getsockname()[1]
        for one in waiting:
            one.close()


class TestDeadlines:
    @both
    async def test_the_connection_has_its_deadline(self, provider, how, unanswered_port):
        slow = OpenAICompatible("fake", f"http://127.0.0.1:{unanswered_port}/v1")

        failure = await failure_of(slow, how, call(connect_s=SHORT))

        assert failure.failure_class is FailureClass.TIMEOUT
        assert "connection" in failure.message
        await slow.close()

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(before=[Stall()]),
            Reply(before=[Raw(b"HTTP/1.1 200 OK\r\n"), Stall()]),
            sse(Stall()),
            sse(PROCESSING, Stall()),
            sse(b"data: {", Stall()),
            Reply(500, steps=[Stall()]),
            completion().interrupt(10, Stall()),
        ],
    )
    async def test_the_first_token_has_its_deadline(self, upstream, provider, reply):
        upstream.enqueue(reply)

        failure = await failure_of(provider, "stream", call(first_token_s=SHORT))

        assert failure.failure_class is FailureClass.TIMEOUT
        assert "first token" in failure.message
        await upstream.requests[0].closed.wait()

    async def test_comments_do_not_put_off_the_first_token(self, upstream, provider):
        upstream.enqueue(sse(Repeat(Send(PROCESSING))))

        failure = await failure_of(provider, "stream", call(first_token_s=SHORT))

        assert "first token" in failure.message

    async def test_the_first_token_deadline_ends_with_the_first_token(self, upstream, provider):
        gate = asyncio.Event()
        upstream.enqueue(completion_stream(["a", Pause(gate), "b"]))

        async with aclosing(provider.stream(call(first_token_s=SHORT))) as stream:
            first = [await anext(stream), await anext(stream)]  # the role, then the token
            asyncio.get_running_loop().call_later(2 * SHORT, gate.set)
            assert said([*first, *[one async for one in stream]]) == "ab"

    async def test_silence_in_the_middle_has_its_deadline(self, upstream, provider):
        upstream.enqueue(sse(frame(chunk("a")), Stall()))

        failure = await failure_of(provider, "stream", call(idle_s=SHORT))

        assert failure.failure_class is FailureClass.TIMEOUT
        assert "silent" in failure.message
        await upstream.requests[0].closed.wait()

    @pytest.mark.parametrize("shown", [b"", PROCESSING, frame(chunk({"role": "assistant"}))])
    async def test_silence_before_the_first_token_is_not_idleness(self, upstream, provider, shown):
        gate = asyncio.Event()
        answer = completion_stream(["a"], comments=0)
        upstream.enqueue(replace(answer, steps=[Send(shown), Pause(gate), *answer.steps]))
        asyncio.get_running_loop().call_later(2 * SHORT, gate.set)

        assert said(await chunks_of(provider, call(idle_s=SHORT))) == "a"

    async def test_a_slow_reader_is_not_idleness(self, upstream, provider):
        upstream.enqueue(completion_stream(["a"]))

        seen = []
        async for one in provider.stream(call(idle_s=SHORT)):
            seen.append(one)
            await asyncio.sleep(2 * SHORT)  # longer than the deadline under test

        assert said(seen) == "a"

    @both
    @pytest.mark.parametrize(
        "reply", [sse(Repeat(Send(frame(chunk("a"))))), Reply(before=[Stall()])]
    )
    async def test_the_whole_call_has_its_deadline(self, upstream, provider, how, reply):
        upstream.enqueue(reply)

        failure = await failure_of(provider, how, call(total_s=SHORT))

        assert failure.failure_class is FailureClass.TIMEOUT
        await upstream.requests[0].closed.wait()
