"""What the tests of the providers share: an upstream, and a provider that calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from router_core.providers.openai_compatible import OpenAICompatible
from tests.fakes.upstream import FakeUpstream
from tests.providers.upstream_calls import KEY


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    async with FakeUpstream() as server:
        yield server


@pytest.fixture
async def provider(upstream: FakeUpstream) -> AsyncIterator[OpenAICompatible]:
    made = OpenAICompatible("fake", upstream.base_url, KEY)
    yield made
    await made.close()
