"""What the tests of the classifiers share: an Ollama, and a classifier that asks it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from router_core.classifiers.ollama import OllamaClassifier
from tests.fakes.clock import FakeClock
from tests.fakes.ollama import FakeOllama
from tests.fakes.upstream import FakeUpstream


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def ollama(clock: FakeClock) -> AsyncIterator[FakeOllama]:
    async with FakeOllama(clock) as server:
        yield server


@pytest.fixture
async def classifier(ollama: FakeOllama, clock: FakeClock) -> AsyncIterator[OllamaClassifier]:
    made = OllamaClassifier(ollama.url, clock, keep_alive_s=600)
    yield made
    await made.close()


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    """What is no Ollama at all, or misbehaves below its level."""
    async with FakeUpstream(base_path="") as server:
        yield server
