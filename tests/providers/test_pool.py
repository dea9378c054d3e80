"""The providers that configs mean: made once, closed when nobody can call them any more."""

from __future__ import annotations

import asyncio

import pytest

from router_core.app.ports import Providers
from router_core.decide.config import Provider as ProviderConfig
from router_core.providers.pool import ProviderPool
from tests.fakes.clock import FakeClock
from tests.fakes.provider import FakeProvider


class Closable(FakeProvider):
    def __init__(self) -> None:
        super().__init__({})
        self.closings = 0
        self.begun = asyncio.Event()

    async def close(self) -> None:
        self.begun.set()
        for _ in range(3):  # connections take a while
            await asyncio.sleep(0)
        self.closings += 1


class Pool:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.made: list[tuple[ProviderConfig, Closable]] = []
        self.pool = ProviderPool(self._make, self.clock)

    def _make(self, config: ProviderConfig) -> Closable:
        self.made.append((config, Closable()))
        return self.made[-1][1]

    def closed(self) -> list[int]:
        return [provider.closings for _, provider in self.made]

    async def passes(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.clock.advance(seconds)
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
def it() -> Pool:
    return Pool()


def a_provider(name: str = "p", url: str = "http://127.0.0.1:1", key: str = "K") -> ProviderConfig:
    return ProviderConfig(name=name, base_url=url, api_key_env=key)


def test_what_is_asked_for_again_is_the_same(it: Pool) -> None:
    providers: Providers = it.pool

    assert providers(a_provider()) is providers(a_provider())
    assert len(it.made) == 1


@pytest.mark.parametrize(
    "other", [a_provider("q"), a_provider(url="http://127.0.0.1:2"), a_provider(key="L")]
)
def test_another_name_address_or_key_is_another_one(it: Pool, other: ProviderConfig) -> None:
    assert it.pool(a_provider()) is not it.pool(other)


async def test_what_is_not_wanted_any_more_is_closed_when_its_requests_are_over(it: Pool) -> None:
    it.pool(a_provider("old"))
    it.pool(a_provider("kept"))
    it.pool.retire_others([a_provider("kept")], 600.0)
    await it.passes(599.0)
    assert it.closed() == [0, 0]

    await it.passes(2.0)
    assert it.closed() == [1, 0]
    assert not it.pool._closing
    await it.pool.close()
    assert it.closed() == [1, 1]


async def test_requests_of_a_config_before_the_last_have_their_time_too(it: Pool) -> None:
    it.pool(a_provider("old"))
    it.pool.retire_others([a_provider("old")], 3600.0)
    it.pool.retire_others([], 10.0)
    await it.passes(3599.0)
    assert it.closed() == [0]

    await it.passes(2.0)
    assert it.closed() == [1]


async def test_what_is_wanted_again_is_made_anew(it: Pool) -> None:
    old = it.pool(a_provider())
    it.pool.retire_others([], 600.0)

    assert it.pool(a_provider()) is not old
    await it.passes(601.0)
    assert it.closed() == [1, 0]


async def test_requests_of_a_config_before_that_let_them_take_longer_are_waited_for(
    it: Pool,
) -> None:
    it.pool(a_provider("old"))
    it.pool.retire_others([a_provider("old")], 600.0)
    await it.passes(1.0)
    it.pool.retire_others([], 5.0)
    await it.passes(598.0)
    assert it.closed() == [0]

    await it.passes(2.0)
    assert it.closed() == [1]


@pytest.mark.parametrize("has_begun", [False, True])
async def test_the_end_closes_all_at_once(it: Pool, has_begun: bool) -> None:
    it.pool(a_provider("old"))
    it.pool(a_provider("kept"))
    it.pool.retire_others([a_provider("kept")], 600.0)
    if has_begun:
        await asyncio.sleep(0)
    await it.pool.close()

    assert it.closed() == [1, 1]
    await it.pool.close()
    assert it.closed() == [1, 1]


async def test_the_end_waits_for_what_is_just_being_closed(it: Pool) -> None:
    it.pool(a_provider())
    it.pool.retire_others([], 600.0)
    await it.clock.until_asleep()
    it.clock.advance(601.0)
    await it.made[0][1].begun.wait()
    await it.pool.close()

    assert it.closed() == [1]
