"""The HTTP provider's streams: every chunk as it comes, and what is no answer."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace

import pytest

from router_core.decide.failures import FailureClass
from router_core.errors import UpstreamFailure
from tests.fakes.upstream import (
    PROCESSING,
    Close,
    Framing,
    Pause,
    Raw,
    Repeat,
    Reset,
    Send,
    Stall,
    Step,
    chunk,
    completion,
    completion_stream,
    endless_headers,
    error_object,
    frame,
    html,
    sse,
    text_reply,
)
from tests.providers.upstream_calls import DONE, SHORT, call, chunks_of, failure_of, said


class TestStream:
    async def test_all_chunks_come_as_they_were_sent(self, upstream, provider):
        reply = completion_stream(["a", {"reasoning": "é", "new": [1, None]}])
        upstream.enqueue(reply)

        chunks = await chunks_of(provider, call())

        events = reply.body.decode().split("\n\n")
        sent = [json.loads(e[6:]) for e in events if e.startswith("data: {")]
        assert chunks == sent
        assert chunks[-1]["choices"] == []
        assert chunks[-1]["usage"]["cost"] > 0

    async def test_a_chunk_comes_before_the_upstream_sends_the_next(self, upstream, provider):
        gates = [asyncio.Event() for _ in range(3)]
        steps: list[str | Step] = []
        for number, gate in enumerate(gates):
            steps += [Pause(gate), f"<{number}>"]
        upstream.enqueue(completion_stream(steps))

        seen = ""
        async with aclosing(provider.stream(call())) as stream:
            await anext(stream)  # the role
            for number, gate in enumerate(gates):
                gate.set()
                seen = said([await anext(stream)])
                assert seen == f"<{number}>"

    @pytest.mark.parametrize("size", [1, 5, 100])
    @pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"])
    async def test_events_may_be_cut_anywhere(self, upstream, provider, size, eol):
        upstream.enqueue(completion_stream(["Héllo ", "there"], eol=eol).split(size))

        assert said(await chunks_of(provider, call())) == "Héllo there"

    async def test_comments_and_keep_alives_are_no_chunks(self, upstream, provider):
        items = [PROCESSING, frame(""), b": x\n", frame(chunk("a", finish_reason="stop")), DONE]
        upstream.enqueue(sse(*items))

        assert len(await chunks_of(provider, call())) == 1

    async def test_a_single_frame_of_5_mb_is_whole(self, upstream, provider):
        upstream.enqueue(completion_stream(["x" * 5_000_000]).split(65_536))

        assert said(await chunks_of(provider, call())) == "x" * 5_000_000

    @pytest.mark.parametrize("framing", list(Framing))
    async def test_a_missing_done_is_fine_after_a_finish_reason(self, upstream, provider, framing):
        reply = completion_stream(["a"], done=False)
        upstream.enqueue(replace(reply, framing=framing))

        assert said(await chunks_of(provider, call())) == "a"

    async def test_a_missing_finish_reason_is_fine_before_done(self, upstream, provider):
        upstream.enqueue(completion_stream(["a"], finish_reason=None))

        assert said(await chunks_of(provider, call())) == "a"

    async def test_a_last_event_without_its_blank_line_counts(self, upstream, provider):
        upstream.enqueue(sse(frame(chunk("a")), frame(chunk("b", finish_reason="stop"))[:-2]))

        assert said(await chunks_of(provider, call())) == "ab"

    @pytest.mark.parametrize("end", [Reset(), Close(), Stall()])
    async def test_a_break_after_the_finish_reason_loses_nothing(self, upstream, provider, end):
        last = frame(chunk("a", finish_reason="stop"))
        upstream.enqueue(sse(last, b'data: {"choices": [], "us', end))

        assert said(await chunks_of(provider, call(idle_s=SHORT))) == "a"
        await upstream.requests[0].closed.wait()

    async def test_a_last_event_that_broke_off_is_nothing_after_the_finish_reason(
        self, upstream, provider
    ):
        last = frame(chunk("a", finish_reason="stop"))
        reply = sse(last, b'data: {"choices": [], "us')
        upstream.enqueue(replace(reply, framing=Framing.UNTIL_CLOSE))

        assert said(await chunks_of(provider, call())) == "a"

    async def test_nothing_counts_after_done(self, upstream, provider):
        last = frame(chunk("a", finish_reason="stop"))
        upstream.enqueue(sse(last + DONE + frame(chunk("b")) + frame("x"), frame(chunk("c")), DONE))

        assert said(await chunks_of(provider, call())) == "a"

    async def test_an_upstream_that_stays_after_done_is_not_waited_for(self, upstream, provider):
        upstream.enqueue(sse(frame(chunk("a")), DONE, Stall()))

        assert said(await chunks_of(provider, call())) == "a"
        assert not upstream.requests[0].closed.is_set()
        await upstream.requests[0].closed.wait()

    @pytest.mark.parametrize(
        "reply",
        [
            sse(),
            sse(DONE),
            sse(PROCESSING, PROCESSING),
            sse(PROCESSING, DONE),
            completion_stream(["a"], finish_reason=None, done=False),
            completion_stream(["a"]).interrupt(300, Reset()),
            completion_stream(["a"]).interrupt(300, Close()),
            replace(completion_stream(["a"]), framing=Framing.UNTIL_CLOSE).interrupt(300, Close()),
            sse(frame("not JSON"), DONE),
            sse(frame("[1]"), DONE),
            sse(frame("null"), DONE),
            sse(b"data: \xff\n\n", DONE),
            sse(Close()),
            sse(Reset()),
            sse(frame(chunk("a")), Raw(b"not a chunk size\r\n"), Stall()),
            html(200),
            text_reply("hello", headers={"Content-Type": "text/plain"}),
            completion(),
            text_reply(""),
            text_reply("", 204),
            endless_headers(),
        ],
    )
    async def test_a_stream_that_is_no_answer_is_invalid(self, upstream, provider, reply):
        upstream.enqueue(reply)

        failure = await failure_of(provider, "stream")

        assert failure.failure_class is FailureClass.INVALID_ANSWER
        assert 0 < len(failure.message) < 100

    async def test_a_frame_without_end_is_refused(self, upstream, provider):
        upstream.enqueue(sse(frame(chunk("a")), b"data: ", Repeat(Send(b"x" * 1_000_000))))

        failure = await failure_of(provider, "stream")

        assert failure.failure_class is FailureClass.INVALID_ANSWER
        await upstream.requests[0].closed.wait()

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            (error_object(429, "busy"), FailureClass.RATE_LIMITED),
            (error_object("server_error"), FailureClass.SERVER_ERROR),
            (error_object("502"), FailureClass.SERVER_ERROR),
            (error_object(504), FailureClass.TIMEOUT),
            (error_object(400, "too long"), FailureClass.REJECTED),
            ({"message": "x", "type": "invalid_request_error"}, FailureClass.REJECTED),
            ("it broke", FailureClass.SERVER_ERROR),
            ({}, None),
            (None, None),
        ],
    )
    @pytest.mark.parametrize("before", [0, 1])
    async def test_an_error_in_a_chunk_is_a_failure(
        self, upstream, provider, told, expected, before
    ):
        items = [frame(chunk("a"))] * before
        upstream.enqueue(sse(*items, frame(chunk("b", finish_reason="stop", error=told)), DONE))

        if expected is None:
            assert said(await chunks_of(provider, call())) == "a" * before + "b"
        else:
            assert (await failure_of(provider, "stream")).failure_class is expected

    async def test_chunks_before_an_error_are_given(self, upstream, provider):
        upstream.enqueue(sse(frame(chunk("a")) + frame({"error": error_object(502)})))
        seen = []

        with pytest.raises(UpstreamFailure):
            async for one in provider.stream(call()):
                seen.append(one)

        assert said(seen) == "a"

    async def test_a_choice_that_ends_in_error_is_a_failure(self, upstream, provider):
        upstream.enqueue(completion_stream(["a"], finish_reason="error"))

        failure = await failure_of(provider, "stream")

        assert failure.failure_class is FailureClass.SERVER_ERROR
