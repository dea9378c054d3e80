"""A real OpenClaw that gives up after eight silent seconds waits for slow models all the same."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import openclaw
from tests.e2e.serving import Serving, serving
from tests.e2e.test_openclaw import minimal_config
from tests.fakes.upstream import Delay, FakeUpstream, Reply, Stall, completion_stream

pytestmark = [pytest.mark.openclaw, pytest.mark.timeout(600)]

FIRST, SECOND = "z-ai/glm-5", "openai/gpt-4o-mini"
"""The models of a conversation, in order."""


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    openclaw.install()


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream(api_key="sk-test") as upstream:
        yield upstream


@contextlib.contextmanager
def router(upstream: FakeUpstream, home: Path, **deadlines: float) -> Iterator[Serving]:
    """``llm-router serve`` before ``upstream``."""
    home.mkdir()
    config = {"version": 1, "mode": "keywords", "deadlines": deadlines}
    (home / "router_config.json").write_text(json.dumps(config))
    env = {"OPENROUTER_API_KEY": "sk-test", "OPENROUTER_BASE_URL": upstream.base_url}
    args = ("serve", "--port", "0", "--grpc-address", "127.0.0.1:0")
    with serving(*args, home=home, env=env) as running:
        yield running


def called(upstream: FakeUpstream) -> list[str]:
    """The models that were called, in order."""
    return [request.model for request in upstream.requests if request.model]


def impatient(base_url: str) -> dict[str, Any]:
    """A config of OpenClaw that waits eight seconds for the next piece of a stream.

    The router speaks after five; the rest is for a busy machine.
    """
    config = minimal_config(base_url)
    config["models"]["providers"]["router"]["timeoutSeconds"] = 8
    return config


async def turn(running: Serving, home: Path) -> openclaw.Reply:
    config = impatient(running.rest)
    return await asyncio.to_thread(openclaw.run_turn, config, "hello", home)


async def test_a_first_token_after_half_a_minute(upstream: FakeUpstream, tmp_path: Path) -> None:
    upstream.on_model(FIRST, completion_stream([Delay(30), "Good things ", "take time."]))
    with router(upstream, tmp_path / "router") as running:
        reply = await turn(running, tmp_path)
    assert reply.exit_code == 0, reply.diagnostics
    assert reply.text == "Good things take time."
    assert called(upstream) == [FIRST]


async def test_a_model_that_stalls_and_a_fallback_after_twenty_seconds(
    upstream: FakeUpstream, tmp_path: Path
) -> None:
    upstream.on_model(FIRST, Reply(before=[Stall()]))  # twice for nine seconds
    upstream.on_model(SECOND, completion_stream([Delay(2), "I am the second."]))
    with router(upstream, tmp_path / "router", first_token_s=9) as running:
        reply = await turn(running, tmp_path)
    assert reply.exit_code == 0, reply.diagnostics
    assert reply.text == "I am the second."
    assert called(upstream) == [FIRST, FIRST, SECOND]
