"""The fake upstream's connections: what it records, takes and refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.fakes.upstream import FakeUpstream, Reply, Reset, Stall, json_reply, text_reply
from tests.fakes.upstream_client import CHAT, chat, post


class TestConnections:
    async def test_requests_are_recorded(self, upstream, client):
        await post(client, upstream, chat(text="é"), f"{CHAT}?x=1", headers={"X-Mark": "1"})

        (request,) = upstream.requests
        assert (request.method, request.path) == ("POST", "/api/v1/chat/completions")
        assert request.target.endswith("?x=1")
        assert request.headers["x-mark"] == "1"
        assert request.json == chat(text="é")
        assert request.model == "z-ai/glm-5"
        assert request.answered.is_set()

    async def test_a_connection_serves_many_requests(self, upstream, client):
        for _ in range(3):
            await post(client, upstream)

        assert [request.connection for request in upstream.requests] == [0, 0, 0]
        assert (upstream.total_connections, upstream.open_connections) == (1, 1)
        assert not upstream.requests[0].closed.is_set()

    async def test_closed_is_set_when_the_client_leaves(self, upstream):
        upstream.enqueue(Reply(before=[Stall()]))
        async with aiohttp.ClientSession() as client:
            asking = asyncio.create_task(post(client, upstream))
            request = await upstream.request()
            asking.cancel()
            await request.closed.wait()

        assert not request.answered.is_set()
        await upstream.all_closed()

    async def test_a_chunked_request_is_read(self, upstream, client):
        async def pieces() -> AsyncIterator[bytes]:
            yield b'{"model": '
            yield b'"m"}'

        async with client.post(upstream.base_url + CHAT, data=pieces()):
            assert upstream.requests[0].model == "m"

    async def test_expect_100_continue_is_answered(self, upstream, client):
        assert (await post(client, upstream, expect100=True))[0] == 200

    async def test_bodies_can_be_left_unread(self, upstream, client):
        upstream.reads_bodies = False
        upstream.enqueue(text_reply("early"))

        assert (await post(client, upstream))[1] == "early"
        assert upstream.requests[0].body == b""

    async def test_a_connection_can_break_when_it_is_taken(self, upstream, client):
        upstream.on_accept = [Reset()]

        with pytest.raises(aiohttp.ClientError):
            await post(client, upstream)
        assert upstream.requests == []

    async def test_connections_can_be_refused_and_taken_again(self, upstream, client):
        await upstream.refuse()
        with pytest.raises(aiohttp.ClientConnectorError):
            await post(client, upstream)

        await upstream.listen()
        assert (await post(client, upstream))[0] == 200

    async def test_it_can_start_refusing(self, client):
        async with FakeUpstream(listening=False) as upstream:
            with pytest.raises(aiohttp.ClientConnectorError):
                await post(client, upstream)

    async def test_answers_can_be_any_json(self, upstream, client):
        upstream.enqueue(json_reply([1, "é"]))

        assert (await post(client, upstream))[1] == '[1, "é"]'
