"""What the tests of the fakes share: an upstream and a client."""

from __future__ import annotations

import aiohttp
import pytest

from tests.fakes.upstream import FakeUpstream


@pytest.fixture
async def upstream():
    async with FakeUpstream() as server:
        yield server


@pytest.fixture
async def client():
    async with aiohttp.ClientSession() as session:
        yield session
