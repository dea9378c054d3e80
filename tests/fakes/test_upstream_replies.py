"""The fake upstream's replies: every byte, pause and break of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import aiohttp
import pytest

from tests.fakes.upstream import (
    Close,
    Framing,
    Mark,
    Pause,
    Raw,
    Repeat,
    Reply,
    Reset,
    Send,
    Series,
    Stall,
    completion_stream,
    endless_headers,
    frame,
    gigantic_body,
    gzip_bomb,
)
from tests.fakes.upstream_client import CHAT, chat, post, raw_exchange


class TestReplies:
    async def test_a_pause_holds_the_rest_until_the_gate_opens(self, upstream, client):
        gate, reached = asyncio.Event(), asyncio.Event()
        upstream.enqueue(completion_stream(["one", Mark(reached), Pause(gate), "two"]))

        async with client.post(upstream.base_url + CHAT, json=chat()) as response:
            text = ""
            while "one" not in text:
                text += (await response.content.readany()).decode()
            await reached.wait()
            assert "two" not in text
            gate.set()
            assert "two" in (await response.content.read()).decode()

    async def test_a_stall_ends_when_it_is_released(self, upstream, client):
        upstream.enqueue(Reply(before=[Stall()], steps=[Send(b"late")]))
        asking = asyncio.create_task(post(client, upstream))
        request = await upstream.request()

        assert not request.answered.is_set()
        upstream.release()

        assert (await asking)[1] == "late"

    @pytest.mark.parametrize("framing", list(Framing))
    @pytest.mark.parametrize("size", [1, 7, 10_000])
    async def test_bodies_are_the_same_in_every_framing_and_split(
        self, upstream, client, framing, size
    ):
        reply = replace(completion_stream(["Hello"]), framing=framing)
        upstream.enqueue(reply.split(size))

        assert (await post(client, upstream))[1].encode() == reply.body

    def test_a_split_plays_its_steps_between(self):
        pause = Pause(asyncio.Event())
        reply = Reply(steps=[Send(b"abc"), Reset()]).split(2, pause)

        assert reply.steps == [Send(b"ab"), pause, Send(b"c"), pause, Reset()]

    @pytest.mark.parametrize("at", [0, 1, 3, 4, 6])
    def test_an_interruption_comes_at_its_byte(self, at):
        reply = Reply(steps=[Send(b"abc"), Stall(), Send(b"def")]).interrupt(at, Reset())

        before = list(reply.steps)[: list(reply.steps).index(Reset())]
        assert b"".join(s.data for s in before if isinstance(s, Send)) == b"abcdef"[:at]
        assert reply.body == b"abcdef"

    def test_an_interruption_beyond_the_body_is_a_mistake(self):
        with pytest.raises(ValueError, match="before byte 9"):
            Reply(steps=[Send(b"abc")]).interrupt(9, Reset())

    async def test_a_reset_is_a_rst(self, upstream):
        upstream.enqueue(Reply(before=[Reset()]))
        reader, writer = await asyncio.open_connection("127.0.0.1", upstream.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")

        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()

    async def test_a_close_ends_a_body_before_its_end(self, upstream):
        upstream.enqueue(Reply(steps=[Send(b"half"), Close()]))

        answer = await raw_exchange(upstream, b"GET / HTTP/1.1\r\n\r\n")

        assert answer.endswith(b"\r\n\r\n4\r\nhalf\r\n")

    async def test_a_head_can_break_off(self, upstream):
        upstream.enqueue(Reply(before=[Raw(b"HTTP/1.1 200 O"), Close()]))

        assert await raw_exchange(upstream, b"GET / HTTP/1.1\r\n\r\n") == b"HTTP/1.1 200 O"

    async def test_a_length_can_lie(self, upstream, client):
        upstream.enqueue(Reply(steps=[Send(b"abc"), Close()], framing=Framing.LENGTH, length=10))

        with pytest.raises(aiohttp.ClientPayloadError):
            await post(client, upstream)

    async def test_a_gzip_bomb_unpacks_to_its_size(self, upstream, client):
        upstream.enqueue(gzip_bomb(1_000_000))

        assert len((await post(client, upstream))[1]) == 1_000_000

    async def test_a_gigantic_body_is_at_least_its_size(self, upstream, client):
        upstream.enqueue(gigantic_body(300_000))

        assert len((await post(client, upstream))[1]) >= 300_000

    async def test_headers_can_be_endless(self, upstream, client):
        upstream.enqueue(endless_headers())

        with pytest.raises(aiohttp.ClientError):
            await post(client, upstream)
        await upstream.requests[0].closed.wait()

    async def test_a_series_plays_as_one_step(self, upstream, client):
        one = Series(Send(b"a"), Send(b"b"))
        upstream.enqueue(Reply(steps=[Repeat(one, 2), Send(b"c")]))

        assert (await post(client, upstream))[1] == "ababc"

    async def test_a_repetition_ends_when_the_client_leaves(self, upstream, client):
        upstream.enqueue(Reply(steps=[Repeat(Send(frame("x")))]))

        async with client.post(upstream.base_url + CHAT, json=chat()) as response:
            assert await response.content.read(3) == b"dat"
        await upstream.requests[0].closed.wait()
