"""The HTTP provider leaves no connection behind: streams left early, cancelled calls, closing."""

from __future__ import annotations

import asyncio
import socket
from contextlib import aclosing
from dataclasses import replace

import pytest

from router_core.providers.openai_compatible import OpenAICompatible
from tests.fakes.upstream import (
    PROCESSING,
    FakeUpstream,
    Mark,
    Raw,
    Reply,
    Send,
    Stall,
    chunk,
    completion_stream,
    frame,
    sse,
)
from tests.providers.upstream_calls import BODY, DONE, both, call, chunks_of, failure_of, run


class TestLeaving:
    """The bound on how long an upstream may be kept is one second; closing takes far less."""

    async def left(self, upstream: FakeUpstream) -> None:
        await asyncio.wait_for(upstream.requests[0].closed.wait(), 1)
        assert not upstream.requests[0].answered.is_set()
        await asyncio.wait_for(upstream.all_closed(), 1)

    async def test_leaving_a_stream_early_closes_the_connection(self, upstream, provider):
        upstream.enqueue(completion_stream(["a", Stall()]))

        async with aclosing(provider.stream(call())) as stream:
            await anext(stream)

        await self.left(upstream)

    async def test_an_abandoned_iteration_closes_the_connection(self, upstream, provider):
        upstream.enqueue(completion_stream(["a", Stall()]))

        async for _ in provider.stream(call()):
            break

        await self.left(upstream)

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(before=[Stall()]),
            Reply(before=[Raw(b"HTTP/1.1 200 OK\r\n"), Stall()]),
            sse(Stall()),
            sse(PROCESSING, Stall()),
            completion_stream(["a", Stall()]),
            Reply(steps=[Send(b"{"), Stall()]),
        ],
    )
    @both
    async def test_cancelling_closes_the_connection(self, upstream, provider, how, reply):
        reached = asyncio.Event()
        stalled = Mark(reached)
        steps = [x for s in reply.steps for x in ((stalled, s) if s == Stall() else (s,))]
        before = [x for s in reply.before for x in ((stalled, s) if s == Stall() else (s,))]
        upstream.enqueue(replace(reply, steps=steps, before=before))
        task = asyncio.create_task(run(provider, how, call()))
        await reached.wait()

        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        await self.left(upstream)

    @both
    async def test_cancelling_while_the_body_is_sent_closes_the_connection(
        self, upstream, provider, how
    ):
        upstream.reads_bodies = False
        upstream.enqueue(Reply(before=[Stall()]))
        big = call({**BODY, "pad": "x" * 20_000_000})
        task = asyncio.create_task(run(provider, how, big))
        await upstream.request()

        task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await task
        await self.left(upstream)

    @both
    async def test_a_stalled_upload_is_cut_off(self, how):
        with socket.socket() as silent:  # takes the connection, and reads nothing
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            provider = OpenAICompatible("x", f"http://127.0.0.1:{silent.getsockname()[1]}")
            big = call({**BODY, "pad": "x" * 20_000_000})
            task = asyncio.create_task(run(provider, how, big))
            transport = None
            while transport is None or not transport.get_write_buffer_size():
                await asyncio.sleep(0)
                pool = provider._session and provider._session.connector
                if pool and pool._acquired:
                    transport = next(iter(pool._acquired)).transport
            held = transport.get_extra_info("socket")

            task.cancel()

            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0)
            assert held.fileno() == -1
            await provider.close()

    async def test_a_failure_inside_the_stream_closes_the_connection(self, upstream, provider):
        upstream.enqueue(sse(frame(chunk("a")), frame("broken"), Stall()))

        await failure_of(provider, "stream")

        await self.left(upstream)

    @both
    async def test_closing_the_provider_closes_its_connections(self, upstream, provider, how):
        await run(provider, how, call())

        await provider.close()

        await asyncio.wait_for(upstream.all_closed(), 1)

    async def test_closing_the_provider_cuts_off_bodies_that_have_not_ended(
        self, upstream, provider
    ):
        upstream.enqueue(sse(frame(chunk("a")), DONE, Stall()))
        await chunks_of(provider, call())

        await provider.close()

        await self.left(upstream)
        assert not provider._ending

    async def test_a_provider_that_was_never_used_closes(self, upstream):
        await OpenAICompatible("x", upstream.base_url).close()
